/** IncrementalAlterConfigs, versions 0–1: set, delete, append to and subtract from the keys of topics, brokers, groups, metrics. */
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { planConfigChange } from '../config/alter.ts';
import type { ConfigChange } from '../config/alter.ts';
import { codeOf, textOf } from '../errors.ts';
import type { Services } from '../services.ts';

type Result = Input<ResponseBody<'IncrementalAlterConfigs'>['responses'][number]>;

export interface ResourceChange {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly changes: readonly ConfigChange[];
}

export const incrementalAlterConfigs: ApiHandler<'IncrementalAlterConfigs'> = apiHandler(
  'IncrementalAlterConfigs',
  [0, 1],
  async (services, { body }) => {
    const resources = body.resources.map(({ resourceType, resourceName, configs }) => ({
      resourceType,
      resourceName,
      changes: configs.map(({ name, configOperation, value }) => ({ name, operation: configOperation, value })),
    }));
    return {
      responses: await alterResources(services, resources, { replace: false, validateOnly: body.validateOnly }),
    };
  },
);

/** Changes each resource by itself: what is wrong with one does not keep the others. */
export async function alterResources(
  services: Services,
  resources: readonly ResourceChange[],
  { replace, validateOnly }: { readonly replace: boolean; readonly validateOnly: boolean },
): Promise<Result[]> {
  const key = ({ resourceType, resourceName }: ResourceChange): string => `${resourceType} ${resourceName}`;
  const counts = new Map<string, number>();
  for (const resource of resources) counts.set(key(resource), (counts.get(key(resource)) ?? 0) + 1);
  const results: Result[] = [];
  for (const resource of resources) {
    const { resourceType, resourceName, changes } = resource;
    try {
      if ((counts.get(key(resource)) ?? 0) > 1)
        throw kafkaError('INVALID_REQUEST', 'Each resource must appear at most once.');
      const records = planConfigChange(services, resourceType, resourceName, changes, replace);
      if (!validateOnly) {
        services.metadata.change(records);
        await services.metadata.whenDurable();
      }
      results.push({ errorCode: 0, resourceType, resourceName });
    } catch (error) {
      results.push({ errorCode: codeOf(error), errorMessage: textOf(error), resourceType, resourceName });
    }
  }
  return results;
}
