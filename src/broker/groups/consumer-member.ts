/** A member of a consumer group (KIP-848). It is never changed: a change makes another one. */
import type { OwnedPartitions } from './assignment.ts';
import { nothingOwned, sameOwned } from './assignment.ts';
import type { GroupRecord, GroupRecordValue } from './records.ts';

/** Where a member is on its way to its target; the numbers are those of the records. */
export const memberStates = {
  /** Has what it is to have. */
  stable: 0,
  /** Has to give partitions up first, and to say so. */
  unrevoked: 1,
  /** Waits for partitions that others have to give up. */
  unreleased: 2,
} as const;

export interface ConsumerMember {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly previousMemberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  readonly rebalanceTimeoutMs: number;
  readonly clientId: string;
  readonly clientHost: string;
  readonly topicNames: ReadonlySet<string>;
  /** Empty when there is none. */
  readonly topicRegex: string | null;
  readonly serverAssignor: string | null;
  /** One of {@link memberStates}; whatever else a record holds is unknown. */
  readonly state: number;
  readonly assigned: OwnedPartitions;
  readonly pendingRevocation: OwnedPartitions;
  /** Of a member that speaks the classic protocol. */
  readonly classic: GroupRecordValue<'consumerMember'>['classicMemberMetadata'];
}

/** Epoch of a member that is gone, and of a static member that will be back. */
export const leaveEpoch: -1 = -1;
export const leaveStaticEpoch: -2 = -2;

export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    clientId: '',
    clientHost: '',
    topicNames: new Set(),
    topicRegex: '',
    serverAssignor: null,
    state: memberStates.stable,
    assigned: nothingOwned,
    pendingRevocation: nothingOwned,
    classic: null,
  };
}

/** The regular expression that the member subscribes with, if it does. */
export function regexOf(member: ConsumerMember | undefined): string | undefined {
  return member?.topicRegex ? member.topicRegex : undefined;
}

export function isReconciledTo(member: ConsumerMember, targetEpoch: number): boolean {
  return member.state === memberStates.stable && member.memberEpoch === targetEpoch;
}

export function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}

/** What {@link memberRecord} keeps is equal. */
export function sameSubscription(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.instanceId === b.instanceId &&
    a.rackId === b.rackId &&
    a.rebalanceTimeoutMs === b.rebalanceTimeoutMs &&
    a.clientId === b.clientId &&
    a.clientHost === b.clientHost &&
    sameNames(a.topicNames, b.topicNames) &&
    a.topicRegex === b.topicRegex &&
    a.serverAssignor === b.serverAssignor &&
    sameClassic(a.classic, b.classic)
  );
}

/** What {@link currentAssignmentRecord} keeps is equal. */
export function sameAssignment(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.previousMemberEpoch === b.previousMemberEpoch &&
    a.state === b.state &&
    sameOwned(a.assigned, b.assigned) &&
    sameOwned(a.pendingRevocation, b.pendingRevocation)
  );
}

function sameClassic(a: ConsumerMember['classic'], b: ConsumerMember['classic']): boolean {
  if (a === null || b === null) return a === b;
  return (
    a.sessionTimeoutMs === b.sessionTimeoutMs &&
    a.supportedProtocols.length === b.supportedProtocols.length &&
    a.supportedProtocols.every(({ name, metadata }, i) => {
      const other = b.supportedProtocols[i];
      return other?.name === name && other.metadata.equals(metadata);
    })
  );
}

export function memberRecord(groupId: string, member: ConsumerMember): GroupRecord {
  return {
    kind: 'consumerMember',
    key: { groupId, memberId: member.memberId },
    value: {
      instanceId: member.instanceId,
      rackId: member.rackId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: [...member.topicNames].sort(),
      subscribedTopicRegex: member.topicRegex,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      serverAssignor: member.serverAssignor,
      classicMemberMetadata: member.classic,
    },
  };
}

export function currentAssignmentRecord(groupId: string, member: ConsumerMember): GroupRecord {
  return {
    kind: 'currentAssignment',
    key: { groupId, memberId: member.memberId },
    value: {
      memberEpoch: member.memberEpoch,
      previousMemberEpoch: member.previousMemberEpoch,
      state: member.state,
      assignedPartitions: ownedForRecord(member.assigned),
      partitionsPendingRevocation: ownedForRecord(member.pendingRevocation),
    },
  };
}

/** The records that remove a member. */
export function memberTombstones(groupId: string, memberId: string): GroupRecord[] {
  const key = { groupId, memberId };
  return [
    { kind: 'currentAssignment', key, value: null },
    { kind: 'targetAssignment', key, value: null },
    { kind: 'consumerMember', key, value: null },
  ];
}

type RecordedPartitions = GroupRecordValue<'currentAssignment'>['assignedPartitions'];

function ownedForRecord(owned: OwnedPartitions): RecordedPartitions {
  return Array.from(owned, ([topicId, epochs]) => ({
    topicId,
    partitions: [...epochs.keys()],
    assignmentEpochs: [...epochs.values()],
  }));
}

export function withSubscription(member: ConsumerMember, value: GroupRecordValue<'consumerMember'>): ConsumerMember {
  return {
    ...member,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    topicNames: new Set(value.subscribedTopicNames),
    topicRegex: value.subscribedTopicRegex,
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    serverAssignor: value.serverAssignor,
    classic: value.classicMemberMetadata,
  };
}

/** With no value the member has nothing and is about to go. */
export function withAssignment(
  member: ConsumerMember,
  value: GroupRecordValue<'currentAssignment'> | null,
): ConsumerMember {
  if (value === null) {
    return {
      ...member,
      memberEpoch: leaveEpoch,
      previousMemberEpoch: leaveEpoch,
      assigned: nothingOwned,
      pendingRevocation: nothingOwned,
    };
  }
  return {
    ...member,
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: value.state,
    assigned: ownedFromRecord(value.assignedPartitions, value.memberEpoch),
    pendingRevocation: ownedFromRecord(value.partitionsPendingRevocation, value.memberEpoch),
  };
}

/** Brokers before 4.3 kept no epochs of partitions: then they are as old as the member's. */
function ownedFromRecord(list: RecordedPartitions, memberEpoch: number): OwnedPartitions {
  return new Map(
    list.map(({ topicId, partitions, assignmentEpochs }) => [
      topicId,
      new Map(
        partitions.map((partition, i) => [partition, assignmentEpochs?.[i] ?? Math.max(memberEpoch, 0)] as const),
      ),
    ]),
  );
}
