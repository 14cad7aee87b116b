/**
 * The transaction coordinator: what `transaction.ts` decides, it writes to `__transaction_state`, and then it acts.
 *
 * A transaction ends in three writes: the decision (prepare), the markers in every partition that took part, the completion.
 * After a crash everything decided is completed; what was open stays open until its producer or its time ends it. After a loss of
 * power under the page-cache policy partitions may know more than the coordinator: docs/internals/transactions.md.
 */
import type { Clock, Timer } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { KafkaError, kafkaError } from '../../wire/error-codes.ts';
import { endTransactionBatch } from '../../wire/record-batch-builder.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { InternalTopic } from '../internal-topic.ts';
import type { Catalog } from '../metadata/catalog.ts';
import type { Partition } from '../partition.ts';
import type { ProducerIds } from './producer-ids.ts';
import { readTransactionRecord, transactionKey, transactionRecord } from './records.ts';
import {
  addStep,
  checkTakesPart,
  complete,
  endStep,
  epochMax,
  fence,
  firstState,
  initStep,
  prepare,
  speaksOf,
} from './transaction.ts';
import type { EndWish, InitWish, TopicPartition, TransactionState } from './transaction.ts';

/** How long after a failure of the disk what has to be written is tried again. */
const retryMs = 1000;

/** There is one coordinator ever. */
const coordinatorEpoch = 0;

export interface TransactionCoordinatorOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly producerIds: ProducerIds;
  readonly topic: InternalTopic;
  /** The marker of a transaction was written to a partition of the groups' topic. */
  readonly offsetsDecided: (partition: number, producerId: number, commit: boolean) => void;
}

export interface ProducerIdentity {
  readonly producerId: number;
  readonly epoch: number;
}

export class TransactionCoordinator {
  private readonly options: TransactionCoordinatorOptions;
  private readonly states = new Map<string, TransactionState>();
  private readonly idOfProducer = new Map<number, string>();
  /** Ids whose next state is on its way to the disk: others have to come again. */
  private readonly busy = new Set<string>();
  private readonly timers = new Map<string | Partition, Timer>();
  /** Ids whose state the start found: nobody asked for a producer of theirs since. */
  private readonly inherited = new Set<string>();
  /** Ids whose decided transaction could not be completed yet. */
  private readonly unfinished = new Set<string>();
  private loaded = false;
  private closed = false;

  constructor(options: TransactionCoordinatorOptions) {
    this.options = options;
  }

  /** Reads what was written before. */
  load(): void {
    this.options.topic.replay(({ key, value }) => {
      const record = readTransactionRecord(key, value);
      if (record === undefined) return;
      if (record.state === null) this.forget(record.transactionalId);
      else this.remember(record.state);
    });
    for (const id of this.states.keys()) this.inherited.add(id);
    this.loaded = true;
    for (const topic of this.options.catalog.topics.values()) {
      for (const partition of topic.partitions) if (partition.openLog !== undefined) this.abortUnknown(partition);
    }
  }

  /** Completes what was decided before the end of the last process, and lets time run for what is open. */
  async recover(): Promise<void> {
    for (const state of [...this.states.values()]) {
      if (state.status === 'PrepareCommit' || state.status === 'PrepareAbort') {
        await this.completeDecided(state.transactionalId);
      } else if (state.status === 'Ongoing') this.watch(state);
    }
  }

  /**
   * For every log that was opened: aborts the transactions that it has open and the coordinator knows nothing of. Their records reached
   * the disk before a loss of power, the coordinator's did not. The marker has the next epoch, so that a producer that outlived the
   * broker cannot go on with them.
   */
  abortUnknown(partition: Partition): void {
    const { producers } = partition.log;
    if (!this.loaded || producers.firstOpenOffset() === undefined) return;
    for (const entry of [...producers.entries.values()]) {
      if (entry.transactionFirstOffset < 0) continue;
      const state = this.states.get(this.idOfProducer.get(entry.producerId) ?? '');
      const takesPart = state?.partitions.get(partition.topic.name)?.has(partition.index);
      if (takesPart && speaksOf(state as TransactionState, entry.epoch)) continue;
      this.options.logger.warn('aborting an unknown transaction', {
        partition: partition.name,
        producerId: entry.producerId,
      });
      // Nobody waits for this. On a disk that fails it is tried again until it is done.
      const failed = (error: unknown): void => {
        this.options.logger.error('cannot abort an unknown transaction', { partition: partition.name, error });
        this.later(partition, () => {
          if (partition.openLog !== undefined) this.abortUnknown(partition);
        });
      };
      try {
        const epoch = Math.min(entry.epoch + 1, epochMax);
        this.writeMarker(partition, { producerId: entry.producerId, epoch }, false)?.catch(failed);
      } catch (error) {
        failed(error);
      }
    }
  }

  state(transactionalId: string): TransactionState | undefined {
    return this.states.get(transactionalId);
  }

  all(): Iterable<TransactionState> {
    return this.states.values();
  }

