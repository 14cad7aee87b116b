/** `kafka-topics`: list, create, delete, alter, describe topics. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { topicPattern } from './topic-pattern.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { checkCode } from './java-errors.ts';
import { topicsMetadata } from './tables.ts';
import type { TopicMetadataAnswer } from './tables.ts';
import { describeTopics } from './topics-describe.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  alter: { help: 'Change the number of partitions of a topic.' },
  'at-min-isr-partitions': {
    help: 'With --describe: only partitions with exactly as many in-sync replicas as they must have.',
  },
  'bootstrap-server': { argument: 'String: server to connect to', help: 'REQUIRED: The server to connect to.' },
  'command-config': { argument: 'String: command config property file', help: 'A file with properties of the client.' },
  config: { argument: 'String: name=value', help: 'A configuration of the topic that is made.' },
  create: { help: 'Create a new topic.' },
  delete: { help: 'Delete a topic.' },
  'delete-config': { argument: 'String: name', help: 'No longer supported; see kafka-configs.' },
  describe: { help: 'List details of the given topics.' },
  'exclude-internal': { help: 'With --list or --describe: leave internal topics out.' },
  help: { help: 'Print usage information.' },
  'if-exists': { help: 'With --alter, --delete or --describe: do nothing when there is no such topic.' },
  'if-not-exists': { help: 'With --create: do nothing when the topic exists.' },
  list: { help: 'List all available topics.' },
  'partition-size-limit-per-response': {
    argument: 'Integer: maximum number of partitions per response',
    help: 'The most partitions in one answer.',
  },
  partitions: { argument: 'Integer: # of partitions', help: 'The number of partitions.' },
  'replica-assignment': {
    argument: 'String: broker_id_for_part1_replica1 : broker_id_for_part1_replica2 , …',
    help: 'The brokers of each partition.',
  },
  'replication-factor': { argument: 'Integer: replication factor', help: 'The number of replicas.' },
  topic: { argument: 'String: topic', help: 'The topic; a regular expression except with --create.' },
  'topic-id': { argument: 'String: topic-id', help: 'With --describe: the id of the topic.' },
  'topics-with-overrides': { help: 'With --describe: only topics with a configuration of their own.' },
  'unavailable-partitions': { help: 'With --describe: only partitions without a leader.' },
  'under-min-isr-partitions': { help: 'With --describe: only partitions with too few in-sync replicas.' },
  'under-replicated-partitions': { help: 'With --describe: only partitions with replicas that are behind.' },
  version: { help: 'Display Kafka version.' },
};

const actions = ['create', 'list', 'alter', 'describe', 'delete'] as const;

export const kafkaTopics: KafkaTool = {
  intro: 'This tool helps to create, delete, describe, or change a topic.',
  introWithoutArguments: 'Create, delete, describe, or change a topic.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    checkOptions(options, env);
    const config = readConfig(env, [options.value('command-config')]);
    try {
      for (const name of ['partitions', 'replication-factor', 'partition-size-limit-per-response'])
        options.number(name);
      return await withClient(env, options.value('bootstrap-server') as string, config, (client) =>
        act(client, options, env),
      );
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      env.out(`Error while executing topic command : ${messageOf(error)}\n`);
      return 1;
    }
  },
};

function checkOptions(options: Options, env: ToolEnvironment): void {
  if (actions.filter((action) => options.has(action)).length !== 1) {
    throw new UsageError('Command must include exactly one action: --list, --describe, --create, --alter or --delete');
  }
  if (!options.has('bootstrap-server')) throw new UsageError('--bootstrap-server must be specified');
  if (options.has('describe') && options.has('replica-assignment')) invalidWith('replica-assignment', 'describe');
  if (options.has('create') && !options.has('topic')) throw new UsageError('Missing required argument "[topic]"');
  if (options.has('delete-config'))
    env.err(
      'delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.\n',
    );
  if (options.has('alter')) {
    if (options.has('config')) {
      const combined = 'Option combination "[[bootstrap-server], [config]]" can\'t be used with option "[alter]"';
      throw new UsageError(`${combined} (To alter topic configurations, the kafka-configs tool can be used.)`);
    }
    if (options.has('replication-factor')) invalidWith('replication-factor', 'alter');
    if (!options.has('topic')) throw new UsageError('Missing required argument "[topic]"');
    if (!options.has('partitions')) throw new UsageError('Missing required argument "[partitions]"');
  }
  if (options.has('delete') && !options.has('topic')) throw new UsageError('Missing required argument "[topic]"');
  if (options.has('replica-assignment')) {
    for (const other of ['partitions', 'replication-factor']) {
      if (options.has(other) && options.has('create')) invalidWith('replica-assignment', other);
    }
  }
  const onlyWith: readonly (readonly [string, readonly string[]])[] = [
    ['if-not-exists', ['create']],
    ['if-exists', ['alter', 'delete', 'describe']],
    ['exclude-internal', ['list', 'describe']],
    ['topic-id', ['describe']],
    ['topics-with-overrides', ['describe']],
    ['unavailable-partitions', ['describe']],
    ['under-replicated-partitions', ['describe']],
    ['under-min-isr-partitions', ['describe']],
    ['at-min-isr-partitions', ['describe']],
    ['config', ['create']],
  ];
  for (const [option, allowed] of onlyWith) {
    const action = actions.find((name) => options.has(name)) as string;
    if (options.has(option) && !allowed.includes(action)) invalidWith(option, action);
  }
}

function invalidWith(option: string, other: string): never {
  throw new UsageError(`Option "[${option}]" can't be used with option "[${other}]"`);
}

function act(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  if (options.has('create')) return create(client, options, env);
  if (options.has('list')) return list(client, options, env);
  if (options.has('alter')) return alter(client, options);
  return options.has('delete') ? remove(client, options) : describeTopics(client, options, env, matching);
}

async function create(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const topic = options.value('topic') as string;
  if (/[._]/.test(topic)) {
    env.out(
      "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.\n",
    );
  }
  const assignments = replicaAssignment(options.value('replica-assignment'));
  const within = (name: string, max: number, wrong: string): number => {
    const value = options.number(name) ?? -1;
    if (options.has(name) && (value < 1 || value > max)) throw new StackError('MILLRACE_CONFIG_INVALID', wrong);
    return assignments.length > 0 ? -1 : value;
  };
  const answer = await client.request('CreateTopics', {
    topics: [
      {
        name: topic,
        numPartitions: within('partitions', 2_147_483_647, 'The partitions must be greater than 0'),
        replicationFactor: within(
          'replication-factor',
          32_767,
          'The replication factor must be between 1 and 32767 inclusive',
        ),
        assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
        configs: options.values('config').map((text) => {
          const equals = text.indexOf('=');
          if (equals < 1)
            throw new StackError(
              'MILLRACE_CONFIG_INVALID',
              'requirement failed: Invalid topic config: all configs to be added must be in the format "key=val".',
            );
          return { name: text.slice(0, equals).trim(), value: text.slice(equals + 1).trim() };
        }),
      },
    ],
    timeoutMs: 30_000,
  });
  const [result] = answer.topics;
  try {
    checkCode(result?.errorCode, result?.errorMessage);
  } catch (error) {
    const exists = error instanceof KafkaError && error.errorName === 'TOPIC_ALREADY_EXISTS';
    if (exists && options.has('if-not-exists')) return 0;
    throw error;
  }
  env.out(`Created topic ${topic}.\n`);
  return 0;
}

/** `1:2,2:3`: the brokers of partition 0, then of partition 1. */
function replicaAssignment(text: string | undefined): number[][] {
  if (text === undefined) return [];
  return text.split(',').map((brokers) => {
    const wrong = brokers.split(':').find((id) => !/^\s*[+-]?\d+\s*$/.test(id));
    if (wrong !== undefined) throw new StackError('MILLRACE_CONFIG_INVALID', `For input string: "${wrong.trim()}"`);
    const ids = brokers.split(':').map((id) => Number(id));
    const twice = new Set(ids.filter((id, i) => ids.indexOf(id) !== i));
    if (twice.size > 0)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Partition replica lists may not contain duplicate entries: ${[...twice].join(',')}`,
      );
    return ids;
  });
}

async function list(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const names = (await matching(client, options)).map(({ name }) => name ?? '');
  env.out(`${names.join('\n')}\n`);
  return 0;
}

async function alter(client: KafkaClient, options: Options): Promise<number> {
  const topics = await required(client, options);
  const assignments = replicaAssignment(options.value('replica-assignment'));
  const answer = await client.request('CreatePartitions', {
    topics: topics.map(({ name, partitions }) => ({
      name: name ?? '',
      count: options.number('partitions') as number,
      assignments:
        assignments.length === 0 ? null : assignments.slice(partitions.length).map((brokerIds) => ({ brokerIds })),
    })),
    timeoutMs: 30_000,
    validateOnly: false,
  });
  for (const { errorCode, errorMessage } of answer.results) checkCode(errorCode, errorMessage);
  return 0;
}

async function remove(client: KafkaClient, options: Options): Promise<number> {
  const topics = await required(client, options);
  const names = topics.map(({ name }) => name ?? '');
  const answer = await client.request('DeleteTopics', {
    topics: names.map((name) => ({ name })),
    topicNames: names,
    timeoutMs: 30_000,
  });
  for (const { errorCode, errorMessage } of answer.responses) checkCode(errorCode, errorMessage);
  return 0;
}

/** The topics that `--topic` matches; none is an error unless `--if-exists`. */
async function required(client: KafkaClient, options: Options): Promise<readonly TopicMetadataAnswer[]> {
  const found = await matching(client, options);
  if (found.length === 0 && !options.has('if-exists')) throw noSuchTopic(options.value('topic') ?? '');
  return found;
}

export function noSuchTopic(topic: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', `Topic '${topic}' does not exist as expected`);
}

async function matching(client: KafkaClient, options: Options): Promise<readonly TopicMetadataAnswer[]> {
  const pattern = options.value('topic');
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${topicPattern(pattern).source})$`);
  return (await topicsMetadata(client, null))
    .filter(
      ({ name, isInternal }) => (whole?.test(name ?? '') ?? true) && !(isInternal && options.has('exclude-internal')),
    )
    .sort((a, b) => ((a.name ?? '') < (b.name ?? '') ? -1 : 1));
}
