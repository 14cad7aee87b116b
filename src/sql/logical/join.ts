/** Two inputs by equal keys: streams within a time, a stream with a table, tables by their keys or by a foreign one. */
import type { PlanExpression } from '../expression.ts';
import type { LogicalBase, LogicalColumn, LogicalNode } from './node.ts';

export interface LogicalWithin {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  /** When a row without match comes out. */
  readonly unmatched: 'at-once' | 'on-close';
}

export interface LogicalJoin extends LogicalBase {
  readonly node: 'join';
  readonly kind: 'stream' | 'lookup' | 'table' | 'foreign-key';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  readonly left: LogicalNode;
  readonly right: LogicalNode;
  /** Over the left, over the right input. */
  readonly leftKey: PlanExpression;
  readonly rightKey: PlanExpression;
  /** Streams only. */
  readonly within?: LogicalWithin;
}

/** Columns: the left input's, the right one's, the join key. */
export function logicalJoin(
  join: Pick<LogicalJoin, 'kind' | 'type' | 'left' | 'right' | 'leftKey' | 'rightKey' | 'within'>,
  key: LogicalColumn,
): LogicalJoin {
  const { left, right, kind } = join;
  const columns = [...left.columns, ...right.columns, key].map(({ name, type }) => ({ name, type }));
  return {
    node: 'join',
    ...join,
    columns,
    changelog: kind === 'table' || kind === 'foreign-key' ? 'upsert' : 'append',
    key: kind === 'foreign-key' ? left.key : [columns.length - 1],
    ...(left.window && { window: left.window }),
  };
}
