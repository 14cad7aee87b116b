import { expect, test } from 'vitest';
import { differences, summary } from '../../../../src/deploy/compare/differences.ts';
import type { Cell, ResultRow } from '../../../../src/deploy/compare/row-decoder.ts';
import type { DifferenceName } from '../../../../src/deploy/notes.ts';

function result(...rows: readonly (readonly [key: Cell, ...values: Cell[]])[]): ResultRow[] {
  return rows.map(([key, ...values]) => ({
    key: { K: key },
    value: Object.fromEntries(values.map((cell, i) => [`V${i}`, cell])),
  }));
}

function names(expected: ResultRow[], actual: ResultRow[], known: readonly DifferenceName[], table = true): string[] {
  return differences({ expected, actual, repeated: [] }, table, new Set(known)).map(({ name }) => name);
}

test('equal answers have no difference, in any order and with sums of fractions in another order', () => {
  expect(names(result(['a', 1, 0.1 + 0.2], ['b', 2, null]), result(['b', 2, null], ['a', 1, 0.3]), [])).toEqual([]);
});

test('a difference has the name that the engine is known for, and none without it', () => {
  const [mean, cut] = [result(['a', 45.75]), result(['a', 45])];
  expect(names(mean, cut, ['average-of-integers'])).toEqual(['average-of-integers']);
  expect(names(mean, cut, ['late-rows'])).toEqual(['late-rows']);
  expect(names(mean, cut, [])).toEqual(['unexplained']);
  expect(names(result(['a', 2]), result(['a', 2.5]), ['integer-division'])).toEqual(['integer-division']);
  expect(names(result(['a', 1]), result(['a', null]), ['division-by-zero'])).toEqual(['division-by-zero']);
  expect(names(result(['a', 'x']), result(['a', 'y']), ['average-of-integers'])).toEqual(['unexplained']);
});

test('rows on one side only', () => {
  expect(names(result(['a', 1]), result(['a', 1], [null, 2]), ['null-keys'])).toEqual(['null-keys']);
  expect(names(result(['a', 1]), result(['a', 1], ['b', 2]), ['no-withdrawal'])).toEqual(['no-withdrawal']);
  expect(names(result(['a', 1], ['b', 2]), result(['a', 1]), [])).toEqual(['unexplained']);
  const partitions = ['order-of-partitions'] as const;
  expect(names(result(['a', 4]), result(['a', 8], ['b', 5]), partitions)).toEqual([...partitions, ...partitions]);
});

test("a stream's rows count as often as they come", () => {
  const [once, twice] = [result(['a', 1]), result(['a', 1], ['a', 1])];
  expect(names(twice, twice, [], false)).toEqual([]);
  expect(names(once, twice, ['at-least-once'], false)).toEqual(['at-least-once']);
  expect(names(twice, once, [], false)).toEqual(['unexplained']);
});

test('a row of a stream that differs is held against the one that is most like it', () => {
  const expected = result(['a', 1, 2, 'x'], ['a', 5, 6, 'y']);
  const actual = result(['a', 5, 6.5, 'y'], ['a', 1, 2, 'x'], ['a', 9, 9, 'z']);
  expect(names(expected, actual, ['integer-division', 'bad-fields'], false)).toEqual([
    'integer-division',
    'bad-fields',
  ]);
  expect(names(result(['a', 1], ['a', 3]), result(['a', 1.5], ['a', 3]), ['integer-division'], false)).toEqual([
    'integer-division',
  ]);
});

test('a difference of characters is one only where a character is two UTF-16 units', () => {
  const length = (text: string): [ResultRow[], ResultRow[]] => [result(['a', text, 2]), result(['a', text, 1])];
  expect(names(...length('😀'), ['characters'])).toEqual(['characters']);
  expect(names(...length('ü'), ['characters'])).toEqual(['unexplained']);
  expect(names(result(['😀', 2]), result(['😀', 1]), ['characters'])).toEqual(['characters']);
});

test('a row that was expected less often came twice', () => {
  const found = differences(
    { expected: [], actual: [], repeated: result(['a', 1]) },
    false,
    new Set(['at-least-once']),
  );
  expect(found).toEqual([{ name: 'at-least-once', key: { K: 'a' }, expected: undefined, actual: 'V0=1' }]);
});

test('of many differences a hundred of each name are kept, and all are counted', () => {
  const many = differences(
    {
      expected: result(...Array.from({ length: 250 }, (_, i) => [i, i] as const), ['x', 1.5]),
      actual: result(['x', 1]),
      repeated: [],
    },
    true,
    new Set(['average-of-integers']),
  );
  const { counts, examples } = summary(many);
  expect(counts).toEqual({ unexplained: 250, 'average-of-integers': 1 });
  expect(examples).toHaveLength(101);
});
