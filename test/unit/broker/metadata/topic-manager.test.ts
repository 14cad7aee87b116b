/** What topics may be made, and in which words others are refused. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Input, RequestBody } from '../../../../src/wire/codecs.ts';
import { errorOf, TestBroker } from '../fixtures.ts';

type NewTopic = Input<RequestBody<'CreateTopics'>['topics'][number]>;

let broker: TestBroker;
beforeEach(async () => {
  broker = await TestBroker.start({ 'num.partitions': '3' });
});
afterEach(() => broker.close());

async function create(topic: NewTopic, validateOnly = false): Promise<string> {
  const { topics } = await broker.ask('CreateTopics', 7, {
    topics: [{ name: 't', numPartitions: -1, replicationFactor: -1, ...topic }],
    timeoutMs: 1000,
    validateOnly,
  });
  const made = topics[0];
  return made?.errorCode === 0
    ? `${made.numPartitions} partitions`
    : `${errorOf(made ?? { errorCode: -1 })}: ${made?.errorMessage}`;
}

async function exists(name: string): Promise<boolean> {
  return (await broker.ask('Metadata', 12, { topics: null })).topics.some((topic) => topic.name === name);
}

describe('names', () => {
  it.each([
    ['', 'the empty string is not allowed'],
    ['.', "'.' is not allowed"],
    ['..', "'..' is not allowed"],
    ['x'.repeat(250), `the length of '${'x'.repeat(250)}' is longer than the max allowed length 249`],
    ['a/b', "'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
    ['ü', "'ü' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"],
  ])('%s', async (name, why) => {
    expect(await create({ name })).toBe(`INVALID_TOPIC_EXCEPTION: Topic name is invalid: ${why}`);
  });

  it('the longest one is made', async () => {
    expect(await create({ name: 'x'.repeat(249) })).toBe('3 partitions');
  });

  it('one that is there, and one that would have the same metrics', async () => {
    await create({ name: 'a.b' });
    expect(await create({ name: 'a.b' })).toBe("TOPIC_ALREADY_EXISTS: Topic 'a.b' already exists.");
    expect(await create({ name: 'a_b' })).toBe(
      "INVALID_TOPIC_EXCEPTION: Topic 'a_b' collides with existing topic: a.b",
    );
  });

  it('that of the metadata log', async () => {
    expect(await create({ name: '__cluster_metadata' })).toBe(
      'INVALID_REQUEST: Creation of internal topic __cluster_metadata is prohibited.',
    );
  });
});

describe('partitions and replicas', () => {
  it.each<[NewTopic, string]>([
    [{ numPartitions: 5 }, '5 partitions'],
    [{ numPartitions: 0 }, 'INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.'],
    [{ numPartitions: -2 }, 'INVALID_PARTITIONS: Number of partitions was set to an invalid non-positive value.'],
    [{ numPartitions: 10_001 }, 'POLICY_VIOLATION: Excessively large number of partitions per request.'],
    [{ replicationFactor: 1 }, '3 partitions'],
    [
      { replicationFactor: 0 },
      'INVALID_REPLICATION_FACTOR: Replication factor must be larger than 0, or -1 to use the default value.',
    ],
    [{ assignments: [{ partitionIndex: 0, brokerIds: [1] }] }, '1 partitions'],
    [
      { assignments: [{ partitionIndex: 1, brokerIds: [1] }] },
      'INVALID_REPLICA_ASSIGNMENT: partitions should be a consecutive 0-based integer sequence',
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [] }] },
      'INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes an empty replica list.',
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [2] }] },
      'INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes broker 2, but no such broker is registered.',
    ],
    [
      { assignments: [{ partitionIndex: 0, brokerIds: [1, 1] }] },
      'INVALID_REPLICA_ASSIGNMENT: The manual partition assignment includes the broker 1 more than once.',
    ],
    [
      { numPartitions: 1, assignments: [{ partitionIndex: 0, brokerIds: [1] }] },
      'INVALID_REQUEST: A manual partition assignment was specified, but numPartitions was not set to -1.',
    ],
  ])('%j', async (topic, answer) => {
    expect(await create(topic)).toBe(answer);
  });

  it('more replicas than there are brokers', async () => {
    expect(await create({ replicationFactor: 2 })).toMatch(
      /^INVALID_REPLICATION_FACTOR: Unable to replicate the partition 2 time\(s\)/,
    );
  });
});

describe('a request', () => {
  it('that only asks makes nothing', async () => {
    expect(await create({ name: 'asked' }, true)).toBe('3 partitions');
    expect(await exists('asked')).toBe(false);
  });

  it('that names a topic twice, or two that collide, makes neither or one', async () => {
    const { topics } = await broker.ask('CreateTopics', 7, {
      topics: ['twice', 'twice', 'x.y', 'x_y'].map((name) => ({ name, numPartitions: 1, replicationFactor: 1 })),
      timeoutMs: 1000,
    });
    expect(topics.map((topic) => [topic.name, errorOf(topic)])).toEqual([
      ['twice', 'INVALID_REQUEST'],
      ['x.y', 'NONE'],
      ['x_y', 'INVALID_TOPIC_EXCEPTION'],
    ]);
  });

  it('with a configuration that is not allowed', async () => {
    const configs = (name: string, value: string | null): NewTopic => ({ configs: [{ name, value }] });
    expect(await create(configs('no.such.key', '1'))).toBe('INVALID_CONFIG: Unknown topic config name: no.such.key');
    expect(await create(configs('retention.ms', 'soon'))).toBe(
      'INVALID_CONFIG: Invalid value soon for configuration retention.ms: Not a number of type LONG',
    );
    expect(await create(configs('cleanup.policy', null))).toBe(
      'INVALID_CONFIG: Null value not supported for topic configs: cleanup.policy',
    );
    expect(await create(configs('cleanup.policy', 'compact'))).toBe('3 partitions');
  });
});

describe('growing', () => {
  const grow = async (count: number, name = 't', validateOnly = false): Promise<string> => {
    const { results } = await broker.ask('CreatePartitions', 3, {
      topics: [{ name, count, assignments: null }],
      timeoutMs: 1000,
      validateOnly,
    });
    return `${errorOf(results[0] ?? { errorCode: -1 })} ${results[0]?.errorMessage ?? ''}`.trim();
  };

  it('only upwards', async () => {
    await create({});
    expect(await grow(4, 't', true)).toBe('NONE');
    expect(await grow(3)).toBe('INVALID_PARTITIONS Topic already has 3 partition(s).');
    expect(await grow(2)).toBe(
      'INVALID_PARTITIONS The topic t currently has 3 partition(s); 2 would not be an increase.',
    );
    expect(await grow(4)).toBe('NONE');
    expect(await grow(4)).toBe('INVALID_PARTITIONS Topic already has 4 partition(s).');
    expect(await grow(20_000)).toBe('POLICY_VIOLATION Excessively large number of additional partitions per request.');
    expect(await grow(4, 'missing')).toMatch(/^UNKNOWN_TOPIC_OR_PARTITION/);
  });
});
