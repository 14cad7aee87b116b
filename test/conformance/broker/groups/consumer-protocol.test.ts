/**
 * Groups of the consumer protocol (KIP-848) as consumers that nobody here wrote live in them: they join, share, leave, are killed, come
 * back under their name, change protocols; and Kafka's tools tell what they see of it.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Broker } from '../../../../src/broker/broker.ts';
import { listenForClients } from '../../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../../src/broker/listener.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { nodeDisk } from '../../../../src/core/disk.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { nodeNetwork } from '../../../../src/core/network.ts';
import { systemRandom } from '../../../../src/core/random.ts';
import type { ApiName, Input, RequestBody } from '../../../../src/wire/codecs.ts';
import { compileJava, confluentKafkaProcess, describePeer, javaProcess, kafkaTool, kcat } from '../../../peers.ts';
import type { JavaClass, PeerProcess } from '../../../peers.ts';

/** Short times, so that a killed member is missed soon. */
const config = {
  'offsets.topic.num.partitions': '1',
  'group.consumer.min.session.timeout.ms': '1000',
  'group.consumer.session.timeout.ms': '10000',
  'group.consumer.min.heartbeat.interval.ms': '100',
  'group.consumer.heartbeat.interval.ms': '300',
  'group.consumer.assignment.interval.ms': '0',
};

let folder = '';
let broker: Broker;
let listener: BrokerListener;
let address = '';
const running: PeerProcess[] = [];

