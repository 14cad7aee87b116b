/**
 * Consumers of Kafka and librdkafka over restarts of the broker: each has a leader epoch of its own, and a log that lost its end with the
 * power, and was written anew, is noticed by it (KIP-320). Without the epochs a consumer would pass over what replaced the lost records.
 */
import { mkdirSync, mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import type { BrokerListener } from '../../../src/broker/listener.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import type { Disk, DiskFile } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { compileJava, confluentKafkaProcess, describePeer, javaProcess, kcat } from '../../peers.ts';
import type { PeerProcess } from '../../peers.ts';

const topic = 'payments';
let folder = '';
let disk: MortalDisk;
let broker: Broker;
let listener: BrokerListener;
let address = '';
let consumer: PeerProcess | undefined;

/** The disk of one process: what that one still has under way after its end does nothing. */
class MortalDisk implements Disk {
  dead = false;

  private alive(): Disk {
    if (this.dead) throw Object.assign(new Error('EIO: the process is dead'), { code: 'EIO', errno: -5 });
    return nodeDisk;
  }
  openSync(...args: Parameters<Disk['openSync']>): DiskFile {
    const file = this.alive().openSync(...args);
    const guarded = <A extends unknown[], R>(call: (...args: A) => R) => {
      return (...some: A): R => {
        this.alive();
        return call(...some);
      };
    };
    return {
      ...file,
      writeSync: guarded(file.writeSync),
      truncateSync: guarded(file.truncateSync),
      sync: guarded(file.sync),
      syncSync: guarded(file.syncSync),
    };
  }
  makeDirectorySync: Disk['makeDirectorySync'] = (path) => this.alive().makeDirectorySync(path);
  listSync: Disk['listSync'] = (path) => this.alive().listSync(path);
  existsSync: Disk['existsSync'] = (path) => this.alive().existsSync(path);
  renameSync: Disk['renameSync'] = (from, to) => this.alive().renameSync(from, to);
  removeSync: Disk['removeSync'] = (path) => this.alive().removeSync(path);
  syncDirectorySync: Disk['syncDirectorySync'] = (path) => this.alive().syncDirectorySync(path);
  syncDirectory: Disk['syncDirectory'] = (path) => this.alive().syncDirectory(path);
}

async function start(port: number, before: () => Promise<void> = async () => {}): Promise<void> {
  disk = new MortalDisk();
  broker = await Broker.open({
    disk,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    dataDir: join(folder, 'data'),
    config: { 'offsets.topic.num.partitions': '1', 'group.initial.rebalance.delay.ms': '0' },
  });
  await before();
  listener = await listenForClients(broker, { network: nodeNetwork, port });
  address = `localhost:${listener.port}`;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-epochs-'));
  mkdirSync(join(folder, 'data'));
  await start(0);
  const context = { clientId: null, clientHost: '127.0.0.1', endpoint: { host: 'localhost', port: listener.port } };
  const topics = [{ name: topic, numPartitions: 1, replicationFactor: -1 }];
  await broker.handle(context, 'CreateTopics', 7, { topics, timeoutMs: 1000 });
});
afterEach(async () => {
  await consumer?.kill();
  consumer = undefined;
  await listener.close();
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Writes records of their own batch each. */
async function produce(name: string, count: number): Promise<string[]> {
  const values = Array.from({ length: count }, (_, i) => `${name}-${i}`);
  for (const value of values) await kcat(['-P', '-b', address, '-t', topic], `${value}\n`);
  return values;
}

/** The process ends at once; power takes what was behind `size` bytes of the topic's log, and something is written before anybody reads. */
async function crash(size?: number, replacement: readonly string[] = []): Promise<void> {
  const { directory } = broker.openReader(topic, 0) ?? { directory: '' };
  const { port } = listener;
  disk.dead = true;
  await listener.close();
  await broker.close().catch(() => {}); // nothing that it writes counts
  if (size !== undefined) truncateSync(join(directory, '00000000000000000000.log'), size);
  await start(port, async () => {
    const kafka = embeddedKafka({ door: broker, clock: systemClock, random: systemRandom });
    const producer = await kafka.producer();
    for (const value of replacement) await producer.send({ topic, partition: 0, key: null, value: Buffer.from(value) });
    await kafka.close();
  });
}

function logSize(): number {
  const { directory } = broker.openReader(topic, 0) ?? { directory: '' };
  return nodeDisk.openSync(join(directory, '00000000000000000000.log'), { readOnly: true }).size();
}

const values = (): string[] =>
  (consumer?.lines() ?? []).filter((line) => line.startsWith('record ')).map((line) => line.split(' ').at(-1) ?? '');

async function gets(...all: string[][]): Promise<void> {
  await expect.poll(values, { timeout: 60_000, interval: 100 }).toEqual(all.flat());
}

function judge(begin: () => PeerProcess): void {
  it('goes on behind a restart where it was', { timeout: 180_000 }, async () => {
    const first = await produce('first', 6);
    consumer = begin();
    await gets(first);
    await crash();
    const second = await produce('second', 4);
    await gets(first, second);
    await crash();
    const third = await produce('third', 4);
    await gets(first, second, third);
  });

  it('reads what was written in the place of lost records', { timeout: 180_000 }, async () => {
    const kept = await produce('kept', 4);
    const size = logSize();
    const lost = await produce('lost', 6);
    consumer = begin();
    await gets(kept, lost);
    // The new records reach past the place where the consumer stands before it is back.
    const replaced = Array.from({ length: 9 }, (_, i) => `replaced-${i}`);
    await crash(size, replaced);
    await expect
      .poll(() => values().filter((value) => value.startsWith('replaced')), { timeout: 60_000, interval: 100 })
      .toEqual(replaced);
  });
}

describePeer('kafka-tools', 'the Java consumer', () => {
  let program: Awaited<ReturnType<typeof compileJava>>;
  const classes = mkdtempSync(join(tmpdir(), 'millrace-classes-'));
  judge(() => javaProcess(program, address, topic, 'group.id=till', 'metadata.max.age.ms=1000'));
  beforeEach(async () => {
    program ??= await compileJava(join(import.meta.dirname, 'groups', 'GroupMember.java'), classes, 'kafka-tools');
  }, 120_000);
});

describePeer('confluent-kafka', 'librdkafka', () => {
  const program = `
import sys, threading
from confluent_kafka import Consumer
c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'till', 'auto.offset.reset': 'earliest', 'auto.commit.interval.ms': 100, 'topic.metadata.refresh.interval.ms': 1000})
end = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), end.set()), daemon=True).start()
c.subscribe([sys.argv[2]])
while not end.is_set():
    m = c.poll(0.1)
    if m is not None:
        print('record', m.offset(), m.value().decode(), flush=True) if m.error() is None else print('failed', m.error(), flush=True)
c.close()
`;
  judge(() => confluentKafkaProcess(program, address, topic));
});
