/**
 * What an idempotent producer has to write to one partition: batches in order, at most five of them on their way.
 *
 * Each batch takes the sequence numbers behind those of the batch before; the broker takes them in this order only and knows a batch
 * that it already has. So a batch that failed for a moment is sent again under its own numbers, and those behind it, which the broker
 * refused as out of order, after it, one at a time. While something waits to be sent again nothing new leaves.
 *
 * A batch that failed for good leaves a gap. When the broker refused it, the batches behind it take its numbers. When nobody knows
 * whether it was written, the partition goes on with a new epoch, so that the old batch can no longer be written (as Kafka's producer does).
 */
import { assert } from '../core/assert.ts';
import { StackError } from '../core/errors.ts';
import { KafkaError } from '../wire/error-codes.ts';
import type { KafkaErrorName } from '../wire/error-codes.ts';
import { batchRecordCount, sequenceAfter, setBatchBaseOffset, setBatchProducer } from '../wire/record-batch.ts';
import type { Channel } from './channel.ts';
import { isRetriable } from './retry.ts';

export interface ProducerIdentity {
  readonly id: number;
  readonly epoch: number;
}

/** A batch on its way. */
export class OutgoingBatch {
  readonly bytes: Buffer;
  /** On the monotonic clock, in ms. */
  readonly deadline: number;
  sequence = -1;
  /** Sent, with no answer that tells whether it was written. */
  uncertain = false;
  /** Its time was over before its answer came: the sender was told, nothing is sent again. */
  expired = false;
  lastError: unknown;
  readonly settle: (baseOffset: number) => void;
  readonly fail: (error: unknown) => void;

  constructor(bytes: Buffer, deadline: number, settle: (baseOffset: number) => void, fail: (error: unknown) => void) {
    this.bytes = bytes;
    this.deadline = deadline;
    this.settle = settle;
    this.fail = fail;
  }
}

/** Where a partition's batches go now. */
export interface Route {
  readonly channel: Channel;
  readonly topicId: string | undefined;
}

/** Answers that do not tell whether a batch was written. */
const maybeWritten: ReadonlySet<KafkaErrorName> = new Set([
  'REQUEST_TIMED_OUT',
  'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  'NETWORK_EXCEPTION',
  'UNKNOWN_SERVER_ERROR',
]);

/** Batches of one partition on their way at once: what a broker remembers to know duplicates. */
const inFlightMax = 5;

