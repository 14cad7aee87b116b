/** The logical plan as text, for EXPLAIN and golden files: one node a line, inputs indented below. */
import type { PlanExpression } from '../expression.ts';
import { typeText } from '../types.ts';
import type { LogicalWindow } from './aggregate.ts';
import type { LogicalColumn, LogicalNode } from './node.ts';
import type { LogicalSink } from './sink.ts';

export function printLogical(sink: LogicalSink): string {
  const lines: string[] = [];
  if (sink.node === 'topic-sink') {
    const side = (columns: readonly LogicalColumn[]): string => columns.map(columnText).join(', ');
    const keyFormat = sink.keyFormat.format;
    lines.push(
      `Sink topic=${sink.topic} key=${keyFormat}(${side(sink.key)}) value=${sink.valueFormat.format}(${side(sink.value)})`,
    );
  } else {
    lines.push(
      `Result (${sink.columns.map(columnText).join(', ')})${sink.limit === undefined ? '' : ` limit=${sink.limit}`}`,
    );
  }
  visit(sink.input, 1, lines);
  return lines.join('\n');
}

function visit(node: LogicalNode, depth: number, lines: string[]): void {
  lines.push(`${'  '.repeat(depth)}${head(node)}`);
  if (node.node === 'join') {
    visit(node.left, depth + 1, lines);
    visit(node.right, depth + 1, lines);
  } else if (node.node !== 'source') visit(node.input, depth + 1, lines);
}

function head(node: LogicalNode): string {
  const names = (columns: readonly LogicalColumn[]): string => columns.map(({ name }) => name).join(', ');
  const changelog = `changelog=${node.changelog}`;
  switch (node.node) {
    case 'source':
      return `Source ${node.source.name} topic=${node.source.topic} (${names(node.columns)}) ${changelog} key=[${node.key}] bad-record=${node.badRecord}`;
    case 'filter':
      return `Filter ${expressionText(node.predicate, node.input.columns)} ${changelog}`;
    case 'project':
      return `Project ${node.columns.map(({ name, expression }) => `${name} := ${expressionText(expression, node.input.columns)}`).join(', ')} ${changelog} key=[${node.key}]`;
    case 'flat-map':
      return `FlatMap ${node.functions.map(({ name, function: fn, args }) => `${name} := ${fn}(${args.map((arg) => expressionText(arg, node.input.columns)).join(', ')})`).join(', ')}`;
    case 'aggregate': {
      const keys = node.keys.map(
        ({ name, expression }) => `${name} := ${expressionText(expression, node.input.columns)}`,
      );
      const aggregates = node.aggregates.map(
        ({ name, id, args }) =>
          `${name} := ${id}(${args.map((arg) => expressionText(arg, node.input.columns)).join(', ')})`,
      );
      const window =
        node.timeWindow === undefined ? '' : ` window=${windowText(node.timeWindow)} late-row=${node.lateRow}`;
      return `Aggregate keys=[${keys.join(', ')}] aggregates=[${aggregates.join(', ')}]${window} null-key=${node.nullKey} emission=${node.emission}`;
    }
    case 'join': {
      const on = `${expressionText(node.leftKey, node.left.columns)} = ${expressionText(node.rightKey, node.right.columns)}`;
      const { within } = node;
      const time =
        within === undefined
          ? ''
          : ` within=[-${within.beforeMs}, +${within.afterMs}] grace=${within.graceMs} unmatched=${within.unmatched}`;
      return `Join ${node.kind} ${node.type} on ${on}${time} ${changelog}`;
    }
  }
}

function windowText(window: LogicalWindow): string {
  const rest = `grace=${window.graceMs}`;
  switch (window.type) {
    case 'TUMBLING':
      return `TUMBLING(${window.sizeMs}, ${rest})`;
    case 'HOPPING':
      return `HOPPING(${window.sizeMs}, ${window.advanceMs}, ${rest})`;
    case 'SESSION':
      return `SESSION(${window.gapMs}, ${rest})`;
  }
}

function columnText({ name, type }: LogicalColumn): string {
  return `${name} ${typeText(type)}`;
}

/** An expression over named columns. */
export function expressionText(expression: PlanExpression, columns: readonly { readonly name: string }[]): string {
  const text = (one: PlanExpression): string => expressionText(one, columns);
  switch (expression.kind) {
    case 'column':
      return columns[expression.index]?.name ?? `#${expression.index}`;
    case 'literal':
      return expression.type.kind === 'STRING' && expression.value !== null
        ? `'${String(expression.value)}'`
        : String(expression.value);
    case 'and':
    case 'or':
      return `(${text(expression.left)} ${expression.kind} ${text(expression.right)})`;
    case 'not':
      return `not ${text(expression.operand)}`;
    case 'is-null':
      return `${text(expression.operand)} is ${expression.negated ? 'not ' : ''}null`;
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => `when ${text(when)} then ${text(then)}`);
      return `case ${branches.join(' ')}${expression.otherwise === undefined ? '' : ` else ${text(expression.otherwise)}`} end`;
    }
    case 'call':
      return `${expression.function}(${expression.args.map(text).join(', ')})`;
    case 'cast':
      return `cast(${text(expression.operand)} as ${typeText(expression.type)})`;
    case 'field':
      return `${text(expression.operand)}.${expression.name}`;
    case 'struct':
      return `struct(${expression.fields.map(({ name, value }) => `${name} := ${text(value)}`).join(', ')})`;
    case 'lambda':
      return `(${expression.parameters.map(({ name, id }) => `${name}#${id}`).join(', ')}) => ${text(expression.body)}`;
    case 'parameter':
      return `#${expression.id}`;
  }
}
