/** Kafka's own tools: one virtual machine that runs a command line after the other (`ToolServer.java`). */
import { spawn } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { javaClasspath, javaMain } from '../../peers.ts';
import type { Output } from '../../peers.ts';

const javaClasses: Readonly<Record<string, string>> = {
  'kafka-acls': 'org.apache.kafka.tools.AclCommand',
  'kafka-broker-api-versions': 'org.apache.kafka.tools.BrokerApiVersionsCommand',
  'kafka-cluster': 'org.apache.kafka.tools.ClusterTool',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-consumer-perf-test': 'org.apache.kafka.tools.ConsumerPerformance',
  'kafka-delete-records': 'org.apache.kafka.tools.DeleteRecordsCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
  'kafka-features': 'org.apache.kafka.tools.FeatureCommand',
  'kafka-get-offsets': 'org.apache.kafka.tools.GetOffsetShell',
  'kafka-leader-election': 'org.apache.kafka.tools.LeaderElectionCommand',
  'kafka-log-dirs': 'org.apache.kafka.tools.LogDirsCommand',
  'kafka-metadata-quorum': 'org.apache.kafka.tools.MetadataQuorumCommand',
  'kafka-producer-perf-test': 'org.apache.kafka.tools.ProducerPerformance',
  'kafka-reassign-partitions': 'org.apache.kafka.tools.reassign.ReassignPartitionsCommand',
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-transactions': 'org.apache.kafka.tools.TransactionsCommand',
};

const timeoutMs = 90_000;

let server: ChildProcessWithoutNullStreams | undefined;
let answers: AsyncIterator<string> | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** Runs one of Kafka's tools. */
export function javaTool(tool: string, args: readonly string[], input = ''): Promise<Output> {
  const main = javaClasses[tool];
  if (main === undefined) throw new Error(`${tool} has no Java class`);
  const mine = turn.then(() => ask([main, input, ...args]));
  turn = mine.catch(() => {});
  return mine;
}

/** Ends the virtual machine; the next call starts another. */
export function endJavaTools(): void {
  server?.stdin.end();
  server?.kill('SIGKILL');
  server = undefined;
  answers = undefined;
}

async function ask(words: readonly string[]): Promise<Output> {
  server ??= start();
  answers ??= createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  server.stdin.write(`${words.map((word) => `=${Buffer.from(word).toString('base64')}`).join(' ')}\n`);
  const timer = setTimeout(endJavaTools, timeoutMs);
  const answer = await answers.next();
  clearTimeout(timer);
  if (answer.done === true) {
    // The tool ended the virtual machine, as those that cannot make sense of their command line do.
    endJavaTools();
    const [main = '', input = '', ...args] = words;
    return javaMain(main, args, input);
  }
  const [code = '', stdout = '', stderr = ''] = answer.value.split(' ');
  const text = (word: string): string => Buffer.from(word.slice(1), 'base64').toString('utf8');
  return { code: Number(code), stdout: text(stdout), stderr: text(stderr) };
}

function start(): ChildProcessWithoutNullStreams {
  const source = fileURLToPath(new URL('./ToolServer.java', import.meta.url));
  const options = ['-Xmx256m', '-XX:TieredStopAtLevel=1', '-cp', javaClasspath];
  return spawn('java', [...options, source], { stdio: ['pipe', 'pipe', 'pipe'] });
}
