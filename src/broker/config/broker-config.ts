/**
 * The broker's own configuration: the keys of Kafka (4.4.0) that mean something for one node without security. Values come from
 * the one who starts the broker (static), from AlterConfigs for all brokers or for this one (dynamic), else they are defaults.
 *
 * Defaults that differ from Kafka's: one replica for the internal topics (there is one node), and no delay of a group's first
 * rebalance (`group.initial.rebalance.delay.ms`), as the images that people use for one node set it.
 */
import { StackError } from '../../core/errors.ts';
import { checkConfigValue } from './definition.ts';
import type { ConfigDefinition, ConfigType } from './definition.ts';

type Row = readonly [name: string, type: ConfigType, fallback: string | null, dynamic: boolean];

const longMax = '9223372036854775807';

const rows: readonly Row[] = [
  ['advertised.listeners', 'list', null, false],
  ['auto.create.topics.enable', 'boolean', 'true', false],
  ['broker.id', 'int', '-1', false],
  ['broker.rack', 'string', null, false],
  ['compression.gzip.level', 'int', '-1', true],
  ['compression.lz4.level', 'int', '9', true],
  ['compression.type', 'string', 'producer', true],
  ['compression.zstd.level', 'int', '3', true],
  ['connections.max.idle.ms', 'long', '600000', false],
  ['default.replication.factor', 'int', '1', false],
  ['delete.topic.enable', 'boolean', 'true', false],
  ['fetch.max.bytes', 'int', '57671680', false],
  ['group.consumer.assignment.interval.ms', 'int', '1000', true],
  ['group.consumer.assignors', 'list', 'uniform,range', false],
  ['group.consumer.heartbeat.interval.ms', 'int', '5000', false],
  ['group.consumer.max.assignment.interval.ms', 'int', '15000', false],
  ['group.consumer.max.heartbeat.interval.ms', 'int', '15000', false],
  ['group.consumer.max.session.timeout.ms', 'int', '60000', false],
  ['group.consumer.max.size', 'int', '2147483647', false],
  ['group.consumer.migration.policy', 'string', 'bidirectional', false],
  ['group.consumer.min.assignment.interval.ms', 'int', '0', false],
  ['group.consumer.min.heartbeat.interval.ms', 'int', '5000', false],
  ['group.consumer.min.session.timeout.ms', 'int', '45000', false],
  ['group.consumer.session.timeout.ms', 'int', '45000', false],
  ['group.coordinator.rebalance.protocols', 'list', 'classic,consumer', false],
  ['group.initial.rebalance.delay.ms', 'int', '0', false],
  ['group.max.session.timeout.ms', 'int', '1800000', false],
  ['group.max.size', 'int', '2147483647', false],
  ['group.min.session.timeout.ms', 'int', '6000', false],
  ['listeners', 'list', 'PLAINTEXT://:9092', false],
  ['log.cleaner.backoff.ms', 'long', '15000', true],
  ['log.cleaner.delete.retention.ms', 'long', '86400000', true],
  ['log.cleaner.enable', 'boolean', 'true', false],
  ['log.cleaner.max.compaction.lag.ms', 'long', longMax, true],
  ['log.cleaner.min.cleanable.ratio', 'double', '0.5', true],
  ['log.cleaner.min.compaction.lag.ms', 'long', '0', true],
  ['log.cleaner.threads', 'int', '1', true],
  ['log.cleanup.policy', 'list', 'delete', true],
  ['log.dir', 'list', '/tmp/kafka-logs', false],
  ['log.dirs', 'list', null, false],
  ['log.flush.interval.messages', 'long', longMax, true],
  ['log.index.interval.bytes', 'int', '4096', true],
  ['log.message.timestamp.after.max.ms', 'long', '3600000', true],
  ['log.message.timestamp.before.max.ms', 'long', longMax, true],
  ['log.message.timestamp.type', 'string', 'CreateTime', true],
  ['log.retention.bytes', 'long', '-1', true],
  ['log.retention.check.interval.ms', 'long', '300000', false],
  ['log.retention.hours', 'int', '168', false],
  ['log.retention.minutes', 'int', null, false],
  ['log.retention.ms', 'long', null, true],
  ['log.roll.hours', 'int', '168', false],
  ['log.roll.ms', 'long', null, true],
  ['log.segment.bytes', 'int', '1073741824', true],
  ['log.segment.delete.delay.ms', 'long', '60000', true],
  ['max.decompressed.message.bytes', 'int', '2147483639', true],
  ['max.incremental.fetch.session.cache.slots', 'int', '1000', false],
  ['max.request.partition.size.limit', 'int', '2000', false],
  ['message.max.bytes', 'int', '1048588', true],
  ['min.insync.replicas', 'int', '1', true],
  ['node.id', 'int', null, false],
  ['num.io.threads', 'int', '8', true],
  ['num.network.threads', 'int', '3', true],
  ['num.partitions', 'int', '1', false],
  ['offset.metadata.max.bytes', 'int', '4096', false],
  ['offsets.retention.check.interval.ms', 'long', '600000', false],
  ['offsets.retention.minutes', 'int', '10080', false],
  ['offsets.topic.num.partitions', 'int', '50', false],
  ['offsets.topic.replication.factor', 'short', '1', false],
  ['offsets.topic.segment.bytes', 'int', '104857600', false],
  ['process.roles', 'list', null, false],
  ['producer.id.expiration.ms', 'int', '86400000', true],
  ['socket.request.max.bytes', 'int', '104857600', false],
  ['transaction.abort.timed.out.transaction.cleanup.interval.ms', 'int', '10000', false],
  ['transaction.max.timeout.ms', 'int', '900000', false],
  ['transaction.partition.verification.enable', 'boolean', 'true', true],
  ['transaction.remove.expired.transaction.cleanup.interval.ms', 'int', '3600000', false],
  ['transaction.state.log.min.isr', 'int', '1', false],
  ['transaction.state.log.num.partitions', 'int', '50', false],
  ['transaction.state.log.replication.factor', 'short', '1', false],
  ['transaction.state.log.segment.bytes', 'int', '104857600', false],
  ['transactional.id.expiration.ms', 'int', '604800000', false],
  ['unclean.leader.election.enable', 'boolean', 'false', true],
];

