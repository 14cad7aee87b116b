/**
 * Seeded scripts of what members of a group say, asked of a broker line by line, and its answers in a form in which those of two
 * brokers can be compared: names instead of ids, lists in order.
 */
import { connect } from 'node:net';
import { decodeResponse, encodeRequest } from '../../../../src/wire/codecs.ts';
import type { ApiName, Input, RequestBody, ResponseBody } from '../../../../src/wire/codecs.ts';
import { randomBelow, seededRandom } from '../../../../src/core/random.ts';

/** One connection to a broker. */
export class Asker {
  private readonly socket;
  private received: Buffer = Buffer.alloc(0);
  private waiting: (() => void) | undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk]);
      this.waiting?.();
    });
  }

  async ask<N extends ApiName>(api: N, version: number, body: Input<RequestBody<N>>): Promise<ResponseBody<N>> {
    for (const frame of encodeRequest(api, version, { correlationId: 1, clientId: 'script' }, body))
      this.socket.write(frame);
    for (;;) {
      const end = this.received.length < 4 ? Infinity : 4 + this.received.readInt32BE(0);
      if (this.received.length >= end) {
        const frame = this.received.subarray(4, end);
        this.received = this.received.subarray(end);
        return decodeResponse(api, version, frame).body;
      }
      await new Promise<void>((resolve) => {
        this.waiting = resolve;
      });
    }
  }

  close(): void {
    this.socket.destroy();
  }
}

const topics: Readonly<Record<string, number>> = { a: 4, b: 3, c: 1 };
type Owned = Record<string, number[]>;

/** A member as the script knows it. */
interface Actor {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly classic: boolean;
  /** A classic member's id is given by the broker. */
  givenId: string;
  epoch: number;
  owned: Owned;
}

export class GroupScript {
  private readonly asker: Asker;
  private readonly ids = new Map<string, string>();
  private readonly names = new Map<string, string>();

  constructor(asker: Asker) {
    this.asker = asker;
  }

