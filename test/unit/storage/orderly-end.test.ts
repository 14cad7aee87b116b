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
        if (['renameSync', 'removeSync', 'syncDirectorySync'].includes(name)) changes.push(name);
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

it('a log without a change since its last orderly end is let go of as it is', () => {
  const real = new SimulatedDisk(seededRandom(3));
  real.makeDirectorySync('/data');
  const first = open(real);
  append(first, batchOf([['a', '1']]));
  first.close();

  const { disk, changes } = watched(real);
  const second = open(disk);
  expect(contentOf(second)).toEqual(['0 a=1']);
  changes.length = 0;
  second.close();
  expect(changes).toEqual([]);

  const third = open(disk);
  append(third, batchOf([['b', '2']]));
  changes.length = 0;
  third.close();
  expect(changes).toContain('renameSync');
  expect(contentOf(open(real.losePower()))).toEqual(['0 a=1', '1 b=2']);
});
