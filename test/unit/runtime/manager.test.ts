/** Query 2.5 end to end over a cluster in memory: start, results, status, pull, push, pause, restart, stop. */
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import type { QueryManager, Row } from '../../../src/runtime/jobs.ts';
import type { PhysicalPlan } from '../../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../../src/sql/types.ts';
import { kafkaError } from '../../../src/wire/error-codes.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { SimulatedClock } from './simulated-clock.ts';
import { avroCommercial, expectedMetrics, query25, readMetrics, sourceSchema } from './walkthrough.ts';
import type { Commercial } from './walkthrough.ts';

const queryId = 'CTAS_METRICS_PER_BRAND_1';
const group = `_confluent-ksql-default_query_${queryId}`;
const guarantees = ['at_least_once', 'exactly_once_v2'] as const;

interface World {
  readonly clock: SimulatedClock;
  readonly disk: SimulatedDisk;
  readonly cluster: FakeCluster;
  manager: QueryManager;
}

function world(): World {
  const clock = new SimulatedClock();
  const disk = new SimulatedDisk(seededRandom(1));
  const cluster = new FakeCluster(clock);
  cluster.addTopic('commercials_avro');
  cluster.addTopic('METRICS_PER_BRAND');
  return { clock, disk, cluster, manager: managerOf({ clock, disk, cluster }) };
}

function managerOf({ clock, disk, cluster }: Omit<World, 'manager'>): QueryManager {
  return createQueryManager({
    clock,
    disk,
    logger: silentLogger,
    stateDirectory: '/state',
    cluster,
    schema: async () => ({ text: sourceSchema }),
  });
}

function commercials(n: number, seed: number): Commercial[] {
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  return Array.from({ length: n }, () => ({
    brand: pick(['Acme', 'Globex']),
    duration: pick([30, 45, 60]),
    rating: 1 + randomBelow(random, 4),
  }));
}

function feed(cluster: FakeCluster, rows: readonly Commercial[], timestamp = 1000): void {
  cluster.append(
    'commercials_avro',
    rows.map((row, i) => ({ key: Buffer.from(row.brand), value: avroCommercial(row), timestamp: timestamp + i })),
  );
}

function lastOf(cluster: FakeCluster): Map<string, unknown> {
  return new Map(
    cluster
      .records('METRICS_PER_BRAND')
      .map(({ key, value }) => [String(key), value === null ? null : readMetrics(value)]),
  );
}

const consumed =
  ({ cluster }: World, offset: number) =>
  (): boolean =>
    cluster.groups.get(group)?.get('commercials_avro/0') === offset;

test.each(guarantees)('query 2.5 with %s', async (processingGuarantee) => {
  const w = world();
  const rows = commercials(1000, 7);
  feed(w.cluster, rows.slice(0, 600));
  await w.clock.wait(w.manager.start({ queryId, plan: query25('commit'), config: { processingGuarantee } }));
  await w.clock.runUntil(consumed(w, 600));
  expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows.slice(0, 600)));
  feed(w.cluster, rows.slice(600));
  await w.clock.runUntil(consumed(w, 1000));
  expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows));
  expect(w.cluster.topics.get(`${group}-Aggregate-Aggregate-Materialize-changelog`)?.config).toEqual({
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': '3600000',
  });
  await w.clock.runUntil(() => w.manager.status(queryId)?.positions[0]?.committed === 1000);
  const status = w.manager.status(queryId);
  expect(status).toMatchObject({ state: 'RUNNING', stateRows: 2, restarts: 0, errors: [] });
  expect(status?.operators.map((one) => [one.operator, one.rowsIn, one.rowsOut])).toEqual([
    ['source', 1000, 1000],
    ['aggregate', 1000, 4],
    ['topic-sink', 4, 4],
  ]);
  await w.clock.wait(w.manager.close());
});

