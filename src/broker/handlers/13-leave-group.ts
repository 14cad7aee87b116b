/** LeaveGroup, versions 0–5: one member up to 2, many from 3 on. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import type { Services } from '../services.ts';

export const leaveGroup: ApiHandler<'LeaveGroup'> = apiHandler(
  'LeaveGroup',
  [0, 5],
  ({ groups }, { version, body }) => {
    if (version < 3) return { errorCode: leave(groups, body.groupId, body.memberId, null) };
    return {
      members: body.members.map(({ memberId, groupInstanceId }) => ({
        memberId,
        groupInstanceId,
        errorCode: leave(groups, body.groupId, memberId, groupInstanceId),
      })),
    };
  },
);

function leave(groups: Services['groups'], groupId: string, memberId: string, instanceId: string | null): number {
  try {
    if (groupId === '') throw kafkaError('INVALID_GROUP_ID');
    const group = groups.classic(groupId);
    if (group === undefined) throw kafkaError('UNKNOWN_MEMBER_ID');
    group.leave(memberId, instanceId);
    return 0;
  } catch (error) {
    return coordinatorCodeOf(error);
  }
}
