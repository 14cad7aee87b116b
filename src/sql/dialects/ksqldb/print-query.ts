/** SELECT as text, laid out as ksqlDB does in messages and in the statements that it rewrites. */
import type { Duration, JoinClause, Query, Relation, SelectItem, WindowClause } from './ast.ts';
import { printExpression, printName } from './print.ts';

/** @param persistent a query that writes to a topic: without EMIT it emits changes, and the text says so */
export function printQuery(query: Query, persistent: boolean): string {
  const emit = query.emit ?? (persistent ? 'CHANGES' : undefined);
  const items = query.select.map(printItem);
  const lines = [
    items.length === 1 ? `SELECT ${items[0]}` : `SELECT\n  ${items.join(',\n  ')}`,
    `FROM ${printRelation(query.from)}`,
    ...query.joins.map(printJoin),
    query.window && `WINDOW ${printWindow(query.window)}`,
    query.where && `WHERE ${printExpression(query.where)}`,
    query.groupBy && `GROUP BY ${printList(query.groupBy.expressions)}`,
    query.partitionBy && `PARTITION BY ${printList(query.partitionBy.expressions)}`,
    query.having && `HAVING ${printExpression(query.having)}`,
    emit && `EMIT ${emit}`,
    query.limit === undefined ? undefined : `LIMIT ${query.limit}`,
  ];
  return lines.filter((line) => line !== undefined).join('\n');
}

/** An empty list can only be written in brackets. */
function printList(expressions: NonNullable<Query['groupBy']>['expressions']): string {
  return expressions.length === 0 ? '()' : expressions.map(printExpression).join(', ');
}

function printItem(item: SelectItem): string {
  if (item.kind === 'all') return item.source === undefined ? '*' : `${printName(item.source)}.*`;
  const alias = item.alias === undefined ? '' : ` ${printName(item.alias)}`;
  return `${printExpression(item.expression)}${alias}`;
}

function printRelation({ name, alias }: Relation): string {
  return `${printName(name)} ${printName(alias ?? name)}`;
}

const joinWords: Readonly<Record<JoinClause['type'], string>> = {
  INNER: 'INNER',
  LEFT: 'LEFT OUTER',
  RIGHT: 'RIGHT OUTER',
  OUTER: 'FULL OUTER',
};

function printJoin({ type, right, within, grace, on }: JoinClause): string {
  const size =
    within === undefined
      ? ''
      : within.symmetric
        ? ` WITHIN ${printDuration(within.before)}`
        : ` WITHIN (${printDuration(within.before)}, ${printDuration(within.after)})`;
  const late = grace === undefined ? '' : ` GRACE PERIOD ${printDuration(grace)}`;
  return `${joinWords[type]} JOIN ${printRelation(right)}${size}${late} ON (${printExpression(on)})`;
}

function printWindow(window: WindowClause): string {
  const name = window.name === undefined ? '' : `${window.name} `;
  const size =
    window.type === 'SESSION'
      ? printDuration(window.gap)
      : window.type === 'TUMBLING'
        ? `SIZE ${printDuration(window.size)}`
        : `SIZE ${printDuration(window.size)} , ADVANCE BY ${printDuration(window.advance)}`;
  const retention = window.retention === undefined ? '' : ` , RETENTION ${printDuration(window.retention)}`;
  const grace = window.grace === undefined ? '' : ` , GRACE PERIOD ${printDuration(window.grace)}`;
  return `${name}${window.type} ( ${size}${retention}${grace} ) `;
}

/** `5 SECONDS`. */
export function printDuration({ value, unit }: Duration): string {
  return `${value} ${unit}`;
}