  async prepare(): Promise<void> {
    await this.asker.ask('CreateTopics', 7, {
      topics: Object.entries(topics).map(([name, numPartitions]) => ({ name, numPartitions, replicationFactor: 1 })),
      timeoutMs: 5000,
    });
    const metadata = await this.asker.ask('Metadata', 12, { topics: null });
    for (const { name, topicId } of metadata.topics) {
      if (name === null || !(name in topics)) continue;
      this.ids.set(name, topicId);
      this.names.set(topicId, name);
    }
    for (;;) {
      const { coordinators } = await this.asker.ask('FindCoordinator', 4, { keyType: 0, coordinatorKeys: ['x'] });
      if (coordinators[0]?.errorCode === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Plays one script of `length` lines; returns a line for each answer. */
  async play(seed: number, length: number, prefix: string): Promise<string[]> {
    const random = seededRandom(seed);
    const below = (bound: number): number => randomBelow(random, bound);
    const groupId = `${prefix}-${seed}`;
    const withClassic = seed % 3 === 0;
    const withPatterns = seed % 4 === 1;
    const actors: Actor[] = ['m0', 'm1', 'm2', 's0', 's1', 's0x', ...(withClassic ? ['k0', 'k1'] : [])].map(
      (memberId) => ({
        memberId,
        // Ids of classic members are random: an instance gives them their place in the order of members.
        instanceId: memberId.startsWith('m') ? null : memberId.slice(0, 2),
        classic: memberId.startsWith('k'),
        givenId: '',
        epoch: 0,
        owned: {},
      }),
    );
    const answers: string[] = [];
    for (let line = 0; line < length; line++) {
      const actor = actors[below(actors.length)];
      if (actor === undefined) break;
      // All of a line's dice are thrown before it is asked, so that they do not hang on the answer.
      const dice = Array.from({ length: 8 }, () => below(1000));
      answers.push(
        actor.classic
          ? await this.classicLine(groupId, actor, dice)
          : await this.consumerLine(groupId, actor, dice, withPatterns),
      );
      // What patterns stand for is found out after the answer.
      if (withPatterns) await new Promise((resolve) => setTimeout(resolve, 50));
      if (line % 5 === 4) answers.push(await this.describe(groupId));
    }
    return answers;
  }

  private async consumerLine(
    groupId: string,
    actor: Actor,
    dice: readonly number[],
    withPatterns: boolean,
  ): Promise<string> {
    const [what = 0, how = 0, which = 0] = dice;
    const { memberId, instanceId } = actor;
    const subscriptions = [['a'], ['a', 'b'], ['b', 'c'], ['a', 'b', 'c', 'missing']];
    const beat = async (label: string, body: Input<RequestBody<'ConsumerGroupHeartbeat'>>): Promise<string> => {
      const answer = await this.asker.ask('ConsumerGroupHeartbeat', 1, { groupId, memberId, instanceId, ...body });
      const assigned = answer.assignment === null ? null : this.byName(answer.assignment.topicPartitions);
      if (answer.errorCode === 0) {
        actor.epoch = answer.memberEpoch;
        if (assigned !== null) actor.owned = assigned;
      } else if ([25, 110, 69].includes(answer.errorCode)) {
        actor.epoch = 0;
        actor.owned = {};
      }
      return `${label} ${memberId}: ${answer.errorCode} ${answer.memberEpoch} ${spell(assigned)} ${answer.errorMessage ?? ''}`.trim();
    };
    if (actor.epoch <= 0 || what < 60)
      return beat('join', {
        memberEpoch: 0,
        rebalanceTimeoutMs: 300_000,
        subscribedTopicNames: subscriptions[which % 4] ?? [],
        serverAssignor: 'range',
        topicPartitions: [],
      });
    if (what < 120) return beat('leave', { memberEpoch: -1 });
    if (what < 160) return beat('away', { memberEpoch: -2 });
    if (what < 200)
      return beat('resubscribe', { memberEpoch: actor.epoch, subscribedTopicNames: subscriptions[which % 4] ?? [] });
    if (withPatterns && what < 230)
      return beat('pattern', {
        memberEpoch: actor.epoch,
        subscribedTopicNames: [],
        subscribedTopicRegex: ['a', '[bc]', 'nothing.*', ''][which % 4] ?? '',
      });
    if (what < 230) return beat('wrong epoch', { memberEpoch: actor.epoch + (how % 5) - 2 });
    if (what < 300) return this.commit(groupId, actor, actor.epoch - (how % 3), which);
    if (what < 330) return this.fetchOffsets(groupId, actor, how);
    // Says what it has: all that it was told, or only a part of it, or nothing of it.
    const owned = how < 700 ? actor.owned : how < 850 ? {} : null;
    return beat('beat', { memberEpoch: actor.epoch, topicPartitions: owned === null ? null : this.byId(owned) });
  }

  private async classicLine(groupId: string, actor: Actor, dice: readonly number[]): Promise<string> {
    const [what = 0, , which = 0] = dice;
    const names = which % 2 === 0 ? ['a'] : ['a', 'b'];
    if (actor.givenId === '' || what < 400) {
      const join = (memberId: string): Promise<ResponseBody<'JoinGroup'>> =>
        this.asker.ask('JoinGroup', 9, {
          groupId,
          memberId,
          groupInstanceId: actor.instanceId,
          sessionTimeoutMs: 300_000,
          rebalanceTimeoutMs: 300_000,
          protocolType: 'consumer',
          protocols: [{ name: 'range', metadata: subscription(names, actor.owned) }],
        });
      // Without members of the consumer protocol a join waits for others, who would not come: none is sent.
      const group = await this.asker.ask('ConsumerGroupDescribe', 1, { groupIds: [groupId] });
      if (group.groups[0]?.errorCode !== 0 || group.groups[0].members.length === 0) return 'no group to join';
      if (!group.groups[0].members.some(({ memberType }) => memberType === 1)) return 'nobody of the consumer protocol';
      let answer = await join(actor.givenId);
      if (answer.errorCode === 79) answer = await join(answer.memberId);
      actor.givenId = answer.errorCode === 0 ? answer.memberId : '';
      actor.epoch = answer.errorCode === 0 ? answer.generationId : 0;
      return `classic join ${actor.memberId}: ${answer.errorCode} ${answer.generationId} ${answer.protocolName}`;
    }
    const { givenId: memberId, epoch: generationId, instanceId: groupInstanceId } = actor;
    if (what < 700) {
      const answer = await this.asker.ask('SyncGroup', 5, {
        ...{ groupId, memberId, groupInstanceId, generationId, protocolType: 'consumer', protocolName: 'range' },
      });
      if (answer.errorCode === 0) actor.owned = readAssignment(answer.assignment);
      else if (answer.errorCode === 25) actor.givenId = '';
      return `classic sync ${actor.memberId}: ${answer.errorCode} ${spell(answer.errorCode === 0 ? actor.owned : null)}`;
    }
    if (what < 930) {
      const { errorCode } = await this.asker.ask('Heartbeat', 4, { groupId, memberId, groupInstanceId, generationId });
      if (errorCode === 25) actor.givenId = '';
      return `classic beat ${actor.memberId}: ${errorCode}`;
    }
    const group = await this.asker.ask('ConsumerGroupDescribe', 1, { groupIds: [groupId] });
    if (group.groups[0]?.errorCode !== 0) return 'no group to leave';
    const answer = await this.asker.ask('LeaveGroup', 5, { groupId, members: [{ memberId, groupInstanceId }] });
    actor.givenId = '';
    actor.owned = {};
    return `classic leave ${actor.memberId}: ${answer.errorCode} ${answer.members[0]?.errorCode}`;
  }

  private async commit(
    groupId: string,
    { memberId, instanceId }: Actor,
    epoch: number,
    which: number,
  ): Promise<string> {
    const name = Object.keys(topics)[which % 3] ?? 'a';
    const answer = await this.asker.ask('OffsetCommit', 9, {
      groupId,
      memberId,
      groupInstanceId: instanceId,
      generationIdOrMemberEpoch: epoch,
      topics: [{ name, partitions: [{ partitionIndex: 0, committedOffset: which, committedMetadata: '' }] }],
    });
    return `commit ${memberId} ${name}: ${answer.topics[0]?.partitions[0]?.errorCode}`;
  }

  private async fetchOffsets(groupId: string, { memberId, epoch }: Actor, how: number): Promise<string> {
    const answer = await this.asker.ask('OffsetFetch', 9, {
      groups: [
        {
          ...{
            groupId,
            memberId: how % 4 === 0 ? null : memberId,
            memberEpoch: how % 4 === 0 ? -1 : epoch - (how % 2),
          },
          topics: [{ name: 'a', partitionIndexes: [0] }],
        },
      ],
      requireStable: true,
    });
    const group = answer.groups[0];
    return `fetch ${memberId}: ${group?.errorCode} ${group?.topics[0]?.partitions[0]?.committedOffset}`;
  }

  private async describe(groupId: string): Promise<string> {
    const { groups } = await this.asker.ask('ConsumerGroupDescribe', 1, { groupIds: [groupId] });
    const group = groups[0];
    if (group === undefined || group.errorCode !== 0) return `group: ${group?.errorCode} ${group?.errorMessage ?? ''}`;
    const members = group.members.map(
      (member) =>
        `${member.memberType === 1 ? member.memberId : 'classic'} ${member.instanceId ?? '-'} ${member.memberEpoch} ${[...member.subscribedTopicNames].sort().join('+')}${member.subscribedTopicRegex ? `/${member.subscribedTopicRegex}/` : ''} ${spell(this.byName(member.assignment.topicPartitions))} → ${spell(this.byName(member.targetAssignment.topicPartitions))}`,
    );
    return `group: ${group.groupState} ${group.groupEpoch} ${group.assignmentEpoch} ${group.assignorName} [${members.sort().join('; ')}]`;
  }

  private byName(list: readonly { readonly topicId: string; readonly partitions: readonly number[] }[]): Owned {
    return Object.fromEntries(
      list.map(({ topicId, partitions }) => [
        this.names.get(topicId) ?? topicId,
        [...partitions].sort((a, b) => a - b),
      ]),
    );
  }

  private byId(owned: Owned): { topicId: string; partitions: number[] }[] {
    return Object.entries(owned).map(([name, partitions]) => ({ topicId: this.ids.get(name) ?? '', partitions }));
  }
}

function spell(owned: Owned | null): string {
  if (owned === null) return '-';
  const parts = Object.entries(owned).filter(([, partitions]) => partitions.length > 0);
  return `(${parts
    .map(([name, partitions]) => `${name}${partitions.join('')}`)
    .sort()
    .join(' ')})`;
}

/** `ConsumerProtocolSubscription` of version 1. */
function subscription(names: readonly string[], owned: Owned): Buffer {
  const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);
  return Buffer.concat([
    ...[int16(1), int32(names.length), ...names.map(text), int32(-1), int32(Object.keys(owned).length)],
    ...Object.entries(owned).flatMap(([name, partitions]) => [
      text(name),
      int32(partitions.length),
      ...partitions.map(int32),
    ]),
  ]);
}

function readAssignment(bytes: Buffer): Owned {
  const owned: Owned = {};
  let at = 6;
  for (let left = bytes.readInt32BE(2); left > 0; left--) {
    const length = bytes.readInt16BE(at);
    const name = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const count = bytes.readInt32BE(at);
    owned[name] = Array.from({ length: count }, (_, i) => bytes.readInt32BE(at + 4 + 4 * i)).sort((a, b) => a - b);
    at += 4 + 4 * count;
  }
  return owned;
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
