/** Query 2.5 on the embedded broker: read from the log's files, and over a socket as from any Kafka; both guarantees. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KafkaClient } from '../../../src/client/kafka-client.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { clientCluster } from '../../../src/runtime/client-cluster.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import type { QueryManager } from '../../../src/runtime/jobs.ts';
import { clientOf, startBroker, ways } from '../client/fixtures.ts';
import type { TestBroker } from '../client/fixtures.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import type { Disk } from '../../../src/core/disk.ts';
import { avroCommercial, expectedMetrics, query25, readMetrics, sourceSchema } from './walkthrough.ts';
import type { Commercial } from './walkthrough.ts';

let server: TestBroker;
beforeAll(async () => {
  server = await startBroker();
});
afterAll(() => server.close());

const rows: Commercial[] = Array.from({ length: 2000 }, (_, i) => ({
  brand: i % 3 === 0 ? 'Acme' : 'Globex',
  duration: [30, 45, 60][i % 3] as number,
  rating: 1 + (i % 4),
}));

for (const way of ways) {
  for (const processingGuarantee of ['at_least_once', 'exactly_once_v2'] as const) {
    test(`${way}, ${processingGuarantee}`, async () => {
      const kafka = await clientOf(server, way);
      const name = `${way.replaceAll(' ', '_')}-${processingGuarantee}`;
      const source = `commercials-${name}`;
      const sink = `metrics-${name}`;
      await kafka.admin.createTopic({ topic: source, partitions: 2 });
      await kafka.admin.createTopic({ topic: sink, partitions: 2 });
      const manager = managerOf(kafka);
      const unsubscribe = server.broker.onPartitionMoved((topic, partition) => manager.wake(topic, partition));
      const start = {
        queryId: name,
        plan: planOf(source, sink),
        config: { processingGuarantee, commitIntervalMs: 50 },
      };
      await send(kafka, source, rows.slice(0, 500));
      await manager.start(start);
      await until(() => committed(manager, name) === 500);
      await send(kafka, source, rows.slice(500, 1200));
      await until(() => committed(manager, name) === 1200);
      expect(await manager.pull({ queryId: name, keys: [['Acme']] })).toEqual([
        ['Acme', ...Object.values(expectedMetrics(rows.slice(0, 1200)).get('Acme') ?? {})],
      ]);
      await manager.stop(name);
      await send(kafka, source, rows.slice(1200));
      await manager.start(start);
      await until(() => committed(manager, name) === 2000);
      expect(manager.status(name)).toMatchObject({ state: 'RUNNING', restarts: 0, errors: [] });
      expect(await last(kafka, sink)).toEqual(expectedMetrics(rows));
      await manager.stop(name, { dispose: true });
      expect(
        (await kafka.admin.topics()).map(({ topic }) => topic).filter((topic) => topic.includes('changelog')),
      ).toEqual([]);
      await manager.close();
      (unsubscribe as unknown as (() => void) | undefined)?.();
      await kafka.close();
    });
  }
}

function managerOf(kafka: KafkaClient): QueryManager {
  return createQueryManager({
    clock: systemClock,
    disk: readingFiles(),
    logger: silentLogger,
    stateDirectory: '/state',
    cluster: clientCluster(kafka),
    schema: async () => ({ text: sourceSchema }),
  });
}

/** The log's files are real, the state's are not. */
function readingFiles(): Disk {
  const state = new SimulatedDisk(seededRandom(1));
  return new Proxy(nodeDisk, {
    get:
      (real, name: keyof Disk) =>
      (...args: [string]) => {
        const disk = args[0].startsWith('/state') ? state : real;
        return (disk[name] as (...all: unknown[]) => unknown).apply(disk, args);
      },
  });
}

function planOf(source: string, sink: string): ReturnType<typeof query25> {
  return JSON.parse(
    JSON.stringify(query25('commit')).replace('commercials_avro', source).replace('METRICS_PER_BRAND', sink),
  ) as ReturnType<typeof query25>;
}

async function send(kafka: KafkaClient, topic: string, some: readonly Commercial[]): Promise<void> {
  const producer = await kafka.producer();
  await Promise.all(
    some.map((row) =>
      producer.send({ topic, key: Buffer.from(row.brand), value: avroCommercial(row), timestamp: 1000 }),
    ),
  );
  await producer.close();
}

function committed(manager: QueryManager, queryId: string): number {
  const positions = manager.status(queryId)?.positions ?? [];
  return positions.reduce((sum, position) => sum + Math.max(0, position.committed), 0);
}

async function last(kafka: KafkaClient, topic: string): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (const partition of [0, 1]) {
    const { latest } = await kafka.admin.offsets(topic, partition, 'read_committed');
    if (latest === 0) continue;
    for await (const records of kafka.read(topic, partition, { from: 'earliest', to: latest })) {
      for (const { key, value } of records) found.set(String(key), readMetrics(value as Buffer));
    }
  }
  return found;
}

async function until(done: () => boolean): Promise<void> {
  for (let left = 1000; !done(); left--) {
    if (left === 0) throw new Error('not done');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
