/** The command line of the console consumers: what may stand on it, and what it comes to. */
import { StackError } from '../../core/errors.ts';
import { checkConfig, consumerOptions, consumerProperties, parsePairs, readConfig } from './client-config.ts';
import { checkNewNames, Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import type { ToolEnvironment } from './tool.ts';
import { topicPattern } from './topic-pattern.ts';
import type { ConsumerOptions } from '../../client/kafka-client.ts';

const formatterProperties =
  'print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value (true or false), key.separator, line.separator, headers.separator, null.literal, key.deserializer, value.deserializer, headers.deserializer';

export const consoleConsumerSpecs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: server to connect to',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'command-config': { argument: 'String: config file', help: 'A file with properties of the consumer.' },
  'command-property': {
    argument: 'String: consumer_prop',
    help: 'A property of the consumer, key=value; wins over the file.',
  },
  'consumer-property': { argument: 'String: consumer_prop', help: '(DEPRECATED) As --command-property.' },
  'consumer.config': { argument: 'String: config file', help: '(DEPRECATED) As --command-config.' },
  'enable-systest-events': { help: 'Log what happens to the consumer, for system tests (not supported here).' },
  formatter: {
    argument: 'String: class',
    help: 'How messages are printed: DefaultMessageFormatter or NoOpMessageFormatter of org.apache.kafka.tools.consumer. (default: org.apache.kafka.tools.consumer.DefaultMessageFormatter)',
  },
  'formatter-config': { argument: 'String: config file', help: 'A file with properties of the formatter.' },
  'formatter-property': {
    argument: 'String: prop',
    help: `A property of the formatter, key=value: ${formatterProperties}.`,
  },
  'from-beginning': { help: 'Without a committed offset begin with the first message instead of what comes next.' },
  group: { argument: 'String: consumer group id', help: 'The group to consume in.' },
  help: { help: 'Print usage information.' },
  include: { argument: 'String: Java regex (String)', help: 'Consume the topics whose names match.' },
  'isolation-level': {
    argument: 'String',
    help: 'read_committed leaves out messages of transactions that are open or aborted. (default: read_uncommitted)',
  },
  'key-deserializer': { argument: 'String: deserializer for keys', help: 'The class that reads keys.' },
  'max-messages': { argument: 'Integer: num_messages', help: 'End after so many messages.' },
  offset: {
    argument: 'String: consume offset',
    help: "Where to begin: a number, 'earliest' or 'latest'. (default: latest)",
  },
  partition: {
    argument: 'Integer: partition',
    help: 'Consume this partition only, from its end unless --offset is given.',
  },
  property: { argument: 'String: prop', help: '(DEPRECATED) As --formatter-property.' },
  'skip-message-on-error': { help: 'Go on with the next when a message cannot be printed.' },
  'timeout-ms': { argument: 'Long: timeout_ms', help: 'End when no message came for so long.' },
  topic: { argument: 'String: topic', help: 'The topic to consume.' },
  'value-deserializer': { argument: 'String: deserializer for values', help: 'The class that reads values.' },
  version: { help: 'Display Kafka version.' },
};

export interface ConsoleConsumerOptions {
  readonly bootstrapServers: string;
  readonly config: ReadonlyMap<string, string>;
  readonly topics: string | RegExp;
  /** Only this partition, from there. */
  readonly partition?: { readonly index: number; readonly from: number | 'earliest' | 'latest' };
  readonly consumer: Omit<ConsumerOptions, 'topics'>;
  readonly formatter: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly messagesMax: number;
  readonly timeoutMs: number | undefined;
  readonly skipErrors: boolean;
}

