/**
 * One segment of a log: a file of record batches, with its offset, time and transaction indexes (docs/internals/disk-format.md).
 * Index entries are kept in memory once they were needed; the files exist for the next start and for Kafka's own tools.
 */
import { join } from 'node:path';
import type { Disk, DiskFile } from '../core/disk.ts';
import { readFileSync } from '../core/disk.ts';
import { batchLastOffset, batchMaxTimestamp, batchPrefixBytes } from '../wire/record-batch.ts';
import type { AbortedTransaction } from './producer-state.ts';

export const segmentFileKinds = ['log', 'index', 'timeindex', 'txnindex'] as const;
export type SegmentFileKind = (typeof segmentFileKinds)[number];

const offsetEntryBytes = 8;
const timeEntryBytes = 12;
const abortedEntryBytes = 34;

export function segmentFileName(baseOffset: number, kind: string): string {
  return `${String(baseOffset).padStart(20, '0')}.${kind}`;
}

interface Indexes {
  /** Relative offsets and positions of some batches, rising. */
  readonly offsets: number[];
  readonly positions: number[];
  /** Largest timestamps so far and the relative offsets where they came, rising. */
  readonly timestamps: number[];
  readonly timeOffsets: number[];
}

export class Segment {
  readonly baseOffset: number;
  readonly createdMs: number;
  /** Bytes of the log file. */
  size: number;
  /** Largest timestamp of its records; −1 when there are none. */
  maxTimestamp = -1;
  maxTimestampOffset = -1;
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly files = new Map<SegmentFileKind, DiskFile>();
  private indexes: Indexes | undefined;
  private aborted: AbortedTransaction[] | undefined;
  private bytesSinceIndexEntry = 0;

  constructor(disk: Disk, directory: string, baseOffset: number, size: number, createdMs: number) {
    this.disk = disk;
    this.directory = directory;
    this.baseOffset = baseOffset;
    this.size = size;
    this.createdMs = createdMs;
  }

  path(kind: string): string {
    return join(this.directory, segmentFileName(this.baseOffset, kind));
  }

  /** Appends whole batches and their index entries. A failed write leaves bytes behind the end that the next one overwrites. */
  append(batches: Buffer, boundaries: readonly number[], indexIntervalBytes: number): void {
    this.file('log').writeSync(batches, 0, batches.length, this.size);
    for (const at of boundaries) this.index(batches, at, this.size + at, indexIntervalBytes);
    this.size += batches.length;
  }

