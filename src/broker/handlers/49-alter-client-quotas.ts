/** AlterClientQuotas, versions 0–1. Quotas are kept and told; this broker does not throttle by them. */
import { kafkaError } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';
import type { MetadataRecord } from '../metadata/metadata-log.ts';
import { checkEntityType } from './48-describe-client-quotas.ts';

type Entry = RequestBody<'AlterClientQuotas'>['entries'][number];
type Result = Input<ResponseBody<'AlterClientQuotas'>['entries'][number]>;

/** The keys, and whether they may have fractions. */
const quotaKeys = new Map([
  ['producer_byte_rate', false],
  ['consumer_byte_rate', false],
  ['request_percentage', true],
  ['controller_mutation_rate', true],
  ['connection_creation_rate', false],
]);

export const alterClientQuotas: ApiHandler<'AlterClientQuotas'> = apiHandler(
  'AlterClientQuotas',
  [0, 1],
  async ({ metadata }, { body }) => {
    const entries: Result[] = [];
    for (const entry of body.entries) {
      try {
        const records = plan(entry);
        if (!body.validateOnly) {
          metadata.change(records);
          await metadata.whenDurable();
        }
        entries.push({ errorCode: 0, entity: entry.entity });
      } catch (error) {
        entries.push({ errorCode: codeOf(error), errorMessage: textOf(error), entity: entry.entity });
      }
    }
    return { entries };
  },
);

function plan({ entity, ops }: Entry): MetadataRecord[] {
  if (entity.length === 0) throw kafkaError('INVALID_REQUEST', 'Invalid empty client quota entity');
  for (const { entityType } of entity) checkEntityType(entityType);
  return ops.map(({ key, value, remove }) => {
    const fractions = quotaKeys.get(key);
    const ofIp = entity.some(({ entityType }) => entityType === 'ip');
    if (fractions === undefined || ofIp !== (key === 'connection_creation_rate'))
      throw kafkaError('INVALID_REQUEST', `Invalid configuration key ${key}`);
    if (!remove && !fractions && !Number.isInteger(value))
      throw kafkaError('INVALID_REQUEST', `${key} cannot be a fractional value.`);
    if (!remove && value <= 0) throw kafkaError('INVALID_REQUEST', `Quota ${key} must be greater than 0`);
    return { name: 'ClientQuotaRecord', body: { entity, key, value, remove } };
  });
}
