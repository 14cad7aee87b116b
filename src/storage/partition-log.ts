/**
 * The log of one partition. The broker's thread is its only writer; the layout and the rules of recovery stand in
 * docs/internals/disk-format.md. A log without a record has no files.
 */
import { dirname, join } from 'node:path';
import type { Clock, Timer } from '../core/clock.ts';
import { replaceFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { kafkaError } from '../wire/error-codes.ts';
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchHasAppendTime,
  batchHeaderBytes,
  batchIsControl,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchSize,
  rawRecords,
  setBatchAppendTime,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
} from '../wire/record-batch.ts';
import { checkBatches } from './batch-checks.ts';
import { readCleanedOffset, replaceFile, writeCheckpoint, writeCleanedOffset } from './checkpoint.ts';
import { Compaction } from './compaction.ts';
import type { CompactionStats } from './compaction.ts';
import type { LogConfig } from './log-config.ts';
import { recoverLog } from './log-recovery.ts';
import { LogView } from './log-view.ts';
import { OpenSegments } from './open-segments.ts';
import { ProducerState } from './producer-state.ts';
import type { AbortedTransaction, ProducerBatch } from './producer-state.ts';
import { isEndMarker, markerCoordinatorEpoch, producerAppend, trackBatch } from './producer-tracking.ts';
import { Segment, segmentFileName } from './segment.ts';
import { scanBatches } from './segment-scan.ts';
import { cleanedSuffix, swapSegments } from './segment-swap.ts';

export interface PartitionLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The partition's folder; made with the first record. */
  readonly directory: string;
  readonly config: LogConfig;
  /** Bounds the open files; a broker gives all its logs the same one. */
  readonly open?: OpenSegments;
}

export interface AppendOptions {
  /** Who wrote the batches: producers are checked, coordinators are trusted with markers and their own topics. */
  readonly origin: 'client' | 'coordinator';
  readonly leaderEpoch: number;
}

export interface AppendResult {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** −1 with timestamps of the producer. */
  readonly logAppendTime: number;
  readonly logStartOffset: number;
  /** The batches lie in the log already; the offsets are those of then. */
  readonly duplicate: boolean;
}

export type Isolation = 'log-end' | 'read_uncommitted' | 'read_committed';

export interface ReadResult {
  /** Whole batches, but for the last one if it was cut at `maxBytes`; the first may begin before the offset asked for. */
  readonly records: Buffer;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Only for read_committed. */
  readonly abortedTransactions: readonly AbortedTransaction[];
}

const relativeOffsetMax = 2 ** 31 - 1;
const compactionMemoryBytes = 32 * 1024 * 1024;

export class PartitionLog {
  readonly view: LogView = new LogView();
  readonly producers: ProducerState = new ProducerState();
  readonly directory: string;
  config: LogConfig;
  private readonly disk: Disk;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly open: OpenSegments;
  private segments: Segment[] = [];
  private startOffset = 0;
  private endOffset = 0;
  private stableOffset = 0;
  /** Everything below is on the disk. */
  private durableOffset = 0;
  private recoveryPoint = 0;
  private syncing: Promise<void> | undefined;
  private durableWaiters: {
    readonly offset: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  }[] = [];
  /** Set by a write or sync that failed: what is in the files is not known any more. */
  private failure: StackError | undefined;
  /** The last segment's file is not yet sure to be in its directory. */
  private newFile = false;
  private closed = false;
  /** Syncs of sealed segments, one after the other. */
  private sealing: Promise<void> = Promise.resolve();
  private compacting: Promise<CompactionStats | undefined> | undefined;
  /** Everything below was seen by a compaction. */
  private cleanedTo = 0;
  private unflushedRecords = 0;
  private flushTimer: Timer | undefined;
  private onMoved: () => void = () => {};

  private constructor(options: PartitionLogOptions) {
    this.disk = options.disk;
    this.clock = options.clock;
    this.logger = options.logger;
    this.directory = options.directory;
    this.config = options.config;
    this.open = options.open ?? new OpenSegments();
  }

  /**
   * Opens a log and recovers it if the last end was not orderly.
   * @throws StackError MILLRACE_LOG_CORRUPT, MILLRACE_DATA_DIR_NEWER
   */
  static open(options: PartitionLogOptions): PartitionLog {
    const log = new PartitionLog(options);
    if (options.disk.existsSync(options.directory)) log.recover();
    log.publish();
    return log;
  }

