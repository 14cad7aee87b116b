/**
 * A group of the consumer protocol (KIP-848): the broker assigns, and each member finds its own way to its assignment. Three epochs
 * tell how far things are: that of the group (who subscribes to what), that of the target (what was assigned last), and one of each
 * member (what it has taken over). All of it is made of the records of `__consumer_offsets`; nothing here changes but by one.
 */
import { safeNumber } from '../../core/assert.ts';
import type { Clock, Timer } from '../../core/clock.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import { noPartitions, partitionsOf, topicPartitions } from './assignment.ts';
import type { OwnedPartitions, Partitions } from './assignment.ts';
import {
  isReconciledTo,
  memberStates,
  newMember,
  regexOf,
  withAssignment,
  withSubscription,
} from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { ConsumerGroupRecord, GroupRecord } from './records.ts';

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable' | 'Dead';

/** The topics that a regular expression stood for when it was resolved last. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>;
  /** Of the metadata that it was resolved with. */
  readonly version: number;
  readonly timestamp: number;
}

/** Kinds of timers of members. `join` and `sync` are those of members that speak the classic protocol. */
export type MemberTimer = 'session' | 'rebalance' | 'join' | 'sync';

export class ConsumerGroup {
  readonly kind = 'consumer';
  readonly protocolType = 'consumer';
  readonly groupId: string;
  epoch = 1;
  metadataHash = 0n;
  targetEpoch = 1;
  /** When the target was computed, in ms of the wall clock; 0 when that was not here. */
  targetTimestamp = 0;
  readonly members: Map<string, ConsumerMember> = new Map();
  /** Instance → member. */
  readonly staticMembers: Map<string, string> = new Map();
  readonly targets: Map<string, Partitions> = new Map();
  readonly regexes: Map<string, ResolvedRegex> = new Map();
  /** Kept by an old broker: to be removed. */
  hasSubscriptionMetadata = false;
  /** The version of the metadata that {@link ConsumerGroup.metadataHash} was compared with last; not kept. */
  checkedVersion = -1;
  /** The group's regular expressions are being resolved; not kept. */
  resolving = false;
  /** Topic → partition → epoch of the member that has it. */
  private readonly partitionEpochs = new Map<string, Map<number, number>>();
  private readonly timers = new Map<string, Timer>();
  private dead = false;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get state(): ConsumerGroupState {
    if (this.dead) return 'Dead';
    if (this.members.size === 0) return 'Empty';
    if (this.epoch > this.targetEpoch) return 'Assigning';
    for (const member of this.members.values()) if (!isReconciledTo(member, this.targetEpoch)) return 'Reconciling';
    return 'Stable';
  }

