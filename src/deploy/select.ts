/** A logical plan as one SELECT of an engine's SQL: neighbouring nodes share a SELECT where they can, the others nest. */
import type { LogicalAggregate } from '../sql/logical/aggregate.ts';
import type { LogicalColumn, LogicalNode } from '../sql/logical/node.ts';
import { inexpressible } from './engine-sql.ts';
import type { EngineSql } from './engine-sql.ts';
import { conditionSql, expressionSql } from './expression.ts';

/** A SELECT that is still growing. */
export interface Select {
  readonly from: string;
  readonly where: readonly string[];
  readonly groupBy: readonly string[];
  readonly having: readonly string[];
  /** The text of each column of the node. */
  readonly columns: readonly string[];
  readonly time?: string;
}

/** @throws StackError MILLRACE_UNSUPPORTED */
export function selectOf(node: LogicalNode, sql: EngineSql): Select {
  switch (node.node) {
    case 'source':
      return { ...sql.scan(node), where: [], groupBy: [], having: [] };
    case 'filter': {
      const input = selectOf(node.input, sql);
      const condition = conditionSql(node.predicate, input.columns, sql);
      return input.groupBy.length > 0
        ? { ...input, having: [...input.having, condition] }
        : { ...input, where: [...input.where, condition] };
    }
    case 'project': {
      const input = selectOf(node.input, sql);
      return { ...input, columns: node.columns.map(({ expression }) => expressionSql(expression, input.columns, sql)) };
    }
    case 'aggregate':
      return aggregate(node, sql);
    case 'flat-map':
      throw inexpressible(sql.title, 'A table function');
    case 'join':
      throw inexpressible(sql.title, 'A join of this statement');
  }
}

function aggregate(node: LogicalAggregate, sql: EngineSql): Select {
  const inner = selectOf(node.input, sql);
  const input = inner.groupBy.length > 0 ? nested(inner, node.input.columns, sql) : inner;
  const keys = node.keys.map(({ expression }) => expressionSql(expression, input.columns, sql));
  const results = node.aggregates.map((one) => {
    const [name = ''] = one.id.split(':');
    const args = one.args.map((arg) => expressionSql(arg, input.columns, sql));
    const found = sql.aggregate(name, args, one);
    if (found === undefined) throw inexpressible(sql.title, `The aggregate ${name.toUpperCase()}`);
    return found;
  });
  const keysGiven = node.nullKey === 'drop' && sql.faithful ? keys.map((key) => `${key} IS NOT NULL`) : [];
  if (node.nullKey === 'drop' && !sql.faithful)
    sql.note('null-keys', 'Rows whose group is null are left out by the statement; here they make a group.');
  const grouped = { having: [], columns: [...keys, ...results] };
  const { timeWindow } = node;
  if (timeWindow === undefined)
    return { ...grouped, from: input.from, where: [...input.where, ...keysGiven], groupBy: keys };
  if (input.time === undefined) throw inexpressible(sql.title, 'A window over rows without event time');
  const over = { from: input.from, time: input.time, keys, filtered: input.where.length > 0 };
  const window = sql.window(over, timeWindow, node.emission);
  return {
    ...grouped,
    from: window.from,
    where: [...input.where, ...keysGiven, ...window.where],
    groupBy: [...keys, ...window.groupBy],
    columns: [...grouped.columns, window.start, window.end],
  };
}

/** The select as the input of another one. */
function nested(select: Select, columns: readonly LogicalColumn[], sql: EngineSql): Select {
  const names = columns.map(({ name }) => sql.name(name));
  const outputs = select.columns.map((text, i) => ({ text, name: names[i] ?? '' }));
  return { from: `(\n${indented(selectText(select, outputs))}\n)`, where: [], groupBy: [], having: [], columns: names };
}

/** The finished text; `name` of an output is quoted already. */
export function selectText(
  { from, where, groupBy, having }: Select,
  outputs: readonly { readonly text: string; readonly name: string }[],
): string {
  const lines = [
    'SELECT',
    outputs.map(({ text, name }) => (text === name ? `  ${text}` : `  ${text} AS ${name}`)).join(',\n'),
    `FROM ${from}`,
  ];
  if (where.length > 0) lines.push(`WHERE ${where.join('\n  AND ')}`);
  if (groupBy.length > 0) lines.push(`GROUP BY ${groupBy.join(', ')}`);
  if (having.length > 0) lines.push(`HAVING ${having.join(' AND ')}`);
  return lines.join('\n');
}

export function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}
