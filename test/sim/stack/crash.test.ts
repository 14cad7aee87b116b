/**
 * Seeded crashes of the whole spine: `run.ts` says what happens and what must hold. A failure names its seed, which replays it.
 * MILLRACE_SEEDS=n (or m-n) runs more seeds, MILLRACE_SEED=n one of them.
 */
import { expect, it } from 'vitest';
import { seedsFor } from '../seeds.ts';
import type { Durability } from './process.ts';
import { StackRun } from './run.ts';
import type { Trouble } from './run.ts';

const seeds = seedsFor('MILLRACE', 10);

type Mode = readonly [durability: Durability, crash: 'kill' | 'power', trouble?: Trouble];

const modes: readonly Mode[] = [
  ['page-cache', 'kill'],
  ['page-cache', 'power'],
  ['fsync', 'kill'],
  ['fsync', 'power'],
  ['page-cache', 'kill', 'ENOSPC'],
  ['fsync', 'power', 'ENOSPC'],
  ['fsync', 'power', 'EIO'],
];
const troubles = { ENOSPC: ', a disk that is full at times', EIO: ', a disk that fails' } as const;

for (const [durability, crash, trouble] of modes) {
  it(
    `${durability}, ${crash === 'kill' ? 'kill -9' : 'loss of power'}${trouble === undefined ? '' : troubles[trouble]}: ${seeds.length} seeds`,
    async () => {
      let acknowledged = 0;
      let endsCutShort = 0;
      for (const seed of seeds) {
        const run = new StackRun(seed, durability, crash, trouble);
        try {
          await run.all();
        } catch (error) {
          throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
        }
        acknowledged += run.acknowledged;
        endsCutShort += run.endsCutShort;
      }
      if (seeds.length >= 10) expect(endsCutShort, 'crashes in the middle of an orderly end').toBeGreaterThan(0);
      expect(acknowledged).toBeGreaterThan(seeds.length);
    },
    60_000 + seeds.length * 2000,
  );
}
