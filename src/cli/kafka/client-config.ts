/** Properties of Kafka's clients as they come from `--command-config FILE` and `--command-property NAME=VALUE`. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { AssignorName } from '../../client/assignors.ts';
import type { ConsumerOptions, ProducerOptions } from '../../client/kafka-client.ts';
import { UsageError } from './options.ts';
import type { ToolEnvironment } from './tool.ts';

export type ClientConfig = ReadonlyMap<string, string>;

/** The properties of the files, then those given one by one, which win. */
export function readConfig(
  env: ToolEnvironment,
  files: readonly (string | undefined)[],
  pairs: readonly string[] = [],
): Map<string, string> {
  const config = new Map<string, string>();
  for (const file of files) {
    if (file === undefined) continue;
    for (const [name, value] of parseProperties(fileOf(env, file).toString('utf8'))) config.set(name, value);
  }
  for (const [name, value] of parsePairs(pairs)) config.set(name, value);
  return config;
}

/** @throws StackError in Java's words when the file cannot be read */
export function fileOf(env: ToolEnvironment, path: string): Buffer {
  try {
    return env.readFile(path);
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `${path} (${fileProblem(error)})`, { cause: error });
  }
}

/** Why a file cannot be used, in the words of the operating system and of Java. */
export function fileProblem(error: unknown): string {
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'No such file or directory',
    EACCES: 'Permission denied',
    EISDIR: 'Is a directory',
    ENOTDIR: 'Not a directory',
    EROFS: 'Read-only file system',
    ENOSPC: 'No space left on device',
  };
  return words[String((error as { code?: unknown }).code)] ?? messageOf(error);
}

/** `name=value` words; a value may be empty. */
export function parsePairs(words: readonly string[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0) throw new UsageError(`Invalid command line properties: ${words.join(' ')}`);
    pairs.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return pairs;
}

const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

