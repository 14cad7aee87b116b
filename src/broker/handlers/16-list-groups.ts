/** ListGroups, versions 0–5: filtered by state from 4 on and by type from 5 on, both without regard to case. */
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const listGroups: ApiHandler<'ListGroups'> = apiHandler('ListGroups', [0, 5], ({ groups }, { body }) => {
  const states = new Set(body.statesFilter.map((state) => state.toLowerCase()));
  const types = new Set(body.typesFilter.map((type) => type.toLowerCase()));
  return {
    groups: Array.from(groups.all())
      .filter(
        ({ state, kind }) =>
          (states.size === 0 || states.has(state.toLowerCase())) && (types.size === 0 || types.has(kind)),
      )
      .map(({ groupId, protocolType, state, kind }) => ({
        groupId,
        protocolType: protocolType ?? '',
        groupState: state,
        groupType: kind,
      })),
  };
});
