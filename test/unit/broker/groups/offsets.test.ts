/** Offsets of groups: who may commit, what a transaction holds back, and when what nobody uses is forgotten. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kafkaErrorFacts } from '../../../../src/wire/error-codes.ts';
import { errorOf, TestBroker } from '../fixtures.ts';
import { ClassicClient } from './classic-members.ts';

const day = 86_400_000;
let broker: TestBroker;

beforeEach(async () => {
  broker = await TestBroker.start({ 'offsets.retention.minutes': String(24 * 60), 'offset.metadata.max.bytes': '10' });
  await broker.topics({ t: 1, u: 1 });
});
afterEach(() => broker.close());

const name = (code: number | undefined): string => kafkaErrorFacts(code ?? -1).name;

/** A commit of somebody who assigns partitions itself. */
async function commitAlone(group: string, topic: string, metadata = ''): Promise<string> {
  return name(await new ClassicClient(broker, { group }).commit(topic, 5, metadata));
}

async function committed(group: string, stable = false): Promise<Record<string, number | string>> {
  const { groups } = await broker.ask('OffsetFetch', 8, {
    groups: [{ groupId: group, topics: null }],
    requireStable: stable,
  });
  return Object.fromEntries(
    (groups[0]?.topics ?? []).map(({ name: topic, partitions: [first] }) => [
      topic,
      first?.errorCode === 0 ? Number(first.committedOffset) : errorOf(first ?? { errorCode: -1 }),
    ]),
  );
}

async function groups(): Promise<string[]> {
  return (await broker.ask('ListGroups', 5, {})).groups.map(({ groupId }) => groupId);
}

describe('who may commit', () => {
  it('anybody, as long as the group has no members', async () => {
    expect(await commitAlone('alone', 't')).toBe('NONE');
    expect(await committed('alone')).toEqual({ t: 5 });
    await new ClassicClient(broker, { group: 'alone' }).enter();
    expect(await commitAlone('alone', 't')).toBe('UNKNOWN_MEMBER_ID');
  });

  it('a member, of this generation, while the group is not about to be assigned', async () => {
    const a = new ClassicClient(broker);
    const joined = await a.join();
    expect(name(await a.commit('t', 1))).toBe('REBALANCE_IN_PROGRESS');
    await a.sync(joined);
    expect(name(await a.commit('t', 1))).toBe('NONE');
    a.generation = 7;
    expect(name(await a.commit('t', 1))).toBe('ILLEGAL_GENERATION');
    a.id = 'who';
    expect(name(await a.commit('t', 1))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('only partitions that there are, and not too much beside the offset', async () => {
    expect(await commitAlone('g', 'missing')).toBe('UNKNOWN_TOPIC_OR_PARTITION');
    expect(await commitAlone('g', 't', 'eleven char')).toBe('OFFSET_METADATA_TOO_LARGE');
    expect(await committed('g')).toEqual({});
  });
});

describe('what is forgotten', () => {
  it('offsets of somebody who assigns itself, a day after they were committed, and the group with them', async () => {
    await commitAlone('alone', 't');
    await broker.pass(day / 2);
    await commitAlone('alone', 'u');
    await broker.pass(day / 2 + 600_000);
    expect(await committed('alone')).toEqual({ u: 5 });
    await broker.pass(day / 2);
    expect([await committed('alone'), await groups()]).toEqual([{}, []]);
  });

  it('offsets of a group, a day after its last member left', async () => {
    const a = new ClassicClient(broker, { sessionMs: 1_800_000 });
    await a.enter();
    await a.commit('t', 1);
    await a.commit('u', 2); // nobody subscribes to it
    for (let passed = 0; passed < day + 700_000; passed += 1_000_000) {
      await broker.pass(1_000_000);
      await a.heartbeat();
    }
    expect(await committed('g')).toEqual({ t: 1 });
    await a.leave();
    await broker.pass(day - 700_000);
    expect(await committed('g')).toEqual({ t: 1 });
    await broker.pass(1_400_000);
    expect([await committed('g'), await groups()]).toEqual([{}, []]);
  });

  it('offsets of a topic that is deleted, at once', async () => {
    await commitAlone('alone', 't');
    await commitAlone('alone', 'u');
    await broker.ask('DeleteTopics', 6, { topics: [{ name: 't' }], timeoutMs: 1000 });
    expect(await committed('alone')).toEqual({ u: 5 });
  });
});

describe('offsets of a transaction', () => {
  const transactionalId = 'tx';
  async function begin(): Promise<{ producerId: number; producerEpoch: number }> {
    const { producerId, producerEpoch } = await broker.ask('InitProducerId', 5, {
      transactionalId,
      transactionTimeoutMs: 900_000,
    });
    const producer = { producerId: Number(producerId), producerEpoch };
    const { topics } = await broker.ask('TxnOffsetCommit', 5, {
      ...{ transactionalId, groupId: 'g', ...producer, generationId: -1, memberId: '', groupInstanceId: null },
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 9, committedMetadata: '' }] }],
    });
    expect(topics[0]?.partitions.map(errorOf)).toEqual(['NONE']);
    return producer;
  }
  const end = (
    producer: { producerId: number; producerEpoch: number },
    committed: boolean,
  ): Promise<{ errorCode: number }> => broker.ask('EndTxn', 5, { transactionalId, ...producer, committed });

  it('count once it is committed; who asks for stable ones is told to wait', async () => {
    await commitAlone('g', 't');
    const producer = await begin();
    expect([await committed('g'), await committed('g', true)]).toEqual([{ t: 5 }, { t: 'UNSTABLE_OFFSET_COMMIT' }]);
    expect(errorOf(await end(producer, true))).toBe('NONE');
    await broker.pass(1000);
    expect(await committed('g', true)).toEqual({ t: 9 });
  });

  it('never were when it is aborted', async () => {
    await commitAlone('g', 't');
    await end(await begin(), false);
    await broker.pass(1000);
    expect(await committed('g', true)).toEqual({ t: 5 });
  });

  it('are decided after kill -9 as before', async () => {
    const producer = await begin();
    await broker.killAndStart();
    expect(await committed('g')).toEqual({});
    await end(producer, true);
    await broker.pass(1000);
    await broker.killAndStart();
    expect(await committed('g', true)).toEqual({ t: 9 });
  });
});
