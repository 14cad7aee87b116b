/**
 * The log of one partition. The broker's thread is its only writer; the layout and the rules of recovery stand in
 * docs/internals/disk-format.md. A log without a record has no files.
 *
 * A write that fails is refused and leaves the log as it was: later appends work once there is room again. A sync that fails, or a
 * replacement of files that stops half way, ends the log until a restart, because what is in the files is not known any more.
 */
import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { kafkaError } from '../wire/error-codes.ts';
import {
  batchBaseOffset,
  batchHeaderBytes,
  batchLastOffset,
  batchLastOffsetDelta,
  batchProducerEpoch,
  batchProducerId,
  batchSize,
  setBatchAppendTime,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
} from '../wire/record-batch.ts';
import { checkBatches } from './batch-checks.ts';
import { encodeCheckpoint, replaceFile, stageFile, writeCheckpoint } from './checkpoint.ts';
import type { CompactionStats } from './compaction.ts';
import { LogCleaner } from './log-cleaner.ts';
import type { LogConfig } from './log-config.ts';
import { recoverLog } from './log-recovery.ts';
import { LogSync } from './log-sync.ts';
import { LogView } from './log-view.ts';
import { OpenSegments } from './open-segments.ts';
import { ProducerState } from './producer-state.ts';
import type { AbortedTransaction, ProducerBatch } from './producer-state.ts';
import { isEndMarker, markerCoordinatorEpoch, producerAppend, trackBatch } from './producer-tracking.ts';
import { SegmentList } from './segment-list.ts';
import type { EpochEnd, TimedOffset } from './segment-list.ts';
import { Segment, relativeOffsetMax, segmentFileName } from './segment.ts';

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
  /** Whole batches, but for the last one, never the first, if it was cut at `maxBytes`; the first may begin before the offset asked for. */
  readonly records: Buffer;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** Only for read_committed. */
  readonly abortedTransactions: readonly AbortedTransaction[];
}

export interface ReadOptions {
  readonly isolation: Isolation;
  /** The first batch comes whole even if it is larger than the bytes asked for. */
  readonly minOneBatch: boolean;
  /** Gives the memory that the batches are read to; fresh memory by default. */
  readonly memory?: { allocate(bytes: number): Buffer };
}

export class PartitionLog {
  readonly view: LogView = new LogView();
  readonly producers: ProducerState = new ProducerState();
  readonly directory: string;
  private readonly disk: Disk;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly open: OpenSegments;
  private readonly list: SegmentList;
  private readonly sync: LogSync;
  private readonly cleaner: LogCleaner;
  private currentConfig: LogConfig;
  private startOffset = 0;
  private stableOffset = 0;
  private recoveryPoint = 0;
  /** Readers saw everything below, though it may not be on the disk: the policy was `page-cache` then. */
  private seenOffset = 0;
  /** What ended the log before its time. */
  private failure: StackError | undefined;
  /** Between the two the orderly end is under way, and nothing else may change the log. */
  private phase: 'open' | 'closing' | 'closed' = 'open';
  private closing: Promise<void> | undefined;
  /** The folder's own name is not yet sure to be on the disk. */
  private newDirectory = false;
  /** Where the log ended at its last orderly end, as long as the checkpoint on the disk says so. */
  private orderlyEnd: number | undefined;
  /** Syncs of sealed segments, one after the other. */
  private sealing: Promise<void> = Promise.resolve();
  private onMoved: () => void = () => {};

  private constructor(options: PartitionLogOptions) {
    const { disk, clock, logger, directory, config } = options;
    this.disk = disk;
    this.clock = clock;
    this.logger = logger;
    this.directory = directory;
    this.currentConfig = config;
    this.open = options.open ?? new OpenSegments();
    this.list = new SegmentList(this.view);
    if (disk.existsSync(directory)) this.recover();
    this.sync = new LogSync(
      {
        clock,
        list: this.list,
        config: () => this.currentConfig,
        syncDirectory: () => this.syncNames(),
        onDurable: () => this.publish(),
        fail: (error) => this.fail(error),
      },
      this.list.endOffset,
    );
    this.cleaner = new LogCleaner({
      disk,
      clock,
      logger,
      directory,
      open: this.open,
      list: this.list,
      producers: this.producers,
      config: () => this.currentConfig,
      compactableEnd: () => Math.min(this.recoveryPoint, this.lastStableOffset),
      logStartOffset: () => this.startOffset,
      mayWrite: () => this.mayWrite,
      fail: (error) => this.fail(error),
    });
    this.publish();
  }

