/** What a client does with a cluster, whichever it is: ours over a socket or in process, or a real Kafka (test/judges). */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Consumer, KafkaClient } from '../../../src/client/kafka-client.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import { partitionOfKey } from '../../../src/wire/murmur2.ts';
import { compressionCodecs } from '../../../src/wire/compression.ts';
import { values } from './fixtures.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

/** Declares the tests; `open` gives the client, `clusterId` what the cluster is called. */
export function clientSuite(way: string, open: () => Promise<KafkaClient>, clusterId: () => string): void {
  describe(way, () => {
    let kafka: KafkaClient;
    const name = (topic: string): string => `${topic}-${way.replaceAll(' ', '-')}`;
    beforeAll(async () => {
      kafka = await open();
    });
    afterAll(() => kafka.close());

    it('topics: made, described, configured, listed, deleted', async () => {
      const topic = name('topics');
      expect(await kafka.clusterId()).toBe(clusterId());
      expect(await kafka.admin.describeTopic(topic)).toBeUndefined();
      const made = await kafka.admin.createTopic({ topic, partitions: 3, config: { 'cleanup.policy': 'compact' } });
      expect(made).toEqual({
        topic,
        topicId: expect.stringMatching(/^[\w-]{22}$/),
        partitions: 3,
        replicationFactor: 1,
        internal: false,
      });
      expect(await kafka.admin.describeTopic(topic)).toEqual(made);
      expect(await kafka.admin.topics()).toContainEqual(made);
      expect(await kafka.admin.ensureTopic({ topic, partitions: 7 })).toEqual(made);
      await expect(kafka.admin.createTopic({ topic, partitions: 3 })).rejects.toMatchObject({
        errorName: 'TOPIC_ALREADY_EXISTS',
      });
      expect(await kafka.admin.topicConfig(topic)).toMatchObject({ 'cleanup.policy': 'compact' });
      await kafka.admin.alterTopicConfig(topic, { 'cleanup.policy': null, 'retention.ms': '1000' });
      expect(await kafka.admin.topicConfig(topic)).toMatchObject({
        'cleanup.policy': 'delete',
        'retention.ms': '1000',
      });
      await kafka.admin.deleteTopic(topic);
      await kafka.admin.deleteTopic(topic);
      expect(await kafka.admin.describeTopic(topic)).toBeUndefined();
      await expect(kafka.admin.createTopic({ topic: 'not a topic', partitions: 1 })).rejects.toMatchObject({
        errorName: 'INVALID_TOPIC_EXCEPTION',
      });
    });

    for (const compression of compressionCodecs) {
      it(`records come back as they went, ${compression}`, async () => {
        const topic = name(`records-${compression}`);
        await kafka.admin.createTopic({ topic, partitions: 2 });
        const producer = await kafka.producer({ compression });
        const headers = [
          { key: 'h', value: bytes('1') },
          { key: 'h', value: null },
        ];
        const acks = await Promise.all(
          Array.from({ length: 1000 }, (_, i) =>
            producer.send({
              topic,
              key: bytes(`k${i % 10}`),
              value: i % 100 === 0 ? null : bytes(`v${i}`),
              headers,
              timestamp: 1_700_000_000_000 + i,
            }),
          ),
        );
        const records = (
          await Promise.all(
            [0, 1].map(async (partition) => {
              const list = [];
              const { latest } = await kafka.admin.offsets(topic, partition);
              for await (const some of kafka.read(topic, partition, { from: 0, to: latest })) list.push(...some);
              return list;
            }),
          )
        ).flat();
        expect(records).toHaveLength(1000);
        const byPlace = new Map(records.map((record) => [`${record.partition} ${record.offset}`, record]));
        acks.forEach(({ partition, offset }, i) => {
          expect(byPlace.get(`${partition} ${offset}`)).toMatchObject({
            key: bytes(`k${i % 10}`),
            value: i % 100 === 0 ? null : bytes(`v${i}`),
            headers,
            timestamp: 1_700_000_000_000 + i,
          });
          expect(partition).toBe(partitionOfKey(bytes(`k${i % 10}`), 2));
        });
        await producer.close();
        await expect(producer.send({ topic, key: null, value: null })).rejects.toMatchObject({
          code: 'MILLRACE_UNREACHABLE',
        });
      });
    }

    it('what is sent in one turn shares a batch; ready batches keep their place', async () => {
      const topic = name('batches');
      await kafka.admin.createTopic({ topic, partitions: 1 });
      const producer = await kafka.producer();
      const builder = new RecordBatchBuilder();
      builder.append(1, null, bytes('c'));
      const [a, b, c, d] = await Promise.all([
        producer.send({ topic, partition: 0, key: null, value: bytes('a') }),
        producer.send({ topic, partition: 0, key: null, value: bytes('b') }),
        producer.produceBatch(topic, 0, builder.build()),
        producer.send({ topic, key: null, value: bytes('d') }),
      ]);
      expect([a, b, c, d]).toEqual([
        { partition: 0, offset: 0 },
        { partition: 0, offset: 1 },
        2,
        { partition: 0, offset: 3 },
      ]);
      const fetched = await kafka.fetchBatches(topic, 0, 1, { isolation: 'read_uncommitted' });
      expect(fetched).toMatchObject({ nextOffset: 4, endOffset: 4, logStartOffset: 0 });
      expect(fetched.records.readInt32BE(57)).toBe(2);
      await producer.close();
    });

    it('reads by time, from the end, and until it is told to stop', async () => {
      const topic = name('times');
      await kafka.admin.createTopic({ topic, partitions: 1 });
      const producer = await kafka.producer();
      for (let i = 0; i < 5; i++)
        await producer.send({ topic, key: null, value: bytes(`${i}`), timestamp: 1_700_000_000_000 + i * 1000 });
      expect(await kafka.admin.offsetForTime(topic, 0, 1_700_000_002_500)).toBe(3);
      expect(await kafka.admin.offsetForTime(topic, 0, 1_800_000_000_000)).toBeUndefined();
      expect(await kafka.admin.offsets(topic, 0)).toEqual({ earliest: 0, latest: 5, leaderEpoch: 0 });
      const stop = new AbortController();
      const found: string[] = [];
      const reading = (async () => {
        for await (const records of kafka.read(topic, 0, { from: 'latest', signal: stop.signal })) {
          found.push(...records.map(({ value }) => String(value)));
          if (found.length === 2) stop.abort();
        }
      })();
      await kafka.fetchBatches(topic, 0, 5, { waitMs: 50 });
      await producer.send({ topic, key: null, value: bytes('x') });
      await producer.send({ topic, key: null, value: bytes('y') });
      await reading;
      expect(found).toEqual(['x', 'y']);
      await expect(kafka.fetchBatches(topic, 0, 99)).rejects.toMatchObject({ errorName: 'OFFSET_OUT_OF_RANGE' });
      await producer.close();
    });

    it('transactions: committed and aborted, with offsets', async () => {
      const topic = name('transactions');
      await kafka.admin.createTopic({ topic, partitions: 2 });
      const producer = await kafka.producer({ transactionalId: name('id') });
      await expect(producer.send({ topic, partition: 0, key: null, value: null })).rejects.toMatchObject({
        errorName: 'INVALID_TXN_STATE',
      });
      for (const [round, end] of ['commit', 'abort', 'commit', 'commit'].entries()) {
        await producer.begin();
        for (const partition of [0, 1]) {
          for (let i = 0; i < 3; i++) {
            void producer.send({ topic, partition, key: null, value: bytes(`${round}.${i}`) });
            await Promise.resolve();
          }
        }
        await producer.flush();
        await producer.sendOffsets(name('group'), [{ topic, partition: 0, offset: round + 10 }]);
        if (end === 'commit') await producer.commit();
        else await producer.abort();
      }
      await producer.begin();
      await producer.commit(); // nothing in it
      for (const partition of [0, 1]) {
        const { latest } = await kafka.admin.offsets(topic, partition);
        const seen: string[] = [];
        for await (const records of kafka.read(topic, partition, { from: 0, to: latest }))
          seen.push(...records.map(({ value }) => String(value)));
        expect(seen).toEqual(['0.0', '0.1', '0.2', '2.0', '2.1', '2.2', '3.0', '3.1', '3.2']);
        const all: string[] = [];
        for await (const records of kafka.read(topic, partition, {
          from: 0,
          to: latest,
          isolation: 'read_uncommitted',
        }))
          all.push(...records.map(({ value }) => String(value)));
        expect(all).toHaveLength(12);
      }
      expect(await kafka.admin.committed(name('group'), topic)).toEqual(new Map([[0, 13]]));

      const newer = await kafka.producer({ transactionalId: name('id') });
      await producer.begin();
      void producer.send({ topic, partition: 0, key: null, value: bytes('late') });
      await expect(producer.commit()).rejects.toThrow();
      await expect(producer.abort()).rejects.toMatchObject({ errorName: 'PRODUCER_FENCED' });
      await newer.begin();
      await newer.send({ topic, partition: 0, key: null, value: bytes('new') });
      await newer.commit();
      expect((await values(kafka, topic)).at(-1)).toBe('new');
      await producer.close();
      await newer.close();
    });

    it('groups: offsets from outside, listed, deleted', async () => {
      const topic = name('groups');
      const group = name('outside');
      await kafka.admin.createTopic({ topic, partitions: 3 });
      expect(await kafka.admin.committed(group, topic)).toEqual(new Map());
      await kafka.admin.commitOffsets(group, [
        { topic, partition: 0, offset: 5 },
        { topic, partition: 2, offset: 7 },
      ]);
      expect(await kafka.admin.committed(group, topic)).toEqual(
        new Map([
          [0, 5],
          [2, 7],
        ]),
      );
      expect(await kafka.admin.groups()).toContainEqual({ group, state: 'Empty' });
      await kafka.admin.deleteGroup(group);
      await kafka.admin.deleteGroup(group);
      expect((await kafka.admin.groups()).map(({ group: id }) => id)).not.toContain(group);
    });

    it('a topic that nobody has', async () => {
      const topic = name('nowhere');
      await expect(kafka.admin.offsets(topic, 0)).rejects.toMatchObject({ errorName: 'UNKNOWN_TOPIC_OR_PARTITION' });
      await expect(kafka.admin.topicConfig(topic)).rejects.toMatchObject({ errorName: 'UNKNOWN_TOPIC_OR_PARTITION' });
    });

    it('a group shares partitions, goes on where it was, and takes over from who leaves', async () => {
      const topic = name('shared');
      const group = name('sharing');
      await kafka.admin.createTopic({ topic, partitions: 4 });
      const producer = await kafka.producer();
      const sent = new Set<string>();
      const send = async (from: number, count: number): Promise<void> => {
        await Promise.all(
          Array.from({ length: count }, (_, i) => {
            sent.add(`${from + i}`);
            return producer.send({ topic, partition: i % 4, key: null, value: bytes(`${from + i}`) });
          }),
        );
      };
      const got: string[] = [];
      const events: string[] = [];
      const open = (label: string): Consumer =>
        kafka.consumer({
          group,
          topics: [topic],
          autoOffsetReset: 'earliest',
          heartbeatIntervalMs: 50,
          sessionTimeoutMs: 6000,
          maxPollRecords: 7,
          onAssigned: (partitions) => void events.push(`${label}+${partitions.length}`),
          onRevoked: (partitions, { lost }) => void events.push(`${label}-${partitions.length}${lost ? '!' : ''}`),
        });
      const pollUntil = async (consumers: Consumer[], done: () => boolean): Promise<void> => {
        for (let i = 0; i < 500 && !done(); i++) {
          const lists = await Promise.all(consumers.map((consumer) => consumer.poll(50)));
          got.push(...lists.flat().map(({ value }) => String(value)));
        }
        expect(done()).toBe(true);
      };
      const hasAll = (): boolean => got.length >= sent.size;

      const first = open('first');
      await send(0, 100);
      await pollUntil([first], hasAll);
      expect(first.assignment()).toHaveLength(4);
      expect(first.position(topic, 0)).toBe(25);

      const second = open('second');
      await pollUntil([first, second], () => first.assignment().length === 2 && second.assignment().length === 2);
      await send(100, 100);
      await pollUntil([first, second], hasAll);
      await second.commit();
      await first.close();
      expect(await kafka.admin.groups()).toContainEqual({ group, state: expect.stringMatching(/Stable|Rebalance/) });
      await pollUntil([second], () => second.assignment().length === 4);
      await send(200, 20);
      await pollUntil([second], hasAll);
      await second.close();
      await expect(second.poll(0)).rejects.toMatchObject({ code: 'MILLRACE_UNREACHABLE' });
      expect(await kafka.admin.committed(group, topic)).toEqual(
        new Map([0, 1, 2, 3].map((partition) => [partition, 55])),
      );

      await send(220, 4);
      const third = open('third');
      await pollUntil([third], hasAll);
      await third.close();
      expect(got.sort()).toEqual([...sent].sort());
      expect(events.slice(0, 2)).toEqual(['first+4', 'first-4']);
      expect(events).toContain('second+2');
      expect(events.at(-1)).toBe('third+4');
      expect(events.join(' ')).not.toContain('!');
      await producer.close();
    });

    it('cooperative members keep what they have, and read on, while others come and go', async () => {
      const topic = name('cooperative');
      await kafka.admin.createTopic({ topic, partitions: 4 });
      const producer = await kafka.producer();
      let next = 0;
      const send = async (count: number): Promise<void> => {
        await Promise.all(
          Array.from({ length: count }, () =>
            producer.send({ topic, partition: next % 4, key: null, value: bytes(`${next++}`) }),
          ),
        );
      };
      const got: string[] = [];
      const events: string[] = [];
      const open = (label: string): Consumer =>
        kafka.consumer({
          group: topic,
          topics: [topic],
          autoOffsetReset: 'earliest',
          heartbeatIntervalMs: 50,
          assignors: ['cooperative-sticky'],
          onAssigned: (partitions) => void events.push(`${label}+${partitions.length}`),
          onRevoked: (partitions, { lost }) => void events.push(`${label}-${partitions.length}${lost ? '!' : ''}`),
        });
      const poll = async (...consumers: Consumer[]): Promise<void> => {
        const lists = await Promise.all(consumers.map((consumer) => consumer.poll(50)));
        got.push(...lists.flat().map(({ value }) => String(value)));
      };
      const pollUntil = async (consumers: Consumer[], done: () => boolean): Promise<void> => {
        for (let i = 0; i < 500 && !done(); i++) await poll(...consumers);
        expect(done()).toBe(true);
      };
      const first = open('first');
      await send(20);
      await pollUntil([first], () => got.length === 20);
      const second = open('second');
      await second.poll(0); // it waits for the first one, which goes on reading
      await send(20);
      await pollUntil([first], () => got.length === 40 || first.assignment().length < 4);
      await pollUntil([first, second], () => first.assignment().length === 2 && second.assignment().length === 2);
      await send(20);
      await pollUntil([first, second], () => got.length === 60);
      await first.close();
      await pollUntil([second], () => second.assignment().length === 4);
      await send(20);
      await pollUntil([second], () => got.length === 80);
      await second.close();
      expect(got.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, i) => i));
      expect(events.filter((event) => event.includes('-'))).toEqual(['first-2']);
      expect(events.filter((event) => !event.endsWith('+0'))).toEqual(['first+4', 'first-2', 'second+2', 'second+2']);
      await producer.close();
    });

    it('a consumer seeks, pauses, commits what it is told, and follows a pattern', async () => {
      const topic = name('sought');
      const group = name('seeking');
      await kafka.admin.createTopic({ topic, partitions: 2 });
      const producer = await kafka.producer();
      for (const partition of [0, 1])
        for (let i = 0; i < 5; i++)
          void producer.send({ topic, partition, key: null, value: bytes(`${partition}.${i}`) });
      await producer.close();
      const none = kafka.consumer({ group, topics: [topic], autoOffsetReset: 'none', autoCommit: false });
      await expect(
        (async () => {
          for (;;) await none.poll(100);
        })(),
      ).rejects.toThrow(/Undefined offset with no reset policy for partitions: \[.*sought.*-[01]\]/);
      await none.close();

      const consumer = kafka.consumer({
        group,
        topics: new RegExp(topic.replace('sought', 's.*t')),
        autoOffsetReset: 'earliest',
        autoCommit: false,
      });
      const read = async (count: number): Promise<string[]> => {
        const found: string[] = [];
        for (let i = 0; i < 100 && found.length < count; i++)
          found.push(...(await consumer.poll(100)).map(({ value }) => String(value)));
        return found.sort();
      };
      expect(await read(10)).toHaveLength(10);
      consumer.seek(topic, 0, 3);
      expect(await read(2)).toEqual(['0.3', '0.4']);
      consumer.pause([{ topic, partition: 1 }]);
      consumer.seek(topic, 0, 4);
      consumer.seek(topic, 1, 2);
      expect(await read(1)).toEqual(['0.4']);
      expect(await consumer.poll(100)).toEqual([]);
      consumer.resume([{ topic, partition: 1 }]);
      expect(await read(3)).toEqual(['1.2', '1.3', '1.4']);
      consumer.seek(topic, 1, 1000); // behind the end: as if there were no offset
      expect(await read(5)).toEqual(['1.0', '1.1', '1.2', '1.3', '1.4']);
      await consumer.commit([{ topic, partition: 0, offset: 1 }]);
      await consumer.close();
      expect(await kafka.admin.committed(group, topic)).toEqual(new Map([[0, 1]]));
      expect(() => consumer.seek('other', 0, 0)).toThrow('No current assignment for partition other-0');
    });

    it('any request', async () => {
      const { brokers } = await kafka.request('DescribeCluster', {});
      expect(brokers).toHaveLength(1);
    });
  });
}
