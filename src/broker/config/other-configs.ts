/** The configuration keys of groups and of client metrics subscriptions, with Kafka's names, defaults and bounds (4.4.0). */
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from './broker-config.ts';
import { checkConfigValue } from './definition.ts';
import type { ConfigDefinition, ConfigType } from './definition.ts';

type GroupRow = readonly [
  name: string,
  type: ConfigType,
  fallback: string,
  synonym?: string,
  least?: string,
  most?: string,
];

/** The broker's keys with the default, the lowest and the highest value of a group's key. */
function bounded(group: string, name: string, fallback: string): GroupRow {
  const key = (part: string): string => `group.${group}.${part}${name}`;
  return [`${group}.${name}`, 'int', fallback, key(''), key('min.'), key('max.')];
}

/**
 * Keys of share and streams groups are taken and shown as by a broker whose features `share.version` and `streams.version` are 0:
 * such groups are not served. Bounds that the broker has no key for are not checked.
 */
const groupRows: readonly GroupRow[] = [
  bounded('consumer', 'assignment.interval.ms', '1000'),
  bounded('consumer', 'heartbeat.interval.ms', '5000'),
  bounded('consumer', 'session.timeout.ms', '45000'),
  ['errors.deadletterqueue.copy.record.enable', 'boolean', 'false'],
  ['errors.deadletterqueue.topic.name', 'string', ''],
  bounded('share', 'assignment.interval.ms', '1000'),
  ['share.auto.offset.reset', 'string', 'latest'],
  bounded('share', 'delivery.count.limit', '5'),
  bounded('share', 'heartbeat.interval.ms', '5000'),
  ['share.isolation.level', 'string', 'read_uncommitted'],
  bounded('share', 'partition.max.record.locks', '2000'),
  bounded('share', 'record.lock.duration.ms', '30000'),
  ['share.renew.acknowledge.enable', 'boolean', 'true'],
  bounded('share', 'session.timeout.ms', '45000'),
  bounded('streams', 'assignment.interval.ms', '1000'),
  ['streams.assignor.name', 'string', 'sticky', 'group.streams.assignors'],
  bounded('streams', 'heartbeat.interval.ms', '5000'),
  ['streams.initial.rebalance.delay.ms', 'int', '3000', 'group.streams.initial.rebalance.delay.ms'],
  ['streams.num.standby.replicas', 'int', '0', 'group.streams.num.standby.replicas'],
  ['streams.rack.aware.assignment.tags', 'list', '', 'group.streams.rack.aware.assignment.tags'],
  bounded('streams', 'session.timeout.ms', '45000'),
];

export const groupConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(
  groupRows.map(([name, type, fallback, synonym = name]) => [name, { name, type, default: fallback, synonym }]),
);

/** Broker keys with the lowest and the highest value of a group's key. */
const boundKeys = new Map(groupRows.map(([name, , , , least, most]) => [name, { least, most }]));

/** The number that holds for a group: its own, kept within the broker's bounds, or the broker's. */
export function groupConfigNumber(
  own: ReadonlyMap<string, string> | undefined,
  broker: BrokerConfig,
  name: string,
): number {
  const set = own?.get(name);
  const { synonym = name, default: fallback } = groupConfigs.get(name) ?? {};
  if (set === undefined) return Number(broker.value(synonym) ?? fallback);
  const { least, most } = boundKeys.get(name) ?? {};
  const min = least === undefined ? -Infinity : broker.number(least);
  const max = most === undefined ? Infinity : broker.number(most);
  return Math.min(Math.max(Number(set), min), max);
}

/** Throws INVALID_CONFIG for a group configuration that is not allowed as a whole. */
export function checkGroupConfig(own: ReadonlyMap<string, string>, broker: BrokerConfig): void {
  const invalid = (text: string): Error => kafkaError('INVALID_CONFIG', text);
  for (const [name, value] of own) {
    const definition = groupConfigs.get(name);
    if (definition === undefined) throw invalid(`Unknown group config name: ${name}`);
    checkConfigValue({ name, type: definition.type, default: definition.default }, value);
    const { least, most } = boundKeys.get(name) ?? {};
    if (least !== undefined && broker.value(least) !== null && Number(value) < broker.number(least))
      throw invalid(`${name} must be greater than or equal to ${least}`);
    if (most !== undefined && broker.value(most) !== null && Number(value) > broker.number(most))
      throw invalid(`${name} must be less than or equal to ${most}`);
  }
  const session = groupConfigNumber(own, broker, 'consumer.session.timeout.ms');
  if (session <= groupConfigNumber(own, broker, 'consumer.heartbeat.interval.ms'))
    throw invalid('consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms');
}

const metricsRows: readonly ConfigDefinition[] = [
  { name: 'interval.ms', type: 'int', default: '300000' },
  { name: 'match', type: 'list', default: '' },
  { name: 'metrics', type: 'list', default: '' },
];

export const clientMetricsConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(
  metricsRows.map((row) => [row.name, row]),
);

export function checkClientMetricsConfig(config: ReadonlyMap<string, string>): void {
  for (const [name, value] of config) {
    if (!clientMetricsConfigs.has(name))
      throw kafkaError('INVALID_REQUEST', `Unknown client metrics configuration ${name}`);
    if (name === 'interval.ms' && !(Number(value) >= 100 && Number(value) <= 3_600_000)) {
      throw kafkaError(
        'INVALID_REQUEST',
        `Invalid value ${value} for interval.ms, interval must be between 100 and 3600000 (1 hour)`,
      );
    }
  }
}
