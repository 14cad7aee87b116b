/**
 * Our own Kafka client, as the rest of the stack sees it. Registry, Connect, engine and gateways reach a cluster only through
 * this and cannot tell whether it is the embedded broker or a real Kafka.
 *
 *   const kafka = await connectKafka({ bootstrapServers: 'localhost:9092', … });   // over TCP
 *   const kafka = embeddedKafka({ door, … });                                      // the broker in this process
 *
 * Everything that can fail for a while (a leader that moved, a coordinator that loads, a connection that broke) is tried again until
 * its limit (`delivery.timeout.ms` 120 s for producers, `default.api.timeout.ms` 60 s for the rest). What stays wrong rejects with a
 * `KafkaError` (the broker's code) or a `StackError` MILLRACE_UNREACHABLE or MILLRACE_TIMEOUT.
 */
import type { AssignorName } from './assignors.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../wire/codecs.ts';

export type Isolation = 'read_uncommitted' | 'read_committed';

export interface RecordHeader {
  readonly key: string;
  readonly value: Uint8Array | null;
}

export interface OutgoingRecord {
  readonly topic: string;
  /** Absent: murmur2 of the key as Kafka's Java clients do, or the sticky partition for a null key (KIP-480). */
  readonly partition?: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
  /** Milliseconds since the epoch; absent: now. */
  readonly timestamp?: number;
}

export interface Acknowledgement {
  readonly partition: number;
  readonly offset: number;
}

export interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Of the last record in front of the offset (KIP-320): whether that record is still there is found out by it. Absent: not known. */
  readonly leaderEpoch?: number;
}

/** The ends of a partition. */
export interface PartitionEnds {
  readonly earliest: number;
  readonly latest: number;
  /** The epoch of the partition's leader; −1 when the cluster does not tell. */
  readonly leaderEpoch: number;
}

export interface ProducerOptions {
  /** With one, every record belongs to a transaction, and an older producer of the same id is fenced. */
  readonly transactionalId?: string;
  /** `transaction.timeout.ms`, 60,000 by default. */
  readonly transactionTimeoutMs?: number;
  /** `linger.ms`, 0 by default: what is sent in the same turn of the event loop still shares a batch. */
  readonly lingerMs?: number;
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';
  /** `delivery.timeout.ms`, 120,000 by default: a record that is not acknowledged after this long fails. */
  readonly deliveryTimeoutMs?: number;
}

/** An idempotent producer with acks=all. Records of one partition are written in the order of their calls. */
export interface Producer {
  /** Resolves once acknowledged by all. */
  send(record: OutgoingRecord): Promise<Acknowledgement>;
  /**
   * Sends one ready-made batch (v2, base offset 0, no producer id); producer id, epoch and sequence are stamped in place. Resolves with
   * the base offset once acknowledged by all. The bytes must stay as they are until then.
   */
  produceBatch(topic: string, partition: number, batch: Buffer): Promise<number>;
  /** Resolves once everything sent before is acknowledged, or rejects with the first failure. */
  flush(): Promise<void>;
  begin(): Promise<void>;
  /** Commits a group's offsets with the transaction. */
  sendOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
}

export interface IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  /** What the timestamp tells; absent: not known. */
  readonly timestampType?: 'CreateTime' | 'LogAppendTime';
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** A transaction that was aborted: its records, from `firstOffset` to its abort marker, are not for read_committed readers. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export interface FetchedBatches {
  /** Whole record batches back to back; the first may begin before the offset that was asked for. */
  readonly records: Buffer;
  /** Ascending by first offset. */
  readonly aborted: readonly AbortedTransaction[];
  /** The offset behind the last batch; the offset asked for when there is none. */
  readonly nextOffset: number;
  /** Where a reader of this isolation has caught up: high watermark or last stable offset. */
  readonly endOffset: number;
  readonly logStartOffset: number;
}

