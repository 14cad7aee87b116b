/**
 * How long the rows of time windows are kept: as in the window stores of Kafka Streams, which let go of them by segments of time, the
 * first whose whole segment is older than the retention.
 */
import type { PlanWindow } from '../sql/physical/plan.ts';

const segmentMsMin = 60_000;

export interface WindowRetention {
  /** The stream time from which on a window that starts at `start` is gone. */
  expiryOf(start: number): number;
  /** Windows that start before it are gone. */
  oldestStart(streamTime: number): number;
}

export function windowRetention(of: Exclude<PlanWindow, { type: 'SESSION' }>): WindowRetention {
  const kept = Math.max(of.retentionMs, of.sizeMs + of.graceMs);
  const segment = Math.max(Math.floor(kept / 2), segmentMsMin);
  return {
    expiryOf: (start) => (Math.floor(start / segment) + 1) * segment + kept,
    oldestStart: (streamTime) => Math.floor((streamTime - kept) / segment) * segment,
  };
}
