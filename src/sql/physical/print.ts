/** A physical plan as text, for EXPLAIN and golden files: one node a line, inputs indented below. */
import { expressionText } from '../logical/print.ts';
import { typeText } from '../types.ts';
import type { PhysicalColumn, PhysicalNode, PhysicalPlan, PlanExchange, SerdeFormat } from './plan.ts';

export function printPhysical({ root }: PhysicalPlan): string {
  const lines: string[] = [];
  if (root.node === 'topic-sink') {
    const key = `${formatText(root.keyFormat)}(${root.key.map(columnText).join(', ')})`;
    const value = `${formatText(root.valueFormat)}(${root.value.map(columnText).join(', ')})`;
    const window = root.windowedKey === undefined ? '' : ` windowed-key=${root.windowedKey}`;
    lines.push(`topic-sink ${root.topic} key=${key} value=${value}${window}`);
  } else {
    lines.push(
      `result-sink (${root.columns.map(columnText).join(', ')})${root.limit === undefined ? '' : ` limit=${root.limit}`}`,
    );
  }
  visit(root.input, 1, lines);
  return lines.join('\n');
}

function visit(node: PhysicalNode, depth: number, lines: string[]): void {
  lines.push(`${'  '.repeat(depth)}${head(node)}`);
  if ('left' in node) {
    visit(node.left, depth + 1, lines);
    visit(node.right, depth + 1, lines);
  } else if (node.node !== 'source') visit(node.input, depth + 1, lines);
}

/** The columns that a node puts out, by name. */
export function outputColumns(node: PhysicalNode): readonly PhysicalColumn[] {
  switch (node.node) {
    case 'source':
    case 'project':
      return node.columns;
    case 'filter':
      return outputColumns(node.input);
    case 'flat-map':
      return [...outputColumns(node.input), ...node.functions];
    case 'aggregate': {
      const own: PhysicalColumn[] = [...node.keys, ...node.aggregates];
      if (node.window === undefined) return own;
      return [...own, ...['WINDOWSTART', 'WINDOWEND'].map((name) => ({ name, type: { kind: 'BIGINT' } as const }))];
    }
    default:
      return [...outputColumns(node.left), ...outputColumns(node.right), node.key];
  }
}

function head(node: PhysicalNode): string {
  if (node.node === 'source') {
    const columns = node.columns.map(({ name, origin }) => `${name}=${origin.from}`).join(', ');
    return `source ${node.topic} key=${formatText(node.keyFormat)} value=${formatText(node.valueFormat)} (${columns}) ${node.changelog} reset=${node.autoOffsetReset}`;
  }
  if ('left' in node) {
    const left = node.node === 'foreign-key-join' ? node.foreignKey : node.leftKey;
    const on = `${expressionText(left, outputColumns(node.left))} = ${expressionText(node.rightKey, outputColumns(node.right))}`;
    return `${node.node} ${node.type} on ${on}${exchangeText(node.leftExchange)}${exchangeText(node.rightExchange)}`;
  }
  const columns = outputColumns(node.input);
  const named = (
    list: readonly (PhysicalColumn & { readonly expression: Parameters<typeof expressionText>[0] })[],
  ): string => list.map(({ name, expression }) => `${name} := ${expressionText(expression, columns)}`).join(', ');
  switch (node.node) {
    case 'filter':
      return `filter ${expressionText(node.predicate, columns)} ${node.changelog}`;
    case 'project':
      return `project ${named(node.columns)}`;
    case 'flat-map':
      return `flat-map ${node.functions.map(({ name, function: fn, args }) => `${name} := ${fn}(${args.map((arg) => expressionText(arg, columns)).join(', ')})`).join(', ')}`;
    case 'aggregate': {
      const aggregates = node.aggregates.map(
        ({ name, aggregate }) =>
          `${name} := ${aggregate.id}(${aggregate.args.map((arg) => expressionText(arg, columns)).join(', ')})`,
      );
      const window = node.window === undefined ? '' : ` window=${JSON.stringify(node.window)}`;
      return `aggregate keys=[${named(node.keys)}] [${aggregates.join(', ')}]${window} emit=${node.emit} null-key=${node.nullKey}${node.undo === true ? ' undo' : ''}${exchangeText(node.exchange)}`;
    }
  }
}

function exchangeText(exchange: PlanExchange | undefined): string {
  return exchange === undefined ? '' : ` exchange=${exchange.name}`;
}

function formatText(format: SerdeFormat): string {
  return `${format.format}${format.wrapped ? '' : '-bare'}`;
}

function columnText({ name, type }: PhysicalColumn): string {
  return `${name} ${typeText(type)}`;
}
