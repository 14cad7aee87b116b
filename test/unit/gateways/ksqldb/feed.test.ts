import { expect, test } from 'vitest';
import { systemClock } from '../../../../src/core/clock.ts';
import { Feed } from '../../../../src/gateways/ksqldb/feed.ts';

test('what was pushed comes out together, then how it ended', async () => {
  const feed = new Feed<number>(systemClock, 10);
  feed.push([1, 2]);
  feed.push([3]);
  feed.end(new Error('over'));
  feed.push([4]);
  expect(await feed.next(1)).toEqual({ kind: 'items', items: [1, 2, 3] });
  expect(await feed.next(1)).toEqual({ kind: 'end', error: new Error('over') });
});

test('waiting ends with an item, with the end, or after a while', async () => {
  const feed = new Feed<number>(systemClock, 10);
  const first = feed.next(60_000);
  feed.push([1]);
  expect(await first).toEqual({ kind: 'items', items: [1] });
  expect(await feed.next(1)).toEqual({ kind: 'idle' });
  const last = feed.next(60_000);
  feed.end();
  expect(await last).toEqual({ kind: 'end' });
});

test('who does not read is cut off', async () => {
  const feed = new Feed<number>(systemClock, 2);
  feed.push([1, 2]);
  feed.push([3]);
  expect(feed.ended).toBe(true);
  expect(await feed.next(1)).toMatchObject({ kind: 'end', error: { code: 'MILLRACE_QUERY_FAILED' } });
});
