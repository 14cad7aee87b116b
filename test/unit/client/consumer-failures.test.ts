/** Consumers whose broker, coordinator, session, offsets or topic are gone for a while or for good: nothing is left out or given twice. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Consumer, ConsumerOptions, KafkaClient } from '../../../src/client/kafka-client.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { errorCode } from '../../../src/wire/error-codes.ts';
import type { RequestBody } from '../../../src/wire/codecs.ts';
import type { KafkaErrorName } from '../../../src/wire/error-codes.ts';
import { clientOf, cuttableNetwork, startBroker, ways } from './fixtures.ts';
import type { TestBroker } from './fixtures.ts';

let server: TestBroker;
let kafka: KafkaClient;
const clients: KafkaClient[] = [];
beforeAll(async () => {
  server = await startBroker({ 'auto.create.topics.enable': 'false', 'group.min.session.timeout.ms': '500' });
  kafka = await clientOf(server, 'over a socket');
});
afterEach(async () => {
  server.intercept = undefined;
  for (const client of clients.splice(0)) await client.close();
});
afterAll(async () => {
  await kafka.close();
  await server.close();
});

const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);

async function send(topic: string, texts: readonly string[]): Promise<void> {
  const producer = await kafka.producer();
  await Promise.all(texts.map((text) => producer.send({ topic, partition: 0, key: null, value: Buffer.from(text) })));
  await producer.close();
}

function consumerOf(client: KafkaClient, topic: string, options: Partial<ConsumerOptions> = {}): Consumer {
  return client.consumer({
    group: topic,
    topics: [topic],
    autoOffsetReset: 'earliest',
    autoCommit: false,
    heartbeatIntervalMs: 30,
    sessionTimeoutMs: 1500,
    fetchMaxWaitMs: 50,
    ...options,
  });
}

/** Polls until so many records came. */
async function take(consumer: Consumer, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < 400 && found.length < count; i++)
    found.push(...(await consumer.poll(50)).map(({ value }) => String(value)));
  return found;
}

/** Answers the next requests of an API with these errors, and gives all others to the broker. */
function scripted(script: Partial<Record<string, KafkaErrorName[]>>): string[] {
  const asked: string[] = [];
  server.intercept = async (api, _body, next) => {
    asked.push(api);
    const error = script[api]?.shift();
    if (error === undefined) return next();
    const code = errorCode(error);
    if (api === 'FindCoordinator') return { coordinators: [{ key: '', errorCode: code }] };
    if (api === 'OffsetFetch') return { groups: [{ groupId: '', errorCode: code }] };
    return { errorCode: code };
  };
  return asked;
}

for (const way of ways) {
  it(`the coordinator is not there, loads, and moves, ${way}`, async () => {
    const topic = `coordinated-${way.replaceAll(' ', '-')}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    await send(topic, numbers(5));
    const client = await clientOf(server, way);
    clients.push(client);
    const script: Partial<Record<string, KafkaErrorName[]>> = {
      FindCoordinator: ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_LOAD_IN_PROGRESS'],
      JoinGroup: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR'],
      SyncGroup: ['NOT_COORDINATOR', 'REBALANCE_IN_PROGRESS'],
      OffsetFetch: ['COORDINATOR_LOAD_IN_PROGRESS', 'UNSTABLE_OFFSET_COMMIT'],
      Heartbeat: ['NOT_COORDINATOR', 'COORDINATOR_NOT_AVAILABLE', 'REBALANCE_IN_PROGRESS'],
    };
    const asked = scripted(script);
    const consumer = consumerOf(client, topic);
    expect(await take(consumer, 5)).toEqual(numbers(5));
    await expect.poll(() => Object.values(script).flat()).toEqual([]);
    await consumer.commit();
    await send(topic, numbers(5, 5));
    expect(await take(consumer, 5)).toEqual(numbers(5, 5));
    expect(asked.filter((api) => api === 'FindCoordinator').length).toBeGreaterThan(3);
    await consumer.close();
  });
}

for (const errorName of ['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'] as const) {
  it(`${errorName}: the session is over; what was not committed comes again`, async () => {
    const topic = `session-${errorName.toLowerCase()}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    await send(topic, numbers(5));
    const events: string[] = [];
    const consumer = consumerOf(kafka, topic, {
      onAssigned: (partitions) => void events.push(`+${partitions.length}`),
      onRevoked: (partitions, { lost }) => void events.push(`-${partitions.length}${lost ? '!' : ''}`),
    });
    expect(await take(consumer, 5)).toEqual(numbers(5));
    await consumer.commit([{ topic, partition: 0, offset: 3 }]);
    scripted({ Heartbeat: [errorName] });
    expect(await take(consumer, 2)).toEqual(['3', '4']);
    expect(events).toEqual(['+1', '-1!', '+1']);
    await consumer.close();
  });
}

