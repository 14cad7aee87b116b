/** Durations as they are written. */
import { invalid } from '../../sql-error.ts';
import type { Span } from '../../syntax/lexer.ts';
import { SqlSyntaxError } from '../../syntax/syntax-error.ts';
import type { Duration } from './ast.ts';

const units: Readonly<Record<string, number>> = {
  MILLISECOND: 1,
  SECOND: 1000,
  MINUTE: 60_000,
  HOUR: 3_600_000,
  DAY: 86_400_000,
  YEAR: 31_557_600_000,
  MONTH: 2_629_746_000,
};

export function durationMs({ value, unit }: Duration): number {
  const size = units[unit.toUpperCase().replace(/S$/, '')];
  if (size === undefined) throw invalid(`Unknown time unit: '${unit.toUpperCase()}'`);
  return value * size;
}

/** `30 SECONDS`, the text of WINDOW_SIZE, which stands at `span`. */
export function parseDuration(text: string, span: Span): number {
  const fail = (why: string): Error => {
    const message = `Configuration WINDOW_SIZE is invalid: Invalid duration: '${text}'. ${why}`;
    return new SqlSyntaxError(message, span, message);
  };
  const parts = text.trim().split(/\s+/);
  if (parts.length !== 2) throw fail('Expected format: <int> <unit>');
  const [count = '', unit = ''] = parts;
  if (!/^[+-]?\d+$/.test(count)) throw fail(`Not numeric: '${count}'`);
  if (units[unit.toUpperCase().replace(/S$/, '')] === undefined)
    throw fail(`Unknown time unit: '${unit.toUpperCase()}'`);
  return durationMs({ value: Number(count), unit });
}
