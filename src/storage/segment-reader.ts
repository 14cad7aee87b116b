/**
 * Reads a partition's files from another thread, without the broker: whole batches, back to back, up to the end that the broker
 * published in the {@link LogView}. The query engine's input comes this way, so a run is one large read into one buffer that is used
 * again, and nothing is allocated per batch.
 *
 * Why that is safe: the broker publishes an end only after the bytes below it were written, and never changes them; this reader looks
 * at no byte behind the batch that reaches the end. When segments are rolled, removed or replaced, the view's epoch changes after the
 * files did; the reader then lists the folder again and finds its offset anew. A file that it still holds open keeps its content.
 */
import { join } from 'node:path';
import { readFileSync } from '../core/disk.ts';
import type { Disk, DiskFile } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { kafkaError } from '../wire/error-codes.ts';
import { batchBaseOffset, batchHeaderBytes, batchLastOffset, batchMagic, batchSize } from '../wire/record-batch.ts';
import { LogView } from './log-view.ts';
import type { AbortedTransaction } from './producer-state.ts';
import { readAbortedIndex, segmentFileName } from './segment.ts';

export interface SegmentReaderOptions {
  readonly disk: Disk;
  /** The partition's folder. */
  readonly directory: string;
  /** `PartitionLog.view.buffer`. */
  readonly view: SharedArrayBuffer;
  readonly isolation: 'read_uncommitted' | 'read_committed';
  /** Where to begin; 0 by default. */
  readonly offset?: number;
  /** Bytes of one run unless a single batch is larger; 4 MiB by default. */
  readonly runBytes?: number;
}

/** A run of whole batches. */
export interface BatchRun {
  /** A view of the reader's buffer: valid until the next `read`. The first batch may begin before the offset asked for. */
  readonly bytes: Buffer;
  /** The offset behind the last batch. */
  readonly nextOffset: number;
  /** Aborted transactions that have records in the run, by first offset; only for read_committed. */
  readonly aborted: readonly AbortedTransaction[];
}

const runBytesDefault = 4 * 1024 * 1024;
const indexEntryBytes = 8;
const none: readonly AbortedTransaction[] = [];

export class SegmentReader {
  private readonly disk: Disk;
  private readonly directory: string;
  private readonly view: LogView;
  private readonly committed: boolean;
  private buffer: Buffer;
  /** The offset to read next. */
  private nextOffset: number;
  /** Base offsets of the segments, rising, as of `epoch`; −1 = not listed yet. */
  private bases: number[] = [];
  private epoch = -1;
  /** The segment that is open, and where in it the next batch begins. */
  private segment = -1;
  private file: DiskFile | undefined;
  private position = 0;
  /** Aborted transactions of the segments from the open one on, by first offset, and the stable offset up to which they are known. */
  private aborted: AbortedTransaction[] = [];
  private abortedUpTo = -1;

  constructor(options: SegmentReaderOptions) {
    this.disk = options.disk;
    this.directory = options.directory;
    this.view = new LogView(options.view);
    this.committed = options.isolation === 'read_committed';
    this.nextOffset = options.offset ?? 0;
    this.buffer = Buffer.allocUnsafeSlow(Math.max(options.runBytes ?? runBytesDefault, batchHeaderBytes));
  }

  /** The offset that the next run begins at or before. */
  get offset(): number {
    return this.nextOffset;
  }

  /** Where this reader has caught up: the high watermark, or the last stable offset. */
  get endOffset(): number {
    return this.view.get(this.committed ? 'lastStableOffset' : 'highWatermark');
  }

  get logStartOffset(): number {
    return this.view.get('logStartOffset');
  }

  /** Goes on at `offset`. */
  seek(offset: number): void {
    this.nextOffset = offset;
    this.closeFile();
  }

  /**
   * The next run of batches; undefined when there is nothing more for now.
   * @throws KafkaError OFFSET_OUT_OF_RANGE when the log begins behind the offset, or ends before it
   * @throws StackError MILLRACE_LOG_CORRUPT
   */
  read(): BatchRun | undefined {
    // A change of the files while they are being looked at shows in the epoch: look again, a bounded number of times.
    for (let attempt = 0; attempt < 10; attempt++) {
      const limit = this.endOffset;
      this.checkRange(limit);
      if (this.nextOffset >= limit) return undefined;
      const epoch = this.view.get('epoch');
      if (epoch !== this.epoch) this.list(epoch);
      const run = this.readBelow(limit);
      if (run !== undefined) return run;
      if (this.view.get('epoch') === epoch) return undefined;
    }
    return undefined;
  }

  close(): void {
    this.closeFile();
    this.epoch = -1;
  }

  private checkRange(limit: number): void {
    const start = this.logStartOffset;
    const end = Math.max(limit, this.view.get('highWatermark'));
    if (this.nextOffset >= start && this.nextOffset <= end) return;
    throw kafkaError(
      'OFFSET_OUT_OF_RANGE',
      `Offset ${this.nextOffset} is outside of the log, which has ${start} to ${end}.`,
      {
        logStartOffset: start,
        highWatermark: end,
      },
    );
  }

  private readBelow(limit: number): BatchRun | undefined {
    while (this.nextOffset < limit) {
      if (this.file === undefined && !this.openAt(this.nextOffset, limit)) return undefined;
      const run = this.readRun(limit);
      if (run !== undefined) return run;
      // Nothing is left in this segment below the limit: on to the next one.
      const next = this.nextBase();
      if (next === undefined || next >= limit) {
        // Everything below the limit was written before it was published, so what is missing was compacted away.
        if (this.view.get('epoch') === this.epoch) this.nextOffset = limit;
        return undefined;
      }
      this.nextOffset = Math.max(this.nextOffset, next);
      this.closeFile();
    }
    return undefined;
  }

