/** ConsumerGroupDescribe, versions 0–1: groups of the consumer protocol with their members, what these have and are to have. */
import { errorCode } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { authorizedOperations, noAuthorizedOperations } from '../authorized-operations.ts';
import { listElements } from '../config/definition.ts';
import { codeOf, textOf } from '../errors.ts';
import type { OwnedPartitions, Partitions } from '../groups/assignment.ts';
import type { ConsumerGroup } from '../groups/consumer-group.ts';
import type { ConsumerMember } from '../groups/consumer-member.ts';
import { preferredAssignor } from '../groups/target-assignment.ts';
import type { Services } from '../services.ts';
import { servesConsumerGroups } from './68-consumer-group-heartbeat.ts';

type Described = Input<ResponseBody<'ConsumerGroupDescribe'>['groups'][number]>;
type Member = NonNullable<Described['members']>[number];
type Assignment = NonNullable<Member['assignment']>;

export const consumerGroupDescribe: ApiHandler<'ConsumerGroupDescribe'> = apiHandler(
  'ConsumerGroupDescribe',
  [0, 1],
  (services, { body }) => ({
    groups: body.groupIds.map((groupId): Described => {
      if (!servesConsumerGroups(services)) return { groupId, errorCode: errorCode('UNSUPPORTED_VERSION') };
      if (groupId === '') return { groupId, errorCode: errorCode('INVALID_GROUP_ID') };
      try {
        return {
          ...describe(services, services.groups.consumers.existing(groupId)),
          authorizedOperations: body.includeAuthorizedOperations ? authorizedOperations.group : noAuthorizedOperations,
        };
      } catch (error) {
        return { groupId, errorCode: codeOf(error), errorMessage: textOf(error) };
      }
    }),
  }),
);

function describe(services: Services, group: ConsumerGroup): Described {
  const assignor = listElements(services.config.value('group.consumer.assignors') ?? '')[0] ?? 'uniform';
  return {
    groupId: group.groupId,
    groupState: group.state,
    groupEpoch: group.epoch,
    assignmentEpoch: group.targetEpoch,
    assignorName: preferredAssignor(group.members.values(), assignor),
    members: Array.from(group.members.values(), (member) => describeMember(services, group, member)),
  };
}

function describeMember(services: Services, group: ConsumerGroup, member: ConsumerMember): Member {
  return {
    memberId: member.memberId,
    instanceId: member.instanceId,
    rackId: member.rackId,
    memberEpoch: member.memberEpoch,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topicNames],
    subscribedTopicRegex: member.topicRegex,
    // What it is giving up it still has.
    assignment: assignmentOf(services, member.assigned, member.pendingRevocation),
    targetAssignment: assignmentOf(services, group.target(member.memberId)),
    memberType: member.classic === null ? 1 : 0,
  };
}

function assignmentOf({ catalog }: Services, ...parts: readonly (OwnedPartitions | Partitions)[]): Assignment {
  const byTopic = new Map<string, number[]>();
  for (const part of parts)
    for (const [topicId, partitions] of part)
      byTopic.set(topicId, [...(byTopic.get(topicId) ?? []), ...partitions.keys()]);
  return {
    topicPartitions: [...byTopic].flatMap(([topicId, partitions]) => {
      const topicName = catalog.topicById(topicId)?.name;
      return topicName === undefined ? [] : [{ topicId, topicName, partitions }];
    }),
  };
}
