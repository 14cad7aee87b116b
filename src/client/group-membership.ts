/**
 * Membership in a group by the classic protocol: join, share out (when this member leads), sync, heartbeats, leave.
 * It tells by `needsJoin` that the group wants to be joined again; the consumer does so in its next poll, as Kafka's does.
 */
import type { Timer } from '../core/clock.ts';
import { decodeData, encodeData } from '../wire/codecs.ts';
import type { ResponseBody } from '../wire/codecs.ts';
import { KafkaError, kafkaError } from '../wire/error-codes.ts';
import type { KafkaErrorName } from '../wire/error-codes.ts';
import { assignors } from './assignors.ts';
import type { GroupMember, TopicPartitions } from './assignment.ts';
import type { AssignorName } from './assignors.ts';
import { checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { TopicPartition } from './kafka-client.ts';
import { isRetriable, isUnknownTopic } from './retry.ts';

export interface MembershipOptions {
  readonly group: string;
  readonly instanceId: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** `max.poll.interval.ms`: who does not poll for so long leaves the group. */
  readonly pollIntervalMsMax: number;
  readonly assignors: readonly AssignorName[];
  /** Called when `needsJoin` or `failure` was set from outside of a call. */
  readonly onChange: () => void;
}

export interface JoinOutcome {
  readonly assigned: readonly TopicPartition[];
  /** The membership began anew on the way: what was owned before is not. */
  readonly lost: boolean;
}

/** Version of the structures inside join and sync requests; older members read what they know of it. */
const subscriptionVersion = 3;
const protocolType = 'consumer';
const joinAttemptsMax = 100;
/** How long the leader looks for a topic before it shares out the others. */
const topicTimeoutMs = 10_000;

export class GroupMembership {
  needsJoin = true;
  /** The generation that the last assignment belonged to is over without a chance to commit. */
  isLost = false;
  /** Why this member can never be one again. */
  failure: unknown;
  private readonly cluster: Cluster;
  private readonly options: MembershipOptions;
  private readonly purpose: string;
  private member = '';
  private generationId = -1;
  /** The generation of the last assignment; −1 when nothing of it is owned any more. */
  private assignedGeneration = -1;
  private timer: Timer | undefined;
  private joining = false;
  private readonly closing = new AbortController();
  private lastPoll: number;
  /** When this member leads: how many partitions each topic had at the assignment. */
  private led: ReadonlyMap<string, number> | undefined;

  constructor(cluster: Cluster, options: MembershipOptions, purpose: string) {
    this.cluster = cluster;
    this.options = options;
    this.purpose = purpose;
    this.lastPoll = cluster.clock.monotonic();
  }

  get memberId(): string {
    return this.member;
  }

  get generation(): number {
    return this.generationId;
  }

  polled(): void {
    this.lastPoll = this.cluster.clock.monotonic();
  }

  /** The leader joins again when one of its topics got partitions, as far as they can be asked for now. */
  async checkPartitions(): Promise<void> {
    for (const [topic, count] of this.led ?? []) {
      try {
        if ((await this.partitionsOf(topic, 0)) === count) continue;
      } catch (error) {
        if (isRetriable(error)) continue;
        throw error;
      }
      this.needsJoin = true;
      return;
    }
  }

  /** Joins, again until a generation stands. Resolves with what was assigned to this member; `owned` is what it goes on reading meanwhile. */
  async join(topics: readonly string[], owned: readonly TopicPartition[]): Promise<JoinOutcome> {
    this.joining = true;
    this.timer?.cancel();
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          const assigned = await this.joinOnce(topics, this.isLost ? [] : owned);
          const lost = this.isLost;
          this.needsJoin = false;
          this.isLost = false;
          this.assignedGeneration = this.generationId;
          return { assigned, lost };
        } catch (error) {
          if (
            !(error instanceof KafkaError) ||
            this.closing.signal.aborted ||
            attempt >= joinAttemptsMax ||
            !this.startsOver(error.errorName)
          )
            throw error;
        }
      }
    } finally {
      this.joining = false;
      this.scheduleHeartbeat();
    }
  }

  /** Ends the membership; a static member stays known, to come back. */
  async leave(reason = 'the consumer is being closed'): Promise<void> {
    this.timer?.cancel();
    const { group, instanceId } = this.options;
    const memberId = this.member;
    this.forget();
    if (memberId === '' || instanceId !== undefined) return;
    await this.cluster.withCoordinator(
      'group',
      group,
      async (channel) => {
        const answer = await channel.request('LeaveGroup', {
          groupId: group,
          memberId,
          members: [{ memberId, groupInstanceId: null, reason }],
        });
        checkAnswer(answer.errorCode, null, `Group ${group}`);
      },
      // Not behind a join that waits for the others.
      { timeoutMs: 5000 },
    );
  }

  async close(): Promise<void> {
    this.closing.abort();
    try {
      await this.leave();
    } catch {
      // The coordinator notices by itself when the session is over.
    }
  }

  /** Takes note of an error that a request in the name of this member got; true when the group has to be joined again. */
  startsOver(error: KafkaErrorName): boolean {
    if (error === 'REBALANCE_IN_PROGRESS') this.needsJoin = true;
    else if (error === 'UNKNOWN_MEMBER_ID' || error === 'ILLEGAL_GENERATION') {
      this.isLost = true;
      if (error === 'UNKNOWN_MEMBER_ID') this.member = '';
      this.generationId = -1;
      this.needsJoin = true;
    } else return error === 'MEMBER_ID_REQUIRED';
    return true;
  }

  private forget(): void {
    this.member = '';
    this.generationId = -1;
    this.led = undefined;
    this.needsJoin = true;
  }

  private async joinOnce(
    topics: readonly string[],
    owned: readonly TopicPartition[],
  ): Promise<readonly TopicPartition[]> {
    const joined = await this.sendJoin(topics, owned);
    this.member = joined.memberId;
    this.generationId = joined.generationId;
    const leads = joined.leader === joined.memberId;
    const assignments = leads && !joined.skipAssignment ? await this.shareOut(joined) : [];
    if (!leads) this.led = undefined;
    return this.sync(joined, assignments);
  }

  private sendJoin(topics: readonly string[], owned: readonly TopicPartition[]): Promise<ResponseBody<'JoinGroup'>> {
    const { group, instanceId, sessionTimeoutMs, pollIntervalMsMax, assignors: names } = this.options;
    const metadata = subscription(topics, owned, this.assignedGeneration);
    return this.cluster.withCoordinator(
      'group',
      group,
      async (channel) => {
        const answer = await channel.request(
          'JoinGroup',
          {
            groupId: group,
            sessionTimeoutMs,
            rebalanceTimeoutMs: pollIntervalMsMax,
            memberId: this.member,
            groupInstanceId: instanceId ?? null,
            protocolType,
            protocols: names.map((name) => ({ name, metadata })),
          },
          undefined,
          // The answer comes when all members are there.
          pollIntervalMsMax + 30_000,
        );
        if (answer.errorCode !== 0 && answer.memberId !== '') this.member = answer.memberId;
        checkAnswer(answer.errorCode, null, `Group ${group}`, { group });
        return answer;
      },
      { purpose: this.purpose, timeoutMs: pollIntervalMsMax + 60_000, signal: this.closing.signal },
    );
  }

  /** What the leader decides: the assignment of every member, as bytes. */
  private async shareOut(
    joined: ResponseBody<'JoinGroup'>,
  ): Promise<{ readonly memberId: string; readonly assignment: Buffer }[]> {
    const members = joined.members.map(({ memberId, groupInstanceId, metadata }): GroupMember => {
      const version = Math.min(Math.max(metadata.readInt16BE(0), 0), 3);
      const { topics, ownedPartitions, generationId, userData } = decodeData(
        'ConsumerProtocolSubscription',
        version,
        metadata,
        2,
      );
      // Members older than version 2 have their generation in the data of their assignor.
      const generation =
        version < 2 && userData !== null && userData.length >= 4 ? userData.readInt32BE(0) : generationId;
      return { memberId, instanceId: groupInstanceId, topics, owned: ownedPartitions, generation };
    });
    const counts = new Map<string, number>();
    for (const topic of new Set(members.flatMap(({ topics }) => topics))) {
      this.cluster.forgetTopic(topic);
      counts.set(topic, await this.partitionsOf(topic, topicTimeoutMs));
    }
    this.led = counts;
    const assign = assignors[joined.protocolName as AssignorName] as (typeof assignors)[AssignorName] | undefined;
    if (assign === undefined) {
      throw kafkaError(
        'INCONSISTENT_GROUP_PROTOCOL',
        `Group ${this.options.group} chose assignor ${joined.protocolName}, which this client has not.`,
      );
    }
    const version = Buffer.alloc(2);
    version.writeInt16BE(subscriptionVersion);
    return Array.from(
      assign(members, (topic) => counts.get(topic) ?? 0),
      ([memberId, assignedPartitions]) => ({
        memberId,
        assignment: Buffer.concat([
          version,
          encodeData('ConsumerProtocolAssignment', subscriptionVersion, { assignedPartitions }),
        ]),
      }),
    );
  }

  private async sync(
    joined: ResponseBody<'JoinGroup'>,
    assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  ): Promise<readonly TopicPartition[]> {
    const { group, instanceId, pollIntervalMsMax } = this.options;
    const assignment = await this.cluster.withCoordinator(
      'group',
      group,
      async (channel) => {
        const answer = await channel.request(
          'SyncGroup',
          {
            groupId: group,
            generationId: joined.generationId,
            memberId: joined.memberId,
            groupInstanceId: instanceId ?? null,
            protocolType,
            protocolName: joined.protocolName,
            assignments,
          },
          undefined,
          pollIntervalMsMax + 30_000,
        );
        checkAnswer(answer.errorCode, null, `Group ${group}`, { group });
        return answer.assignment;
      },
      { purpose: this.purpose, signal: this.closing.signal },
    );
    if (assignment.length < 2) return [];
    const version = Math.min(Math.max(assignment.readInt16BE(0), 0), 3);
    return decodeData('ConsumerProtocolAssignment', version, assignment, 2).assignedPartitions.flatMap(
      ({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })),
    );
  }

  private async partitionsOf(topic: string, timeoutMs: number): Promise<number> {
    try {
      return (await this.cluster.topicWithRetries(topic, false, timeoutMs)).leaders.length;
    } catch (error) {
      if (isUnknownTopic(error)) return 0;
      throw error;
    }
  }

  private scheduleHeartbeat(): void {
    if (this.closing.signal.aborted || this.member === '') return;
    this.timer?.cancel();
    this.timer = this.cluster.clock.setTimer(() => void this.heartbeat(), this.options.heartbeatIntervalMs);
  }

  private async heartbeat(): Promise<void> {
    const { group, instanceId, pollIntervalMsMax, sessionTimeoutMs, onChange } = this.options;
    if (this.closing.signal.aborted || this.joining || this.member === '') return;
    const memberId = this.member;
    try {
      if (this.cluster.clock.monotonic() - this.lastPoll > pollIntervalMsMax) {
        this.isLost = true;
        await this.leave('consumer poll timeout has expired.');
        onChange();
        return;
      }
      await this.cluster.withCoordinator(
        'group',
        group,
        async (channel) => {
          const answer = await channel.request('Heartbeat', {
            groupId: group,
            generationId: this.generationId,
            memberId,
            groupInstanceId: instanceId ?? null,
          });
          checkAnswer(answer.errorCode, null, `Group ${group}`, { group });
        },
        { purpose: this.purpose, timeoutMs: sessionTimeoutMs, signal: this.closing.signal },
      );
    } catch (error) {
      if (this.closing.signal.aborted || this.joining || memberId !== this.member) return;
      if (error instanceof KafkaError && !error.retriable && !this.startsOver(error.errorName)) this.failure = error;
      onChange();
    }
    if (!this.joining && memberId === this.member) this.scheduleHeartbeat();
  }
}

/** What a member tells the one that shares out. */
function subscription(topics: readonly string[], owned: readonly TopicPartition[], generation: number): Buffer {
  const byTopic = new Map<string, TopicPartitions>();
  for (const { topic, partition } of owned) {
    const known = byTopic.get(topic);
    if (known === undefined) byTopic.set(topic, { topic, partitions: [partition] });
    else known.partitions.push(partition);
  }
  const version = Buffer.alloc(2);
  version.writeInt16BE(subscriptionVersion);
  const generationData = Buffer.alloc(4);
  generationData.writeInt32BE(generation);
  return Buffer.concat([
    version,
    encodeData('ConsumerProtocolSubscription', subscriptionVersion, {
      topics: [...topics].sort(),
      ownedPartitions: [...byTopic.values()],
      generationId: generation,
      // Where leaders before version 2 look for it.
      userData: owned.length === 0 ? null : generationData,
    }),
  ]);
}
