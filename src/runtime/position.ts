/** Where programs stand in the partitions that they read, and why they stop there. */

/** Where a partition's reading stands; changed by the programs that run its batches. */
export interface InputPosition {
  /** Offset of the next record to run. */
  next: number;
  /** Of the batch in front of it; −1 when none was run. */
  leaderEpoch: number;
  /** The highest row time to run, ms. */
  until: number;
}

/** Where a position begins. */
export function positionAt(next: number): InputPosition {
  return { next, leaderEpoch: -1, until: Number.POSITIVE_INFINITY };
}

/** The schemas that a record needs and that were not given yet; the caller finds them and calls again. */
export interface MissingSchemas {
  readonly ids: readonly number[];
}

/** The next record, of this row time (ms), is behind `until`; the caller runs the batch at `at` again when it is its turn. */
export interface Ahead {
  readonly at: number;
  readonly time: number;
}

/** How a run ended: with as many bytes as are done with (whole batches), or in front of a record. */
export type RunEnd = number | MissingSchemas | Ahead;