it('a commit of a generation that is over is refused, and the next poll joins again', async () => {
  const topic = 'stale-commit';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(5));
  const consumer = consumerOf(kafka, topic, { heartbeatIntervalMs: 5000 });
  expect(await take(consumer, 5)).toEqual(numbers(5));
  server.intercept = async (api, _body, next) =>
    api === 'OffsetCommit'
      ? { topics: [{ name: topic, partitions: [{ partitionIndex: 0, errorCode: errorCode('ILLEGAL_GENERATION') }] }] }
      : next();
  await expect(consumer.commit()).rejects.toMatchObject({ errorName: 'ILLEGAL_GENERATION' });
  server.intercept = undefined;
  expect(await take(consumer, 5)).toEqual(numbers(5));
  await consumer.commit();
  expect(await kafka.admin.committed(topic, topic)).toEqual(new Map([[0, 5]]));
  await consumer.close();
});

it('a broker that starts again under a group, a reader, and a fetch that waits', async () => {
  const topic = 'restarted';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(5));
  const consumer = consumerOf(kafka, topic, { autoCommit: true, autoCommitIntervalMs: 20 });
  const got = await take(consumer, 5);
  const stop = new AbortController();
  const read: string[] = [];
  const reading = (async () => {
    for await (const records of kafka.read(topic, 0, { from: 0, signal: stop.signal })) {
      read.push(...records.map(({ value }) => String(value)));
      if (read.length === 15) stop.abort();
    }
  })();
  const waiting = kafka.fetchBatches(topic, 0, 5, { waitMs: 20_000 });
  for (const round of [1, 2]) {
    await server.down();
    const polls = (async () => {
      for (let i = 0; i < 6; i++) got.push(...(await consumer.poll(50)).map(({ value }) => String(value)));
    })();
    await sleep(systemClock, 200);
    await server.up();
    await send(topic, numbers(5, round * 5));
    await polls;
    got.push(...(await take(consumer, (round + 1) * 5 - got.length)));
  }
  expect(got).toEqual(numbers(15));
  expect((await waiting).nextOffset).toBeGreaterThan(5);
  await reading;
  expect(read).toEqual(numbers(15));
  await consumer.close();
  expect(await kafka.admin.committed(topic, topic)).toEqual(new Map([[0, 15]]));
});

it('a poll while nobody can be reached gives nothing, and takes no longer than it may', async () => {
  const topic = 'unreachable';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(3));
  const { network, cut } = cuttableNetwork();
  const client = await clientOf(server, 'over a socket', { network });
  clients.push(client);
  for (const topics of [[topic], new RegExp(topic)]) {
    const group = `${topic}-${typeof topics}-${Array.isArray(topics)}`;
    const consumer = consumerOf(client, topic, { group, topics, autoCommit: true, autoCommitIntervalMs: 1 });
    expect(await take(consumer, 3)).toEqual(numbers(3));
    server.intercept = async () => {
      cut();
      throw new Error('gone');
    };
    const before = systemClock.monotonic();
    for (let i = 0; i < 10; i++) expect(await consumer.poll(50)).toEqual([]);
    expect(systemClock.monotonic() - before).toBeLessThan(20_000); // a minute when it waits for the answer to a commit
    server.intercept = undefined;
    await send(topic, ['more']);
    expect(await take(consumer, 1)).toEqual(['more']);
    await consumer.close();
    await kafka.admin.deleteTopic(topic);
    await kafka.admin.createTopic({ topic, partitions: 1 });
    await send(topic, numbers(3));
  }
});

