/** Flink's SQL, as the translator needs it (Flink 2.2 documentation, "Built-in functions", "Windowing TVF"). */
import type { PlanLiteral } from '../../sql/expression.ts';
import type { LogicalAggregate, LogicalWindow } from '../../sql/logical/aggregate.ts';
import type { LogicalSource } from '../../sql/logical/source.ts';
import type { SqlType } from '../../sql/types.ts';
import { inexpressible } from '../engine-sql.ts';
import type { CallExpression, EngineSql, Scan, WindowInput, WindowSql } from '../engine-sql.ts';
import { appendSql, noteRounding, overflowText, quoted, sharedCall } from '../expression.ts';
import type { DifferenceName } from '../notes.ts';

export interface FlinkSqlOptions {
  readonly faithful: boolean;
  /** How far watermarks stay behind the latest row, in milliseconds. */
  readonly watermarkDelay: number;
  scan(source: LogicalSource): Scan;
  note(name: DifferenceName, text: string): void;
}

const title = 'Flink SQL';

export function flinkSql({ faithful, watermarkDelay, scan, note }: FlinkSqlOptions): EngineSql {
  return {
    title,
    faithful,
    name: flinkName,
    type: flinkType,
    literal: flinkLiteral,
    cast: (text, from, to) => flinkCast(text, from, to, faithful),
    call: (name, args, call) => flinkCall(name, args, call, faithful, note),
    aggregate: (name, args, aggregate) => flinkAggregate(name, args, aggregate, faithful, note),
    scan,
    window: (input, window, emission) => flinkWindow(input, window, emission, watermarkDelay, note),
    note,
  };
}

export function flinkName(text: string): string {
  return `\`${text.replaceAll('`', '``')}\``;
}