  /**
   * Opens a log and recovers it if the last end was not orderly.
   * @throws StackError MILLRACE_LOG_CORRUPT, MILLRACE_DATA_DIR_NEWER
   */
  static open(options: PartitionLogOptions): PartitionLog {
    return new PartitionLog(options);
  }

  get config(): LogConfig {
    return this.currentConfig;
  }
  set config(config: LogConfig) {
    this.seenOffset = this.highWatermark;
    this.currentConfig = config;
    this.publish();
  }

  get logStartOffset(): number {
    return this.startOffset;
  }
  /** The offset of the next record. */
  get logEndOffset(): number {
    return this.list.endOffset;
  }
  get highWatermark(): number {
    if (this.currentConfig.durability === 'page-cache') return this.list.endOffset;
    return Math.max(this.sync.durableOffset, this.seenOffset, this.startOffset);
  }
  get lastStableOffset(): number {
    return Math.min(this.stableOffset, this.highWatermark);
  }
  /** Bytes of all segments. */
  get size(): number {
    return this.list.size;
  }

  /** Calls `listener` whenever high watermark, last stable offset or log start moved. */
  whenMoved(listener: () => void): void {
    this.onMoved = listener;
  }

  // ---- appending

  /**
   * Appends whole batches and gives them their offsets, in place. Returns when they are written; {@link PartitionLog.whenDurable}
   * tells when they may be acknowledged.
   * @throws KafkaError for batches that are refused; nothing of them is written then
   * @throws StackError MILLRACE_DISK_FULL, MILLRACE_DISK_FAILED; nothing of a client's batches is in the log then, and a marker may be
   *   appended again
   */
  append(batches: Buffer, { origin, leaderEpoch }: AppendOptions): AppendResult {
    this.checkOpen();
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
    const baseOffset = this.list.endOffset;
    let offset = baseOffset;
    for (const at of boundaries) {
      setBatchBaseOffset(batches, at, offset);
      setBatchLeaderEpoch(batches, at, leaderEpoch);
      if (this.config.timestampType === 'append') setBatchAppendTime(batches, at, now);
      offset += batchLastOffsetDelta(batches, at) + 1;
    }
    try {
      const segment = this.segmentFor(batches.length, offset, now);
      segment.append(batches, boundaries, this.config.indexIntervalBytes);
      this.list.endOffset = offset;
      this.track(batches, boundaries, segment);
    } catch (error) {
      throw this.refuse(error);
    } finally {
      this.publish();
    }
    this.sync.appended(offset - baseOffset);
    return {
      baseOffset,
      lastOffset: offset - 1,
      logAppendTime: this.config.timestampType === 'append' ? now : -1,
      logStartOffset: this.startOffset,
      duplicate: false,
    };
  }

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

  /** Throws only when all batches were taken note of: an aborted transaction that is not in the index file yet is pending then. */
  private track(batches: Buffer, boundaries: readonly number[], segment: Segment): void {
    let failure: unknown;
    for (const at of boundaries) {
      try {
        trackBatch(this.producers, batches, at, segment);
      } catch (error) {
        failure ??= error;
      }
    }
    if (failure !== undefined) throw failure;
  }

  /** The last segment, or a new one when that is full or old. */
  private segmentFor(bytes: number, endOffset: number, now: number): Segment {
    const { last } = this.list;
    const { segmentBytes, segmentMs, cleanupCompact, maxCompactionLagMs = Infinity } = this.config;
    if (last === undefined) {
      this.disk.makeDirectorySync(this.directory);
      this.newDirectory = true;
    } else {
      const ageMsMax = cleanupCompact ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
      const fits = last.size + bytes <= segmentBytes && now - last.createdMs < ageMsMax;
      if ((last.size === 0 || fits) && endOffset - last.baseOffset <= relativeOffsetMax) return last;
      last.seal();
    }
    const { disk, directory, open } = this;
    const segment = new Segment({ disk, directory, open, baseOffset: this.list.endOffset, size: 0, createdMs: now });
    segment.create();
    this.sync.newFile = true;
    this.list.add(segment);
    if (last !== undefined) this.syncSealed(last);
    return segment;
  }