/** A Java properties file: `name=value`, `name: value`; `#` and `!` begin a comment, `\` at the end of a line goes on with the next. */
export function parseProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>();
  for (const line of text.replace(/\\\r?\n[ \t]*/g, '').split(/\r?\n/)) {
    const match = /^\s*([^#!=:\s](?:\\.|[^=:\s\\])*)\s*[=:\s]?\s*(.*)$/.exec(line);
    if (match !== null) properties.set(unescape(match[1] as string), unescape(match[2] as string));
  }
  return properties;
}

function unescape(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_all, hex: string | undefined, char: string) =>
    hex === undefined ? (escapes[char] ?? char) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Refuses what this client cannot do, and says on stderr what it takes no notice of. */
export function checkConfig(config: ClientConfig, used: ReadonlySet<string>, env: ToolEnvironment): void {
  const protocol = config.get('security.protocol') ?? 'PLAINTEXT';
  if (protocol !== 'PLAINTEXT') {
    throw new StackError('MILLRACE_UNSUPPORTED', `security.protocol=${protocol} is not supported; PLAINTEXT is.`);
  }
  const unused = [...config.keys()].filter((name) => !used.has(name) && !connectionProperties.has(name));
  for (const name of unused) env.err(`The configuration '${name}' was supplied but has no effect here.\n`);
}

/** Properties that `connect` reads. */
const connectionProperties: ReadonlySet<string> = new Set([
  'bootstrap.servers',
  'client.id',
  'request.timeout.ms',
  'socket.connection.setup.timeout.ms',
  'security.protocol',
]);

export const consumerProperties: ReadonlySet<string> = new Set([
  'group.id',
  'group.instance.id',
  'auto.offset.reset',
  'enable.auto.commit',
  'auto.commit.interval.ms',
  'isolation.level',
  'session.timeout.ms',
  'heartbeat.interval.ms',
  'max.poll.interval.ms',
  'max.poll.records',
  'fetch.max.wait.ms',
  'fetch.min.bytes',
  'fetch.max.bytes',
  'max.partition.fetch.bytes',
  'partition.assignment.strategy',
  'key.deserializer',
  'value.deserializer',
]);

/** Kafka's consumer properties as options of our consumer. */
export function consumerOptions(config: ClientConfig): Omit<ConsumerOptions, 'group' | 'topics'> {
  const reset = config.get('auto.offset.reset');
  if (reset !== undefined && reset !== 'earliest' && reset !== 'latest' && reset !== 'none') {
    throw invalid('auto.offset.reset', reset, ['earliest', 'latest', 'none']);
  }
  const isolation = config.get('isolation.level');
  if (isolation !== undefined && isolation !== 'read_committed' && isolation !== 'read_uncommitted') {
    throw invalid('isolation.level', isolation, ['read_committed', 'read_uncommitted']);
  }
  const instanceId = config.get('group.instance.id');
  const autoCommit = config.get('enable.auto.commit');
  const assignors = assignorsOf(config.get('partition.assignment.strategy'));
  return {
    ...(assignors === undefined ? {} : { assignors }),
    ...(reset === undefined ? {} : { autoOffsetReset: reset }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(autoCommit === undefined ? {} : { autoCommit: autoCommit === 'true' }),
    ...numbers(config, {
      autoCommitIntervalMs: 'auto.commit.interval.ms',
      sessionTimeoutMs: 'session.timeout.ms',
      heartbeatIntervalMs: 'heartbeat.interval.ms',
      maxPollIntervalMs: 'max.poll.interval.ms',
      maxPollRecords: 'max.poll.records',
      fetchMaxWaitMs: 'fetch.max.wait.ms',
      fetchMinBytes: 'fetch.min.bytes',
      fetchMaxBytes: 'fetch.max.bytes',
      maxPartitionFetchBytes: 'max.partition.fetch.bytes',
    }),
  };
}

/** Java's classes of the assignors that our consumer has. */
const assignorClasses: Readonly<Record<string, AssignorName>> = {
  'org.apache.kafka.clients.consumer.RangeAssignor': 'range',
  'org.apache.kafka.clients.consumer.RoundRobinAssignor': 'roundrobin',
  'org.apache.kafka.clients.consumer.CooperativeStickyAssignor': 'cooperative-sticky',
};

function assignorsOf(classes: string | undefined): AssignorName[] | undefined {
  return classes?.split(',').map((name) => {
    const known = assignorClasses[name.trim()];
    if (known === undefined) throw invalid('partition.assignment.strategy', name.trim(), Object.keys(assignorClasses));
    return known;
  });
}

export const producerProperties: ReadonlySet<string> = new Set([
  'acks',
  'compression.type',
  'linger.ms',
  'delivery.timeout.ms',
  'transactional.id',
  'transaction.timeout.ms',
  'key.serializer',
  'value.serializer',
]);

const acknowledgements = ['all', '-1', '0', '1'];
const codecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Kafka's producer properties as options of our producer. */
export function producerOptions(config: ClientConfig): ProducerOptions {
  const compression = config.get('compression.type');
  const known = codecs.find((codec) => codec === compression);
  if (compression !== undefined && known === undefined) {
    throw invalid('compression.type', compression, codecs);
  }
  const acks = config.get('acks');
  if (acks !== undefined && !acknowledgements.includes(acks)) throw invalid('acks', acks, acknowledgements);
  const transactionalId = config.get('transactional.id');
  if (transactionalId === '') throw invalid('transactional.id', '', 'String must be non-empty');
  return {
    ...(known === undefined ? {} : { compression: known }),
    ...(transactionalId === undefined ? {} : { transactionalId }),
    ...numbers(config, {
      lingerMs: 'linger.ms',
      deliveryTimeoutMs: 'delivery.timeout.ms',
      transactionTimeoutMs: 'transaction.timeout.ms',
    }),
  };
}

function numbers<K extends string>(
  config: ClientConfig,
  names: Readonly<Record<K, string>>,
): Partial<Record<K, number>> {
  const found: Partial<Record<K, number>> = {};
  for (const [option, name] of Object.entries(names) as [K, string][]) {
    const text = config.get(name);
    if (text === undefined) continue;
    if (!/^-?\d+$/.test(text)) throw invalid(name, text, 'Not a number of type LONG');
    found[option] = Number(text);
  }
  return found;
}

function invalid(name: string, value: string, why: string | readonly string[]): StackError {
  const text = typeof why === 'string' ? why : `String must be one of: ${why.join(', ')}`;
  return new StackError(
    'MILLRACE_CONFIG_INVALID',
    `org.apache.kafka.common.config.ConfigException: Invalid value ${value} for configuration ${name}: ${text}`,
  );
}
