/**
 * A Kafka cluster in memory, as far as the runtime needs one: logs, groups, transactions with fencing. Every operation first
 * asks `onStep`, which may throw: before it takes effect (`before`), or after it took effect and before it was answered (`after`).
 */
import type { Clock } from '../../../src/core/clock.ts';
import type {
  AbortedTransaction,
  FetchedBatches,
  Isolation,
  RuntimeCluster,
  RuntimeProducer,
  TopicDescription,
  TopicPartitionOffset,
} from '../../../src/runtime/cluster.ts';
import { kafkaError } from '../../../src/wire/error-codes.ts';
import { endTransactionBatch, RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import {
  batchIsControl,
  batchLastOffset,
  batchLastOffsetDelta,
  batchSize,
  decodeRecords,
  setBatchBaseOffset,
  setBatchProducer,
} from '../../../src/wire/record-batch.ts';

export interface FakeRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

class FakeLog {
  batches: Buffer[] = [];
  end = 0;
  start = 0;
  readonly open: Map<number, number> = new Map();
  readonly aborted: (AbortedTransaction & { readonly lastOffset: number })[] = [];

  append(batch: Buffer): number {
    const own = Buffer.from(batch);
    const base = this.end;
    setBatchBaseOffset(own, 0, base);
    this.batches.push(own);
    this.end = base + batchLastOffsetDelta(own) + 1;
    return base;
  }

  get stable(): number {
    return Math.min(this.end, ...this.open.values());
  }
}

interface Transaction {
  id: number;
  epoch: number;
  readonly logs: Set<FakeLog>;
  offsets: { group: string; offsets: readonly TopicPartitionOffset[] }[];
}

export class FakeCluster implements RuntimeCluster {
  readonly id: string = 'fake-cluster';
  readonly #clock: Clock;
  readonly topics: Map<string, { topicId: string; logs: FakeLog[]; config: Readonly<Record<string, string>> }> =
    new Map();
  readonly groups: Map<string, Map<string, number>> = new Map();
  readonly #transactions = new Map<string, Transaction>();
  #nextProducer = 1;
  #nextTopic = 1;
  #waiting: (() => void)[] = [];
  /** Called around every operation that changes something. */
  onStep: (name: string, moment: 'before' | 'after') => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async clusterId(): Promise<string> {
    return this.id;
  }

  async describeTopic(topic: string): Promise<TopicDescription | undefined> {
    const found = this.topics.get(topic);
    return found === undefined ? undefined : { topicId: found.topicId, partitions: found.logs.length };
  }

  async createTopic(
    topic: string,
    options: { readonly partitions: number; readonly config: Readonly<Record<string, string>> },
  ): Promise<TopicDescription> {
    return this.#step('createTopic', () => {
      let found = this.topics.get(topic);
      if (found === undefined) {
        const logs = Array.from({ length: options.partitions }, () => new FakeLog());
        found = { topicId: `topic-${this.#nextTopic++}`, logs, config: options.config };
        this.topics.set(topic, found);
      }
      return { topicId: found.topicId, partitions: found.logs.length };
    });
  }

  async deleteTopic(topic: string): Promise<void> {
    return this.#step('deleteTopic', () => void this.topics.delete(topic));
  }

  async deleteGroup(group: string): Promise<void> {
    return this.#step('deleteGroup', () => void this.groups.delete(group));
  }

  async offsets(topic: string, partition: number, isolation: Isolation): ReturnType<RuntimeCluster['offsets']> {
    const log = this.log(topic, partition);
    return { earliest: log.start, latest: isolation === 'read_committed' ? log.stable : log.end, leaderEpoch: -1 };
  }

  async endOfEpoch(): Promise<undefined> {}

  async committed(group: string, topic: string): Promise<readonly TopicPartitionOffset[]> {
    const out: TopicPartitionOffset[] = [];
    for (const [name, offset] of this.groups.get(group) ?? []) {
      const [of = '', partition = ''] = name.split('/');
      if (of === topic) out.push({ topic, partition: Number(partition), offset });
    }
    return out;
  }

  async commit(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    return this.#step('commitOffsets', () => this.#storeOffsets(group, offsets));
  }

  async fetch(
    topic: string,
    partition: number,
    offset: number,
    options: { readonly maxBytes: number; readonly waitMs: number; readonly isolation: Isolation },
  ): Promise<FetchedBatches> {
    const log = this.log(topic, partition);
    const read = (): FetchedBatches => {
      const endOffset = options.isolation === 'read_committed' ? log.stable : log.end;
      if (offset > log.end || offset < log.start) throw kafkaError('OFFSET_OUT_OF_RANGE');
      const batches: Buffer[] = [];
      let bytes = 0;
      let nextOffset = offset;
      for (const batch of log.batches) {
        if (batchLastOffset(batch) < offset) continue;
        if (batchLastOffset(batch) >= endOffset || (bytes > 0 && bytes + batch.length > options.maxBytes)) break;
        batches.push(batch);
        bytes += batch.length;
        nextOffset = batchLastOffset(batch) + 1;
      }
      const aborted =
        options.isolation === 'read_committed'
          ? log.aborted.filter((one) => one.lastOffset >= offset && one.firstOffset < nextOffset)
          : [];
      return { records: Buffer.concat(batches), aborted, nextOffset, endOffset, logStartOffset: log.start };
    };
    const first = read();
    if (first.records.length > 0) return first;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimer(resolve, options.waitMs);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
    return read();
  }

  async producer({ transactionalId }: { readonly transactionalId?: string }): Promise<RuntimeProducer> {
    return this.#step('producer', () => {
      if (transactionalId === undefined) return this.#plainProducer();
      let transaction = this.#transactions.get(transactionalId);
      if (transaction === undefined) {
        transaction = { id: this.#nextProducer++, epoch: 0, logs: new Set(), offsets: [] };
        this.#transactions.set(transactionalId, transaction);
      } else {
        this.#end(transaction, 'abort');
        transaction.epoch++;
      }
      return this.#transactionalProducer(transaction);
    });
  }

  // ---- for tests

  log(topic: string, partition = 0): FakeLog {
    const log = this.topics.get(topic)?.logs[partition];
    if (log === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    return log;
  }

  addTopic(topic: string, partitions = 1): void {
    const logs = Array.from({ length: partitions }, () => new FakeLog());
    this.topics.set(topic, { topicId: `topic-${this.#nextTopic++}`, logs, config: {} });
  }

  /** Appends one batch of records. */
  append(
    topic: string,
    records: readonly { key: Buffer | null; value: Buffer | null; timestamp: number; headers?: never }[],
    partition = 0,
  ): void {
    const builder = new RecordBatchBuilder();
    for (const { key, value, timestamp } of records) builder.append(timestamp, key, value);
    this.log(topic, partition).append(builder.build());
    this.#wake();
  }

  /** What a read_committed consumer sees. */
  records(topic: string, partition = 0): FakeRecord[] {
    const log = this.log(topic, partition);
    const out: FakeRecord[] = [];
    for (const batch of log.batches) {
      if (batchIsControl(batch) || batchLastOffset(batch) >= log.stable) continue;
      for (let at = 0; at < batch.length; at += batchSize(batch, at)) {
        for (const { offset, timestamp, key, value } of decodeRecords(batch, at)) {
          const producerId = Number(batch.readBigInt64BE(at + 43));
          const dropped = log.aborted.some(
            (one) => one.producerId === producerId && offset >= one.firstOffset && offset <= one.lastOffset,
          );
          if (!dropped) out.push({ offset, timestamp, key, value });
        }
      }
    }
    return out;
  }

  // ---- inside

  async #step<T>(name: string, action: () => T): Promise<T> {
    this.onStep(name, 'before');
    const result = action();
    this.#wake();
    await Promise.resolve();
    this.onStep(name, 'after');
    return result;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #storeOffsets(group: string, offsets: readonly TopicPartitionOffset[]): void {
    let stored = this.groups.get(group);
    if (stored === undefined) this.groups.set(group, (stored = new Map<string, number>()));
    for (const { topic, partition, offset } of offsets) stored.set(`${topic}/${partition}`, offset);
  }

  #plainProducer(): RuntimeProducer {
    const never = (): Promise<never> => Promise.reject(new Error('this producer has no transactions'));
    return {
      begin: never,
      sendOffsets: never,
      commit: never,
      abort: never,
      produce: (topic, partition, batch) => this.#step('produce', () => this.log(topic, partition).append(batch)),
      close: async () => {},
    };
  }

  #transactionalProducer(transaction: Transaction): RuntimeProducer {
    const { epoch, id } = transaction;
    const fence = (): void => {
      if (transaction.epoch !== epoch) throw kafkaError('INVALID_PRODUCER_EPOCH');
    };
    let begun = false;
    return {
      begin: async () => {
        begun = true;
      },
      produce: (topic, partition, batch) =>
        this.#step('produce', () => {
          fence();
          if (!begun) throw new Error('no transaction was begun');
          const log = this.log(topic, partition);
          const own = Buffer.from(batch);
          setBatchProducer(own, 0, { id, epoch, sequence: 0, transactional: true });
          const base = log.append(own);
          if (!log.open.has(id)) log.open.set(id, base);
          transaction.logs.add(log);
          return base;
        }),
      sendOffsets: (group, offsets) =>
        this.#step('sendOffsets', () => {
          fence();
          transaction.offsets.push({ group, offsets });
        }),
      commit: () =>
        this.#step('endTransaction', () => {
          fence();
          this.#end(transaction, 'commit');
          begun = false;
        }),
      abort: () =>
        this.#step('abortTransaction', () => {
          fence();
          this.#end(transaction, 'abort');
          begun = false;
        }),
      close: async () => {},
    };
  }

  #end(transaction: Transaction, outcome: 'commit' | 'abort'): void {
    for (const log of transaction.logs) {
      const firstOffset = log.open.get(transaction.id) ?? 0;
      log.open.delete(transaction.id);
      const marker = log.append(endTransactionBatch(transaction, outcome, 0, this.#clock.now()));
      if (outcome === 'abort') log.aborted.push({ producerId: transaction.id, firstOffset, lastOffset: marker });
    }
    if (outcome === 'commit') for (const { group, offsets } of transaction.offsets) this.#storeOffsets(group, offsets);
    transaction.logs.clear();
    transaction.offsets = [];
  }
}
