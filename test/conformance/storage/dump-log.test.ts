/** Kafka's own log-dump tool reads our segments, indexes and snapshots, and finds nothing wrong with them. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { RecordBatchBuilder, endTransactionBatch } from '../../../src/wire/record-batch-builder.ts';
import { describePeer, kafkaTool } from '../../peers.ts';

describePeer('kafka-tools', 'kafka-dump-log reads a partition', () => {
  let folder = '';
  let files: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-dump-'));
    const directory = join(folder, 'topic-0');
    const log = PartitionLog.open({
      disk: nodeDisk,
      clock: systemClock,
      logger: silentLogger,
      directory,
      config: { ...defaultLogConfig, segmentBytes: 20_000, indexIntervalBytes: 1000 },
    });
    const producer = { id: 7, epoch: 0 };
    const builder = new RecordBatchBuilder();
    for (let i = 0, sequence = 0; i < 100; i++) {
      for (let j = 0; j < 5; j++)
        builder.append(systemClock.now(), Buffer.from(`key${j}`), Buffer.from(`value ${i} ${'x'.repeat(50)}`), [
          { key: 'h', value: null },
        ]);
      log.append(
        builder.build({
          producerId: 7,
          producerEpoch: 0,
          baseSequence: sequence,
          transactional: true,
          compression: i % 2 ? 'none' : 'gzip',
        }),
        {
          origin: 'client',
          leaderEpoch: 3,
        },
      );
      sequence += 5;
      if (i % 10 === 9) {
        log.append(endTransactionBatch(producer, i % 20 === 9 ? 'abort' : 'commit', 0, systemClock.now()), {
          origin: 'coordinator',
          leaderEpoch: 3,
        });
      }
    }
    await log.close();
    files = readdirSync(directory).map((name) => join(directory, name));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('log files with their records', async () => {
    const { stdout, stderr, code } = await kafkaTool('kafka-dump-log', [
      '--deep-iteration',
      '--print-data-log',
      '--files',
      ofKind('.log').join(','),
    ]);
    expect(stderr).not.toMatch(/exception/i);
    expect(code).toBe(0);
    expect(stdout.match(/payload: value/g)).toHaveLength(500);
    expect(stdout.match(/endTxnMarker: (COMMIT|ABORT)/g)).toHaveLength(10);
    expect(stdout).not.toMatch(/isvalid: false/);
  });

  it('offset, time and transaction indexes agree with the log', async () => {
    const { stdout, code } = await kafkaTool('kafka-dump-log', [
      '--index-sanity-check',
      '--files',
      [...ofKind('.index'), ...ofKind('.timeindex'), ...ofKind('.txnindex')].join(','),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/passed sanity check/);
    expect(stdout).not.toMatch(/mismatch|not found|out of order/i);
    expect(stdout.match(/producerId: 7/g)).toHaveLength(5);
  });

  it('the snapshot of the producers', async () => {
    const { stdout, code } = await kafkaTool('kafka-dump-log', ['--files', ofKind('.snapshot').join(',')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/producerId: 7 producerEpoch: 0 .*lastTimestamp/);
  });

  const ofKind = (kind: string): string[] => files.filter((name) => name.endsWith(kind));
});
