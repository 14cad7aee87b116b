/** A producer whose requests fail on the way, in the broker and for good: each record is written once, in order, or its sender is told. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { KafkaClient, Producer } from '../../../src/client/kafka-client.ts';
import { sleep, systemClock } from '../../../src/core/clock.ts';
import { errorCode } from '../../../src/wire/error-codes.ts';
import type { KafkaErrorName } from '../../../src/wire/error-codes.ts';
import { batchProducerEpoch } from '../../../src/wire/record-batch.ts';
import { clientOf, cuttableNetwork, produceError, startBroker, values, ways } from './fixtures.ts';
import type { TestBroker } from './fixtures.ts';

let server: TestBroker;
const clients: KafkaClient[] = [];
beforeAll(async () => {
  server = await startBroker({ 'auto.create.topics.enable': 'false' });
});
afterEach(async () => {
  server.intercept = undefined;
  for (const kafka of clients.splice(0)) await kafka.close();
});
afterAll(() => server.close());

async function open(
  ...args: Parameters<typeof clientOf> extends [unknown, ...infer R] ? R : never
): Promise<KafkaClient> {
  const kafka = await clientOf(server, ...args);
  clients.push(kafka);
  return kafka;
}

const turn = (): Promise<void> => new Promise((resolve) => systemClock.defer(resolve));
const numbers = (count: number, from = 0): string[] => Array.from({ length: count }, (_, i) => `${from + i}`);

/** Sends each value in a batch of its own. Resolves with the outcomes. */
async function sendEach(
  producer: Producer,
  topic: string,
  texts: readonly string[],
): Promise<PromiseSettledResult<unknown>[]> {
  const sent = [];
  for (const text of texts) {
    sent.push(producer.send({ topic, partition: 0, key: null, value: Buffer.from(text) }));
    await turn();
  }
  return Promise.allSettled(sent);
}

it('a connection that breaks before and behind a write, with several batches in flight', async () => {
  const { network, cut } = cuttableNetwork();
  const kafka = await open('over a socket', { network });
  await kafka.admin.createTopic({ topic: 'cut', partitions: 1 });
  const producer = await kafka.producer();
  await producer.send({ topic: 'cut', partition: 0, key: null, value: Buffer.from('0') });
  let requests = 0;
  const cuts: string[] = [];
  server.intercept = async (api, _body, next) => {
    if (api !== 'Produce') return next();
    requests++;
    if (requests % 10 === 3) {
      cuts.push('behind');
      await next();
      cut();
      throw new Error('the answer is lost');
    }
    if (requests % 10 === 7) {
      cuts.push('before');
      cut();
      throw new Error('the request is lost');
    }
    return next();
  };
  const outcomes = await sendEach(producer, 'cut', numbers(49, 1));
  server.intercept = undefined;
  expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
  expect(cuts).toContain('behind');
  expect(cuts).toContain('before');
  expect(await values(kafka, 'cut')).toEqual(numbers(50));
});

it('request.timeout.ms: what was written all the same is not written again', async () => {
  const kafka = await open('over a socket', { requestTimeoutMs: 200 });
  await kafka.admin.createTopic({ topic: 'slow', partitions: 1 });
  const producer = await kafka.producer();
  let held = 0;
  server.intercept = async (api, _body, next) => {
    const answer = await next();
    if (api === 'Produce' && ++held === 1) await sleep(systemClock, 1000);
    return answer;
  };
  expect((await sendEach(producer, 'slow', numbers(5))).map(({ status }) => status)).toEqual(
    Array(5).fill('fulfilled'),
  );
  expect(held).toBeGreaterThan(5);
  expect(await values(kafka, 'slow')).toEqual(numbers(5));
});

