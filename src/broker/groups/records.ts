/** Groups and their offsets as records of `__consumer_offsets`, in Kafka's formats: each kind has its structures of key and value. */
import { safeNumber } from '../../core/assert.ts';
import type { DataBody } from '../../wire/codecs.ts';
import { decodePrefixed, encodePrefixed } from '../internal-topic.ts';
import type { KeyedRecord } from '../internal-topic.ts';
import type { ClassicGroup } from './classic-group.ts';
import type { CommittedOffset, OffsetEntry } from './offsets.ts';

/** The number in front of a key tells what the record is; `version` is that of the values that are written. */
const formats = {
  offset: { type: 1, key: 'OffsetCommitKey', value: 'OffsetCommitValue', version: 3 },
  classicGroup: { type: 2, key: 'GroupMetadataKey', value: 'GroupMetadataValue', version: 3 },
  consumerGroup: { type: 3, key: 'ConsumerGroupMetadataKey', value: 'ConsumerGroupMetadataValue', version: 0 },
  /** What brokers before 4.1 kept instead of a hash; removed when it is met. */
  subscriptionMetadata: {
    type: 4,
    key: 'ConsumerGroupPartitionMetadataKey',
    value: 'ConsumerGroupPartitionMetadataValue',
    version: 0,
  },
  consumerMember: {
    type: 5,
    key: 'ConsumerGroupMemberMetadataKey',
    value: 'ConsumerGroupMemberMetadataValue',
    version: 0,
  },
  targetEpoch: {
    type: 6,
    key: 'ConsumerGroupTargetAssignmentMetadataKey',
    value: 'ConsumerGroupTargetAssignmentMetadataValue',
    version: 0,
  },
  targetAssignment: {
    type: 7,
    key: 'ConsumerGroupTargetAssignmentMemberKey',
    value: 'ConsumerGroupTargetAssignmentMemberValue',
    version: 0,
  },
  currentAssignment: {
    type: 8,
    key: 'ConsumerGroupCurrentMemberAssignmentKey',
    value: 'ConsumerGroupCurrentMemberAssignmentValue',
    version: 0,
  },
  regularExpression: {
    type: 16,
    key: 'ConsumerGroupRegularExpressionKey',
    value: 'ConsumerGroupRegularExpressionValue',
    version: 0,
  },
} as const;

type Formats = typeof formats;
export type GroupRecordKind = keyof Formats;
export type GroupRecordValue<K extends GroupRecordKind> = DataBody<Formats[K]['value']>;

/** A record as it is read or to be written; `value` null when the key is removed. */
export type GroupRecord = {
  [K in GroupRecordKind]: {
    readonly kind: K;
    readonly key: DataBody<Formats[K]['key']>;
    readonly value: GroupRecordValue<K> | null;
  };
}[GroupRecordKind];

/** Records of groups of the consumer protocol. */
export type ConsumerGroupRecord = Exclude<GroupRecord, { readonly kind: 'offset' | 'classicGroup' }>;

/** Type 0 is that of offsets of very old brokers, in the same format. */
const kindOfType = new Map<number, GroupRecordKind>([
  [0, 'offset'],
  ...Object.entries(formats).map(([kind, { type }]) => [type, kind as GroupRecordKind] as const),
]);

export function encodeGroupRecord({ kind, key, value }: GroupRecord): KeyedRecord {
  const format = formats[kind];
  return {
    key: encodePrefixed(format.key, format.type, 0, key),
    value: value === null ? null : encodePrefixed(format.value, format.version, format.version, value),
  };
}

/** Undefined for kinds of records that this broker does not keep. */
export function readGroupRecord(key: Buffer | null, value: Buffer | null): GroupRecord | undefined {
  if (key === null || key.length < 2) return undefined;
  const kind = kindOfType.get(key.readInt16BE(0));
  if (kind === undefined) return undefined;
  const version = value === null || value.length < 2 ? 0 : value.readInt16BE(0);
  return {
    kind,
    key: decodePrefixed(formats[kind].key, 0, key),
    value: value === null ? null : decodePrefixed(formats[kind].value, version, value),
  } as GroupRecord;
}

export function offsetRecord(group: string, entry: OffsetEntry): GroupRecord {
  const { topic, partition, offset, leaderEpoch, metadata, commitTimestamp } = entry;
  return {
    kind: 'offset',
    key: { group, topic, partition },
    value: {
      offset,
      leaderEpoch,
      metadata,
      commitTimestamp,
      expireTimestamp: -1,
      topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
    },
  };
}

export function committedOffset(value: GroupRecordValue<'offset'>): CommittedOffset {
  const { offset, leaderEpoch, metadata, commitTimestamp } = value;
  return { offset: safeNumber(offset), leaderEpoch, metadata, commitTimestamp: safeNumber(commitTimestamp) };
}

export function classicGroupRecord(group: ClassicGroup): GroupRecord {
  return {
    kind: 'classicGroup',
    key: { group: group.groupId },
    value: {
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
    },
  };
}
