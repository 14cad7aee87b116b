/**
 * One running task: generate, convert, hand to the producer, remember how far all is acknowledged, write that down from time to time. It works in
 * slices of a few milliseconds and lets the rest of the process run between them; what is not acknowledged yet is bounded.
 */
import { sleep } from '../../core/clock.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { messageOf } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import type { Producer, ProducerOptions } from '../../client/kafka-client.ts';
import { isPassing } from '../converters/registered-schema.ts';
import type { Converter } from '../converters/converter.ts';
import type { JsonObject } from '../data/json-text.ts';
import { DataException, int64 } from '../data/schema.ts';
import type { ConnectStruct } from '../data/schema.ts';
import type { ConnectRecord } from '../transforms/record.ts';
import type { DatagenSource, Mark } from '../datagen/datagen-source.ts';
import { ConnectException } from '../errors.ts';
import { Pace } from './pace.ts';
import { RecordWriter } from './record-writer.ts';
import type { Encoders, Sent } from './record-writer.ts';
import { TransformedWriter } from './transformed-writer.ts';
import type { Transform } from '../transforms/transformation.ts';

export interface ErrorHandling {
  readonly tolerate: boolean;
  readonly log: boolean;
  readonly logMessages: boolean;
  /** −1: without end. */
  readonly retryTimeoutMs: number;
  readonly retryDelayMaxMs: number;
}

export interface SourceTaskOptions {
  readonly taskId: number;
  readonly source: DatagenSource;
  readonly converters: { readonly key: Converter; readonly value: Converter; readonly header: Converter };
  /** Absent: records go out as they are made. */
  readonly transform?: Transform;
  readonly errors: ErrorHandling;
  readonly compression: NonNullable<ProducerOptions['compression']>;
  readonly offsetFlushIntervalMs: number;
  readonly shutdownTimeoutMs: number;
  readonly paused: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Makes the topic if need be; gives the number of its partitions. */
  readonly openTopic: (topic: string) => Promise<number>;
  readonly openProducer: () => Promise<Producer>;
  readonly writeOffset: (offset: JsonObject) => Promise<void>;
  readonly on: TaskEvents;
}

export interface TaskEvents {
  running(): void;
  paused(): void;
  /** Once, and nothing after it. */
  failed(error: unknown): void;
  /** The first records of the topic are there. */
  wroteTo(topic: string): void;
}

/** How long a slice may take. */
const sliceMs = 4;
/** Records between two looks at the clock. */
const recordsPerLook = 32;
/** Batches and bytes on their way. */
const roundsMax = 8;
const bytesInFlightMax = 8 * 1024 * 1024;
const retryDelayMs = 300;

const nothingSent: Sent = { bytes: 0, topics: [], acknowledged: Promise.resolve() };

interface Round {
  readonly mark: Mark;
  readonly bytes: number;
  acknowledged: boolean;
}

export class SourceTask {
  private readonly options: SourceTaskOptions;
  private readonly ended = new AbortController();
  private readonly finished: Promise<void>;
  private wantPaused: boolean;
  private wake: (() => void) | undefined;
  private producer: Producer | undefined;
  private readonly inFlight: Round[] = [];
  private bytesInFlight = 0;
  private sendFailure: unknown;
  /** The iteration up to which records are on their way or behind. */
  private marked: number;
  private committable: Mark | undefined;
  private written: Mark | undefined;
  private flushTimer: Timer | undefined;
  private flushing: Promise<void> = Promise.resolve();
  private readonly topicsSeen = new Set<string>();

  constructor(options: SourceTaskOptions) {
    this.options = options;
    this.wantPaused = options.paused;
    this.marked = options.source.iteration;
    this.finished = this.live();
  }

  pause(): void {
    this.wantPaused = true;
    this.wake?.();
  }

  resume(): void {
    this.wantPaused = false;
    this.wake?.();
  }

  /** Ends the task; resolves when what it sent is acknowledged (or the time for that is over) and its offset written. */
  async stop(): Promise<void> {
    this.ended.abort();
    this.wake?.();
    await this.finished;
  }

  /** The whole life. */
  private async live(): Promise<void> {
    const { on, clock, offsetFlushIntervalMs } = this.options;
    let failure: unknown;
    let failed = false;
    try {
      const arm = (): void => {
        this.flushTimer = clock.setTimer(() => {
          this.flushOffset();
          arm();
        }, offsetFlushIntervalMs);
      };
      arm();
      await this.work();
    } catch (error) {
      failed = true;
      failure = error;
    }
    this.flushTimer?.cancel();
    await this.settle();
    if (failed && !this.ended.signal.aborted) on.failed(failure);
  }