  /** InitProducerId with a transactional id. Throws KafkaError; CONCURRENT_TRANSACTIONS after it has aborted an open transaction. */
  async init(transactionalId: string, wish: InitWish): Promise<ProducerIdentity> {
    const { clock, producerIds } = this.options;
    return this.exclusively(transactionalId, async () => {
      const now = clock.now();
      const state = this.states.get(transactionalId);
      const newId = (): number => producerIds.take();
      if (state === undefined) {
        const first = firstState(transactionalId, newId(), wish.timeoutMs, now);
        await producerIds.whenDurable();
        await this.write(first);
        return { producerId: first.producerId, epoch: first.epoch };
      }
      const { step, next } = initStep(state, wish, this.inherited.has(transactionalId), newId, now);
      if (step === 'abort') {
        await this.finish(await this.decided(prepare(next, false, next.clientVersion, newId, now)));
        throw kafkaError('CONCURRENT_TRANSACTIONS');
      }
      if (next.producerId !== state.producerId) await producerIds.whenDurable();
      await this.write(next);
      this.inherited.delete(transactionalId);
      return { producerId: next.producerId, epoch: next.epoch };
    });
  }

  /** Adds partitions to the producer's transaction, which begins with the first. Returns what an acknowledgement has to wait for. */
  addPartitions(
    transactionalId: string,
    producerId: number,
    epoch: number,
    partitions: readonly TopicPartition[],
    clientVersion: number,
  ): Promise<void> | undefined {
    if (transactionalId === '') throw kafkaError('INVALID_REQUEST');
    const state = this.states.get(transactionalId);
    if (state?.producerId === producerId && this.busy.has(transactionalId)) throw kafkaError('CONCURRENT_TRANSACTIONS');
    const next = addStep(state, { id: producerId, epoch, clientVersion }, partitions, this.options.clock.now());
    return next === undefined ? undefined : this.write(next);
  }

  /** Throws unless the partition takes part in the producer's open transaction. */
  verifyPartition(transactionalId: string, producerId: number, epoch: number, topic: string, partition: number): void {
    const state = this.states.get(transactionalId);
    if (state?.producerId === producerId && this.busy.has(transactionalId)) throw kafkaError('CONCURRENT_TRANSACTIONS');
    checkTakesPart(state, producerId, epoch, { topic, partition });
  }

  /** Ends the producer's transaction. With transaction version 2 the answer has the producer's next epoch. */
  async end(transactionalId: string, wish: EndWish): Promise<ProducerIdentity> {
    if (transactionalId === '') throw kafkaError('INVALID_REQUEST');
    const { clock, producerIds } = this.options;
    return this.exclusively(transactionalId, async () => {
      const { step, next } = endStep(this.states.get(transactionalId), wish, () => producerIds.take(), clock.now());
      const last = step === 'done' ? next : await this.finish(await this.decided(next));
      return { producerId: last.producerId, epoch: last.epoch };
    });
  }

  /** Forgets ids that nobody used for long. */
  expire(): void {
    const { clock, config, topic } = this.options;
    const before = clock.now() - config.number('transactional.id.expiration.ms');
    for (const state of [...this.states.values()]) {
      const idle = state.status === 'Empty' || state.status === 'CompleteCommit' || state.status === 'CompleteAbort';
      if (!idle || state.updateTimestamp >= before || this.busy.has(state.transactionalId)) continue;
      void topic
        .append(topic.partitionOf(state.transactionalId), [{ key: transactionKey(state.transactionalId), value: null }])
        ?.catch(() => {});
      this.forget(state.transactionalId);
    }
  }

  /** The topic was deleted, and with it all state. */
  clear(): void {
    for (const id of [...this.states.keys()]) this.forget(id);
  }

  close(): void {
    this.closed = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }

  /** Runs one change of an id at a time; with the page cache that is before this function returns to the loop. */
  private async exclusively<T>(transactionalId: string, change: () => Promise<T>): Promise<T> {
    if (this.busy.has(transactionalId)) throw kafkaError('CONCURRENT_TRANSACTIONS');
    this.busy.add(transactionalId);
    try {
      return await change();
    } finally {
      this.busy.delete(transactionalId);
    }
  }

  /** Writes a state and takes it over. Returns what an acknowledgement has to wait for. */
  private write(state: TransactionState): Promise<void> | undefined {
    const { topic } = this.options;
    const durable = topic.append(topic.partitionOf(state.transactionalId), [transactionRecord(state)]);
    this.remember(state);
    this.watch(state);
    return durable;
  }

  private async decided(state: TransactionState): Promise<TransactionState> {
    if (state.nextProducerId !== -1) await this.options.producerIds.whenDurable();
    await this.write(state);
    return state;
  }

  /** Writes the markers of a decided transaction and its completion: if not now, then as soon as the disk lets it. */
  private async finish(state: TransactionState): Promise<TransactionState> {
    const { transactionalId } = state;
    try {
      const done = await this.writeEnd(state);
      this.unfinished.delete(transactionalId);
      return done;
    } catch (error) {
      if (!this.unfinished.has(transactionalId) && !this.closed)
        this.options.logger.error('cannot complete a transaction; trying again', { transactionalId, error });
      this.unfinished.add(transactionalId);
      this.later(transactionalId, () => void this.completeDecided(transactionalId));
      throw error;
    }
  }

