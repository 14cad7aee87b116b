/**
 * A producer's transactions, as its coordinator knows them (KIP-98, KIP-890).
 *
 * With `transaction.version` 2 a partition takes part from its first batch on and every end raises the producer's epoch; before that
 * each partition is announced (AddPartitionsToTxn, AddOffsetsToTxn) and the epoch stays. Which of the two is the cluster's choice.
 */
import { StackError } from '../core/errors.ts';
import { safeNumber } from '../core/assert.ts';
import { KafkaError, kafkaError } from '../wire/error-codes.ts';
import type { KafkaErrorName } from '../wire/error-codes.ts';
import { answerError, checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Channel } from './channel.ts';
import type { TopicPartitionOffset } from './kafka-client.ts';
import type { ProducerIdentity } from './partition-queue.ts';

/** After these a producer of this transactional id can do nothing more. */
const fatalErrors: ReadonlySet<KafkaErrorName> = new Set([
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_ID_MAPPING',
  'INVALID_TXN_STATE',
  'TRANSACTIONAL_ID_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'UNSUPPORTED_VERSION',
]);

export function isFatal(error: unknown): boolean {
  return error instanceof KafkaError && fatalErrors.has(error.errorName);
}

const purpose = 'producer';

export class Transaction {
  readonly id: string;
  private readonly cluster: Cluster;
  private readonly timeoutMs: number;
  private current: ProducerIdentity = { id: -1, epoch: -1 };
  private implicit = false;
  private open = false;
  /** The coordinator may know of the transaction. */
  private started = false;
  /** Partitions that were announced, or are being announced, as `topic partition`. */
  private readonly partitions = new Map<string, Promise<void>>();
  private announcing: { readonly topic: string; readonly partition: number }[] = [];
  private announced: Promise<void> | undefined;
  /** Why the transaction can only be aborted. */
  failure: unknown;

  constructor(cluster: Cluster, id: string, timeoutMs: number) {
    this.cluster = cluster;
    this.id = id;
    this.timeoutMs = timeoutMs;
  }

  get identity(): ProducerIdentity {
    return this.current;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** The newest version of Produce that goes with the cluster's transactions. */
  get produceVersionMax(): number | undefined {
    return this.implicit ? undefined : 11;
  }

  /** Gets an identity; whoever had one of the same id is fenced, its open transaction aborted. */
  async init(): Promise<void> {
    this.current = await this.initProducerId(-1, -1);
  }

  begin(): void {
    if (this.open)
      throw kafkaError('INVALID_TXN_STATE', `Transaction ${this.id} is open already; commit or abort it first.`);
    this.open = true;
  }

  /** Throws unless records may be sent. */
  checkOpen(): void {
    if (!this.open) throw kafkaError('INVALID_TXN_STATE', `No transaction of ${this.id} is open; begin one first.`);
    if (this.failure !== undefined) throw this.failure;
  }

  /** Resolves once a partition's batches may be sent. Those of one turn are announced together. */
  async join(topic: string, partition: number): Promise<void> {
    if (this.implicit) {
      this.started = true;
      return;
    }
    const key = `${topic} ${partition}`;
    let joined = this.partitions.get(key);
    if (joined === undefined) {
      this.announcing.push({ topic, partition });
      this.announced ??= Promise.resolve().then(() => {
        this.announced = undefined;
        return this.announce(this.announcing.splice(0));
      });
      joined = this.announced;
      this.partitions.set(key, joined);
      joined.catch(() => this.partitions.delete(key));
    }
    return joined;
  }

  async sendOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    if (offsets.length === 0) return;
    // The coordinator takes the end of a transaction that it does not know only where partitions join by themselves.
    if (this.implicit) this.started = true;
    else {
      await this.withCoordinator(async (channel) => {
        const { id, epoch } = this.current;
        const { errorCode } = await channel.request('AddOffsetsToTxn', {
          transactionalId: this.id,
          producerId: id,
          producerEpoch: epoch,
          groupId: group,
        });
        this.check(errorCode, `Offsets of group ${group} in transaction ${this.id}`);
      });
      this.started = true;
    }
    await this.cluster.withCoordinator('group', group, (channel) => this.commitOffsets(channel, group, offsets), {
      purpose,
    });
  }

  /** Ends the transaction. Nothing may be in flight. True when the producer has a new identity. */
  async end(committed: boolean): Promise<boolean> {
    const before = this.current;
    const failed = this.failure !== undefined;
    if (this.started) {
      await this.withCoordinator(async (channel) => {
        const { id, epoch } = this.current;
        const answer = await channel.request(
          'EndTxn',
          { transactionalId: this.id, producerId: id, producerEpoch: epoch, committed },
          this.implicit ? undefined : 4,
        );
        this.check(answer.errorCode, `Transaction ${this.id}`);
        if (answer.producerEpoch >= 0)
          this.current = { id: safeNumber(answer.producerId), epoch: answer.producerEpoch };
      });
      // A batch may be missing: numbers have to begin again, and an old batch must not come in late (KIP-360).
      if (failed && !this.implicit) this.current = await this.initProducerId(before.id, before.epoch);
    }
    this.open = false;
    this.started = false;
    this.failure = undefined;
    this.partitions.clear();
    return this.current !== before;
  }