export class PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  route: Route | undefined;
  /** A route is looked for, or a pause after a failure lasts. */
  paused = false;
  /** Failures in a row. */
  failures = 0;
  private readonly transactional: boolean;
  private readonly waiting: OutgoingBatch[] = [];
  private readonly inFlight: OutgoingBatch[] = [];
  /** Came back, to be sent again once nothing is in flight. */
  private readonly again: OutgoingBatch[] = [];
  private identity: ProducerIdentity;
  private nextSequence = 0;
  /** The partition has a batch of this producer id: only then does a broker notice a gap. */
  private established = false;
  /** Set while the batches behind one that was refused come back: they take its numbers. */
  private renumberFrom: number | undefined;
  private needsEpoch = false;
  private idle: (() => void)[] = [];

  constructor(topic: string, partition: number, identity: ProducerIdentity, transactional: boolean) {
    this.topic = topic;
    this.partition = partition;
    this.identity = identity;
    this.transactional = transactional;
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.inFlight.length === 0 && this.again.length === 0;
  }

  get hasWaiting(): boolean {
    return this.waiting.length > 0;
  }

  add(batch: OutgoingBatch): void {
    this.waiting.push(batch);
  }

  /** Takes a new identity: numbers begin at 0. Nothing may be in flight. */
  identify(identity: ProducerIdentity): void {
    assert(this.inFlight.length === 0, 'an identity changes when nothing is in flight');
    if (identity.id !== this.identity.id) this.established = false;
    this.identity = identity;
    this.nextSequence = 0;
    this.needsEpoch = false;
    this.renumberFrom = undefined;
  }

  /** The next batch that may be sent, stamped; undefined when there is none now. */
  take(): OutgoingBatch | undefined {
    if (this.again.length > 0 || this.paused) return undefined;
    const [front] = this.waiting;
    if (front === undefined) return undefined;
    const alone = front.sequence >= 0 || !this.established;
    if (this.inFlight.length >= (alone ? 1 : inFlightMax)) return undefined;
    this.waiting.shift();
    if (front.sequence < 0) {
      front.sequence = this.nextSequence;
      this.nextSequence = sequenceAfter(this.nextSequence, batchRecordCount(front.bytes));
    }
    const { id, epoch } = this.identity;
    setBatchBaseOffset(front.bytes, 0, 0); // a broker in this process has written its own when it is sent again
    setBatchProducer(front.bytes, 0, { id, epoch, sequence: front.sequence, transactional: this.transactional });
    this.inFlight.push(front);
    return front;
  }

  /** When the first batch expires, on the monotonic clock; Infinity when there is none. */
  get firstDeadline(): number {
    const batches = [...this.inFlight, ...this.again, ...this.waiting];
    return batches.reduce((first, { expired, deadline }) => (expired ? first : Math.min(first, deadline)), Infinity);
  }

  /** Fails the batches whose time is over. Returns what the first of them failed with. */
  expire(now: number): unknown {
    const errors: unknown[] = [];
    const isLate = ({ expired, deadline }: OutgoingBatch): boolean => !expired && deadline <= now;
    const errorOf = (late: OutgoingBatch): unknown => {
      errors.push(late.lastError ?? this.timeout());
      return errors.at(-1);
    };
    // The answer to one in flight still tells whether its numbers are used.
    for (const late of [...this.inFlight, ...this.again].filter(isLate)) {
      late.expired = true;
      late.fail(errorOf(late));
    }
    for (const late of this.waiting.filter(isLate)) {
      this.waiting.splice(this.waiting.indexOf(late), 1);
      this.dismiss(late, errorOf(late));
      this.drained();
    }
    return errors[0];
  }

  /** Remembers why batches wait, for the day that they expire. */
  noteFailure(error: unknown): void {
    this.failures++;
    for (const batch of this.waiting) batch.lastError = error;
  }

  succeeded(batch: OutgoingBatch, baseOffset: number): void {
    this.land(batch);
    this.established = true;
    this.failures = 0;
    batch.settle(baseOffset);
    this.drained();
  }

  /**
   * A batch came back with an error. True when it will be sent again: `paused` is set then.
   * `canRetry` false: nothing is sent again (the transaction is aborted, or the producer is at its end).
   */
  failed(batch: OutgoingBatch, error: unknown, canRetry: boolean): boolean {
    const hasEarlier = this.hasEarlier(batch);
    this.land(batch);
    batch.lastError = error;
    if (!(error instanceof KafkaError) || maybeWritten.has(error.errorName)) batch.uncertain = true;
    const retry = canRetry && !batch.expired && (isRetriable(error) || this.isSequenceProblem(error, hasEarlier));
    if (retry) this.again.push(batch);
    else this.dismiss(batch, error);
    this.drained();
    if (retry) this.failures++;
    return retry;
  }

  /** Fails all that is not in flight. */
  clear(error: unknown): void {
    for (const batch of [...this.again.splice(0), ...this.waiting.splice(0)]) batch.fail(error);
    this.drained();
  }

  /** Resolves when nothing is in flight. */
  whenLanded(): Promise<void> {
    if (this.inFlight.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private timeout(): StackError {
    const { topic, partition } = this;
    return new StackError(
      'MILLRACE_TIMEOUT',
      `Partition ${topic}-${partition} took no batch within delivery.timeout.ms.`,
      {
        details: { topic, partition },
      },
    );
  }

  private land(batch: OutgoingBatch): void {
    const at = this.inFlight.indexOf(batch);
    assert(at >= 0, 'an answer to a batch that is not in flight');
    this.inFlight.splice(at, 1);
  }

  private hasEarlier(batch: OutgoingBatch): boolean {
    return this.inFlight[0] !== batch || this.again.length > 0;
  }

  /** Errors of order: because of a batch before it, or because the broker lost what it knew of this producer. */
  private isSequenceProblem(error: unknown, hasEarlier: boolean): boolean {
    if (!(error instanceof KafkaError)) return false;
    if (error.errorName !== 'OUT_OF_ORDER_SEQUENCE_NUMBER' && error.errorName !== 'UNKNOWN_PRODUCER_ID') return false;
    if (hasEarlier || this.renumberFrom !== undefined) return true;
    if (this.transactional) return false;
    this.needsEpoch = true;
    return true;
  }

  /** Fails a batch for good. */
  private dismiss(batch: OutgoingBatch, error: unknown): void {
    batch.fail(error);
    if (batch.sequence < 0) return;
    if (batch.uncertain) this.needsEpoch = true;
    else this.renumberFrom ??= batch.sequence;
  }

  /** Puts what came back in front again once nothing is in flight. */
  private drained(): void {
    if (this.inFlight.length > 0) return;
    const back = this.again.splice(0).sort((a, b) => sequenceOrder(a.sequence, b.sequence));
    // Those that came back before may still wait, in front.
    while (this.waiting[0] !== undefined && this.waiting[0].sequence >= 0)
      back.push(this.waiting.shift() as OutgoingBatch);
    back.sort((a, b) => sequenceOrder(a.sequence, b.sequence));
    if (this.needsEpoch && !this.transactional) this.beginEpoch(back);
    else if (this.renumberFrom !== undefined) {
      this.nextSequence = this.renumberFrom;
      for (const batch of back) {
        batch.sequence = -1;
        batch.uncertain = false; // behind a batch that was refused nothing can have been written
      }
      this.renumberFrom = undefined;
    }
    this.waiting.unshift(...back);
    for (const resolve of this.idle.splice(0)) resolve();
  }

  /** Brokers take a higher epoch of a producer that has no transactions as it comes, with numbers from 0 on. */
  private beginEpoch(back: OutgoingBatch[]): void {
    this.needsEpoch = false;
    this.renumberFrom = undefined;
    this.nextSequence = 0;
    assert(this.identity.epoch < 32_767, 'epochs of an idempotent producer are used up');
    this.identity = { id: this.identity.id, epoch: this.identity.epoch + 1 };
    for (const batch of back.splice(0)) {
      // In a new epoch it could be written twice.
      if (batch.uncertain) batch.fail(batch.lastError);
      else {
        batch.sequence = -1;
        back.push(batch);
      }
    }
  }
}

/** Sequence numbers wrap around; those of one partition's batches in flight lie close together. */
function sequenceOrder(a: number, b: number): number {
  const distance = a - b;
  return Math.abs(distance) > 0x40000000 ? -distance : distance;
}
