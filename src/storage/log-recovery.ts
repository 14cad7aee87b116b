/**
 * Opens the files of a log as a start finds them (docs/internals/disk-format.md, "Recovery"): trusts them after an orderly end; otherwise
 * reads what may have been cut by a crash, ends the log at the first batch that is not whole, and makes the indexes anew.
 */
import { dirname, join } from 'node:path';
import { readFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import {
  batchBaseOffset,
  batchLastOffset,
  batchMaxTimestamp,
  batchHeaderBytes,
  batchSize,
  verifyBatch,
} from '../wire/record-batch.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { OpenSegments } from './open-segments.ts';
import type { ProducerState } from './producer-state.ts';
import { trackBatch } from './producer-tracking.ts';
import { Segment, segmentFileName } from './segment.ts';
import { scanBatches } from './segment-scan.ts';
import { finishSwaps } from './segment-swap.ts';

export interface RecoveryInput {
  readonly disk: Disk;
  readonly directory: string;
  readonly logger: Logger;
  readonly open: OpenSegments;
  /** Empty; holds the state at the log's end afterwards. */
  readonly producers: ProducerState;
  readonly indexIntervalBytes: number;
  readonly now: number;
}

export interface RecoveredLog {
  readonly segments: Segment[];
  readonly startOffset: number;
  readonly endOffset: number;
  readonly recoveryPoint: number;
  /** The last end was orderly, and what it wrote is all there. */
  readonly clean: boolean;
}

/** @throws StackError MILLRACE_LOG_CORRUPT, MILLRACE_DATA_DIR_NEWER */
export function recoverLog(input: RecoveryInput): RecoveredLog {
  return new Recovery(input).run();
}

class Recovery {
  private readonly input: RecoveryInput;
  private segments: Segment[] = [];
  private endOffset = 0;
  private recoveryPoint = 0;

  constructor(input: RecoveryInput) {
    this.input = input;
  }

  run(): RecoveredLog {
    const { disk, directory, open, now, producers } = this.input;
    const checkpoint = readCheckpoint(disk, directory);
    finishSwaps(disk, directory);
    const names = disk.listSync(directory);
    for (const name of names) if (name.endsWith('.tmp')) disk.removeSync(join(directory, name));
    const bases = names
      .filter((name) => name.endsWith('.log'))
      .map((name) => Number.parseInt(name, 10))
      .sort((a, b) => a - b);
    const startOffset = checkpoint.logStartOffset;
    this.recoveryPoint = checkpoint.recoveryPoint;
    this.endOffset = startOffset;
    this.segments = bases.map(
      (baseOffset) =>
        new Segment({ disk, directory, open, baseOffset, size: this.fileSize(baseOffset), createdMs: now }),
    );
    // A crash while segments were removed may have left any of them.
    while (this.segments.length > 1 && (this.segments[1]?.baseOffset ?? 0) <= startOffset)
      this.segments.shift()?.remove();
    const last = this.segments.at(-1);
    const end = Math.max(this.recoveryPoint, startOffset);
    // Without the snapshot of its end the producers' state has to come from the log, and so does all else then.
    const clean =
      last !== undefined &&
      checkpoint.clean?.segment === last.baseOffset &&
      checkpoint.clean.bytes === last.size &&
      this.loadSnapshot(end);
    if (clean) {
      for (const segment of this.segments) this.openOrIndex(segment);
      this.endOffset = end;
      last.trimIndexes(end);
    } else if (last !== undefined) this.scan(startOffset);
    // Compaction may have taken the end of the last segment; its offsets are not given again.
    this.endOffset = Math.max(this.endOffset, startOffset, this.recoveryPoint);
    const active = this.segments.at(-1);
    if (active !== undefined) active.createdMs = Math.min(now, this.firstTimestamp(active) ?? now);
    if (!clean && last !== undefined) {
      // What was found is the log from now on, and nothing of it may be lost by the next crash: readers will have seen it.
      for (const segment of this.segments) segment.syncSync();
      disk.syncDirectorySync(directory);
      disk.syncDirectorySync(dirname(directory));
    }
    if (active === undefined) producers.clear();
    return {
      segments: this.segments,
      startOffset,
      endOffset: this.endOffset,
      recoveryPoint: this.recoveryPoint,
      clean,
    };
  }

  private fileSize(baseOffset: number): number {
    const { disk, directory } = this.input;
    const file = disk.openSync(join(directory, segmentFileName(baseOffset, 'log')), { readOnly: true });
    try {
      return file.size();
    } finally {
      file.close();
    }
  }

  private firstTimestamp(segment: Segment): number | undefined {
    const header = Buffer.allocUnsafe(batchHeaderBytes);
    if (segment.readSync(header, 0, batchHeaderBytes, 0) < batchHeaderBytes) return undefined;
    const timestamp = batchMaxTimestamp(header);
    return timestamp < 0 ? undefined : timestamp;
  }

  private scan(startOffset: number): void {
    const snapshotOffset = this.newestSnapshot();
    let torn = this.beginsBehind(startOffset);
    for (const [i, segment] of this.segments.entries()) {
      if (torn) {
        segment.remove();
        continue;
      }
      const next = this.segments[i + 1]?.baseOffset;
      if (next !== undefined && next <= snapshotOffset) {
        this.openOrIndex(segment);
        this.endOffset = next;
        continue;
      }
      torn = this.scanSegment(segment, next, startOffset);
    }
    this.segments = this.segments.filter(({ removed }) => !removed);
  }

  /**
   * Is the first file of the log missing? A loss of power can take one that was never synced and leave those behind it, which are worth
   * nothing then: a log has no holes. It cannot take one that was synced; that the log ever was shows in its recovery point, or, should
   * somebody have removed the checkpoint, in a snapshot.
   */
  private beginsBehind(startOffset: number): boolean {
    const [first] = this.segments;
    if (first === undefined || first.baseOffset <= startOffset) return false;
    const { disk, directory, logger } = this.input;
    const snapshots = disk.listSync(directory).some((name) => name.endsWith('.snapshot'));
    if (this.recoveryPoint > startOffset || snapshots) {
      throw new StackError(
        'MILLRACE_LOG_CORRUPT',
        `${directory} has no segment for offset ${startOffset}, where its log begins, or its checkpoint is missing. No crash does that; restore the folder from a copy.`,
        { details: { path: directory, offset: startOffset } },
      );
    }
    logger.warn('left out what lay behind a lost segment', { directory, offset: startOffset });
    this.endOffset = startOffset;
    return true;
  }

  /** Returns whether the log ends in this segment: it had to be cut, or the next one does not go on where it ends. */
  private scanSegment(segment: Segment, next: number | undefined, startOffset: number): boolean {
    const { producers, indexIntervalBytes, logger } = this.input;
    const { size } = segment;
    segment.changed('log'); // whether a sync ever covered it is not known
    segment.restartIndexes();
    let end = 0;
    let offset = segment.baseOffset;
    for (const { buffer, at, position } of scanBatches(segment)) {
      if (!isWhole(buffer, at) || batchBaseOffset(buffer, at) < offset) break;
      segment.index(buffer, at, position, indexIntervalBytes);
      trackBatch(producers, buffer, at, segment);
      offset = batchLastOffset(buffer, at) + 1;
      end = position + batchSize(buffer, at);
    }
    this.endOffset = Math.max(this.endOffset, offset);
    if (end < size) {
      // What was deleted need not be there: a log of which nothing else was left may have been synced with an empty file.
      if (Math.max(offset, startOffset) < this.recoveryPoint) throw this.corrupt(segment, end, offset);
      logger.warn('cut a torn tail', { path: segment.path('log'), bytes: size - end, offset });
      segment.truncate(end);
      return true;
    }
    if (next === undefined) return false;
    // Only compaction takes the end of a segment, and only below the recovery point.
    if (offset < next && next > this.recoveryPoint) return true;
    segment.seal();
    return false;
  }

  private openOrIndex(segment: Segment): void {
    if (segment.openIndexes()) return;
    // After a swap that a crash interrupted, or when somebody removed the index to have it made anew.
    segment.restartIndexes(true);
    let end = 0;
    for (const { buffer, at, position } of scanBatches(segment)) {
      if (!isWhole(buffer, at)) break;
      segment.index(buffer, at, position, this.input.indexIntervalBytes);
      end = position + batchSize(buffer, at);
    }
    if (end < segment.size) throw this.corrupt(segment, end, undefined);
    segment.seal();
    segment.syncSync();
  }

  private corrupt(segment: Segment, position: number, offset: number | undefined): StackError {
    const path = segment.path('log');
    const where = offset === undefined ? '' : ` (offset ${offset})`;
    return new StackError(
      'MILLRACE_LOG_CORRUPT',
      `${path} is damaged at byte ${position}${where}, though it was synced up to offset ${this.recoveryPoint}. No crash does that; restore the file from a copy.`,
      { details: { path, position, offset } },
    );
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
    const { disk, directory, producers } = this.input;
    const path = join(directory, segmentFileName(offset, 'snapshot'));
    return disk.existsSync(path) && producers.load(readFileSync(disk, path));
  }
}

function isWhole(buffer: Buffer, at: number): boolean {
  try {
    verifyBatch(buffer.subarray(0, at + batchSize(buffer, at)), at);
    return true;
  } catch {
    return false;
  }
}