  private async initProducerId(producerId: number, producerEpoch: number): Promise<ProducerIdentity> {
    return this.withCoordinator(async (channel) => {
      const answer = await channel.request('InitProducerId', {
        transactionalId: this.id,
        transactionTimeoutMs: this.timeoutMs,
        producerId,
        producerEpoch,
      });
      this.check(answer.errorCode, `Transactional id ${this.id}`);
      this.implicit =
        channel.featureLevel('transaction.version') >= 2 &&
        (channel.versionOf('Produce') ?? 0) >= 12 &&
        (channel.versionOf('TxnOffsetCommit') ?? 0) >= 5;
      return { id: safeNumber(answer.producerId), epoch: answer.producerEpoch };
    });
  }

  private async announce(partitions: readonly { readonly topic: string; readonly partition: number }[]): Promise<void> {
    const topics = new Map<string, number[]>();
    for (const { topic, partition } of partitions) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
    await this.withCoordinator(async (channel) => {
      const { id, epoch } = this.current;
      const { resultsByTopicV3AndBelow: results } = await channel.request(
        'AddPartitionsToTxn',
        {
          v3AndBelowTransactionalId: this.id,
          v3AndBelowProducerId: id,
          v3AndBelowProducerEpoch: epoch,
          v3AndBelowTopics: Array.from(topics, ([name, list]) => ({ name, partitions: list })),
        },
        3,
      );
      for (const { name, resultsByPartition } of results) {
        for (const { partitionIndex, partitionErrorCode } of resultsByPartition)
          this.check(partitionErrorCode, `${name}-${partitionIndex} in transaction ${this.id}`);
      }
    });
    this.started = true;
  }

  private async commitOffsets(
    channel: Channel,
    group: string,
    offsets: readonly TopicPartitionOffset[],
  ): Promise<void> {
    const { id, epoch } = this.current;
    const answer = await channel.request(
      'TxnOffsetCommit',
      {
        transactionalId: this.id,
        groupId: group,
        producerId: id,
        producerEpoch: epoch,
        topics: offsetsByTopic(offsets),
      },
      this.implicit ? 5 : 4, // from 6 on topics are named by id
    );
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions)
        this.check(errorCode, `The offset of ${name}-${partitionIndex} in transaction ${this.id}`);
    }
  }

  private withCoordinator<T>(use: (channel: Channel) => Promise<T>): Promise<T> {
    return this.cluster.withCoordinator('transaction', this.id, use, { purpose });
  }

  /** From a coordinator an old epoch means that there is a newer producer (KIP-588). */
  private check(code: number, what: string): void {
    if (code === 0) return;
    const error = answerError(code, null, what, { transactionalId: this.id });
    if (error.errorName !== 'INVALID_PRODUCER_EPOCH' && error.errorName !== 'PRODUCER_FENCED') throw error;
    throw kafkaError(
      'PRODUCER_FENCED',
      `There is a newer producer with the same transactionalId which fences the current one.\nTransactional id: ${this.id}.`,
      { transactionalId: this.id },
    );
  }
}

/** An identity for a producer without transactions. */
export async function idempotentIdentity(cluster: Cluster): Promise<ProducerIdentity> {
  return cluster.withAny(async (channel) => {
    const answer = await channel.request('InitProducerId', { transactionalId: null, transactionTimeoutMs: 60_000 });
    checkAnswer(answer.errorCode, null, 'A producer id');
    if (answer.producerEpoch < 0) throw new StackError('MILLRACE_UNREACHABLE', 'The broker gave no producer id.');
    return { id: safeNumber(answer.producerId), epoch: answer.producerEpoch };
  });
}

interface CommittedPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly committedMetadata: string;
}

/** Offsets in the shape of the requests that commit them. */
export function offsetsByTopic(offsets: readonly TopicPartitionOffset[]): {
  name: string;
  partitions: CommittedPartition[];
}[] {
  const topics = new Map<string, CommittedPartition[]>();
  for (const { topic, partition, offset, leaderEpoch = -1 } of offsets) {
    const partitions = topics.get(topic) ?? [];
    partitions.push({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: '',
    });
    topics.set(topic, partitions);
  }
  return Array.from(topics, ([name, partitions]) => ({ name, partitions }));
}
