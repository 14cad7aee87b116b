import { expect, test } from 'vitest';
import { shownResult, unequalRows } from '../../../../src/deploy/compare/results.ts';
import type { StoredResult } from '../../../../src/deploy/compare/results.ts';
import type { RowDecoder } from '../../../../src/deploy/compare/row-decoder.ts';

const decode: RowDecoder = async (key, value) => ({
  key: { K: key?.toString() ?? null },
  value: { V: value.toString() },
});

function stored(...rows: readonly (readonly [row: string, times: number])[]): StoredResult {
  return { rows: new Map(rows), records: 0, tombstones: 0 };
}

test('what two results have in common is taken away, as often as both have it', async () => {
  const { expected, actual, repeated } = await unequalRows(
    stored(['1:ax', 2], ['-:y', 1], ['1:bz', 1]),
    stored(['1:ax', 1], ['-:y', 3], ['0:n', 1], ['1:bz', 1]),
    decode,
  );
  expect(expected).toEqual([{ key: { K: 'a' }, value: { V: 'x' } }]);
  expect(repeated).toEqual([
    { key: { K: null }, value: { V: 'y' } },
    { key: { K: null }, value: { V: 'y' } },
  ]);
  expect(actual).toEqual([{ key: { K: '' }, value: { V: 'n' } }]);
});

test('a thousand rows are shown: of a table those of the first keys', async () => {
  const many = stored(...Array.from({ length: 1500 }, (_, i) => [`4:${2499 - i}v`, 1] as const));
  const table = await shownResult(many, 'TABLE', decode);
  expect(table.count).toBe(1500);
  expect(table.rows.map(({ key }) => key['K'])).toEqual(Array.from({ length: 1000 }, (_, i) => String(1000 + i)));
  const stream = await shownResult(stored(['1:ax', 999], ['1:bx', 5]), 'STREAM', decode);
  expect(stream.count).toBe(1004);
  expect(stream.rows.map(({ key }) => key['K']).slice(998)).toEqual(['a', 'b']);
});
