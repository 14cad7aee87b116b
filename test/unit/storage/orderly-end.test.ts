/** An orderly end of a log that was only read costs nothing, and what it leaves is as good as before. */
import { expect, it } from 'vitest';
import { seededRandom } from '../../../src/core/random.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { append, batchOf, contentOf, directory, ManualClock } from './fixtures.ts';

/** Counts what makes a disk work. */
function watched(disk: SimulatedDisk): { readonly disk: SimulatedDisk; readonly changes: string[] } {
  const changes: string[] = [];
  const proxy = new Proxy(disk, {
    get(target, name: keyof SimulatedDisk) {
      const value: unknown = target[name];
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (['renameSync', 'removeSync', 'syncDirectorySync', 'syncDirectory'].includes(name)) changes.push(name);
        return (value as (...all: unknown[]) => unknown).apply(target, args);
      };
    },
  });
  return { disk: proxy, changes };
}

function open(disk: SimulatedDisk): PartitionLog {
  return PartitionLog.open({
    disk,
    clock: new ManualClock(),
    logger: silentLogger,
    directory,
    config: defaultLogConfig,
  });
}

it('from the first moment of its end a log takes nothing that the end might not cover', async () => {
  const real = new SimulatedDisk(seededRandom(5));
  real.makeDirectorySync('/data');
  const log = open(real);
  append(log, batchOf([['a', '1']]));
  const closing = log.close();
  expect(() => append(log, batchOf([['b', '2']]))).toThrow('was closed');
  expect(() => log.deleteRecords(1)).toThrow('was closed');
  await closing;
  await log.close();
  expect(contentOf(open(real.losePower()))).toEqual(['0 a=1']);
});

it('a log that will be removed is let go of without a write', async () => {
  const real = new SimulatedDisk(seededRandom(6));
  real.makeDirectorySync('/data');
  const { disk, changes } = watched(real);
  const log = open(disk);
  append(log, batchOf([['a', '1']]));
  changes.length = 0;
  log.discard();
  await log.close();
  expect(changes).toEqual([]);
  expect(() => append(log, batchOf([['b', '2']]))).toThrow('was closed');
});

it('a log without a change since its last orderly end is let go of as it is', async () => {
  const real = new SimulatedDisk(seededRandom(3));
  real.makeDirectorySync('/data');
  const first = open(real);
  append(first, batchOf([['a', '1']]));
  await first.close();

  const { disk, changes } = watched(real);
  const second = open(disk);
  expect(contentOf(second)).toEqual(['0 a=1']);
  changes.length = 0;
  await second.close();
  expect(changes).toEqual([]);

  const third = open(disk);
  append(third, batchOf([['b', '2']]));
  changes.length = 0;
  await third.close();
  expect(changes).toContain('renameSync');
  expect(contentOf(open(real.losePower()))).toEqual(['0 a=1', '1 b=2']);
});
