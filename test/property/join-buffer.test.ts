/** What a join of streams remembers, against lists that are looked through. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { JoinBuffer, UnmatchedRows } from '../../src/runtime/rows/join-buffer.ts';
import type { UnmatchedRow } from '../../src/runtime/rows/join-buffer.ts';
import { RowStores } from '../../src/runtime/rows/row-store.ts';

const key = fc.constantFrom('a', 'b', 'c');

test('rows of a key are found by their times, until they are too old', () => {
  const retentionMs = 50;
  const rows = fc.array(fc.record({ key, time: fc.nat(5000), from: fc.nat(5000), span: fc.nat(100) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(rows, (steps) => {
      const buffer = new JoinBuffer(new RowStores(), 'left', retentionMs);
      let newest = -1;
      const all: { readonly key: string; readonly time: number; readonly at: string }[] = [];
      for (const { key: name, time, from, span } of steps) {
        newest = Math.max(newest, time);
        const at = buffer.add(name, [], time);
        if (time >= newest - retentionMs) all.push({ key: name, time, at });
        // What is older than the retention may be there still.
        const first = Math.max(from, newest - retentionMs);
        const expected = all
          .filter((one) => one.key === name && one.time >= first && one.time <= first + span)
          .sort((x, y) => x.time - y.time || Number(x.at) - Number(y.at))
          .map((one) => one.at);
        expect(buffer.between(name, first, first + span).map((one) => one.at)).toEqual(expected);
      }
    }),
  );
});

test('rows that were not met go out when they close, and once', () => {
  const step = fc.oneof(
    fc.record({ side: fc.constantFrom('left' as const, 'right' as const), time: fc.nat(100) }),
    fc.record({ met: fc.nat(50) }),
    fc.record({ now: fc.nat(150) }),
  );
  const after = { left: 5, right: 20 };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const unmatched = new UnmatchedRows(new RowStores(), ({ side, time }) => time + after[side]);
      let waiting: UnmatchedRow[] = [];
      for (const [i, one] of steps.entries()) {
        if ('side' in one) {
          const row: UnmatchedRow = { ...one, key: 'k', row: [], at: String(i) };
          waiting.push(row);
          unmatched.add(row);
        } else if ('met' in one) {
          const [row] = waiting.splice(one.met, 1);
          if (row !== undefined) unmatched.delete(row.side, row.at);
        } else {
          const closes = (row: UnmatchedRow): boolean => row.time + after[row.side] < one.now;
          const expected = waiting
            .filter(closes)
            .sort(
              (a, b) => a.time - b.time || (a.side < b.side ? -1 : a.side > b.side ? 1 : Number(a.at) - Number(b.at)),
            );
          expect(unmatched.takeClosed(one.now)).toEqual(expected);
          waiting = waiting.filter((row) => !closes(row));
        }
      }
    }),
  );
});
