/**
 * One segment of a log: a file of record batches, with its offset, time and transaction indexes (docs/internals/disk-format.md).
 * Files are opened and indexes read when they are needed, and let go when {@link OpenSegments} needs the room.
 */
import { join } from 'node:path';
import { assert } from '../core/assert.ts';
import type { Disk, DiskFile } from '../core/disk.ts';
import { readFileSync } from '../core/disk.ts';
import { batchLastOffset, batchMaxTimestamp, batchSize } from '../wire/record-batch.ts';
import { IndexEntries } from './index-entries.ts';
import type { OpenSegments } from './open-segments.ts';
import type { AbortedTransaction } from './producer-state.ts';

export const segmentFileKinds = ['log', 'index', 'timeindex', 'txnindex'] as const;
export type SegmentFileKind = (typeof segmentFileKinds)[number];

/** Indexes hold relative offsets of 32 bits. */
export const relativeOffsetMax: number = 2 ** 31 - 1;
const offsetEntryBytes = 8;
const timeEntryBytes = 12;
const abortedEntryBytes = 34;

export function segmentFileName(baseOffset: number, kind: string): string {
  return `${String(baseOffset).padStart(20, '0')}.${kind}`;
}

export interface SegmentOptions {
  readonly disk: Disk;
  readonly directory: string;
  readonly open: OpenSegments;
  readonly baseOffset: number;
  /** Bytes of the log file. */
  readonly size: number;
  readonly createdMs: number;
  /** Behind the file names while the segment is not yet a part of the log. */
  readonly suffix?: string;
}

export class Segment {
  readonly baseOffset: number;
  /** When its first batch came. */
  createdMs: number;
  /** Bytes of the log file. */
  size: number;
  /** Largest timestamp of its records; −1 when there are none. */
  maxTimestamp = -1;
  private maxTimestampOffset = -1;
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly suffix: string;
  private readonly open: OpenSegments;
  private readonly files = new Map<SegmentFileKind, DiskFile>();
  /** Files with content that no sync covers yet, each with the number of its last change. A sync that still runs covers nothing. */
  private readonly unsynced = new Map<SegmentFileKind, number>();
  private changes = 0;
  private offsets: IndexEntries | undefined;
  private times: IndexEntries | undefined;
  private aborted: AbortedTransaction[] | undefined;
  /** How many of `aborted` are in the file. */
  private abortedWritten = 0;
  private bytesSinceIndexEntry = 0;
  /** A failed write may have left something behind the end of the log file. */
  private hasTornTail = false;
  /** Its files are gone: nothing may open them again. */
  removed = false;
  /** Reads and syncs that run off this thread: the files must stay open for them. */
  private pins = 0;
  private releaseAfterwards = false;

  constructor(options: SegmentOptions) {
    this.disk = options.disk;
    this.directory = options.directory;
    this.open = options.open;
    this.baseOffset = options.baseOffset;
    this.size = options.size;
    this.createdMs = options.createdMs;
    this.suffix = options.suffix ?? '';
  }

  path(kind: string): string {
    return join(this.directory, segmentFileName(this.baseOffset, kind) + this.suffix);
  }

  // ---- writing

  /** Makes the log file, empty, and forgets indexes: a loss of power may have taken a log file of that name and left them. */
  create(): void {
    this.restartIndexes();
    this.file('log');
    this.changed('log');
  }

  /** Appends whole batches and their index entries. When it throws, the segment is as before. */
  append(batches: Buffer, boundaries: readonly number[], indexIntervalBytes: number): void {
    if (this.offsets?.full) this.writeIndexes();
    this.writeAborted();
    this.cutBack();
    const file = this.file('log');
    this.changed('log');
    try {
      file.writeSync(batches, 0, batches.length, this.size);
    } catch (error) {
      this.hasTornTail = true;
      try {
        this.cutBack();
      } catch {
        // The next append tries again, and is refused if it cannot.
      }
      throw error;
    }
    for (const at of boundaries) this.index(batches, at, this.size + at, indexIntervalBytes);
    this.size += batches.length;
  }

