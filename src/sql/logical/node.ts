/**
 * The logical plan: what a query means, free of any dialect. Plain data; each node in a file of its own.
 *
 * Every node tells its columns, whether its rows are a stream or the changes of a table, and by which columns a row is
 * known. What dialects mean differently is a property of a node: null keys, late rows, bad records, when results come out.
 */
import type { SqlType } from '../types.ts';
import type { LogicalAggregate } from './aggregate.ts';
import type { LogicalFilter } from './filter.ts';
import type { LogicalFlatMap } from './flat-map.ts';
import type { LogicalJoin } from './join.ts';
import type { LogicalProject } from './project.ts';
import type { LogicalSource } from './source.ts';

export interface LogicalColumn {
  readonly name: string;
  readonly type: SqlType;
}

/** What every node has. */
export interface LogicalBase {
  readonly columns: readonly LogicalColumn[];
  /** `append`: rows are added. `upsert`: a row replaces the one of its key, or withdraws it. */
  readonly changelog: 'append' | 'upsert';
  /** Positions of the columns by which a row is known; empty = by none. */
  readonly key: readonly number[];
  /** Keys carry a window, which is part of them. */
  readonly window?: LogicalWindowKind;
}

export interface LogicalWindowKind {
  readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION';
  readonly sizeMs?: number;
}

export type LogicalNode =
  | LogicalSource
  | LogicalFilter
  | LogicalProject
  | LogicalFlatMap
  | LogicalAggregate
  | LogicalJoin;
