/** kafka-dump-log beside Kafka's own, on a segment that we wrote. */
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { RecordBatchBuilder, endTransactionBatch } from '../../../src/wire/record-batch-builder.ts';
import { describePeer } from '../../peers.ts';
import { endJavaTools } from './java-tools.ts';
import { sameOutput } from './side-by-side.ts';

describePeer('kafka-tools', 'kafka-dump-log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-dump-'));
  const directory = join(folder, 'topic-0');

  beforeAll(async () => {
    const log = PartitionLog.open({
      disk: nodeDisk,
      clock: systemClock,
      logger: silentLogger,
      directory,
      config: { ...defaultLogConfig, segmentBytes: 3000, indexIntervalBytes: 500 },
    });
    const builder = new RecordBatchBuilder();
    for (let i = 0; i < 20; i++) {
      builder.append(systemClock.now(), Buffer.from(`key${i}`), Buffer.from(`value ${i} ${'x'.repeat(50)}`), [
        { key: 'h', value: null },
        { key: 'i', value: Buffer.from('1') },
      ]);
      builder.append(systemClock.now() - 5, null, null, []);
      const transactional = i < 10;
      log.append(
        builder.build({
          producerId: transactional ? 7 : -1,
          producerEpoch: transactional ? 0 : -1,
          baseSequence: transactional ? i * 2 : -1,
          transactional,
          compression: i % 2 === 0 ? 'gzip' : 'none',
        }),
        { origin: 'client', leaderEpoch: 3 },
      );
      if (i === 9)
        log.append(endTransactionBatch({ id: 7, epoch: 0 }, 'commit', 4, systemClock.now()), {
          origin: 'coordinator',
          leaderEpoch: 3,
        });
    }
    await log.close();
    // A segment whose last batch was cut.
    const [first = ''] = readdirSync(directory).filter((name) => name.endsWith('.log'));
    copyFileSync(join(directory, first), join(folder, '00000000000000000000.log'));
    appendFileSync(join(folder, '00000000000000000000.log'), readFileSync(join(directory, first)).subarray(0, 70));
  });
  afterAll(() => {
    endJavaTools();
    rmSync(folder, { recursive: true, force: true });
  });

  const same = (files: readonly string[], ...more: string[]): Promise<void> =>
    sameOutput('kafka-dump-log', ['--files', files.join(','), ...more], { withErrors: true });

  it('segments', { timeout: 60_000 }, async () => {
    const files = readdirSync(directory)
      .filter((name) => name.endsWith('.log'))
      .map((name) => join(directory, name));
    await same(files);
    await same(files, '--deep-iteration');
    await same(files, '--print-data-log');
    await same(files, '--print-data-log', '--skip-record-metadata');
    await same(files.slice(0, 1), '--max-bytes', '500');
    await same([join(folder, '00000000000000000000.log')]);
  });

  it('indexes, and files of other kinds', { timeout: 60_000 }, async () => {
    const files = readdirSync(directory)
      .filter((name) => /^0.*\.(index|timeindex)$/.test(name))
      .map((name) => join(directory, name));
    await same(files);
    await same([join(directory, 'checkpoint')]);
  });
});
