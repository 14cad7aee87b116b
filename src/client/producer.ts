/**
 * The producer: records into batches, batches through their partitions' queues (`partition-queue.ts`) into produce requests.
 * Batches of all partitions of one leader that are ready at the same time share a request.
 */
import { assert } from '../core/assert.ts';
import type { Timer } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import { prepareCompression } from '../wire/compression.ts';
import { answerError } from './cluster.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import type { Channel } from './channel.ts';
import type {
  Acknowledgement,
  OutgoingRecord,
  Producer,
  ProducerOptions,
  TopicPartitionOffset,
} from './kafka-client.ts';
import { Accumulator } from './accumulator.ts';
import { choosePartition, StickyPartitions } from './partitioner.ts';
import { OutgoingBatch, PartitionQueue } from './partition-queue.ts';
import type { ProducerIdentity, Route } from './partition-queue.ts';
import { backoffAfter, isRetriable, isUnknownTopic } from './retry.ts';
import { errorCode, kafkaError } from '../wire/error-codes.ts';
import { idempotentIdentity, isFatal, Transaction } from './transaction.ts';

const deliveryTimeoutMsDefault = 120_000;
/** `request.timeout.ms`: how long the leader may wait for the replicas. */
const ackTimeoutMs = 30_000;
/** So often in a row is a topic asked for that nobody knows. */
const unknownTopicAttempts = 5;

type Entry = readonly [queue: PartitionQueue, batch: OutgoingBatch];

export class KafkaProducer implements Producer {
  private readonly cluster: Cluster;
  private readonly onClose: (producer: KafkaProducer) => void;
  private readonly deliveryTimeoutMs: number;
  private readonly transaction: Transaction | undefined;
  private readonly accumulator: Accumulator;
  private readonly sticky: StickyPartitions;
  private readonly queues = new Map<string, PartitionQueue>();
  private readonly ready = new Set<PartitionQueue>();
  private readonly outstanding = new Set<Promise<unknown>>();
  private identity: ProducerIdentity;
  private readonly lookups = new Map<string, Promise<TopicMetadata>>();
  private drainDue = false;
  /** Wakes at the first deadline of a batch. */
  private deadline: Timer | undefined;
  /** Raised by an abort: what began before it must not go on into the next transaction. */
  private era = 0;
  private aborting = false;
  /** Why this producer can do nothing more. */
  private fatal: unknown;
  private closed = false;

  private constructor(
    cluster: Cluster,
    options: ProducerOptions,
    identity: ProducerIdentity,
    transaction: Transaction | undefined,
    onClose: (producer: KafkaProducer) => void,
  ) {
    this.onClose = onClose;
    this.cluster = cluster;
    this.deliveryTimeoutMs = options.deliveryTimeoutMs ?? deliveryTimeoutMsDefault;
    this.identity = identity;
    this.transaction = transaction;
    this.sticky = new StickyPartitions(cluster.random);
    this.accumulator = new Accumulator({
      clock: cluster.clock,
      lingerMs: options.lingerMs ?? 0,
      compression: options.compression ?? 'none',
      onBatch: (topic, partition, bytes) => {
        this.sticky.next(topic, partition);
        return this.enqueue(topic, partition, bytes);
      },
    });
  }

  static async open(
    cluster: Cluster,
    options: ProducerOptions,
    onClose: (producer: KafkaProducer) => void,
  ): Promise<KafkaProducer> {
    await prepareCompression(options.compression ?? 'none');
    if (options.transactionalId === undefined)
      return new KafkaProducer(cluster, options, await idempotentIdentity(cluster), undefined, onClose);
    const transaction = new Transaction(cluster, options.transactionalId, options.transactionTimeoutMs ?? 60_000);
    await transaction.init();
    return new KafkaProducer(cluster, options, transaction.identity, transaction, onClose);
  }

  send(record: OutgoingRecord): Promise<Acknowledgement> {
    return this.track(this.sendNow(record));
  }

  produceBatch(topic: string, partition: number, batch: Buffer): Promise<number> {
    return this.track(this.produceNow(topic, partition, batch));
  }

