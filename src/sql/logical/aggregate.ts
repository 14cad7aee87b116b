/** Groups and their aggregates: a table. */
import type { PlanExpression } from '../expression.ts';
import { sqlTypes } from '../types.ts';
import type { LogicalBase, LogicalColumn, LogicalNode } from './node.ts';

export type LogicalWindow = { readonly graceMs: number; readonly retentionMs: number } & (
  | { readonly type: 'TUMBLING'; readonly sizeMs: number }
  | { readonly type: 'HOPPING'; readonly sizeMs: number; readonly advanceMs: number }
  | { readonly type: 'SESSION'; readonly gapMs: number }
);

export interface LogicalAggregate extends LogicalBase {
  readonly node: 'aggregate';
  readonly input: LogicalNode;
  readonly keys: readonly (LogicalColumn & { readonly expression: PlanExpression })[];
  /** A row one of whose key values is null. */
  readonly nullKey: 'drop' | 'keep';
  readonly aggregates: readonly (LogicalColumn & {
    readonly id: string;
    readonly args: readonly PlanExpression[];
    /** What the processing log says when an argument fails for a row, for each. */
    readonly failures?: readonly string[];
    /** How many values it keeps; absent: as many as it does by itself. */
    readonly limit?: number;
  })[];
  readonly timeWindow?: LogicalWindow;
  /** A row that comes after its window's end and grace. */
  readonly lateRow: 'drop';
  /** `changes`: as often as the query's cache lets them through. `final`: once per window, when it closes. */
  readonly emission: 'changes' | 'final';
}

/** Columns: keys, aggregates, and with a window WINDOWSTART and WINDOWEND. */
export function logicalAggregate(
  input: LogicalNode,
  keys: LogicalAggregate['keys'],
  aggregates: LogicalAggregate['aggregates'],
  options: { readonly window?: LogicalWindow; readonly emission: LogicalAggregate['emission'] },
): LogicalAggregate {
  const { window, emission } = options;
  const own = [...keys, ...aggregates].map(({ name, type }) => ({ name, type }));
  const bounds = ['WINDOWSTART', 'WINDOWEND'].map((name) => ({ name, type: sqlTypes.bigint }));
  return {
    node: 'aggregate',
    input,
    keys,
    nullKey: 'drop',
    aggregates,
    columns: window === undefined ? own : [...own, ...bounds],
    changelog: 'upsert',
    key: keys.map((_, i) => i),
    lateRow: 'drop',
    emission,
    ...(window && {
      timeWindow: window,
      window: { type: window.type, ...(window.type !== 'SESSION' && { sizeMs: window.sizeMs }) },
    }),
  };
}
