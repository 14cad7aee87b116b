/**
 * Crashes around every step of a commit: the process stops for good before or after an operation on the cluster took effect, and
 * a new one goes on. Whatever the place, the table must hold each input once; with exactly-once so must the output.
 */
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import type { Random } from '../../../src/core/random.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import type { QueryConfig, QueryManager, Row } from '../../../src/runtime/jobs.ts';
import type { PhysicalPlan, PlanWindow } from '../../../src/sql/physical/plan.ts';
import { FakeCluster } from '../../unit/runtime/fake-cluster.ts';
import { MortalProcess } from '../../unit/runtime/mortal-process.ts';
import { SimulatedClock } from '../../unit/runtime/simulated-clock.ts';
import { avroCommercial, expectedMetrics, query25, readMetrics, sourceSchema } from '../../unit/runtime/walkthrough.ts';
import type { Commercial } from '../../unit/runtime/walkthrough.ts';
import { SimulatedDisk } from '../simulated-disk.ts';

const queryId = 'CTAS_METRICS_PER_BRAND_1';
const seeds = Number(process.env['SIM_SEEDS'] ?? 40);

interface Outcome {
  readonly rows: readonly (Commercial & { readonly time: number })[];
  readonly outputs: readonly { readonly key: string; readonly value: unknown }[];
  readonly pulled: ReadonlyMap<string, unknown>;
  /** Rows of the table as they are. */
  readonly table: readonly Row[];
  readonly crashes: number;
}

async function simulate(
  seed: number,
  emit: 'change' | 'commit',
  guarantee: QueryConfig['processingGuarantee'],
  plan: PhysicalPlan = query25(emit),
): Promise<Outcome> {
  const random = seededRandom(seed);
  const clock = new SimulatedClock();
  let disk = new SimulatedDisk(random);
  const cluster = new FakeCluster(clock);
  const partitions = 1 + randomBelow(random, 3);
  cluster.addTopic('commercials_avro', partitions);
  cluster.addTopic('METRICS_PER_BRAND');
  const rows: (Commercial & { time: number })[] = [];
  let crashes = 0;
  let process = new MortalProcess(cluster, 0);
  let manager: QueryManager | undefined;
  const rounds = 3 + randomBelow(random, 6);
  for (let round = 0; round <= rounds; round++) {
    const last = round === rounds;
    if (manager === undefined || !process.alive) {
      if (manager !== undefined) crashes++;
      disk = random.float() < 0.5 ? disk.losePower() : disk.kill();
      process = new MortalProcess(cluster, last ? Number.POSITIVE_INFINITY : randomBelow(random, 24));
      manager = start(process, clock, disk, plan, guarantee);
    }
    feed(cluster, random, partitions, rows);
    if (random.float() < 0.3) feed(cluster, random, partitions, rows);
    const now = process;
    await clock.runUntil(() => !now.alive || caughtUp(cluster, partitions));
    if (last && !process.alive) round--;
  }
  const pulled = await (manager as QueryManager).pull({ queryId });
  await clock.wait((manager as QueryManager).close());
  return {
    rows,
    outputs: cluster
      .records('METRICS_PER_BRAND')
      .map(({ key, value }) => ({ key: String(key), value: value === null ? null : readMetrics(value) })),
    pulled: new Map(pulled.map(([brand, cnt, duration, rating]) => [String(brand), { cnt, duration, rating }])),
    table: pulled,
    crashes,
  };
}

function start(
  process: MortalProcess,
  clock: SimulatedClock,
  disk: SimulatedDisk,
  plan: PhysicalPlan,
  processingGuarantee: QueryConfig['processingGuarantee'],
): QueryManager {
  const manager = createQueryManager({
    clock,
    disk,
    logger: silentLogger,
    stateDirectory: '/state',
    cluster: process.cluster,
    schema: async () => ({ text: sourceSchema }),
  });
  manager.start({ queryId, plan, config: { processingGuarantee } }).catch(() => {});
  return manager;
}

function feed(cluster: FakeCluster, random: Random, partitions: number, rows: (Commercial & { time: number })[]): void {
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  for (let batches = 1 + randomBelow(random, 3); batches > 0; batches--) {
    const some = Array.from({ length: 1 + randomBelow(random, 20) }, () => ({
      brand: pick(['Acme', 'Globex', 'Initech']),
      duration: pick([30, 45, 60]),
      rating: 1 + randomBelow(random, 4),
      time: 1000 + randomBelow(random, 60),
    }));
    rows.push(...some);
    cluster.append(
      'commercials_avro',
      some.map((row) => ({ key: null, value: avroCommercial(row), timestamp: row.time })),
      randomBelow(random, partitions),
    );
  }
}

