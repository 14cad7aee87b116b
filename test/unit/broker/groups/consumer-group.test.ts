/** Groups of the consumer protocol on simulated time: shares, revocations, timeouts, patterns, conversions, what stays after a kill. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Input, RequestBody, ResponseBody } from '../../../../src/wire/codecs.ts';
import { errorOf, TestBroker } from '../fixtures.ts';
import { ClassicClient, stateOf } from './classic-members.ts';

type Beat = ResponseBody<'ConsumerGroupHeartbeat'>;

let broker: TestBroker;
let ids: Map<string, string>;

/** A member as a client has it: it says what it has, and has what it is told. */
class Member {
  readonly id: string;
  epoch = 0;
  has: number[] = [];
  private readonly instance: string | null;
  private readonly topic: string;

  constructor(id: string, { instance = null, topic = 't' }: { instance?: string | null; topic?: string } = {}) {
    this.id = id;
    this.instance = instance;
    this.topic = topic;
  }

  async join(more: Input<RequestBody<'ConsumerGroupHeartbeat'>> = {}): Promise<Beat> {
    this.has = [];
    return this.say(0, {
      ...{ rebalanceTimeoutMs: 60_000, subscribedTopicNames: [this.topic], topicPartitions: [] },
      ...more,
    });
  }

  /** A heartbeat that says that the member has these; takes over what the answer gives. */
  beat(has: readonly number[] = this.has): Promise<Beat> {
    const topicId = ids.get(this.topic) ?? '';
    return this.say(this.epoch, { topicPartitions: has.length === 0 ? [] : [{ topicId, partitions: [...has] }] });
  }

  async say(memberEpoch: number, body: Input<RequestBody<'ConsumerGroupHeartbeat'>> = {}): Promise<Beat> {
    const answer = await broker.ask('ConsumerGroupHeartbeat', 1, {
      ...{ groupId: 'g', memberId: this.id, instanceId: this.instance, memberEpoch, ...body },
    });
    if (answer.errorCode === 0) this.epoch = answer.memberEpoch;
    if (answer.assignment !== null)
      this.has = answer.assignment.topicPartitions.flatMap(({ partitions }) => partitions);
    return answer;
  }

  async commit(epoch: number, partitionIndex = 0, version = 9): Promise<string> {
    const { topics } = await broker.ask('OffsetCommit', version, {
      ...{ groupId: 'g', memberId: this.id, groupInstanceId: this.instance, generationIdOrMemberEpoch: epoch },
      topics: [{ name: this.topic, partitions: [{ partitionIndex, committedOffset: 1, committedMetadata: '' }] }],
    });
    return errorOf(topics[0]?.partitions[0] ?? { errorCode: -1 });
  }
}

async function group(): Promise<ResponseBody<'ConsumerGroupDescribe'>['groups'][number] | undefined> {
  const { groups } = await broker.ask('ConsumerGroupDescribe', 1, { groupIds: ['g'] });
  return groups[0];
}

const start = async (config: Readonly<Record<string, string>> = {}): Promise<void> => {
  broker = await TestBroker.start({ 'group.consumer.assignment.interval.ms': '0', ...config });
  ids = await broker.topics({ t: 4 });
};
beforeEach(() => start());
afterEach(() => broker.close());

describe('sharing', () => {
  it('the first member has it all, the second gets its half when the first gave it up', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    expect(await a.join()).toMatchObject({ memberEpoch: 2, heartbeatIntervalMs: 5000 });
    expect(a.has).toEqual([0, 1, 2, 3]);
    await b.join();
    expect([b.epoch, b.has]).toEqual([3, []]);
    await a.beat();
    expect([a.epoch, a.has]).toEqual([2, [0, 1]]); // has to say first that it has no more
    await b.beat();
    expect(b.has).toEqual([]);
    expect(await group()).toMatchObject({ groupState: 'Reconciling', groupEpoch: 3, assignmentEpoch: 3 });
    await a.beat();
    await b.beat();
    expect([a.epoch, b.has]).toEqual([3, [2, 3]]);
    expect(await group()).toMatchObject({ groupState: 'Stable', assignorName: 'uniform' });
  });

  it('no new target before the interval is over', async () => {
    await broker.close();
    await start({ 'group.consumer.assignment.interval.ms': '1000' });
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join();
    await b.join();
    expect(await group()).toMatchObject({ groupState: 'Assigning', groupEpoch: 3, assignmentEpoch: 2 });
    await broker.pass(1000);
    await b.beat();
    expect(await group()).toMatchObject({ groupState: 'Reconciling', assignmentEpoch: 3 });
  });

  it('a topic that grows, comes, goes', async () => {
    const a = new Member('a', { topic: 'u' });
    await a.join();
    expect([a.epoch, a.has]).toEqual([2, []]);
    ids = await broker.topics({ u: 1 });
    await a.beat();
    expect([a.epoch, a.has]).toEqual([3, [0]]);
    await broker.ask('CreatePartitions', 3, { topics: [{ name: 'u', count: 2, assignments: null }], timeoutMs: 1000 });
    await a.beat();
    expect([a.epoch, a.has]).toEqual([4, [0, 1]]);
    await broker.ask('DeleteTopics', 6, { topics: [{ name: 'u' }], timeoutMs: 1000 });
    await a.beat();
    await a.beat([]);
    expect([a.epoch, a.has]).toEqual([5, []]);
  });

  it('no more members than group.consumer.max.size', async () => {
    await broker.close();
    await start({ 'group.consumer.max.size': '1' });
    await new Member('a').join();
    expect(errorOf(await new Member('b').join())).toBe('GROUP_MAX_SIZE_REACHED');
  });
});

