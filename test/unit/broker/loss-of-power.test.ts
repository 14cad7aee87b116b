/**
 * A broker that starts after a loss of power under the page-cache policy: the files of one log say less than those of another. Here the
 * loss is cut to measure; the simulation (test/sim/stack) makes it at random.
 */
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import type { KafkaClient, Producer } from '../../../src/client/kafka-client.ts';
import { systemClock } from '../../../src/core/clock.ts';
import type { DiskFile } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom, systemRandom } from '../../../src/core/random.ts';
import { batchLeaderEpoch, batchProducerId, batchSize } from '../../../src/wire/record-batch.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';

const topic = 'payments';
const coordinatorTopic = '__transaction_state';
const transactionalId = 'cashier';
let disk: SimulatedDisk;
let broker: Broker;
let kafka: KafkaClient;

beforeEach(async () => {
  disk = new SimulatedDisk(seededRandom(1));
  disk.makeDirectorySync('/data');
  await start();
  await kafka.admin.createTopic({ topic, partitions: 1 });
});
afterEach(async () => {
  await kafka.close();
  await broker.close();
});

async function start(durability: 'page-cache' | 'fsync' = 'page-cache'): Promise<void> {
  broker = await Broker.open({
    durability,
    disk,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    dataDir: '/data',
    config: { 'transaction.state.log.num.partitions': '1', 'log.index.interval.bytes': '0' },
  });
  kafka = embeddedKafka({ door: broker, clock: systemClock, random: systemRandom });
}

/** The process ends, `loss` happens to the files, and the next one starts. */
async function restart(loss: () => void = () => {}): Promise<void> {
  locate();
  disk = disk.kill();
  loss();
  await start();
}

/** Takes note of where the topics lie, for when no broker runs. */
function locate(): void {
  for (const name of [topic, coordinatorTopic]) directories.set(name, broker.openReader(name, 0)?.directory ?? '');
}
const directories = new Map<string, string>();

/** The batches of a topic as they lie in its file. */
function batches(name: string): { readonly size: number; readonly producerId: number; readonly leaderEpoch: number }[] {
  const file = disk.openSync(logFile(name), { readOnly: true });
  const bytes = Buffer.alloc(file.size());
  file.readSync(bytes, 0, bytes.length, 0);
  const found = [];
  for (let at = 0; at < bytes.length; at += batchSize(bytes, at)) {
    const [producerId, leaderEpoch] = [batchProducerId(bytes, at), batchLeaderEpoch(bytes, at)];
    found.push({ size: batchSize(bytes, at), producerId, leaderEpoch });
  }
  return found;
}

function logFile(name: string): string {
  return join(directories.get(name) ?? '', '00000000000000000000.log');
}

function batchCount(name: string): number {
  locate();
  return batches(name).length;
}

/** Leaves the first `count` batches of a topic. */
function keep(name: string, count: number): void {
  const size = batches(name)
    .slice(0, count)
    .reduce((sum, batch) => sum + batch.size, 0);
  disk.openSync(logFile(name)).truncateSync(size);
}

const send = (producer: Producer, text: string): Promise<unknown> =>
  producer.send({ topic, partition: 0, key: null, value: Buffer.from(text) });

async function transaction(producer: Producer, text: string): Promise<void> {
  await producer.begin();
  await send(producer, text);
  await producer.commit();
}

async function committed(): Promise<string[]> {
  const { latest } = await kafka.admin.offsets(topic, 0, 'read_committed');
  const texts: string[] = [];
  for await (const records of kafka.read(topic, 0, { from: 'earliest', to: latest }))
    texts.push(...records.map(({ value }) => String(value)));
  return texts;
}

it('ends a transaction that only the partition knows of, so that the last stable offset moves on', async () => {
  const producer = await kafka.producer({ transactionalId });
  await transaction(producer, 'kept');
  await producer.begin();
  await send(producer, 'open');
  await producer.flush();
  await restart(() => keep(coordinatorTopic, 0));
  expect(await committed()).toEqual(['kept']);
  const { latest } = await kafka.admin.offsets(topic, 0, 'read_committed');
  expect(latest).toBe((await kafka.admin.offsets(topic, 0)).latest);
  await transaction(await kafka.producer({ transactionalId }), 'next');
  expect(await committed()).toEqual(['kept', 'next']);
});

it('gives a producer no epoch that partitions have seen, though the coordinator forgot it', async () => {
  const first = await kafka.producer({ transactionalId });
  await transaction(first, 'one');
  const early = batchCount(coordinatorTopic);
  const second = await kafka.producer({ transactionalId });
  await transaction(second, 'two');
  const third = await kafka.producer({ transactionalId });
  await third.begin();
  await send(third, 'three');
  await third.flush();
  // The coordinator is back at the first transaction, decided and not completed.
  await restart(() => keep(coordinatorTopic, early - 1));
  const fourth = await kafka.producer({ transactionalId });
  await transaction(fourth, 'four');
  expect(await committed()).toEqual(['one', 'two', 'four']);
  await restart();
  expect(new Set(batches(topic).map(({ producerId }) => producerId)).size).toBe(2);
});

