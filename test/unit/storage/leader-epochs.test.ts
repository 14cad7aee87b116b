/** Where leader epochs end in a log, against what its batches say one by one. */
import { expect, it } from 'vitest';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import { batchOf, openLog, reopened } from './fixtures.ts';

it('finds the end of any epoch, over segments, index entries, deleted records and restarts', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const fixture = openLog({ segmentBytes: 400 + randomBelow(random, 3000), indexIntervalBytes: 150 }, seed);
    const first = new Map<number, number>();
    let leaderEpoch = 0;
    for (let i = 0; i < 60; i++) {
      if (random.float() < 0.1) leaderEpoch += 1 + randomBelow(random, 3);
      const rows = Array.from({ length: 1 + randomBelow(random, 3) }, () => ['k', 'v'.repeat(30)] as const);
      const { baseOffset } = fixture.log.append(batchOf(rows), { origin: 'client', leaderEpoch });
      if (!first.has(leaderEpoch)) first.set(leaderEpoch, baseOffset);
    }
    if (random.float() < 0.5) {
      await fixture.log.close();
      fixture.log = reopened(fixture);
    }
    if (random.float() < 0.5) fixture.log.deleteRecords(randomBelow(random, fixture.log.logEndOffset));
    const { log } = fixture;
    for (let epoch = 0; epoch <= leaderEpoch + 1; epoch++) {
      const next = [...first.entries()].find(([other]) => other > epoch)?.[1] ?? log.logEndOffset;
      const endOffset = Math.max(next, log.logStartOffset);
      expect(log.endOfEpoch(epoch).endOffset, `seed ${seed}, epoch ${epoch}`).toBe(endOffset);
      const known = [...first.keys()].findLast((other) => other <= epoch) as number;
      if (next > log.logStartOffset) expect(log.endOfEpoch(epoch).leaderEpoch, `seed ${seed}`).toBe(known);
    }
    const offset = log.logStartOffset + randomBelow(random, log.logEndOffset - log.logStartOffset);
    const holder = [...first.entries()].findLast(([, base]) => base <= offset)?.[0];
    expect(log.epochOf(offset)).toBe(holder);
  }
});

it('says of an empty log that every epoch ends at its beginning', () => {
  const { log } = openLog();
  expect(log.endOfEpoch(3)).toEqual({ leaderEpoch: 3, endOffset: 0 });
  expect(log.epochOf(0)).toBeUndefined();
});