for (const way of ways) {
  it(`delivery.timeout.ms ends the wait for an answer, ${way}; the partition goes on behind it`, async () => {
    const kafka = await open(way, { requestTimeoutMs: 1000 });
    const topic = `expired-${way.replaceAll(' ', '-')}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    const producer = await kafka.producer({ deliveryTimeoutMs: 300 });
    await sendEach(producer, topic, ['a']);
    let answerHeld = (): void => {};
    const held = new Promise<void>((resolve) => (answerHeld = resolve));
    server.intercept = async (api, _body, next) => {
      if (api !== 'Produce') return next();
      await held;
      throw new Error('never written');
    };
    const outcomes = await sendEach(producer, topic, numbers(8));
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'written'))).toEqual(
      Array(8).fill('MILLRACE_TIMEOUT'),
    );
    server.intercept = undefined;
    answerHeld();
    await expect
      .poll(async () => (await sendEach(producer, topic, ['b']))[0]?.status, { timeout: 10_000 })
      .toBe('fulfilled');
    expect(await values(kafka, topic)).toEqual(['a', 'b']);
  });
}

for (const errorName of ['NOT_LEADER_OR_FOLLOWER', 'LEADER_NOT_AVAILABLE', 'NOT_ENOUGH_REPLICAS'] as const) {
  it(`${errorName} passes, after another look at the metadata`, async () => {
    const kafka = await open('in process');
    const topic = `moved-${errorName.toLowerCase()}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    const producer = await kafka.producer();
    await sendEach(producer, topic, ['0']);
    const asked: string[] = [];
    server.intercept = async (api, body, next) => {
      asked.push(api);
      if (api === 'Produce' && asked.filter((one) => one === 'Produce').length <= 3)
        return produceError(body, errorCode(errorName));
      return next();
    };
    await sendEach(producer, topic, numbers(9, 1));
    expect(asked.slice(asked.indexOf('Produce'))).toContain('Metadata');
    expect(await values(kafka, topic)).toEqual(numbers(10));
  });
}