  get logStartOffset(): number {
    return this.startOffset;
  }
  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.endOffset;
  }
  get highWatermark(): number {
    return this.config.durability === 'fsync' ? Math.max(this.durableOffset, this.startOffset) : this.endOffset;
  }
  get lastStableOffset(): number {
    return Math.min(this.stableOffset, this.highWatermark);
  }
  /** Bytes of all segments. */
  get size(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** Calls `listener` whenever high watermark, last stable offset or log start moved. */
  whenMoved(listener: () => void): void {
    this.onMoved = listener;
  }

  /**
   * Appends whole batches and gives them their offsets, in place. Returns when they are written; {@link PartitionLog.whenDurable}
   * tells when they may be acknowledged.
   * @throws KafkaError for batches that are refused; nothing of them is written then
   * @throws StackError MILLRACE_DISK_FULL, MILLRACE_DISK_FAILED
   */
  append(batches: Buffer, { origin, leaderEpoch }: AppendOptions): AppendResult {
    if (this.failure !== undefined) throw this.failure;
    const now = this.clock.now();
    const boundaries = checkBatches(batches, this.config, origin === 'client', now);
    const duplicate = this.checkProducers(batches, boundaries, origin);
    if (duplicate !== undefined) {
      return {
        baseOffset: duplicate.baseOffset,
        lastOffset: duplicate.lastOffset,
        logAppendTime: this.config.timestampType === 'append' ? duplicate.timestamp : -1,
        logStartOffset: this.startOffset,
        duplicate: true,
      };
    }
    const baseOffset = this.endOffset;
    let offset = baseOffset;
    for (const at of boundaries) {
      setBatchBaseOffset(batches, at, offset);
      setBatchLeaderEpoch(batches, at, leaderEpoch);
      if (this.config.timestampType === 'append') setBatchAppendTime(batches, at, now);
      offset += batchLastOffsetDelta(batches, at) + 1;
    }
    this.write(batches, boundaries, offset, now);
    this.endOffset = offset;
    const segment = this.segments.at(-1);
    for (const at of boundaries) this.track(batches, at, segment);
    this.stableOffset = this.producers.firstOpenOffset() ?? this.endOffset;
    this.publish();
    this.flushLater(offset - baseOffset);
    return {
      baseOffset,
      lastOffset: offset - 1,
      logAppendTime: this.config.timestampType === 'append' ? now : -1,
      logStartOffset: this.startOffset,
      duplicate: false,
    };
  }

  /** Resolves once everything below `offset` may be acknowledged: at once with the page cache, after a sync with fsync. */
  whenDurable(offset: number): Promise<void> {
    if (this.config.durability !== 'fsync' || offset <= this.durableOffset) return Promise.resolve();
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.durableWaiters.push({ offset, resolve, reject });
      this.flush().catch(() => {}); // the waiters are told
    });
  }

  /** Makes everything written so far durable; calls that overlap share one sync. */
  async flush(): Promise<void> {
    while (this.syncing !== undefined) await this.syncing;
    if (this.durableOffset >= this.endOffset) return;
    this.syncing = this.syncNow().finally(() => {
      this.syncing = undefined;
    });
    await this.syncing;
    // Waiters that came while the sync ran need one more.
    if (this.durableWaiters.length > 0 && this.failure === undefined) await this.flush();
  }

  private async syncNow(): Promise<void> {
    const target = this.endOffset;
    this.flushTimer?.cancel();
    this.flushTimer = undefined;
    this.unflushedRecords = 0;
    try {
      const first = this.segmentIndex(this.durableOffset);
      for (const segment of this.segments.slice(first)) if (!segment.removed) await segment.sync();
      if (this.newFile) {
        this.newFile = false;
        this.disk.syncDirectorySync(this.directory);
      }
    } catch (error) {
      throw this.fail(error);
    }
    this.durableOffset = Math.max(this.durableOffset, target);
    this.publish();
    const ready = this.durableWaiters.filter(({ offset }) => offset <= this.durableOffset);
    this.durableWaiters = this.durableWaiters.filter(({ offset }) => offset > this.durableOffset);
    for (const { resolve } of ready) resolve();
  }

  /** `flush.messages` and `flush.ms`. */
  private flushLater(records: number): void {
    const { flushMessages = Infinity, flushMs = Infinity, durability } = this.config;
    if (durability === 'fsync') return;
    const flush = (): void => void this.flush().catch(() => {}); // the log knows of the failure
    this.unflushedRecords += records;
    if (this.unflushedRecords >= flushMessages) flush();
    else if (flushMs < Number.MAX_SAFE_INTEGER) this.flushTimer ??= this.clock.setTimer(flush, flushMs);
  }

  /**
   * Batches from `offset` on, up to the end that `isolation` may see. With `minOneBatch` the first batch comes whole even if it
   * is larger than `maxBytes`.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  read(
    offset: number,
    maxBytes: number,
    options: { readonly isolation: Isolation; readonly minOneBatch: boolean },
  ): ReadResult {
    const place = this.placeOf(offset, maxBytes, options);
    if (place === undefined) return this.result(offset, Buffer.alloc(0), options.isolation);
    const buffer = Buffer.allocUnsafe(place.length);
    const read = place.segment.readSync(buffer, 0, place.length, place.position);
    return this.result(offset, cutAt(buffer.subarray(0, read), place.limit), options.isolation);
  }

  /** As {@link PartitionLog.read}, but what is probably not in memory (all but the last segment) is read off this thread. */
  async readCold(
    offset: number,
    maxBytes: number,
    options: { readonly isolation: Isolation; readonly minOneBatch: boolean },
  ): Promise<ReadResult> {
    const place = this.placeOf(offset, maxBytes, options);
    if (place === undefined || place.segment === this.segments.at(-1)) return this.read(offset, maxBytes, options);
    const buffer = Buffer.allocUnsafe(place.length);
    const read = await place.segment.read(buffer, 0, place.length, place.position);
    return this.result(offset, cutAt(buffer.subarray(0, read), place.limit), options.isolation);
  }

  private result(offset: number, records: Buffer, isolation: Isolation): ReadResult {
    const upper = records.length === 0 ? offset : this.endOfBatches(records, offset);
    return {
      records,
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.startOffset,
      abortedTransactions: isolation === 'read_committed' ? this.abortedBetween(offset, upper) : [],
    };
  }

  private limitOf(isolation: Isolation): number {
    if (isolation === 'log-end') return this.endOffset;
    return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;
  }

  /** Where the batches for a read lie; undefined when there are none. */
  private placeOf(
    offset: number,
    maxBytes: number,
    { isolation, minOneBatch }: { readonly isolation: Isolation; readonly minOneBatch: boolean },
  ): { segment: Segment; position: number; length: number; limit: number } | undefined {
    const limit = this.limitOf(isolation);
    if (offset < this.startOffset || offset > this.endOffset) {
      throw kafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} is outside of the log, which has ${this.startOffset} to ${this.endOffset}.`,
      );
    }
    if (offset >= limit) return undefined;
    for (let i = this.segmentIndex(offset); i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (segment === undefined || segment.baseOffset >= limit) break;
      const found = this.findBatch(segment, offset);
      if (found === undefined) continue; // compaction may have left nothing from here to the end of the segment
      const length = Math.min(minOneBatch ? Math.max(maxBytes, found.size) : maxBytes, segment.size - found.position);
      return { segment, position: found.position, length, limit };
    }
    return undefined;
  }

  private endOfBatches(records: Buffer, offset: number): number {
    let end = offset;
    for (let at = 0; records.length - at >= batchHeaderBytes; at += batchSize(records, at))
      end = batchLastOffset(records, at) + 1;
    return end;
  }

  /** Aborted transactions that have records in [from, to), oldest first. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let i = this.segmentIndex(from); i < this.segments.length; i++) {
      for (const transaction of this.segments[i]?.abortedTransactions() ?? []) {
        if (transaction.lastOffset >= from && transaction.firstOffset < to) found.push(transaction);
      }
    }
    return found.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** The first record at or after `timestamp` below the high watermark; undefined when there is none. */
  offsetForTimestamp(
    timestamp: number,
    limit: number = this.highWatermark,
  ): { readonly offset: number; readonly timestamp: number } | undefined {
    for (const segment of this.segments) {
      if (segment.maxTimestamp < timestamp) continue;
      for (const { buffer, at } of scanBatches(segment, segment.positionBeforeTimestamp(timestamp))) {
        if (batchBaseOffset(buffer, at) >= limit) return undefined;
        if (batchMaxTimestamp(buffer, at) < timestamp || batchIsControl(buffer, at)) continue;
        const baseOffset = batchBaseOffset(buffer, at);
        const baseTimestamp = batchBaseTimestamp(buffer, at);
        const appendTime = batchHasAppendTime(buffer, at) ? batchMaxTimestamp(buffer, at) : undefined;
        for (const record of rawRecords(buffer, at)) {
          const offset = baseOffset + record.offsetDelta;
          const time = appendTime ?? baseTimestamp + record.timestampDelta;
          if (offset >= limit) return undefined;
          if (time >= timestamp && offset >= this.startOffset) return { offset, timestamp: time };
        }
      }
    }
    return undefined;
  }

  /** The record with the largest timestamp (the first of them); undefined in an empty log. */
  maxTimestamp(): { readonly offset: number; readonly timestamp: number } | undefined {
    let newest = -1;
    for (const segment of this.segments) newest = Math.max(newest, segment.maxTimestamp);
    return newest < 0 ? undefined : this.offsetForTimestamp(newest);
  }

  /** Makes `offset` the first one (KIP-107); −1 = the high watermark. Returns the new log start. Throws OFFSET_OUT_OF_RANGE. */
  deleteRecords(offset: number): number {
    const target = offset === -1 ? this.highWatermark : offset;
    if (target < 0 || target > this.highWatermark) {
      throw kafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Records cannot be deleted up to ${offset}; the high watermark is ${this.highWatermark}.`,
      );
    }
    this.moveStart(target);
    return this.startOffset;
  }

  /** Deletes whole segments that time or size let go of. Returns how many. */
  applyRetention(): number {
    if (!this.config.cleanupDelete) return 0;
    const now = this.clock.now();
    let start = this.startOffset;
    let count = 0;
    let size = this.size;
    for (const [i, segment] of this.segments.entries()) {
      const next = this.segments[i + 1];
      const newest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs;
      const tooOld = this.config.retentionMs >= 0 && now - newest > this.config.retentionMs;
      const tooLarge = this.config.retentionBytes >= 0 && size - segment.size >= this.config.retentionBytes;
      const last = next === undefined;
      if (!(tooOld || tooLarge) || (last && (!tooOld || segment.size === 0))) break;
      if (this.endOf(i) > this.highWatermark) break;
      start = this.endOf(i);
      size -= segment.size;
      count++;
    }
    if (start > this.startOffset) this.moveStart(start);
    return count;
  }

  /** Forgets idle producers. */
  expireProducers(): void {
    this.producers.expire(this.clock.now() - this.config.producerIdExpirationMs);
  }

  /** Orderly end: everything is synced, and the next start trusts it. Throws when a write or sync failed, now or before. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.flushTimer?.cancel();
    try {
      if (this.failure !== undefined) throw this.failure;
      const last = this.segments.at(-1);
      if (last !== undefined) {
        last.seal();
        for (const segment of this.segments) segment.syncSync();
        const snapshot = segmentFileName(this.endOffset, 'snapshot');
        replaceFileSync(this.disk, join(this.directory, snapshot), this.producers.encode());
        this.removeSnapshots(this.endOffset);
        this.recoveryPoint = this.endOffset;
        writeCheckpoint(this.disk, this.directory, {
          logStartOffset: this.startOffset,
          recoveryPoint: this.recoveryPoint,
          clean: { segment: last.baseOffset, bytes: last.size },
        });
      }
    } finally {
      for (const segment of this.segments) segment.closeFiles();
      const { durableWaiters } = this;
      this.durableWaiters = [];
      const error = new StackError('MILLRACE_DISK_FAILED', 'The log was closed.');
      for (const { reject } of durableWaiters) reject(error);
    }
  }

  // ---- appending

  /** Checks sequence and epoch of the producers; returns the batch that this one repeats, if it does. */
  private checkProducers(
    batches: Buffer,
    boundaries: readonly number[],
    origin: AppendOptions['origin'],
  ): ProducerBatch | undefined {
    for (const at of boundaries) {
      const producerId = batchProducerId(batches, at);
      if (producerId < 0) continue;
      // A client's batches of an idempotent producer come one by one, so the first one decides.
      if (origin === 'client') return this.producers.check(producerAppend(batches, at));
      if (isEndMarker(batches, at)) {
        const epoch = batchProducerEpoch(batches, at);
        this.producers.checkMarker(producerId, epoch, markerCoordinatorEpoch(batches, at));
      }
    }
    return undefined;
  }

  private write(batches: Buffer, boundaries: readonly number[], endOffset: number, now: number): void {
    try {
      const segment = this.segmentFor(batches.length, endOffset, now);
      segment.append(batches, boundaries, this.config.indexIntervalBytes);
    } catch (error) {
      throw this.fail(error);
    }
  }

  /** The last segment, or a new one when that is full or old. */
  private segmentFor(bytes: number, endOffset: number, now: number): Segment {
    const last = this.segments.at(-1);
    if (last === undefined) {
      this.disk.makeDirectorySync(this.directory);
      this.disk.syncDirectorySync(dirname(this.directory));
    }
    const keep =
      last !== undefined &&
      (last.size === 0 ||
        (last.size + bytes <= this.config.segmentBytes && now - last.createdMs < this.config.segmentMs)) &&
      endOffset - last.baseOffset <= relativeOffsetMax;
    if (keep) return last;
    if (last !== undefined) this.seal(last);
    const { disk, directory, open } = this;
    const segment = new Segment({ disk, directory, open, baseOffset: this.endOffset, size: 0, createdMs: now });
    segment.restartIndexes(); // a loss of power may have taken the log file of that name and left its indexes
    this.segments.push(segment);
    this.newFile = true;
    this.view.segmentAdded();
    return segment;
  }

  /**
   * Completes a segment before a new one begins. Its sync, and the new recovery point that may follow only then, happen in the background.
   */
  private seal(segment: Segment): void {
    segment.seal();
    const end = this.endOffset;
    const snapshot = this.producers.encode();
    this.sealing = this.sealing.then(async () => {
      try {
        if (this.mayWrite()) await segment.syncAll();
        const path = join(this.directory, segmentFileName(end, 'snapshot'));
        if (!this.mayWrite() || !(await replaceFile(this.disk, path, snapshot, () => this.mayWrite()))) return;
        this.recoveryPoint = Math.max(this.recoveryPoint, end);
        this.removeSnapshots(end);
        this.writeCheckpoint();
      } catch (error) {
        if (this.mayWrite()) this.fail(error);
      }
    });
  }

  private mayWrite(): boolean {
    return !this.closed && this.failure === undefined;
  }

  private writeCheckpoint(): void {
    writeCheckpoint(this.disk, this.directory, { logStartOffset: this.startOffset, recoveryPoint: this.recoveryPoint });
  }

  /** Removes the snapshots that nobody needs once there is one at `offset`. */
  private removeSnapshots(offset: number): void {
    const newest = this.segments.findLast(({ baseOffset }) => baseOffset <= this.recoveryPoint)?.baseOffset;
    for (const name of this.disk.listSync(this.directory)) {
      const other = Number.parseInt(name, 10);
      if (name.endsWith('.snapshot') && other !== newest && other < offset)
        this.disk.removeSync(join(this.directory, name));
    }
  }

  private track(buffer: Buffer, at: number, segment: Segment | undefined): void {
    try {
      trackBatch(this.producers, buffer, at, segment);
    } catch (error) {
      throw this.fail(error);
    }
  }

  // ---- moving the ends

  private moveStart(offset: number): void {
    if (this.failure !== undefined) throw this.failure;
    this.startOffset = Math.max(this.startOffset, offset);
    if (this.segments.length === 0) return;
    try {
      // The new start is durable before any file goes: a crash between leaves files that the next start ignores.
      this.writeCheckpoint();
      const kept = this.segments.findIndex(
        (_, i) => i === this.segments.length - 1 || this.endOf(i) > this.startOffset,
      );
      if (kept > 0) {
        this.view.changingSegments(() => {
          for (const segment of this.segments.slice(0, kept)) segment.remove();
          this.segments = this.segments.slice(kept);
        });
      }
    } catch (error) {
      throw this.fail(error);
    }
    this.publish();
  }

  private publish(): void {
    this.view.set('logStartOffset', this.startOffset);
    this.view.set('lastStableOffset', this.lastStableOffset);
    this.view.set('highWatermark', this.highWatermark);
    this.onMoved();
  }

  private fail(error: unknown): StackError {
    if (this.failure !== undefined) return this.failure;
    const code = (error as NodeJS.ErrnoException).code;
    const full = code === 'ENOSPC' || code === 'EDQUOT';
    this.failure = new StackError(
      full ? 'MILLRACE_DISK_FULL' : 'MILLRACE_DISK_FAILED',
      `The log ${this.directory} cannot be written: ${messageOf(error)}. Nothing more is acknowledged on it until a restart.`,
      { cause: error },
    );
    this.logger.error(this.failure.message, { directory: this.directory });
    const { durableWaiters } = this;
    this.durableWaiters = [];
    for (const { reject } of durableWaiters) reject(this.failure);
    return this.failure;
  }

  // ---- finding

  /** Index of the segment that holds `offset`, or of the first one behind it. */
  private segmentIndex(offset: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.segments[middle]?.baseOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** The offset behind segment `i`. */
  private endOf(i: number): number {
    return this.segments[i + 1]?.baseOffset ?? this.endOffset;
  }

  /** The first batch of a segment whose last offset is not before `offset`. */
  private findBatch(
    segment: Segment,
    offset: number,
  ): { readonly position: number; readonly size: number } | undefined {
    const header = Buffer.allocUnsafe(batchHeaderBytes);
    for (let position = offset <= segment.baseOffset ? 0 : segment.positionBefore(offset); position < segment.size; ) {
      if (segment.readSync(header, 0, batchHeaderBytes, position) < batchHeaderBytes) return undefined;
      const size = batchSize(header);
      if (batchLastOffset(header) >= offset) return { position, size };
      position += size;
    }
    return undefined;
  }

  // ---- compaction

  /** What a compaction would look at: sealed, synced, stable segments that are old enough. Those before `from` were seen already. */
  private compactable(): { readonly segments: Segment[]; readonly end: number; readonly from: number } {
    const now = this.clock.now();
    const limit = Math.min(this.recoveryPoint, this.lastStableOffset);
    const tooYoung = (segment: Segment): boolean =>
      this.config.minCompactionLagMs > 0 && segment.maxTimestamp > now - this.config.minCompactionLagMs;
    let count = 0;
    while (count < this.segments.length - 1) {
      const segment = this.segments[count];
      if (segment === undefined || this.endOf(count) > limit || tooYoung(segment)) break;
      count++;
    }
    const segments = this.segments.slice(0, count);
    const end = count === 0 ? this.startOffset : this.endOf(count - 1);
    return { segments, end, from: Math.min(Math.max(this.cleanedTo, this.startOffset), end) };
  }

  /** Is it time for a compaction: is enough of the log new (`min.cleanable.dirty.ratio`), or old enough (`max.compaction.lag.ms`)? */
  get needsCompaction(): boolean {
    if (!this.config.cleanupCompact || this.compacting !== undefined || !this.mayWrite()) return false;
    const { segments, from } = this.compactable();
    const dirty = segments.filter((_, i) => this.endOf(i) > from);
    if (dirty.length === 0) return false;
    const bytes = (list: readonly Segment[]): number => list.reduce((sum, { size }) => sum + size, 0);
    const { maxCompactionLagMs = Infinity } = this.config;
    const due = dirty.some(({ createdMs }) => this.clock.now() - createdMs > maxCompactionLagMs);
    return due || bytes(dirty) >= this.config.minCleanableDirtyRatio * bytes(segments);
  }

  /**
   * Keeps of all records with one key the last one (`cleanup.policy=compact`). Works in short steps beside appends and reads; a call
   * while one runs joins it. Resolves with what was done, undefined when there was nothing to do or the log was closed meanwhile.
   */
  compact(options: { readonly memoryBytes?: number } = {}): Promise<CompactionStats | undefined> {
    this.compacting ??= this.runCompaction(options.memoryBytes ?? compactionMemoryBytes).finally(() => {
      this.compacting = undefined;
    });
    return this.compacting;
  }

  private async runCompaction(memoryBytes: number): Promise<CompactionStats | undefined> {
    await this.sealing;
    const { segments, end, from } = this.compactable();
    const first = segments[0];
    if (first === undefined || !this.mayWrite()) return undefined;
    const proceed = (): void => {
      if (!this.mayWrite() || segments.some(({ removed }) => removed)) throw new Interrupted();
    };
    const compaction = new Compaction({
      aborted: this.abortedBetween(first.baseOffset, this.endOffset),
      lastOffsetOf: (producerId) => this.producers.entries.get(producerId)?.batches.at(-1)?.lastOffset,
      now: this.clock.now(),
      deleteRetentionMs: this.config.deleteRetentionMs,
      memoryBytes,
      pause: async () => {
        await new Promise<void>((resolve) => this.clock.defer(resolve));
        proceed();
      },
    });
    try {
      const dirty = segments.filter((_, i) => this.endOf(i) > from);
      const mappedTo = await compaction.noteKeys(dirty, from, end);
      compaction.begin();
      for (const group of this.groups(segments, mappedTo))
        await this.compactGroup(compaction, group, segments, proceed);
      this.cleanedTo = mappedTo;
      writeCleanedOffset(this.disk, this.directory, mappedTo);
      return compaction.stats;
    } catch (error) {
      if (error instanceof Interrupted) return undefined;
      this.logger.error('a compaction failed', { directory: this.directory, error: messageOf(error) });
      throw error;
    }
  }

  /** Neighbours that fit into one segment together. */
  private groups(segments: readonly Segment[], below: number): Segment[][] {
    const groups: Segment[][] = [];
    let bytes = 0;
    for (const [i, segment] of segments.entries()) {
      if (segment.baseOffset >= below) break;
      const group = groups.at(-1);
      const base = group?.[0]?.baseOffset ?? 0;
      bytes += segment.size;
      if (group !== undefined && bytes <= this.config.segmentBytes && this.endOf(i) - base <= relativeOffsetMax) {
        group.push(segment);
      } else {
        groups.push([segment]);
        bytes = segment.size;
      }
    }
    return groups;
  }

  private async compactGroup(
    compaction: Compaction,
    group: Segment[],
    all: Segment[],
    proceed: () => void,
  ): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { disk, directory, open } = this;
    const { baseOffset, createdMs } = first;
    const target = new Segment({ disk, directory, open, baseOffset, size: 0, createdMs, suffix: cleanedSuffix });
    target.remove(); // what a failed attempt may have left
    target.removed = false;
    compaction.changed = group.length > 1;
    try {
      for (const segment of group) await compaction.copy(segment, target, this.config.indexIntervalBytes);
      if (!compaction.changed) return target.remove();
      target.append(Buffer.alloc(0), [], 0); // there is a file even if nothing stays
      target.seal();
      await target.syncAll();
      proceed();
    } catch (error) {
      if (this.mayWrite()) target.remove();
      else target.closeFiles();
      throw error;
    }
    const from = this.segments.indexOf(first);
    const end = this.endOf(from + group.length - 1);
    const compacted = new Segment({ disk, directory, open, baseOffset, size: target.size, createdMs });
    try {
      this.view.changingSegments(() => {
        swapSegments(disk, directory, group, target, end);
        compacted.openIndexes();
        this.segments.splice(from, group.length, compacted);
        all.splice(all.indexOf(first), group.length, compacted);
      });
    } catch (error) {
      throw this.fail(error);
    }
    this.publish();
  }

  // ---- recovery

  private recover(): void {
    const { disk, directory, logger, open, producers } = this;
    const recovered = recoverLog({
      disk,
      directory,
      logger,
      open,
      producers,
      indexIntervalBytes: this.config.indexIntervalBytes,
      now: this.clock.now(),
    });
    this.segments = recovered.segments;
    this.startOffset = recovered.startOffset;
    this.endOffset = recovered.endOffset;
    this.recoveryPoint = recovered.recoveryPoint;
    this.durableOffset = recovered.endOffset;
    this.stableOffset = producers.firstOpenOffset() ?? this.endOffset;
    const cleanedTo = readCleanedOffset(disk, directory);
    this.cleanedTo = cleanedTo <= this.endOffset ? cleanedTo : 0;
  }
}

/** Ends a compaction whose log was closed, failed, or lost segments to retention. */
class Interrupted extends Error {}

/** Cuts batches at the first one that reaches `limit`; what is cut at the end of the buffer stays. */
function cutAt(buffer: Buffer, limit: number): Buffer {
  let at = 0;
  while (buffer.length - at >= batchHeaderBytes) {
    if (batchBaseOffset(buffer, at) >= limit) return buffer.subarray(0, at);
    at += batchSize(buffer, at);
  }
  // A header that is cut may belong to a batch past the limit: leave it out.
  return at < buffer.length ? buffer.subarray(0, at) : buffer;
}
