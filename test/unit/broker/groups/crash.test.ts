/**
 * Seeded groups whose broker loses its power in the middle of writes, with fsync: no two members ever have a partition at the same
 * time, and in the end each partition has its member.
 */
import { expect, it } from 'vitest';
import { randomBelow, seededRandom } from '../../../../src/core/random.ts';
import type { Input, RequestBody, ResponseBody } from '../../../../src/wire/codecs.ts';
import { errorOf, TestBroker } from '../fixtures.ts';

interface Member {
  readonly memberId: string;
  epoch: number;
  has: number[];
}

const partitions = 7;

it.each(Array.from({ length: 25 }, (_, i) => i + 1))('seed %i', async (seed) => {
  const random = seededRandom(seed);
  const below = (bound: number): number => randomBelow(random, bound);
  const broker = await TestBroker.start({ 'group.consumer.assignment.interval.ms': '0' }, 'fsync');
  const ids = await broker.clock.wait(broker.topics({ t: partitions }));
  const topicId = ids.get('t') ?? '';
  const members: Member[] = ['a', 'b', 'c', 'd'].map((memberId) => ({ memberId, epoch: 0, has: [] }));
  let crashes = 0;

  /** The answer; undefined when the power went before it came. */
  async function beat(
    { memberId }: Member,
    body: Input<RequestBody<'ConsumerGroupHeartbeat'>>,
  ): Promise<ResponseBody<'ConsumerGroupHeartbeat'> | undefined> {
    const { disk } = broker;
    let answer: ResponseBody<'ConsumerGroupHeartbeat'> | undefined;
    let settled = false;
    broker
      .ask('ConsumerGroupHeartbeat', 1, { groupId: 'g', memberId, ...body })
      .then((given) => (answer = given))
      .catch(() => {})
      .finally(() => (settled = true));
    await broker.clock.runUntil(() => settled || disk.isDead);
    if (!disk.isDead) return answer;
    crashes++;
    await broker.losePowerAndStart();
    return undefined;
  }

  async function step(member: Member): Promise<void> {
    const join = member.epoch === 0;
    const owned = member.has.length === 0 ? [] : [{ topicId, partitions: member.has }];
    const answer = await beat(
      member,
      join
        ? { memberEpoch: 0, rebalanceTimeoutMs: 1e9, subscribedTopicNames: ['t'], topicPartitions: [] }
        : { memberEpoch: member.epoch, topicPartitions: owned },
    );
    if (answer === undefined) return; // it asks again
    if (answer.errorCode !== 0) {
      expect(['FENCED_MEMBER_EPOCH', 'UNKNOWN_MEMBER_ID', 'COORDINATOR_NOT_AVAILABLE']).toContain(errorOf(answer));
      Object.assign(member, { epoch: 0, has: [] });
      return;
    }
    member.epoch = answer.memberEpoch;
    if (answer.assignment !== null) member.has = answer.assignment.topicPartitions.flatMap((topic) => topic.partitions);
    const all = members.flatMap(({ has }) => has);
    expect(new Set(all).size).toBe(all.length);
  }

  for (let i = 0; i < 60; i++) {
    const member = members[below(members.length)];
    if (member === undefined) continue;
    if (below(8) === 0) broker.disk.failAt(1 + below(12));
    if (member.epoch > 0 && below(10) === 0) {
      if ((await beat(member, { memberEpoch: -1 })) !== undefined) Object.assign(member, { epoch: 0, has: [] });
    } else await step(member);
  }
  broker.disk.failAt(Infinity);
  // Who left stays away; those that stay agree after a few rounds.
  const staying = members.slice(0, 2);
  for (const member of members.slice(2)) {
    await beat(member, { memberEpoch: -1 });
    Object.assign(member, { epoch: 0, has: [] });
  }
  for (let round = 0; round < 8; round++) for (const member of staying) await step(member);
  expect(staying.flatMap(({ has }) => has).sort((a, b) => a - b)).toEqual([...new Array(partitions).keys()]);
  expect(crashes).toBeGreaterThan(0);
  await broker.close();
});
