/** The rewrites of logical plans, in the order in which they run. */
import type { LogicalNode } from '../node.ts';
import type { LogicalSink } from '../sink.ts';
import { dropTrueFilters } from './drop-true-filters.ts';
import { mergeFilters } from './merge-filters.ts';

const rules: readonly ((node: LogicalNode) => LogicalNode)[] = [dropTrueFilters, mergeFilters];

/** Rewrites from the sources up. */
export function rewrite(sink: LogicalSink): LogicalSink {
  return { ...sink, input: rewriteNode(sink.input) };
}

function rewriteNode(node: LogicalNode): LogicalNode {
  let next: LogicalNode = node;
  if (node.node === 'join') next = { ...node, left: rewriteNode(node.left), right: rewriteNode(node.right) };
  else if (node.node !== 'source') next = { ...node, input: rewriteNode(node.input) };
  return rules.reduce((current, rule) => rule(current), next);
}
