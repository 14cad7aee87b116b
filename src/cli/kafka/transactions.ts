/** `kafka-transactions`: what transactions and producers are about, and the end of those that hang. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { argumentTool } from './arguments.ts';
import type { Argument, Arguments } from './arguments.ts';
import { readConfig } from './client-config.ts';
import { hangingTransactions } from './hanging-transactions.ts';
import { checkCode } from './java-errors.ts';
import { brokersOf, tabbedTable } from './tables.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';
import { describeTransaction, listTransactions, producersOf } from './transaction-facts.ts';

type Run = (client: KafkaClient, args: Arguments, env: ToolEnvironment) => Promise<number>;

const text = (metavar: string, help: string, required = false): Argument => ({ metavar, help, required });
const integer = (metavar: string, help: string, required = false): Argument => ({
  metavar,
  help,
  required,
  type: 'Integer',
});
const long = (metavar: string, help: string): Argument => ({ metavar, help, type: 'Long' });

export const transactions: KafkaTool = argumentTool({
  program: 'kafka-transactions.sh',
  description:
    'This tool is used to analyze the transactional state of producers in the cluster. It can be used to detect and recover from hanging transactions.',
  helpCode: 1,
  arguments: {
    version: { short: '-v', help: 'show the version of this Kafka distribution and exit' },
    'command-config': text('FILE', 'A file with properties of the client.'),
    'bootstrap-server': text('host:port', 'The server(s) to connect to.', true),
  },
  commands: {
    list: {
      help: 'list transactions',
      arguments: {
        'duration-filter': long(
          'MS',
          'Only transactions that run longer than so many milliseconds; all when negative.',
        ),
        'transactional-id-pattern': text('REGEX', 'Only transactional ids that match.'),
      },
      run: connected(list),
    },
    describe: {
      help: 'describe the state of an active transactional-id',
      arguments: { 'transactional-id': text('ID', 'transactional id', true) },
      run: connected(describe),
    },
    'describe-producers': {
      help: 'describe the states of active producers for a topic partition',
      arguments: {
        'broker-id': integer('BROKER', 'The producers as this replica knows them. (default: the leader)'),
        topic: text('TOPIC', 'topic name', true),
        partition: integer('PARTITION', 'partition number', true),
      },
      run: connected(describeProducers),
    },
    abort: {
      help: 'abort a hanging transaction (requires administrative privileges)',
      arguments: {
        topic: text('TOPIC', 'topic name', true),
        partition: integer('PARTITION', 'partition number', true),
        'start-offset': long('OFFSET', 'Where the transaction begins; enough for brokers of Kafka 3.0 and newer.'),
        'producer-id': long('ID', 'producer id'),
        'producer-epoch': integer('EPOCH', 'producer epoch'),
        'coordinator-epoch': integer('EPOCH', 'coordinator epoch'),
      },
      run: connected(abort),
    },
    'find-hanging': {
      help: 'find hanging transactions',
      arguments: {
        'broker-id': integer('BROKER', 'Only partitions of this broker.'),
        'max-transaction-timeout': integer('MINUTES', 'Only transactions that are older. (default: 15)'),
        topic: text('TOPIC', 'Only this topic.'),
        partition: integer('PARTITION', 'Only this partition of the topic.'),
      },
      run: connected(findHanging),
    },
    forceTerminateTransaction: {
      help: 'Force abort an ongoing transaction on transactionalId (requires administrative privileges)',
      arguments: { transactionalId: text('ID', 'transactional id', true) },
      run: connected(forceTerminate),
    },
  },
});

function connected(run: Run): (args: Arguments, env: ToolEnvironment) => Promise<number> {
  return (args, env) => {
    const config = readConfig(env, [args.value('command-config')]);
    return withClient(env, args.value('bootstrap-server') as string, config, (client) => run(client, args, env));
  };
}

const listHeader = ['TransactionalId', 'Coordinator', 'ProducerId', 'TransactionState'];

async function list(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  const rows: string[][] = [];
  for (const { nodeId } of await brokersOf(client)) {
    const found = await orFail(
      'Failed to list transactions',
      listTransactions(client, nodeId, {
        durationFilter: args.number('duration-filter') ?? -1,
        transactionalIdPattern: args.value('transactional-id-pattern') ?? null,
      }),
    );
    for (const { transactionalId, producerId, transactionState } of found)
      rows.push([transactionalId, String(nodeId), String(producerId), transactionState]);
  }
  env.out(tabbedTable([listHeader, ...rows]));
  return 0;
}

const describeHeader = [
  'CoordinatorId',
  'TransactionalId',
  'ProducerId',
  'ProducerEpoch',
  'TransactionState',
  'TransactionTimeoutMs',
  'CurrentTransactionStartTimeMs',
  'TransactionDurationMs',
  'TopicPartitions',
];

async function describe(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  const id = args.value('transactional-id') as string;
  const { coordinator, ...found } = await orFail(
    `Failed to describe transaction state of transactional-id \`${id}\``,
    describeTransaction(client, id),
  );
  const { transactionStartTimeMs } = found;
  const hasBegun = Number(transactionStartTimeMs) >= 0;
  const row = [
    coordinator,
    id,
    found.producerId,
    found.producerEpoch,
    found.transactionState,
    found.transactionTimeoutMs,
    hasBegun ? transactionStartTimeMs : 'None',
    hasBegun ? env.clock.now() - Number(transactionStartTimeMs) : 'None',
    found.topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`)).join(','),
  ];
  env.out(tabbedTable([describeHeader, row.map(String)]));
  return 0;
}

const producersHeader = [
  'ProducerId',
  'ProducerEpoch',
  'LatestCoordinatorEpoch',
  'LastSequence',
  'LastTimestamp',
  'CurrentTransactionStartOffset',
];

async function describeProducers(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  const target = partitionOf(args);
  const broker = args.number('broker-id');
  const producers = await orFail(
    `Failed to describe producers for partition ${target.topic}-${target.partition} on ${broker === undefined ? 'leader' : `broker ${broker}`}`,
    producersOf(client, target, broker),
  );
  const rows = producers.map((producer) => [
    String(producer.producerId),
    String(producer.producerEpoch),
    String(producer.coordinatorEpoch),
    String(producer.lastSequence),
    String(producer.lastTimestamp),
    Number(producer.currentTxnStartOffset) < 0 ? 'None' : String(producer.currentTxnStartOffset),
  ]);
  env.out(tabbedTable([producersHeader, ...rows]));
  return 0;
}

interface Marker {
  readonly producerId: bigint | number;
  readonly producerEpoch: number;
  readonly coordinatorEpoch: number;
}

async function abort(client: KafkaClient, args: Arguments): Promise<number> {
  const target = partitionOf(args);
  const { topic, partition } = target;
  const marker = await markerOf(client, args, target);
  const answer = client
    .request(
      'WriteTxnMarkers',
      { markers: [{ ...marker, transactionResult: false, topics: [{ name: topic, partitionIndexes: [partition] }] }] },
      undefined,
      target,
    )
    .then(({ markers }) => checkCode(markers[0]?.topics[0]?.partitions[0]?.errorCode));
  const { producerId, producerEpoch, coordinatorEpoch } = marker;
  await orFail(
    `Failed to abort transaction AbortTransactionSpec(topicPartition=${topic}-${partition}, producerId=${producerId}, producerEpoch=${producerEpoch}, coordinatorEpoch=${coordinatorEpoch})`,
    answer,
  );
  return 0;
}

async function markerOf(client: KafkaClient, args: Arguments, target: TopicPartition): Promise<Marker> {
  const startOffset = args.number('start-offset');
  const producerId = args.number('producer-id');
  if (startOffset === undefined) {
    if (producerId === undefined)
      throw failed(
        'The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)',
      );
    const given = (name: string): number => {
      const value = args.number(name);
      if (value === undefined) throw failed(`Missing required argument --${name}`);
      return value;
    };
    return {
      producerId,
      producerEpoch: given('producer-epoch'),
      coordinatorEpoch: Math.max(0, given('coordinator-epoch')),
    };
  }
  const name = `${target.topic}-${target.partition}`;
  const producers = await orFail(
    `Failed to validate producer state for partition ${name}`,
    producersOf(client, target),
  );
  const found = producers.find(({ currentTxnStartOffset }) => Number(currentTxnStartOffset) === startOffset);
  if (found === undefined)
    throw failed(`Could not find any open transactions starting at offset ${startOffset} on partition ${name}`);
  return {
    producerId: found.producerId,
    producerEpoch: found.producerEpoch,
    coordinatorEpoch: Math.max(0, found.coordinatorEpoch),
  };
}

async function findHanging(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  if (!args.has('topic') && !args.has('broker-id'))
    throw failed('The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search');
  if (args.has('partition') && !args.has('topic'))
    throw failed('The --partition argument requires --topic to be provided');
  const found = await orFail(
    'Failed to find hanging transactions',
    hangingTransactions(client, {
      now: env.clock.now(),
      olderThanMs: (args.number('max-transaction-timeout') ?? 15) * 60_000,
      topic: args.value('topic'),
      partition: args.number('partition'),
      broker: args.number('broker-id'),
    }),
  );
  env.out(tabbedTable(found));
  return 0;
}

/** As KIP-664's successor does it: who asks for the id fences its producer, whose transaction is aborted. */
async function forceTerminate(client: KafkaClient, args: Arguments): Promise<number> {
  const transactionalId = args.value('transactionalId') as string;
  const answer = client
    .request(
      'InitProducerId',
      { transactionalId, transactionTimeoutMs: 60_000, producerId: -1, producerEpoch: -1 },
      undefined,
      { transactionalId },
    )
    .then(({ errorCode }) => {
      // It is being ended already.
      if (errorCode !== concurrentTransactions) checkCode(errorCode);
    });
  await orFail(`Failed to force terminate transactionalId \`${transactionalId}\``, answer);
  return 0;
}

const concurrentTransactions = 51;

function partitionOf(args: Arguments): TopicPartition {
  return { topic: args.value('topic') as string, partition: args.number('partition') as number };
}

function failed(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

/** A failure of the brokers, as the tool tells it. */
async function orFail<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    throw failed(`${what}: ${messageOf(error).replace(/\.$/, '')}. Enable debug logging for additional detail.`);
  }
}
