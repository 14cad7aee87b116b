/** The configuration keys of groups and of client metrics subscriptions, with Kafka's names, defaults and bounds (4.4.0). */
import { kafkaError } from '../../wire/error-codes.ts';
import { checkConfigValue } from './definition.ts';
import type { ConfigDefinition } from './definition.ts';

const groupRows: readonly ConfigDefinition[] = [
  {
    name: 'consumer.heartbeat.interval.ms',
    type: 'int',
    default: '5000',
    min: 5000,
    max: 15_000,
    synonym: 'group.consumer.heartbeat.interval.ms',
  },
  {
    name: 'consumer.session.timeout.ms',
    type: 'int',
    default: '45000',
    min: 45_000,
    max: 60_000,
    synonym: 'group.consumer.session.timeout.ms',
  },
];

export const groupConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(groupRows.map((row) => [row.name, row]));

export function checkGroupConfig(config: ReadonlyMap<string, string>): void {
  for (const [name, value] of config) {
    const definition = groupConfigs.get(name);
    if (definition === undefined) throw kafkaError('INVALID_CONFIG', `Unknown group config name: ${name}`);
    const { min = -Infinity, max = Infinity } = definition;
    checkConfigValue({ name, type: definition.type, default: definition.default }, value);
    if (Number(value) < min || Number(value) > max)
      throw kafkaError('INVALID_CONFIG', `${name} must be in the range ${min} to ${max} inclusive.`);
  }
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