it('offsets that are gone: earliest, latest, none', async () => {
  const topic = 'gone';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(10));
  const resets = ['earliest', 'latest', 'none'] as const;
  const consumers = resets.map((autoOffsetReset) =>
    consumerOf(kafka, topic, { group: `${topic}-${autoOffsetReset}`, autoOffsetReset, maxPollRecords: 2 }),
  );
  for (const reset of resets)
    await kafka.admin.commitOffsets(`${topic}-${reset}`, [{ topic, partition: 0, offset: 1 }]);
  await kafka.request('DeleteRecords', {
    topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 5 }] }],
    timeoutMs: 1000,
  });
  const [earliest, latest, none] = consumers as [Consumer, Consumer, Consumer];
  expect(await take(earliest, 5)).toEqual(numbers(5, 5));
  for (let i = 0; i < 10 && latest.position(topic, 0) !== 10; i++) expect(await latest.poll(50)).toEqual([]);
  await send(topic, ['new']);
  expect(await take(latest, 1)).toEqual(['new']);
  await expect(take(none, 1)).rejects.toThrow('Fetch position 1 is out of range for partition gone-0');
  // A seek is the way out.
  none.seek(topic, 0, 9);
  expect(await take(none, 2)).toEqual(['9', 'new']);
  await expect(kafka.fetchBatches(topic, 0, 1)).rejects.toMatchObject({ errorName: 'OFFSET_OUT_OF_RANGE' });
  for (const consumer of consumers) await consumer.close();
});

it('a reset that fails is tried again in the next poll', async () => {
  const topic = 'reset-fails';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(3));
  const consumer = consumerOf(kafka, topic);
  let refused = 0;
  server.intercept = async (api, _body, next) => {
    if (api !== 'ListOffsets' || ++refused > 2) return next();
    return {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, errorCode: errorCode('UNKNOWN_SERVER_ERROR') }] }],
    };
  };
  await expect(take(consumer, 3)).rejects.toMatchObject({ errorName: 'UNKNOWN_SERVER_ERROR' });
  expect(await take(consumer, 3)).toEqual(numbers(3));
  await consumer.close();
});

it('fetches that are refused for a while, and answers without the partition', async () => {
  const topic = 'refused';
  const { topicId } = await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(3));
  const errors: KafkaErrorName[] = [
    'NOT_LEADER_OR_FOLLOWER',
    'FENCED_LEADER_EPOCH',
    'UNKNOWN_LEADER_EPOCH',
    'OFFSET_NOT_AVAILABLE',
    'UNKNOWN_TOPIC_ID',
    'KAFKA_STORAGE_ERROR',
  ];
  const left = [...errors];
  server.intercept = async (api, _body, next) => {
    const error = api === 'Fetch' ? left.shift() : undefined;
    if (error === undefined) return next();
    return { responses: [{ topic, topicId, partitions: [{ partitionIndex: 0, errorCode: errorCode(error) }] }] };
  };
  const consumer = consumerOf(kafka, topic);
  expect(await take(consumer, 3)).toEqual(numbers(3));
  expect(left).toEqual([]);
  left.push(...errors);
  expect(await kafka.fetchBatches(topic, 0, 0)).toMatchObject({ nextOffset: 3 });
  expect(left).toEqual([]);
  await consumer.close();
});

