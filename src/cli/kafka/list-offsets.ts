/** Offsets of partitions by time, as several tools need them. */
import { safeNumber } from '../../core/assert.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { checkCode } from './java-errors.ts';

export const latestTime = -1;
export const earliestTime = -2;

/** The offset at a time, or one of the special times (−1 the end, −2 the beginning, −3 the newest timestamp); −1 when there is none. */
export async function offsetAt(
  client: KafkaClient,
  topic: string,
  partition: number,
  timestamp: number,
): Promise<number> {
  const answer = await client.request(
    'ListOffsets',
    {
      replicaId: -1,
      isolationLevel: 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      timeoutMs: 30_000,
    },
    undefined,
    { topic, partition },
  );
  const [result] = answer.topics[0]?.partitions ?? [];
  checkCode(result?.errorCode);
  return safeNumber(result?.offset ?? -1);
}
