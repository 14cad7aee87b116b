/** DeleteGroups, versions 0–3. */
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';

type Result = Input<ResponseBody<'DeleteGroups'>['results'][number]>;

export const deleteGroups: ApiHandler<'DeleteGroups'> = apiHandler(
  'DeleteGroups',
  [0, 3],
  async ({ groups }, { body }) => {
    const results: Result[] = [];
    for (const groupId of body.groupsNames) {
      try {
        await groups.delete(groupId);
        results.push({ groupId, errorCode: 0 });
      } catch (error) {
        results.push({ groupId, errorCode: coordinatorCodeOf(error) });
      }
    }
    return { results };
  },
);
