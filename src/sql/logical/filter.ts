/** Rows that pass a condition; null counts as false. A table's row that stops passing is withdrawn. */
import type { PlanExpression } from '../expression.ts';
import type { LogicalBase, LogicalNode } from './node.ts';

export interface LogicalFilter extends LogicalBase {
  readonly node: 'filter';
  readonly input: LogicalNode;
  readonly predicate: PlanExpression;
  /** What the processing log says when it fails for a row. */
  readonly failure?: string;
}

export function logicalFilter(input: LogicalNode, predicate: PlanExpression, failure?: string): LogicalFilter {
  const { columns, changelog, key, window } = input;
  return {
    node: 'filter',
    input,
    predicate,
    ...(failure !== undefined && { failure }),
    columns,
    changelog,
    key,
    ...(window && { window }),
  };
}
