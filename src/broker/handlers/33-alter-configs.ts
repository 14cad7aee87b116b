/** AlterConfigs, versions 0–2: replaces the whole configuration of a resource. */
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { configOperations } from '../config/alter.ts';
import { alterResources } from './44-incremental-alter-configs.ts';

export const alterConfigs: ApiHandler<'AlterConfigs'> = apiHandler(
  'AlterConfigs',
  [0, 2],
  async (services, { body }) => {
    const resources = body.resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      changes: configs.map(({ name, value }) => ({ name, operation: configOperations.set, value })),
    }));
    return { responses: await alterResources(services, resources, { replace: true, validateOnly: body.validateOnly }) };
  },
);