  /** Cuts off what a failed write left: behind a shorter batch, or in front of the next segment, a recovery would end the log there. */
  private cutBack(): void {
    if (!this.hasTornTail) return;
    this.file('log').truncateSync(this.size);
    this.hasTornTail = false;
  }

  /** Takes a batch that lies at `position` of the file into the indexes. */
  index(buffer: Buffer, at: number, position: number, indexIntervalBytes: number): void {
    const lastOffset = batchLastOffset(buffer, at);
    const timestamp = batchMaxTimestamp(buffer, at);
    if (timestamp > this.maxTimestamp) {
      this.maxTimestamp = timestamp;
      this.maxTimestampOffset = lastOffset;
    }
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      const offsets = this.offsetIndex();
      offsets.pushOffset(lastOffset - this.baseOffset, position);
      this.addTimeEntry();
      this.bytesSinceIndexEntry = 0;
    }
    this.bytesSinceIndexEntry += batchSize(buffer, at);
  }

  private addTimeEntry(): void {
    const times = this.timeIndex();
    if (this.maxTimestamp < 0 || (times.count > 0 && this.maxTimestamp <= times.int64(times.count - 1))) return;
    times.pushTime(this.maxTimestamp, this.maxTimestampOffset - this.baseOffset);
  }

  private writeIndexes(): void {
    if (this.offsets?.dirty) {
      this.offsets.writeTo(this.file('index'));
      this.changed('index');
    }
    if (this.times?.dirty) {
      this.times.writeTo(this.file('timeindex'));
      this.changed('timeindex');
    }
  }

  /** Completes the index files; the time index ends with the largest timestamp, as Kafka has it. */
  seal(): void {
    this.cutBack();
    this.addTimeEntry();
    this.writeIndexes();
    this.writeAborted();
    // Their being there says that they are complete.
    for (const kind of ['index', 'timeindex'] as const) this.file(kind);
  }

  /** Takes an aborted transaction into the index. If it throws, the entry waits for {@link Segment.writeAborted}. */
  addAborted(transaction: AbortedTransaction): void {
    this.abortedTransactions().push(transaction);
    this.writeAborted();
  }

  /** Are there aborted transactions that other threads cannot see in the file yet? */
  get abortedPending(): boolean {
    return this.aborted !== undefined && this.abortedWritten < this.aborted.length;
  }

  writeAborted(): void {
    if (this.aborted === undefined || !this.abortedPending) return;
    const entries = encodeAborted(this.aborted.slice(this.abortedWritten));
    this.file('txnindex').writeSync(entries, 0, entries.length, this.abortedWritten * abortedEntryBytes);
    this.changed('txnindex');
    this.abortedWritten = this.aborted.length;
  }

  /** Makes the log file durable, off the calling thread. */
  sync(): Promise<void> {
    return this.syncFile('log');
  }

  /** Makes log and indexes durable, off the calling thread, all files at once: they share what a sync costs a file system. */
  async syncAll(): Promise<void> {
    if (this.removed) return;
    this.writeIndexes();
    this.writeAborted();
    await Promise.all(Array.from(this.unsynced.keys(), (kind) => this.syncFile(kind)));
  }

  private async syncFile(kind: SegmentFileKind): Promise<void> {
    const file = this.file(kind);
    const change = this.unsynced.get(kind);
    this.pins++;
    try {
      await file.sync();
      if (this.unsynced.get(kind) === change) this.unsynced.delete(kind);
    } finally {
      this.unpin();
    }
  }

  /** Was a file changed since it was synced? */
  get isUnsynced(): boolean {
    return this.unsynced.size > 0;
  }

  /** Makes log and indexes durable, on the calling thread. */
  syncSync(): void {
    this.writeIndexes();
    this.writeAborted();
    for (const kind of this.unsynced.keys()) this.file(kind).syncSync();
    this.unsynced.clear();
  }

  /** Takes note that the file was changed: the next sync has to cover it. */
  changed(kind: SegmentFileKind): void {
    this.unsynced.set(kind, ++this.changes);
  }

  /** Cuts the log file; no index entry may point behind the cut. */
  truncate(size: number): void {
    this.file('log').truncateSync(size);
    this.changed('log');
    this.size = size;
  }

  /** Forgets the indexes; they are made anew by `index`, and by `addAborted` unless the aborted transactions are to stay. */
  restartIndexes(keepAborted = false): void {
    for (const kind of ['index', 'timeindex', 'txnindex'] as const) {
      if (keepAborted && kind === 'txnindex') continue;
      if (this.files.has(kind) || this.disk.existsSync(this.path(kind))) {
        this.file(kind).truncateSync(0);
        this.changed(kind);
      }
    }
    this.offsets = new IndexEntries(offsetEntryBytes);
    this.times = new IndexEntries(timeEntryBytes);
    if (!keepAborted) {
      this.aborted = [];
      this.abortedWritten = 0;
    }
    this.maxTimestamp = -1;
    this.maxTimestampOffset = -1;
    this.bytesSinceIndexEntry = 0;
  }

  /** Trusts the index files, as after an orderly end. False when they are not there, and must be made anew. */
  openIndexes(): boolean {
    const path = this.path('timeindex');
    if (!this.disk.existsSync(path) || !this.disk.existsSync(this.path('index'))) return false;
    // Only the last entry is needed now; the rest is read when somebody looks something up.
    const file = this.disk.openSync(path, { readOnly: true });
    try {
      const entries = Math.floor(file.size() / timeEntryBytes);
      if (entries > 0) {
        const last = Buffer.allocUnsafe(timeEntryBytes);
        file.readSync(last, 0, timeEntryBytes, (entries - 1) * timeEntryBytes);
        this.maxTimestamp = Number(last.readBigInt64BE(0));
        this.maxTimestampOffset = this.baseOffset + last.readInt32BE(8);
      }
    } finally {
      file.close();
    }
    return true;
  }

  /**
   * Forgets index entries for what lies at or behind `endOffset`. A loss of power can take the last batches and leave their entries, so
   * that the log file has the size of the last orderly end again, and the indexes have not.
   */
  trimIndexes(endOffset: number): void {
    const end = endOffset - this.baseOffset;
    const offsets = this.offsetIndex();
    offsets.trim((i) => offsets.int32(i) < end && offsets.int32(i, 4) < this.size);
    const times = this.timeIndex();
    times.trim((i) => times.int32(i, 8) < end);
    const aborted = this.abortedTransactions();
    const kept = aborted.filter(({ lastOffset }) => lastOffset < endOffset);
    const sizes = {
      index: offsets.count * offsetEntryBytes,
      timeindex: times.count * timeEntryBytes,
      txnindex: kept.length * abortedEntryBytes,
    };
    for (const kind of ['index', 'timeindex', 'txnindex'] as const) {
      if (!this.disk.existsSync(this.path(kind)) || this.file(kind).size() === sizes[kind]) continue;
      this.file(kind).truncateSync(sizes[kind]);
      this.changed(kind);
    }
    this.aborted = kept;
    this.abortedWritten = kept.length;
    this.maxTimestamp = times.count === 0 ? -1 : times.int64(times.count - 1);
    this.maxTimestampOffset = times.count === 0 ? -1 : this.baseOffset + times.int32(times.count - 1, 8);
  }

  // ---- reading

  abortedTransactions(): AbortedTransaction[] {
    this.open.touch(this);
    if (this.aborted === undefined) {
      this.aborted = readAbortedIndex(this.disk, this.path('txnindex'));
      this.abortedWritten = this.aborted.length;
    }
    return this.aborted;
  }

  /** A position at or before the batch that holds `offset`. */
  positionBefore(offset: number): number {
    const offsets = this.offsetIndex();
    // An entry names the last offset of its batch: the greatest one that lies wholly before `offset`, or holds it.
    let low = 0;
    let high = offsets.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (offsets.int32(middle) <= offset - this.baseOffset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : offsets.int32(low - 1, 4);
  }

  /** The greatest position that the offset index names and for which `isBefore`, which never turns true again, still holds; or 0. */
  lastPositionWhere(isBefore: (position: number) => boolean): number {
    const offsets = this.offsetIndex();
    let low = 0;
    let high = offsets.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBefore(offsets.int32(middle, 4))) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : offsets.int32(low - 1, 4);
  }

  /** A position before the first batch that may hold a record of `timestamp` or later. */
  positionBeforeTimestamp(timestamp: number): number {
    const times = this.timeIndex();
    let low = 0;
    let high = times.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (times.int64(middle) < timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.positionBefore(this.baseOffset + times.int32(low - 1, 8));
  }

  readSync(target: Buffer, offset: number, length: number, position: number): number {
    return this.file('log').readSync(target, offset, Math.min(length, Math.max(0, this.size - position)), position);
  }

  private offsetIndex(): IndexEntries {
    this.open.touch(this);
    this.offsets ??= new IndexEntries(offsetEntryBytes, this.readIfThere('index'));
    return this.offsets;
  }

  private timeIndex(): IndexEntries {
    this.open.touch(this);
    this.times ??= new IndexEntries(timeEntryBytes, this.readIfThere('timeindex'));
    return this.times;
  }

  private readIfThere(kind: SegmentFileKind): Buffer {
    return this.disk.existsSync(this.path(kind)) ? readFileSync(this.disk, this.path(kind)) : Buffer.alloc(0);
  }

  // ---- files

  private file(kind: SegmentFileKind): DiskFile {
    this.open.touch(this);
    let file = this.files.get(kind);
    if (file === undefined) {
      assert(!this.removed, 'a segment that was removed is not used any more');
      file = this.disk.openSync(this.path(kind), { create: true });
      this.files.set(kind, file);
    }
    return file;
  }

  /** Lets go of files and indexes. What was not synced is so still, through any other handle. */
  release(): void {
    try {
      this.writeIndexes();
      this.writeAborted();
      this.offsets = undefined;
      this.times = undefined;
      this.aborted = undefined;
    } catch {
      // What cannot be written now stays in memory: whoever seals this segment is told.
    }
    this.closeFiles();
  }

  closeFiles(): void {
    this.open.forget(this);
    if (this.pins > 0) {
      this.releaseAfterwards = true;
      return;
    }
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }

  private unpin(): void {
    this.pins--;
    if (this.pins > 0 || !this.releaseAfterwards) return;
    this.releaseAfterwards = false;
    this.closeFiles();
  }

  /** Gives room back on a full disk. The indexes are made anew when they are missing at a start. */
  removeIndexes(): void {
    this.release();
    for (const kind of ['index', 'timeindex'] as const) this.disk.removeSync(this.path(kind));
  }

  remove(): void {
    this.removed = true;
    this.closeFiles();
    for (const kind of segmentFileKinds) this.disk.removeSync(this.path(kind));
  }
}

