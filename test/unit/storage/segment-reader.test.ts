import { expect, it } from 'vitest';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import { SegmentReader } from '../../../src/storage/segment-reader.ts';
import type { SegmentReaderOptions } from '../../../src/storage/segment-reader.ts';
import { endTransactionBatch } from '../../../src/wire/record-batch-builder.ts';
import { append, batchOf, directory, openLog, textOf } from './fixtures.ts';
import type { Fixture } from './fixtures.ts';

function readerOf({ disk, log }: Fixture, options: Partial<SegmentReaderOptions> = {}): SegmentReader {
  return new SegmentReader({ disk, directory, view: log.view.buffer, isolation: 'read_uncommitted', ...options });
}

function rest(reader: SegmentReader): string[] {
  const rows: string[] = [];
  for (let from = reader.offset, run = reader.read(); run !== undefined; from = run.nextOffset, run = reader.read()) {
    rows.push(...textOf(run.bytes).filter((row) => Number.parseInt(row, 10) >= from));
  }
  return rows;
}

const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${from + i} k=v${from + i}`);

it('reads nothing of a log without files, and all of it once it has some', () => {
  const fixture = openLog();
  const reader = readerOf(fixture);
  expect(reader.read()).toBeUndefined();
  append(fixture.log, batchOf([['k', 'v0']]));
  expect(rest(reader)).toEqual(['0 k=v0']);
  append(fixture.log, batchOf([['k', 'v1']]));
  expect(rest(reader)).toEqual(['1 k=v1']);
  expect(reader.read()).toBeUndefined();
});

it('follows appends and rolls, whatever the sizes of runs and batches', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const fixture = openLog({
      segmentBytes: 200 + randomBelow(random, 2000),
      indexIntervalBytes: randomBelow(random, 300),
    });
    const reader = readerOf(fixture, { runBytes: 61 + randomBelow(random, 1000) });
    let end = 0;
    let seen = 0;
    for (let step = 0; step < 100; step++) {
      const count = 1 + randomBelow(random, 20);
      append(fixture.log, batchOf(Array.from({ length: count }, (_, i) => ['k', `v${end + i}`])));
      end += count;
      if (random.float() < 0.4) {
        expect(rest(reader), `seed ${seed}`).toEqual(numbered(seen, end - seen));
        seen = end;
      }
      if (random.float() < 0.1) {
        seen = randomBelow(random, end);
        reader.seek(seen);
      }
    }
  }
});

it('begins at the batch that holds the offset', () => {
  const fixture = openLog({ segmentBytes: 300 });
  for (let i = 0; i < 20; i += 2)
    append(
      fixture.log,
      batchOf([
        ['k', `v${i}`],
        ['k', `v${i + 1}`],
      ]),
    ); // prettier-ignore
  expect(rest(readerOf(fixture, { offset: 7 }))).toEqual(numbered(7, 13));
  expect(textOf(readerOf(fixture, { offset: 7 }).read()?.bytes ?? Buffer.alloc(0))[0]).toBe('6 k=v6');
});

it('sees under fsync only what was synced', async () => {
  const fixture = openLog({ durability: 'fsync' });
  const reader = readerOf(fixture);
  append(fixture.log, batchOf([['k', 'v0']]));
  expect(reader.read()).toBeUndefined();
  await fixture.log.whenDurable(1);
  expect(rest(reader)).toEqual(['0 k=v0']);
});

it('reads committed up to the open transaction and tells the aborted ones', () => {
  const fixture = openLog({ segmentBytes: 400 });
  const { log } = fixture;
  const producer = { id: 7, epoch: 0 };
  const data = (sequence: number, value: string): Buffer =>
    batchOf([['k', value]], { producerId: 7, producerEpoch: 0, baseSequence: sequence, transactional: true });
  const reader = readerOf(fixture, { isolation: 'read_committed' });
  append(log, batchOf([['k', 'plain']]));
  append(log, data(0, 'a'));
  append(log, batchOf([['k', 'behind']]));
  expect(rest(reader)).toEqual(['0 k=plain']);
  append(log, endTransactionBatch(producer, 'abort', 0, 0), 'coordinator');
  const run = reader.read();
  expect(textOf(run?.bytes ?? Buffer.alloc(0))).toEqual(['1 k=a', '2 k=behind', '3 marker']);
  expect(run?.aborted).toMatchObject([{ producerId: 7, firstOffset: 1, lastOffset: 3 }]);
  // A second one, aborted some segments later.
  append(log, data(1, 'b'));
  for (let i = 0; i < 20; i++) append(log, batchOf([['k', `filler${i}`]]));
  append(log, endTransactionBatch(producer, 'abort', 0, 0), 'coordinator');
  expect(reader.read()?.aborted).toMatchObject([{ producerId: 7, firstOffset: 4 }]);
});

it('says when its offset is gone, and goes on from the new start', () => {
  const fixture = openLog({ segmentBytes: 200 });
  for (let i = 0; i < 20; i++) append(fixture.log, batchOf([['k', `v${i}`]]));
  const reader = readerOf(fixture);
  reader.read();
  const at = reader.offset;
  fixture.log.deleteRecords(10);
  expect(at).toBeLessThan(10);
  expect(() => reader.read()).toThrow(/outside of the log, which has 10 to 20/);
  reader.seek(reader.logStartOffset);
  expect(rest(reader)).toEqual(numbered(10, 10));
  reader.seek(21);
  expect(() => reader.read()).toThrow(/outside/);
});

it('reports bytes that are no batch', () => {
  const fixture = openLog();
  append(fixture.log, batchOf([['k', 'v0']]));
  const file = fixture.disk.openSync(`${directory}/00000000000000000000.log`);
  file.writeSync(Buffer.from([9]), 0, 1, 16);
  expect(() => readerOf(fixture).read()).toThrow(expect.objectContaining({ code: 'MILLRACE_LOG_CORRUPT' }));
});
