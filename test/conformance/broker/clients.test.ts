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
});