function encodeAborted(transactions: readonly AbortedTransaction[]): Buffer {
  const entries = Buffer.alloc(transactions.length * abortedEntryBytes); // each begins with version 0
  for (const [i, { producerId, firstOffset, lastOffset, lastStableOffset }] of transactions.entries()) {
    const at = i * abortedEntryBytes;
    entries.writeBigInt64BE(BigInt(producerId), at + 2);
    entries.writeBigInt64BE(BigInt(firstOffset), at + 10);
    entries.writeBigInt64BE(BigInt(lastOffset), at + 18);
    entries.writeBigInt64BE(BigInt(lastStableOffset), at + 26);
  }
  return entries;
}

export function readAbortedIndex(disk: Disk, path: string): AbortedTransaction[] {
  if (!disk.existsSync(path)) return [];
  const bytes = readFileSync(disk, path);
  const aborted: AbortedTransaction[] = [];
  for (let at = 0; at + abortedEntryBytes <= bytes.length; at += abortedEntryBytes) {
    aborted.push({
      producerId: Number(bytes.readBigInt64BE(at + 2)),
      firstOffset: Number(bytes.readBigInt64BE(at + 10)),
      lastOffset: Number(bytes.readBigInt64BE(at + 18)),
      lastStableOffset: Number(bytes.readBigInt64BE(at + 26)),
    });
  }
  return aborted;
}