export interface FetchBatchesOptions {
  readonly maxBytes?: number;
  /** How long the broker may wait for data. */
  readonly waitMs?: number;
  readonly isolation?: Isolation;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** An offset, or where to begin; `latest` is the end at the time of the call. */
  readonly from: number | 'earliest' | 'latest';
  /** Ends the iteration before this offset; absent: goes on with what comes. */
  readonly to?: number;
  /** `read_committed` by default. */
  readonly isolation?: Isolation;
  /** Ends the iteration, without an error. */
  readonly signal?: AbortSignal;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Kafka's consumer configuration, by its names; what is absent has Kafka's default unless it says otherwise. */
export interface ConsumerOptions {
  readonly group: string;
  /** Names, or a pattern that a name must match as a whole (internal topics are left out). */
  readonly topics: readonly string[] | RegExp;
  /** `group.instance.id` */
  readonly instanceId?: string;
  /** Where to begin without a committed offset, or when it is gone; `latest` by default. */
  readonly autoOffsetReset?: 'earliest' | 'latest' | 'none';
  /** `enable.auto.commit` */
  readonly autoCommit?: boolean;
  readonly autoCommitIntervalMs?: number;
  readonly isolation?: Isolation;
  readonly sessionTimeoutMs?: number;
  readonly heartbeatIntervalMs?: number;
  readonly maxPollIntervalMs?: number;
  readonly maxPollRecords?: number;
  readonly fetchMaxWaitMs?: number;
  readonly fetchMinBytes?: number;
  readonly fetchMaxBytes?: number;
  readonly maxPartitionFetchBytes?: number;
  /**
   * `partition.assignment.strategy`, the preferred first; `range`, `roundrobin` by default. With `cooperative-sticky` alone the consumer
   * keeps its partitions while the group rebalances, and gives up only those that go to others (KIP-429).
   */
  readonly assignors?: readonly AssignorName[];
  /** Called inside of `poll`, before the partitions can be read; a `seek` decides where. With `cooperative-sticky`: those that were added. */
  readonly onAssigned?: (partitions: readonly TopicPartition[]) => void | Promise<void>;
  /** Called inside of `poll`; when `lost` the group went on without us and nothing can be committed. */
  readonly onRevoked?: (partitions: readonly TopicPartition[], how: { readonly lost: boolean }) => void | Promise<void>;
}

/** A member of a group (classic protocol). One call at a time. */
export interface Consumer {
  /**
   * The next records, none when nothing came within the time. Rejects with a KafkaError that lasts, MILLRACE_BATCH_CORRUPT for a batch
   * that cannot be read.
   */
  poll(timeoutMs: number): Promise<readonly IncomingRecord[]>;
  assignment(): readonly TopicPartition[];
  /** The next offset that `poll` gives; undefined when it is not known yet or the partition is another member's. */
  position(topic: string, partition: number): number | undefined;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  seek(topic: string, partition: number, offset: number): void;
  /** Commits the given offsets, or the positions of all that was polled. */
  commit(offsets?: readonly TopicPartitionOffset[]): Promise<void>;
  /** Commits (with `autoCommit`) and leaves the group. */
  close(): Promise<void>;
}

export interface TopicDescription {
  readonly topic: string;
  /** 22 characters of base64url. */
  readonly topicId: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly internal: boolean;
}

export interface NewTopic {
  readonly topic: string;
  /** −1: the broker's default. */
  readonly partitions: number;
  /** −1 by default: the broker's default. */
  readonly replicationFactor?: number;
  readonly config?: Readonly<Record<string, string>>;
}

/** What administrative tools and services need. */
export interface Admin {
  topics(): Promise<readonly TopicDescription[]>;
  describeTopic(topic: string): Promise<TopicDescription | undefined>;
  /** Resolves with the description; rejects with TOPIC_ALREADY_EXISTS. */
  createTopic(topic: NewTopic): Promise<TopicDescription>;
  /** As {@link Admin.createTopic}, but an existing topic is as good as a new one. */
  ensureTopic(topic: NewTopic): Promise<TopicDescription>;
  /** Nothing to do when there is none. */
  deleteTopic(topic: string): Promise<void>;
  topicConfig(topic: string): Promise<Readonly<Record<string, string>>>;
  alterTopicConfig(topic: string, config: Readonly<Record<string, string | null>>): Promise<void>;
  groups(): Promise<readonly { readonly group: string; readonly state: string }[]>;
  deleteGroup(group: string): Promise<void>;
  /** Committed offsets of a group in one topic, by partition; partitions without one are absent. */
  committed(group: string, topic: string): Promise<ReadonlyMap<number, number>>;
  /** As {@link Admin.committed}, with the leader epochs that were committed. */
  committedPositions(group: string, topic: string): Promise<readonly TopicPartitionOffset[]>;
  /** As a client that is no member of the group. */
  commitOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void>;
  offsets(topic: string, partition: number, isolation?: Isolation): Promise<PartitionEnds>;
  /**
   * The offset at which a leader epoch ends (KIP-320): a position that was read in this epoch and lies behind it tells of records that
   * are gone. Undefined when the leader does not know.
   */
  endOfEpoch(topic: string, partition: number, leaderEpoch: number): Promise<number | undefined>;
  /** The first offset at or after a time; undefined when there is none. */
  offsetForTime(topic: string, partition: number, timestampMs: number): Promise<number | undefined>;
}

/** What another thread needs to read a partition's files itself; survives a structured clone. */
export interface ReaderDescriptor {
  readonly directory: string;
  readonly view: SharedArrayBuffer;
}

/** The broker of this id, or the coordinator of a group or transactional id, or a partition's leader. */
export type RequestTarget =
  | { readonly node: number }
  | { readonly group: string }
  | { readonly transactionalId: string }
  | TopicPartition;

export interface KafkaClient {
  /** 22 characters of base64url. */
  clusterId(): Promise<string>;
  readonly admin: Admin;
  producer(options?: ProducerOptions): Promise<Producer>;
  /** A member of a group. It joins in its first `poll`. */
  consumer(options: ConsumerOptions): Consumer;
  /** Batches as they lie, from `offset` on; rejects with OFFSET_OUT_OF_RANGE. */
  fetchBatches(
    topic: string,
    partition: number,
    offset: number,
    options?: FetchBatchesOptions,
  ): Promise<FetchedBatches>;
  /** The records of one partition, decoded, in arrays of at least one. Aborted and control records are left out. */
  read(topic: string, partition: number, options: ReadOptions): AsyncIterable<readonly IncomingRecord[]>;
  /** Only with an embedded broker. */
  openReader?(topic: string, partition: number): Promise<ReaderDescriptor | undefined>;
  /** Any request of the protocol, to the broker that `to` tells, or one of the client's choice (for administrative tools). */
  request<N extends ApiName>(
    api: N,
    body: Input<RequestBody<N>>,
    maxVersion?: number,
    to?: RequestTarget,
  ): Promise<ResponseBody<N>>;
  close(): Promise<void>;
}
