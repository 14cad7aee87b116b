/** Spark's SQL, as the translator needs it (Spark 4.1 documentation, "SQL Reference"). ANSI mode is off: overflow wraps, as in ksqlDB. */
import type { PlanLiteral } from '../../sql/expression.ts';
import type { LogicalAggregate, LogicalWindow } from '../../sql/logical/aggregate.ts';
import type { LogicalSource } from '../../sql/logical/source.ts';
import type { SqlType } from '../../sql/types.ts';
import { inexpressible } from '../engine-sql.ts';
import type { CallExpression, EngineSql, Scan, WindowInput, WindowSql } from '../engine-sql.ts';
import { appendSql, noteRounding, overflowText, sharedCall } from '../expression.ts';
import type { DifferenceName } from '../notes.ts';

export interface SparkSqlOptions {
  readonly faithful: boolean;
  scan(source: LogicalSource): Scan;
  note(name: DifferenceName, text: string): void;
}

const title = 'Spark SQL';

export function sparkSql({ faithful, scan, note }: SparkSqlOptions): EngineSql {
  return {
    title,
    faithful,
    name: sparkName,
    type: sparkType,
    literal: sparkLiteral,
    cast: (text, from, to) => sparkCast(text, from, to, faithful),
    call: (name, args, call) => sparkCall(name, args, call, faithful, note),
    aggregate: (name, args, aggregate) => sparkAggregate(name, args, aggregate, faithful, note),
    scan,
    window: (input, window) => sparkWindow(input, window),
    note,
  };
}

export function sparkName(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``;
}

