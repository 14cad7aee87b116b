/** The broker driven by clients that nobody here wrote. They run against the built stack in this process. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { confluentKafka, describePeer, kafkaTool, kcat } from '../../peers.ts';

let stack: Stack;
let broker = '';
beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  broker = stack.bootstrapServers;
});
afterAll(() => stack.stop());

describePeer('kcat', 'lists, produces, consumes', () => {
  for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd']) {
    it(`a hundred records, ${codec}`, async () => {
      const topic = `kcat-${codec}`;
      const lines = Array.from({ length: 100 }, (_, i) => `k${i}:value ${i}`);
      const produced = await kcat(['-P', '-b', broker, '-t', topic, '-K', ':', '-z', codec], `${lines.join('\n')}\n`);
      expect(produced).toMatchObject({ code: 0 });
      const consumed = await kcat(['-C', '-b', broker, '-t', topic, '-e', '-q', '-f', '%k:%s\n']);
      expect(consumed.stdout.trim().split('\n')).toEqual(lines);
    });
  }

  it('metadata names one broker, at the address that was asked', async () => {
    const { stdout } = await kcat(['-L', '-b', broker]);
    expect(stdout).toContain('1 brokers');
    expect(stdout).toContain(`at ${broker}`);
  });

  it('offsets by time', async () => {
    await kcat(['-P', '-b', broker, '-t', 'kcat-times'], 'a\nb\n');
    const { stdout } = await kcat(['-Q', '-b', broker, '-t', 'kcat-times:0:-1']);
    expect(stdout).toContain('kcat-times [0] offset 2');
  });
});

describePeer('confluent-kafka', 'groups and transactions', () => {
  it('a group commits its offsets and goes on from them', async () => {
    const { stdout, stderr } = await confluentKafka(
      `
import sys
from confluent_kafka import Producer, Consumer
p = Producer({'bootstrap.servers': sys.argv[1], 'enable.idempotence': True})
for i in range(50): p.produce('py', str(i).encode(), key=b'k')
p.flush()
def take(n):
    c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'g', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
    c.subscribe(['py'])
    got = []
    while len(got) < n:
        m = c.poll(10)
        if m is None: break
        if m.error(): raise Exception(m.error())
        got.append(int(m.value()))
    c.commit(asynchronous=False)
    c.close()
    return got
print(take(20) == list(range(20)), take(30) == list(range(20, 50)))
`,
      broker,
    );
    expect(`${stdout}${stderr}`.trim()).toBe('True True');
  });

  it('read_committed sees committed transactions only', async () => {
    const { stdout, stderr } = await confluentKafka(
      `
import sys
from confluent_kafka import Producer, Consumer
p = Producer({'bootstrap.servers': sys.argv[1], 'transactional.id': 't'})
p.init_transactions(20)
for n, commit in [(0, True), (1, False), (2, True)]:
    p.begin_transaction()
    for i in range(10): p.produce('py-tx', f'{n}-{i}'.encode())
    p.flush()
    p.commit_transaction(20) if commit else p.abort_transaction(20)
def take(isolation):
    c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': isolation, 'auto.offset.reset': 'earliest', 'isolation.level': isolation, 'enable.partition.eof': True})
    c.subscribe(['py-tx'])
    got = []
    while True:
        m = c.poll(10)
        if m is None or m.error(): break
        got.append(m.value().decode().split('-')[0])
    c.close()
    return ''.join(sorted(set(got))) + ' ' + str(len(got))
print(take('read_committed'), take('read_uncommitted'))
`,
      broker,
    );
    expect(`${stdout}${stderr}`.trim()).toBe('02 20 012 30');
  });
});

describePeer('confluent-kafka', 'rebalancing, administration, times', () => {
  for (const strategy of ['range', 'roundrobin', 'cooperative-sticky']) {
    it(`two members share four partitions and one takes over (${strategy})`, { timeout: 60_000 }, async () => {
      const { stdout, stderr } = await confluentKafka(
        `
import sys, time
from confluent_kafka import Producer, Consumer
from confluent_kafka.admin import AdminClient, NewTopic
broker, strategy = sys.argv[1], sys.argv[2]
topic = 'shared-' + strategy
admin = AdminClient({'bootstrap.servers': broker})
[f.result(10) for f in admin.create_topics([NewTopic(topic, 4, 1)]).values()]
p = Producer({'bootstrap.servers': broker})
for i in range(400): p.produce(topic, str(i).encode(), partition=i % 4)
p.flush()
def member():
    c = Consumer({'bootstrap.servers': broker, 'group.id': topic, 'auto.offset.reset': 'earliest',
                  'partition.assignment.strategy': strategy, 'heartbeat.interval.ms': 300, 'session.timeout.ms': 6000})
    c.subscribe([topic])
    return c
got = set()
def poll_until(members, done):
    end = time.time() + 40
    while time.time() < end and not done():
        for c in members:
            m = c.poll(0.05)
            if m is not None:
                if m.error(): raise Exception(m.error())
                got.add(int(m.value()))
sizes = lambda *members: [len(c.assignment()) for c in members]
a, b = member(), member()
poll_until([a, b], lambda: sizes(a, b) == [2, 2] and len(got) == 400)
print(sizes(a, b), len(got))
b.close()
poll_until([a], lambda: sizes(a) == [4])
print(sizes(a))
for i in range(400, 440): p.produce(topic, str(i).encode(), partition=i % 4)
p.flush()
poll_until([a], lambda: len(got) == 440)
print(len(got))
a.close()
`,
        broker,
        strategy,
      );
      expect(`${stdout}${stderr}`.trim().split('\n')).toEqual(['[2, 2] 400', '[4]', '440']);
    });
  }

  it('the admin client lists, describes, changes and deletes', { timeout: 60_000 }, async () => {
    const { stdout, stderr } = await confluentKafka(
      `
import sys
from confluent_kafka import Producer, Consumer, TopicPartition, ConsumerGroupTopicPartitions, TopicCollection
from confluent_kafka.admin import (AdminClient, NewTopic, NewPartitions, ConfigResource, ConfigEntry, AlterConfigOpType,
                                   OffsetSpec, ResourceType)
broker = sys.argv[1]
admin = AdminClient({'bootstrap.servers': broker})
one = lambda futures: [f.result(20) for f in futures.values()][0]
one(admin.create_topics([NewTopic('managed', 2, 1, config={'retention.ms': '-1', 'delete.retention.ms': '99000'})]))
one(admin.create_partitions([NewPartitions('managed', 3)]))
print('partitions', len(admin.list_topics('managed', 10).topics['managed'].partitions))
print('described', len(one(admin.describe_topics(TopicCollection(['managed']))).partitions))
resource = lambda: ConfigResource(ResourceType.TOPIC, 'managed')
print('retention', one(admin.describe_configs([resource()]))['delete.retention.ms'].value)
change = resource()
change.add_incremental_config(ConfigEntry('delete.retention.ms', '88000', incremental_operation=AlterConfigOpType.SET))
one(admin.incremental_alter_configs([change]))
print('retention', one(admin.describe_configs([resource()]))['delete.retention.ms'].value)
p = Producer({'bootstrap.servers': broker})
for i in range(10): p.produce('managed', b'v', partition=0, timestamp=1000 + i * 1000)
p.flush()
print('deleted up to', one(admin.delete_records([TopicPartition('managed', 0, 4)])).low_watermark)
spec = lambda s: one(admin.list_offsets({TopicPartition('managed', 0): s})).offset
print('offsets', spec(OffsetSpec.earliest()), spec(OffsetSpec.latest()), spec(OffsetSpec.max_timestamp()), spec(OffsetSpec.for_timestamp(7500)))
c = Consumer({'bootstrap.servers': broker, 'group.id': 'managed-group', 'auto.offset.reset': 'earliest', 'enable.auto.commit': False})
print('times', [c.offsets_for_times([TopicPartition('managed', 0, t)], 10)[0].offset for t in (6500, 99000)])
c.subscribe(['managed'])
while c.poll(1) is None: pass
c.commit(offsets=[TopicPartition('managed', 0, 7)], asynchronous=False)
group = one(admin.describe_consumer_groups(['managed-group']))
print('group', group.state.name, len(group.members), group.partition_assignor)
print('listed', [g.group_id for g in admin.list_consumer_groups().result(10).valid if g.group_id == 'managed-group'])
c.close()
offsets = lambda: one(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions('managed-group')])).topic_partitions
print('committed', [(t.partition, t.offset) for t in offsets() if t.partition == 0])
one(admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions('managed-group', [TopicPartition('managed', 0, 5)])]))
print('altered', [(t.partition, t.offset) for t in offsets() if t.partition == 0])
one(admin.delete_consumer_groups(['managed-group']))
print('cluster', len(admin.describe_cluster().result(10).nodes))
one(admin.delete_topics(['managed']))
print('gone', 'managed' not in admin.list_topics(timeout=10).topics)
`,
      broker,
    );
    expect(`${stdout}${stderr}`.trim().split('\n')).toEqual([
      'partitions 3',
      'described 3',
      'retention 99000',
      'retention 88000',
      'deleted up to 4',
      'offsets 4 10 9 7',
      'times [6, -1]',
      'group STABLE 1 range',
      "listed ['managed-group']",
      'committed [(0, 7)]',
      'altered [(0, 5)]',
      'cluster 1',
      'gone True',
    ]);
  });
});

describePeer('kafka-tools', "Kafka's own Java tools", () => {
  it('kafka-topics creates, describes, deletes', async () => {
    const topics = (...args: string[]): ReturnType<typeof kafkaTool> =>
      kafkaTool('kafka-topics', ['--bootstrap-server', broker, ...args]);
    expect((await topics('--create', '--topic', 'java', '--partitions', '3')).stdout).toContain('Created topic java.');
    expect((await topics('--describe', '--topic', 'java')).stdout).toMatch(
      /Topic: java\s+TopicId: \S+\s+PartitionCount: 3\s+ReplicationFactor: 1/,
    );
    expect((await topics('--create', '--topic', 'java')).stdout).toContain("Topic 'java' already exists.");
    expect(await topics('--delete', '--topic', 'java')).toMatchObject({ code: 0 });
    expect((await topics('--list')).stdout.split('\n')).not.toContain('java');
  });

  it('the console producer and consumer', async () => {
    await kafkaTool('kafka-topics', ['--bootstrap-server', broker, '--create', '--topic', 'console']);
    expect(
      await kafkaTool('kafka-console-producer', ['--bootstrap-server', broker, '--topic', 'console'], 'one\ntwo\n'),
    ).toMatchObject({ code: 0 });
    const { stdout, stderr } = await kafkaTool('kafka-console-consumer', [
      '--bootstrap-server',
      broker,
      '--topic',
      'console',
      '--from-beginning',
      '--max-messages',
      '2',
      '--group',
      'console-group',
    ]);
    expect(stdout).toBe('one\ntwo\n');
    expect(stderr).toContain('Processed a total of 2 messages');
    const groups = await kafkaTool('kafka-consumer-groups', [
      '--bootstrap-server',
      broker,
      '--describe',
      '--group',
      'console-group',
    ]);
    expect(groups.stdout).toMatch(/console-group\s+console\s+0\s+2\s+2\s+0/);
  });

  it('kafka-configs changes a topic', async () => {
    const configs = (...args: string[]): ReturnType<typeof kafkaTool> =>
      kafkaTool('kafka-configs', [
        '--bootstrap-server',
        broker,
        '--entity-type',
        'topics',
        '--entity-name',
        'configured',
        ...args,
      ]);
    await kafkaTool('kafka-topics', ['--bootstrap-server', broker, '--create', '--topic', 'configured']);
    expect((await configs('--alter', '--add-config', 'retention.ms=1234')).stdout).toContain(
      'Completed updating config for topic configured.',
    );
    expect((await configs('--describe')).stdout).toContain('retention.ms=1234');
  });

  it('the console consumer sees transactions as its isolation level says', { timeout: 90_000 }, async () => {
    const { stderr } = await confluentKafka(
      `
import sys
from confluent_kafka import Producer
p = Producer({'bootstrap.servers': sys.argv[1], 'transactional.id': 'java-t'})
p.init_transactions(20)
for value, commit in [('a', True), ('b', False), ('c', True)]:
    p.begin_transaction()
    p.produce('java-tx', value.encode())
    p.flush()
    p.commit_transaction(20) if commit else p.abort_transaction(20)
`,
      broker,
    );
    expect(stderr).toBe('');
    for (const [level, values] of [
      ['read_committed', 'a\nc\n'],
      ['read_uncommitted', 'a\nb\nc\n'],
    ] as const) {
      const limits = ['--max-messages', String(values.length / 2), '--timeout-ms', '30000'];
      const { stdout } = await kafkaTool('kafka-console-consumer', [
        ...['--bootstrap-server', broker, '--topic', 'java-tx', '--from-beginning', '--isolation-level', level],
        ...limits,
      ]);
      expect({ level, stdout }).toEqual({ level, stdout: values });
    }
  });

  it('kafka-consumer-groups lists, resets and deletes', { timeout: 90_000 }, async () => {
    const groups = (...args: string[]): ReturnType<typeof kafkaTool> =>
      kafkaTool('kafka-consumer-groups', ['--bootstrap-server', broker, ...args]);
    await kcat(['-P', '-b', broker, '-t', 'reset'], 'a\nb\nc\n');
    const consumed = await confluentKafka(
      `
import sys
from confluent_kafka import Consumer
c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'reset-group', 'auto.offset.reset': 'earliest'})
c.subscribe(['reset'])
n = 0
while n < 3:
    m = c.poll(10)
    if m is None or m.error(): break
    n += 1
c.close()
print(n)
`,
      broker,
    );
    expect(consumed.stdout.trim()).toBe('3');
    expect((await groups('--list')).stdout.split('\n')).toContain('reset-group');
    expect((await groups('--describe', '--group', 'reset-group', '--state')).stdout).toMatch(/reset-group.*Empty/);
    const reset = await groups(
      ...['--group', 'reset-group', '--topic', 'reset', '--reset-offsets', '--to-offset', '1', '--execute'],
    );
    expect(reset.stdout).toMatch(/reset-group\s+reset\s+0\s+1/);
    expect((await groups('--describe', '--group', 'reset-group')).stdout).toMatch(
      /reset-group\s+reset\s+0\s+1\s+3\s+2/,
    );
    expect((await groups('--delete', '--group', 'reset-group')).stdout).toContain(
      "Deletion of requested consumer groups ('reset-group') was successful.",
    );
    expect((await groups('--list')).stdout.split('\n')).not.toContain('reset-group');
  });
});
