/**
 * What the runtime needs of a Kafka cluster, as a port. `client-cluster.ts` fills it from our client, the tests from a
 * cluster in memory that fails on demand.
 */

import type * as client from '../client/kafka-client.ts';
import type { Isolation, ReaderDescriptor, TopicPartitionOffset } from '../client/kafka-client.ts';

export type { AbortedTransaction, Isolation, ReaderDescriptor, TopicPartitionOffset } from '../client/kafka-client.ts';

export type TopicDescription = Pick<client.TopicDescription, 'topicId' | 'partitions'>;

/** As the client's, from whatever thread read them. */
export interface FetchedBatches extends Omit<client.FetchedBatches, 'records'> {
  /** Whole record batches back to back; the first may begin before the offset that was asked for. */
  readonly records: Uint8Array;
}

export interface RuntimeCluster {
  clusterId(): Promise<string>;
  describeTopic(topic: string): Promise<TopicDescription | undefined>;
  /** Creates a topic unless it exists. */
  createTopic(
    topic: string,
    options: { readonly partitions: number; readonly config: Readonly<Record<string, string>> },
  ): Promise<TopicDescription>;
  deleteTopic(topic: string): Promise<void>;
  deleteGroup(group: string): Promise<void>;
  offsets(topic: string, partition: number, isolation: Isolation): Promise<client.PartitionEnds>;
  /** Where a leader epoch ends in a partition; undefined when nobody knows. */
  endOfEpoch(topic: string, partition: number, leaderEpoch: number): Promise<number | undefined>;
  /** Committed offsets of a group; partitions without one are absent. */
  committed(group: string, topic: string): Promise<readonly TopicPartitionOffset[]>;
  commit(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void>;
  /** Batches from `offset` on; `records` is empty when nothing came within `waitMs`. Throws OFFSET_OUT_OF_RANGE as `KafkaError`. */
  fetch(
    topic: string,
    partition: number,
    offset: number,
    options: { readonly maxBytes: number; readonly waitMs: number; readonly isolation: Isolation },
  ): Promise<FetchedBatches>;
  /** For a worker to read an embedded log without the broker; undefined when the cluster is not embedded. */
  openReader?(topic: string, partition: number): Promise<ReaderDescriptor | undefined>;
  producer(options: { readonly transactionalId?: string }): Promise<RuntimeProducer>;
}

/** A producer of ready-made batches (offset 0, no producer id: it stamps its own). With a transactional id every batch belongs to a transaction. */
export interface RuntimeProducer {
  begin(): Promise<void>;
  /** Resolves with the base offset once acknowledged by all. The bytes must stay as they are until then. */
  produce(topic: string, partition: number, batch: Buffer): Promise<number>;
  sendOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}
