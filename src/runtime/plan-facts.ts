/** What follows from a physical plan's shape alone. */
import type { PhysicalNode, PhysicalPlan, PhysicalSource, SerdeFormat } from '../sql/physical/plan.ts';

/** The sources of a plan, each topic once, in the order in which the plan names them. */
export function sourcesOf(plan: PhysicalPlan): PhysicalSource[] {
  const found = new Map<string, PhysicalSource>();
  for (const node of nodesOf(plan)) if (node.node === 'source' && !found.has(node.topic)) found.set(node.topic, node);
  return [...found.values()];
}

/** Whether tasks of the plan keep state that must survive them. */
export function isStateful(plan: PhysicalPlan): boolean {
  const { root } = plan;
  return nodesOf(plan).some(
    (node) =>
      node.node === 'aggregate' ||
      'left' in node ||
      // A table that is made of a table can be read.
      (node.node === 'source' && node.changelog === 'upsert' && root.node === 'topic-sink'),
  );
}

/**
 * How far in row time, in ms, a partition may be read ahead of the others: not at all where rows of several topics meet; as far as
 * windows wait for late rows where they are closed by the latest time that was seen; undefined where order does not count.
 */
export function readAheadMs(plan: PhysicalPlan): number | undefined {
  if (sourcesOf(plan).length > 1) return 0;
  const graces = nodesOf(plan).flatMap((node) =>
    node.node === 'aggregate' && node.window !== undefined ? [node.window.graceMs] : [],
  );
  return graces.length === 0 ? undefined : Math.min(...graces);
}

/** Whether the plan keeps changed rows back until a commit; otherwise each change comes out by itself. */
export function emitsAtCommit(plan: PhysicalPlan): boolean {
  return nodesOf(plan).some((node) => node.node === 'aggregate' && node.emit === 'commit');
}

/**
 * Whether a generated loop can run the plan (`compiler/pipeline.ts`): a chain from one stream to the sink with at most one aggregation
 * whose windows are no sessions and do not wait for their end. Whether it has the aggregates and types shows when it is compiled.
 */
export function isLoop(plan: PhysicalPlan): boolean {
  const nodes = nodesOf(plan);
  if (plan.root.node === 'topic-sink' && plan.root.silent === true) return false;
  return nodes.every((node) => {
    switch (node.node) {
      case 'source':
        return (
          !isProtobuf(node.keyFormat) &&
          !isProtobuf(node.valueFormat) &&
          node.changelog === 'append' &&
          node.window === undefined &&
          node.rowtime?.format === undefined
        );
      case 'filter':
      case 'project':
        return true;
      case 'aggregate':
        return node.window?.type !== 'SESSION' && node.emit !== 'close' && node.undo !== true;
      default:
        return false;
    }
  });
}

/** Its records name a message of their schema; the loop knows only schemas. */
function isProtobuf({ format }: SerdeFormat): boolean {
  return format === 'PROTOBUF' || format === 'PROTOBUF_NOSR';
}

function nodesOf(plan: PhysicalPlan): PhysicalNode[] {
  const nodes: PhysicalNode[] = [];
  const visit = (node: PhysicalNode): void => {
    nodes.push(node);
    if ('left' in node) {
      visit(node.left);
      visit(node.right);
    } else if (node.node !== 'source') visit(node.input);
  };
  visit(plan.root.input);
  return nodes;
}
