/** Flink's SQL, as the translator needs it (Flink 2.2 documentation, "Built-in functions", "Windowing TVF"). */
import type { PlanLiteral } from '../../sql/expression.ts';
import type { LogicalAggregate, LogicalWindow } from '../../sql/logical/aggregate.ts';
import type { LogicalSource } from '../../sql/logical/source.ts';
import type { SqlType } from '../../sql/types.ts';
import { inexpressible } from '../engine-sql.ts';
import type { CallExpression, EngineSql, Scan, WindowInput, WindowSql } from '../engine-sql.ts';
import { overflowText, quoted, sharedCall } from '../expression.ts';
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
    call: (name, args, call) => flinkCall(name, args, call, faithful),
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

function flinkCall(name: string, args: readonly string[], call: CallExpression, faithful: boolean): string | undefined {
  const [first = '', second = '', third] = args;
  switch (name) {
    case 'divide':
    case 'modulo': {
      const whole = call.args.every(({ type }) => type.kind === 'INTEGER' || type.kind === 'BIGINT');
      // A whole number divided by zero is null in the statement, and an error here.
      const divisor = whole && faithful ? `NULLIF(${second}, 0)` : second;
      return name === 'divide' ? `(${first} / ${divisor})` : `MOD(${first}, ${divisor})`;
    }
    case 'concat':
      // The operator + gives null when a side is null.
      return call.function === 'concat:string' && args.length === 2
        ? `(${first} || ${second})`
        : sharedCall(name, args);
    case 'new-array':
      return `ARRAY[${args.join(', ')}]`;
    case 'like':
      return `(${first} LIKE ${second})`;
    case 'substring':
      return third === undefined ? `SUBSTRING(${first}, ${second})` : `SUBSTRING(${first}, ${second}, ${third})`;
    case 'element':
      return `${first}[${second}]`;
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
      if (args[0]?.type.kind === 'INTEGER') note('mean-overflow', overflowText(first));
      if (faithful) return `COALESCE(AVG(CAST(${first} AS DOUBLE)), CAST(0 AS DOUBLE))`;
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