it('commits nothing of a later transaction by the decision for an earlier one', async () => {
  const producer = await kafka.producer({ transactionalId });
  await transaction(producer, 'one');
  const decided = batchCount(coordinatorTopic) - 1;
  await producer.begin();
  await send(producer, 'not decided');
  await producer.flush();
  await restart(() => keep(coordinatorTopic, decided));
  expect(await committed()).toEqual(['one']);
  expect((await kafka.admin.offsets(topic, 0, 'read_committed')).latest).toBe(
    (await kafka.admin.offsets(topic, 0)).latest,
  );
});

it('never gives a producer id twice: the block is on the disk before an id of it is told', async () => {
  let held = Promise.resolve();
  class SlowDisk extends SimulatedDisk {
    override openSync(...args: Parameters<SimulatedDisk['openSync']>): DiskFile {
      const file = super.openSync(...args);
      return { ...file, sync: () => held.then(() => file.sync()) };
    }
  }
  disk = new SlowDisk(seededRandom(1), disk.kill());
  await start();
  let release: () => void = () => {};
  held = new Promise((resolve) => (release = resolve));
  let told = false;
  const producer = kafka.producer();
  void producer.then(() => (told = true));
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toBe(false);
  release();
  await send(await producer, 'first of its block');
  await restart();
  await send(await kafka.producer(), 'first of the next');
  locate();
  expect(batches(topic).map(({ producerId }) => producerId)).toEqual([0, 1000]);
});

it('begins a leader epoch with each start, by which records that were lost and replaced are told apart', async () => {
  const producer = await kafka.producer();
  for (let i = 0; i < 6; i++) await send(producer, `first ${i}`);
  await restart(() => keep(topic, 4));
  const next = await kafka.producer();
  for (let i = 0; i < 6; i++) await send(next, `second ${i}`);
  await restart();
  expect(await kafka.admin.offsets(topic, 0)).toEqual({ earliest: 0, latest: 10, leaderEpoch: 2 });
  expect(await kafka.admin.endOfEpoch(topic, 0, 0)).toBe(4);
  expect(await kafka.admin.endOfEpoch(topic, 0, 1)).toBe(10);
  expect(await kafka.admin.endOfEpoch(topic, 0, 2)).toBe(10);
  expect(await kafka.admin.endOfEpoch(topic, 0, 3)).toBeUndefined();
  expect(batches(topic).map(({ leaderEpoch }) => leaderEpoch)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
});

it('tells a fetch where its log and ours part', async () => {
  const producer = await kafka.producer();
  for (let i = 0; i < 6; i++) await send(producer, `first ${i}`);
  await restart(() => keep(topic, 4));
  const next = await kafka.producer();
  for (let i = 0; i < 6; i++) await send(next, `second ${i}`);
  const fetch = async (fetchOffset: number, currentLeaderEpoch: number, lastFetchedEpoch: number): Promise<unknown> => {
    const partition = { partition: 0, fetchOffset, currentLeaderEpoch, lastFetchedEpoch, partitionMaxBytes: 1 << 20 };
    const topics = [{ topic, partitions: [partition] }];
    const answer = await kafka.request('Fetch', { maxWaitMs: 0, minBytes: 0, maxBytes: 1 << 20, topics }, 12);
    const found = answer.responses[0]?.partitions[0];
    return [found?.errorCode, found?.divergingEpoch.endOffset, (found?.records?.length ?? 0) > 0];
  };
  expect(await fetch(6, 1, 0)).toEqual([0, 4, false]);
  expect(await fetch(4, 1, 0)).toEqual([0, -1, true]);
  expect(await fetch(6, 1, -1)).toEqual([0, -1, true]);
  expect(await fetch(6, 0, -1)).toEqual([74, -1, false]); // FENCED_LEADER_EPOCH
  expect(await fetch(6, 2, -1)).toEqual([75, -1, false]); // UNKNOWN_LEADER_EPOCH
  expect(await fetch(6, 1, 2)).toEqual([1, -1, false]); // OFFSET_OUT_OF_RANGE
});

it('keeps what was acknowledged under fsync, down to the names of the folders that it lies in', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    await kafka.close();
    await broker.close();
    disk = new SimulatedDisk(seededRandom(seed));
    disk.makeDirectorySync('/data');
    await start('fsync');
    await kafka.admin.createTopic({ topic, partitions: 1 });
    await send(await kafka.producer(), 'kept');
    disk = disk.losePower();
    await start('fsync');
    expect(await committed(), `disk ${seed}`).toEqual(['kept']);
  }
});