it('a log that was cut: the consumer goes back to where it is another one, or says so', async () => {
  const topic = 'cut';
  const { topicId } = await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(5));
  const asked: { currentLeaderEpoch: number; lastFetchedEpoch: number }[] = [];
  const diverging = { epoch: 0, endOffset: 3 };
  let cut = 0;
  server.intercept = async (api, body, next) => {
    if (api !== 'Fetch') return next();
    const [{ currentLeaderEpoch, lastFetchedEpoch, fetchOffset } = { currentLeaderEpoch: -1, lastFetchedEpoch: -1 }] =
      (body as RequestBody<'Fetch'>).topics[0]?.partitions ?? [];
    asked.push({ currentLeaderEpoch, lastFetchedEpoch });
    if (Number(fetchOffset) < 5 || cut === 0) return next();
    cut--;
    return { responses: [{ topic, topicId, partitions: [{ partitionIndex: 0, divergingEpoch: diverging }] }] };
  };
  const consumer = consumerOf(kafka, topic, { autoCommit: true });
  expect(await take(consumer, 5)).toEqual(numbers(5));
  cut = 1;
  expect(await take(consumer, 2)).toEqual(['3', '4']);
  const epoch = asked.at(-1)?.currentLeaderEpoch;
  expect(epoch).toBeGreaterThanOrEqual(0);
  await expect
    .poll(async () => (await consumer.poll(50), asked.at(-1)))
    .toEqual({
      currentLeaderEpoch: epoch,
      lastFetchedEpoch: epoch,
    });
  await consumer.close();
  // What was committed knows its epoch too.
  asked.length = 0;
  const strict = consumerOf(kafka, topic, { autoOffsetReset: 'none' });
  cut = 1;
  await expect(take(strict, 1)).rejects.toThrow('Detected log truncation of partition cut-0');
  expect(asked[0]).toEqual({ currentLeaderEpoch: epoch, lastFetchedEpoch: epoch });
  strict.seek(topic, 0, 3);
  expect(await take(strict, 2)).toEqual(['3', '4']);
  await strict.close();
});

it('a topic that is deleted and made again under a consumer', async () => {
  const topic = 'again';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(5));
  const consumer = consumerOf(kafka, topic);
  expect(await take(consumer, 5)).toEqual(numbers(5));
  const other = await clientOf(server, 'in process');
  clients.push(other);
  await other.admin.deleteTopic(topic);
  expect(await consumer.poll(100)).toEqual([]);
  await other.admin.createTopic({ topic, partitions: 2 });
  await send(topic, numbers(3, 100));
  expect(await take(consumer, 3)).toEqual(numbers(3, 100));
  await expect
    .poll(async () => {
      await consumer.poll(50);
      return consumer.assignment().length;
    })
    .toBe(2);
  await consumer.close();
});

it('a member that is closed while it waits for the others leaves at once', async () => {
  const topic = 'impatient';
  await kafka.admin.createTopic({ topic, partitions: 2 });
  const first = consumerOf(kafka, topic, { maxPollIntervalMs: 30_000 });
  await expect
    .poll(async () => {
      await first.poll(20);
      return first.assignment().length;
    })
    .toBe(2);
  const second = consumerOf(kafka, topic, { maxPollIntervalMs: 30_000 });
  await second.poll(100); // the first does not poll: the join waits for it
  const before = systemClock.monotonic();
  await second.close();
  expect(systemClock.monotonic() - before).toBeLessThan(15_000); // half a minute when it waits for the join
  await expect
    .poll(
      async () => {
        await first.poll(20);
        const { groups } = await kafka.request('DescribeGroups', { groups: [topic] }, undefined, { group: topic });
        return [groups[0]?.groupState, groups[0]?.members.length, first.assignment().length];
      },
      { timeout: 20_000 },
    )
    .toEqual(['Stable', 1, 2]);
  await first.close();
});

it('max.poll.interval.ms: who does not poll leaves, and comes back with its next poll', async () => {
  const topic = 'idle';
  await kafka.admin.createTopic({ topic, partitions: 1 });
  await send(topic, numbers(3));
  const events: string[] = [];
  const consumer = consumerOf(kafka, topic, {
    maxPollIntervalMs: 200,
    onRevoked: (partitions, { lost }) => void events.push(`-${partitions.length}${lost ? '!' : ''}`),
  });
  expect(await take(consumer, 3)).toEqual(numbers(3));
  await consumer.commit();
  await expect
    .poll(async () => {
      const { groups } = await kafka.request('DescribeGroups', { groups: [topic] }, undefined, { group: topic });
      return groups[0]?.groupState;
    })
    .toBe('Empty');
  await send(topic, numbers(3, 3));
  expect(await take(consumer, 3)).toEqual(numbers(3, 3));
  expect(events).toEqual(['-1!']);
  await consumer.close();
});
