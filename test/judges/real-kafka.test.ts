/** Our codecs and our connection against the real Apache Kafka: it takes our batches in every compression, and we read what it stores. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connection } from '../../src/client/connection.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { nodeNetwork } from '../../src/core/network.ts';
import { compressionCodecs, prepareCompression } from '../../src/wire/compression.ts';
import { RecordBatchBuilder } from '../../src/wire/record-batch-builder.ts';
import { batchSize, decodeRecords, verifyBatch } from '../../src/wire/record-batch.ts';
import { describePeer, javaClasspath, javaMain } from '../peers.ts';

describePeer('kafka-tools', 'a real broker', () => {
  let folder = '';
  let broker: ChildProcess;
  let connection: Connection;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-kafka-'));
    const [port, controllerPort] = [await freePort(), await freePort()];
    const config = join(folder, 'server.properties');
    writeFileSync(
      config,
      [
        'process.roles=broker,controller',
        'node.id=1',
        `controller.quorum.bootstrap.servers=127.0.0.1:${controllerPort}`,
        `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
        'controller.listener.names=CONTROLLER',
        `log.dirs=${join(folder, 'logs')}`,
        'offsets.topic.replication.factor=1',
      ].join('\n'),
    );
    const formatted = await javaMain('kafka.tools.StorageTool', [
      'format',
      '-t',
      'AAAAAAAAAAAAAAAAAAAAAQ',
      '-c',
      config,
      '--standalone',
    ]);
    expect(formatted).toMatchObject({ code: 0 });
    broker = spawn('java', ['-Xmx512m', '-cp', javaClasspath, 'kafka.Kafka', config], { stdio: 'ignore' });
    for (let attempt = 0; ; attempt++) {
      try {
        connection = await Connection.open({
          network: nodeNetwork,
          clock: systemClock,
          host: '127.0.0.1',
          port,
          clientId: 'judge',
          requestTimeoutMs: 20_000,
        });
        break;
      } catch (error) {
        if (attempt > 300) throw error;
        await sleep(systemClock, 100);
      }
    }
  });
  afterAll(async () => {
    connection?.close();
    const ended = new Promise((resolve) => broker.once('exit', resolve));
    broker.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  });

  it('speaks the versions that we declare', async () => {
    const { brokers, clusterId } = await connection.request('Metadata', { topics: null });
    expect(brokers).toHaveLength(1);
    expect(clusterId).toBe('AAAAAAAAAAAAAAAAAAAAAQ');
    // 4.3.1 is one minor version behind the definitions.
    expect(connection.versionOf('Fetch')).toBeGreaterThanOrEqual(17);
  });

  for (const compression of compressionCodecs) {
    it(`stores and returns our batch, ${compression}`, async () => {
      await prepareCompression(compression);
      const name = `topic-${compression}`;
      const { topics } = await connection.request('CreateTopics', {
        topics: [{ name, numPartitions: 1, replicationFactor: 1 }],
        timeoutMs: 10_000,
      });
      expect(topics[0]).toMatchObject({ errorCode: 0 });
      const topicId = topics[0]?.topicId ?? '';
      await leader(name);
      const builder = new RecordBatchBuilder();
      const now = systemClock.now();
      for (let i = 0; i < 500; i++)
        builder.append(now + i, Buffer.from(`k${i}`), Buffer.from('v'.repeat(i)), [
          { key: 'h', value: Buffer.from('x') },
        ]);
      const produced = await connection.request('Produce', {
        acks: -1,
        timeoutMs: 10_000,
        topicData: [{ topicId, name, partitionData: [{ index: 0, records: builder.build({ compression }) }] }],
      });
      expect(produced.responses[0]?.partitionResponses[0]).toMatchObject({ errorCode: 0, baseOffset: 0 });
      const fetched = await connection.request('Fetch', {
        maxWaitMs: 1000,
        minBytes: 1,
        maxBytes: 10_000_000,
        topics: [
          { topicId, topic: name, partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000_000 }] },
        ],
      });
      const records = fetched.responses[0]?.partitions[0]?.records ?? Buffer.alloc(0);
      expect(verifyBatch(records)).toBe(batchSize(records));
      const decoded = decodeRecords(records);
      expect(decoded).toHaveLength(500);
      expect(decoded.map(({ offset, value }) => [offset, value?.length])).toEqual(
        Array.from({ length: 500 }, (_, i) => [i, i]),
      );
    });
  }

  /** A new topic has no leader for a moment. */
  async function leader(name: string): Promise<void> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const { topics } = await connection.request('Metadata', { topics: [{ name }] });
      if (topics[0]?.errorCode === 0 && topics[0].partitions[0]?.errorCode === 0) return;
      await sleep(systemClock, 50);
    }
  }
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
