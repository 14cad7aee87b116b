/** Two filters in a row become one condition, so that a row is looked at once. */
import { sqlTypes } from '../../types.ts';
import type { LogicalNode } from '../node.ts';

export function mergeFilters(node: LogicalNode): LogicalNode {
  if (node.node !== 'filter' || node.input.node !== 'filter') return node;
  const { input } = node;
  return {
    ...node,
    input: input.input,
    predicate: { kind: 'and', left: input.predicate, right: node.predicate, type: sqlTypes.boolean },
  };
}
