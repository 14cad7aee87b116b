/** Functions of arrays and maps. */
import type { SqlType } from '../types.ts';
import type { FunctionMake, ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { javaDouble } from './java-double.ts';
import { compareValues, equalValues, mapEntries } from './values.ts';

const arrayFn = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('ARRAY', name, description, ...overloads);
const mapFn = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('MAP', name, description, ...overloads);

type List = readonly unknown[];
type Entries = Readonly<Record<string, unknown>>;

/** How values of an array's element type are compared. */
function textOf(type: SqlType | undefined): string {
  const element = type?.kind === 'ARRAY' ? type.element : type;
  return element?.kind === 'DECIMAL' ? 'decimal' : '';
}

/** A set operation on two arrays, with the equality of their element type. */
const setOf = (compute: (a: List, b: List, has: (list: List, value: unknown) => boolean) => unknown): FunctionMake => {
  return ([type]) => {
    const text = textOf(type);
    const has = (list: List, value: unknown): boolean =>
      list.some((one) => one === value || (one !== null && value !== null && equalValues(one, value, text)));
    return { neverNull: true, call: (a: List, b: List) => compute(a, b, has) };
  };
};

function distinct(list: List, has: (list: List, value: unknown) => boolean): unknown[] {
  const out: unknown[] = [];
  for (const value of list) if (!has(out, value)) out.push(value);
  return out;
}

const best = (better: (order: number) => boolean): FunctionMake => {
  return ([type]) => ({
    call: (list: List) =>
      list.reduce(
        (found, value) =>
          value === null ? found : found === null || better(compareValues(value, found, textOf(type))) ? value : found,
        null,
      ),
  });
};

function sort(list: List, direction: string, text: string): unknown[] | null {
  const upper = direction.toUpperCase();
  const sign = ['ASC', 'ASCENDING'].includes(upper) ? 1 : ['DESC', 'DESCENDING'].includes(upper) ? -1 : 0;
  if (sign === 0) return null;
  // Nulls stand last either way.
  return [...list].sort((a, b) =>
    a === null || b === null ? Number(a === null) - Number(b === null) : sign * compareValues(a, b, text),
  );
}

/** An element as Java prints it. */
function elementText(value: unknown, type: SqlType | undefined): string {
  const element = type?.kind === 'ARRAY' ? type.element : undefined;
  if (element !== undefined && ['ARRAY', 'MAP', 'STRUCT'].includes(element.kind))
    throw new RangeError(`elements of type ${element.kind} cannot be joined`);
  return typeof value === 'number' && element?.kind === 'DOUBLE' ? javaDouble(value) : String(value);
}

const entriesOf = (type: string): ReturnType<typeof overload> =>
  overload(`(map: MAP<STRING, ${type}>, sorted: BOOLEAN) ARRAY<STRUCT<K STRING, V ${type}>>`, {
    neverNull: true,
    call: (map: Entries, sorted: boolean) => {
      const all = mapEntries(map).map(([K, V]) => ({ K, V }));
      return sorted ? all.sort((a, b) => compareValues(a.K, b.K, '')) : all;
    },
  });

function series(from: number | bigint, to: number | bigint, step: number): (number | bigint)[] {
  if (step === 0) throw new RangeError('GENERATE_SERIES step cannot be zero');
  const [start, end] = [BigInt(from), BigInt(to)];
  if ((end > start && step < 0) || (end < start && step > 0))
    throw new RangeError(`GENERATE_SERIES step has wrong sign`);
  const count = Number((end - start) / BigInt(step)) + 1;
  return Array.from({ length: count }, (_, i) => {
    const value = start + BigInt(i) * BigInt(step);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  });
}

export const collectionFunctions: readonly ScalarFunction[] = [
  arrayFn(
    'array_concat',
    'Both arrays one after the other.',
    overload('(left: ARRAY<T>, right: ARRAY<T>) ARRAY<T>', {
      nulls: 'handles',
      call: (a: List | null, b: List | null) => (a === null && b === null ? null : [...(a ?? []), ...(b ?? [])]),
    }),
  ),
  arrayFn(
    'ARRAY_CONTAINS',
    'Whether a value is in an array.',
    overload('(array: ARRAY<T>, val: T) BOOLEAN', ([type]) => ({
      nulls: 'handles',
      call: (list: List | null, value: unknown) =>
        list !== null &&
        list.some((one) => one === value || (one !== null && value !== null && equalValues(one, value, textOf(type)))),
    })),
  ),
  arrayFn(
    'array_distinct',
    'The different elements.',
    overload(
      '(input: ARRAY<T>) ARRAY<T>',
      setOf((a, _, has) => distinct(a, has)),
    ),
  ),
  arrayFn(
    'array_except',
    'The different elements that are not in another array.',
    overload('(left: ARRAY<T>, right: ARRAY<T>) ARRAY<T>', ([type]) => {
      const text = textOf(type);
      const has = (list: List, value: unknown): boolean =>
        list.some((one) => one === value || (one !== null && value !== null && equalValues(one, value, text)));
      return {
        neverNull: true,
        call: (a: List, b: List) =>
          distinct(
            a.filter((value) => !has(b, value)),
            has,
          ),
      };
    }),
  ),
  arrayFn(
    'array_intersect',
    'The different elements that are in both arrays.',
    overload(
      '(left: ARRAY<T>, right: ARRAY<T>) ARRAY<T>',
      setOf((a, b, has) =>
        distinct(
          a.filter((value) => has(b, value)),
          has,
        ),
      ),
    ),
  ),
  arrayFn(
    'array_union',
    'The different elements of both arrays.',
    overload(
      '(left: ARRAY<T>, right: ARRAY<T>) ARRAY<T>',
      setOf((a, b, has) => distinct([...a, ...b], has)),
    ),
  ),
  arrayFn(
    'array_remove',
    'The array without the elements that equal a value.',
    overload('(array: ARRAY<T>, victim: T) ARRAY<T>', ([type]) => ({
      nulls: 'handles',
      call: (list: List | null, victim: unknown) =>
        list?.filter(
          (one) => !(one === victim || (one !== null && victim !== null && equalValues(one, victim, textOf(type)))),
        ) ?? null,
    })),
  ),
  arrayFn(
    'ARRAY_JOIN',
    'The elements as text, with a delimiter between them.',
    overload('(array: ARRAY<T>) STRING', ([type]) => ({
      neverNull: true,
      call: (list: List) => list.map((one) => elementText(one, type)).join(','),
    })),
    overload('(array: ARRAY<T>, delimiter: STRING) STRING', ([type]) => ({
      nulls: 'handles',
      call: (list: List | null, delimiter: string | null) =>
        list?.map((one) => elementText(one, type)).join(delimiter ?? '') ?? null,
    })),
  ),
  arrayFn(
    'ARRAY_LENGTH',
    'The number of elements.',
    overload('(array: ARRAY<T>) INTEGER', { neverNull: true, call: (list: List) => list.length }),
  ),
  arrayFn(
    'array_max',
    'The largest element.',
    overload(
      '(input: ARRAY<T>) T',
      best((order) => order > 0),
    ),
  ),
  arrayFn(
    'array_min',
    'The smallest element.',
    overload(
      '(input: ARRAY<T>) T',
      best((order) => order < 0),
    ),
  ),
  arrayFn(
    'array_sort',
    'The elements in order, nulls last.',
    overload('(input: ARRAY<T>) ARRAY<T>', ([type]) => ({ call: (list: List) => sort(list, 'ASC', textOf(type)) })),
    overload('(input: ARRAY<T>, direction: STRING) ARRAY<T>', ([type]) => ({
      call: (list: List, direction: string) => sort(list, direction, textOf(type)),
    })),
  ),
  arrayFn(
    'slice',
    'The elements from one position to another, counted from 1, both included.',
    overload('(in: ARRAY<T>, from: INTEGER, to: INTEGER) ARRAY<T>', {
      nulls: 'handles',
      call: (list: List | null, from: number | null, to: number | null) => {
        if (list === null) return null;
        const [start, end] = [from === null ? 0 : from - 1, to ?? list.length];
        return start < 0 || end > list.length || start > end ? null : list.slice(start, end);
      },
    }),
  ),
  arrayFn(
    'GENERATE_SERIES',
    'The numbers from one to another.',
    overload('(start: INTEGER, end: INTEGER) ARRAY<INTEGER>', {
      neverNull: true,
      call: (a: number, b: number) => series(a, b, a > b ? -1 : 1),
    }),
    overload('(start: INTEGER, end: INTEGER, step: INTEGER) ARRAY<INTEGER>', { neverNull: true, call: series }),
    overload('(start: BIGINT, end: BIGINT) ARRAY<BIGINT>', {
      neverNull: true,
      call: (a: number | bigint, b: number | bigint) => series(a, b, a > b ? -1 : 1),
    }),
    overload('(start: BIGINT, end: BIGINT, step: INTEGER) ARRAY<BIGINT>', { neverNull: true, call: series }),
  ),
  mapFn(
    'AS_MAP',
    'A map from an array of keys and one of values.',
    overload('(keys: ARRAY<STRING>, values: ARRAY<T>) MAP<STRING, T>', {
      neverNull: true,
      call: (keys: readonly string[], values: List) =>
        Object.fromEntries(keys.map((key, i) => [key, values[i] ?? null])),
    }),
  ),
  mapFn(
    'map_keys',
    'The keys of a map.',
    overload('(input: MAP<STRING, T>) ARRAY<STRING>', {
      neverNull: true,
      call: (map: Entries) => mapEntries(map).map(([key]) => key),
    }),
  ),
  mapFn(
    'map_values',
    'The values of a map.',
    overload('(input: MAP<STRING, T>) ARRAY<T>', {
      neverNull: true,
      call: (map: Entries) => mapEntries(map).map(([, value]) => value),
    }),
  ),
  mapFn(
    'map_union',
    'The entries of both maps; those of the second win.',
    overload('(map1: MAP<STRING, T>, map2: MAP<STRING, T>) MAP<STRING, T>', {
      nulls: 'handles',
      call: (a: Entries | null, b: Entries | null) => (a === null && b === null ? null : { ...a, ...b }),
    }),
  ),
  mapFn(
    'ENTRIES',
    'The entries of a map as structs.',
    ...['INTEGER', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'STRING'].map(entriesOf),
  ),
];
