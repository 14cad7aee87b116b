/** Our consumer and Java's in one group, by the range and by the cooperative assignor: whoever leads, both have what the other has not. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Consumer, KafkaClient } from '../../src/client/kafka-client.ts';
import { describePeer, javaClasspath } from '../peers.ts';
import { clientOf, startBroker } from '../unit/client/fixtures.ts';
import type { TestBroker } from '../unit/client/fixtures.ts';

const strategies = {
  range: 'org.apache.kafka.clients.consumer.RangeAssignor',
  'cooperative-sticky': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
} as const;

describePeer('kafka-tools', 'one group with a Java consumer', () => {
  let server: TestBroker;
  let kafka: KafkaClient;
  beforeAll(async () => {
    server = await startBroker();
    kafka = await clientOf(server, 'over a socket');
  });
  afterAll(async () => {
    await kafka.close();
    await server.close();
  });

  for (const [assignor, strategy] of Object.entries(strategies) as [keyof typeof strategies, string][]) {
    for (const leader of ['ours', 'java'] as const) {
      it(`${assignor}, the leader is ${leader}`, async () => {
        const topic = `${assignor}-${leader}`;
        await kafka.admin.createTopic({ topic, partitions: 6 });
        const got: string[] = [];
        const events: string[] = [];
        const ours: Consumer = kafka.consumer({
          group: topic,
          topics: [topic],
          autoOffsetReset: 'earliest',
          heartbeatIntervalMs: 200,
          assignors: [assignor],
          onAssigned: (partitions) => void (partitions.length > 0 && events.push(`+${partitions.length}`)),
          onRevoked: (partitions, { lost }) => void events.push(`-${partitions.length}${lost ? '!' : ''}`),
        });
        const poll = async (): Promise<void> => {
          got.push(...(await ours.poll(100)).map(({ value }) => String(value)));
        };
        const until = async (done: () => boolean | Promise<boolean>): Promise<void> => {
          for (let i = 0; i < 600 && !(await done()); i++) await poll();
          expect(await done()).toBe(true);
        };
        const startJava = () => {
          const child = spawn('java', [
            ...['-Xmx128m', '-cp', javaClasspath, 'org.apache.kafka.tools.consumer.ConsoleConsumer'],
            ...[
              '--bootstrap-server',
              `localhost:${server.port}`,
              '--topic',
              topic,
              '--group',
              topic,
              '--from-beginning',
            ],
            ...['--command-property', `partition.assignment.strategy=${strategy}`],
            ...['--command-property', 'heartbeat.interval.ms=200'],
          ]);
          let text = '';
          child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
          return { lines: () => text.split('\n').filter((line) => line !== ''), child };
        };
        const members = async (): Promise<number> => {
          const { groups } = await kafka.request('DescribeGroups', { groups: [topic] }, undefined, { group: topic });
          return groups[0]?.groupState === 'Stable' ? groups[0].members.length : 0;
        };
        let java: ReturnType<typeof startJava> | undefined;
        try {
          if (leader === 'ours') await until(() => ours.assignment().length === 6);
          java = startJava();
          if (leader === 'java') await expect.poll(members, { timeout: 60_000 }).toBe(1);
          await until(async () => ours.assignment().length === 3 && (await members()) === 2);
          const producer = await kafka.producer();
          for (let i = 0; i < 60; i++)
            void producer.send({ topic, partition: i % 6, key: null, value: Buffer.from(`${i}`) });
          await producer.close();
          const { lines } = java;
          await until(() => got.length + lines().length >= 60);
          expect(lines()).toHaveLength(30);
          expect([...got, ...lines()].map(Number).sort((a, b) => a - b)).toEqual(
            Array.from({ length: 60 }, (_, i) => i),
          );
          java.child.kill('SIGTERM');
          await until(() => ours.assignment().length === 6);
        } finally {
          java?.child.kill('SIGKILL');
          await ours.close();
        }
        const own = leader === 'ours' ? ['+6'] : ['+3'];
        const eager = leader === 'ours' ? [...own, '-6', '+3', '-3', '+6'] : [...own, '-3', '+6'];
        const cooperative = leader === 'ours' ? [...own, '-3', '+3'] : [...own, '+3'];
        expect(events).toEqual(assignor === 'range' ? eager : cooperative);
      }, 120_000);
    }
  }
});
