/** ListPartitionReassignments, version 0: there are never any. */
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const listPartitionReassignments: ApiHandler<'ListPartitionReassignments'> = apiHandler(
  'ListPartitionReassignments',
  [0, 0],
  () => ({
    topics: [],
  }),
);
