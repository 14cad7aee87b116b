/** New columns from the input's. */
import type { PlanExpression } from '../expression.ts';
import type { LogicalBase, LogicalColumn, LogicalNode } from './node.ts';

export interface LogicalProject extends LogicalBase {
  readonly node: 'project';
  readonly input: LogicalNode;
  /** `failure`: what the processing log says when the expression fails for a row. */
  readonly columns: readonly (LogicalColumn & { readonly expression: PlanExpression; readonly failure?: string })[];
}

/** `key`: positions of the new columns that make the key; by default those that are the old one's columns, untouched. */
export function logicalProject(
  input: LogicalNode,
  columns: LogicalProject['columns'],
  key: readonly number[] = keptKey(input, columns),
): LogicalProject {
  return {
    node: 'project',
    input,
    columns,
    changelog: input.changelog,
    key,
    ...(input.window && { window: input.window }),
  };
}

function keptKey(input: LogicalNode, columns: LogicalProject['columns']): number[] {
  return input.key.flatMap((index) => {
    const at = columns.findIndex(({ expression }) => expression.kind === 'column' && expression.index === index);
    return at < 0 ? [] : [at];
  });
}
