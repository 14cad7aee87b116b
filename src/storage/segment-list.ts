/**
 * The segments of a log in their order, and what can be looked up in them. Every change of the list is told to the readers in other
 * threads through the {@link LogView}.
 */
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchHasAppendTime,
  batchHeaderBytes,
  batchIsControl,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSize,
  rawRecords,
} from '../wire/record-batch.ts';
import type { LogView } from './log-view.ts';
import type { AbortedTransaction } from './producer-state.ts';
import { scanBatches } from './segment-scan.ts';
import type { Segment } from './segment.ts';

export interface TimedOffset {
  readonly offset: number;
  readonly timestamp: number;
  /** Of the batch that holds the record. */
  readonly leaderEpoch: number;
}

/** Where a leader epoch ends: the offset at which the next one begins. */
export interface EpochEnd {
  readonly leaderEpoch: number;
  readonly endOffset: number;
}

export class SegmentList {
  /** The offset of the next record. */
  endOffset = 0;
  private segments: readonly Segment[] = [];
  private readonly view: LogView;

  constructor(view: LogView) {
    this.view = view;
  }

  /** What a start found. */
  restore(segments: readonly Segment[], endOffset: number): void {
    this.segments = segments;
    this.endOffset = endOffset;
  }

  get all(): readonly Segment[] {
    return this.segments;
  }

  get last(): Segment | undefined {
    return this.segments.at(-1);
  }

  /** Bytes of all segments. */
  get size(): number {
    return this.segments.reduce((sum, segment) => sum + segment.size, 0);
  }

  /** The offset behind segment `i`. */
  endOf(i: number): number {
    return this.segments[i + 1]?.baseOffset ?? this.endOffset;
  }

