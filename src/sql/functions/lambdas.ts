/** Functions that take a function: TRANSFORM, FILTER, REDUCE. A lambda comes as a JavaScript function over plain values. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { mapEntries } from './values.ts';

type Entries = Readonly<Record<string, unknown>>;
type Lambda = (...args: unknown[]) => unknown;

/** As Java's collector of maps: no key twice, no value null. */
function collected(entries: readonly (readonly [unknown, unknown])[]): Record<string, unknown> {
  const map: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const name = String(key);
    if (Object.hasOwn(map, name)) throw new RangeError(`Duplicate key ${name}`);
    if (value === null || value === undefined) throw new RangeError(`the value of ${name} is null`);
    map[name] = value;
  }
  return map;
}

/** What a condition says; it has to say something. */
function said(value: unknown): boolean {
  if (typeof value !== 'boolean') throw new RangeError('the condition is null');
  return value;
}

export const lambdaFunctions: readonly ScalarFunction[] = [
  scalar(
    'LAMBDA',
    'transform',
    'Each element, or each key and value, through a function.',
    overload('(array: ARRAY<T>, function: LAMBDA<T, R>) ARRAY<R>', {
      call: (list: readonly unknown[], f: Lambda) => list.map((item) => f(item)),
    }),
    overload('(map: MAP<K, V>, biFunction1: LAMBDA<K, V, R>, biFunction2: LAMBDA<K, V, T>) MAP<R, T>', {
      call: (map: Entries, key: Lambda, value: Lambda) =>
        collected(mapEntries(map).map(([k, v]) => [key(k, v), value(k, v)])),
    }),
  ),
  scalar(
    'LAMBDA',
    'filter',
    'The elements, or the entries, for which a function is true.',
    overload('(array: ARRAY<T>, function: LAMBDA<T, BOOLEAN>) ARRAY<T>', {
      call: (list: readonly unknown[], f: Lambda) => list.filter((item) => said(f(item))),
    }),
    overload('(map: MAP<K, V>, biFunction: LAMBDA<K, V, BOOLEAN>) MAP<K, V>', {
      call: (map: Entries, f: Lambda) => collected(mapEntries(map).filter(([k, v]) => said(f(k, v)))),
    }),
  ),
  scalar(
    'LAMBDA',
    'reduce',
    'One value from all elements, or entries, taken into a state one after the other.',
    overload('(list: ARRAY<T>, initialState: S, biFunction: LAMBDA<S, T, S>) S', {
      nulls: 'handles',
      call: (list: readonly unknown[] | null, state: unknown, f: Lambda) =>
        state === null ? null : list === null ? state : list.reduce((s, item) => f(s, item), state),
    }),
    overload('(map: MAP<K, V>, initialState: S, triFunction: LAMBDA<S, K, V, S>) S', {
      nulls: 'handles',
      call: (map: Entries | null, state: unknown, f: Lambda) =>
        state === null
          ? null
          : map === null
            ? state
            : mapEntries(map).reduce<unknown>((s, [k, v]) => f(s, k, v), state),
    }),
  ),
];
