/** The way of one member to its target: gives up first, says so, gets what is free. */
import { describe, expect, it } from 'vitest';
import { ownedSince, partitionsOf } from '../../../../src/broker/groups/assignment.ts';
import type { OwnedPartitions, TopicPartitions } from '../../../../src/broker/groups/assignment.ts';
import { memberStates, newMember } from '../../../../src/broker/groups/consumer-member.ts';
import type { ConsumerMember } from '../../../../src/broker/groups/consumer-member.ts';
import { reconcile } from '../../../../src/broker/groups/reconcile.ts';

const { stable, unrevoked, unreleased } = memberStates;
const list = (topicId: string, ...partitions: number[]): TopicPartitions[] => [{ topicId, partitions }];
const owned = (epoch: number, ...partitions: number[]): OwnedPartitions =>
  ownedSince(partitionsOf(partitions.length === 0 ? [] : list('t', ...partitions)), epoch);
const spelled = (partitions: OwnedPartitions): Record<string, Record<number, number>> =>
  Object.fromEntries(Array.from(partitions, ([topic, epochs]) => [topic, Object.fromEntries(epochs)]));

function step(
  member: Partial<ConsumerMember>,
  to: {
    epoch: number;
    target: number[];
    has?: number[] | null;
    taken?: number[];
    subscribed?: string[];
    changed?: boolean;
  },
): { state: number; epoch: number; assigned: unknown; revoked: unknown } {
  const has = to.has === undefined ? [] : to.has;
  const next = reconcile(
    { ...newMember('m'), ...member },
    {
      targetEpoch: to.epoch,
      target: partitionsOf(to.target.length === 0 ? [] : list('t', ...to.target)),
      subscribed: new Set(to.subscribed ?? ['t']),
      subscriptionChanged: to.changed ?? false,
      partitionEpoch: (_, partition) => (to.taken?.includes(partition) ? 1 : undefined),
      owned: has === null ? null : has.length === 0 ? [] : list('t', ...has),
    },
  );
  return {
    state: next.state,
    epoch: next.memberEpoch,
    assigned: spelled(next.assigned),
    revoked: spelled(next.pendingRevocation),
  };
}

describe('a member that has what it is to have', () => {
  const member = { memberEpoch: 3, assigned: owned(2, 0, 1) };
  it('stays as it is', () => {
    const before = { ...newMember('m'), ...member };
    const same = reconcile(before, {
      ...{ targetEpoch: 3, target: new Map(), subscribed: new Set(['t']), subscriptionChanged: false },
      ...{ partitionEpoch: () => undefined, owned: null },
    });
    expect(same).toBe(before);
  });
  it('gets more that is free at once, and keeps since when it has the rest', () => {
    expect(step(member, { epoch: 4, target: [0, 1, 2], has: [0, 1] })).toEqual({
      ...{ state: stable, epoch: 4, assigned: { t: { 0: 2, 1: 2, 2: 4 } }, revoked: {} },
    });
  });
  it('waits for what another one has', () => {
    expect(step(member, { epoch: 4, target: [0, 1, 2], has: [0, 1], taken: [2] })).toEqual({
      ...{ state: unreleased, epoch: 4, assigned: { t: { 0: 2, 1: 2 } }, revoked: {} },
    });
  });
  it('stays in its epoch until it has given up', () => {
    expect(step(member, { epoch: 4, target: [1, 2], has: [0, 1] })).toEqual({
      ...{ state: unrevoked, epoch: 3, assigned: { t: { 1: 2 } }, revoked: { t: { 0: 2 } } },
    });
  });
  it('goes on at once when it says that it does not have it any more', () => {
    expect(step(member, { epoch: 4, target: [1, 2], has: [1] })).toEqual({
      ...{ state: stable, epoch: 4, assigned: { t: { 1: 2, 2: 4 } }, revoked: {} },
    });
  });
  it('gives up a topic that it does not subscribe to any more, before there is a new target', () => {
    expect(step(member, { epoch: 3, target: [0, 1], has: [0, 1], subscribed: [], changed: true })).toEqual({
      ...{ state: unrevoked, epoch: 3, assigned: {}, revoked: { t: { 0: 2, 1: 2 } } },
    });
  });
});

describe('a member that has to give up', () => {
  const member = { state: unrevoked, memberEpoch: 3, assigned: owned(2, 1), pendingRevocation: owned(2, 0) };
  it('does not move while it has it, or does not say', () => {
    const same = { state: unrevoked, epoch: 3, assigned: { t: { 1: 2 } }, revoked: { t: { 0: 2 } } };
    expect(step(member, { epoch: 4, target: [1], has: [0, 1] })).toEqual(same);
    expect(step(member, { epoch: 4, target: [1], has: null })).toEqual(same);
  });
  it('is in the epoch of the target once it has not', () => {
    expect(step(member, { epoch: 4, target: [1], has: [1] })).toEqual({
      ...{ state: stable, epoch: 4, assigned: { t: { 1: 2 } }, revoked: {} },
    });
  });
  it('takes back what it gave up when a later target says so', () => {
    expect(step(member, { epoch: 5, target: [0, 1], has: [1], taken: [0] })).toEqual({
      ...{ state: stable, epoch: 5, assigned: { t: { 0: 5, 1: 2 } }, revoked: {} },
    });
  });
});

describe('a member that waits', () => {
  const member = { state: unreleased, memberEpoch: 4, assigned: owned(2, 0) };
  it('gets each partition when it is free', () => {
    expect(step(member, { epoch: 4, target: [0, 1, 2], has: [0], taken: [2] })).toMatchObject({
      ...{ state: unreleased, assigned: { t: { 0: 2, 1: 4 } } },
    });
    expect(step(member, { epoch: 4, target: [0, 1, 2], has: [0] })).toMatchObject({
      ...{ state: stable, assigned: { t: { 0: 2, 1: 4, 2: 4 } } },
    });
  });
});

it('a state that a newer broker wrote: the member has to come back with nothing', () => {
  expect(() => step({ state: 9, memberEpoch: 3 }, { epoch: 4, target: [0], has: [0] })).toThrow(/unknown state/);
  expect(step({ state: 9, memberEpoch: 3 }, { epoch: 4, target: [0] })).toMatchObject({ epoch: 4 });
});
