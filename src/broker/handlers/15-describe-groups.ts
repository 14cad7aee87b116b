/** DescribeGroups, versions 0–6, of classic groups. */
import { errorCode } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { authorizedOperations, noAuthorizedOperations } from '../authorized-operations.ts';
import type { ClassicGroup } from '../groups/classic-group.ts';

type Described = Input<ResponseBody<'DescribeGroups'>['groups'][number]>;

const noBytes = Buffer.alloc(0);

export const describeGroups: ApiHandler<'DescribeGroups'> = apiHandler(
  'DescribeGroups',
  [0, 6],
  ({ groups }, { version, body }) => ({
    groups: body.groups.map((groupId): Described => {
      const group = groups.classic(groupId);
      if (group === undefined || group.state === 'Dead') {
        const other =
          groups.group(groupId) === undefined
            ? `Group ${groupId} not found.`
            : `Group ${groupId} is not a classic group.`;
        return version < 6
          ? { errorCode: 0, groupId, groupState: 'Dead' }
          : { errorCode: errorCode('GROUP_ID_NOT_FOUND'), errorMessage: other, groupId, groupState: 'Dead' };
      }
      return {
        ...describe(group),
        authorizedOperations: body.includeAuthorizedOperations ? authorizedOperations.group : noAuthorizedOperations,
      };
    }),
  }),
);

function describe(group: ClassicGroup): Described {
  const stable = group.state === 'Stable';
  return {
    errorCode: 0,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? '',
    protocolData: stable ? (group.protocol ?? '') : '',
    members: Array.from(group.members.values(), (member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: stable
        ? (member.protocols.find(({ name }) => name === group.protocol)?.metadata ?? noBytes)
        : noBytes,
      memberAssignment: stable ? member.assignment : noBytes,
    })),
  };
}
