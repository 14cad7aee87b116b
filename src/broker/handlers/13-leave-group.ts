/** LeaveGroup, versions 0–5: one member up to 2, many from 3 on. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';

export const leaveGroup: ApiHandler<'LeaveGroup'> = apiHandler(
  'LeaveGroup',
  [0, 5],
  async ({ groups }, { version, body }) => {
    const asked = version < 3 ? [{ memberId: body.memberId, groupInstanceId: null }] : body.members;
    const leaving = asked.map(({ memberId, groupInstanceId }) => ({ memberId, instanceId: groupInstanceId }));
    const errors =
      body.groupId === ''
        ? leaving.map(() => kafkaError('INVALID_GROUP_ID'))
        : await groups.leave(body.groupId, leaving);
    const codes = errors.map((error) => (error === undefined ? 0 : coordinatorCodeOf(error)));
    if (version < 3) return { errorCode: codes[0] ?? 0 };
    return { members: asked.map((member, i) => ({ ...member, errorCode: codes[i] ?? 0 })) };
  },
);