describe('who is missed', () => {
  it('a member without heartbeats, once its session is over', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join();
    await b.join();
    await broker.pass(40_000);
    await a.beat([0, 1]);
    await broker.pass(5001);
    expect((await group())?.members.map(({ memberId }) => memberId)).toEqual(['a']);
    expect(errorOf(await b.beat())).toBe('UNKNOWN_MEMBER_ID');
    await a.beat();
    expect(a.has).toEqual([0, 1, 2, 3]);
  });

  it('the session of the group, kept within the bounds of the broker', async () => {
    const set = (value: string): Promise<ResponseBody<'IncrementalAlterConfigs'>> =>
      broker.ask('IncrementalAlterConfigs', 1, {
        resources: [
          {
            ...{ resourceType: 32, resourceName: 'g' },
            configs: [{ name: 'consumer.session.timeout.ms', configOperation: 0, value }],
          },
        ],
      });
    expect((await set('44999')).responses[0]).toMatchObject({
      errorMessage:
        'consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms',
    });
    await set('60000');
    await new Member('a').join();
    await broker.pass(59_999);
    expect((await group())?.groupState).toBe('Stable');
    await broker.pass(2);
    expect((await group())?.groupState).toBe('Empty');
  });

  it('a member that does not give up in the time of a rebalance, though it is heard of', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join({ rebalanceTimeoutMs: 10_000 });
    await b.join();
    await a.beat();
    for (let i = 0; i < 9; i++) {
      await broker.pass(1000);
      expect(errorOf(await a.beat([0, 1, 2, 3]))).toBe('NONE');
    }
    await broker.pass(1001);
    expect(errorOf(await a.beat([0, 1, 2, 3]))).toBe('UNKNOWN_MEMBER_ID');
    await b.beat();
    expect(b.has.length).toBe(4);
  });

  it('a static member that said that it will be back, only after its session', async () => {
    const [a, b] = [new Member('a', { instance: 'one' }), new Member('b')];
    await a.join();
    await b.join();
    await a.beat();
    await a.beat();
    await b.beat();
    await a.say(-2);
    const again = new Member('a2', { instance: 'one' });
    await again.join();
    expect(again.has).toEqual([0, 1]);
    expect(errorOf(await a.beat())).toBe('FENCED_INSTANCE_ID');
    expect(errorOf(await new Member('a3', { instance: 'one' }).join())).toBe('UNRELEASED_INSTANCE_ID');
    await again.say(-2);
    await broker.pass(44_000);
    await b.beat();
    expect((await group())?.members.length).toBe(2);
    await broker.pass(2000);
    expect((await group())?.members.length).toBe(1);
  });
});