  async flush(): Promise<void> {
    this.accumulator.closeAll();
    await Promise.all(this.outstanding);
  }

  async begin(): Promise<void> {
    const transaction = this.transactionOrThrow();
    if (this.fatal !== undefined) throw this.fatal;
    transaction.begin();
  }

  async sendOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    const transaction = this.transactionOrThrow();
    this.checkUsable();
    try {
      await transaction.sendOffsets(group, offsets);
    } catch (error) {
      this.transactionFailed(error);
      throw error;
    }
  }

  async commit(): Promise<void> {
    const transaction = this.transactionOrThrow();
    this.checkUsable();
    await this.flush();
    if (transaction.failure !== undefined) throw transaction.failure;
    await this.end(transaction, true);
  }

  async abort(): Promise<void> {
    const transaction = this.transactionOrThrow();
    if (this.fatal !== undefined) throw this.fatal;
    if (!transaction.isOpen) transaction.checkOpen();
    this.aborting = true;
    this.era++;
    try {
      const reason = kafkaError('TRANSACTION_ABORTABLE', `Transaction ${transaction.id} is aborted.`);
      await this.discard(transaction.failure ?? reason);
      await this.end(transaction, false);
    } finally {
      this.aborting = false;
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    try {
      if (this.transaction?.isOpen === true && this.fatal === undefined) await this.abort();
      else await this.flush();
    } catch {
      // Whoever sent was told.
    } finally {
      this.closed = true;
      this.deadline?.cancel();
      this.onClose(this);
      await this.discard(new StackError('MILLRACE_UNREACHABLE', 'The producer is closed.'));
    }
  }

  private async sendNow(record: OutgoingRecord): Promise<Acknowledgement> {
    this.checkUsable();
    const { topic } = record;
    const known = this.cluster.knownTopic(topic);
    let partition = record.partition;
    if (this.lookups.has(topic) || (partition === undefined && known === undefined)) {
      const { leaders } = await this.lookup(topic);
      partition ??= choosePartition(record, leaders.length, this.sticky);
    } else if (known !== undefined) partition ??= choosePartition(record, known.leaders.length, this.sticky);
    assert(partition !== undefined, 'a record has a partition');
    const offset = await this.accumulator.append(topic, partition, {
      ...record,
      timestamp: record.timestamp ?? this.cluster.clock.now(),
    });
    return { partition, offset };
  }

  private async produceNow(topic: string, partition: number, batch: Buffer): Promise<number> {
    this.checkUsable();
    if (this.lookups.has(topic)) await this.lookup(topic);
    this.accumulator.close(topic, partition); // what was sent before stays before
    return this.enqueue(topic, partition, batch);
  }

  /**
   * Learns how many partitions a topic has. Everything that is sent to the topic meanwhile waits for the same promise, so that it goes
   * on in the order of the calls.
   */
  private async lookup(topic: string): Promise<TopicMetadata> {
    const { era } = this;
    let found = this.lookups.get(topic);
    if (found === undefined) {
      found = this.cluster.topicWithRetries(topic, true);
      this.lookups.set(topic, found);
      const forget = (): void => void this.lookups.delete(topic);
      found.then(forget, forget);
    }
    const metadata = await found.catch((error: unknown) => {
      if (era === this.era) this.transactionFailed(error);
      throw error;
    });
    if (era !== this.era) throw kafkaError('TRANSACTION_ABORTABLE', 'The transaction was aborted.');
    return metadata;
  }

  /** Keeps a promise for {@link KafkaProducer.flush}. Its failure is reported there too: nobody has to watch each. */
  private track<T>(promise: Promise<T>): Promise<T> {
    this.outstanding.add(promise);
    const forget = (): void => void this.outstanding.delete(promise);
    promise.then(forget, forget);
    return promise;
  }

  private checkUsable(): void {
    if (this.closed) throw new StackError('MILLRACE_UNREACHABLE', 'The producer is closed.');
    if (this.fatal !== undefined) throw this.fatal;
    if (this.aborting) throw kafkaError('INVALID_TXN_STATE', 'The transaction is being aborted.');
    this.transaction?.checkOpen();
  }

  private transactionOrThrow(): Transaction {
    if (this.transaction !== undefined) return this.transaction;
    throw kafkaError(
      'INVALID_TXN_STATE',
      'Cannot use transactional methods without enabling transactions by setting the transactional.id configuration property',
    );
  }

  private enqueue(topic: string, partition: number, bytes: Buffer): Promise<number> {
    const key = `${topic} ${partition}`;
    let queue = this.queues.get(key);
    if (queue === undefined) {
      queue = new PartitionQueue(topic, partition, this.identity, this.transaction !== undefined);
      this.queues.set(key, queue);
    }
    const target = queue;
    return new Promise((resolve, reject) => {
      target.add(new OutgoingBatch(bytes, this.cluster.clock.monotonic() + this.deliveryTimeoutMs, resolve, reject));
      this.wake(target);
      this.watchDeadlines(this.deliveryTimeoutMs);
    });
  }

  private watchDeadlines(delayMs: number): void {
    this.deadline ??= this.cluster.clock.setTimer(() => {
      this.deadline = undefined;
      let first = Infinity;
      for (const queue of this.queues.values()) {
        const error = queue.expire(this.cluster.clock.monotonic());
        if (error !== undefined) this.transactionFailed(error);
        first = Math.min(first, queue.firstDeadline);
      }
      if (first < Infinity) this.watchDeadlines(Math.ceil(first - this.cluster.clock.monotonic()));
    }, delayMs);
  }

  private wake(queue: PartitionQueue): void {
    this.ready.add(queue);
    if (this.drainDue) return;
    this.drainDue = true;
    queueMicrotask(() => {
      this.drainDue = false;
      this.drain();
    });
  }

  /** Sends what may be sent, in rounds of one batch for each partition. */
  private drain(): void {
    while (this.ready.size > 0) {
      const requests = new Map<Channel, Entry[]>();
      for (const queue of [...this.ready]) {
        const { route } = queue;
        if (route === undefined || !route.channel.isOpen) {
          this.ready.delete(queue);
          if (!queue.paused && queue.hasWaiting) void this.findRoute(queue);
          continue;
        }
        const batch = queue.take();
        if (batch === undefined) {
          this.ready.delete(queue);
          continue;
        }
        const entries = requests.get(route.channel);
        if (entries === undefined) requests.set(route.channel, [[queue, batch]]);
        else entries.push([queue, batch]);
      }
      for (const [channel, entries] of requests) void this.produce(channel, entries);
    }
  }

  /** Learns where a partition's batches go, and makes it part of the transaction. */
  private async findRoute(queue: PartitionQueue): Promise<void> {
    const { topic, partition } = queue;
    queue.paused = true;
    try {
      await this.cluster.topic(topic, true);
      const { nodeId, topicId } = await this.cluster.leader(topic, partition);
      await this.transaction?.join(topic, partition);
      queue.route = { channel: await this.cluster.brokers.channel(nodeId, 'producer'), topicId };
      queue.paused = false;
      this.wake(queue);
    } catch (error) {
      this.cluster.forgetTopic(topic);
      queue.noteFailure(error);
      const isOver = !isRetriable(error) || (isUnknownTopic(error) && queue.failures >= unknownTopicAttempts);
      if (isOver || this.closed || this.cluster.signal.aborted || this.aborting) {
        queue.paused = false;
        queue.failures = 0;
        queue.clear(error);
        this.transactionFailed(error);
      } else this.wakeAfter(queue, error);
    }
  }

  private wakeAfter(queue: PartitionQueue, error: unknown): void {
    queue.paused = true;
    const delayMs = backoffAfter(Math.max(1, queue.failures), this.cluster.random, error);
    this.cluster.clock.setTimer(
      () => {
        queue.paused = false;
        this.wake(queue);
      },
      delayMs,
      true,
    );
  }

  private async produce(channel: Channel, entries: readonly Entry[]): Promise<void> {
    const topics = new Map<string, { route: Route | undefined; list: Entry[] }>();
    for (const entry of entries) {
      const [{ topic, route }] = entry;
      const known = topics.get(topic);
      if (known === undefined) topics.set(topic, { route, list: [entry] });
      else known.list.push(entry);
    }
    const byId = entries.every(([{ route }]) => route?.topicId !== undefined);
    try {
      const answer = await channel.request(
        'Produce',
        {
          transactionalId: this.transaction?.id ?? null,
          acks: -1,
          timeoutMs: ackTimeoutMs,
          topicData: Array.from(topics, ([name, { route, list }]) => ({
            name,
            topicId: route?.topicId,
            partitionData: list.map(([{ partition }, { bytes }]) => ({ index: partition, records: bytes })),
          })),
        },
        Math.min(byId ? 13 : 12, this.transaction?.produceVersionMax ?? 13),
      );
      const results = new Map<string, (typeof answer.responses)[number]['partitionResponses'][number]>();
      const names = new Map(Array.from(topics, ([name, { route }]) => [route?.topicId ?? '', name]));
      for (const { name, topicId, partitionResponses } of answer.responses) {
        const topic = name === '' ? names.get(topicId) : name;
        for (const result of partitionResponses) results.set(`${topic} ${result.index}`, result);
      }
      for (const [queue, batch] of entries) {
        const result = results.get(`${queue.topic} ${queue.partition}`);
        if (result === undefined)
          this.failed(
            queue,
            batch,
            new StackError('MILLRACE_UNREACHABLE', 'The broker left a partition out of its answer.'),
          );
        else if (result.errorCode === 0 || result.errorCode === errorCode('DUPLICATE_SEQUENCE_NUMBER')) {
          queue.succeeded(batch, Number(result.baseOffset));
          this.wake(queue);
        } else {
          const { topic, partition } = queue;
          const text =
            result.errorMessage === null ? null : `${result.errorMessage}\nTopic ${topic}, partition ${partition}.`;
          this.failed(
            queue,
            batch,
            answerError(result.errorCode, text, `Partition ${topic}-${partition}`, { topic, partition }),
          );
        }
      }
    } catch (error) {
      for (const [queue, batch] of entries) this.failed(queue, batch, error);
    }
  }

  private failed(queue: PartitionQueue, batch: OutgoingBatch, error: unknown): void {
    if (isFatal(error)) this.fatal ??= error;
    const canRetry =
      this.fatal === undefined && !this.aborting && !this.closed && this.transaction?.failure === undefined;
    const retry = queue.failed(batch, error, canRetry);
    if (!retry) {
      this.transactionFailed(error);
      this.wake(queue);
      return;
    }
    queue.route = undefined;
    this.cluster.forgetTopic(queue.topic);
    if (!queue.paused) this.wakeAfter(queue, error);
  }

  private transactionFailed(error: unknown): void {
    if (isFatal(error)) {
      this.fatal ??= error;
      for (const queue of this.queues.values()) queue.clear(error);
    }
    if (this.transaction === undefined || this.transaction.failure !== undefined) return;
    this.transaction.failure = error;
    for (const queue of this.queues.values()) queue.clear(error);
  }

  /** Fails what was not sent, and waits for the answers to what was. */
  private async discard(reason: unknown): Promise<void> {
    this.accumulator.fail(reason);
    for (const queue of this.queues.values()) queue.clear(reason);
    await Promise.all(Array.from(this.queues.values(), (queue) => queue.whenLanded()));
  }

  private async end(transaction: Transaction, committed: boolean): Promise<void> {
    try {
      const isNew = await transaction.end(committed);
      // A partition has to be announced again in the next transaction.
      for (const queue of this.queues.values()) queue.route = undefined;
      if (!isNew) return;
      this.identity = transaction.identity;
      for (const queue of this.queues.values()) queue.identify(this.identity);
    } catch (error) {
      this.transactionFailed(error);
      throw error;
    }
  }
}