  /** The segment behind the open one, looking once more at the folder when none is known. */
  private nextBase(): number | undefined {
    const behind = (base: number): boolean => base > this.segment;
    const known = this.bases.find(behind);
    if (known !== undefined) return known;
    this.bases = this.listBases();
    return this.bases.find(behind);
  }

  /** Reads from the open segment; undefined when it has no batch for us below the limit. */
  private readRun(limit: number): BatchRun | undefined {
    const { file } = this;
    if (file === undefined) return undefined;
    for (let length = file.readSync(this.buffer, 0, this.buffer.length, this.position); ; ) {
      if (length < batchHeaderBytes || batchBaseOffset(this.buffer) >= limit) return undefined;
      const size = this.checkedSize(0);
      if (size > length) {
        if (size <= this.buffer.length) throw this.corrupt(0, `a batch of ${size} bytes ends behind the file`);
        this.buffer = Buffer.allocUnsafeSlow(size);
        length = file.readSync(this.buffer, 0, size, this.position);
        continue;
      }
      const firstOffset = batchBaseOffset(this.buffer);
      const end = this.endOfRun(length, limit);
      this.position += end;
      const from = Math.max(firstOffset, this.nextOffset);
      this.nextOffset = this.runEnd;
      return {
        bytes: this.buffer.subarray(0, end),
        nextOffset: this.runEnd,
        aborted: this.abortedBetween(from, this.runEnd),
      };
    }
  }

  /** The offset behind the run that `endOfRun` found last. */
  private runEnd = 0;

  /** Bytes of the whole batches at the beginning of the buffer that lie below the limit. */
  private endOfRun(length: number, limit: number): number {
    const { buffer } = this;
    let at = 0;
    let offset = 0;
    do {
      offset = batchLastOffset(buffer, at) + 1;
      at += this.checkedSize(at);
      if (offset >= limit || length - at < batchHeaderBytes || batchBaseOffset(buffer, at) >= limit) break;
    } while (this.checkedSize(at) <= length - at);
    this.runEnd = offset;
    return at;
  }

  private checkedSize(at: number): number {
    const size = batchSize(this.buffer, at);
    if (size < batchHeaderBytes || batchMagic(this.buffer, at) !== 2)
      throw this.corrupt(at, 'there is no record batch');
    return size;
  }

  private corrupt(at: number, why: string): StackError {
    const path = join(this.directory, segmentFileName(this.segment, 'log'));
    const position = this.position + at;
    return new StackError('MILLRACE_LOG_CORRUPT', `${path} is damaged at byte ${position}: ${why}.`, {
      details: { path, position },
    });
  }

  // ---- finding

  private list(epoch: number): void {
    this.closeFile();
    this.abortedUpTo = -1;
    this.epoch = epoch;
    this.bases = this.listBases();
  }

  private listBases(): number[] {
    if (!this.disk.existsSync(this.directory)) return [];
    const names = this.disk.listSync(this.directory).filter((name) => name.endsWith('.log'));
    return names.map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  }

  /** Opens the segment that holds `offset`, or the first one behind it, at the batch that holds it. False when it is not there (yet). */
  private openAt(offset: number, limit: number): boolean {
    let base = this.bases.findLast((other) => other <= offset) ?? this.bases[0];
    if (base === undefined || base >= limit) return false;
    try {
      this.file = this.disk.openSync(join(this.directory, segmentFileName(base, 'log')), { readOnly: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.epoch = -1; // replaced or removed a moment ago: list again
      return false;
    }
    this.segment = base;
    this.position = offset <= base ? 0 : this.positionBefore(base, offset);
    this.skipTo(offset, limit);
    return true;
  }

  /** Moves `position` over batches that end before `offset`. */
  private skipTo(offset: number, limit: number): void {
    const { buffer, file } = this;
    if (file === undefined) return;
    for (;;) {
      const length = file.readSync(buffer, 0, Math.min(buffer.length, 64 * 1024), this.position);
      let at = 0;
      while (length - at >= batchHeaderBytes) {
        if (batchLastOffset(buffer, at) >= offset || batchBaseOffset(buffer, at) >= limit) {
          this.position += at;
          return;
        }
        at += this.checkedSize(at);
      }
      if (at === 0) return; // the end of the file
      this.position += at;
    }
  }

  /** What the offset index says: where a batch at or before `offset` begins. */
  private positionBefore(base: number, offset: number): number {
    const path = join(this.directory, segmentFileName(base, 'index'));
    if (!this.disk.existsSync(path)) return 0;
    const index = readFileSync(this.disk, path);
    let low = 0;
    let high = Math.floor(index.length / indexEntryBytes);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (index.readInt32BE(middle * indexEntryBytes) <= offset - base) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0 : index.readInt32BE((low - 1) * indexEntryBytes + 4);
  }

  private closeFile(): void {
    this.file?.close();
    this.file = undefined;
  }

  // ---- aborted transactions

  private abortedBetween(from: number, to: number): readonly AbortedTransaction[] {
    if (!this.committed) return none;
    // A transaction below the last stable offset has ended, and its entry was written before that offset was published.
    if (this.abortedUpTo < to) {
      const stable = this.view.get('lastStableOffset');
      const segments = this.bases.filter((base) => base >= this.segment);
      this.aborted = segments
        .flatMap((base) => readAbortedIndex(this.disk, join(this.directory, segmentFileName(base, 'txnindex'))))
        .sort((a, b) => a.firstOffset - b.firstOffset);
      this.abortedUpTo = stable;
    }
    return this.aborted.length === 0
      ? none
      : this.aborted.filter((entry) => entry.lastOffset >= from && entry.firstOffset < to);
  }
}
