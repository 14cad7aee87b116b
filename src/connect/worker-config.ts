/** The worker's own properties, by Kafka Connect's names. */
import { StackError } from '../core/errors.ts';
import { evaluate, invalidValue, atLeast } from './config/config-def.ts';
import type { Config, ConfigKey } from './config/config-def.ts';
import type { DefaultConverters } from './config/connector-config.ts';
import { converters, findPlugin, headerConverters, simpleHeaderConverter } from './plugins.ts';

export interface WorkerConfig {
  readonly configTopic: string;
  readonly configReplicationFactor: number;
  readonly offsetTopic: string;
  readonly offsetPartitions: number;
  readonly offsetReplicationFactor: number;
  readonly statusTopic: string;
  readonly statusPartitions: number;
  readonly statusReplicationFactor: number;
  readonly offsetFlushIntervalMs: number;
  readonly shutdownTimeoutMs: number;
  readonly topicCreation: boolean;
  readonly topicTracking: boolean;
  readonly topicTrackingReset: boolean;
  readonly defaults: DefaultConverters;
  /** All properties, for the options of the default converters. */
  readonly properties: Config;
}

function key(name: string, type: ConfigKey['type'], byDefault: string, check?: ConfigKey['check']): ConfigKey {
  return {
    name,
    type,
    default: byDefault,
    importance: 'LOW',
    documentation: '',
    ...(check === undefined ? {} : { check }),
  };
}

function converterKey(name: string, byDefault: string, plugins: typeof converters): ConfigKey {
  return { ...key(name, 'CLASS', byDefault), classOf: (one) => findPlugin(plugins, one)?.class };
}

function positive(name: string): ConfigKey['check'] {
  return atLeast(name, 1);
}

/** The defaults are those of the well-known compose file, where Kafka itself has none. */
export const workerKeys: readonly ConfigKey[] = [
  key('config.storage.topic', 'STRING', 'docker-connect-configs'),
  key('config.storage.replication.factor', 'SHORT', '-1'),
  key('offset.storage.topic', 'STRING', 'docker-connect-offsets'),
  key('offset.storage.partitions', 'INT', '25', positive('offset.storage.partitions')),
  key('offset.storage.replication.factor', 'SHORT', '-1'),
  key('status.storage.topic', 'STRING', 'docker-connect-status'),
  key('status.storage.partitions', 'INT', '5', positive('status.storage.partitions')),
  key('status.storage.replication.factor', 'SHORT', '-1'),
  key('offset.flush.interval.ms', 'LONG', '10000', positive('offset.flush.interval.ms')),
  key('task.shutdown.graceful.timeout.ms', 'LONG', '5000'),
  key('topic.creation.enable', 'BOOLEAN', 'true'),
  key('topic.tracking.enable', 'BOOLEAN', 'true'),
  key('topic.tracking.allow.reset', 'BOOLEAN', 'true'),
  key('exactly.once.source.support', 'STRING', 'disabled', (value) =>
    value?.toLowerCase() === 'disabled'
      ? undefined
      : invalidValue(value, 'exactly.once.source.support', 'This worker writes at least once only; use disabled'),
  ),
  converterKey('key.converter', 'org.apache.kafka.connect.storage.StringConverter', converters),
  converterKey('value.converter', 'io.confluent.connect.avro.AvroConverter', converters),
  converterKey('header.converter', simpleHeaderConverter, headerConverters),
];

/** Throws MILLRACE_CONFIG_INVALID, with all that is wrong. */
export function readWorkerConfig(given: Config): WorkerConfig {
  const properties: Config = { 'value.converter.schema.registry.url': 'http://schema-registry:8081', ...given };
  const evaluated = evaluate(workerKeys, properties);
  const errors = evaluated.flatMap(({ value }) => value.errors);
  if (errors.length > 0)
    throw new StackError('MILLRACE_CONFIG_INVALID', `The Connect worker cannot start.\n${errors.join('\n')}`);
  const values = new Map(evaluated.map(({ value }) => [value.name, value.value ?? '']));
  const text = (name: string): string => values.get(name) ?? '';
  return {
    configTopic: text('config.storage.topic'),
    configReplicationFactor: Number(text('config.storage.replication.factor')),
    offsetTopic: text('offset.storage.topic'),
    offsetPartitions: Number(text('offset.storage.partitions')),
    offsetReplicationFactor: Number(text('offset.storage.replication.factor')),
    statusTopic: text('status.storage.topic'),
    statusPartitions: Number(text('status.storage.partitions')),
    statusReplicationFactor: Number(text('status.storage.replication.factor')),
    offsetFlushIntervalMs: Number(text('offset.flush.interval.ms')),
    shutdownTimeoutMs: Number(text('task.shutdown.graceful.timeout.ms')),
    topicCreation: text('topic.creation.enable') === 'true',
    topicTracking: text('topic.tracking.enable') === 'true',
    topicTrackingReset: text('topic.tracking.allow.reset') === 'true',
    defaults: {
      key: text('key.converter'),
      value: text('value.converter'),
      header: text('header.converter'),
    },
    properties,
  };
}
