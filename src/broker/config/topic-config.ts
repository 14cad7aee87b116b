/**
 * The configuration keys of a topic: names, types, defaults and the broker keys that give the defaults are Kafka's (4.4.0).
 * What this broker makes of them: retention, cleanup, segments, timestamps, sizes, compression.type and `flush.messages = 1`
 * (acknowledge after a sync). The keys of tiered storage, followers and file preallocation are taken and kept, and do nothing
 * here, as they do nothing on a single Kafka node; `compression.*.level` and `segment.jitter.ms` are kept and not used.
 */
import { kafkaError } from '../../wire/error-codes.ts';
import type { LogConfig } from '../../storage/log-config.ts';
import { checkConfigValue, listElements } from './definition.ts';
import type { ConfigDefinition } from './definition.ts';
import type { BrokerConfig } from './broker-config.ts';

const longMax = '9223372036854775807';

const definitions: readonly ConfigDefinition[] = [
  {
    name: 'cleanup.policy',
    type: 'list',
    default: 'delete',
    oneOf: ['compact', 'delete'],
    synonym: 'log.cleanup.policy',
  },
  { name: 'compression.gzip.level', type: 'int', default: '-1', check: gzipLevel, synonym: 'compression.gzip.level' },
  { name: 'compression.lz4.level', type: 'int', default: '9', min: 1, max: 17, synonym: 'compression.lz4.level' },
  {
    name: 'compression.type',
    type: 'string',
    default: 'producer',
    oneOf: ['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'],
    synonym: 'compression.type',
  },
  {
    name: 'compression.zstd.level',
    type: 'int',
    default: '3',
    min: -131072,
    max: 22,
    synonym: 'compression.zstd.level',
  },
  {
    name: 'delete.retention.ms',
    type: 'long',
    default: '86400000',
    min: 0,
    synonym: 'log.cleaner.delete.retention.ms',
  },
  { name: 'errors.deadletterqueue.group.enable', type: 'boolean', default: 'false' },
  { name: 'file.delete.delay.ms', type: 'long', default: '60000', min: 0, synonym: 'log.segment.delete.delay.ms' },
  { name: 'flush.messages', type: 'long', default: longMax, min: 1, synonym: 'log.flush.interval.messages' },
  { name: 'flush.ms', type: 'long', default: longMax, min: 0 },
  { name: 'follower.replication.throttled.replicas', type: 'list', default: '' },
  { name: 'index.interval.bytes', type: 'int', default: '4096', min: 0, synonym: 'log.index.interval.bytes' },
  { name: 'leader.replication.throttled.replicas', type: 'list', default: '' },
  { name: 'local.retention.bytes', type: 'long', default: '-2', min: -2, synonym: 'log.local.retention.bytes' },
  { name: 'local.retention.ms', type: 'long', default: '-2', min: -2, synonym: 'log.local.retention.ms' },
  {
    name: 'max.compaction.lag.ms',
    type: 'long',
    default: longMax,
    min: 1,
    synonym: 'log.cleaner.max.compaction.lag.ms',
  },
  {
    name: 'max.decompressed.message.bytes',
    type: 'int',
    default: '2147483639',
    min: 0,
    synonym: 'max.decompressed.message.bytes',
  },
  { name: 'max.message.bytes', type: 'int', default: '1048588', min: 0, synonym: 'message.max.bytes' },
  {
    name: 'message.timestamp.after.max.ms',
    type: 'long',
    default: '3600000',
    min: 0,
    synonym: 'log.message.timestamp.after.max.ms',
  },
  {
    name: 'message.timestamp.before.max.ms',
    type: 'long',
    default: longMax,
    min: 0,
    synonym: 'log.message.timestamp.before.max.ms',
  },
  {
    name: 'message.timestamp.type',
    type: 'string',
    default: 'CreateTime',
    oneOf: ['CreateTime', 'LogAppendTime'],
    synonym: 'log.message.timestamp.type',
  },
  {
    name: 'min.cleanable.dirty.ratio',
    type: 'double',
    default: '0.5',
    min: 0,
    max: 1,
    synonym: 'log.cleaner.min.cleanable.ratio',
  },
  { name: 'min.compaction.lag.ms', type: 'long', default: '0', min: 0, synonym: 'log.cleaner.min.compaction.lag.ms' },
  { name: 'min.insync.replicas', type: 'int', default: '1', min: 1, synonym: 'min.insync.replicas' },
  { name: 'preallocate', type: 'boolean', default: 'false', synonym: 'log.preallocate' },
  { name: 'remote.copy.lag.bytes', type: 'long', default: '-1', min: -2, synonym: 'log.remote.copy.lag.bytes' },
  { name: 'remote.copy.lag.ms', type: 'long', default: '0', min: -2, synonym: 'log.remote.copy.lag.ms' },
  { name: 'remote.log.copy.disable', type: 'boolean', default: 'false' },
  { name: 'remote.log.delete.on.disable', type: 'boolean', default: 'false' },
  { name: 'remote.storage.enable', type: 'boolean', default: 'false' },
  { name: 'retention.bytes', type: 'long', default: '-1', synonym: 'log.retention.bytes' },
  { name: 'retention.ms', type: 'long', default: '604800000', min: -1, synonym: 'log.retention.ms' },
  { name: 'segment.bytes', type: 'int', default: '1073741824', min: 1_048_576, synonym: 'log.segment.bytes' },
  { name: 'segment.index.bytes', type: 'int', default: '10485760', min: 4, synonym: 'log.index.size.max.bytes' },
  { name: 'segment.jitter.ms', type: 'long', default: '0', min: 0 },
  { name: 'segment.ms', type: 'long', default: '604800000', min: 1, synonym: 'log.roll.ms' },
  {
    name: 'unclean.leader.election.enable',
    type: 'boolean',
    default: 'false',
    synonym: 'unclean.leader.election.enable',
  },
];

