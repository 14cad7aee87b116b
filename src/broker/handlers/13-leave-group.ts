/** LeaveGroup, versions 0–5: one member up to 2, many from 3 on. */
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import type { Services } from '../services.ts';

type Left = Input<ResponseBody<'LeaveGroup'>['members'][number]>;

export const leaveGroup: ApiHandler<'LeaveGroup'> = apiHandler(
  'LeaveGroup',
  [0, 5],
  async ({ groups }, { version, body }) => {
    if (version < 3) return { errorCode: await leave(groups, body.groupId, body.memberId, null) };
    const members: Left[] = [];
    for (const { memberId, groupInstanceId } of body.members) {
      const code = await leave(groups, body.groupId, memberId, groupInstanceId);
      members.push({ memberId, groupInstanceId, errorCode: code });
    }
    return { members };
  },
);

async function leave(
  groups: Services['groups'],
  groupId: string,
  memberId: string,
  instanceId: string | null,
): Promise<number> {
  try {
    if (groupId === '') throw kafkaError('INVALID_GROUP_ID');
    await groups.leave(groupId, memberId, instanceId);
    return 0;
  } catch (error) {
    return coordinatorCodeOf(error);
  }
}
