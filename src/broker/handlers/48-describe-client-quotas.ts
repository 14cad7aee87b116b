/** DescribeClientQuotas, versions 0–1. Quotas are kept and told; this broker does not throttle by them. */
import { kafkaError } from '../../wire/error-codes.ts';
import type { RequestBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';
import type { QuotaEntity } from '../metadata/catalog.ts';

type Component = RequestBody<'DescribeClientQuotas'>['components'][number];

const matchTypes = { exact: 0, default: 1, any: 2 } as const;

export const describeClientQuotas: ApiHandler<'DescribeClientQuotas'> = apiHandler(
  'DescribeClientQuotas',
  [0, 1],
  ({ catalog }, { body }) => {
    try {
      for (const { entityType } of body.components) checkEntityType(entityType);
      const entries = Array.from(catalog.quotas.values())
        .filter(({ entity }) => matches(entity, body.components, body.strict))
        .map(({ entity, values }) => ({
          entity: entity.map(({ type, name }) => ({ entityType: type, entityName: name })),
          values: Array.from(values, ([key, value]) => ({ key, value })),
        }));
      return { errorMessage: '', entries };
    } catch (error) {
      return { errorCode: codeOf(error), errorMessage: textOf(error), entries: null };
    }
  },
);

/** Throws INVALID_REQUEST for a kind of entity that has no quotas. */
export function checkEntityType(type: string): void {
  if (type !== 'user' && type !== 'client-id' && type !== 'ip')
    throw kafkaError('INVALID_REQUEST', `Unhandled client quota entity type: ${type}`);
}

function matches(entity: QuotaEntity['entity'], components: readonly Component[], strict: boolean): boolean {
  if (strict && components.length > 0 && entity.length !== components.length) return false;
  return components.every(({ entityType, matchType, match }) => {
    const part = entity.find(({ type }) => type === entityType);
    if (part === undefined) return false;
    if (matchType === matchTypes.any) return true;
    return matchType === matchTypes.default ? part.name === null : part.name === match;
  });
}
