/**
 * The log of one partition. The broker's thread is its only writer; the layout and the rules of recovery stand in
 * docs/internals/disk-format.md. A log without a record has no files.
 */
import { dirname, join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { readFileSync, replaceFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { kafkaError } from '../wire/error-codes.ts';
import {
  batchBaseOffset,
  batchBaseSequence,
  batchControlType,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSize,
  controlTypes,
  rawRecords,
  setBatchAppendTime,
  setBatchBaseOffset,
  setBatchLeaderEpoch,
  verifyBatch,
} from '../wire/record-batch.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { LogConfig } from './log-config.ts';
import { LogView } from './log-view.ts';
import { ProducerState } from './producer-state.ts';
import type { AbortedTransaction, ProducerAppend } from './producer-state.ts';
import { Segment, segmentFileName } from './segment.ts';

export interface PartitionLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The partition's folder; made with the first record. */
  readonly directory: string;
  readonly config: LogConfig;
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

/** Bytes that a scan holds at once, at least one batch. */
const scanChunkBytes = 1 << 20;
const relativeOffsetMax = 2 ** 31 - 1;

export class PartitionLog {
  readonly view: LogView = new LogView();
  readonly producers: ProducerState = new ProducerState();
  readonly directory: string;
  config: LogConfig;
  private readonly disk: Disk;
  private readonly clock: Clock;
  private readonly logger: Logger;
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
  private onMoved: () => void = () => {};

  private constructor(options: PartitionLogOptions) {
    this.disk = options.disk;
    this.clock = options.clock;
    this.logger = options.logger;
    this.directory = options.directory;
    this.config = options.config;
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
    const boundaries = this.validate(batches, origin, now);
    const first = boundaries[0];
    if (first === undefined) throw kafkaError('INVALID_RECORD', 'There is no record batch in the request.');
    const duplicate = boundaries.length === 1 && origin === 'client' ? this.findDuplicate(batches, first) : undefined;
    if (duplicate !== undefined) {
      return {
        baseOffset: duplicate.baseOffset,
        lastOffset: duplicate.lastOffset,
        logAppendTime: -1,
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
    try {
      for (const segment of this.segments) if (this.endOf(segment) > this.durableOffset) await segment.sync();
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
    const limit = this.limitOf(options.isolation);
    if (offset < this.startOffset || offset > this.endOffset) {
      throw kafkaError(
        'OFFSET_OUT_OF_RANGE',
        `Offset ${offset} is outside of the log, which has ${this.startOffset} to ${this.endOffset}.`,
      );
    }
    const records = offset >= limit ? Buffer.alloc(0) : this.readBatches(offset, limit, maxBytes, options.minOneBatch);
    const upper = records.length === 0 ? offset : this.endOfBatches(records, offset);
    return {
      records,
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.startOffset,
      abortedTransactions: options.isolation === 'read_committed' ? this.abortedBetween(offset, upper) : [],
    };
  }

  private limitOf(isolation: Isolation): number {
    if (isolation === 'log-end') return this.endOffset;
    return isolation === 'read_committed' ? this.lastStableOffset : this.highWatermark;
  }

  private readBatches(offset: number, limit: number, maxBytes: number, minOneBatch: boolean): Buffer {
    for (let i = this.segmentIndex(offset); i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (segment === undefined || segment.baseOffset >= limit) break;
      const start = this.findBatch(segment, offset);
      if (start === undefined) continue; // compaction may have left nothing from here to the end of the segment
      const length = minOneBatch ? Math.max(maxBytes, start.size) : maxBytes;
      const available = Math.min(length, segment.size - start.position);
      const buffer = Buffer.allocUnsafe(available);
      const read = segment.readSync(buffer, 0, available, start.position);
      return cutAt(buffer.subarray(0, read), limit);
    }
    return Buffer.alloc(0);
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
      for (const { buffer, at } of this.batches(segment, segment.positionBeforeTimestamp(timestamp))) {
        if (batchMaxTimestamp(buffer, at) < timestamp || batchIsControl(buffer, at)) continue;
        const base = { offset: batchBaseOffset(buffer, at), timestamp: Number(buffer.readBigInt64BE(at + 27)) };
        for (const record of rawRecords(buffer, at)) {
          const offset = base.offset + record.offsetDelta;
          const time = base.timestamp + record.timestampDelta;
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
      if (this.endOf(segment) > this.highWatermark) break;
      start = this.endOf(segment);
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
    try {
      if (this.failure !== undefined) throw this.failure;
      const last = this.segments.at(-1);
      if (last !== undefined) {
        last.seal();
        for (const segment of this.segments) segment.syncSync();
        this.writeSnapshot(this.endOffset);
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

  /** Checks the batches of an append and returns where each begins. */
  private validate(batches: Buffer, origin: AppendOptions['origin'], now: number): number[] {
    const boundaries: number[] = [];
    for (let at = 0; at < batches.length; ) {
      let size: number;
      try {
        size = verifyBatch(batches, at);
      } catch (error) {
        throw kafkaError('CORRUPT_MESSAGE', messageOf(error));
      }
      if (size > this.config.maxMessageBytes && origin === 'client') {
        throw kafkaError(
          'MESSAGE_TOO_LARGE',
          `The record batch size is ${size} bytes, which exceeds the maximum configured value of ${this.config.maxMessageBytes}.`,
        );
      }
      if (origin === 'client') this.validateClientBatch(batches, at, now);
      boundaries.push(at);
      at += size;
    }
    return boundaries;
  }

  private validateClientBatch(batches: Buffer, at: number, now: number): void {
    if (batchIsControl(batches, at))
      throw kafkaError('INVALID_RECORD', 'Clients are not allowed to write control records.');
    if (
      batchRecordCount(batches, at) === 0 ||
      batchLastOffsetDelta(batches, at) !== batchRecordCount(batches, at) - 1
    ) {
      throw kafkaError('INVALID_RECORD', 'The count of a record batch does not agree with its last offset.');
    }
    if (this.config.timestampType === 'create') {
      const newest = batchMaxTimestamp(batches, at);
      if (
        newest > now + this.config.timestampAfterMaxMs ||
        (newest >= 0 && newest < now - this.config.timestampBeforeMaxMs)
      ) {
        throw kafkaError('INVALID_TIMESTAMP', `Timestamp ${newest} is out of the range that the topic allows.`);
      }
    }
    if (this.config.cleanupCompact && rawRecordsOrRefuse(batches, at).some(({ key }) => key === null)) {
      throw kafkaError('INVALID_RECORD', 'Compacted topic cannot accept message without key.');
    }
  }

  private findDuplicate(batches: Buffer, at: number): { baseOffset: number; lastOffset: number } | undefined {
    return batchProducerId(batches, at) < 0 ? undefined : this.producers.check(producerAppend(batches, at));
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
    const segment = new Segment(this.disk, this.directory, this.endOffset, 0, now);
    segment.restartIndexes(); // a loss of power may have taken the log file of that name and left its indexes
    this.segments.push(segment);
    this.newFile = true;
    this.listChanged();
    return segment;
  }

  /** Before a new segment: what lies behind must be durable before the recovery point may pass it. */
  private seal(segment: Segment): void {
    segment.seal();
    segment.syncSync();
    this.writeSnapshot(this.endOffset);
    this.durableOffset = Math.max(this.durableOffset, this.endOffset);
    this.recoveryPoint = this.endOffset;
    writeCheckpoint(this.disk, this.directory, { logStartOffset: this.startOffset, recoveryPoint: this.recoveryPoint });
  }

  /** Takes a batch that lies in the log into the state of the producers, and an aborted transaction into the index of `segment`. */
  private track(buffer: Buffer, at: number, segment: Segment | undefined): void {
    const producerId = batchProducerId(buffer, at);
    if (producerId < 0) return;
    if (!batchIsControl(buffer, at)) {
      this.producers.append(producerAppend(buffer, at), batchBaseOffset(buffer, at));
      return;
    }
    const type = batchControlType(buffer, at);
    if (type !== controlTypes.commit && type !== controlTypes.abort) return;
    const markerOffset = batchBaseOffset(buffer, at);
    const coordinatorEpoch = rawRecords(buffer, at)[0]?.value?.readInt32BE(2) ?? -1;
    const firstOffset = this.producers.endTransaction(
      producerId,
      batchProducerEpoch(buffer, at),
      coordinatorEpoch,
      batchMaxTimestamp(buffer, at),
    );
    if (type === controlTypes.abort && firstOffset >= 0) {
      const lastStableOffset = this.producers.firstOpenOffset() ?? markerOffset + 1;
      segment?.addAborted({ producerId, firstOffset, lastOffset: markerOffset, lastStableOffset });
    }
  }

  private writeSnapshot(offset: number): void {
    replaceFileSync(this.disk, join(this.directory, segmentFileName(offset, 'snapshot')), this.producers.encode());
    const keep = new Set([offset, this.segments.at(-1)?.baseOffset]);
    for (const name of this.disk.listSync(this.directory)) {
      if (name.endsWith('.snapshot') && !keep.has(Number.parseInt(name, 10)))
        this.disk.removeSync(join(this.directory, name));
    }
  }

  // ---- moving the ends

  private moveStart(offset: number): void {
    this.startOffset = Math.max(this.startOffset, offset);
    if (this.segments.length === 0) return;
    // The new start is durable before any file goes: a crash between leaves files that the next start ignores.
    writeCheckpoint(this.disk, this.directory, {
      logStartOffset: this.startOffset,
      recoveryPoint: Math.max(this.recoveryPoint, 0),
    });
    const gone = this.segments.filter(
      (segment, i) => i < this.segments.length - 1 && this.endOf(segment) <= this.startOffset,
    );
    for (const segment of gone) segment.remove();
    if (gone.length > 0) {
      this.segments = this.segments.slice(gone.length);
      this.listChanged();
    }
    this.publish();
  }

  private publish(): void {
    this.view.set('logStartOffset', this.startOffset);
    this.view.set('lastStableOffset', this.lastStableOffset);
    this.view.set('highWatermark', this.highWatermark);
    this.onMoved();
  }

  private listChanged(): void {
    this.view.set('epoch', this.view.get('epoch') + 1);
  }

  private fail(error: unknown): StackError {
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

  private endOf(segment: Segment): number {
    const next = this.segments[this.segments.indexOf(segment) + 1];
    return next?.baseOffset ?? this.endOffset;
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

  /** The batches of a segment from a position on, each whole in a buffer. */
  private *batches(
    segment: Segment,
    from: number,
  ): Generator<{ readonly buffer: Buffer; readonly at: number; readonly position: number }> {
    let chunk: Buffer = Buffer.alloc(0);
    let chunkPosition = from;
    for (let position = from; position < segment.size; ) {
      let at = position - chunkPosition;
      const size = chunk.length - at >= batchHeaderBytes ? batchSize(chunk, at) : undefined;
      if (size === undefined || at + size > chunk.length) {
        const wanted = Math.min(Math.max(scanChunkBytes, size ?? 0), segment.size - position);
        chunk = Buffer.allocUnsafe(wanted);
        chunk = chunk.subarray(0, segment.readSync(chunk, 0, wanted, position));
        chunkPosition = position;
        at = 0;
        if (chunk.length < batchHeaderBytes) return;
        const whole = batchSize(chunk, 0);
        if (whole < batchHeaderBytes || whole > segment.size - position) return;
        if (whole > chunk.length) {
          chunk = Buffer.allocUnsafe(whole);
          if (segment.readSync(chunk, 0, whole, position) < whole) return;
        }
      }
      yield { buffer: chunk, at, position };
      position += batchSize(chunk, at);
    }
  }

  // ---- recovery

  private recover(): void {
    const checkpoint = readCheckpoint(this.disk, this.directory);
    const names = this.disk.listSync(this.directory);
    for (const name of names) if (name.endsWith('.tmp')) this.disk.removeSync(join(this.directory, name));
    const bases = names
      .filter((name) => name.endsWith('.log'))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    this.startOffset = checkpoint.logStartOffset;
    this.recoveryPoint = checkpoint.recoveryPoint;
    this.endOffset = Math.max(this.startOffset, bases[0] ?? this.startOffset);
    this.segments = bases.map(
      (base) => new Segment(this.disk, this.directory, base, this.fileSize(base), this.clock.now()),
    );
    const last = this.segments.at(-1);
    const clean =
      last !== undefined && checkpoint.clean?.segment === last.baseOffset && checkpoint.clean.bytes === last.size;
    if (clean) {
      for (const segment of this.segments) segment.openIndexes();
      this.endOffset = Math.max(this.recoveryPoint, this.startOffset);
      this.durableOffset = this.endOffset;
      if (!this.loadSnapshot(this.endOffset)) this.replayProducers();
    } else this.scan();
    while (this.segments.length > 1 && (this.segments[1]?.baseOffset ?? 0) <= this.startOffset)
      this.segments.shift()?.remove();
    this.endOffset = Math.max(this.endOffset, this.startOffset);
    this.stableOffset = this.producers.firstOpenOffset() ?? this.endOffset;
    if (!clean && last !== undefined) {
      // What was found is the log from now on, and nothing of it may be lost by the next crash: readers will have seen it.
      for (const segment of this.segments) segment.syncSync();
      this.durableOffset = this.endOffset;
      this.disk.syncDirectorySync(this.directory);
    }
  }

  private fileSize(baseOffset: number): number {
    const file = this.disk.openSync(join(this.directory, segmentFileName(baseOffset, 'log')), { readOnly: true });
    try {
      return file.size();
    } finally {
      file.close();
    }
  }

  /** Reads what may have been cut by a crash, ends the log at the first batch that is not whole, and makes the indexes anew. */
  private scan(): void {
    const snapshotOffset = this.newestSnapshot();
    let torn = false;
    for (const [i, segment] of this.segments.entries()) {
      if (torn) {
        segment.remove();
        continue;
      }
      const next = this.segments[i + 1]?.baseOffset;
      if (next !== undefined && next <= snapshotOffset) {
        segment.openIndexes();
        this.endOffset = next;
        continue;
      }
      torn = this.scanSegment(segment) && next !== undefined;
    }
    this.segments = this.segments.filter((segment) => this.disk.existsSync(segment.path('log')));
  }

  /** Returns whether the segment had to be cut. */
  private scanSegment(segment: Segment): boolean {
    const { size } = segment;
    segment.restartIndexes();
    let end = 0;
    let offset = segment.baseOffset;
    for (const { buffer, at, position } of this.batches(segment, 0)) {
      try {
        verifyBatch(buffer.subarray(0, at + batchSize(buffer, at)), at);
      } catch {
        break;
      }
      if (batchBaseOffset(buffer, at) < offset) break;
      segment.index(buffer, at, position, this.config.indexIntervalBytes);
      offset = batchLastOffset(buffer, at) + 1;
      this.endOffset = offset;
      this.track(buffer, at, segment);
      end = position + batchSize(buffer, at);
    }
    this.endOffset = Math.max(this.endOffset, offset);
    if (end === size) return false;
    if (this.endOffset < this.recoveryPoint) {
      throw new StackError(
        'MILLRACE_LOG_CORRUPT',
        `${segment.path('log')} is damaged at byte ${end} (offset ${this.endOffset}), though it was synced up to offset ${this.recoveryPoint}. No crash does that; restore the file from a copy.`,
        { details: { path: segment.path('log'), position: end, offset: this.endOffset } },
      );
    }
    this.logger.warn('cut a torn tail', { path: segment.path('log'), bytes: size - end, offset: this.endOffset });
    segment.truncate(end);
    return true;
  }

  /**
   * Loads the newest whole snapshot that stands at the beginning of a segment, and returns its offset; 0 when there is none. One in the
   * middle of a segment would not do: that segment's transaction index is made anew from the segment's first batch on.
   */
  private newestSnapshot(): number {
    const bases = this.segments.map(({ baseOffset }) => baseOffset).filter((base) => base <= this.recoveryPoint);
    return bases.reverse().find((base) => this.loadSnapshot(base)) ?? 0;
  }

  private loadSnapshot(offset: number): boolean {
    const path = join(this.directory, segmentFileName(offset, 'snapshot'));
    return this.disk.existsSync(path) && this.producers.load(readFileSync(this.disk, path));
  }

  /** Computes the producers' state from the whole log; the transaction indexes are right already. */
  private replayProducers(): void {
    this.producers.clear();
    for (const segment of this.segments) {
      for (const { buffer, at } of this.batches(segment, 0)) this.track(buffer, at, undefined);
    }
  }
}

function producerAppend(buffer: Buffer, at: number): ProducerAppend {
  return {
    producerId: batchProducerId(buffer, at),
    epoch: batchProducerEpoch(buffer, at),
    baseSequence: batchBaseSequence(buffer, at),
    lastOffsetDelta: batchLastOffsetDelta(buffer, at),
    timestamp: batchMaxTimestamp(buffer, at),
    transactional: batchIsTransactional(buffer, at),
  };
}

function rawRecordsOrRefuse(buffer: Buffer, at: number): ReturnType<typeof rawRecords> {
  try {
    return rawRecords(buffer, at);
  } catch (error) {
    throw kafkaError('CORRUPT_MESSAGE', messageOf(error));
  }
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