/** What the values of some keys have to be besides of their type. */
const rules: Readonly<Record<string, Pick<ConfigDefinition, 'oneOf' | 'min' | 'check'>>> = {
  'group.consumer.assignment.interval.ms': { min: 0 },
  'group.consumer.assignors': {
    oneOf: ['uniform', 'range'],
    check: (value) => (value === '' ? 'Must not be empty' : undefined),
  },
  'group.consumer.heartbeat.interval.ms': { min: 1 },
  'group.consumer.max.size': { min: 1 },
  'group.consumer.migration.policy': {
    check: (value) =>
      ['bidirectional', 'upgrade', 'downgrade', 'disabled'].includes(value.toLowerCase())
        ? undefined
        : 'String must be one of (case insensitive): BIDIRECTIONAL, UPGRADE, DOWNGRADE, DISABLED',
  },
  'group.consumer.session.timeout.ms': { min: 1 },
  'group.coordinator.rebalance.protocols': { oneOf: ['classic', 'consumer'] },
  'group.max.size': { min: 1 },
  'offsets.retention.check.interval.ms': { min: 1 },
  'offsets.retention.minutes': { min: 1 },
  'offsets.topic.num.partitions': { min: 1 },
};

export const brokerConfigs: ReadonlyMap<string, ConfigDefinition> = new Map(
  rows.map(([name, type, fallback, dynamic]) => [name, { name, type, default: fallback, dynamic, ...rules[name] }]),
);

export class BrokerConfig {
  private readonly fixed: ReadonlyMap<string, string>;
  /** Set with AlterConfigs, of all brokers and of this one; the catalog writes these. */
  readonly dynamicDefaults: Map<string, string> = new Map();
  readonly dynamic: Map<string, string> = new Map();

  /** Throws MILLRACE_CONFIG_INVALID for a key that this broker does not know or a value that it cannot take. */
  constructor(fixed: Readonly<Record<string, string>> = {}) {
    for (const [name, value] of Object.entries(fixed)) {
      const definition = brokerConfigs.get(name);
      if (definition === undefined) {
        throw new StackError(
          'MILLRACE_CONFIG_INVALID',
          `The broker does not know the property "${name}" (value "${value}").`,
        );
      }
      try {
        checkConfigValue(definition, value);
      } catch (error) {
        throw new StackError('MILLRACE_CONFIG_INVALID', (error as Error).message, { cause: error });
      }
    }
    this.fixed = new Map(Object.entries(fixed));
  }

  staticValue(name: string): string | undefined {
    return this.fixed.get(name);
  }

  /** The value that somebody set; undefined where the default holds. */
  setValue(name: string): string | undefined {
    return this.dynamic.get(name) ?? this.dynamicDefaults.get(name) ?? this.fixed.get(name);
  }

  /** The value that holds; null when there is none. */
  value(name: string): string | null {
    return this.setValue(name) ?? brokerConfigs.get(name)?.default ?? null;
  }

  number(name: string): number {
    return Number(this.value(name));
  }

  flag(name: string): boolean {
    return this.value(name)?.toLowerCase() === 'true';
  }

  /** `retention.ms` as `log.retention.ms`, `.minutes` or `.hours` give it, the finest first. */
  retentionMs(): string | undefined {
    const minutes = this.setValue('log.retention.minutes');
    const hours = this.setValue('log.retention.hours');
    const ms =
      minutes !== undefined ? Number(minutes) * 60_000 : hours !== undefined ? Number(hours) * 3_600_000 : undefined;
    return ms === undefined ? undefined : String(ms < 0 ? -1 : ms);
  }

  segmentMs(): string | undefined {
    const hours = this.setValue('log.roll.hours');
    return hours === undefined ? undefined : String(Number(hours) * 3_600_000);
  }
}
