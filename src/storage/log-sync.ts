/**
 * How far a log is on the disk, and who waits for it. Appends that wait share one sync; one that comes while a sync runs gets the next.
 * A sync that failed is final: what the page cache holds is not known any more, and a second sync would report success.
 */
import type { Clock, Timer } from '../core/clock.ts';
import type { StackError } from '../core/errors.ts';
import type { LogConfig } from './log-config.ts';
import type { SegmentList } from './segment-list.ts';

export interface LogSyncOptions {
  readonly clock: Clock;
  readonly list: SegmentList;
  readonly config: () => LogConfig;
  readonly syncDirectory: () => void;
  /** Called when more became durable, before those who wait are told. */
  readonly onDurable: () => void;
  /** Makes a sync's failure the log's. */
  readonly fail: (error: unknown) => StackError;
}

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class LogSync {
  /** Everything below is on the disk. */
  durableOffset: number;
  /** The last segment's file is not yet sure to be in its directory. */
  newFile = false;
  private readonly options: LogSyncOptions;
  private running: Promise<void> | undefined;
  private waiters: Waiter[] = [];
  private ended: StackError | undefined;
  private unflushedRecords = 0;
  private timer: Timer | undefined;

  constructor(options: LogSyncOptions, durableOffset: number) {
    this.options = options;
    this.durableOffset = durableOffset;
  }

  /** Resolves once everything below `offset` is on the disk. */
  whenDurable(offset: number): Promise<void> {
    if (offset <= this.durableOffset) return Promise.resolve();
    if (this.ended !== undefined) return Promise.reject(this.ended);
    const durable = new Promise<void>((resolve, reject) => {
      this.waiters.push({ offset, resolve, reject });
      this.flush().catch(() => {}); // the waiters are told
    });
    // Whoever asked may fail at something else before it comes to wait; a failed disk must not end the process for that.
    durable.catch(() => {});
    return durable;
  }

  /** Makes everything written so far durable; calls that overlap share one sync. */
  async flush(): Promise<void> {
    while (this.running !== undefined) await this.running;
    if (this.durableOffset >= this.options.list.endOffset) return;
    if (this.ended !== undefined) throw this.ended;
    this.running = this.sync().finally(() => {
      this.running = undefined;
    });
    await this.running;
    // Waiters that came while the sync ran need one more.
    if (this.waiters.length > 0 && this.ended === undefined) await this.flush();
  }

  /** Resolves once no sync is under way. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running.catch(() => {}); // whoever asked for it is told
  }

  private async sync(): Promise<void> {
    const { list, syncDirectory, fail } = this.options;
    const target = list.endOffset;
    this.cancelTimer();
    this.unflushedRecords = 0;
    try {
      for (const segment of list.all.slice(list.indexOf(this.durableOffset)))
        if (!segment.removed) await segment.sync();
      if (this.newFile) {
        this.newFile = false;
        syncDirectory();
      }
    } catch (error) {
      throw fail(error);
    }
    this.durableUpTo(target);
  }

  /** Takes note that everything below `offset` was synced. */
  durableUpTo(offset: number): void {
    if (offset <= this.durableOffset) return;
    this.durableOffset = offset;
    this.options.onDurable();
    const ready = this.waiters.filter((waiter) => waiter.offset <= offset);
    this.waiters = this.waiters.filter((waiter) => waiter.offset > offset);
    for (const { resolve } of ready) resolve();
  }

  /** `flush.messages` and `flush.ms`: syncs for which nobody waits. */
  appended(records: number): void {
    const { flushMessages = Infinity, flushMs = Infinity, durability } = this.options.config();
    if (durability === 'fsync') return;
    const flush = (): void => void this.flush().catch(() => {}); // the log knows of the failure
    this.unflushedRecords += records;
    if (this.unflushedRecords >= flushMessages) flush();
    else if (flushMs < Number.MAX_SAFE_INTEGER) this.timer ??= this.options.clock.setTimer(flush, flushMs);
  }

  /** Nothing will become durable any more: tells those who wait. */
  end(error: StackError): void {
    this.ended ??= error;
    this.cancelTimer();
    const { waiters } = this;
    this.waiters = [];
    for (const { reject } of waiters) reject(error);
  }

  private cancelTimer(): void {
    this.timer?.cancel();
    this.timer = undefined;
  }
}
