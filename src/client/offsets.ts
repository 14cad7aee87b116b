/** Offsets of a partition by time and by leader epoch, and its ends (ListOffsets, OffsetForLeaderEpoch). */
import { safeNumber } from '../core/assert.ts';
import { kafkaError } from '../wire/error-codes.ts';
import type { Channel } from './channel.ts';
import { apiTimeoutMs, checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import type { Isolation, PartitionEnds } from './kafka-client.ts';

const latestTimestamp = -1;
const earliestTimestamp = -2;

export async function partitionOffsets(
  cluster: Cluster,
  topic: string,
  partition: number,
  isolation: Isolation,
  timeoutMs: number = apiTimeoutMs,
): Promise<PartitionEnds> {
  const [earliest, latest] = await Promise.all([
    listOffset(cluster, topic, partition, earliestTimestamp, isolation, timeoutMs),
    listOffset(cluster, topic, partition, latestTimestamp, isolation, timeoutMs),
  ]);
  return { earliest: earliest.offset, latest: latest.offset, leaderEpoch: latest.leaderEpoch };
}

/** The first offset at or after a time; undefined when there is none. */
export async function offsetForTime(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestampMs: number,
): Promise<number | undefined> {
  const { offset } = await listOffset(cluster, topic, partition, timestampMs, 'read_uncommitted', apiTimeoutMs);
  return offset < 0 ? undefined : offset;
}

function listOffset(
  cluster: Cluster,
  topic: string,
  partition: number,
  timestamp: number,
  isolation: Isolation,
  timeoutMs: number,
): Promise<{ offset: number; leaderEpoch: number }> {
  const ask = async (channel: Channel): Promise<{ offset: number; leaderEpoch: number }> => {
    const answer = await channel.request('ListOffsets', {
      replicaId: -1,
      isolationLevel: isolation === 'read_committed' ? 1 : 0,
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }],
      timeoutMs: 30_000,
    });
    const [result] = answer.topics[0]?.partitions ?? [];
    if (result === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    checkAnswer(result.errorCode, null, `Offsets of partition ${topic}-${partition}`, { topic, partition });
    return { offset: safeNumber(result.offset), leaderEpoch: result.leaderEpoch };
  };
  return cluster.withLeader(topic, partition, ask, timeoutMs);
}

/** Where a leader epoch ends; undefined when the leader does not know (OffsetForLeaderEpoch). */
export async function endOfEpoch(
  cluster: Cluster,
  topic: string,
  partition: number,
  leaderEpoch: number,
): Promise<number | undefined> {
  return cluster.withLeader(topic, partition, async (channel) => {
    const answer = await channel.request('OffsetForLeaderEpoch', {
      replicaId: -1,
      topics: [{ topic, partitions: [{ partition, leaderEpoch }] }],
    });
    const [result] = answer.topics[0]?.partitions ?? [];
    if (result === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    checkAnswer(result.errorCode, null, `Leader epochs of partition ${topic}-${partition}`, { topic, partition });
    const end = safeNumber(result.endOffset);
    return end < 0 ? undefined : end;
  });
}
