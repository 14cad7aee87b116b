/** Runs one command line with our tool and with Kafka's own Java tool, against the same broker. */
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk, readFileSync } from '../../../src/core/disk.ts';
import { nodeHttp } from '../../../src/core/http.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { connectKafka } from '../../../src/client/kafka.ts';
import { runTool } from '../../../src/cli/kafka/tool.ts';
import { toolNamed } from '../../../src/cli/kafka/tools.ts';
import { javaMain } from '../../peers.ts';
import type { Output } from '../../peers.ts';

const javaClasses: Readonly<Record<string, string>> = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
};

/** Runs one of our tools in this process. */
export async function ours(
  tool: string,
  args: readonly string[],
  input = '',
  signal: AbortSignal = new AbortController().signal,
): Promise<Output> {
  const load = toolNamed(tool);
  if (load === undefined) throw new Error(`there is no tool ${tool}`);
  const out: Buffer[] = [];
  let stderr = '';
  const code = await runTool(await load(), args, {
    stdin: Readable.from(input === '' ? [] : [Buffer.from(input)]) as AsyncIterable<Buffer>,
    out: (text) => void out.push(Buffer.from(text as string)),
    drained: async () => {},
    err: (text) => {
      stderr += text;
    },
    showProgress: false,
    signal,
    clock: systemClock,
    random: systemRandom,
    http: nodeHttp,
    url: (text) => text,
    readFile: (path) => readFileSync(nodeDisk, path),
    connect: (bootstrapServers) =>
      connectKafka({ bootstrapServers, network: nodeNetwork, clock: systemClock, random: systemRandom }),
  });
  return { stdout: Buffer.concat(out).toString('utf8'), stderr, code };
}

export function theirs(tool: string, args: readonly string[], input?: string): Promise<Output> {
  const main = javaClasses[tool];
  if (main === undefined) throw new Error(`${tool} has no Java class`);
  return javaMain(main, args, input);
}

/** Both print the same on stdout and end with the same code. `normalize` takes out what differs from run to run. */
export async function sameOutput(
  tool: string,
  args: readonly string[],
  normalize: (text: string) => string = (text) => text,
): Promise<void> {
  const java = await theirs(tool, args);
  const mine = await ours(tool, args);
  expect
    .soft({ stdout: normalize(mine.stdout), code: mine.code }, `${tool} ${args.join(' ')}\n${mine.stderr}`)
    .toEqual({
      stdout: normalize(java.stdout),
      code: java.code,
    });
}