function caughtUp(cluster: FakeCluster, partitions: number): boolean {
  const offsets = cluster.groups.get(`_confluent-ksql-default_query_${queryId}`);
  for (let partition = 0; partition < partitions; partition++) {
    if ((offsets?.get(`commercials_avro/${partition}`) ?? -1) < cluster.log('commercials_avro', partition).end)
      return false;
  }
  return true;
}

const lastOf = (outputs: Outcome['outputs']): Map<string, unknown> =>
  new Map(outputs.map(({ key, value }) => [key, value]));

let crashesSeen = 0;

for (const emit of ['change', 'commit'] as const) {
  test(`exactly once, emission at ${emit}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { rows, outputs, pulled, crashes } = await simulate(seed, emit, 'exactly_once_v2');
      crashesSeen += crashes;
      const expected = expectedMetrics(rows);
      expect(pulled, `seed ${seed}`).toEqual(expected);
      expect(lastOf(outputs), `seed ${seed}`).toEqual(expected);
      // Counts only grow, by one for each row where every change comes out.
      const counts = new Map<string, number>();
      for (const { key, value } of outputs) {
        const { cnt } = value as { cnt: number };
        const before = counts.get(key) ?? 0;
        if (emit === 'change') expect(cnt, `seed ${seed}`).toBe(before + 1);
        else expect(cnt, `seed ${seed}`).toBeGreaterThan(before);
        counts.set(key, cnt);
      }
      if (emit === 'change') expect(outputs, `seed ${seed}`).toHaveLength(rows.length);
    }
  });

  test(`at least once, emission at ${emit}`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { rows, outputs, pulled, crashes } = await simulate(seed, emit, 'at_least_once');
      crashesSeen += crashes;
      const expected = expectedMetrics(rows);
      expect(pulled, `seed ${seed}`).toEqual(expected);
      expect(lastOf(outputs), `seed ${seed}`).toEqual(expected);
      if (emit === 'commit') continue;
      for (const [brand, { cnt }] of expected) {
        const counts = new Set(
          outputs.filter(({ key }) => key === brand).map(({ value }) => (value as { cnt: number }).cnt),
        );
        expect(counts.size, `seed ${seed}, ${brand}`).toBe(cnt);
      }
    }
  });
}

const windows: Readonly<Record<string, PlanWindow>> = {
  tumbling: { type: 'TUMBLING', sizeMs: 10, graceMs: 100_000, retentionMs: 200_000 },
  session: { type: 'SESSION', gapMs: 3, graceMs: 100_000, retentionMs: 200_000 },
};

/** Query 2.5 in windows: it runs row by row, with more than one store. */
function windowed(window: PlanWindow): PhysicalPlan {
  const plan = query25('change');
  const { root } = plan;
  if (root.node !== 'topic-sink' || root.input.node !== 'aggregate') throw new Error('another plan');
  return {
    ...plan,
    root: {
      ...root,
      windowedKey: window.type === 'SESSION' ? 'session' : 'time',
      window: { start: 4, end: 5 },
      input: { ...root.input, window },
    },
  };
}

for (const name of Object.keys(windows)) {
  for (const guarantee of ['at_least_once', 'exactly_once_v2'] as const) {
    test(`${name} windows, ${guarantee}`, async () => {
      const window = windows[name] as PlanWindow;
      for (let seed = 1; seed <= seeds / 2; seed++) {
        const { rows, table } = await simulate(seed, 'change', guarantee, windowed(window));
        const got = table.map(([brand, cnt, , , start, end]) => `${brand} ${cnt} ${start} ${end}`).sort();
        expect(got, `seed ${seed}`).toEqual(windowsOf(rows, window));
      }
    });
  }
}

function windowsOf(rows: Outcome['rows'], window: PlanWindow): string[] {
  const found: string[] = [];
  for (const brand of new Set(rows.map((row) => row.brand))) {
    const times = rows.flatMap((row) => (row.brand === brand ? [row.time] : [])).sort((a, b) => a - b);
    const groups: number[][] = [];
    for (const time of times) {
      const last = groups.at(-1);
      const same =
        last !== undefined &&
        (window.type === 'SESSION'
          ? time - (last.at(-1) as number) <= window.gapMs
          : Math.floor(time / window.sizeMs) === Math.floor((last[0] as number) / window.sizeMs));
      if (same) last.push(time);
      else groups.push([time]);
    }
    for (const group of groups) {
      const start =
        window.type === 'SESSION'
          ? (group[0] as number)
          : Math.floor((group[0] as number) / window.sizeMs) * window.sizeMs;
      const end = window.type === 'SESSION' ? (group.at(-1) as number) : start + window.sizeMs;
      found.push(`${brand} ${group.length} ${start} ${end}`);
    }
  }
  return found.sort();
}

test('the simulation does crash', () => {
  expect(crashesSeen).toBeGreaterThan(seeds);
});
