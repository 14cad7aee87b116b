/**
 * Decides when a log is compacted and what of it, and puts the compacted segments in their place (docs/internals/disk-format.md,
 * "Compaction"). What becomes of a batch is compaction.ts's.
 */
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { StackError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { readCleanedOffset, writeCleanedOffset } from './checkpoint.ts';
import { Compaction } from './compaction.ts';
import type { CompactionStats } from './compaction.ts';
import type { LogConfig } from './log-config.ts';
import type { OpenSegments } from './open-segments.ts';
import type { ProducerState } from './producer-state.ts';
import type { SegmentList } from './segment-list.ts';
import { Segment, relativeOffsetMax } from './segment.ts';
import { cleanedSuffix, swapSegments } from './segment-swap.ts';

export interface LogCleanerOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: string;
  readonly open: OpenSegments;
  readonly list: SegmentList;
  readonly producers: ProducerState;
  readonly config: () => LogConfig;
  /** Below it everything is on the disk, and every transaction has ended. */
  readonly compactableEnd: () => number;
  readonly logStartOffset: () => number;
  /** False once the log was closed or failed. */
  readonly mayWrite: () => boolean;
  /** Ends the log: a replacement of files stopped half way. */
  readonly fail: (error: unknown) => StackError;
}

/** Bytes of the table of keys: some million keys. */
const memoryBytesDefault = 32 * 1024 * 1024;

/** Ends a compaction whose log was closed, failed, or lost segments to retention. */
class Interrupted extends Error {}

interface Candidates {
  /** From the log's first one on. */
  readonly segments: readonly Segment[];
  /** The offset behind them. */
  readonly end: number;
  /** Everything below was seen by a compaction. */
  readonly from: number;
}

export class LogCleaner {
  private readonly options: LogCleanerOptions;
  private running: Promise<CompactionStats | undefined> | undefined;
  /** Everything below was seen by a compaction. */
  private cleanedTo: number;

  constructor(options: LogCleanerOptions) {
    this.options = options;
    const cleanedTo = readCleanedOffset(options.disk, options.directory);
    this.cleanedTo = cleanedTo <= options.list.endOffset ? cleanedTo : 0;
  }

  /** Sealed segments that are synced, stable and old enough. */
  private candidates(): Candidates {
    const { clock, list, compactableEnd, logStartOffset, config } = this.options;
    const { minCompactionLagMs } = config();
    const newest = minCompactionLagMs > 0 ? clock.now() - minCompactionLagMs : Infinity;
    const limit = compactableEnd();
    const sealed = list.all.slice(0, -1);
    const until = sealed.findIndex((segment, i) => list.endOf(i) > limit || segment.maxTimestamp > newest);
    const segments = until < 0 ? sealed : sealed.slice(0, until);
    const end = segments.length === 0 ? logStartOffset() : list.endOf(segments.length - 1);
    return { segments, end, from: Math.min(Math.max(this.cleanedTo, logStartOffset()), end) };
  }

  /** Those of the candidates that no compaction has seen, at least in part. */
  private dirty({ segments, from }: Candidates): readonly Segment[] {
    return segments.filter((_, i) => this.options.list.endOf(i) > from);
  }

  /** Is enough of the log new (`min.cleanable.dirty.ratio`), or a new record old enough (`max.compaction.lag.ms`)? */
  get due(): boolean {
    const { clock, config } = this.options;
    const { cleanupCompact, minCleanableDirtyRatio, maxCompactionLagMs = Infinity } = config();
    if (!cleanupCompact) return false;
    const candidates = this.candidates();
    const dirty = this.dirty(candidates);
    const overdue = dirty.some(({ createdMs }) => clock.now() - createdMs > maxCompactionLagMs);
    return overdue || sizeOf(dirty) > minCleanableDirtyRatio * sizeOf(candidates.segments);
  }

  /** Compacts what can be; a call while one runs joins it. */
  compact(memoryBytes: number = memoryBytesDefault): Promise<CompactionStats | undefined> {
    this.running ??= this.run(memoryBytes).finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async run(memoryBytes: number): Promise<CompactionStats | undefined> {
    const { disk, directory, clock, list, producers, config, mayWrite } = this.options;
    const candidates = this.candidates();
    const { segments, end, from } = candidates;
    const [first] = segments;
    if (first === undefined || !mayWrite()) return undefined;
    const left = new Set(segments);
    const proceed = (): void => {
      if (!mayWrite()) throw new Interrupted();
      for (const segment of left) if (segment.removed) throw new Interrupted();
    };
    const compaction = new Compaction({
      aborted: list.abortedBetween(first.baseOffset, list.endOffset),
      producers,
      now: clock.now(),
      deleteRetentionMs: config().deleteRetentionMs,
      memoryBytes,
      pause: async () => {
        await new Promise<void>((resolve) => clock.defer(resolve));
        proceed();
      },
    });
    try {
      const mappedTo = await compaction.noteKeys(this.dirty(candidates), from, end);
      compaction.begin();
      for (const group of this.groups(segments, mappedTo)) {
        await this.compactGroup(compaction, group, proceed);
        for (const segment of group) left.delete(segment);
      }
      this.cleanedTo = mappedTo;
      writeCleanedOffset(disk, directory, mappedTo);
      return compaction.stats;
    } catch (error) {
      if (error instanceof Interrupted) return undefined;
      throw error;
    }
  }

  /** Neighbours that fit into one segment together, up to the one that holds offset `below` − 1. */
  private groups(segments: readonly Segment[], below: number): Segment[][] {
    const { list, config } = this.options;
    const groups: Segment[][] = [];
    let bytes = 0;
    for (const [i, segment] of segments.entries()) {
      if (segment.baseOffset >= below) break;
      const group = groups.at(-1);
      bytes += segment.size;
      const fits = bytes <= config().segmentBytes && list.endOf(i) - (group?.[0]?.baseOffset ?? 0) <= relativeOffsetMax;
      if (group !== undefined && fits) group.push(segment);
      else {
        groups.push([segment]);
        bytes = segment.size;
      }
    }
    return groups;
  }

  private async compactGroup(compaction: Compaction, group: readonly Segment[], proceed: () => void): Promise<void> {
    const { disk, directory, open, list, config, mayWrite, fail } = this.options;
    const [first] = group;
    if (first === undefined) return;
    const { baseOffset, createdMs } = first;
    const segmentOf = (size: number, suffix = ''): Segment =>
      new Segment({ disk, directory, open, baseOffset, size, createdMs, suffix });
    segmentOf(0, cleanedSuffix).remove(); // what a failed attempt may have left
    const target = segmentOf(0, cleanedSuffix);
    compaction.changed = group.length > 1;
    try {
      target.create(); // there is a file even if nothing stays
      for (const segment of group) await compaction.copy(segment, target, config().indexIntervalBytes);
      if (!compaction.changed) return target.remove();
      target.seal();
      await target.syncAll();
      proceed();
    } catch (error) {
      if (mayWrite()) target.remove();
      else target.closeFiles();
      throw error;
    }
    const compacted = segmentOf(target.size);
    const end = list.endOf(list.all.indexOf(first) + group.length - 1);
    try {
      list.replace(group, compacted, () => {
        swapSegments(disk, directory, group, target, end);
        compacted.openIndexes();
      });
    } catch (error) {
      throw fail(error);
    }
  }
}

function sizeOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}
