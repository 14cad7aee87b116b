/** Parts of row programs: the text of stored values, the index of windows, aggregates that can be undone and merged. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rowAggregate } from '../../../src/runtime/rows/row-aggregates.ts';
import { parseStored, storedText, valueKey } from '../../../src/runtime/rows/stored-text.ts';
import { WindowIndex } from '../../../src/runtime/rows/window-index.ts';
import { sqlTypes } from '../../../src/sql/types.ts';
import type { SqlType } from '../../../src/sql/types.ts';

test('stored values come back as they were', () => {
  const leaf = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const names = fc
    .oneof(fc.string({ maxLength: 4 }), fc.constantFrom('$long', '$bytes', '$object'))
    .filter((name) => name !== '__proto__');
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('value')),
      fc.dictionary(names, tie('value'), { noNullPrototype: true }),
    ),
  }));
  fc.assert(fc.property(value, (one) => void expect(parseStored(storedText(one))).toEqual(one)));
  expect(valueKey({ a: 1, b: 2 })).toBe(valueKey({ b: 2, a: 1 }));
});

test('windows are found by their ends', () => {
  const index = new WindowIndex();
  const entry = (start: number, end: number): { keys: unknown[]; start: number; end: number } => ({
    keys: [],
    start,
    end,
  });
  for (const start of [20, 0, 10]) index.add(`g@${start}`, entry(start, start + 10));
  expect(index.closedBetween(-1, 20)).toEqual(['g@0', 'g@10']);
  expect(index.closedBetween(10, 30)).toEqual(['g@10', 'g@20']);
  expect(index.overlapping('g', 11, 12)).toEqual(['g@10']);
  expect(index.endedBefore(20)).toEqual(['g@0']);
  index.remove('g@0', entry(0, 10));
  expect(index.endedBefore(20)).toEqual([]);
});

test('sessions that touch a time are found among many, whichever came and went first', () => {
  const times = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { minLength: 2, maxLength: 40 });
  fc.assert(
    fc.property(
      times,
      fc.array(fc.nat(20)),
      fc.integer({ min: -5, max: 65 }),
      fc.nat(9),
      (starts, gone, from, length) => {
        const index = new WindowIndex();
        const sorted = starts.toSorted((a, b) => a - b);
        // Each ends before the next begins; some are a single moment.
        const session = (start: number): { key: string; keys: unknown[]; start: number; end: number } => {
          const next = sorted[sorted.indexOf(start) + 1] ?? start + 5;
          const end = start % 3 === 0 ? start : next - 1;
          return { key: `g@${start}-${end}`, keys: [], start, end };
        };
        for (const start of starts) index.add(session(start).key, session(start));
        const left = new Set(starts);
        for (const one of gone) {
          const start = starts[one] ?? -1;
          if (left.delete(start)) index.remove(session(start).key, session(start));
        }
        const to = from + length;
        const expected = [...left].map(session).filter(({ start, end }) => end >= from && start <= to);
        expect(index.overlapping('g', from, to)).toEqual(
          expected.toSorted((a, b) => a.end - b.end).map(({ key }) => key),
        );
      },
    ),
  );
});

const decimal: SqlType = { kind: 'DECIMAL', precision: 6, scale: 2 };

test('what is taken out again leaves no trace', () => {
  const of = (id: string, type: SqlType, result: SqlType = type): ReturnType<typeof rowAggregate> =>
    rowAggregate({ id, args: [{ kind: 'column', index: 0, type }] }, result);
  const cases: [ReturnType<typeof rowAggregate>, readonly unknown[]][] = [
    [of('count:integer', sqlTypes.integer, sqlTypes.bigint), [1, null, 2]],
    [of('sum:bigint', sqlTypes.bigint), [2n ** 62n, 2n ** 62n, 5]],
    [of('sum:decimal', decimal), ['1.10', null, '22.25']],
    [of('collect_list:string', sqlTypes.string), ['a', null, 'a']],
    [of('histogram:string', sqlTypes.string), ['a', 'b', 'a']],
    [of('avg:integer', sqlTypes.integer, sqlTypes.double), [3, 4, null]],
  ];
  for (const [aggregate, values] of cases) {
    const base = aggregate.add(aggregate.init(), [values[0]]);
    const more = values.slice(1).reduce<unknown>((state, value) => aggregate.add(state, [value]), base);
    const back = values.slice(1).reduceRight<unknown>((state, value) => aggregate.undo?.(state, [value]), more);
    expect(storedText(back)).toBe(storedText(base));
    const apart = aggregate.merge(
      base,
      values.slice(1).reduce<unknown>((state, value) => aggregate.add(state, [value]), aggregate.init()),
    );
    expect(storedText(aggregate.result(apart))).toBe(storedText(aggregate.result(more)));
  }
  expect(() => of('sum:decimal', decimal).add('9999.99', ['0.01'])).toThrow('Numeric field overflow');
});

test('an average adds as its argument does, and wraps so', () => {
  const of = (type: SqlType, values: readonly unknown[]): unknown => {
    const aggregate = rowAggregate(
      { id: `avg:${type.kind}`, args: [{ kind: 'column', index: 0, type }] },
      sqlTypes.double,
    );
    return aggregate.result(values.reduce<unknown>((state, value) => aggregate.add(state, [value]), aggregate.init()));
  };
  expect(of(sqlTypes.integer, [2147483647, null, 1])).toBe(-1073741824);
  expect(of(sqlTypes.bigint, [2n ** 63n - 1n, 1])).toBe(-(2 ** 62));
  expect(of(sqlTypes.double, [1.5, 2])).toBe(1.75);
  expect(of(sqlTypes.integer, [null])).toBe(0);
});

test('a histogram counts a thousand texts, and no others', () => {
  const histogram = rowAggregate(
    { id: 'histogram:string', args: [{ kind: 'column', index: 0, type: sqlTypes.string }] },
    { kind: 'MAP', key: sqlTypes.string, value: sqlTypes.bigint },
  );
  let state = histogram.init();
  for (let i = 0; i < 1002; i++) state = histogram.add(state, [`t${i}`]);
  state = histogram.add(state, ['t0']);
  const counts = histogram.result(state) as Record<string, number>;
  expect(Object.keys(counts)).toHaveLength(1000);
  expect([counts['t0'], counts['t999'], counts['t1000']]).toEqual([2, 1, undefined]);
  // What is taken out makes room.
  state = histogram.add(histogram.undo?.(state, ['t5']), ['t1000']);
  expect(histogram.result(state)).toMatchObject({ t1000: 1 });
});