  /** Takes a batch that lies at `position` of the file into the indexes. */
  index(buffer: Buffer, at: number, position: number, indexIntervalBytes: number): void {
    const indexes = this.loadIndexes();
    const lastOffset = batchLastOffset(buffer, at);
    const timestamp = batchMaxTimestamp(buffer, at);
    if (timestamp > this.maxTimestamp) {
      this.maxTimestamp = timestamp;
      this.maxTimestampOffset = lastOffset;
    }
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      indexes.offsets.push(lastOffset - this.baseOffset);
      indexes.positions.push(position);
      const entry = Buffer.allocUnsafe(offsetEntryBytes);
      entry.writeInt32BE(lastOffset - this.baseOffset, 0);
      entry.writeInt32BE(position, 4);
      this.file('index').writeSync(entry, 0, entry.length, (indexes.offsets.length - 1) * offsetEntryBytes);
      this.addTimeEntry(indexes);
      this.bytesSinceIndexEntry = 0;
    }
    this.bytesSinceIndexEntry += buffer.readInt32BE(at + 8) + batchPrefixBytes;
  }

  /** Closes the time index with the largest timestamp, as Kafka does when it rolls. */
  seal(): void {
    if (this.maxTimestamp >= 0) this.addTimeEntry(this.loadIndexes());
  }

  private addTimeEntry(indexes: Indexes): void {
    if (this.maxTimestamp <= (indexes.timestamps.at(-1) ?? -1)) return;
    indexes.timestamps.push(this.maxTimestamp);
    indexes.timeOffsets.push(this.maxTimestampOffset - this.baseOffset);
    const entry = Buffer.allocUnsafe(timeEntryBytes);
    entry.writeBigInt64BE(BigInt(this.maxTimestamp), 0);
    entry.writeInt32BE(this.maxTimestampOffset - this.baseOffset, 8);
    this.file('timeindex').writeSync(entry, 0, entry.length, (indexes.timestamps.length - 1) * timeEntryBytes);
  }

  addAborted(transaction: AbortedTransaction): void {
    const aborted = this.abortedTransactions();
    const entry = Buffer.alloc(abortedEntryBytes);
    entry.writeBigInt64BE(BigInt(transaction.producerId), 2);
    entry.writeBigInt64BE(BigInt(transaction.firstOffset), 10);
    entry.writeBigInt64BE(BigInt(transaction.lastOffset), 18);
    entry.writeBigInt64BE(BigInt(transaction.lastStableOffset), 26);
    this.file('txnindex').writeSync(entry, 0, entry.length, aborted.length * abortedEntryBytes);
    aborted.push(transaction);
  }

  abortedTransactions(): AbortedTransaction[] {
    this.aborted ??= readAbortedIndex(this.disk, this.path('txnindex'));
    return this.aborted;
  }

  /** A position at or before the batch that holds `offset`. */
  positionBefore(offset: number): number {
    const { offsets, positions } = this.loadIndexes();
    // An entry names the last offset of its batch: the greatest one that lies wholly before `offset`, or holds it.
    let low = 0;
    let high = offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((offsets[middle] ?? 0) <= offset - this.baseOffset) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : (positions[low - 1] ?? 0);
  }

  /** A position before the first batch that may hold a record of `timestamp` or later. */
  positionBeforeTimestamp(timestamp: number): number {
    const { timestamps, timeOffsets } = this.loadIndexes();
    let low = 0;
    let high = timestamps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((timestamps[middle] ?? 0) < timestamp) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : this.positionBefore(this.baseOffset + (timeOffsets[low - 1] ?? 0));
  }

  readSync(target: Buffer, offset: number, length: number, position: number): number {
    return this.file('log').readSync(target, offset, Math.min(length, Math.max(0, this.size - position)), position);
  }

  sync(): Promise<void> {
    return this.file('log').sync();
  }

  /** Makes log and indexes durable, on the calling thread. */
  syncSync(): void {
    for (const file of this.files.values()) file.syncSync();
  }

  /** Cuts the log file; no index entry may point behind the cut. */
  truncate(size: number): void {
    this.file('log').truncateSync(size);
    this.size = size;
  }

  /** Forgets all indexes; they are made anew by `index`. */
  restartIndexes(): void {
    for (const kind of ['index', 'timeindex', 'txnindex'] as const) {
      if (this.files.has(kind) || this.disk.existsSync(this.path(kind))) this.file(kind).truncateSync(0);
    }
    this.indexes = { offsets: [], positions: [], timestamps: [], timeOffsets: [] };
    this.aborted = [];
    this.maxTimestamp = -1;
    this.maxTimestampOffset = -1;
    this.bytesSinceIndexEntry = 0;
  }

  /** Trusts the index files, as after an orderly end. */
  openIndexes(): void {
    const { timestamps, timeOffsets } = this.loadIndexes();
    this.maxTimestamp = timestamps.at(-1) ?? -1;
    this.maxTimestampOffset = this.maxTimestamp < 0 ? -1 : this.baseOffset + (timeOffsets.at(-1) ?? 0);
  }

  closeFiles(): void {
    for (const file of this.files.values()) file.close();
    this.files.clear();
  }

  remove(): void {
    this.closeFiles();
    for (const kind of segmentFileKinds) this.disk.removeSync(this.path(kind));
  }

  private loadIndexes(): Indexes {
    if (this.indexes !== undefined) return this.indexes;
    const indexes: Indexes = { offsets: [], positions: [], timestamps: [], timeOffsets: [] };
    const offsets = this.readIfThere('index');
    for (let at = 0; at + offsetEntryBytes <= offsets.length; at += offsetEntryBytes) {
      indexes.offsets.push(offsets.readInt32BE(at));
      indexes.positions.push(offsets.readInt32BE(at + 4));
    }
    const times = this.readIfThere('timeindex');
    for (let at = 0; at + timeEntryBytes <= times.length; at += timeEntryBytes) {
      indexes.timestamps.push(Number(times.readBigInt64BE(at)));
      indexes.timeOffsets.push(times.readInt32BE(at + 8));
    }
    this.indexes = indexes;
    return indexes;
  }

  private readIfThere(kind: SegmentFileKind): Buffer {
    return this.disk.existsSync(this.path(kind)) ? readFileSync(this.disk, this.path(kind)) : Buffer.alloc(0);
  }

  private file(kind: SegmentFileKind): DiskFile {
    let file = this.files.get(kind);
    if (file === undefined) {
      file = this.disk.openSync(this.path(kind), { create: true });
      this.files.set(kind, file);
    }
    return file;
  }
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
