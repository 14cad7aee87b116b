/** Heartbeat, versions 0–4. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';

export const heartbeat: ApiHandler<'Heartbeat'> = apiHandler('Heartbeat', [0, 4], ({ groups }, { body }) => {
  try {
    if (body.groupId === '') throw kafkaError('INVALID_GROUP_ID');
    groups.heartbeat(body.groupId, body.memberId, body.groupInstanceId, body.generationId);
    return { errorCode: 0 };
  } catch (error) {
    return { errorCode: coordinatorCodeOf(error) };
  }
});
