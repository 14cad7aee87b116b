/** What the brokers tell of consumer groups, of both protocols. */
import type { ResponseBody } from '../../wire/codecs.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { checkCode } from './java-errors.ts';

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly host: string;
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  /** What the group's coordinator wants it to have; epochs and target are of the newer protocol only. */
  readonly target?: GroupMember['assigned'];
  readonly epoch?: number;
  readonly targetEpoch?: number;
}

export interface GroupFacts {
  readonly group: string;
  readonly state: string;
  readonly assignor: string;
  readonly coordinator: string;
  readonly members: readonly GroupMember[];
  readonly epoch?: number;
  readonly targetEpoch?: number;
}

export interface ListedGroup {
  readonly group: string;
  /** `consumer`, `connect`; empty for a group that only holds offsets. */
  readonly protocol: string;
  readonly state: string;
  /** `Classic`, `Consumer`. */
  readonly type: string;
}

/** Groups of consumers. */
export async function listGroups(client: KafkaClient): Promise<readonly ListedGroup[]> {
  return (await listAllGroups(client)).filter(({ protocol }) => protocol === 'consumer' || protocol === '');
}

/** Groups of all kinds, Connect's too. */
export async function listAllGroups(client: KafkaClient): Promise<readonly ListedGroup[]> {
  const { brokers } = await client.request('Metadata', { topics: [], allowAutoTopicCreation: false });
  const groups = new Map<string, ListedGroup>();
  for (const { nodeId } of brokers) {
    const answer = await client.request('ListGroups', { statesFilter: [], typesFilter: [] }, undefined, {
      node: nodeId,
    });
    checkCode(answer.errorCode);
    for (const { groupId, protocolType, groupState, groupType } of answer.groups) {
      const type =
        groupType === '' ? 'Classic' : `${groupType.charAt(0).toUpperCase()}${groupType.slice(1).toLowerCase()}`;
      groups.set(groupId, { group: groupId, protocol: protocolType, state: groupState, type });
    }
  }
  return [...groups.values()];
}

/** Undefined when there is no such group. */
export async function describeGroup(client: KafkaClient, group: string): Promise<GroupFacts | undefined> {
  const { nodeId, host, port } = await coordinatorOf(client, group);
  const coordinator = `${host}:${port}  (${nodeId})`;
  const newer = await describeNewer(client, group, coordinator);
  if (newer !== undefined) return newer;
  const answer = await client.request('DescribeGroups', { groups: [group] }, undefined, { group });
  const [found] = answer.groups;
  if (found === undefined) return undefined;
  if (found.errorCode !== 0) {
    const error = new KafkaError(found.errorCode, found.errorMessage ?? '');
    if (error.errorName === 'GROUP_ID_NOT_FOUND') return undefined;
    checkCode(found.errorCode, found.errorMessage);
  }
  if (found.groupState === 'Dead') return undefined;
  return {
    group,
    state: found.groupState,
    assignor: found.protocolData,
    coordinator,
    members: found.members.map(({ memberId, groupInstanceId, clientId, clientHost, memberAssignment }) => ({
      memberId,
      instanceId: groupInstanceId,
      clientId,
      host: clientHost,
      assigned: parseAssignment(memberAssignment),
    })),
  };
}

type Assignment = ResponseBody<'ConsumerGroupDescribe'>['groups'][number]['members'][number]['assignment'];

async function describeNewer(client: KafkaClient, group: string, coordinator: string): Promise<GroupFacts | undefined> {
  try {
    const answer = await client.request('ConsumerGroupDescribe', { groupIds: [group] }, undefined, { group });
    const [found] = answer.groups;
    if (found === undefined || found.errorCode !== 0) return undefined;
    const assigned = ({ topicPartitions }: Assignment): GroupMember['assigned'] =>
      topicPartitions.map(({ topicName, partitions }) => ({ topic: topicName, partitions }));
    return {
      group,
      state: found.groupState,
      assignor: found.assignorName,
      coordinator,
      epoch: found.groupEpoch,
      targetEpoch: found.assignmentEpoch,
      members: found.members.map((member) => ({
        memberId: member.memberId,
        instanceId: member.instanceId,
        clientId: member.clientId,
        host: member.clientHost,
        assigned: assigned(member.assignment),
        target: assigned(member.targetAssignment),
        epoch: member.memberEpoch,
        targetEpoch: found.assignmentEpoch,
      })),
    };
  } catch (error) {
    // A broker before Kafka 4.0 has no such groups.
    if (error instanceof KafkaError && error.errorName === 'UNSUPPORTED_VERSION') return undefined;
    throw error;
  }
}

async function coordinatorOf(
  client: KafkaClient,
  group: string,
): Promise<{ readonly nodeId: number; readonly host: string; readonly port: number }> {
  const answer = await client.request('FindCoordinator', { key: group, keyType: 0, coordinatorKeys: [group] });
  const found = answer.coordinators[0] ?? answer;
  checkCode(found.errorCode, found.errorMessage);
  return found;
}

/** An assignment of the classic protocol: version, then topics with their partitions. */
function parseAssignment(bytes: Buffer): GroupMember['assigned'] {
  if (bytes.length < 6) return [];
  let at = 2;
  const count = bytes.readInt32BE(at);
  at += 4;
  const assigned: { topic: string; partitions: number[] }[] = [];
  for (let i = 0; i < count; i++) {
    const length = bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, at + 2 + length);
    at += 2 + length;
    const partitions = Array.from({ length: bytes.readInt32BE(at) }, (_, p) => bytes.readInt32BE(at + 4 + p * 4));
    at += 4 + partitions.length * 4;
    assigned.push({ topic, partitions });
  }
  return assigned;
}
