/** A filter that is always true goes. */
import type { LogicalNode } from '../node.ts';

export function dropTrueFilters(node: LogicalNode): LogicalNode {
  return node.node === 'filter' && node.predicate.kind === 'literal' && node.predicate.value === true
    ? node.input
    : node;
}
