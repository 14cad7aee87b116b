/**
 * Values and types as the ksqlDB server prints them: BIGINT exact, DECIMAL with its scale, DOUBLE as Java does, DATE, TIME and
 * TIMESTAMP as text, BYTES in base64. A writer is made once per column, not per row.
 */
import { javaDouble } from '../../sql/functions/java-double.ts';
import type { Row } from '../../runtime/jobs.ts';
import type { ResultColumn } from '../../sql/dialects/ksqldb/plan.ts';
import { quoteName, typeText } from '../../sql/types.ts';
import type { SqlType } from '../../sql/types.ts';

/** The header's schema; pull queries mark key columns, push queries do not. */
export function schemaText(columns: readonly ResultColumn[], markKeys: boolean): string {
  return columns
    .map(({ name, type, key }) => `${quoteName(name)} ${typeText(type)}${key && markKeys ? ' KEY' : ''}`)
    .join(', ');
}

export type ValueWriter = (value: unknown) => string;

/** A row as a JSON array. */
export function rowWriter(types: readonly SqlType[]): (row: Row) => string {
  const writers = types.map((type) => jsonWriter(type));
  return (row) => `[${writers.map((write, i) => write(row[i])).join(',')}]`;
}

/** The writer of one type; null is written as null. */
export function jsonWriter(type: SqlType): ValueWriter {
  const write = valueWriter(type);
  return (value) => (value === null || value === undefined ? 'null' : write(value));
}

function valueWriter(type: SqlType): ValueWriter {
  switch (type.kind) {
    case 'DOUBLE':
      // JSON has no NaN and no infinities; they are written as text.
      return (value) => (Number.isFinite(value) ? javaDouble(value as number) : `"${javaDouble(value as number)}"`);
    case 'STRING':
      return (value) => JSON.stringify(value);
    case 'BYTES':
      return (value) => `"${Buffer.from(value as Uint8Array).toString('base64')}"`;
    case 'DATE':
      return (value) => `"${dateText(value as number)}"`;
    case 'TIME':
      return (value) => `"${timeText(value as number)}"`;
    case 'TIMESTAMP':
      return (value) => `"${new Date(Number(value)).toISOString().slice(0, 23)}"`;
    case 'ARRAY': {
      const element = jsonWriter(type.element);
      return (value) => `[${(value as unknown[]).map((item) => element(item)).join(',')}]`;
    }
    case 'MAP': {
      const item = jsonWriter(type.value);
      return (value) =>
        `{${Object.entries(value as object)
          .map(([key, one]) => `${JSON.stringify(key)}:${item(one)}`)
          .join(',')}}`;
    }
    case 'STRUCT': {
      const fields = type.fields.map(({ name, type: one }) => ({
        name,
        text: JSON.stringify(name),
        write: jsonWriter(one),
      }));
      return (value) =>
        `{${fields.map(({ name, text, write }) => `${text}:${write((value as Record<string, unknown>)[name])}`).join(',')}}`;
    }
    default:
      return (value) => String(value);
  }
}

function dateText(days: number): string {
  return new Date(days * 86_400_000).toISOString().slice(0, 10);
}

/** Seconds are left out when they are zero, and fractions always (Java's `LocalTime.ofSecondOfDay`). */
function timeText(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString();
  return text.slice(17, 19) === '00' ? text.slice(11, 16) : text.slice(11, 19);
}