test('every change is put out when there is no cache', async () => {
  const w = world();
  const rows = commercials(50, 3);
  feed(w.cluster, rows);
  await w.clock.wait(
    w.manager.start({ queryId, plan: query25('change'), config: { processingGuarantee: 'at_least_once' } }),
  );
  await w.clock.runUntil(consumed(w, 50));
  const seen: Commercial[] = [];
  const expected = rows.map((row) => {
    seen.push(row);
    return [row.brand, expectedMetrics(seen).get(row.brand)];
  });
  expect(
    w.cluster.records('METRICS_PER_BRAND').map(({ key, value }) => [String(key), readMetrics(value as Buffer)]),
  ).toEqual(expected);
  expect(w.cluster.records('METRICS_PER_BRAND').map(({ timestamp }) => timestamp)).toEqual(
    rows.map((_, i) => 1000 + i),
  );
  await w.clock.wait(w.manager.close());
});

test.each(guarantees)('a stopped query goes on where it was, with %s', async (processingGuarantee) => {
  const w = world();
  const rows = commercials(300, 11);
  feed(w.cluster, rows.slice(0, 200));
  const start = { queryId, plan: query25('commit'), config: { processingGuarantee } };
  await w.clock.wait(w.manager.start(start));
  await w.clock.runUntil(consumed(w, 200));
  await w.clock.wait(w.manager.stop(queryId));
  expect(w.disk.existsSync(`/state/${queryId}/aggregate.snapshot`)).toBe(true);
  expect(w.manager.status(queryId)).toBeUndefined();
  feed(w.cluster, rows.slice(200));
  for (const snapshot of [true, false]) {
    if (!snapshot) w.disk.removeSync(`/state/${queryId}`);
    await w.clock.wait(w.manager.start(start));
    await w.clock.runUntil(consumed(w, 300));
    expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows));
    await w.clock.wait(w.manager.stop(queryId));
  }
  await w.clock.wait(w.manager.start(start));
  await w.clock.wait(w.manager.stop(queryId, { dispose: true }));
  expect(w.cluster.groups.has(group)).toBe(false);
  expect([...w.cluster.topics.keys()]).toEqual(['commercials_avro', 'METRICS_PER_BRAND']);
  expect(w.disk.existsSync(`/state/${queryId}/aggregate.snapshot`)).toBe(false);
});

test('a failed commit starts the task again, and nothing is lost or counted twice', async () => {
  const w = world();
  const rows = commercials(100, 5);
  feed(w.cluster, rows);
  let failures = 2;
  w.cluster.onStep = (name, moment) => {
    if (name === 'endTransaction' && moment === 'before' && failures-- > 0)
      throw kafkaError('COORDINATOR_NOT_AVAILABLE');
  };
  await w.clock.wait(
    w.manager.start({ queryId, plan: query25('commit'), config: { processingGuarantee: 'exactly_once_v2' } }),
  );
  await w.clock.runUntil(consumed(w, 100));
  expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows));
  expect(w.cluster.records('METRICS_PER_BRAND')).toHaveLength(2);
  expect(w.manager.status(queryId)).toMatchObject({ restarts: 2, state: 'RUNNING' });
  expect(w.manager.status(queryId)?.errors).toHaveLength(2);
  await w.clock.wait(w.manager.close());
});