export const topicConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
);

function gzipLevel(value: string): string | undefined {
  const level = Number(value);
  return level === -1 || (level >= 1 && level <= 9) ? undefined : 'Value must be between 1 and 9 or equal to -1';
}

/** Refuses a configuration that no topic may have. Throws INVALID_CONFIG. */
export function checkTopicConfig(config: ReadonlyMap<string, string>): void {
  for (const [name, value] of config) {
    const definition = topicConfigs.get(name);
    if (definition === undefined) throw kafkaError('INVALID_CONFIG', `Unknown topic config name: ${name}`);
    checkConfigValue(definition, value);
  }
  if (config.get('remote.storage.enable')?.toLowerCase() === 'true') {
    throw kafkaError(
      'INVALID_CONFIG',
      'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
    );
  }
  const [min, max] = [config.get('min.compaction.lag.ms'), config.get('max.compaction.lag.ms')];
  if (min !== undefined && BigInt(min) > BigInt(max ?? longMax)) {
    throw kafkaError(
      'INVALID_CONFIG',
      `conflict topic config setting min.compaction.lag.ms (${min}) > max.compaction.lag.ms (${max ?? longMax})`,
    );
  }
}

/** The value that holds for a key of a topic: its own, else the broker's, else the default. */
export function topicConfigValue(config: ReadonlyMap<string, string>, broker: BrokerConfig, name: string): string {
  const definition = topicConfigs.get(name);
  return config.get(name) ?? brokerValue(definition, broker) ?? definition?.default ?? '';
}

/** What the broker's configuration says of a topic's key, when it says something. */
export function brokerValue(definition: ConfigDefinition | undefined, broker: BrokerConfig): string | undefined {
  if (definition?.synonym === undefined) return undefined;
  const set = broker.setValue(definition.synonym);
  if (set !== undefined) return set;
  if (definition.name === 'retention.ms') return broker.retentionMs();
  if (definition.name === 'segment.ms') return broker.segmentMs();
  return undefined;
}

/** The configuration of a topic in the terms of its logs. */
export function logConfigOf(
  config: ReadonlyMap<string, string>,
  broker: BrokerConfig,
  durability: LogConfig['durability'],
): LogConfig {
  const text = (name: string): string => topicConfigValue(config, broker, name);
  // Numbers past 2^53 only mean "no limit".
  const number = (name: string): number => Math.min(Number(text(name)), Number.MAX_SAFE_INTEGER);
  const policies = listElements(text('cleanup.policy'));
  return {
    segmentBytes: number('segment.bytes'),
    segmentMs: number('segment.ms'),
    indexIntervalBytes: number('index.interval.bytes'),
    retentionBytes: number('retention.bytes'),
    retentionMs: number('retention.ms'),
    cleanupDelete: policies.includes('delete'),
    cleanupCompact: policies.includes('compact'),
    maxMessageBytes: number('max.message.bytes'),
    timestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'append' : 'create',
    timestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    durability: number('flush.messages') === 1 ? 'fsync' : durability,
    producerIdExpirationMs: broker.number('producer.id.expiration.ms'),
  };
}
