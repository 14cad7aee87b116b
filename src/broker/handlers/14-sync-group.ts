/** SyncGroup, versions 0–5. */
import { errorCode, kafkaErrorFacts } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import { syncFailure } from '../groups/classic-group.ts';
import type { SyncResult } from '../groups/classic-group.ts';

export const syncGroup: ApiHandler<'SyncGroup'> = apiHandler('SyncGroup', [0, 5], async ({ groups }, { body }) => {
  const result = await sync();
  return {
    errorCode: errorCode(result.error),
    protocolType: result.protocolType,
    protocolName: result.protocol,
    assignment: result.assignment,
  };

  async function sync(): Promise<SyncResult> {
    try {
      if (body.groupId === '') return syncFailure('INVALID_GROUP_ID');
      return await groups.sync(body.groupId, {
        memberId: body.memberId,
        instanceId: body.groupInstanceId,
        generation: body.generationId,
        protocolType: body.protocolType,
        protocol: body.protocolName,
        assignments: new Map(body.assignments.map(({ memberId, assignment }) => [memberId, assignment])),
      });
    } catch (error) {
      return syncFailure(kafkaErrorFacts(coordinatorCodeOf(error)).name);
    }
  }
});
