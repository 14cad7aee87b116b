/**
 * Seeded crashes of the whole spine: `run.ts` says what happens and what must hold. A failure names its seed, which replays it.
 * MILLRACE_SEEDS=n (or m-n) runs more seeds, MILLRACE_SEED=n one of them.
 */
import { expect, it } from 'vitest';
import { seedsFor } from '../seeds.ts';
import { StackRun } from './run.ts';

const seeds = seedsFor('MILLRACE', 10);

for (const durability of ['page-cache', 'fsync'] as const) {
  for (const crash of ['kill', 'power'] as const) {
    it(
      `${durability}, ${crash === 'kill' ? 'kill -9' : 'loss of power'}: ${seeds.length} seeds`,
      async () => {
        let acknowledged = 0;
        for (const seed of seeds) {
          const run = new StackRun(seed, durability, crash);
          try {
            await run.all();
          } catch (error) {
            throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
          }
          acknowledged += run.acknowledged;
        }
        expect(acknowledged).toBeGreaterThan(seeds.length);
      },
      60_000 + seeds.length * 2000,
    );
  }
}
