/** A broker on a disk that refuses writes for a while, all of them or those of one topic: what is refused is said, and it goes on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import type { KafkaClient } from '../../../src/client/kafka-client.ts';
import type { DiskFile } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import type { Logger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { errorCode } from '../../../src/wire/error-codes.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { SimulatedClock } from '../runtime/simulated-clock.ts';

/** Refuses writes to files under a folder. */
class PickyDisk extends SimulatedDisk {
  full: string | undefined;

  override openSync(...args: Parameters<SimulatedDisk['openSync']>): DiskFile {
    const [path] = args;
    const file = super.openSync(...args);
    return {
      ...file,
      writeSync: (...write) => {
        if (this.full !== undefined && path.startsWith(this.full))
          throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', errno: -28 });
        file.writeSync(...write);
      },
    };
  }
}

const topic = 'payments';
const random = seededRandom(1);
let warnings: string[];
let logger: Logger;
let clock: SimulatedClock;
let disk: PickyDisk;
let broker: Broker;
let kafka: KafkaClient;

beforeEach(async () => {
  warnings = [];
  logger = { ...silentLogger, warn: (message) => void warnings.push(message) };
  clock = new SimulatedClock();
  disk = new PickyDisk(seededRandom(1));
  disk.makeDirectorySync('/data');
  await start();
  await clock.wait(kafka.admin.createTopic({ topic, partitions: 1 }));
});
afterEach(async () => {
  disk.full = undefined;
  await clock.wait(kafka.close());
  await clock.wait(broker.close());
});

async function start(): Promise<void> {
  const config = { 'transaction.state.log.num.partitions': '1' };
  broker = await clock.wait(Broker.open({ disk, clock, random, logger, dataDir: '/data', config }));
  kafka = embeddedKafka({ door: broker, clock, random });
}

const folder = (name: string): string => broker.openReader(name, 0)?.directory ?? '';
const record = { topic, partition: 0, key: null, value: Buffer.from('paid') };
const end = (isolation: 'read_committed' | 'read_uncommitted'): Promise<number> =>
  clock.wait(kafka.admin.offsets(topic, 0, isolation)).then(({ latest }) => latest);
const pass = (ms: number): Promise<void> =>
  clock.wait(new Promise<void>((resolve) => void clock.setTimer(resolve, ms)));

async function produce(): Promise<number | undefined> {
  const builder = new RecordBatchBuilder();
  builder.append(clock.now(), null, Buffer.from('paid'));
  const partitionData = [{ index: 0, records: builder.build() }];
  const body = { acks: -1, timeoutMs: 1000, topicData: [{ name: topic, partitionData }] };
  const answer = await clock.wait(kafka.request('Produce', body, 11));
  return answer.responses[0]?.partitionResponses[0]?.errorCode;
}

it('refuses a batch with KAFKA_STORAGE_ERROR, keeps what was there, and takes batches again once there is room', async () => {
  expect(await produce()).toBe(0);
  disk.full = '/data';
  expect(await produce()).toBe(errorCode('KAFKA_STORAGE_ERROR'));
  expect(await end('read_uncommitted')).toBe(1);
  const sent = kafka.producer().then((producer) => producer.send(record));
  await pass(500);
  expect(await end('read_uncommitted')).toBe(1);
  disk.full = undefined;
  expect((await clock.wait(sent)).offset).toBe(1);
  expect(await produce()).toBe(0);
  expect(await end('read_uncommitted')).toBe(3);
});

it('tells the log of it, once a minute', async () => {
  disk.full = '/data';
  await produce();
  await produce();
  expect(warnings).toEqual(['the disk is full: records are refused until there is room']);
  await pass(61_000);
  await produce();
  expect(warnings).toHaveLength(2);
});

for (const committed of [true, false]) {
  it(`completes a transaction that was to ${committed ? 'commit' : 'abort'} when its marker can be written`, async () => {
    const producer = await clock.wait(kafka.producer({ transactionalId: 'cashier' }));
    await clock.wait(producer.begin());
    await clock.wait(producer.send(record));
    disk.full = folder(topic);
    const ended = committed ? producer.commit() : producer.abort();
    await pass(3000);
    expect(await end('read_committed')).toBe(0);
    disk.full = undefined;
    await pass(1100);
    expect(await end('read_committed')).toBe(2);
    await clock.wait(ended);
    await clock.wait(producer.begin());
    await clock.wait(producer.send(record));
    await clock.wait(producer.commit());
    expect(await end('read_committed')).toBe(4);
  });
}

it('aborts a transaction whose time is over when the coordinator can write again', async () => {
  const producer = await clock.wait(kafka.producer({ transactionalId: 'cashier', transactionTimeoutMs: 2000 }));
  await clock.wait(producer.begin());
  await clock.wait(producer.send(record));
  disk.full = folder('__transaction_state');
  await pass(5000);
  expect(await end('read_committed')).toBe(0);
  disk.full = undefined;
  await pass(1100);
  expect(await end('read_committed')).toBe(2);
});

it('aborts a transaction that nobody knows, found at a start, once the disk lets it', async () => {
  const producer = await clock.wait(kafka.producer({ transactionalId: 'cashier' }));
  await clock.wait(producer.begin());
  await clock.wait(producer.send(record));
  const [state, own] = [folder('__transaction_state'), folder(topic)];
  disk = new PickyDisk(seededRandom(2), disk.kill());
  disk.removeSync(state);
  disk.full = own;
  await start();
  expect(await end('read_committed')).toBe(0);
  disk.full = undefined;
  await pass(1100);
  expect(await end('read_committed')).toBe(2);
});
