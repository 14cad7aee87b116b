/** Groups and their offsets as records of `__consumer_offsets`, in Kafka's formats. */
import { safeNumber } from '../../core/assert.ts';
import type { DataBody } from '../../wire/codecs.ts';
import { decodePrefixed, encodePrefixed } from '../internal-topic.ts';
import type { KeyedRecord } from '../internal-topic.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { CommittedOffset, OffsetEntry } from './offsets.ts';

/** The number in front of a key tells what the record is. */
export const recordTypes = {
  legacyOffset: 0,
  offset: 1,
  classicGroup: 2,
  consumerGroup: 3,
  consumerMember: 5,
  targetEpoch: 6,
  targetAssignment: 7,
  currentAssignment: 8,
} as const;

const offsetValueVersion = 3;
const groupValueVersion = 3;

export function offsetKey(group: string, topic: string, partition: number): Buffer {
  return encodePrefixed('OffsetCommitKey', recordTypes.offset, 0, { group, topic, partition });
}

export function offsetRecord(group: string, entry: OffsetEntry): KeyedRecord {
  const { offset, leaderEpoch, metadata, commitTimestamp } = entry;
  return {
    key: offsetKey(group, entry.topic, entry.partition),
    value: encodePrefixed('OffsetCommitValue', offsetValueVersion, offsetValueVersion, {
      offset,
      leaderEpoch,
      metadata,
      commitTimestamp,
    }),
  };
}

export function classicGroupKey(group: string): Buffer {
  return encodePrefixed('GroupMetadataKey', recordTypes.classicGroup, 0, { group });
}

export function classicGroupRecord(group: ClassicGroup): KeyedRecord {
  return {
    key: classicGroupKey(group.groupId),
    value: encodePrefixed('GroupMetadataValue', groupValueVersion, groupValueVersion, {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocol,
      leader: group.leader,
      currentStateTimestamp: group.stateTimestamp,
      members: Array.from(group.members.values(), (member) => ({
        memberId: member.memberId,
        groupInstanceId: member.instanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: member.protocols.find(({ name }) => name === group.protocol)?.metadata ?? Buffer.alloc(0),
        assignment: member.assignment,
      })),
    }),
  };
}

/** A record as it was read; `value` null when the key was removed. */
export type GroupRecord =
  | {
      readonly kind: 'offset';
      readonly group: string;
      readonly topic: string;
      readonly partition: number;
      readonly value: CommittedOffset | null;
    }
  | { readonly kind: 'classicGroup'; readonly group: string; readonly value: DataBody<'GroupMetadataValue'> | null }
  | {
      readonly kind: 'consumerGroup';
      readonly group: string;
      readonly value: DataBody<'ConsumerGroupMetadataValue'> | null;
    }
  | {
      readonly kind: 'consumerMember';
      readonly group: string;
      readonly member: string;
      readonly value: DataBody<'ConsumerGroupMemberMetadataValue'> | null;
    }
  | {
      readonly kind: 'targetEpoch';
      readonly group: string;
      readonly value: DataBody<'ConsumerGroupTargetAssignmentMetadataValue'> | null;
    }
  | {
      readonly kind: 'targetAssignment';
      readonly group: string;
      readonly member: string;
      readonly value: DataBody<'ConsumerGroupTargetAssignmentMemberValue'> | null;
    }
  | {
      readonly kind: 'currentAssignment';
      readonly group: string;
      readonly member: string;
      readonly value: DataBody<'ConsumerGroupCurrentMemberAssignmentValue'> | null;
    };

/** Undefined for kinds of records that this broker does not keep. */
export function readGroupRecord(key: Buffer | null, value: Buffer | null): GroupRecord | undefined {
  if (key === null || key.length < 2) return undefined;
  const version = value === null || value.length < 2 ? 0 : value.readInt16BE(0);
  switch (key.readInt16BE(0)) {
    case recordTypes.legacyOffset:
    case recordTypes.offset: {
      const { group, topic, partition } = decodePrefixed('OffsetCommitKey', 0, key);
      return { kind: 'offset', group, topic, partition, value: value === null ? null : readOffset(version, value) };
    }
    case recordTypes.classicGroup: {
      const { group } = decodePrefixed('GroupMetadataKey', 0, key);
      return {
        kind: 'classicGroup',
        group,
        value: value === null ? null : decodePrefixed('GroupMetadataValue', version, value),
      };
    }
    case recordTypes.consumerGroup: {
      const { groupId } = decodePrefixed('ConsumerGroupMetadataKey', 0, key);
      return {
        kind: 'consumerGroup',
        group: groupId,
        value: value === null ? null : decodePrefixed('ConsumerGroupMetadataValue', version, value),
      };
    }
    case recordTypes.consumerMember: {
      const { groupId, memberId } = decodePrefixed('ConsumerGroupMemberMetadataKey', 0, key);
      return {
        kind: 'consumerMember',
        group: groupId,
        member: memberId,
        value: value === null ? null : decodePrefixed('ConsumerGroupMemberMetadataValue', version, value),
      };
    }
    case recordTypes.targetEpoch: {
      const { groupId } = decodePrefixed('ConsumerGroupTargetAssignmentMetadataKey', 0, key);
      return {
        kind: 'targetEpoch',
        group: groupId,
        value: value === null ? null : decodePrefixed('ConsumerGroupTargetAssignmentMetadataValue', version, value),
      };
    }
    case recordTypes.targetAssignment: {
      const { groupId, memberId } = decodePrefixed('ConsumerGroupTargetAssignmentMemberKey', 0, key);
      return {
        kind: 'targetAssignment',
        group: groupId,
        member: memberId,
        value: value === null ? null : decodePrefixed('ConsumerGroupTargetAssignmentMemberValue', version, value),
      };
    }
    case recordTypes.currentAssignment: {
      const { groupId, memberId } = decodePrefixed('ConsumerGroupCurrentMemberAssignmentKey', 0, key);
      return {
        kind: 'currentAssignment',
        group: groupId,
        member: memberId,
        value: value === null ? null : decodePrefixed('ConsumerGroupCurrentMemberAssignmentValue', version, value),
      };
    }
    default:
      return undefined;
  }
}

function readOffset(version: number, value: Buffer): CommittedOffset {
  const { offset, leaderEpoch, metadata, commitTimestamp } = decodePrefixed('OffsetCommitValue', version, value);
  return { offset: safeNumber(offset), leaderEpoch, metadata, commitTimestamp: safeNumber(commitTimestamp) };
}