  private async work(): Promise<void> {
    const { source, openTopic, openProducer, clock, random, on } = this.options;
    const { signal } = this.ended;
    if (!this.wantPaused) on.running();
    const pace = new Pace(clock, random, source.maxIntervalMs);
    let writer: RecordWriter | undefined;
    let transformed: TransformedWriter | undefined;
    while (!signal.aborted) {
      if (this.wantPaused) {
        await this.drained();
        on.paused();
        while (this.wantPaused && !signal.aborted) await this.woken();
        if (!signal.aborted) on.running();
        continue;
      }
      this.throwIfSendFailed();
      const waitMs = pace.wait();
      if (waitMs >= 1) {
        await this.pauseFor(waitMs);
        continue;
      }
      if (this.options.transform !== undefined) {
        transformed ??= this.transformedWriter(this.options.transform);
        this.producer ??= await openProducer();
        await this.sliceTransformed(transformed, pace);
        await this.yielded();
        continue;
      }
      if (writer === undefined) {
        const encoders = await this.encoders();
        if (encoders === undefined) {
          await this.pauseFor(retryDelayMs);
          continue;
        }
        const partitions = await openTopic(source.topic);
        this.producer = await openProducer();
        writer = this.writer(encoders, partitions);
      }
      this.slice(writer, pace);
      await this.yielded();
    }
  }

  private writer(encoders: Encoders, partitions: number): RecordWriter {
    const { source, taskId, compression, random } = this.options;
    const { topic, keyField, generation } = source;
    return new RecordWriter({ topic, partitions, keyField, generation, taskId, compression, random }, encoders);
  }

  private transformedWriter(transform: Transform): TransformedWriter {
    const { source, taskId, converters, compression, random, openTopic } = this.options;
    return new TransformedWriter({ source, taskId, transform, converters, compression, random, openTopic });
  }

  /** Records until the time is over, the batch is full, the next one is not due, or all are there; then sends them. */
  private slice(writer: RecordWriter, pace: Pace): void {
    const { source, clock } = this.options;
    const until = clock.monotonic() + sliceMs;
    const now = clock.now();
    let end: unknown;
    for (let n = 1; ; n++) {
      const { iteration } = source;
      try {
        const value = source.next();
        try {
          writer.append(value, iteration, now);
        } catch (error) {
          this.tolerate(error);
        }
      } catch (error) {
        end = error;
        break;
      }
      pace.advance();
      if (writer.isFull || pace.wait() > 0) break;
      if (n % recordsPerLook === 0 && clock.monotonic() > until) break;
    }
    this.send(writer);
    if (end !== undefined) throw end;
  }

  /** The same through the transformations; waits where a record needs a topic or an encoder that is not there yet. */
  private async sliceTransformed(writer: TransformedWriter, pace: Pace): Promise<void> {
    const { source, clock } = this.options;
    const { signal } = this.ended;
    const until = clock.monotonic() + sliceMs;
    const now = clock.now();
    let end: unknown;
    do {
      const { iteration } = source;
      let value: ConnectStruct;
      try {
        value = source.next();
      } catch (error) {
        end = error;
        break;
      }
      await this.writeTransformed(writer, value, iteration, now);
      pace.advance();
    } while (!writer.isFull && pace.wait() <= 0 && clock.monotonic() <= until && !signal.aborted);
    this.send(writer);
    if (end !== undefined) throw end;
  }

  private async writeTransformed(
    writer: TransformedWriter,
    value: ConnectStruct,
    iteration: number,
    now: number,
  ): Promise<void> {
    let record: ConnectRecord | null;
    try {
      record = writer.transformed(value, iteration);
    } catch (error) {
      // Whatever a transformation throws may be tolerated.
      this.tolerate(error, true);
      return;
    }
    if (record === null) return;
    const made = record;
    if (!writer.isPrepared(made) && !(await this.prepared(() => writer.prepare(made)))) return;
    try {
      writer.append(made, now);
    } catch (error) {
      this.tolerate(error);
    }
  }

  /** A record that cannot be converted is left out, or the end of the task. */
  private tolerate(error: unknown, anyError = false): void {
    const { errors, logger, source } = this.options;
    if (!(error instanceof DataException) && !(anyError && error instanceof ConnectException)) throw error;
    if (errors.log)
      logger.error(
        'A record could not be converted.',
        errors.logMessages ? { reason: error.message, topic: source.topic } : { reason: error.message },
      );
    if (!errors.tolerate) throw new ConnectException('Tolerance exceeded in error handler', { cause: error });
  }

  /** Undefined: the schema cannot be converted now, and that is tolerated; one record went by. */
  private async encoders(): Promise<Encoders | undefined> {
    const { source, converters } = this.options;
    const { topic, keyField, keySchema, valueSchema } = source;
    let made: Encoders | undefined;
    const isThere = await this.prepared(async () => {
      made = {
        key: await converters.key.prepare(topic, keySchema, keyField === undefined),
        value: await converters.value.prepare(topic, valueSchema),
        constantHeader: await converters.header.prepare(topic, int64),
        iterationHeader: await converters.header.prepare(topic, int64),
      };
    });
    if (!isThere) source.next();
    return made;
  }

