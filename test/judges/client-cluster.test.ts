/**
 * Our client against a real Apache Kafka of three nodes: leaders and coordinators move as nodes are killed and come back, and nothing is
 * lost, doubled or out of order.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Consumer, KafkaClient, TopicPartitionOffset } from '../../src/client/kafka-client.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { batchBaseOffset, batchLeaderEpoch, batchSize } from '../../src/wire/record-batch.ts';
import { describePeer } from '../peers.ts';
import { startRealCluster } from './kafka-cluster.ts';
import type { RealCluster } from './kafka-cluster.ts';

describePeer('kafka-tools', 'our client and three brokers', () => {
  let cluster: RealCluster;
  let kafka: KafkaClient;
  beforeAll(async () => {
    cluster = await startRealCluster();
    kafka = await cluster.connect();
  }, 300_000);
  afterAll(async () => {
    await kafka?.close();
    await cluster?.stop();
  }, 60_000);

  const partitions = [0, 1, 2];

  async function leaderOf(topic: string, partition: number): Promise<number> {
    const { topics } = await kafka.request('Metadata', { topics: [{ name: topic }] });
    return topics[0]?.partitions.find(({ partitionIndex }) => partitionIndex === partition)?.leaderId ?? -1;
  }

  async function values(topic: string, partition: number): Promise<string[]> {
    const { latest } = await kafka.admin.offsets(topic, partition, 'read_committed');
    const found: string[] = [];
    for await (const records of kafka.read(topic, partition, { from: 'earliest', to: latest }))
      found.push(...records.map(({ value }) => String(value)));
    return found;
  }

  it('topics lie on all nodes, groups of all nodes are listed, requests reach the leaders', async () => {
    const made = await kafka.admin.createTopic({ topic: 'spread', partitions: 6, replicationFactor: 3 });
    expect(made).toMatchObject({ partitions: 6, replicationFactor: 3 });
    const leaders = await Promise.all([0, 1, 2, 3, 4, 5].map((partition) => leaderOf('spread', partition)));
    expect(new Set(leaders).size).toBe(3);
    const producer = await kafka.producer();
    await Promise.all(
      Array.from({ length: 600 }, (_, i) =>
        producer.send({ topic: 'spread', partition: i % 6, key: null, value: Buffer.from(`${i}`) }),
      ),
    );
    await producer.close();
    for (const partition of [0, 1, 2, 3, 4, 5])
      expect(await kafka.admin.offsets('spread', partition)).toMatchObject({ earliest: 0, latest: 100 });
    const groups = ['g1', 'g2', 'g3', 'g4', 'g5', 'g6'];
    for (const group of groups) await kafka.admin.commitOffsets(group, [{ topic: 'spread', partition: 0, offset: 1 }]);
    expect((await kafka.admin.groups()).map(({ group }) => group)).toEqual(expect.arrayContaining(groups));
    for (const group of groups) await kafka.admin.deleteGroup(group);
    await kafka.admin.alterTopicConfig('spread', { 'retention.ms': '100000' });
    await kafka.admin.deleteTopic('spread');
    expect(await kafka.admin.describeTopic('spread')).toBeUndefined();
  }, 120_000);

  it('each node is killed in turn under a producer, a group and transactions', async () => {
    const topics = { plain: 'plain', copy: 'copy' };
    for (const topic of Object.values(topics))
      await kafka.admin.createTopic({ topic, partitions: 3, replicationFactor: 3 });
    const run = { producing: true };
    const sent = [0, 0, 0];
    const acknowledged = partitions.map((): string[] => []);
    const failures: unknown[] = [];

    /** Numbers into each partition, as fast as they are acknowledged, several batches on their way. */
    const produce = async (): Promise<void> => {
      const producer = await kafka.producer();
      const pending = new Set<Promise<unknown>>();
      while (run.producing) {
        for (const partition of partitions) {
          const value = `${sent[partition] ?? 0}`;
          sent[partition] = Number(value) + 1;
          const done = producer.send({ topic: topics.plain, partition, key: null, value: Buffer.from(value) }).then(
            () => acknowledged[partition]?.push(value),
            (error: unknown) => failures.push(error),
          );
          pending.add(done);
          void done.finally(() => pending.delete(done));
        }
        await sleep(systemClock, pending.size > 500 ? 50 : 2);
      }
      await Promise.all(pending);
      await producer.close();
    };

    /** Copies what is produced, a transaction for each poll: each record once, whatever moves. */
    const copied = { transactions: 0, aborted: 0 };
    const copy = async (): Promise<void> => {
      const client = await cluster.connect();
      const producer = await client.producer({ transactionalId: 'copy' });
      const consumer: Consumer = client.consumer({
        group: 'copy',
        topics: [topics.plain],
        autoOffsetReset: 'earliest',
        autoCommit: false,
        isolation: 'read_committed',
        heartbeatIntervalMs: 500,
        sessionTimeoutMs: 10_000,
      });
      const isDone = async (): Promise<boolean> =>
        !run.producing &&
        partitions.every((partition) => consumer.position(topics.plain, partition) === sent[partition]);
      while (!(await isDone())) {
        const records = await consumer.poll(200);
        if (records.length === 0) continue;
        await producer.begin();
        try {
          for (const { partition, value } of records)
            void producer.send({ topic: topics.copy, partition, key: null, value }).catch(() => {});
          await producer.flush();
          const offsets = consumer.assignment().flatMap(({ topic, partition }) => {
            const offset = consumer.position(topic, partition);
            return offset === undefined ? [] : [{ topic, partition, offset }];
          });
          await producer.sendOffsets('copy', offsets);
          await producer.commit();
          copied.transactions++;
        } catch {
          copied.aborted++;
          await producer.abort();
          const committed = await client.admin.committed('copy', topics.plain);
          for (const { topic, partition } of consumer.assignment())
            consumer.seek(topic, partition, committed.get(partition) ?? 0);
        }
      }
      await consumer.close();
      await client.close();
    };

    /** Reads all along, from wherever the leader is. */
    const read = async (partition: number, found: string[]): Promise<void> => {
      let offset = 0;
      while (run.producing || offset < (sent[partition] ?? 0)) {
        const fetched = await kafka.fetchBatches(topics.plain, partition, offset, { waitMs: 200 });
        offset = fetched.nextOffset;
        found.push(`${offset}`);
      }
    };

    const seen = partitions.map((): string[] => []);
    const work = Promise.all([
      produce(),
      copy(),
      ...partitions.map((partition) => read(partition, seen[partition] ?? [])),
    ]);
    work.catch(() => (run.producing = false));
    let moved = 0;
    const leaders = (): Promise<number[]> =>
      Promise.all(partitions.map((partition) => leaderOf(topics.plain, partition)));
    for (const node of [1, 2, 3]) {
      await sleep(systemClock, 2000);
      const before = await leaders();
      await cluster.kill(node);
      await sleep(systemClock, 6000);
      const after = await leaders();
      moved += after.filter((leader, partition) => leader !== before[partition]).length;
      await cluster.start(node);
    }
    await sleep(systemClock, 2000);
    run.producing = false;
    await work;

    expect(failures).toEqual([]);
    expect(moved).toBeGreaterThan(2);
    expect(copied.transactions).toBeGreaterThan(10);
    for (const partition of partitions) {
      const expected = Array.from({ length: sent[partition] ?? 0 }, (_, i) => `${i}`);
      expect(expected.length).toBeGreaterThan(1000);
      expect(acknowledged[partition]).toHaveLength(expected.length);
      expect(await values(topics.plain, partition)).toEqual(expected);
      expect(await values(topics.copy, partition)).toEqual(expected);
    }
  }, 240_000);

  it('a consumer whose offset is behind the end of its epoch goes back to that end', async () => {
    const { epoch, end, latest } = await epochThatEnded('plain');
    // As if this had been read from a leader that was not in step: its log would be another one from `end` on.
    await kafka.admin.commitOffsets('diverged', [{ ...end, offset: latest, leaderEpoch: epoch }]);
    const consumer = kafka.consumer({
      group: 'diverged',
      topics: ['plain'],
      autoOffsetReset: 'latest',
      autoCommit: false,
    });
    let first: number | undefined;
    for (let i = 0; i < 100 && first === undefined; i++) first = (await consumer.poll(200))[0]?.offset;
    expect(first).toBe(end.offset);
    await consumer.close();
  }, 60_000);

  /** A partition whose log has several epochs, and where the first of them ends. */
  async function epochThatEnded(topic: string): Promise<{ epoch: number; end: TopicPartitionOffset; latest: number }> {
    for (const partition of partitions) {
      const { latest } = await kafka.admin.offsets(topic, partition);
      let epoch: number | undefined;
      for (let offset = 0; offset < latest; ) {
        const { records, nextOffset } = await kafka.fetchBatches(topic, partition, offset);
        for (let at = 0; at < records.length; at += batchSize(records, at)) {
          epoch ??= batchLeaderEpoch(records, at);
          if (batchLeaderEpoch(records, at) === epoch) continue;
          return { epoch, end: { topic, partition, offset: batchBaseOffset(records, at) }, latest };
        }
        offset = nextOffset;
      }
    }
    throw new Error('no leader moved');
  }
});
