/**
 * What simulated crashes found (test/sim/storage; seeds 602, 1725, 1850, 3429), each as a case of its own: orders of syncs that lost what a
 * start, a close or an acknowledgement had vouched for. The disk decides at random what an unsynced file keeps, so each runs on many disks.
 */
import { expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import type { LogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { batchBaseOffset } from '../../../src/wire/record-batch.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { ManualClock, append, batchOf, contentOf, directory } from './fixtures.ts';

const disks = 40;

function open(disk: SimulatedDisk, config: Partial<LogConfig> = {}): PartitionLog {
  disk.makeDirectorySync('/data');
  return PartitionLog.open({
    disk,
    clock: new ManualClock(),
    logger: silentLogger,
    directory,
    config: { ...defaultLogConfig, ...config },
  });
}

const rows = (from: number, to: number): (readonly [string, string])[] =>
  Array.from({ length: to - from }, (_, i) => [`k${from + i}`, `v${from + i}`] as const);
const texts = (from: number, to: number): string[] => rows(from, to).map(([k, v], i) => `${from + i} ${k}=${v}`);

/** Stops a process at each of its writing operations in turn, takes the power, and gives the disk to `check`. */
async function atEachOperation(
  seed: number,
  live: (disk: SimulatedDisk) => Promise<void>,
  check: (disk: SimulatedDisk) => void,
): Promise<void> {
  for (let operation = 1; ; operation++) {
    const disk = new SimulatedDisk(seededRandom(seed * 1000 + operation));
    disk.failAt(operation);
    try {
      await live(disk);
    } catch (error) {
      if (!disk.isDead) throw error;
    }
    const over = !disk.isDead;
    check(disk.losePower());
    if (over) return;
  }
}

/** Enough for all that runs in the background. */
async function turns(count = 200): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

it('a close during a sync syncs what that one does not cover', async () => {
  for (let seed = 1; seed <= disks; seed++) {
    const disk = new SimulatedDisk(seededRandom(seed));
    const log = open(disk);
    append(log, batchOf(rows(0, 20)));
    log.flush().catch(() => {});
    await log.close();
    expect(contentOf(open(disk.losePower())), `disk ${seed}`).toEqual(texts(0, 20));
  }
});

it('an acknowledgement after an append that came while a sync ran waits for one of its own', async () => {
  for (let seed = 1; seed <= disks; seed++) {
    const disk = new SimulatedDisk(seededRandom(seed));
    const log = open(disk, { durability: 'fsync' });
    append(log, batchOf(rows(0, 20)));
    const first = log.whenDurable(20);
    append(log, batchOf(rows(20, 40)));
    await first;
    await log.whenDurable(40);
    expect(contentOf(open(disk.losePower())), `disk ${seed}`).toEqual(texts(0, 40));
  }
});

it('what a start found is on the disk before anybody reads it, synced or not before', () => {
  for (let seed = 1; seed <= disks; seed++) {
    const first = new SimulatedDisk(seededRandom(seed));
    append(open(first), batchOf(rows(0, 20)));
    const second = first.kill();
    expect(open(second).highWatermark).toBe(20);
    expect(contentOf(open(second.losePower())), `disk ${seed}`).toEqual(texts(0, 20));
  }
});

it('an orderly end that power cuts short leaves a log that opens: no snapshot speaks of files whose names are not on the disk', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    await atEachOperation(
      seed,
      async (disk) => {
        const log = open(disk, { segmentBytes: 600 });
        for (let i = 0; i < 20; i++) append(log, batchOf(rows(i, i + 1)));
        await log.close();
      },
      isBeginning,
    );
  }
});

it('nor does the snapshot of a segment that was rolled', async () => {
  for (let seed = 1; seed <= 15; seed++) {
    await atEachOperation(
      seed,
      async (disk) => {
        const log = open(disk, { segmentBytes: 600 });
        for (let i = 0; i < 20; i++) append(log, batchOf(rows(i, i + 1)));
        await turns();
      },
      isBeginning,
    );
  }
});

function isBeginning(disk: SimulatedDisk): void {
  const found = contentOf(open(disk));
  expect(texts(0, 20).slice(0, found.length)).toEqual(found);
}

it('a new segment does not begin with the indexes of a lost one of its name', () => {
  const disk = new SimulatedDisk(seededRandom(1));
  const log = open(disk, { segmentBytes: 600, indexIntervalBytes: 0 });
  append(log, batchOf(rows(0, 1)));
  const full = 600 - (600 % log.size);
  const base = full / log.size;
  for (let i = 1; i < base; i++) append(log, batchOf(rows(i, i + 1)));
  // What power left of a segment whose log file it took: a position in the middle of a batch, and an aborted transaction.
  const stale = { index: Buffer.alloc(8), txnindex: Buffer.alloc(34) };
  stale.index.writeInt32BE(7, 4);
  stale.txnindex.writeBigInt64BE(BigInt(base), 18);
  for (const [kind, bytes] of Object.entries(stale)) {
    const name = `${directory}/${String(base).padStart(20, '0')}.${kind}`;
    disk.openSync(name, { create: true }).writeSync(bytes, 0, bytes.length, 0);
  }
  for (let i = base; i < 2 * base; i++) append(log, batchOf(rows(i, i + 1)));
  for (let i = 0; i < 2 * base; i++) {
    const { records } = log.read(i, 1, { isolation: 'log-end', minOneBatch: true });
    expect(batchBaseOffset(records)).toBe(i);
  }
  expect(log.abortedBetween(0, 2 * base)).toEqual([]);
});

it('a torn batch behind deleted records is no damage, though a recovery point stands there', async () => {
  const file = `${directory}/00000000000000000000.log`;
  let disk = new SimulatedDisk(seededRandom(1));
  const first = open(disk);
  append(first, batchOf(rows(0, 2)));
  first.deleteRecords(2);
  disk = disk.kill();
  disk.openSync(file).truncateSync(0); // power took the records; only their deletion was synced
  const second = open(disk);
  expect(second.logEndOffset).toBe(2);
  await second.close();
  append(open(disk), batchOf(rows(2, 3)));
  disk = disk.kill();
  disk.openSync(file).truncateSync(62);
  const third = open(disk);
  expect([third.logStartOffset, third.logEndOffset]).toEqual([2, 2]);
});