describe('epochs', () => {
  it('one that is behind is taken once more, when nothing else is said to be owned', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join();
    await b.join();
    await a.beat();
    await a.beat(); // epoch 3, and the answer is lost
    const topicId = ids.get('t') ?? '';
    expect(errorOf(await a.say(2, { topicPartitions: [{ topicId, partitions: [0, 1] }] }))).toBe('NONE');
    expect(errorOf(await a.say(2, { topicPartitions: [{ topicId, partitions: [3] }] }))).toBe('FENCED_MEMBER_EPOCH');
    expect(errorOf(await a.say(1))).toBe('FENCED_MEMBER_EPOCH');
    expect(errorOf(await a.say(99))).toBe('FENCED_MEMBER_EPOCH');
  });

  it('commits: an epoch that is behind is good for what the member has had since then', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join();
    await b.join();
    await a.beat();
    await a.beat();
    await b.beat();
    expect([a.epoch, b.epoch]).toEqual([3, 3]);
    expect(await a.commit(3)).toBe('NONE');
    expect(await a.commit(2)).toBe('NONE'); // partition 0 is its own since epoch 2
    expect(await a.commit(1)).toBe('STALE_MEMBER_EPOCH');
    expect(await a.commit(2, 3)).toBe('STALE_MEMBER_EPOCH'); // the other one's by now
    expect(await b.commit(2, 3)).toBe('STALE_MEMBER_EPOCH');
    expect(await b.commit(4, 3)).toBe('STALE_MEMBER_EPOCH');
    expect(await a.commit(3, 0, 8)).toBe('UNSUPPORTED_VERSION');
    expect(await new Member('who').commit(3)).toBe('UNKNOWN_MEMBER_ID');
    expect(await new Member('').commit(-1)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('fetches of offsets check who asks, if somebody says who', async () => {
    const a = new Member('a');
    await a.join();
    const fetch = async (memberId: string | null, memberEpoch: number): Promise<string> => {
      const { groups } = await broker.ask('OffsetFetch', 9, {
        groups: [{ groupId: 'g', memberId, memberEpoch, topics: null }],
      });
      return errorOf(groups[0] ?? { errorCode: -1 });
    };
    expect(await fetch(null, -1)).toBe('NONE');
    expect(await fetch('a', 2)).toBe('NONE');
    expect(await fetch('a', 1)).toBe('STALE_MEMBER_EPOCH');
    expect(await fetch('who', 2)).toBe('UNKNOWN_MEMBER_ID');
  });
});

describe('patterns', () => {
  it('stand for topics that there are, are looked at anew when topics come, but not more often than every ten seconds', async () => {
    await broker.topics({ 'orders-eu': 1 });
    const a = new Member('a');
    await a.join({ subscribedTopicNames: null, subscribedTopicRegex: 'orders-.*' });
    expect([a.epoch, a.has]).toEqual([1, []]);
    await broker.pass(0);
    await a.beat();
    expect([a.epoch, a.has]).toEqual([2, [0]]);
    await broker.topics({ 'orders-us': 2 });
    await a.beat([]);
    await broker.pass(9000);
    await a.beat([]);
    expect((await group())?.groupEpoch).toBe(2);
    await broker.pass(1001);
    await a.beat([]);
    await broker.pass(0);
    await a.beat([]);
    expect(a.epoch).toBe(3);
    expect(a.has.length).toBe(3);
  });

  it('one that cannot be read is refused', async () => {
    expect(await new Member('a').join({ subscribedTopicNames: null, subscribedTopicRegex: '(' })).toMatchObject({
      errorMessage: 'SubscribedTopicRegex `(` is not a valid regular expression: missing closing ).',
    });
  });
});

describe('conversion', () => {
  it('a classic member stays with what it has when a member of the consumer protocol joins, and is alone again when it leaves', async () => {
    const classic = new ClassicClient(broker, { protocols: ['range'] });
    await classic.enter();
    const a = new Member('a');
    await a.join();
    expect(await group()).toMatchObject({ groupState: 'Reconciling', groupEpoch: 2 });
    expect(errorOf(await classic.heartbeat())).toBe('REBALANCE_IN_PROGRESS');
    const joined = await classic.join();
    expect(joined).toMatchObject({ errorCode: 0, generationId: 2, protocolName: 'range' });
    expect(errorOf(await classic.sync(joined))).toBe('NONE');
    await a.say(-1);
    expect(await stateOf(broker)).toMatchObject({ state: 'PreparingRebalance', members: [classic.id] });
    expect(await classic.join()).toMatchObject({ errorCode: 0, leader: classic.id });
  });

  it('is a matter of group.consumer.migration.policy', async () => {
    await broker.close();
    await start({ 'group.consumer.migration.policy': 'disabled' });
    await new ClassicClient(broker).enter();
    expect(await new Member('a').join()).toMatchObject({
      errorMessage: 'Cannot upgrade classic group g to consumer group because online upgrade is disabled.',
    });
    await broker.ask('ConsumerGroupHeartbeat', 1, {
      ...{ groupId: 'h', memberId: 'a', memberEpoch: 0, rebalanceTimeoutMs: 1000, subscribedTopicNames: ['t'] },
      topicPartitions: [],
    });
    expect(errorOf(await new ClassicClient(broker, { group: 'h' }).join())).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('a classic member that is asked to join and does not is missed after the time of a rebalance', async () => {
    const classic = new ClassicClient(broker, { rebalanceMs: 20_000, sessionMs: 60_000 });
    await classic.enter();
    const a = new Member('a');
    await a.join();
    for (let i = 0; i < 3; i++) {
      await classic.heartbeat();
      await broker.pass(9000);
      await a.beat();
    }
    expect((await group())?.members.map(({ memberId }) => memberId)).toEqual(['a']);
  });

  it('classic members that leave in one request go at once', async () => {
    const [x, y] = [new ClassicClient(broker), new ClassicClient(broker)];
    await x.enter();
    const joining = y.join();
    await broker.pass(0);
    const joined = await x.join();
    const syncing = y.sync(await joining);
    await x.sync(joined);
    await syncing;
    await new Member('a').join();
    expect((await group())?.groupEpoch).toBe(3);
    const { members } = await broker.ask('LeaveGroup', 5, {
      groupId: 'g',
      members: [{ memberId: x.id }, { memberId: 'who' }, { memberId: y.id }],
    });
    expect(members.map(errorOf)).toEqual(['NONE', 'UNKNOWN_MEMBER_ID', 'NONE']);
    expect(await group()).toMatchObject({ groupEpoch: 4, members: [{ memberId: 'a' }] });
  });

  it('an empty group is whatever protocol comes', async () => {
    const a = new Member('a');
    await a.join();
    await a.say(-1);
    await new ClassicClient(broker).enter();
    expect((await stateOf(broker)).state).toBe('Stable');
  });
});

describe('after kill -9', () => {
  it('epochs, members and their shares are there, and sessions begin anew', async () => {
    const [a, b] = [new Member('a'), new Member('b', { instance: 'two' })];
    await a.join();
    await b.join({ serverAssignor: 'range' });
    await a.beat();
    const before = await group();
    await broker.killAndStart();
    expect(await group()).toEqual(before);
    await a.beat();
    await b.beat();
    expect(await group()).toMatchObject({ groupState: 'Stable', groupEpoch: 3, assignorName: 'range' });
    await broker.pass(45_001);
    expect(await group()).toMatchObject({ groupState: 'Empty', groupEpoch: 5 });
  });

  it('the time to give up begins anew, too', async () => {
    const [a, b] = [new Member('a'), new Member('b')];
    await a.join({ rebalanceTimeoutMs: 10_000 });
    await b.join();
    await a.beat();
    await broker.killAndStart();
    await broker.pass(10_001);
    expect((await group())?.members.map(({ memberId }) => memberId)).toEqual(['b']);
  });

  it('a group that changed its protocol has the new one', async () => {
    const classic = new ClassicClient(broker);
    await classic.enter();
    await new Member('a').join();
    await broker.killAndStart();
    expect((await group())?.members.map(({ memberType }) => memberType).sort()).toEqual([0, 1]);
    expect(errorOf(await classic.heartbeat())).toBe('REBALANCE_IN_PROGRESS');
  });

  it('a group that was deleted is gone', async () => {
    const a = new Member('a');
    await a.join();
    await a.say(-1);
    expect((await broker.ask('DeleteGroups', 2, { groupsNames: ['g'] })).results.map(errorOf)).toEqual(['NONE']);
    await broker.killAndStart();
    expect((await broker.ask('ListGroups', 5, {})).groups).toEqual([]);
  });
});

describe('lists', () => {
  it('are filtered by state and type', async () => {
    await new Member('a').join();
    await new ClassicClient(broker, { group: 'h' }).enter();
    const list = async (statesFilter: string[], typesFilter: string[]): Promise<string[]> =>
      (await broker.ask('ListGroups', 5, { statesFilter, typesFilter })).groups.map(({ groupId }) => groupId);
    expect(await list([], [])).toEqual(['g', 'h']);
    expect(await list([], ['Consumer'])).toEqual(['g']);
    expect(await list([], ['classic'])).toEqual(['h']);
    expect(await list(['stable'], [])).toEqual(['g', 'h']);
    expect(await list(['Empty'], [])).toEqual([]);
  });

  it('offsets of topics that are subscribed to are not deleted, groups with members neither', async () => {
    const a = new Member('a');
    await a.join();
    await a.commit(2);
    const { topics } = await broker.ask('OffsetDelete', 0, {
      groupId: 'g',
      topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
    });
    expect(topics[0]?.partitions.map(errorOf)).toEqual(['GROUP_SUBSCRIBED_TO_TOPIC']);
    expect((await broker.ask('DeleteGroups', 2, { groupsNames: ['g'] })).results.map(errorOf)).toEqual([
      'NON_EMPTY_GROUP',
    ]);
  });

  it('a broker whose feature or setting is off does not serve such groups', async () => {
    await broker.close();
    await start({ 'group.coordinator.rebalance.protocols': 'classic' });
    expect(errorOf(await new Member('a').join())).toBe('UNSUPPORTED_VERSION');
    expect(await group()).toMatchObject({ errorCode: 35 });
  });
});
