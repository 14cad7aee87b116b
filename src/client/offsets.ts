/** Offsets of a partition by time, and its ends (ListOffsets). */
import { safeNumber } from '../core/assert.ts';
import { kafkaError } from '../wire/error-codes.ts';
import type { Channel } from './channel.ts';
import { apiTimeoutMs, checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Isolation } from './kafka-client.ts';

const latestTimestamp = -1;
const earliestTimestamp = -2;

export async function partitionOffsets(
  cluster: Cluster,
  topic: string,
  partition: number,
  isolation: Isolation,
  timeoutMs: number = apiTimeoutMs,
): Promise<{ earliest: number; latest: number }> {
  const [earliest, latest] = await Promise.all([
    listOffset(cluster, topic, partition, earliestTimestamp, isolation, timeoutMs),
    listOffset(cluster, topic, partition, latestTimestamp, isolation, timeoutMs),
  ]);
  return { earliest, latest };
}

/** The first offset at or after a time; undefined when there is none. */
export async function offsetForTime(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestampMs: number,
): Promise<number | undefined> {
  const offset = await listOffset(cluster, topic, partition, timestampMs, 'read_uncommitted', apiTimeoutMs);
  return offset < 0 ? undefined : offset;
}

function listOffset(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestamp: number,
  isolation: Isolation,
  timeoutMs: number,
): Promise<number> {
  const ask = async (channel: Channel): Promise<number> => {
    const answer = await channel.request('ListOffsets', {
      replicaId: -1,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      timeoutMs: 30_000,
    });
    const [result] = answer.topics[0]?.partitions ?? [];
    if (result === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    checkAnswer(result.errorCode, null, `Offsets of partition ${topic}-${partition}`, { topic, partition });
    return safeNumber(result.offset);
  };
  return cluster.withLeader(topic, partition, ask, timeoutMs);
}