export function sparkType(type: SqlType): string {
  switch (type.kind) {
    case 'INTEGER':
      return 'INT';
    case 'BYTES':
      return 'BINARY';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'TIME':
      throw inexpressible(title, 'The type TIME');
    case 'ARRAY':
      return `ARRAY<${sparkType(type.element)}>`;
    case 'MAP':
      return `MAP<${sparkType(type.key)}, ${sparkType(type.value)}>`;
    case 'STRUCT':
      return `STRUCT<${type.fields.map((field) => `${sparkName(field.name)}: ${sparkType(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** Spark's literals know escapes. */
export function sparkText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}

function sparkLiteral(value: NonNullable<PlanLiteral>, type: SqlType): string {
  switch (type.kind) {
    case 'STRING':
      return sparkText(String(value));
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'INTEGER':
      return String(value);
    case 'BIGINT':
    case 'DECIMAL':
    case 'DOUBLE':
      return `CAST(${String(value)} AS ${sparkType(type)})`;
    default:
      throw inexpressible(title, `A literal of ${type.kind}`);
  }
}

/** A text with a fraction is no whole number in the statement; Spark would cut it. */
function sparkCast(text: string, from: SqlType, to: SqlType, faithful: boolean): string {
  const cast = `CAST(${text} AS ${sparkType(to)})`;
  const whole = to.kind === 'INTEGER' || to.kind === 'BIGINT';
  return faithful && from.kind === 'STRING' && whole ? `IF(${text} RLIKE '^[+-]?[0-9]+$', ${cast}, NULL)` : cast;
}

/** What TRIM takes away besides the space. */
const blanks = String.raw`\t\n\u000B\f\r `;

function sparkCall(
  name: string,
  args: readonly string[],
  call: CallExpression,
  faithful: boolean,
  note: SparkSqlOptions['note'],
): string | undefined {
  const [first = '', second = '', third] = args;
  const whole = call.args.every(({ type }) => type.kind === 'INTEGER' || type.kind === 'BIGINT');
  switch (name) {
    case 'divide':
      if (whole && faithful) return `CAST(${first} DIV ${second} AS ${sparkType(call.type)})`;
      if (whole) note('integer-division', `${first} / ${second} is of whole numbers: Spark keeps the fraction.`);
      else if (call.type.kind === 'DECIMAL') noteRounding(args, call, note);
      else note('division-by-zero', `${first} / ${second}: Spark gives null for a divisor of 0.0.`);
      return `(${first} / ${second})`;
    case 'modulo':
      return `(${first} % ${second})`;
    case 'append':
      return appendSql(args, call, faithful, note);
    case 'new-array':
      return `ARRAY(${args.join(', ')})`;
    case 'like':
      return `(${first} LIKE ${second})`;
    case 'len':
      if (faithful) return `CAST(OCTET_LENGTH(ENCODE(${first}, 'UTF-16BE')) DIV 2 AS INT)`;
      note('characters', 'LEN counts an emoji as 1 in Spark, as 2 in the statement.');
      return `CHAR_LENGTH(${first})`;
    case 'trim':
      return faithful ? `TRIM(BOTH '${blanks}' FROM ${first})` : `TRIM(${first})`;
    case 'substring':
      note('characters', 'SUBSTRING counts an emoji as 1 in Spark, as 2 in the statement.');
      return third === undefined ? `SUBSTRING(${first}, ${second})` : `SUBSTRING(${first}, ${second}, ${third})`;
    case 'element':
      // Counted from 1 in the statement, and null beyond the end.
      return call.args[0]?.type.kind === 'ARRAY' ? `TRY_ELEMENT_AT(${first}, ${second})` : `${first}[${second}]`;
    case 'floor':
    case 'ceil': {
      const nearest = `CAST(${name.toUpperCase()}(${first}) AS ${sparkType(call.type)})`;
      // Spark's is a BIGINT; what does not fit into one has no fraction.
      return call.type.kind === 'DOUBLE' ? `IF(ABS(${first}) < 9e18D, ${nearest}, ${first})` : nearest;
    }
    case 'round':
      return second === '' ? `CAST(FLOOR(${first} + 0.5D) AS ${sparkType(call.type)})` : `ROUND(${first}, ${second})`;
    case 'greatest':
    case 'least':
      return `${name.toUpperCase()}(${args.join(', ')})`;
    default:
      return sharedCall(name, args);
  }
}

function sparkAggregate(
  name: string,
  [first = '']: readonly string[],
  { id, args, type }: LogicalAggregate['aggregates'][number],
  faithful: boolean,
  note: SparkSqlOptions['note'],
): string | undefined {
  switch (name) {
    case 'count':
      return id === 'count:star' || args.length === 0 ? 'COUNT(*)' : `COUNT(${first})`;
    case 'min':
    case 'max':
      return `${name.toUpperCase()}(${first})`;
    case 'sum':
      return faithful
        ? `COALESCE(CAST(SUM(${first}) AS ${sparkType(type)}), 0)`
        : `CAST(SUM(${first}) AS ${sparkType(type)})`;
    case 'avg':
      // The statement's sum wraps as one of the argument's type; of nothing the mean is 0.
      if (faithful && args[0] !== undefined)
        return `COALESCE(CAST(CAST(SUM(${first}) AS ${sparkType(args[0].type)}) AS DOUBLE) / COUNT(${first}), 0D)`;
      if (args[0]?.type.kind === 'INTEGER') note('mean-overflow', overflowText(first));
      return `AVG(${first})`;
    case 'stddev_samp':
      return `STDDEV_SAMP(${first})`;
    default:
      return undefined;
  }
}

function sparkWindow({ from, time }: WindowInput, window: LogicalWindow): WindowSql {
  const plain = { from, where: [] };
  if (window.type === 'SESSION') {
    const call = `SESSION_WINDOW(${time}, '${sparkInterval(window.gapMs)}')`;
    const end = `(UNIX_MILLIS(session_window.end) - ${window.gapMs})`;
    return { ...plain, groupBy: [call], start: 'UNIX_MILLIS(session_window.start)', end };
  }
  const slide = window.type === 'HOPPING' ? `, '${sparkInterval(window.advanceMs)}'` : '';
  return {
    ...plain,
    groupBy: [`WINDOW(${time}, '${sparkInterval(window.sizeMs)}'${slide})`],
    start: 'UNIX_MILLIS(window.start)',
    end: 'UNIX_MILLIS(window.end)',
  };
}

export function sparkInterval(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} seconds` : `${ms} milliseconds`;
}
