/** `kafka-console-consumer`: prints the records of a topic, as Kafka's own tool does. */
import { messageOf } from '../../core/errors.ts';
import type { IncomingRecord, KafkaClient } from '../../client/kafka-client.ts';
import { consoleConsumerSpecs, parseConsoleConsumer } from './console-consumer-options.ts';
import type { ConsoleConsumerOptions } from './console-consumer-options.ts';
import { messageFormatter } from './message-formatter.ts';
import type { MessageFormatter } from './message-formatter.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

export const consoleConsumer: KafkaTool = {
  intro: 'This tool helps to read data from Kafka topics and outputs it to standard output.',
  specs: consoleConsumerSpecs,
  run: async (args, env) => {
    const options = parseConsoleConsumer(args, env);
    return consume(options, await messageFormatter(options.formatter, options.properties), env);
  },
};

/** So long does one look for records take; Ctrl-C is noticed between two. */
const pollMs = 100;

/** Consumes until the command line's limits, Ctrl-C, or a record that cannot be printed. */
export function consume(
  options: ConsoleConsumerOptions,
  format: MessageFormatter,
  env: ToolEnvironment,
): Promise<number> {
  return withClient(env, options.bootstrapServers, options.config, async (client) => {
    if (typeof options.topics === 'string') await askForTopic(client, options.topics);
    const source =
      options.partition === undefined ? groupSource(client, options) : await partitionSource(client, options, env);
    let count = 0;
    let exitCode = 0;
    try {
      let waitedSince = env.clock.monotonic();
      while (count < options.messagesMax && !env.signal.aborted) {
        const records = await source.poll();
        if (records.length === 0) {
          if (options.timeoutMs !== undefined && env.clock.monotonic() - waitedSince >= options.timeoutMs) {
            env.err(
              'Error processing message, terminating consumer process: org.apache.kafka.common.errors.TimeoutException\n',
            );
            break;
          }
          continue;
        }
        const { printed, failed } = await print(records.slice(0, options.messagesMax - count), format, options, env);
        count += printed + (failed ? 1 : 0);
        if (failed || count >= options.messagesMax) {
          source.giveBack(records.slice(printed));
          exitCode = failed ? 1 : 0;
          break;
        }
        waitedSince = env.clock.monotonic();
      }
    } finally {
      await source.close();
      env.err(`Processed a total of ${count} messages\n`);
    }
    return exitCode;
  });
}

/** Prints records; `failed` when one could not be and the tool ends with it. */
async function print(
  records: readonly IncomingRecord[],
  format: MessageFormatter,
  { skipErrors }: ConsoleConsumerOptions,
  env: ToolEnvironment,
): Promise<{ readonly printed: number; readonly failed: boolean }> {
  const chunks: Uint8Array[] = [];
  let printed = 0;
  let failure: unknown;
  for (const record of records) {
    try {
      const formatted = format(record);
      chunks.push(formatted instanceof Promise ? await formatted : formatted);
    } catch (error) {
      if (!skipErrors) {
        failure = error;
        break;
      }
      env.err(`Error processing message, skipping this message: ${messageOf(error)}\n`);
    }
    printed++;
  }
  env.out(Buffer.concat(chunks));
  await env.drained();
  if (failure !== undefined) env.err(`Error processing message, terminating consumer process: ${messageOf(failure)}\n`);
  return { printed, failed: failure !== undefined };
}

interface Source {
  poll(): Promise<readonly IncomingRecord[]>;
  /** Records that were polled and not used: their offsets are not committed. */
  giveBack(records: readonly IncomingRecord[]): void;
  close(): Promise<void>;
}

function groupSource(client: KafkaClient, { topics, consumer: options }: ConsoleConsumerOptions): Source {
  const consumer = client.consumer({ ...options, topics: typeof topics === 'string' ? [topics] : topics });
  return {
    poll: () => consumer.poll(pollMs),
    giveBack: (records) => {
      const seen = new Set<string>();
      for (const { topic, partition, offset } of records) {
        const key = `${topic} ${partition}`;
        if (!seen.has(key)) consumer.seek(topic, partition, offset);
        seen.add(key);
      }
    },
    close: () => consumer.close(),
  };
}

async function partitionSource(
  client: KafkaClient,
  { topics, partition, consumer }: ConsoleConsumerOptions,
  env: ToolEnvironment,
): Promise<Source> {
  const { index = 0, from: wanted = 'latest' } = partition ?? {};
  const topic = topics as string;
  const { earliest, latest } = await client.admin.offsets(topic, index);
  // An offset that is not there: as `auto.offset.reset` says.
  const isThere = typeof wanted !== 'number' || (wanted >= earliest && wanted <= latest);
  const stop = new AbortController();
  const records = client.read(topic, index, {
    from: isThere ? wanted : consumer.autoOffsetReset === 'earliest' ? 'earliest' : 'latest',
    isolation: consumer.isolation ?? 'read_uncommitted',
    signal: AbortSignal.any([stop.signal, env.signal]),
  });
  const batches = records[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<readonly IncomingRecord[]>> | undefined;
  return {
    poll: async () => {
      next ??= batches.next();
      const result = await Promise.race([next, waited(env)]);
      if (result === undefined) return [];
      next = undefined;
      return result.done === true ? [] : result.value;
    },
    giveBack: () => {},
    close: async () => {
      stop.abort();
      await next?.catch(() => {});
    },
  };
}

function waited(env: ToolEnvironment): Promise<undefined> {
  return new Promise((resolve) => void env.clock.setTimer(() => resolve(undefined), pollMs));
}

/** As Java's consumer: a topic that is not there is made when the broker is set so. */
async function askForTopic(client: KafkaClient, topic: string): Promise<void> {
  await client.request('Metadata', { topics: [{ name: topic }], allowAutoTopicCreation: true });
}