for (const errorName of ['OUT_OF_ORDER_SEQUENCE_NUMBER', 'UNKNOWN_PRODUCER_ID'] as const) {
  it(`${errorName}: a broker that forgot the producer gets the rest in a new epoch`, async () => {
    const kafka = await open('in process');
    const topic = `forgot-${errorName.toLowerCase()}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    const producer = await kafka.producer();
    await sendEach(producer, topic, ['0']);
    let refused = 0;
    server.intercept = async (api, body, next) =>
      api === 'Produce' && ++refused <= 1 ? produceError(body, errorCode(errorName)) : next();
    const outcomes = await sendEach(producer, topic, numbers(9, 1));
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(await values(kafka, topic)).toEqual(numbers(10));
    const { records } = await kafka.fetchBatches(topic, 0, 9);
    expect(batchProducerEpoch(records, 0)).toBe(1);
  });

  it(`${errorName} in a transaction: it can only be aborted, the next one is whole`, async () => {
    const kafka = await open('in process');
    const topic = `forgot-in-${errorName.toLowerCase()}`;
    await kafka.admin.createTopic({ topic, partitions: 1 });
    const producer = await kafka.producer({ transactionalId: topic });
    await producer.begin();
    await sendEach(producer, topic, ['a']);
    let refused = 0;
    server.intercept = async (api, body, next) =>
      api === 'Produce' && ++refused <= 1 ? produceError(body, errorCode(errorName)) : next();
    await sendEach(producer, topic, ['b', 'c']);
    await expect(producer.commit()).rejects.toMatchObject({ errorName });
    await producer.abort();
    await producer.begin();
    await sendEach(producer, topic, ['d', 'e']);
    await producer.commit();
    expect(await values(kafka, topic)).toEqual(['d', 'e']);
  });
}

it('a record that nobody watched fails: its transaction is not committed without it', async () => {
  const kafka = await open('in process');
  await kafka.admin.createTopic({ topic: 'unwatched', partitions: 1 });
  const producer = await kafka.producer({ transactionalId: 'unwatched', deliveryTimeoutMs: 200 });
  // It expires.
  await producer.begin();
  await sendEach(producer, 'unwatched', ['a']);
  server.intercept = async (api, body, next) =>
    api === 'Produce' ? produceError(body, errorCode('NOT_LEADER_OR_FOLLOWER')) : next();
  await sendEach(producer, 'unwatched', ['b']);
  server.intercept = undefined;
  await expect(producer.commit()).rejects.toThrow();
  await producer.abort();
  // Its topic is not there.
  await producer.begin();
  await sendEach(producer, 'unwatched', ['c']);
  await expect(producer.send({ topic: 'nowhere', key: null, value: null })).rejects.toMatchObject({
    errorName: 'UNKNOWN_TOPIC_OR_PARTITION',
  });
  await expect(producer.commit()).rejects.toMatchObject({ errorName: 'UNKNOWN_TOPIC_OR_PARTITION' });
  await producer.abort();
  await producer.begin();
  await sendEach(producer, 'unwatched', ['d']);
  await producer.commit();
  expect(await values(kafka, 'unwatched')).toEqual(['d']);
});

it('the coordinator loads, moves, and loses its answer: transactions go on', async () => {
  const { network, cut } = cuttableNetwork();
  const kafka = await open('over a socket', { network });
  await kafka.admin.createTopic({ topic: 'coordinated', partitions: 1 });
  /** What the next requests of an API are answered with. */
  const script: Partial<Record<string, (KafkaErrorName | 'lost')[]>> = {
    FindCoordinator: ['COORDINATOR_NOT_AVAILABLE', 'COORDINATOR_NOT_AVAILABLE'],
    InitProducerId: ['COORDINATOR_LOAD_IN_PROGRESS', 'NOT_COORDINATOR', 'CONCURRENT_TRANSACTIONS'],
    EndTxn: ['NOT_COORDINATOR', 'lost', 'COORDINATOR_NOT_AVAILABLE', 'CONCURRENT_TRANSACTIONS', 'lost'],
    TxnOffsetCommit: ['COORDINATOR_LOAD_IN_PROGRESS', 'lost'],
  };
  const asked: string[] = [];
  server.intercept = async (api, _body, next) => {
    asked.push(api);
    const step = script[api]?.shift();
    if (step === undefined) return next();
    const answer = await next();
    if (step === 'lost') {
      cut();
      throw new Error('the answer is lost');
    }
    // What the coordinator did counts as the one request that it got; asking again must not do it twice.
    if (api === 'FindCoordinator') return { coordinators: [{ key: 'coordinated', errorCode: errorCode(step) }] };
    if (api === 'TxnOffsetCommit')
      return { topics: [{ name: 'coordinated', partitions: [{ partitionIndex: 0, errorCode: errorCode(step) }] }] };
    return { ...(answer as object), errorCode: errorCode(step) };
  };
  const producer = await kafka.producer({ transactionalId: 'coordinated' });
  expect(asked.filter((api) => api === 'FindCoordinator')).toHaveLength(4);
  for (const [i, commits] of [true, false, true].entries()) {
    await producer.begin();
    await sendEach(producer, 'coordinated', [`${i}a`, `${i}b`]);
    await producer.sendOffsets('coordinated', [{ topic: 'coordinated', partition: 0, offset: i }]);
    if (commits) await producer.commit();
    else await producer.abort();
  }
  expect(Object.values(script).flat()).toEqual([]);
  expect(await values(kafka, 'coordinated')).toEqual(['0a', '0b', '2a', '2b']);
  expect(await kafka.admin.committed('coordinated', 'coordinated')).toEqual(new Map([[0, 2]]));
});

it('a broker that starts again under a producer and under an open transaction', async () => {
  const kafka = await open('over a socket');
  await kafka.admin.createTopic({ topic: 'restarted', partitions: 1 });
  const plain = await kafka.producer();
  const transactional = await kafka.producer({ transactionalId: 'restarted' });
  await transactional.begin();
  await sendEach(plain, 'restarted', ['p0']);
  await sendEach(transactional, 'restarted', ['t0']);
  for (let round = 1; round <= 2; round++) {
    await server.down();
    const sent = Promise.all([
      sendEach(plain, 'restarted', [`p${round}`, `p${round}+`]),
      sendEach(transactional, 'restarted', [`t${round}`, `t${round}+`]),
    ]);
    await sleep(systemClock, 250);
    await server.up();
    expect((await sent).flat().map(({ status }) => status)).toEqual(Array(4).fill('fulfilled'));
  }
  await transactional.sendOffsets('restarted', [{ topic: 'restarted', partition: 0, offset: 7 }]);
  await transactional.commit();
  const all = await values(kafka, 'restarted');
  expect(all.filter((text) => text.startsWith('p'))).toEqual(['p0', 'p1', 'p1+', 'p2', 'p2+']);
  expect(all.filter((text) => text.startsWith('t'))).toEqual(['t0', 't1', 't1+', 't2', 't2+']);
  expect(await kafka.admin.committed('restarted', 'restarted')).toEqual(new Map([[0, 7]]));
});

it('a topic that is deleted and made again under a producer', async () => {
  const kafka = await open('over a socket');
  await kafka.admin.createTopic({ topic: 'again', partitions: 1 });
  const other = await open('in process');
  const producer = await kafka.producer();
  await sendEach(producer, 'again', numbers(3));
  await other.admin.deleteTopic('again');
  await other.admin.createTopic({ topic: 'again', partitions: 1 });
  expect((await sendEach(producer, 'again', numbers(5))).map(({ status }) => status)).toEqual(
    Array(5).fill('fulfilled'),
  );
  expect(await values(kafka, 'again')).toEqual(numbers(5));
  await other.admin.deleteTopic('again');
  expect(await sendEach(producer, 'again', ['x'])).toMatchObject([
    { status: 'rejected', reason: { errorName: 'UNKNOWN_TOPIC_OR_PARTITION' } },
  ]);
});
