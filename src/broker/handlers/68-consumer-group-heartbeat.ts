/** ConsumerGroupHeartbeat, versions 0–1: members of the consumer protocol join, stay and leave (KIP-848); regular expressions from 1 on. */
import type { RequestBody } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { listElements } from '../config/definition.ts';
import { coordinatorCodeOf, textOf } from '../errors.ts';
import { leaveEpoch, leaveStaticEpoch } from '../groups/consumer-member.ts';
import type { Services } from '../services.ts';

type Body = RequestBody<'ConsumerGroupHeartbeat'>;

export const consumerGroupHeartbeat: ApiHandler<'ConsumerGroupHeartbeat'> = apiHandler(
  'ConsumerGroupHeartbeat',
  [0, 1],
  async (services, { version, body, context }) => {
    const { groups } = services;
    const { groupId, memberId, instanceId, memberEpoch } = body;
    try {
      if (!servesConsumerGroups(services))
        throw kafkaError('UNSUPPORTED_VERSION', 'The version of API is not supported.');
      check(services, body, version);
      if (memberEpoch === leaveEpoch || memberEpoch === leaveStaticEpoch) {
        await groups.consumers.leave(groupId, memberId, instanceId, memberEpoch);
        return { memberId, memberEpoch };
      }
      const result = await groups.consumers.heartbeat({
        groupId,
        memberId,
        memberEpoch,
        instanceId,
        rackId: body.rackId,
        rebalanceTimeoutMs: body.rebalanceTimeoutMs,
        topicNames: body.subscribedTopicNames,
        topicRegex: body.subscribedTopicRegex,
        serverAssignor: body.serverAssignor,
        owned: body.topicPartitions,
        clientId: context.clientId ?? '',
        clientHost: `/${context.clientHost}`,
      });
      const { assignment } = result;
      return { ...result, assignment: assignment === undefined ? null : { topicPartitions: assignment } };
    } catch (error) {
      return { errorCode: coordinatorCodeOf(error), errorMessage: textOf(error) };
    }
  },
);

/** The feature `group.version` and `group.coordinator.rebalance.protocols` may each switch the protocol off. */
export function servesConsumerGroups({ catalog, config }: Services): boolean {
  const protocols = listElements(config.value('group.coordinator.rebalance.protocols') ?? '');
  return (catalog.features.get('group.version') ?? 0) >= 1 && protocols.includes('consumer');
}

/** Throws INVALID_REQUEST, UNSUPPORTED_ASSIGNOR for what no group has to be asked about. */
function check({ config }: Services, body: Body, version: number): void {
  const invalid = (text: string): Error => kafkaError('INVALID_REQUEST', text);
  const blank = (text: string | null): boolean => text !== null && text.trim() === '';
  const { memberEpoch, serverAssignor } = body;
  if ((version >= 1 || memberEpoch > 0 || memberEpoch === leaveEpoch) && blank(body.memberId))
    throw invalid("MemberId can't be empty.");
  if (blank(body.groupId)) throw invalid("GroupId can't be empty.");
  if (blank(body.instanceId)) throw invalid("InstanceId can't be empty.");
  if (blank(body.rackId)) throw invalid("RackId can't be empty.");
  if (memberEpoch === 0) {
    if (body.rebalanceTimeoutMs === -1) throw invalid('RebalanceTimeoutMs must be provided in first request.');
    if (body.topicPartitions?.length !== 0) throw invalid('TopicPartitions must be empty when (re-)joining.');
    if (body.subscribedTopicNames === null && body.subscribedTopicRegex === null)
      throw invalid('Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.');
  } else if (memberEpoch === leaveStaticEpoch) {
    if (body.instanceId === null) throw invalid("InstanceId can't be null.");
  } else if (memberEpoch < leaveStaticEpoch) throw invalid('MemberEpoch is invalid.');
  const assignors = listElements(config.value('group.consumer.assignors') ?? '');
  if (serverAssignor !== null && !assignors.includes(serverAssignor))
    throw kafkaError(
      'UNSUPPORTED_ASSIGNOR',
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`,
    );
}