  /** Syncs a segment that is complete, and moves the recovery point behind it, in the background. */
  private syncSealed(segment: Segment): void {
    const end = this.list.endOffset;
    const snapshot = this.producers.encode();
    const path = join(this.directory, segmentFileName(end, 'snapshot'));
    this.sealing = this.sealing.then(async () => {
      try {
        if (this.mayWrite) await segment.syncAll();
        // Its name must be as sure as its content before a snapshot or checkpoint says that it was synced.
        if (this.mayWrite) this.syncNames();
      } catch (error) {
        // An orderly end that waits for this sync must not call the file synced: the disk tells of a failure only once.
        if (this.phase !== 'closed') this.fail(error);
      }
      try {
        if (!this.mayWrite || !(await replaceFile(this.disk, path, snapshot, () => this.mayWrite))) return;
        this.recoveryPoint = Math.max(this.recoveryPoint, end);
        this.removeSnapshots(end);
        this.writeCheckpoint();
      } catch (error) {
        // Without it a recovery has more to read, no more than that. The next segment moves the recovery point over this one as well.
        this.logger.warn('the recovery point could not be written', { path, error: messageOf(error) });
      }
    });
  }

  // ---- durability

  /** Resolves once everything below `offset` may be acknowledged: at once with the page cache, after a sync with fsync. */
  whenDurable(offset: number): Promise<void> {
    return this.config.durability === 'fsync' ? this.sync.whenDurable(offset) : Promise.resolve();
  }

  /** Makes everything written so far durable; calls that overlap share one sync. */
  flush(): Promise<void> {
    return this.sync.flush();
  }

  // ---- reading

  /**
   * Batches from `offset` on, up to the end that `isolation` may see.
   * @throws KafkaError OFFSET_OUT_OF_RANGE
   */
  read(offset: number, maxBytes: number, options: ReadOptions): ReadResult {
    const place = this.placeOf(offset, maxBytes, options);
    if (place === undefined) return this.result(offset, Buffer.alloc(0), options.isolation);
    const buffer = options.memory?.allocate(place.length) ?? Buffer.allocUnsafe(place.length);
    const read = place.segment.readSync(buffer, 0, place.length, place.position);
    return this.result(offset, cutAt(buffer.subarray(0, read), place.limit), options.isolation);
  }

  private result(offset: number, records: Buffer, isolation: Isolation): ReadResult {
    return {
      records,
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.startOffset,
      abortedTransactions:
        isolation === 'read_committed' ? this.list.abortedBetween(offset, endOfBatches(records, offset)) : [],
    };
  }

  private limitOf(isolation: Isolation): number {
    if (isolation === 'log-end') return this.list.endOffset;
    return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;
  }

