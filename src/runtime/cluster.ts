/**
 * What the runtime needs of a Kafka cluster, as a port. `client-cluster.ts` fills it from our client, the tests from a
 * cluster in memory that fails on demand.
 */

export interface TopicDescription {
  readonly topicId: string;
  readonly partitions: number;
}

export interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A transaction that was aborted: its records, from `firstOffset` to its abort marker, are not for read_committed readers. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedBatches {
  /** Whole record batches back to back; the first may begin before the offset that was asked for. */
  readonly records: Uint8Array;
  /** Ascending by first offset. */
  readonly aborted: readonly AbortedTransaction[];
  /** The offset behind the last batch; the offset asked for when there is none. */
  readonly nextOffset: number;
  /** Where a reader of this isolation has caught up (high watermark or last stable offset). */
  readonly endOffset: number;
  readonly logStartOffset: number;
}

export type Isolation = 'read_uncommitted' | 'read_committed';

/** What another thread needs to read a partition's files itself (the broker's `PartitionReaderDescriptor`); survives a structured clone. */
export interface ReaderDescriptor {
  readonly directory: string;
  readonly view: SharedArrayBuffer;
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
  offsets(topic: string, partition: number, isolation: Isolation): Promise<{ earliest: number; latest: number }>;
  /** Committed offsets of a group; partitions without one are absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
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
