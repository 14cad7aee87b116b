/** What a client believes of its cluster: newest leaders, partitions that were added. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Brokers, Channel } from '../../../src/client/channel.ts';
import { Cluster } from '../../../src/client/cluster.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { Input, RequestBody, ResponseBody } from '../../../src/wire/codecs.ts';
import { complete } from '../../../src/wire/complete.ts';
import { partitionOfKey } from '../../../src/wire/murmur2.ts';
import { ports, startBroker } from './fixtures.ts';
import type { TestBroker } from './fixtures.ts';

let server: TestBroker;
beforeAll(async () => {
  server = await startBroker();
});
afterAll(() => server.close());

/** A cluster whose metadata is what `answers` say, one after the other. */
function clusterThatSays(answers: Input<ResponseBody<'Metadata'>>[]): Cluster {
  const channel = {
    request: async (api: string, _body: Input<RequestBody<'Metadata'>>) => {
      expect(api).toBe('Metadata');
      return complete('MetadataResponse', answers.shift() ?? {});
    },
  } as unknown as Channel;
  const brokers = { channel: async () => channel, learn: () => {} } as unknown as Brokers;
  return new Cluster({ ...ports, brokers });
}

const id = 'AAAAAAAAAAAAAAAAAAAAAQ';
const topicWith = (topicId: string, ...leaders: readonly (readonly [leaderId: number, leaderEpoch: number])[]) => ({
  topics: [
    {
      name: 't',
      topicId,
      partitions: leaders.map(([leaderId, leaderEpoch], partitionIndex) => ({ partitionIndex, leaderId, leaderEpoch })),
    },
  ],
});

it('a broker that has not heard yet of a new leader is not believed', async () => {
  const cluster = clusterThatSays([
    topicWith(id, [1, 4], [2, 7]),
    topicWith(id, [2, 5], [1, 6]),
    topicWith('AAAAAAAAAAAAAAAAAAAAAg', [3, 0], [3, 0]),
    topicWith('AAAAAAAAAAAAAAAAAAAAAg', [1, -1], [2, -1]),
  ]);
  const leaders = async (): Promise<unknown> => {
    cluster.forgetTopic('t');
    const both = [await cluster.leader('t', 0), await cluster.leader('t', 1)];
    return both.map(({ nodeId, epoch }) => [nodeId, epoch]);
  };
  expect(await leaders()).toEqual([
    [1, 4],
    [2, 7],
  ]);
  expect(await leaders()).toEqual([
    [2, 5],
    [2, 7],
  ]);
  // Made again: its epochs begin anew.
  expect(await leaders()).toEqual([
    [3, 0],
    [3, 0],
  ]);
  // Too old to tell epochs.
  expect(await leaders()).toEqual([
    [1, -1],
    [2, -1],
  ]);
});

it('a producer sees partitions that were added, after metadata.max.age.ms', async () => {
  let skewMs = 0;
  const clock = { ...systemClock, monotonic: () => systemClock.monotonic() + skewMs };
  const kafka = embeddedKafka({ ...ports, clock, door: server.door });
  await kafka.admin.createTopic({ topic: 'grown', partitions: 1 });
  const producer = await kafka.producer();
  const key = Buffer.from('key');
  const send = async (): Promise<number> => (await producer.send({ topic: 'grown', key, value: null })).partition;
  expect(await send()).toBe(0);
  await kafka.request('CreatePartitions', {
    topics: [{ name: 'grown', count: 10, assignments: null }],
    timeoutMs: 1000,
  });
  expect(await send()).toBe(0);
  skewMs = 300_000;
  expect(partitionOfKey(key, 10)).not.toBe(0);
  await expect.poll(send).toBe(partitionOfKey(key, 10));
  await kafka.close();
});