  /** Where the batches for a read lie; undefined when there are none. */
  private placeOf(
    offset: number,
    maxBytes: number,
    { isolation, minOneBatch }: ReadOptions,
  ): { segment: Segment; position: number; length: number; limit: number } | undefined {
    const limit = this.limitOf(isolation);
    if (offset < this.startOffset || offset > this.list.endOffset) {
      throw kafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} is outside of the log, which has ${this.startOffset} to ${this.list.endOffset}.`,
      );
    }
    const found = offset < limit ? this.list.find(offset, limit) : undefined;
    if (found === undefined) return undefined;
    const { segment, position, size } = found;
    // A part of the first batch alone is of no use: the Java consumer gives up when it gets one.
    if (!minOneBatch && maxBytes < size) return undefined;
    const length = Math.min(Math.max(maxBytes, size), segment.size - position);
    return { segment, position, length, limit };
  }

  /** Aborted transactions that have records in [from, to), oldest first. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    return this.list.abortedBetween(from, to);
  }

  /** The first record at or after `timestamp` below `limit`; undefined when there is none. */
  offsetForTimestamp(timestamp: number, limit: number = this.highWatermark): TimedOffset | undefined {
    return this.list.offsetForTimestamp(timestamp, this.startOffset, limit);
  }

  /** Where the last leader epoch up to `epoch` ends that has batches (KIP-101). */
  endOfEpoch(epoch: number): EpochEnd {
    return this.list.endOfEpoch(epoch, this.startOffset);
  }

  /** The leader epoch of the batch that holds `offset`, or of the next one; undefined at the end. */
  epochOf(offset: number): number | undefined {
    return this.list.epochOf(offset);
  }

  /** The record with the largest timestamp (the first of them); undefined in an empty log. */
  maxTimestamp(): TimedOffset | undefined {
    const newest = this.list.maxTimestamp;
    return newest < 0 ? undefined : this.offsetForTimestamp(newest);
  }

  // ---- cleaning

  /**
   * What a log needs from time to time: retention, forgetting idle producers, and a compaction when enough is new. For the broker to call
   * on every log of a topic, whatever its policy, one log after the other: every `log.retention.check.interval.ms` at least, or as often as
   * Kafka's cleaner looks (15 s). A compaction works in short steps beside appends and reads; a call while one runs joins it. Resolves
   * with what was compacted, if anything was. Rejects with MILLRACE_DISK_FULL and the like; the log is as good as before then, so report
   * it and go on with the next log.
   */
  async clean(): Promise<CompactionStats | undefined> {
    if (!this.mayWrite) return undefined;
    this.producers.expire(this.clock.now() - this.config.producerIdExpirationMs);
    this.applyRetention();
    return this.cleaner.due ? this.compact() : undefined;
  }

  /** Compacts now what can be, whatever `min.cleanable.dirty.ratio` says. Undefined when there is nothing to do, or the log was closed. */
  async compact(options: { readonly memoryBytes?: number } = {}): Promise<CompactionStats | undefined> {
    await this.sealing;
    try {
      return await this.cleaner.compact(options.memoryBytes);
    } finally {
      if (this.mayWrite) this.publish(); // readers that met files being replaced come back
    }
  }

  /** Deletes whole segments that time or size let go of. Returns how many. */
  applyRetention(): number {
    if (!this.config.cleanupDelete) return 0;
    const now = this.clock.now();
    let start = this.startOffset;
    let count = 0;
    let { size } = this.list;
    for (const [i, segment] of this.list.all.entries()) {
      const newest = segment.maxTimestamp >= 0 ? segment.maxTimestamp : segment.createdMs;
      const tooOld = this.config.retentionMs >= 0 && now - newest > this.config.retentionMs;
      const tooLarge = this.config.retentionBytes >= 0 && size - segment.size >= this.config.retentionBytes;
      const last = segment === this.list.last;
      if (!(tooOld || tooLarge) || (last && (!tooOld || segment.size === 0))) break;
      if (this.list.endOf(i) > this.highWatermark) break;
      start = this.list.endOf(i);
      size -= segment.size;
      count++;
    }
    if (start > this.startOffset) this.moveStart(start);
    return count;
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
    if (target > this.startOffset) this.moveStart(target);
    return this.startOffset;
  }

  /** The new start is durable before any file goes: a crash between leaves files that the next start removes. */
  private moveStart(offset: number): void {
    this.checkOpen();
    if (this.list.last !== undefined) this.writeStart(offset);
    this.startOffset = offset;
    try {
      this.list.removeBefore(offset);
    } catch (error) {
      throw this.fail(error);
    }
    this.publish();
  }

  private writeStart(logStartOffset: number): void {
    const write = (): void => {
      if (this.newDirectory) this.syncNames();
      writeCheckpoint(this.disk, this.directory, { logStartOffset, recoveryPoint: this.recoveryPoint });
    };
    try {
      write();
    } catch (error) {
      if (codeOf(error) !== 'MILLRACE_DISK_FULL') throw this.refuse(error);
      // Deleting must work on a full disk: the indexes of what goes anyway make room for the checkpoint.
      try {
        for (const [i, segment] of this.list.all.entries()) {
          if (this.list.endOf(i) <= logStartOffset && segment !== this.list.last) segment.removeIndexes();
        }
        write();
      } catch (again) {
        throw this.refuse(again);
      }
    }
  }

  // ---- ending

  /**
   * Orderly end: everything is synced, and the next start trusts it. Rejects when a write or sync failed, now or before. From the call
   * on the log takes no change; a broker closes many logs at once, so that their syncs share what each costs the disk.
   */
  close(): Promise<void> {
    if (this.phase === 'closed') return Promise.resolve();
    if (this.closing === undefined) {
      this.phase = 'closing';
      this.closing = this.endInOrder().finally(() => this.letGo());
    }
    return this.closing;
  }

  /** The end of a log whose files will be removed: nothing is written or synced any more. */
  discard(): void {
    if (this.phase === 'open') this.letGo();
  }

  private letGo(): void {
    this.phase = 'closed';
    for (const segment of this.list.all) segment.closeFiles();
    this.sync.end(this.closedError());
  }

  private async endInOrder(): Promise<void> {
    // Syncs that are under way may fail, and only they are told.
    await Promise.all([this.sealing, this.sync.idle()]);
    this.checkFailure();
    const { list, disk, directory } = this;
    const { last, endOffset } = list;
    if (last === undefined || this.isOrderly) return;
    last.seal();
    const { logStartOffset } = this;
    const clean = { segment: last.baseOffset, bytes: last.size };
    const checkpoint = encodeCheckpoint({ logStartOffset, recoveryPoint: endOffset, clean });
    const [putSnapshot, putCheckpoint] = await Promise.all([
      stageFile(disk, join(directory, segmentFileName(endOffset, 'snapshot')), this.producers.encode()),
      stageFile(disk, join(directory, 'checkpoint'), checkpoint),
      ...list.all.map((segment) => segment.syncAll()),
    ]);
    // Their names as well, before a snapshot or checkpoint says that they were synced.
    await Promise.all([disk.syncDirectory(directory), this.newDirectory && disk.syncDirectory(dirname(directory))]);
    this.checkFailure();
    putSnapshot();
    putCheckpoint();
    this.removeSnapshots(endOffset);
    await disk.syncDirectory(directory);
  }

  private checkFailure(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  private checkOpen(): void {
    this.checkFailure();
    if (this.phase !== 'open') throw this.closedError();
  }

  private closedError(): StackError {
    return new StackError('MILLRACE_DISK_FAILED', `The log ${this.directory} was closed.`);
  }

  /** Is all as the last orderly end left it, and on the disk? Most logs of a broker that was up for an hour are. */
  private get isOrderly(): boolean {
    return this.orderlyEnd === this.list.endOffset && !this.list.all.some((segment) => segment.isUnsynced);
  }

  /** Makes sure that the names of the log's files are on the disk, and once that of their folder. */
  private syncNames(): void {
    this.disk.syncDirectorySync(this.directory);
    if (!this.newDirectory) return;
    this.disk.syncDirectorySync(dirname(this.directory));
    this.newDirectory = false;
  }

  private get mayWrite(): boolean {
    return this.phase === 'open' && this.failure === undefined;
  }

  private writeCheckpoint(): void {
    const { disk, directory, logStartOffset, recoveryPoint } = this;
    this.orderlyEnd = undefined;
    writeCheckpoint(disk, directory, { logStartOffset, recoveryPoint });
  }

  /** Removes the snapshots that nobody needs once there is one at `offset`. */
  private removeSnapshots(offset: number): void {
    const newest = this.list.all.findLast(({ baseOffset }) => baseOffset <= this.recoveryPoint)?.baseOffset;
    for (const name of this.disk.listSync(this.directory)) {
      const other = Number.parseInt(name, 10);
      if (name.endsWith('.snapshot') && other !== newest && other < offset)
        this.disk.removeSync(join(this.directory, name));
    }
  }

  private publish(): void {
    // Other threads must find a transaction's abort in the index before they may read over it.
    if (this.list.last?.abortedPending !== true)
      this.stableOffset = this.producers.firstOpenOffset() ?? this.list.endOffset;
    this.view.set('logStartOffset', this.startOffset);
    this.view.set('lastStableOffset', this.lastStableOffset);
    this.view.set('highWatermark', this.highWatermark);
    this.onMoved();
  }

  /** A change that was not made. */
  private refuse(error: unknown): StackError {
    return new StackError(
      codeOf(error),
      `The log ${this.directory} cannot be written: ${messageOf(error)}. What was to be written is refused; the log goes on when the disk does.`,
      { cause: error },
    );
  }

  /** The end of the log until a restart. */
  private fail(error: unknown): StackError {
    if (this.failure !== undefined) return this.failure;
    this.failure = new StackError(
      codeOf(error),
      `The log ${this.directory} cannot be written: ${messageOf(error)}. Nothing more is acknowledged on it until a restart.`,
      { cause: error },
    );
    this.logger.error(this.failure.message, { directory: this.directory });
    this.sync.end(this.failure);
    return this.failure;
  }

  // ---- beginning

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
    this.list.restore(recovered.segments, recovered.endOffset);
    this.startOffset = recovered.startOffset;
    this.recoveryPoint = recovered.recoveryPoint;
    if (recovered.clean) this.orderlyEnd = recovered.endOffset;
  }
}

function codeOf(error: unknown): 'MILLRACE_DISK_FULL' | 'MILLRACE_DISK_FAILED' {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'MILLRACE_DISK_FULL' : 'MILLRACE_DISK_FAILED';
}

function endOfBatches(records: Buffer, offset: number): number {
  let end = offset;
  for (let at = 0; records.length - at >= batchHeaderBytes; at += batchSize(records, at))
    end = batchLastOffset(records, at) + 1;
  return end;
}

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