test.each(guarantees)(
  'much output is written ahead of its commit, and counts with it, with %s',
  async (processingGuarantee) => {
    const w = world();
    const rows = Array.from({ length: 100 }, () => commercials(1000, 21)).flat();
    // Batches of the size that a producer makes.
    for (let at = 0; at < rows.length; at += 5000) feed(w.cluster, rows.slice(at, at + 5000));
    const steps: string[] = [];
    let failures = 1;
    w.cluster.onStep = (name, moment) => {
      if (moment === 'after') return;
      steps.push(name);
      if (name === 'produce' && steps.filter((step) => step === name).length === 3 && failures-- > 0)
        throw kafkaError('KAFKA_STORAGE_ERROR');
    };
    const config = { processingGuarantee, commitIntervalMs: 60_000 };
    await w.clock.wait(w.manager.start({ queryId, plan: query25('change'), config }));
    await w.clock.runUntil(consumed(w, rows.length), 300_000);
    const ofOneCommit = steps
      .join(' ')
      .split(/commit|endTransaction/)
      .map((part) => part.match(/produce/g)?.length ?? 0);
    expect(Math.max(...ofOneCommit)).toBeGreaterThan(4);
    expect(w.manager.status(queryId)).toMatchObject({ restarts: 1 });
    expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows));
    // What an attempt that failed wrote counts under no transaction, and otherwise stands there twice.
    const { length } = w.cluster.records('METRICS_PER_BRAND');
    if (processingGuarantee === 'exactly_once_v2') expect(length).toBe(rows.length);
    else expect(length).toBeGreaterThan(rows.length);
    await w.clock.wait(w.manager.close());
  },
);

test('records that do not decode are noted, or stop the query', async () => {
  const w = world();
  const [row] = commercials(1, 1) as [Commercial];
  w.cluster.append('commercials_avro', [
    { key: null, value: avroCommercial(row), timestamp: 1 },
    { key: null, value: Buffer.from('nonsense'), timestamp: 2 },
    { key: null, value: avroCommercial(row).subarray(0, 9), timestamp: 3 },
    { key: null, value: null, timestamp: 4 },
    { key: null, value: avroCommercial(row), timestamp: 5 },
  ]);
  const plan = query25('commit');
  await w.clock.wait(w.manager.start({ queryId, plan, config: { processingGuarantee: 'at_least_once' } }));
  await w.clock.runUntil(consumed(w, 5));
  await w.clock.runUntil(() => w.manager.status(queryId)?.positions[0]?.committed === 5);
  expect(lastOf(w.cluster)).toEqual(expectedMetrics([row, row]));
  expect(
    w.manager.status(queryId)?.errors.map(({ kind, topic, partition, offset }) => [kind, topic, partition, offset]),
  ).toEqual([
    ['record', 'commercials_avro', 0, 1],
    ['record', 'commercials_avro', 0, 2],
  ]);
  expect(w.manager.status(queryId)?.operators[0]).toMatchObject({
    rowsIn: 5,
    rowsOut: 2,
    dropped: { 'null-value': 1, 'bad-record': 2 },
  });
  await w.clock.wait(w.manager.stop(queryId));
  const strict = { processingGuarantee: 'at_least_once', failOnBadRecord: true, groupId: 'other' } as const;
  await w.clock.wait(w.manager.start({ queryId: 'strict', plan, config: strict }));
  await w.clock.runUntil(() => w.manager.status('strict')?.state === 'ERROR');
  expect(w.manager.status('strict')?.errors.at(-1)).toMatchObject({
    kind: 'query',
    topic: 'commercials_avro',
    offset: 1,
  });
  await w.clock.wait(w.manager.close());
});

test('pull queries read what is committed', async () => {
  const w = world();
  const rows = commercials(100, 9);
  feed(w.cluster, rows);
  await w.clock.wait(
    w.manager.start({ queryId, plan: query25('commit'), config: { processingGuarantee: 'at_least_once' } }),
  );
  await w.clock.runUntil(consumed(w, 100));
  await w.clock.runUntil(() => w.manager.status(queryId)?.positions[0]?.committed === 100);
  const metrics = expectedMetrics(rows);
  const row = (brand: string): Row => {
    const found = metrics.get(brand);
    return [brand, found?.cnt ?? null, found?.duration ?? null, found?.rating ?? null];
  };
  expect(await w.manager.pull({ queryId, keys: [['Globex'], ['Initech']] })).toEqual([row('Globex')]);
  expect(new Set(await w.manager.pull({ queryId }))).toEqual(new Set([row('Acme'), row('Globex')]));
  expect(await w.manager.pull({ queryId, limit: 1 })).toHaveLength(1);
  expect(
    await w.manager.pull({
      queryId,
      keys: [['Acme']],
      columns: [{ kind: 'column', index: 1, type: sqlTypes.bigint }],
    }),
  ).toEqual([[metrics.get('Acme')?.cnt]]);
  await expect(w.manager.pull({ queryId: 'unknown' })).rejects.toThrow('There is no running query unknown.');
  await w.clock.wait(w.manager.close());
});

