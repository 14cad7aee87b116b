/**
 * A group changes its protocol while members are in it: the first member of the consumer protocol makes a consumer group of a
 * classic one, and when the last of them leaves it is a classic one again (`group.consumer.migration.policy`). Members of the
 * classic protocol stay; what they have stays theirs.
 */
import { decodeData, encodeData } from '../../wire/codecs.ts';
import type { DataBody } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { Catalog } from '../metadata/catalog.ts';
import { ownedSince, partitionsOf } from './assignment.ts';
import type { Partitions } from './assignment.ts';
import type { ClassicGroup, ClassicMember } from './classic-group.ts';
import { ConsumerGroup, groupEpochRecord, targetEpochRecord, targetRecord } from './consumer-group.ts';
import { currentAssignmentRecord, memberRecord, newMember } from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { MetadataHash } from './metadata-hash.ts';
import type { GroupRecord } from './records.ts';

/** Versions of the structures that clients of the classic protocol exchange. */
const protocolVersionMax = 3;

export type Subscription = DataBody<'ConsumerProtocolSubscription'>;

/** What a member of the classic protocol subscribes to. Throws for bytes that are not a subscription. */
export function readSubscription(metadata: Buffer): Subscription {
  return decodeData('ConsumerProtocolSubscription', protocolVersion(metadata), metadata, 2);
}

function protocolVersion(bytes: Buffer): number {
  return Math.min(Math.max(bytes.readInt16BE(0), 0), protocolVersionMax);
}

/** A member's partitions in the form in which the classic protocol says them, and in the version that its subscription has. */
export function writeAssignment(catalog: Catalog, partitions: Partitions, subscription: Buffer): Buffer {
  const version = protocolVersion(subscription);
  const prefix = Buffer.alloc(2);
  prefix.writeInt16BE(version);
  const assignedPartitions = [...partitions].flatMap(([topicId, indexes]) => {
    const topic = catalog.topicById(topicId)?.name;
    return topic === undefined ? [] : [{ topic, partitions: [...indexes] }];
  });
  const body = encodeData('ConsumerProtocolAssignment', version, { assignedPartitions, userData: null });
  return Buffer.concat([prefix, body]);
}

interface Upgrade {
  readonly policy: string;
  readonly maxSize: number;
  readonly catalog: Catalog;
  readonly hash: MetadataHash;
}

/**
 * The records that make a consumer group of a classic one that has members, and the group that they make.
 * Throws GROUP_ID_NOT_FOUND when that cannot be.
 */
export function upgrade(
  classic: ClassicGroup,
  { policy, maxSize, catalog, hash }: Upgrade,
  records: GroupRecord[],
): ConsumerGroup {
  const { groupId } = classic;
  const refuse = (why: string): Error =>
    kafkaError('GROUP_ID_NOT_FOUND', `Cannot upgrade classic group ${groupId} to consumer group because ${why}.`);
  if (policy !== 'bidirectional' && policy !== 'upgrade') throw refuse('online upgrade is disabled');
  if (classic.protocolType !== 'consumer') throw refuse('the group does not use the consumer embedded protocol');
  if (classic.members.size > maxSize) throw refuse('the group size exceeds the consumer group maximum size');
  const members: ConsumerMember[] = [];
  const targets = new Map<string, Partitions>();
  for (const member of classic.members.values()) {
    try {
      const target = readAssignment(catalog, member.assignment);
      targets.set(member.memberId, target);
      members.push(upgradedMember(classic, member, target));
    } catch (error) {
      if (error instanceof CustomAssignorError)
        throw refuse(
          'an unsupported custom assignor is in use. Please refer to the documentation or switch to a default assignor before re-attempting the upgrade',
        );
      throw refuse('the embedded consumer protocol is malformed');
    }
  }
  const epoch = classic.generation;
  const made: GroupRecord[] = [
    ...members.map((member) => memberRecord(groupId, member)),
    groupEpochRecord(groupId, epoch, hash.of(new Set(members.flatMap(({ topicNames }) => [...topicNames])))),
    ...members.map(({ memberId }) => targetRecord(groupId, memberId, targets.get(memberId) ?? new Map())),
    targetEpochRecord(groupId, epoch, 0),
    ...members.map((member) => currentAssignmentRecord(groupId, member)),
  ];
  const group = new ConsumerGroup(groupId);
  for (const record of made) if (record.kind !== 'offset' && record.kind !== 'classicGroup') group.apply(record);
  classic.failWaiting('REBALANCE_IN_PROGRESS');
  records.push({ kind: 'classicGroup', key: { group: groupId }, value: null }, ...made);
  return group;
}

class CustomAssignorError extends Error {}

function readAssignment(catalog: Catalog, bytes: Buffer): Partitions {
  if (bytes.length === 0) return new Map();
  const { assignedPartitions, userData } = decodeData('ConsumerProtocolAssignment', protocolVersion(bytes), bytes, 2);
  if (userData !== null && userData.length > 0) throw new CustomAssignorError();
  return partitionsOf(
    assignedPartitions.flatMap(({ topic, partitions }) => {
      const topicId = catalog.topic(topic)?.id;
      return topicId === undefined ? [] : [{ topicId, partitions }];
    }),
  );
}

function upgradedMember(group: ClassicGroup, member: ClassicMember, target: Partitions): ConsumerMember {
  const protocol = member.protocols.find(({ name }) => name === group.protocol) ?? member.protocols[0];
  const subscription = readSubscription(protocol?.metadata ?? Buffer.alloc(0));
  return {
    ...newMember(member.memberId),
    memberEpoch: group.generation,
    previousMemberEpoch: group.generation,
    instanceId: member.instanceId,
    rackId: subscription.rackId || null,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    clientId: member.clientId,
    clientHost: member.clientHost,
    topicNames: new Set(subscription.topics),
    assigned: ownedSince(target, group.generation),
    classic: {
      sessionTimeoutMs: member.sessionTimeoutMs,
      supportedProtocols: member.protocols.map(({ name, metadata }) => ({ name, metadata })),
    },
  };
}

export interface Downgrade {
  readonly leaving: ReadonlySet<string>;
  /** A static member of the classic protocol that takes the place of one of the consumer protocol. */
  readonly joining: { readonly member: ConsumerMember; readonly replaces: string } | undefined;
}

/** Fills a new classic group with the members of a consumer group whose others are gone. */
export function downgrade(
  group: ConsumerGroup,
  classic: ClassicGroup,
  catalog: Catalog,
  { leaving, joining }: Downgrade,
): void {
  classic.protocolType = 'consumer';
  classic.generation = group.epoch;
  const members = [...group.members.values()].filter(
    ({ memberId }) => !leaving.has(memberId) && memberId !== joining?.replaces,
  );
  if (joining !== undefined) members.push(joining.member);
  for (const member of members) {
    const target = group.target(member === joining?.member ? joining.replaces : member.memberId);
    const protocols = member.classic?.supportedProtocols ?? [];
    classic.restoreMember({
      memberId: member.memberId,
      instanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.classic?.sessionTimeoutMs ?? 0,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      protocols,
      assignment: writeAssignment(catalog, target, protocols[0]?.metadata ?? Buffer.alloc(2)),
    });
  }
  classic.resume();
}
