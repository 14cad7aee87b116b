/** Names of queries and of what belongs to them. */
import { randomBelow } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';
import { settingOf } from './properties.ts';
import type { Settings } from './properties.ts';

/** `transient_<SOURCE>_<digits>`. */
export function transientQueryId(source: string, random: Random): string {
  return `transient_${source}_${randomBelow(random, 2 ** 53)}${String(randomBelow(random, 1000)).padStart(3, '0')}`;
}

/** `SCALABLE_PUSH_QUERY_<digits>`. */
export function scalablePushQueryId(random: Random): string {
  return `SCALABLE_PUSH_QUERY_${randomBelow(random, 2 ** 53)}`;
}

/** The consumer group of a query's input. */
export function consumerGroupId(queryId: string, settings: Settings): string {
  const serviceId = settingOf('ksql.service.id', settings) ?? '';
  return `_confluent-ksql-${serviceId}${settingOf('ksql.persistent.prefix', settings) ?? ''}${queryId}`;
}
