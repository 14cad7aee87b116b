/** What follows from a physical plan's shape alone. */
import type { PhysicalNode, PhysicalPlan, PhysicalSource, PlanExpression, SerdeFormat } from '../sql/physical/plan.ts';

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

/** Whether the plan keeps changed rows back until a commit; otherwise each change comes out by itself. */
export function emitsAtCommit(plan: PhysicalPlan): boolean {
  return nodesOf(plan).some((node) => node.node === 'aggregate' && node.emit === 'commit');
}

/**
 * Whether a generated loop can run the plan (`compiler/pipeline.ts`): a chain from one stream to the sink with at most one aggregation
 * without a window, whose expressions throw nothing. Whether it has the aggregates and types shows when it is compiled.
 */
export function isLoop(plan: PhysicalPlan): boolean {
  const nodes = nodesOf(plan);
  // Without an aggregation, rows keep headers and null values, which the loop does not carry.
  if (!nodes.some((node) => node.node === 'aggregate')) return false;
  return nodes.every((node) => {
    switch (node.node) {
      case 'source':
        return (
          !isProtobuf(node.keyFormat) &&
          !isProtobuf(node.valueFormat) &&
          node.changelog === 'append' &&
          node.window === undefined &&
          node.rowtime?.format === undefined &&
          node.columns.every(({ origin }) => origin.from !== 'headers' && origin.from !== 'header')
        );
      case 'filter':
        return throwsNothing(node.predicate);
      case 'project':
        return node.columns.every(({ expression }) => throwsNothing(expression));
      case 'aggregate':
        return (
          node.window === undefined &&
          node.emit !== 'close' &&
          node.undo !== true &&
          node.keys.every(({ expression }) => throwsNothing(expression)) &&
          node.aggregates.every(({ aggregate }) => aggregate.args.every(throwsNothing))
        );
      default:
        return false;
    }
  });
}

/** Its records name a message of their schema; the loop knows only schemas. */
function isProtobuf({ format }: SerdeFormat): boolean {
  return format === 'PROTOBUF' || format === 'PROTOBUF_NOSR';
}

const safeOperators =
  /^(?:add|subtract|multiply|divide|modulo|negate|append|compare-\w+):(?:integer|bigint|double|string|boolean)$/;

/** Expressions that throw for no value: where they fail, the loop knows what goes on without them. */
function throwsNothing(expression: PlanExpression): boolean {
  switch (expression.kind) {
    case 'column':
    case 'literal':
      return true;
    case 'and':
    case 'or':
      return throwsNothing(expression.left) && throwsNothing(expression.right);
    case 'not':
    case 'is-null':
      return throwsNothing(expression.operand);
    case 'cast':
      return (
        ['INTEGER', 'BIGINT', 'DOUBLE'].includes(expression.type.kind) &&
        ['INTEGER', 'BIGINT', 'DOUBLE'].includes(expression.operand.type.kind) &&
        throwsNothing(expression.operand)
      );
    case 'call':
      return safeOperators.test(expression.function) && expression.args.every(throwsNothing);
    default:
      return false;
  }
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
