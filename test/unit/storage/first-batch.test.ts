/** What a read gives whose room is smaller than the first batch: that batch as a whole where one is wanted at least, else nothing. */
import { expect, it } from 'vitest';
import { append, batchOf, endOf, openLog, textOf } from './fixtures.ts';

it('a first batch is never cut', () => {
  const { log } = openLog();
  const first = batchOf([['a', 'x'.repeat(100)]]);
  append(log, first);
  const second = batchOf([['b', 'y']]);
  append(log, second);
  const read = (maxBytes: number, minOneBatch: boolean): Buffer =>
    log.read(0, maxBytes, { isolation: 'log-end', minOneBatch }).records;
  expect(read(first.length - 1, false)).toHaveLength(0);
  expect(read(0, false)).toHaveLength(0);
  expect(textOf(read(1, true))).toEqual([`0 a=${'x'.repeat(100)}`]);
  expect(endOf(read(first.length, false))).toBe(1);
  // A later one is cut where the room ends.
  const room = first.length + second.length - 1;
  expect(read(room, false)).toHaveLength(room);
});
