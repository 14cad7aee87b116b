/** Groups of the classic protocol on simulated time: who joins, who leads, who is missed and when. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { errorOf, TestBroker } from '../fixtures.ts';
import { assignment, ClassicClient, stateOf } from './classic-members.ts';
import type { ClassicMemberOptions } from './classic-members.ts';

let broker: TestBroker;
const client = (options?: ClassicMemberOptions): ClassicClient => new ClassicClient(broker, options);
/** Sends heartbeats of some members for a while, as clients do. */
async function beatFor(ms: number, ...members: ClassicClient[]): Promise<void> {
  for (let left = ms; left > 0; left -= 3000) {
    await broker.pass(Math.min(left, 3000));
    for (const member of members) await member.heartbeat();
  }
}

beforeEach(async () => {
  broker = await TestBroker.start();
  await broker.topics({ t: 2 });
});
afterEach(() => broker.close());

describe('joining', () => {
  it('the first member leads and assigns; the group is stable then', async () => {
    const a = client();
    const joined = await a.join();
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: a.id, protocolName: 'range' });
    expect(joined.members.map(({ memberId }) => memberId)).toEqual([a.id]);
    expect((await stateOf(broker)).state).toBe('CompletingRebalance');
    expect((await a.sync(joined)).assignment).toEqual(assignment(0));
    expect(await stateOf(broker)).toEqual({ state: 'Stable', members: [a.id], protocol: 'range' });
  });

  it('another member makes those that are there join again', async () => {
    const [a, b] = [client(), client()];
    await a.enter();
    const bJoined = b.join();
    await broker.pass(0);
    expect(errorOf(await a.heartbeat())).toBe('REBALANCE_IN_PROGRESS');
    const joined = await a.join();
    expect(joined).toMatchObject({ generationId: 2, leader: a.id });
    expect(joined.members.length).toBe(2);
    const bSynced = b.sync(await bJoined); // waits until the leader has assigned
    expect((await a.sync(joined)).assignment).toEqual(assignment(0));
    expect((await bSynced).assignment).toEqual(assignment(1));
    expect(errorOf(await a.heartbeat())).toBe('NONE');
  });

  it('an id that was given and not used is forgotten with the session', async () => {
    const { memberId, errorCode } = await broker.ask('JoinGroup', 9, {
      ...{ groupId: 'g', memberId: '', sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000, protocolType: 'consumer' },
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    });
    expect(errorOf({ errorCode })).toBe('MEMBER_ID_REQUIRED');
    await broker.pass(10_001);
    const late = client();
    late.id = memberId;
    expect(errorOf(await late.join())).toBe('UNKNOWN_MEMBER_ID');
  });

  it('the protocol that most prefer among those that all know', async () => {
    const a = client({ protocols: ['x', 'range', 'sticky'] });
    const b = client({ protocols: ['sticky', 'range'] });
    const c = client({ protocols: ['sticky', 'range', 'y'] });
    await a.enter();
    const others = [b.join(), c.join()];
    await broker.pass(0);
    expect((await a.join()).protocolName).toBe('sticky');
    await Promise.all(others);
    expect(errorOf(await client({ protocols: ['x', 'y'] }).join())).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('no more members than group.max.size', async () => {
    const small = await TestBroker.start({ 'group.max.size': '1' });
    await new ClassicClient(small).enter();
    expect(errorOf(await new ClassicClient(small).join())).toBe('GROUP_MAX_SIZE_REACHED');
    await small.close();
  });

  it('session timeouts within the bounds of the broker', async () => {
    expect(errorOf(await client({ sessionMs: 5999 }).join())).toBe('INVALID_SESSION_TIMEOUT');
    expect(errorOf(await client({ sessionMs: 1_800_001 }).join())).toBe('INVALID_SESSION_TIMEOUT');
  });
});

describe('the delay of the first rebalance', () => {
  it('waits for more as long as some come, but not longer than members may take', async () => {
    const slow = await TestBroker.start({ 'group.initial.rebalance.delay.ms': '3000' });
    const members = [1, 2, 3].map(() => new ClassicClient(slow, { rebalanceMs: 7000 }));
    const joins: Promise<unknown>[] = [];
    let joined = 0;
    for (const member of members) {
      joins.push(member.join().then(() => joined++));
      await slow.pass(member === members[2] ? 2199 : 2400);
    }
    // Members at 0, 2400 and 4800: the delay begins anew at 3000 and 6000, and ends with the 7 seconds of a rebalance, not at 9000.
    expect(joined).toBe(0);
    await slow.pass(2);
    expect(joined).toBe(3);
    await Promise.all(joins);
    await slow.close();
  });
});

