/**
 * Transactions that hang (KIP-664): a partition knows of an open one, older than any may be, of which no coordinator does. Such a one
 * holds back every consumer with `isolation.level=read_committed`.
 */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { brokersOf, topicsMetadata } from './tables.ts';
import { describeTransaction, listTransactions, producersOf } from './transaction-facts.ts';
import type { ProducerState } from './transaction-facts.ts';

export interface HangingSearch {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly olderThanMs: number;
  readonly topic: string | undefined;
  readonly partition: number | undefined;
  readonly broker: number | undefined;
}

const header = [
  'Topic',
  'Partition',
  'ProducerId',
  'ProducerEpoch',
  'CoordinatorEpoch',
  'StartOffset',
  'LastTimestamp',
  'Duration(min)',
];

/** A table of them, with its header. */
export async function hangingTransactions(client: KafkaClient, search: HangingSearch): Promise<readonly string[][]> {
  const rows: string[][] = [header];
  const known = new Map<string, Promise<ReadonlySet<string>>>();
  for (const target of await partitionsOf(client, search)) {
    for (const producer of await producersOf(client, target, search.broker)) {
      const ageMs = search.now - Number(producer.lastTimestamp);
      if (Number(producer.currentTxnStartOffset) < 0 || ageMs <= search.olderThanMs) continue;
      const id = String(producer.producerId);
      const partitions = known.get(id) ?? partitionsOfProducer(client, producer);
      known.set(id, partitions);
      if (!(await partitions).has(`${target.topic}-${target.partition}`)) rows.push(row(target, producer, ageMs));
    }
  }
  return rows;
}

function row({ topic, partition }: TopicPartition, producer: ProducerState, ageMs: number): string[] {
  const { producerId, producerEpoch, coordinatorEpoch, currentTxnStartOffset, lastTimestamp } = producer;
  const minutes = Math.trunc(ageMs / 60_000);
  const cells = [partition, producerId, producerEpoch, coordinatorEpoch, currentTxnStartOffset, lastTimestamp, minutes];
  return [topic, ...cells.map(String)];
}

async function partitionsOf(
  client: KafkaClient,
  { topic, partition, broker }: HangingSearch,
): Promise<readonly TopicPartition[]> {
  if (topic !== undefined && partition !== undefined) return [{ topic, partition }];
  const topics = await topicsMetadata(client, topic === undefined ? null : [topic]);
  return topics.flatMap(({ name, errorCode, partitions }) => {
    if (errorCode !== 0) throw new StackError('MILLRACE_CONFIG_INVALID', `Topic ${name ?? topic} does not exist.`);
    return partitions
      .filter(({ replicaNodes }) => broker === undefined || replicaNodes.includes(broker))
      .map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex }));
  });
}

/** The partitions that the coordinator counts to the producer's transaction; none when it knows no such producer. */
async function partitionsOfProducer(client: KafkaClient, { producerId }: ProducerState): Promise<ReadonlySet<string>> {
  for (const { nodeId } of await brokersOf(client)) {
    const listed = await listTransactions(client, nodeId, { producerIdFilters: [BigInt(producerId)] });
    const id = listed.find((one) => BigInt(one.producerId) === BigInt(producerId))?.transactionalId;
    if (id === undefined) continue;
    try {
      const { topics } = await describeTransaction(client, id);
      return new Set(topics.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`)));
    } catch (error) {
      if (!(error instanceof KafkaError) || error.errorName !== 'TRANSACTIONAL_ID_NOT_FOUND') throw error;
    }
  }
  return new Set();
}
