/** Changing configurations of topics, brokers and groups: what is taken, what is refused, and what is so afterwards. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrokerConfig } from '../../../../src/broker/config/broker-config.ts';
import { resourceTypes } from '../../../../src/broker/config/definition.ts';
import { errorOf, TestBroker } from '../fixtures.ts';

const operations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

let broker: TestBroker;
beforeEach(async () => {
  broker = await TestBroker.start();
  await broker.topics({ t: 1 });
});
afterEach(() => broker.close());

async function alter(
  kind: keyof typeof resourceTypes,
  resourceName: string,
  operation: keyof typeof operations,
  name: string,
  value: string | null = null,
): Promise<string> {
  const { responses } = await broker.ask('IncrementalAlterConfigs', 1, {
    resources: [
      {
        resourceType: resourceTypes[kind],
        resourceName,
        configs: [{ name, configOperation: operations[operation], value }],
      },
    ],
  });
  const answer = responses[0];
  return answer?.errorCode === 0 ? 'done' : `${errorOf(answer ?? { errorCode: -1 })}: ${answer?.errorMessage}`;
}

async function value(kind: keyof typeof resourceTypes, resourceName: string, key: string): Promise<string | null> {
  const { results } = await broker.ask('DescribeConfigs', 4, {
    resources: [{ resourceType: resourceTypes[kind], resourceName, configurationKeys: [key] }],
  });
  return results[0]?.configs[0]?.value ?? null;
}

describe('topics', () => {
  it('set, and back to what the broker says', async () => {
    expect(await alter('topic', 't', 'set', 'retention.ms', '5000')).toBe('done');
    expect(await value('topic', 't', 'retention.ms')).toBe('5000');
    await alter('broker', '', 'set', 'log.retention.ms', '7000');
    expect(await value('topic', 't', 'retention.ms')).toBe('5000');
    expect(await alter('topic', 't', 'delete', 'retention.ms')).toBe('done');
    expect(await value('topic', 't', 'retention.ms')).toBe('7000');
  });

  it('lists grow and shrink', async () => {
    expect(await alter('topic', 't', 'append', 'cleanup.policy', 'compact')).toBe('done');
    expect(await value('topic', 't', 'cleanup.policy')).toBe('delete,compact');
    expect(await alter('topic', 't', 'subtract', 'cleanup.policy', 'delete')).toBe('done');
    expect(await value('topic', 't', 'cleanup.policy')).toBe('compact');
    expect(await alter('topic', 't', 'append', 'retention.ms', '1')).toBe(
      "INVALID_CONFIG: Can't APPEND to key retention.ms because its type is not LIST.",
    );
  });

  it.each([
    ['retention.ms', '-2', 'Value must be at least -1'],
    ['max.message.bytes', 'big', 'Not a number of type INT'],
    ['max.message.bytes', '2147483648', 'Not a number of type INT'],
    ['compression.type', 'brotli', 'String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer'],
    ['unclean.leader.election.enable', 'perhaps', 'Expected value to be either true or false'],
    ['min.cleanable.dirty.ratio', '1.5', 'Value must be no more than 1'],
  ])('%s=%s', async (name, text, why) => {
    expect(await alter('topic', 't', 'set', name, text)).toBe(
      `INVALID_CONFIG: Invalid value ${text} for configuration ${name}: ${why}`,
    );
  });

  it('of which there is none', async () => {
    expect(await alter('topic', 'missing', 'set', 'retention.ms', '1')).toBe(
      "UNKNOWN_TOPIC_OR_PARTITION: The topic 'missing' does not exist.",
    );
  });

  it('what was set is there after kill -9', async () => {
    await alter('topic', 't', 'set', 'retention.ms', '5000');
    await broker.killAndStart();
    expect(await value('topic', 't', 'retention.ms')).toBe('5000');
  });
});

describe('brokers', () => {
  it('only keys that may change while it runs', async () => {
    expect(await alter('broker', '1', 'set', 'message.max.bytes', '1000')).toBe('done');
    expect(await alter('broker', '1', 'set', 'num.partitions', '7')).toBe(
      'INVALID_REQUEST: Cannot update these configs dynamically: [num.partitions]',
    );
    expect(await alter('broker', '2', 'set', 'message.max.bytes', '1000')).toMatch(/Unexpected broker id, expected 1/);
  });

  it('numbers of threads in steps of two', async () => {
    expect(await alter('broker', '1', 'set', 'num.io.threads', '17')).toMatch(/should not be greater than double/);
    expect(await alter('broker', '1', 'set', 'num.io.threads', '3')).toMatch(/should be at least half/);
    expect(await alter('broker', '1', 'set', 'num.io.threads', '16')).toBe('done');
    expect(await alter('broker', '1', 'set', 'num.io.threads', '32')).toBe('done');
  });
});

describe('groups', () => {
  it.each([
    ['consumer.session.timeout.ms', '60001', 'less than or equal to group.consumer.max.session.timeout.ms'],
    ['consumer.heartbeat.interval.ms', '4999', 'greater than or equal to group.consumer.min.heartbeat.interval.ms'],
    ['consumer.assignment.interval.ms', '15001', 'less than or equal to group.consumer.max.assignment.interval.ms'],
  ])('%s=%s', async (name, text, why) => {
    expect(await alter('group', 'g', 'set', name, text)).toBe(`INVALID_CONFIG: ${name} must be ${why}`);
  });

  it('the group says what holds', async () => {
    expect(await value('group', 'g', 'consumer.session.timeout.ms')).toBe('45000');
    expect(await alter('group', 'g', 'set', 'consumer.session.timeout.ms', '50000')).toBe('done');
    expect(await value('group', 'g', 'consumer.session.timeout.ms')).toBe('50000');
    expect(await alter('group', 'g', 'set', 'consumer.colour', 'red')).toBe(
      'INVALID_CONFIG: Unknown group config name: consumer.colour',
    );
    expect(await alter('group', '', 'set', 'consumer.session.timeout.ms', '50000')).toBe(
      'INVALID_REQUEST: Default group resources are not allowed.',
    );
  });
});

describe('what the broker is started with', () => {
  it.each([
    [{ 'num.partitons': '3' }, 'The broker does not know the property "num.partitons" (value "3").'],
    [{ 'num.partitions': 'three' }, 'Invalid value three for configuration num.partitions: Not a number of type INT'],
    [
      { 'group.consumer.assignors': 'mine' },
      'Invalid value mine for configuration group.consumer.assignors: String must be one of: uniform, range',
    ],
    [
      { 'group.consumer.migration.policy': 'never' },
      'Invalid value never for configuration group.consumer.migration.policy: String must be one of (case insensitive): BIDIRECTIONAL, UPGRADE, DOWNGRADE, DISABLED',
    ],
  ])('%j', (config, message) => {
    expect(() => new BrokerConfig(config)).toThrow(message);
  });

  it('the finest of what says how long is kept', () => {
    expect(new BrokerConfig().retentionMs()).toBeUndefined();
    expect(new BrokerConfig({ 'log.retention.hours': '2' }).retentionMs()).toBe('7200000');
    expect(new BrokerConfig({ 'log.retention.hours': '2', 'log.retention.minutes': '3' }).retentionMs()).toBe('180000');
    expect(new BrokerConfig({ 'log.retention.minutes': '-1' }).retentionMs()).toBe('-1');
  });
});
