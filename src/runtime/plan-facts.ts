/** What follows from a physical plan's shape alone. */
import type { PhysicalNode, PhysicalPlan, PhysicalSource } from '../sql/physical/plan.ts';

/** The sources of a plan, each topic once, in the order in which the plan names them. */
export function sourcesOf(plan: PhysicalPlan): PhysicalSource[] {
  const found = new Map<string, PhysicalSource>();
  for (const node of nodesOf(plan)) if (node.node === 'source' && !found.has(node.topic)) found.set(node.topic, node);
  return [...found.values()];
}

/** Whether tasks of the plan keep state that must survive them. */
export function isStateful(plan: PhysicalPlan): boolean {
  return nodesOf(plan).some((node) => node.node === 'aggregate');
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
