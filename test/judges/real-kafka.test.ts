/** Our codecs and our connection against the real Apache Kafka: it takes our batches in every compression, and we read what it stores. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Connection } from '../../src/client/connection.ts';
import { sleep, systemClock } from '../../src/core/clock.ts';
import { compressionCodecs, prepareCompression } from '../../src/wire/compression.ts';
import { RecordBatchBuilder } from '../../src/wire/record-batch-builder.ts';
import { batchSize, decodeRecords, verifyBatch } from '../../src/wire/record-batch.ts';
import { describePeer } from '../peers.ts';
import { realClusterId, startRealKafka } from './kafka-process.ts';
import type { RealKafka } from './kafka-process.ts';

describePeer('kafka-tools', 'a real broker', () => {
  let kafka: RealKafka;
  let connection: Connection;

  beforeAll(async () => {
    kafka = await startRealKafka();
    connection = await kafka.connect();
  });
  afterAll(async () => {
    connection?.close();
    await kafka?.stop();
  });

  it('speaks the versions that we declare', async () => {
    const { brokers, clusterId } = await connection.request('Metadata', { topics: null });
    expect(brokers).toHaveLength(1);
    expect(clusterId).toBe(realClusterId);
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
