/** Kafka's own log-dump tool reads what compaction leaves, and the logs in which a broker keeps its state. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { RecordBatchBuilder, endTransactionBatch } from '../../../src/wire/record-batch-builder.ts';
import { prepareCompression } from '../../../src/wire/compression.ts';
import type { CompressionName } from '../../../src/wire/compression.ts';
import { describePeer, kafkaTool } from '../../peers.ts';

describePeer('kafka-tools', 'kafka-dump-log reads compacted logs', () => {
  let folder = '';
  let directory = '';
  const keys = 7;
  const rounds = 120;

  /** Values of seven keys over and over, tombstones, and transactions of which every second one is aborted; compacted in the middle. */
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-dump-'));
    directory = join(folder, 'topic-0');
    const config = { ...defaultLogConfig, segmentBytes: 4000, indexIntervalBytes: 200, cleanupCompact: true };
    const ports = { disk: nodeDisk, clock: systemClock, logger: silentLogger };
    const log = PartitionLog.open({ ...ports, directory, config });
    await prepareCompression('zstd');
    const compressions: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
    for (let round = 0, sequence = 0; round < rounds; round++) {
      const builder = new RecordBatchBuilder();
      for (let i = 0; i < 3; i++) {
        const value = round % 11 === 0 ? null : Buffer.from(`value ${round} ${'x'.repeat(40)}`);
        builder.append(systemClock.now(), Buffer.from(`key ${(round * 3 + i) % keys}`), value);
      }
      const transactional = round % 3 === 0;
      const batch = builder.build({
        compression: compressions[round % compressions.length] ?? 'none',
        ...(transactional ? { producerId: 9, producerEpoch: 0, baseSequence: sequence, transactional } : {}),
      });
      log.append(batch, { origin: 'client', leaderEpoch: Math.floor(round / 50) });
      if (!transactional) continue;
      sequence += 3;
      const outcome = round % 2 === 0 ? 'abort' : 'commit';
      const marker = endTransactionBatch({ id: 9, epoch: 0 }, outcome, 0, systemClock.now());
      log.append(marker, { origin: 'coordinator', leaderEpoch: Math.floor(round / 50) });
      if (round === 60) await log.compact();
    }
    const stats = await log.compact();
    expect(stats?.batchesRead).toBeGreaterThan(0);
    await log.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const files = (...kinds: string[]): string =>
    readdirSync(directory)
      .filter((name) => kinds.some((kind) => name.endsWith(kind)))
      .map((name) => join(directory, name))
      .join(',');

  it('log files: each key once in what was compacted, offsets that rise, checksums that are right', async () => {
    const args = ['--deep-iteration', '--print-data-log', '--files', files('.log')];
    const { stdout, stderr, code } = await kafkaTool('kafka-dump-log', args);
    expect(stderr).not.toMatch(/exception/i);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/isvalid: false/);
    expect(stdout).toMatch(/deleteHorizonMs: OptionalLong\[\d+\]/);
    const offsets = [...stdout.matchAll(/^\| offset: (\d+)/gm)].map(([, offset]) => Number(offset));
    expect(offsets.length).toBeGreaterThan(0);
    expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    expect(offsets.length).toBeLessThan((rounds * 3) / 2);
  });

  it('indexes that agree with the log, and the producers', async () => {
    const checked = await kafkaTool('kafka-dump-log', [
      '--index-sanity-check',
      '--files',
      files('.index', '.timeindex', '.txnindex'),
    ]);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toMatch(/passed sanity check/);
    expect(checked.stdout).not.toMatch(/mismatch|not found|out of order/i);
    const verified = await kafkaTool('kafka-dump-log', ['--verify-index-only', '--files', files('.index')]);
    expect(verified.stdout).not.toMatch(/mismatch/i);
    const snapshot = await kafkaTool('kafka-dump-log', ['--files', files('.snapshot')]);
    expect(snapshot.stdout).toMatch(/producerId: 9 producerEpoch: 0 /);
  });
});

describePeer('kafka-tools', "kafka-dump-log decodes a broker's own logs", () => {
  let dataDir = '';
  const directories = new Map<string, string>();

  /** A topic, a transaction with offsets, and a restart. */
  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'millrace-dump-'));
    const ports = { clock: systemClock, random: systemRandom };
    const config = { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' };
    const open = (): Promise<Broker> =>
      Broker.open({ ...ports, disk: nodeDisk, logger: silentLogger, dataDir, config });
    const broker = await open();
    const kafka = embeddedKafka({ door: broker, ...ports });
    await kafka.admin.createTopic({ topic: 'payments', partitions: 2 });
    const producer = await kafka.producer({ transactionalId: 'cashier' });
    await producer.begin();
    await producer.send({ topic: 'payments', partition: 1, key: null, value: Buffer.from('paid') });
    await producer.sendOffsets('till', [{ topic: 'payments', partition: 0, offset: 5, leaderEpoch: 0 }]);
    await producer.commit();
    for (const topic of ['__transaction_state', '__consumer_offsets'])
      directories.set(topic, broker.openReader(topic, 0)?.directory ?? '');
    await kafka.close();
    await broker.close();
    await (await open()).close();
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  const dump = async (decoder: string, directory: string): Promise<string> => {
    const file = join(directory, '00000000000000000000.log');
    const { stdout, stderr, code } = await kafkaTool('kafka-dump-log', [decoder, '--files', file]);
    expect(stderr).not.toMatch(/exception/i);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/isvalid: false|Error/);
    return stdout;
  };

  it('the metadata: topics, the block of producer ids, the registration with which a start begins', async () => {
    const text = await dump('--cluster-metadata-decoder', join(dataDir, 'metadata'));
    expect(text).toMatch(/"type":"TOPIC_RECORD".*"name":"payments"/);
    expect(text).toMatch(/"type":"PRODUCER_IDS_RECORD".*"nextProducerId":1000/);
    expect(text.match(/"type":"REGISTER_BROKER_RECORD"/g)).toHaveLength(1);
  });

  it("the coordinator's decisions", async () => {
    const text = await dump('--transaction-log-decoder', directories.get('__transaction_state') ?? '');
    expect(text).toMatch(/transactionalId"?[:=]"?cashier/);
    expect(text).toMatch(/CompleteCommit|"transactionStatus":4/);
  });

  it("a group's offsets, with the leader epoch", async () => {
    const text = await dump('--offsets-decoder', directories.get('__consumer_offsets') ?? '');
    expect(text).toMatch(/"group":"till".*"topic":"payments"/);
    expect(text).toMatch(/"offset":5,"leaderEpoch":0/);
  });
});