export function flinkType(type: SqlType): string {
  switch (type.kind) {
    case 'INTEGER':
      return 'INT';
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'TIME':
      return 'TIME(3)';
    case 'TIMESTAMP':
      return 'TIMESTAMP_LTZ(3)';
    case 'ARRAY':
      return `ARRAY<${flinkType(type.element)}>`;
    case 'MAP':
      return `MAP<${flinkType(type.key)}, ${flinkType(type.value)}>`;
    case 'STRUCT':
      return `ROW<${type.fields.map((field) => `${flinkName(field.name)} ${flinkType(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

function flinkLiteral(value: NonNullable<PlanLiteral>, type: SqlType): string {
  switch (type.kind) {
    case 'STRING':
      return quoted(String(value));
    case 'BOOLEAN':
      return value === true ? 'TRUE' : 'FALSE';
    case 'INTEGER':
      return String(value);
    case 'BIGINT':
    case 'DECIMAL':
    case 'DOUBLE':
      return `CAST(${String(value)} AS ${flinkType(type)})`;
    default:
      throw inexpressible(title, `A literal of ${type.kind}`);
  }
}

/** Milliseconds since the epoch, BIGINT, of a timestamp; the session's time zone is UTC. */
export function flinkMillis(time: string): string {
  return `(1000 * EXTRACT(EPOCH FROM ${time}) + EXTRACT(MILLISECOND FROM ${time}))`;
}

/** A text that is no number is null in the statement; here it would be an error, which the JSON format above it takes for a bad record. */
function flinkCast(text: string, from: SqlType, to: SqlType, faithful: boolean): string {
  const cast = `CAST(${text} AS ${flinkType(to)})`;
  if (!faithful) return cast;
  if (from.kind === 'STRING' && to.kind !== 'STRING') return `TRY_${cast}`;
  return from.kind === 'BOOLEAN' && to.kind === 'STRING' ? `LOWER(${cast})` : cast;
}

/** What TRIM takes away besides the space. */
const blanks = String.raw`\0009\000A\000B\000C\000D\0020`;

function flinkCall(
  name: string,
  args: readonly string[],
  call: CallExpression,
  faithful: boolean,
  note: FlinkSqlOptions['note'],
): string | undefined {
  const [first = '', second = '', third] = args;
  switch (name) {
    case 'divide':
    case 'modulo': {
      const whole = call.args.every(({ type }) => type.kind === 'INTEGER' || type.kind === 'BIGINT');
      // A whole number divided by zero is null in the statement, and an error here.
      if (name === 'divide') noteRounding(args, call, note);
      const divisor = whole && faithful ? `NULLIF(${second}, 0)` : second;
      return name === 'divide' ? `(${first} / ${divisor})` : `MOD(${first}, ${divisor})`;
    }
    case 'append':
      return appendSql(args, call, faithful, note);
    case 'new-array':
      return `ARRAY[${args.join(', ')}]`;
    case 'like':
      return `(${first} LIKE ${second})`;
    case 'len':
      note('characters', `LEN counts an emoji as 1 in Flink, as 2 in the statement.`);
      return `CHAR_LENGTH(${first})`;
    case 'substring':
      note('characters', 'SUBSTRING counts an emoji as 1 in Flink, as 2 in the statement.');
      return third === undefined ? `SUBSTRING(${first}, ${second})` : `SUBSTRING(${first}, ${second}, ${third})`;
    case 'element':
      return `${first}[${second}]`;
    case 'trim':
      return faithful ? `TRIM(BOTH U&'${blanks}' FROM ${first})` : `TRIM(${first})`;
    case 'floor':
    case 'ceil':
      return `${name.toUpperCase()}(${first})`;
    case 'round':
      return second === '' ? `CAST(FLOOR(${first} + 0.5) AS ${flinkType(call.type)})` : `ROUND(${first}, ${second})`;
    default:
      return sharedCall(name, args);
  }
}

function flinkAggregate(
  name: string,
  [first = '']: readonly string[],
  { id, args, type }: LogicalAggregate['aggregates'][number],
  faithful: boolean,
  note: FlinkSqlOptions['note'],
): string | undefined {
  const whole = args[0]?.type.kind === 'INTEGER' || args[0]?.type.kind === 'BIGINT';
  switch (name) {
    case 'count':
      return id === 'count:star' || args.length === 0 ? 'COUNT(*)' : `COUNT(${first})`;
    case 'count_distinct':
      return `COUNT(DISTINCT ${first})`;
    case 'min':
    case 'max':
      return `${name.toUpperCase()}(${first})`;
    case 'sum':
      return faithful ? `COALESCE(CAST(SUM(${first}) AS ${flinkType(type)}), 0)` : `SUM(${first})`;
    case 'avg':
      if (faithful) return mean(`CAST(SUM(${first}) AS DOUBLE)`, first);
      if (args[0]?.type.kind === 'INTEGER') note('mean-overflow', overflowText(first));
      if (whole) note('average-of-integers', `AVG(${first}) is over whole numbers: Flink cuts it to one.`);
      return `CAST(AVG(${first}) AS DOUBLE)`;
    case 'stddev_samp':
      return `STDDEV_SAMP(${first})`;
    case 'latest_by_offset':
    case 'earliest_by_offset':
      return args.length === 1 ? `${name === 'latest_by_offset' ? 'LAST_VALUE' : 'FIRST_VALUE'}(${first})` : undefined;
    default:
      return undefined;
  }
}

/** The statement's mean: its sum wraps as one of the argument's type, as SUM does; of nothing it is 0. */
function mean(sum: string, of: string): string {
  return `COALESCE(${sum} / NULLIF(COUNT(${of}), 0), CAST(0 AS DOUBLE))`;
}

/**
 * Windowing table-valued functions. Grouped by the start alone the planner makes a plain aggregation of it, which emits every change;
 * grouped by both bounds it is a window aggregation, which emits once.
 */
function flinkWindow(
  { from, time, keys, filtered }: WindowInput,
  window: LogicalWindow,
  emission: LogicalAggregate['emission'],
  watermarkDelay: number,
  note: FlinkSqlOptions['note'],
): WindowSql {
  const isName = (text: string): boolean => /^`[^`]+`$/.test(text);
  if (!isName(from)) throw inexpressible(title, 'A window over the result of an aggregation');
  const descriptor = `DESCRIPTOR(${time})`;
  const start = flinkMillis('window_start');
  if (window.type === 'SESSION') {
    // The function decides on sessions before WHERE decides on rows.
    if (filtered) throw inexpressible(title, 'WHERE before a session window');
    if (!keys.every(isName)) throw inexpressible(title, 'A session window grouped by an expression');
    if (emission === 'changes') note('emission-on-close', 'Flink emits a session once, when it closes.');
    return {
      from: `TABLE(SESSION(TABLE ${from} PARTITION BY ${keys.join(', ')}, ${descriptor}, ${flinkInterval(window.gapMs)}))`,
      where: [],
      groupBy: ['window_start', 'window_end'],
      start,
      end: `(${flinkMillis('window_end')} - ${window.gapMs})`,
    };
  }
  const input = `TABLE ${from}, ${descriptor}`;
  const size = flinkInterval(window.sizeMs);
  const table =
    window.type === 'TUMBLING'
      ? `TUMBLE(${input}, ${size})`
      : `HOP(${input}, ${flinkInterval(window.advanceMs)}, ${size})`;
  const every = emission === 'changes';
  return {
    from: `TABLE(${table})`,
    where: every ? [notTooLate(time, window.graceMs - watermarkDelay)] : [],
    groupBy: every ? ['window_start'] : ['window_start', 'window_end'],
    start,
    end: `(${start} + ${window.sizeMs})`,
  };
}

/** The window of a row is still open, `graceMs` after its end by the watermark. */
function notTooLate(time: string, graceMs: number): string {
  const current = `CURRENT_WATERMARK(${time})`;
  const grace = graceMs === 0 ? '' : ` ${graceMs < 0 ? '-' : '+'} ${flinkInterval(Math.abs(graceMs))}`;
  return `(${current} IS NULL OR window_end${grace} > ${current})`;
}

/** A length of time: in the largest unit of which it is a whole number below 100, else as days, hours, minutes and seconds. */
export function flinkInterval(ms: number): string {
  for (const [unit, length] of units) {
    const count = ms / length;
    if (Number.isInteger(count) && count < 100) return `INTERVAL '${count}' ${unit}`;
  }
  const part = (length: number, modulus: number): string => String(Math.floor(ms / length) % modulus).padStart(2, '0');
  const days = Math.floor(ms / 86_400_000);
  const seconds = `${part(1000, 60)}.${String(ms % 1000).padStart(3, '0')}`;
  const precision = days > 99 ? `(${String(days).length})` : '';
  return `INTERVAL '${days} ${part(3_600_000, 24)}:${part(60_000, 60)}:${seconds}' DAY${precision} TO SECOND(3)`;
}

const units = [
  ['DAY', 86_400_000],
  ['HOUR', 3_600_000],
  ['MINUTE', 60_000],
  ['SECOND', 1000],
] as const;