  /** Does what may fail for a while, again until it works or its time is over; false when that is tolerated. */
  private async prepared(prepare: () => Promise<void>): Promise<boolean> {
    const { errors, clock } = this.options;
    const { signal } = this.ended;
    const since = clock.monotonic();
    for (let delayMs = retryDelayMs; ; delayMs = Math.min(delayMs * 2, errors.retryDelayMaxMs)) {
      try {
        await prepare();
        return true;
      } catch (error) {
        const elapsed = clock.monotonic() - since;
        const again = errors.retryTimeoutMs < 0 || elapsed + delayMs <= errors.retryTimeoutMs;
        if (isPassing(error) && again && !signal.aborted) {
          await sleep(clock, delayMs, signal);
          continue;
        }
        this.tolerate(error);
        return false;
      }
    }
  }

  private send(writer: { send(producer: Producer): Sent | undefined }): void {
    const { source, on } = this.options;
    const { producer } = this;
    // Of a slice whose records were all left out nothing is on its way, and it counts all the same.
    const sent = producer === undefined ? undefined : (writer.send(producer) ?? nothingSent);
    if (sent === undefined || source.iteration === this.marked) return;
    this.marked = source.iteration;
    const round: Round = { mark: source.mark(), bytes: sent.bytes, acknowledged: false };
    this.inFlight.push(round);
    this.bytesInFlight += sent.bytes;
    sent.acknowledged.then(
      () => {
        round.acknowledged = true;
        this.bytesInFlight -= round.bytes;
        // Only what is acknowledged without a gap counts.
        while (this.inFlight[0]?.acknowledged === true) this.committable = this.inFlight.shift()?.mark;
        for (const topic of sent.topics) {
          if (this.topicsSeen.has(topic)) continue;
          this.topicsSeen.add(topic);
          on.wroteTo(topic);
        }
        this.wake?.();
      },
      (error: unknown) => {
        this.sendFailure ??= error;
        this.wake?.();
      },
    );
  }

  private throwIfSendFailed(): void {
    if (this.sendFailure !== undefined)
      throw new ConnectException('Unrecoverable exception from producer send callback', { cause: this.sendFailure });
  }

  /** Lets everybody else go on, and waits until there is room for another round. */
  private async yielded(): Promise<void> {
    await new Promise<void>((resolve) => this.options.clock.defer(resolve));
    while (this.isCrowded() && this.sendFailure === undefined && !this.ended.signal.aborted) await this.woken();
  }

  private isCrowded(): boolean {
    return this.inFlight.length >= roundsMax || this.bytesInFlight >= bytesInFlightMax;
  }

  /** Resolves when nothing is on its way any more, or cannot be. */
  private async drained(): Promise<void> {
    while (this.inFlight.length > 0 && this.sendFailure === undefined && !this.ended.signal.aborted) await this.woken();
  }

  private woken(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = () => {
        this.wake = undefined;
        resolve();
      };
    });
  }

  /** Sleeps, but not through a pause, a stop or a failure. */
  private async pauseFor(ms: number): Promise<void> {
    const interrupted = new AbortController();
    this.wake = () => {
      // An acknowledgement is no reason to get up.
      if (this.wantPaused || this.ended.signal.aborted || this.sendFailure !== undefined) interrupted.abort();
    };
    await sleep(this.options.clock, ms, interrupted.signal);
    this.wake = undefined;
  }

  /** At the end: what was sent is waited for, and how far it went is written down. */
  private async settle(): Promise<void> {
    const { clock, shutdownTimeoutMs, logger } = this.options;
    const late = new AbortController();
    const timer = clock.setTimer(
      () => {
        late.abort();
        this.wake?.();
      },
      shutdownTimeoutMs,
      true,
    );
    while (this.inFlight.length > 0 && this.sendFailure === undefined && !late.signal.aborted) await this.woken();
    timer.cancel();
    this.flushOffset();
    await this.flushing;
    try {
      await this.producer?.close();
    } catch (error) {
      logger.warn('The producer of a task did not close.', { reason: messageOf(error) });
    }
  }

  private flushOffset(): void {
    const { source, writeOffset, logger } = this.options;
    const mark = this.committable;
    if (mark === undefined || mark === this.written) return;
    this.flushing = this.flushing.then(async () => {
      if (mark === this.written) return;
      try {
        await writeOffset(source.offsetAt(mark));
        this.written = mark;
      } catch (error) {
        logger.error('Failed to commit offsets.', { reason: messageOf(error) });
      }
    });
  }
}