describe('who is missed', () => {
  it('a member without heartbeats, once its session is over', async () => {
    const [a, b] = [client(), client()];
    await a.enter();
    const bJoined = b.join();
    const joined = await a.join();
    const synced = b.sync(await bJoined);
    await a.sync(joined);
    await synced;
    await beatFor(9000, a);
    expect((await stateOf(broker)).members).toEqual([a.id, b.id]);
    await broker.pass(1500);
    expect(errorOf(await a.heartbeat())).toBe('REBALANCE_IN_PROGRESS');
    expect((await a.join()).members.map(({ memberId }) => memberId)).toEqual([a.id]);
  });

  it('a member that does not join again in the time of a rebalance; another one leads', async () => {
    const a = client({ rebalanceMs: 20_000, sessionMs: 60_000 });
    const b = client({ rebalanceMs: 20_000, sessionMs: 60_000 });
    await a.enter();
    const joining = b.join();
    await broker.pass(19_999);
    expect((await stateOf(broker)).state).toBe('PreparingRebalance');
    await broker.pass(2);
    expect(await joining).toMatchObject({ generationId: 2, leader: b.id });
    expect(errorOf(await a.heartbeat())).toBe('UNKNOWN_MEMBER_ID');
  });

  it('a member that joined and does not sync', async () => {
    const a = client({ rebalanceMs: 20_000, sessionMs: 60_000 });
    const b = client({ rebalanceMs: 20_000, sessionMs: 60_000 });
    await a.enter();
    const bJoined = b.join();
    const joined = await a.join();
    await bJoined;
    await a.sync(joined);
    await broker.pass(20_001);
    expect(errorOf(await a.heartbeat())).toBe('REBALANCE_IN_PROGRESS');
    expect(errorOf(await b.heartbeat())).toBe('UNKNOWN_MEMBER_ID');
  });

  it('who waits for an answer is not missed', async () => {
    const a = client({ sessionMs: 10_000, rebalanceMs: 60_000 });
    const b = client({ sessionMs: 60_000, rebalanceMs: 60_000 });
    await b.enter();
    const joining = a.join();
    await broker.pass(30_000);
    await b.join();
    expect((await joining).errorCode).toBe(0);
  });

  it('the last member leaves an empty group', async () => {
    const a = client();
    await a.enter();
    expect((await a.leave()).members[0]?.errorCode).toBe(0);
    expect(await stateOf(broker)).toMatchObject({ state: 'Empty', members: [] });
    expect((await a.leave()).members.map(errorOf)).toEqual(['UNKNOWN_MEMBER_ID']);
  });

  it('the leader leaves, and the next member leads', async () => {
    const [a, b] = [client(), client()];
    await a.enter();
    const bJoined = b.join();
    const joined = await a.join();
    const synced = b.sync(await bJoined);
    await a.sync(joined);
    await synced;
    await a.leave();
    expect(await b.join()).toMatchObject({ leader: b.id, generationId: 3 });
  });
});

describe('static members', () => {
  it('one that comes back has a new id, its old assignment, and disturbs nobody', async () => {
    const [a, b] = [client({ instance: 'one' }), client({ instance: 'two' })];
    await a.enter();
    const bJoined = b.join();
    const joined = await a.join();
    const synced = b.sync(await bJoined);
    await a.sync(joined);
    await synced;
    const again = client({ instance: 'two' });
    const rejoined = await again.join();
    expect(rejoined).toMatchObject({ errorCode: 0, generationId: 2, leader: a.id });
    expect(again.id).not.toBe(b.id);
    expect((await again.sync(rejoined)).assignment).toEqual(assignment(1));
    expect(errorOf(await a.heartbeat())).toBe('NONE');
    expect(errorOf(await b.heartbeat())).toBe('FENCED_INSTANCE_ID');
  });

  it('a leader that comes back need not assign again', async () => {
    const a = client({ instance: 'one' });
    await a.enter();
    const again = client({ instance: 'one' });
    expect(await again.join()).toMatchObject({ leader: again.id, skipAssignment: true, generationId: 1 });
  });

  it('is missed as others are, once its session is over', async () => {
    const a = client({ instance: 'one' });
    await a.enter();
    await broker.pass(10_001);
    expect((await stateOf(broker)).members).toEqual([]);
  });
});

it('a stable group and its members are there after kill -9, with sessions that begin anew', async () => {
  const a = client();
  await a.enter();
  await broker.killAndStart();
  expect(await stateOf(broker)).toEqual({ state: 'Stable', members: [a.id], protocol: 'range' });
  expect(errorOf(await a.heartbeat())).toBe('NONE');
  await broker.pass(10_001);
  expect((await stateOf(broker)).members).toEqual([]);
});
