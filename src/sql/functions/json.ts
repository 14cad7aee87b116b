/** Functions of JSON text. Numbers keep the text in which they stand: 64-bit integers and decimals are not rounded. */
import type { SqlType } from '../types.ts';
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { javaDouble } from './java-double.ts';
import { jsonPath } from './json-path.ts';
import { parseJson, printJson } from './json-text.ts';
import type { JsonValue } from './json-text.ts';
import { dateText, timestampText, timeText } from './time-text.ts';

const of = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('JSON', name, description, ...overloads);

/** What the text means, or what the function gives when it is no JSON. */
function withJson<T>(use: (value: JsonValue) => T, otherwise: T): (text: string) => T {
  return (text) => {
    const value = parseJson(text);
    return value === undefined ? otherwise : use(value);
  };
}

/** A member as JSON_RECORDS gives it: text without quotes. */
function plain(value: JsonValue): string {
  return value.kind === 'string' ? value.value : printJson(value);
}

export const jsonFunctions: readonly ScalarFunction[] = [
  of(
    'extractjsonfield',
    'What stands at a path of a JSON text.',
    overload('(input: STRING, path: STRING) STRING', { call: jsonPath() }),
  ),
  of(
    'IS_JSON_STRING',
    'Whether a text is JSON.',
    overload('(input: STRING) BOOLEAN', {
      nulls: 'handles',
      neverNull: true,
      call: (text: string | null) => text !== null && parseJson(text) !== undefined,
    }),
  ),
  of(
    'JSON_ARRAY_CONTAINS',
    'Whether a value is in a JSON array.',
    overload('(jsonArray: STRING, val: T) BOOLEAN', ([, type]) => ({
      nulls: 'handles',
      call: (text: string | null, wanted: unknown) => {
        const array = text === null ? undefined : parseJson(text);
        return array?.kind === 'array' && array.items.some((item) => matches(item, wanted, type));
      },
    })),
  ),
  of(
    'JSON_ARRAY_LENGTH',
    'The number of elements of a JSON array.',
    overload('(jsonArray: STRING) INTEGER', {
      call: withJson((value) => (value.kind === 'array' ? value.items.length : null), null),
    }),
  ),
  of(
    'JSON_CONCAT',
    'Objects merged, or arrays one after the other.',
    overload('(jsonStrings: STRING...) STRING', { nulls: 'handles', call: concat }),
  ),
  of(
    'JSON_ITEMS',
    'The elements of a JSON array as JSON texts.',
    overload('(jsonItems: STRING) ARRAY<STRING>', {
      call: withJson((value) => (value.kind === 'array' ? value.items.map(printJson) : null), null),
    }),
  ),
  of(
    'JSON_KEYS',
    'The names of the members of a JSON object.',
    overload('(jsonObj: STRING) ARRAY<STRING>', {
      call: withJson((value) => (value.kind === 'object' ? value.members.map(([name]) => name) : null), null),
    }),
  ),
  of(
    'JSON_RECORDS',
    'The members of a JSON object as a map of texts.',
    overload('(jsonObj: STRING) MAP<STRING, STRING>', {
      call: withJson(
        (value) =>
          value.kind === 'object' ? Object.fromEntries(value.members.map(([name, one]) => [name, plain(one)])) : null,
        null,
      ),
    }),
  ),
  of(
    'TO_JSON_STRING',
    'A value as JSON text.',
    overload('(input: T) STRING', ([type]) => ({
      nulls: 'handles',
      neverNull: true,
      call: (value: unknown) => toJson(value, type as SqlType),
    })),
  ),
];

function matches(item: JsonValue, wanted: unknown, type: SqlType | undefined): boolean {
  switch (item.kind) {
    case 'null':
      return wanted === null;
    case 'boolean':
      return type?.kind === 'BOOLEAN' && item.value === wanted;
    case 'string':
      return type?.kind === 'STRING' && item.value === wanted;
    case 'number': {
      if (wanted === null) return false;
      const whole = /^-?\d+$/.test(item.text);
      if (type?.kind === 'INTEGER' || type?.kind === 'BIGINT')
        return whole && BigInt(item.text) === BigInt(wanted as number);
      return type?.kind === 'DOUBLE' && !whole && Number(item.text) === wanted;
    }
    default:
      return false;
  }
}

function concat(...texts: (string | null)[]): string | null {
  const values = texts.map((text) => (text === null ? undefined : parseJson(text)));
  if (values.length === 0 || values.includes(undefined)) return null;
  const all = values as JsonValue[];
  if (all.every((value) => value.kind === 'object')) {
    const members = new Map(all.flatMap((value) => (value.kind === 'object' ? value.members : [])));
    return printJson({ kind: 'object', members: [...members] });
  }
  if (all.length === 1) return printJson(all[0] as JsonValue);
  return printJson({ kind: 'array', items: all.flatMap((value) => (value.kind === 'array' ? value.items : [value])) });
}

/** Names stand in order, as in ksqlDB. */
function toJson(value: unknown, type: SqlType): string {
  if (value === null || value === undefined) return 'null';
  switch (type.kind) {
    case 'STRING':
      return JSON.stringify(value);
    case 'DOUBLE':
      return Number.isFinite(value) ? javaDouble(value as number) : `"${javaDouble(value as number)}"`;
    case 'BYTES':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('base64'));
    case 'DATE':
      return JSON.stringify(dateText(value as number));
    case 'TIME':
      return JSON.stringify(timeText(value as number));
    case 'TIMESTAMP':
      return JSON.stringify(timestampText(value as number));
    case 'ARRAY':
      return `[${(value as unknown[]).map((item) => toJson(item, type.element)).join(',')}]`;
    case 'MAP':
      return members(Object.entries(value as object).map(([name, item]) => [name, toJson(item, type.value)]));
    case 'STRUCT':
      return members(
        type.fields.map((field) => [field.name, toJson((value as Record<string, unknown>)[field.name], field.type)]),
      );
    default:
      return String(value);
  }
}

function members(list: [string, string][]): string {
  const sorted = list.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${sorted.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}