async function start(port: number): Promise<void> {
  broker = await Broker.open({
    disk: nodeDisk,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    dataDir: join(folder, 'data'),
    config,
  });
  listener = await listenForClients(broker, { network: nodeNetwork, port });
  address = `localhost:${listener.port}`;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-groups-'));
  mkdirSync(join(folder, 'data'));
  await start(0);
});
afterAll(async () => {
  await Promise.all(running.map((member) => member.kill()));
  await listener.close();
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the member has now, as it said last. */
function has(member: PeerProcess): string[] {
  const line = member.lines().findLast((text) => text.startsWith('has'));
  return line === undefined ? [] : line.split(' ').slice(1);
}

function records(member: PeerProcess): string[] {
  return member
    .lines()
    .filter((line) => line.startsWith('record'))
    .map((line) => line.split(' ').slice(3).join(' '));
}

/** Each of the members has so many partitions, and together they have them all, once. */
async function share(members: readonly PeerProcess[], counts: readonly number[]): Promise<void> {
  const total = counts.reduce((sum, count) => sum + count, 0);
  await expect
    .poll(
      () => ({
        counts: members.map((member) => has(member).length).sort((a, b) => a - b),
        all: new Set(members.flatMap(has)).size,
      }),
      { timeout: 90_000, interval: 100 },
    )
    .toEqual({ counts: [...counts].sort((a, b) => a - b), all: total });
}

async function ask<N extends ApiName>(api: N, version: number, body: Input<RequestBody<N>>): Promise<void> {
  const context = { clientId: null, clientHost: '127.0.0.1', endpoint: { host: 'localhost', port: listener.port } };
  await broker.handle(context, api, version, body);
}

async function createTopic(topic: string, partitions: number): Promise<void> {
  await ask('CreateTopics', 7, {
    topics: [{ name: topic, numPartitions: partitions, replicationFactor: -1 }],
    timeoutMs: 1000,
  });
}

describePeer('kafka-tools', 'the Java consumer with group.protocol=consumer', () => {
  let program: JavaClass;
  const member = (topic: string, group: string, ...settings: string[]): PeerProcess => {
    const process = javaProcess(program, address, topic, `group.id=${group}`, 'group.protocol=consumer', ...settings);
    running.push(process);
    return process;
  };
  beforeAll(async () => {
    program = await compileJava(join(import.meta.dirname, 'GroupMember.java'), folder, 'kafka-tools');
  }, 120_000);

  it('members share the partitions, one leaves, one is killed, nothing is lost', { timeout: 400_000 }, async () => {
    await createTopic('shared', 6);
    const a = member('shared', 'g-shared');
    await share([a], [6]);
    const b = member('shared', 'g-shared');
    const c = member('shared', 'g-shared');
    await share([a, b, c], [2, 2, 2]);
    const values = Array.from({ length: 60 }, (_, i) => `v${i}`);
    await kcat(['-P', '-b', address, '-t', 'shared', '-K', ':'], values.map((v) => `${v}:${v}\n`).join(''));
    await expect.poll(() => [a, b, c].flatMap(records).length, { timeout: 90_000 }).toBe(60);

    const { stdout } = await kafkaTool('kafka-consumer-groups', [
      ...['--bootstrap-server', address, '--describe', '--group', 'g-shared', '--state'],
    ]);
    expect(stdout).toMatch(/g-shared\s+localhost:\d+\s+\(1\)\s+uniform\s+Stable\s+3/);
    const members = await kafkaTool('kafka-consumer-groups', [
      ...['--bootstrap-server', address, '--describe', '--group', 'g-shared', '--members', '--verbose'],
    ]);
    expect(members.stdout).toContain('CURRENT-ASSIGNMENT');
    expect(members.stdout.match(/shared:\d,\d/g)?.length).toBe(6); // current and target of three

    await c.finish();
    expect(c.lines()).toContain('closed');
    await share([a, b], [3, 3]);
    await b.kill();
    await share([a], [6]);
    await kcat(['-P', '-b', address, '-t', 'shared', '-K', ':'], values.map((v) => `${v}:again-${v}\n`).join(''));
    await expect.poll(() => records(a).filter((v) => v.startsWith('again-')).length, { timeout: 90_000 }).toBe(60);
    await a.finish();
    const offsets = await kafkaTool('kafka-consumer-groups', [
      ...['--bootstrap-server', address, '--describe', '--group', 'g-shared', '--offsets'],
    ]);
    const lags = offsets.stdout
      .split('\n')
      .filter((line) => line.startsWith('g-shared'))
      .map((line) => line.split(/\s+/)[5]);
    expect(lags).toEqual(['0', '0', '0', '0', '0', '0']);
  });

  it('a static member that comes back gets what it had', { timeout: 400_000 }, async () => {
    await createTopic('static', 4);
    // The time that a program takes to start on a busy machine.
    await ask('IncrementalAlterConfigs', 1, {
      resources: [
        {
          ...{ resourceType: 32, resourceName: 'g-static' },
          configs: [{ name: 'consumer.session.timeout.ms', configOperation: 0, value: '60000' }],
        },
      ],
    });
    const a = member('static', 'g-static', 'group.instance.id=one');
    const b = member('static', 'g-static', 'group.instance.id=two');
    await share([a, b], [2, 2]);
    const before = has(a);
    await a.finish();
    const again = member('static', 'g-static', 'group.instance.id=one');
    await expect.poll(() => has(again), { timeout: 90_000 }).toEqual(before);
    expect(has(b).length).toBe(2);
    await Promise.all([again.finish(), b.finish()]);
  });

  it('range, a regular expression, a topic that comes later', { timeout: 400_000 }, async () => {
    await createTopic('pattern-a', 3);
    const a = member('/pattern-[ab]/', 'g-pattern', 'group.remote.assignor=range');
    await share([a], [3]);
    await createTopic('pattern-b', 2);
    await createTopic('pattern-c', 2);
    await share([a], [5]);
    const broken = member('/pattern-(/', 'g-broken');
    await expect
      .poll(() => broken.lines().join('\n'), { timeout: 60_000 })
      .toContain('failed org.apache.kafka.common.errors.InvalidRegularExpression');
    await a.finish();
  });

  it('a group changes its protocol while its members are in it, and back', { timeout: 400_000 }, async () => {
    await createTopic('changing', 4);
    const classic = (): PeerProcess => {
      const process = javaProcess(
        program,
        address,
        'changing',
        'group.id=g-changing',
        'group.protocol=classic',
        'heartbeat.interval.ms=300',
        'partition.assignment.strategy=org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
      ); // prettier-ignore
      running.push(process);
      return process;
    };
    const a = classic();
    await share([a], [4]);
    const b = member('changing', 'g-changing');
    await share([a, b], [2, 2]);
    const types = async (): Promise<string> =>
      (await kafkaTool('kafka-consumer-groups', ['--bootstrap-server', address, '--list', '--type'])).stdout;
    expect(await types()).toMatch(/g-changing\s+Consumer/);
    await b.finish();
    await share([a], [4]);
    expect(await types()).toMatch(/g-changing\s+Classic/);
    await a.finish();
  });

  it('members live through a restart of the broker', { timeout: 400_000 }, async () => {
    await createTopic('restart', 4);
    const a = member('restart', 'g-restart');
    const b = member('restart', 'g-restart');
    await share([a, b], [2, 2]);
    const before = [has(a), has(b)];
    const { port } = listener;
    await listener.close();
    await broker.close();
    await start(port);
    await kcat(['-P', '-b', address, '-t', 'restart', '-K', ':'], '1:one\n2:two\n3:three\n4:four\n5:five\n');
    await expect.poll(() => [a, b].flatMap(records).length, { timeout: 60_000 }).toBe(5);
    expect([has(a), has(b)]).toEqual(before);
    await Promise.all([a.finish(), b.finish()]);
  });

  it('kafka-dump-log reads the records of the groups', { timeout: 60_000 }, async () => {
    const topics = join(folder, 'data', 'topics');
    const logs = readdirSync(topics).flatMap((directory) =>
      readdirSync(join(topics, directory))
        .filter((file) => file.endsWith('.log'))
        .map((file) => join(topics, directory, file)),
    );
    const { stdout, code } = await kafkaTool('kafka-dump-log', [...['--files', logs.join(','), '--offsets-decoder']]);
    expect(code).toBe(0);
    const types = new Set(Array.from(stdout.matchAll(/key: \{"type":"(\d+)"/g), ([, type]) => Number(type)));
    expect([...types].sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 16]);
    expect(stdout).toContain('"groupId":"g-shared"');
    expect(stdout).not.toContain('<UNKNOWN>');
  });
});

describePeer('confluent-kafka', 'librdkafka with group.protocol=consumer', () => {
  const program = `
import sys, threading
from confluent_kafka import Consumer
c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': sys.argv[3], 'group.protocol': 'consumer', 'auto.offset.reset': 'earliest', 'auto.commit.interval.ms': 100})
end = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), end.set()), daemon=True).start()
mine = set()
def say(): print(' '.join(['has'] + sorted(mine)), flush=True)
def assigned(consumer, parts):
    consumer.incremental_assign(parts)
    mine.update('%s-%d' % (p.topic, p.partition) for p in parts); say()
def revoked(consumer, parts):
    consumer.incremental_unassign(parts)
    mine.difference_update('%s-%d' % (p.topic, p.partition) for p in parts); say()
def lost(consumer, parts):
    mine.clear(); print('lost', flush=True)
c.subscribe([sys.argv[2]], on_assign=assigned, on_revoke=revoked, on_lost=lost)
while not end.is_set():
    m = c.poll(0.1)
    if m is not None: print('failed %s' % m.error() if m.error() else 'record %s-%d %d %s' % (m.topic(), m.partition(), m.offset(), m.value().decode()), flush=True)
c.close()
print('closed', flush=True)
`;
  it('members share, one leaves, one is killed', { timeout: 400_000 }, async () => {
    await createTopic('rd', 6);
    const member = (): PeerProcess => {
      const process = confluentKafkaProcess(program, address, 'rd', 'g-rd');
      running.push(process);
      return process;
    };
    const a = member();
    await share([a], [6]);
    const [b, c] = [member(), member()];
    await share([a, b, c], [2, 2, 2]);
    await kcat(['-P', '-b', address, '-t', 'rd', '-K', ':'], '1:one\n2:two\n3:three\n4:four\n5:five\n6:six\n7:seven\n');
    await expect.poll(() => [a, b, c].flatMap(records).length, { timeout: 90_000 }).toBe(7);
    await c.finish();
    await share([a, b], [3, 3]);
    await b.kill();
    await share([a], [6]);
    await a.finish();
    expect([a, b, c].flatMap((process) => process.lines()).filter((line) => line.startsWith('failed'))).toEqual([]);
  });
});
