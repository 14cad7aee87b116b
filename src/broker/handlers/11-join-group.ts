/** JoinGroup, versions 0–9: dynamic members (with an id round from 4 on) and static ones (5+). */
import { errorCode, kafkaErrorFacts } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import { joinFailure } from '../groups/classic-group.ts';
import type { JoinResult } from '../groups/classic-group.ts';

export const joinGroup: ApiHandler<'JoinGroup'> = apiHandler(
  'JoinGroup',
  [0, 9],
  async (services, { version, body, context }) => {
    const result = await join();
    return {
      errorCode: errorCode(result.error),
      generationId: result.generation,
      protocolType: result.protocolType,
      // Up to version 6 the name of the protocol cannot be null.
      protocolName: version < 7 ? (result.protocol ?? '') : result.protocol,
      leader: result.leader,
      skipAssignment: result.skipAssignment,
      memberId: result.memberId,
      members: result.members.map(({ memberId, instanceId, metadata }) => ({
        memberId,
        groupInstanceId: instanceId,
        metadata,
      })),
    };

    async function join(): Promise<JoinResult> {
      const { config, groups } = services;
      const { groupId, memberId, sessionTimeoutMs } = body;
      if (groupId === '') return joinFailure('INVALID_GROUP_ID', memberId);
      if (
        sessionTimeoutMs < config.number('group.min.session.timeout.ms') ||
        sessionTimeoutMs > config.number('group.max.session.timeout.ms')
      )
        return joinFailure('INVALID_SESSION_TIMEOUT', memberId);
      const request = {
        memberId,
        instanceId: body.groupInstanceId,
        clientId: context.clientId ?? '',
        clientHost: `/${context.clientHost}`,
        sessionTimeoutMs,
        rebalanceTimeoutMs: version === 0 ? sessionTimeoutMs : body.rebalanceTimeoutMs,
        protocolType: body.protocolType,
        protocols: body.protocols,
        requireKnownMemberId: version >= 4 && body.groupInstanceId === null,
        supportsSkippingAssignment: version >= 9,
      };
      try {
        return await groups.join(groupId, request);
      } catch (error) {
        return joinFailure(kafkaErrorFacts(coordinatorCodeOf(error)).name, memberId);
      }
    }
  },
);
