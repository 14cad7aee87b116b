/** `kafka-console-producer`: a record for each line of stdin, as Kafka's own tool does. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { Producer } from '../../client/kafka-client.ts';
import { checkConfig, parsePairs, producerOptions, producerProperties, readConfig } from './client-config.ts';
import { lineReader } from './line-reader.ts';
import type { LineRecord } from './line-reader.ts';
import { lineGroups } from './lines.ts';
import { checkNewNames, Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const readerProperties =
  'parse.key, parse.headers, ignore.error (false), key.separator (tab), headers.delimiter (tab), headers.separator (,), headers.key.separator (:), null.marker';

export const consoleProducerSpecs: OptionSpecs = {
  'batch-size': { argument: 'Integer: size', help: 'The size of batches in bytes. (default: 16384)' },
  'bootstrap-server': {
    argument: 'String: server to connect to',
    help: 'REQUIRED: The server(s) to connect to, HOST1:PORT1,HOST2:PORT2.',
  },
  'command-config': { argument: 'String: config file', help: 'A file with properties of the producer.' },
  'command-property': {
    argument: 'String: producer_prop',
    help: 'A property of the producer, key=value; wins over the file.',
  },
  'compression-codec': {
    argument: 'String: compression-codec',
    optional: true,
    help: "'none', 'gzip', 'snappy', 'lz4' or 'zstd'; gzip without a value.",
  },
  help: { help: 'Print usage information.' },
  'line-reader': {
    argument: 'String: reader_class',
    help: 'How lines become records: org.apache.kafka.tools.LineMessageReader.',
  },
  'max-block-ms': { argument: 'Long: max block on send', help: 'So long may sending block. (default: 60000)' },
  'max-memory-bytes': {
    argument: 'Long: total memory in bytes',
    help: 'The memory for records that wait. (default: 33554432)',
  },
  'max-partition-memory-bytes': {
    argument: 'Integer: memory in bytes per partition',
    help: '(Deprecated) As --batch-size.',
  },
  'message-send-max-retries': { argument: 'Integer', help: 'So often is sending tried again. (default: 3)' },
  'metadata-expiry-ms': {
    argument: 'Long: metadata expiration interval',
    help: 'Metadata is asked for again after this time. (default: 300000)',
  },
  'producer-property': { argument: 'String: producer_prop', help: '(DEPRECATED) As --command-property.' },
  'producer.config': { argument: 'String: config file', help: '(DEPRECATED) As --command-config.' },
  property: { argument: 'String: prop', help: '(DEPRECATED) As --reader-property.' },
  'reader-config': { argument: 'String: config file', help: 'A file with properties of the reader.' },
  'reader-property': { argument: 'String: prop', help: `A property of the reader, key=value: ${readerProperties}.` },
  'request-required-acks': {
    argument: 'String: request required acks',
    help: 'The acks of the producer. (default: -1)',
  },
  'request-timeout-ms': {
    argument: 'Integer: request timeout ms',
    help: 'So long may a broker take to acknowledge. (default: 1500)',
  },
  'retry-backoff-ms': { argument: 'Long', help: 'The pause before sending is tried again. (default: 100)' },
  'socket-buffer-size': { argument: 'Integer: size', help: 'The size of the TCP buffer. (default: 102400)' },
  sync: { help: 'Wait for each record before the next.' },
  timeout: { argument: 'Long: timeout_ms', help: 'So long waits a batch for more. (default: 1000)' },
  topic: { argument: 'String: topic', required: true, help: 'The topic to produce to.' },
  version: { help: 'Display Kafka version.' },
};

/** Options that tune buffers and retries of Java's producer; ours decides these itself. They are checked, and said to have no effect. */
const withoutEffect = [
  'batch-size',
  'max-block-ms',
  'max-memory-bytes',
  'max-partition-memory-bytes',
  'message-send-max-retries',
  'metadata-expiry-ms',
  'retry-backoff-ms',
  'socket-buffer-size',
];