/** @throws UsageError in the words of Kafka's tool */
export function parseConsoleConsumer(args: readonly string[], env: ToolEnvironment): ConsoleConsumerOptions {
  const options = Options.parse(consoleConsumerSpecs, args);
  if (options.has('topic') === options.has('include')) {
    throw new UsageError('Exactly one of the following arguments is required: [topic], [include]');
  }
  checkNewNames(
    options,
    env,
    [
      ['consumer-property', 'command-property'],
      ['property', 'formatter-property'],
      ['consumer.config', 'command-config'],
    ],
    'Option',
  );
  if (options.has('enable-systest-events')) {
    throw new StackError('MILLRACE_UNSUPPORTED', '--enable-systest-events is not supported.');
  }
  const partition = partitionOf(options);
  const config = readConfig(
    env,
    [options.value('consumer.config'), options.value('command-config')],
    [...options.values('consumer-property'), ...options.values('command-property')],
  );
  const isolation = options.value('isolation-level');
  if (isolation !== undefined) config.set('isolation.level', isolation);
  const group = groupOf(options, config);
  if (group !== undefined && partition !== undefined) {
    throw new UsageError('Options group and partition cannot be specified together.');
  }
  setReset(options, config);
  const properties = readConfig(env, [options.value('formatter-config')]);
  for (const name of ['property', 'formatter-property'] as const) {
    for (const [key, value] of parsePairs(options.values(name))) properties.set(key, value);
  }
  for (const part of ['key', 'value'] as const) {
    const className = options.value(`${part}-deserializer`);
    if (className !== undefined) properties.set(`${part}.deserializer`, className);
  }
  checkConfig(config, consumerProperties, env);
  const consumer = consumerOptions(config);
  return {
    bootstrapServers: options.value('bootstrap-server') as string,
    config,
    topics: options.value('topic') ?? topicPattern(options.value('include') as string),
    ...(partition === undefined ? {} : { partition }),
    consumer: {
      ...consumer,
      group: group ?? `console-consumer-${Math.floor(env.random.float() * 100_000)}`,
      autoCommit: group === undefined ? false : (consumer.autoCommit ?? true),
    },
    formatter: options.value('formatter') ?? 'DefaultMessageFormatter',
    properties,
    messagesMax: messagesMax(options.number('max-messages')),
    timeoutMs: options.number('timeout-ms'),
    skipErrors: options.has('skip-message-on-error'),
  };
}

function messagesMax(given: number | undefined): number {
  return given === undefined || given < 0 ? Infinity : given;
}

function partitionOf(options: Options): ConsoleConsumerOptions['partition'] {
  const index = options.number('partition');
  if (index !== undefined && !options.has('topic')) {
    throw new UsageError('The topic is required when partition is specified.');
  }
  if (options.has('offset') && index === undefined) {
    throw new UsageError('The partition is required when offset is specified.');
  }
  if (options.has('offset') && options.has('from-beginning')) {
    throw new UsageError('Options from-beginning and offset cannot be specified together.');
  }
  if (index === undefined) return undefined;
  const text = options.value('offset') ?? (options.has('from-beginning') ? 'earliest' : 'latest');
  const word = text.toLowerCase();
  if (word === 'earliest' || word === 'latest') return { index, from: word };
  if (/^\d+$/.test(text)) return { index, from: Number(text) };
  throw new UsageError(
    `The provided offset value '${text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.`,
  );
}

function groupOf(options: Options, config: ReadonlyMap<string, string>): string | undefined {
  const ids = new Set([options.value('group'), config.get('group.id')].filter((id) => id !== undefined));
  if (ids.size > 1) {
    throw new UsageError(
      `The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: ${Array.from(ids, (id) => `'${id}'`).join(', ')}`,
    );
  }
  return [...ids][0];
}

function setReset(options: Options, config: Map<string, string>): void {
  const given = config.get('auto.offset.reset');
  if (!options.has('from-beginning')) {
    if (given === undefined) config.set('auto.offset.reset', 'latest');
    return;
  }
  if (given !== undefined && given !== 'earliest') {
    throw new UsageError(
      `Can't simultaneously specify --from-beginning and 'auto.offset.reset=${given}', please remove one option`,
    );
  }
  config.set('auto.offset.reset', 'earliest');
}