  /** Throws UNKNOWN_MEMBER_ID. */
  member(memberId: string): ConsumerMember {
    const member = this.members.get(memberId);
    if (member === undefined)
      throw kafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} is not a member of group ${this.groupId}.`);
    return member;
  }

  staticMember(instanceId: string | null): ConsumerMember | undefined {
    const memberId = instanceId === null ? undefined : this.staticMembers.get(instanceId);
    return memberId === undefined ? undefined : this.members.get(memberId);
  }

  target(memberId: string): Partitions {
    return this.targets.get(memberId) ?? noPartitions;
  }

  partitionEpoch(topicId: string, partition: number): number | undefined {
    return this.partitionEpochs.get(topicId)?.get(partition);
  }

  get classicMemberCount(): number {
    let count = 0;
    for (const { classic } of this.members.values()) if (classic !== null) count++;
    return count;
  }

  regexMemberCount(regex: string): number {
    let count = 0;
    for (const { topicRegex } of this.members.values()) if (topicRegex === regex) count++;
    return count;
  }

  /** The names that the member subscribes to, whether such topics exist or not. */
  topicNamesOf(member: ConsumerMember): ReadonlySet<string> {
    const regex = regexOf(member);
    const resolved = regex === undefined ? undefined : this.regexes.get(regex)?.topics;
    return resolved === undefined ? member.topicNames : new Set([...member.topicNames, ...resolved]);
  }

  subscribedTopics(): Set<string> {
    return subscribedTopics(this.members.values(), this.regexes);
  }

  /** Does a member that is to have a partition wait for another one to give it up? */
  isWaitingForPartitions(member: ConsumerMember): boolean {
    if (member.state !== memberStates.unreleased) return false;
    return [...this.target(member.memberId)].some(([topicId, partitions]) =>
      [...partitions].some(
        (partition) =>
          member.assigned.get(topicId)?.has(partition) !== true &&
          this.partitionEpoch(topicId, partition) !== undefined,
      ),
    );
  }

  // ---- records

  apply(record: ConsumerGroupRecord): void {
    switch (record.kind) {
      case 'consumerGroup':
        if (record.value === null) return this.close();
        this.epoch = record.value.epoch;
        this.metadataHash = BigInt(record.value.metadataHash);
        return;
      case 'subscriptionMetadata':
        this.hasSubscriptionMetadata = record.value !== null;
        return;
      case 'consumerMember': {
        const { memberId } = record.key;
        if (record.value === null) return this.remove(memberId);
        return this.update(withSubscription(this.members.get(memberId) ?? newMember(memberId), record.value));
      }
      case 'targetEpoch':
        this.targetEpoch = record.value?.assignmentEpoch ?? -1;
        this.targetTimestamp = safeNumber(record.value?.assignmentTimestamp ?? 0);
        return;
      case 'targetAssignment':
        if (record.value === null) this.targets.delete(record.key.memberId);
        else this.targets.set(record.key.memberId, partitionsOf(record.value.topicPartitions));
        return;
      case 'currentAssignment': {
        const { memberId } = record.key;
        const member = this.members.get(memberId);
        if (member === undefined && record.value === null) return;
        return this.update(withAssignment(member ?? newMember(memberId), record.value));
      }
      case 'regularExpression':
        return this.setRegex(record.key.regularExpression, record.value);
    }
  }

  private setRegex(regex: string, value: Extract<ConsumerGroupRecord, { kind: 'regularExpression' }>['value']): void {
    if (value === null) return void this.regexes.delete(regex);
    const { topics, version, timestamp } = value;
    this.regexes.set(regex, {
      topics: new Set(topics),
      version: safeNumber(version),
      timestamp: safeNumber(timestamp),
    });
  }

  private update(member: ConsumerMember): void {
    this.release(this.members.get(member.memberId));
    this.members.set(member.memberId, member);
    this.occupy(member.assigned, member.memberEpoch);
    this.occupy(member.pendingRevocation, member.memberEpoch);
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, member.memberId);
  }

  private remove(memberId: string): void {
    const member = this.members.get(memberId);
    this.release(member);
    this.members.delete(memberId);
    this.cancelTimers(memberId);
    const instanceId = member?.instanceId ?? null;
    if (instanceId !== null && this.staticMembers.get(instanceId) === memberId) this.staticMembers.delete(instanceId);
  }

  private occupy(owned: OwnedPartitions, epoch: number): void {
    for (const [topicId, partitions] of owned) {
      const epochs = this.partitionEpochs.get(topicId) ?? new Map<number, number>();
      this.partitionEpochs.set(topicId, epochs);
      for (const partition of partitions.keys()) epochs.set(partition, epoch);
    }
  }

  /** Leaves alone what somebody else took over since. */
  private release(member: ConsumerMember | undefined): void {
    if (member === undefined) return;
    for (const owned of [member.assigned, member.pendingRevocation]) {
      for (const [topicId, partitions] of owned) {
        const epochs = this.partitionEpochs.get(topicId);
        for (const partition of partitions.keys())
          if (epochs?.get(partition) === member.memberEpoch) epochs.delete(partition);
        if (epochs?.size === 0) this.partitionEpochs.delete(topicId);
      }
    }
  }

  /** The records that remove the group; `renamed`: a static member whose new id counts already. */
  tombstones(renamed?: { readonly from: string; readonly to: string }): GroupRecord[] {
    const { groupId } = this;
    const members = Array.from(this.members.keys(), (id) => (id === renamed?.from ? renamed.to : id));
    return [
      ...members.map((memberId) => ({ kind: 'currentAssignment', key: { groupId, memberId }, value: null }) as const),
      ...members.map((memberId) => ({ kind: 'targetAssignment', key: { groupId, memberId }, value: null }) as const),
      { kind: 'targetEpoch', key: { groupId }, value: null },
      ...members.map((memberId) => ({ kind: 'consumerMember', key: { groupId, memberId }, value: null }) as const),
      ...Array.from(
        this.regexes.keys(),
        (regularExpression) =>
          ({ kind: 'regularExpression', key: { groupId, regularExpression }, value: null }) as const,
      ),
      { kind: 'subscriptionMetadata', key: { groupId }, value: null },
      { kind: 'consumerGroup', key: { groupId }, value: null },
    ];
  }

  // ---- timers

  schedule(clock: Clock, kind: MemberTimer, memberId: string, ms: number, run: () => void): void {
    this.cancel(kind, memberId);
    const key = `${kind} ${memberId}`;
    const timer = clock.setTimer(() => {
      if (this.timers.get(key) === timer) this.timers.delete(key);
      run();
    }, ms);
    this.timers.set(key, timer);
  }

  isScheduled(kind: MemberTimer, memberId: string): boolean {
    return this.timers.has(`${kind} ${memberId}`);
  }

  cancel(kind: MemberTimer, memberId: string): void {
    this.timers.get(`${kind} ${memberId}`)?.cancel();
    this.timers.delete(`${kind} ${memberId}`);
  }

  private cancelTimers(memberId: string): void {
    for (const kind of ['session', 'rebalance', 'join', 'sync'] as const) this.cancel(kind, memberId);
  }

  /** The group is deleted, or the broker ends. */
  close(): void {
    this.dead = true;
    for (const timer of this.timers.values()) timer.cancel();
    this.timers.clear();
  }
}

/** The names that members subscribe to, by themselves or by a regular expression. */
export function subscribedTopics(
  members: Iterable<ConsumerMember>,
  regexes: ReadonlyMap<string, ResolvedRegex>,
): Set<string> {
  const topics = new Set<string>();
  const patterns = new Set<string>();
  for (const member of members) {
    for (const name of member.topicNames) topics.add(name);
    const regex = regexOf(member);
    if (regex !== undefined) patterns.add(regex);
  }
  for (const regex of patterns) for (const name of regexes.get(regex)?.topics ?? []) topics.add(name);
  return topics;
}

/** The record of what a member is to have. */
export function targetRecord(groupId: string, memberId: string, target: Partitions): GroupRecord {
  return {
    kind: 'targetAssignment',
    key: { groupId, memberId },
    value: { topicPartitions: topicPartitions(target) },
  };
}

export function groupEpochRecord(groupId: string, epoch: number, metadataHash: bigint): GroupRecord {
  return { kind: 'consumerGroup', key: { groupId }, value: { epoch, metadataHash } };
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, assignmentTimestamp: number): GroupRecord {
  return { kind: 'targetEpoch', key: { groupId }, value: { assignmentEpoch, assignmentTimestamp } };
}