export const consoleProducer: KafkaTool = {
  intro: 'This tool helps to read data from standard input and publish it to Kafka.',
  specs: consoleProducerSpecs,
  run: (args, env) => {
    const options = Options.parse(consoleProducerSpecs, args);
    const reader = options.value('line-reader') ?? 'LineMessageReader';
    if (!/(^|\.)LineMessageReader$/.test(reader))
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `java.lang.ClassNotFoundException: ${reader}. Known is org.apache.kafka.tools.LineMessageReader.`,
      );
    const read = lineReader(readProperties(options, env));
    return produceLines(options, read, env);
  },
};

/** Properties of the reader: from the file, then those given one by one. */
export function readProperties(options: Options, env: ToolEnvironment): Map<string, string> {
  checkNewNames(
    options,
    env,
    [
      ['producer-property', 'command-property'],
      ['property', 'reader-property'],
      ['producer.config', 'command-config'],
    ],
    'Warning:',
  );
  const properties = readConfig(env, [options.value('reader-config')]);
  for (const [name, value] of parsePairs([...options.values('property'), ...options.values('reader-property')]))
    properties.set(name, value);
  return properties;
}

/** Sends what `read` makes of each line until stdin ends. A line that it refuses ends the tool with 1. */
export async function produceLines(
  options: Options,
  read: (line: Buffer, lineNumber: number) => LineRecord | Promise<LineRecord>,
  env: ToolEnvironment,
): Promise<number> {
  const topic = options.value('topic') as string;
  const bootstrapServers = options.value('bootstrap-server');
  if (bootstrapServers === undefined) throw new UsageError('Error while validating the bootstrap address');
  const config = readConfig(
    env,
    [options.value('producer.config'), options.value('command-config')],
    [...options.values('producer-property'), ...options.values('command-property')],
  );
  if (options.has('compression-codec')) config.set('compression.type', options.value('compression-codec') ?? 'gzip');
  const requestTimeoutMs = options.number('request-timeout-ms');
  if (requestTimeoutMs !== undefined) config.set('request.timeout.ms', String(requestTimeoutMs));
  for (const name of withoutEffect) {
    if (options.number(name) !== undefined) env.err(`The option --${name} has no effect here.\n`);
  }
  const acks = options.value('request-required-acks');
  if (acks !== undefined) config.set('acks', acks);
  const wanted = config.get('acks');
  if (wanted === '0' || wanted === '1') env.err(`acks=${wanted} has no effect here: all is used.\n`);
  checkConfig(config, producerProperties, env);
  const lingerMs = options.number('timeout');
  if (lingerMs !== undefined) config.set('linger.ms', String(lingerMs));
  return withClient(env, bootstrapServers, config, async (client) => {
    const producer = await client.producer(producerOptions(config));
    return sendLines(producer, { topic, sync: options.has('sync') }, read, env);
  });
}

async function sendLines(
  producer: Producer,
  { topic, sync }: { readonly topic: string; readonly sync: boolean },
  read: (line: Buffer, lineNumber: number) => LineRecord | Promise<LineRecord>,
  env: ToolEnvironment,
): Promise<number> {
  const prompt = (): void => {
    if (env.stdin.isTTY === true) env.out('>');
  };
  const failed = (error: unknown): void =>
    env.err(`Error when sending message to topic ${topic}: ${messageOf(error)}\n`);
  let lineNumber = 0;
  let exitCode = 0;
  prompt();
  try {
    for await (const lines of untilAborted(lineGroups(env.stdin), env.signal)) {
      for (const line of lines) {
        const record = await read(line, ++lineNumber);
        const sent = producer.send({ topic, ...record }).catch(failed);
        if (sync) await sent;
      }
      prompt();
      if (!sync && env.stdin.isTTY !== true) await producer.flush().catch(() => {}); // what failed was told
    }
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    env.err(`${messageOf(error)}\n`);
    exitCode = 1;
  }
  await producer.close();
  return exitCode;
}

/** What comes before `signal` aborts. */
async function* untilAborted<T>(source: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  for (;;) {
    const next = await Promise.race([source.next(), aborted]);
    if (next === undefined || next.done === true) return;
    yield next.value;
  }
}
