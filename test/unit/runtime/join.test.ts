/** A stream with a table over the cluster: rows of both topics meet in the order of their times, also when all was there before. */
import { expect, test } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import type { PhysicalPlan, PhysicalSource } from '../../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../../src/sql/types.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { FakeCluster } from './fake-cluster.ts';
import { SimulatedClock } from './simulated-clock.ts';

const { string } = sqlTypes;

function source(topic: string, changelog: 'append' | 'upsert'): PhysicalSource {
  return {
    node: 'source',
    topic,
    keyFormat: { format: 'KAFKA', wrapped: false },
    valueFormat: { format: 'JSON', wrapped: true },
    columns: [
      { name: 'K', type: string, origin: { from: 'key', name: 'K' } },
      { name: 'V', type: string, origin: { from: 'value', name: 'V' } },
    ],
    changelog,
    badRecord: 'skip',
    autoOffsetReset: 'earliest',
  };
}

const key = { kind: 'column', index: 0, type: string } as const;
const plan: PhysicalPlan = {
  version: 1,
  root: {
    node: 'topic-sink',
    topic: 'out',
    keyFormat: { format: 'KAFKA', wrapped: false },
    valueFormat: { format: 'JSON', wrapped: true },
    changelog: 'append',
    key: [{ name: 'K', type: string, column: 4 }],
    value: [
      { name: 'CLICK', type: string, column: 1 },
      { name: 'USER', type: string, column: 3 },
    ],
    input: {
      node: 'lookup-join',
      type: 'LEFT',
      left: source('clicks', 'append'),
      right: source('users', 'upsert'),
      leftKey: key,
      rightKey: key,
      key: { name: 'K', type: string },
      rowtime: 'left',
    },
  },
};

test('stream and table', async () => {
  const clock = new SimulatedClock();
  const cluster = new FakeCluster(clock);
  const disk = new SimulatedDisk(seededRandom(1));
  for (const topic of ['clicks', 'users', 'out']) cluster.addTopic(topic);
  const record = (
    value: string | null,
    timestamp: number,
  ): { key: Buffer; value: Buffer | null; timestamp: number } => ({
    key: Buffer.from('a'),
    value: value === null ? null : Buffer.from(JSON.stringify({ V: value })),
    timestamp,
  });
  for (const [value, time] of [
    ['c1', 5],
    ['c2', 20],
    ['c3', 40],
  ] as const)
    cluster.append('clicks', [record(value, time)]);
  for (const [value, time] of [
    ['u1', 10],
    ['u2', 30],
  ] as const)
    cluster.append('users', [record(value, time)]);
  const manager = createQueryManager({
    clock,
    disk,
    logger: silentLogger,
    stateDirectory: '/state',
    cluster,
    schema: () => Promise.reject(new Error('none')),
  });
  const start = { queryId: 'join', plan, config: { processingGuarantee: 'exactly_once_v2' } } as const;
  await clock.wait(manager.start(start));
  const out = (): string[] => cluster.records('out').map(({ value }) => String(value));
  await clock.runUntil(() => out().length === 3);
  expect(out()).toEqual(['{"CLICK":"c1","USER":null}', '{"CLICK":"c2","USER":"u1"}', '{"CLICK":"c3","USER":"u2"}']);
  await clock.wait(manager.stop('join'));
  // The table is there again after a restart.
  await clock.wait(manager.start(start));
  cluster.append('clicks', [record('c4', 50)]);
  await clock.runUntil(() => out().length === 4);
  expect(out()[3]).toBe('{"CLICK":"c4","USER":"u2"}');
  cluster.append('users', [record(null, 60)]);
  await clock.runUntil(() => cluster.groups.get('_confluent-ksql-default_query_join')?.get('users/0') === 3);
  cluster.append('clicks', [record('c5', 70)]);
  await clock.runUntil(() => out().length === 5);
  expect(out()[4]).toBe('{"CLICK":"c5","USER":null}');
  await clock.wait(manager.close());
});