const pushPlan = (limit?: number): PhysicalPlan => {
  const { root } = query25('change');
  return {
    version: 1,
    root: {
      node: 'result-sink',
      input: root.input,
      columns: [
        { name: 'BRAND', type: sqlTypes.string, column: 0 },
        { name: 'CNT', type: sqlTypes.bigint, column: 1 },
      ],
      ...(limit !== undefined && { limit }),
    },
  };
};

test('push queries give rows in order, up to their limit', async () => {
  const w = world();
  const rows = commercials(20, 2);
  feed(w.cluster, rows.slice(0, 10));
  const got: Row[] = [];
  let ended: unknown = 'not yet';
  await w.clock.wait(
    w.manager.push({
      queryId: 'transient_1',
      plan: pushPlan(15),
      onRows: (some) => got.push(...some),
      onEnd: (error) => (ended = error),
    }),
  );
  await w.clock.runUntil(() => got.length === 10);
  expect(ended).toBe('not yet');
  feed(w.cluster, rows.slice(10));
  await w.clock.runUntil(() => ended !== 'not yet');
  expect(ended).toBeUndefined();
  const counts = new Map<string, number>();
  expect(got).toEqual(
    rows.slice(0, 15).map(({ brand }) => {
      counts.set(brand, (counts.get(brand) ?? 0) + 1);
      return [brand, counts.get(brand)];
    }),
  );
  const push = await w.clock.wait(
    w.manager.push({ queryId: 'transient_2', plan: pushPlan(), onRows: () => {}, onEnd: (error) => (ended = [error]) }),
  );
  await w.clock.wait(push.cancel());
  expect(ended).toEqual([undefined]);
  await w.clock.wait(w.manager.close());
});

test('a paused query reads nothing and can still be asked', async () => {
  const w = world();
  await w.clock.wait(
    w.manager.start({ queryId, plan: query25('commit'), config: { processingGuarantee: 'at_least_once' } }),
  );
  await w.manager.pause(queryId);
  const rows = commercials(10, 4);
  feed(w.cluster, rows);
  await w.clock.runUntil(() => false, 10_000).catch(() => {});
  expect(w.manager.status(queryId)?.state).toBe('PAUSED');
  expect(await w.manager.pull({ queryId })).toEqual([]);
  await w.manager.resume(queryId);
  await w.clock.runUntil(consumed(w, 10));
  expect(lastOf(w.cluster)).toEqual(expectedMetrics(rows));
  await w.clock.wait(w.manager.close());
});

test('a plan that cannot run does not start; a missing topic is waited for', async () => {
  const w = world();
  const plan = query25('commit');
  const { root } = plan;
  const bad: PhysicalPlan = {
    version: 1,
    root: { ...root, valueFormat: { format: 'AVRO', wrapped: true } } as typeof root,
  };
  await expect(
    w.clock.wait(w.manager.start({ queryId, plan: bad, config: { processingGuarantee: 'at_least_once' } })),
  ).rejects.toThrow('without a registered schema');
  expect(w.manager.status(queryId)).toBeUndefined();
  w.cluster.topics.delete('METRICS_PER_BRAND');
  await w.clock.wait(w.manager.start({ queryId, plan, config: { processingGuarantee: 'at_least_once' } }));
  expect(w.manager.status(queryId)).toMatchObject({ state: 'STARTING' });
  w.cluster.addTopic('METRICS_PER_BRAND');
  await w.clock.runUntil(() => w.manager.status(queryId)?.state === 'RUNNING');
  await w.clock.wait(w.manager.close());
});