  /** Completes a transaction that is decided, if it still is. */
  private async completeDecided(transactionalId: string): Promise<void> {
    const state = this.states.get(transactionalId);
    if (this.closed || (state?.status !== 'PrepareCommit' && state?.status !== 'PrepareAbort')) return;
    try {
      await this.exclusively(transactionalId, () => this.finish(state));
    } catch (error) {
      // Whoever is busy with it, or `finish`, tries again.
      if (!(error instanceof KafkaError)) return;
      this.later(transactionalId, () => void this.completeDecided(transactionalId));
    }
  }

  /** The markers in every partition that has the transaction open, then the completion. */
  private async writeEnd(state: TransactionState): Promise<TransactionState> {
    const { catalog, clock } = this.options;
    const commit = state.status === 'PrepareCommit';
    const waits: Promise<void>[] = [];
    for (const [topic, partitions] of state.partitions) {
      for (const index of partitions) {
        const partition = catalog.partition(topic, index);
        if (partition === undefined) continue; // the topic was deleted meanwhile
        const entry = partition.log.producers.entries.get(state.producerId);
        if (entry === undefined || entry.transactionFirstOffset < 0) continue;
        const durable = this.writeMarker(
          partition,
          { producerId: state.producerId, epoch: Math.max(state.epoch, entry.epoch) },
          commit,
        );
        if (durable !== undefined) waits.push(durable);
      }
    }
    await Promise.all(waits);
    return this.decided(complete(state, clock.now()));
  }

  /** Ends a transaction in one partition. */
  writeMarker(
    partition: Partition,
    { producerId, epoch }: ProducerIdentity,
    commit: boolean,
    byCoordinator: number = coordinatorEpoch,
  ): Promise<void> | undefined {
    const { catalog, clock, topic, offsetsDecided } = this.options;
    const marker = endTransactionBatch(
      { id: producerId, epoch },
      commit ? 'commit' : 'abort',
      byCoordinator,
      clock.now(),
    );
    const { lastOffset } = partition.log.append(marker, {
      origin: 'coordinator',
      leaderEpoch: catalog.leaderEpoch,
    });
    if (partition.topic.internal && partition.topic.name !== topic.name)
      offsetsDecided(partition.index, producerId, commit);
    return partition.log.config.durability === 'fsync' ? partition.log.whenDurable(lastOffset + 1) : undefined;
  }

  private remember(state: TransactionState): void {
    const before = this.states.get(state.transactionalId);
    if (before !== undefined && before.producerId !== state.producerId) this.idOfProducer.delete(before.producerId);
    this.states.set(state.transactionalId, state);
    this.idOfProducer.set(state.producerId, state.transactionalId);
  }

  private forget(transactionalId: string): void {
    const state = this.states.get(transactionalId);
    if (state === undefined) return;
    this.states.delete(transactionalId);
    this.inherited.delete(transactionalId);
    this.unfinished.delete(transactionalId);
    this.idOfProducer.delete(state.producerId);
    this.timers.get(transactionalId)?.cancel();
    this.timers.delete(transactionalId);
  }

  /** Lets the time of an open transaction run, and of no other. */
  private watch({ transactionalId, status, startTimestamp, timeoutMs }: TransactionState): void {
    if (status !== 'Ongoing') {
      this.timers.get(transactionalId)?.cancel();
      this.timers.delete(transactionalId);
      return;
    }
    if (this.timers.has(transactionalId) || this.closed) return;
    const { clock } = this.options;
    const timer = clock.setTimer(
      () => {
        this.timers.delete(transactionalId);
        void this.timeOut(transactionalId);
      },
      startTimestamp + timeoutMs - clock.now(),
    );
    this.timers.set(transactionalId, timer);
  }

  private async timeOut(transactionalId: string): Promise<void> {
    const { clock, logger, producerIds } = this.options;
    const state = this.states.get(transactionalId);
    if (this.closed || state?.status !== 'Ongoing') return;
    const now = clock.now();
    if (now < state.startTimestamp + state.timeoutMs || this.busy.has(transactionalId)) return this.watch(state);
    logger.info('aborting a transaction that took too long', { transactionalId, timeoutMs: state.timeoutMs });
    try {
      await this.exclusively(transactionalId, async () => {
        await this.finish(
          await this.decided(prepare(fence(state), false, state.clientVersion, () => producerIds.take(), now)),
        );
      });
    } catch (error) {
      logger.error('cannot abort a transaction', { transactionalId, error });
      if (this.states.get(transactionalId)?.status === 'Ongoing')
        this.later(transactionalId, () => void this.timeOut(transactionalId));
    }
  }

  /** Does something again in a while. An id, or a partition, has one timer. */
  private later(whose: string | Partition, action: () => void): void {
    if (this.closed) return;
    this.timers.get(whose)?.cancel();
    const timer = this.options.clock.setTimer(() => {
      this.timers.delete(whose);
      action();
    }, retryMs);
    this.timers.set(whose, timer);
  }
}