  /** Index of the segment that holds `offset`; 0 when the log begins behind it. */
  indexOf(offset: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.segments[middle]?.baseOffset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  // ---- changes

  add(segment: Segment): void {
    this.segments = [...this.segments, segment];
    this.view.segmentAdded();
  }

  /** Removes the segments that end at or before `offset`, but never the last one. */
  removeBefore(offset: number): void {
    const kept = this.segments.findIndex((_, i) => i === this.segments.length - 1 || this.endOf(i) > offset);
    if (kept <= 0) return;
    this.view.changingSegments(() => {
      for (const segment of this.segments.slice(0, kept)) segment.remove();
      this.segments = this.segments.slice(kept);
    });
  }

  /** Puts `compacted` in the place of neighbours, whose files `swap` replaces. */
  replace(replaced: readonly Segment[], compacted: Segment, swap: () => void): void {
    this.view.changingSegments(() => {
      swap();
      const rest = this.segments.filter((segment) => !replaced.includes(segment));
      this.segments = [...rest, compacted].sort((a, b) => a.baseOffset - b.baseOffset);
    });
  }

  // ---- finding

  /** The first batch that ends at or behind `offset` and begins before `limit`. */
  find(
    offset: number,
    limit: number,
  ): { readonly segment: Segment; readonly position: number; readonly size: number } | undefined {
    for (let i = this.indexOf(offset); i < this.segments.length; i++) {
      const segment = this.segments[i];
      if (segment === undefined || segment.baseOffset >= limit) break;
      const found = findBatch(segment, offset);
      if (found !== undefined) return { segment, ...found };
      // Compaction may have left nothing from here to the end of the segment.
    }
    return undefined;
  }

  /** Aborted transactions that have records in [from, to), oldest first. */
  abortedBetween(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (let i = this.indexOf(from); i < this.segments.length; i++) {
      for (const transaction of this.segments[i]?.abortedTransactions() ?? []) {
        if (transaction.lastOffset >= from && transaction.firstOffset < to) found.push(transaction);
      }
    }
    return found.sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** The first record in [from, to) at or after `timestamp`; undefined when there is none. */
  offsetForTimestamp(timestamp: number, from: number, to: number): TimedOffset | undefined {
    for (const segment of this.segments) {
      if (segment.maxTimestamp < timestamp) continue;
      for (const { buffer, at } of scanBatches(segment, segment.positionBeforeTimestamp(timestamp))) {
        if (batchBaseOffset(buffer, at) >= to) return undefined;
        if (batchMaxTimestamp(buffer, at) < timestamp || batchIsControl(buffer, at)) continue;
        const found = firstAt(buffer, at, timestamp, from);
        if (found !== undefined) return found.offset < to ? found : undefined;
      }
    }
    return undefined;
  }

  /**
   * The end of the last leader epoch up to `epoch` that has batches. Epochs never fall along a log, so this is a search, and the
   * batches themselves are all that has to be stored. When the log begins behind `epoch`, that is where it ends.
   */
  endOfEpoch(epoch: number, startOffset: number): EpochEnd {
    const at = this.segments.findLastIndex((segment) => (firstEpoch(segment) ?? Infinity) <= epoch);
    let leaderEpoch = epoch;
    const segment = this.segments[at];
    if (segment !== undefined) {
      const isBefore = (position: number): boolean => epochAt(segment, position) <= epoch;
      for (const { buffer, at: i } of scanBatches(segment, segment.lastPositionWhere(isBefore))) {
        const found = batchLeaderEpoch(buffer, i);
        if (found > epoch) return { leaderEpoch, endOffset: Math.max(batchBaseOffset(buffer, i), startOffset) };
        leaderEpoch = found;
      }
    }
    const next = this.segments.slice(at + 1).find(({ size }) => size > 0);
    return { leaderEpoch, endOffset: Math.max(next?.baseOffset ?? this.endOffset, startOffset) };
  }

  /** The leader epoch of the batch that holds `offset`, or of the next one; undefined at the end. */
  epochOf(offset: number): number | undefined {
    const found = this.find(offset, this.endOffset);
    return found === undefined ? undefined : epochAt(found.segment, found.position);
  }

  /** The largest timestamp of all records; −1 when there is none. */
  get maxTimestamp(): number {
    return this.segments.reduce((newest, { maxTimestamp }) => Math.max(newest, maxTimestamp), -1);
  }
}

/** Leader epoch of the batch at `position`. */
function epochAt(segment: Segment, position: number): number {
  const header = Buffer.allocUnsafe(batchHeaderBytes);
  segment.readSync(header, 0, batchHeaderBytes, position);
  return batchLeaderEpoch(header);
}

function firstEpoch(segment: Segment): number | undefined {
  return segment.size === 0 ? undefined : epochAt(segment, 0);
}

/** The first batch of a segment whose last offset is not before `offset`. */
function findBatch(segment: Segment, offset: number): { readonly position: number; readonly size: number } | undefined {
  const header = Buffer.allocUnsafe(batchHeaderBytes);
  for (let position = offset <= segment.baseOffset ? 0 : segment.positionBefore(offset); position < segment.size; ) {
    if (segment.readSync(header, 0, batchHeaderBytes, position) < batchHeaderBytes) return undefined;
    const size = batchSize(header);
    if (batchLastOffset(header) >= offset) return { position, size };
    position += size;
  }
  return undefined;
}

/** The first record of a batch at or behind offset `from` that is not before `timestamp`. */
function firstAt(buffer: Buffer, at: number, timestamp: number, from: number): TimedOffset | undefined {
  const baseOffset = batchBaseOffset(buffer, at);
  const baseTimestamp = batchBaseTimestamp(buffer, at);
  const appendTime = batchHasAppendTime(buffer, at) ? batchMaxTimestamp(buffer, at) : undefined;
  const leaderEpoch = batchLeaderEpoch(buffer, at);
  for (const record of rawRecords(buffer, at)) {
    const offset = baseOffset + record.offsetDelta;
    const time = appendTime ?? baseTimestamp + record.timestampDelta;
    if (time >= timestamp && offset >= from) return { offset, timestamp: time, leaderEpoch };
  }
  return undefined;
}
