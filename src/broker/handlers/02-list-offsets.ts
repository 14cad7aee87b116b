/**
 * ListOffsets, versions 1–11: earliest, latest (of both isolation levels), by time, largest timestamp (7+), earliest local (8+);
 * latest tiered (9+) and earliest pending upload (11) find nothing, as there is no tiered storage.
 */
import { kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf } from '../errors.ts';
import { checkEpoch } from '../leader-epochs.ts';
import type { Partition } from '../partition.ts';

type PartitionResponse = Input<ResponseBody<'ListOffsets'>['topics'][number]['partitions'][number]>;

/** The negative "timestamps" and the version from which on each is known. */
const latest = -1;
const earliest = -2;
const largestTimestamp = -3;
const earliestLocal = -4;
const fromVersion = new Map([
  [latest, 0],
  [earliest, 0],
  [largestTimestamp, 7],
  [earliestLocal, 8],
  [-5, 9],
  [-6, 11],
]);

export const listOffsets: ApiHandler<'ListOffsets'> = apiHandler(
  'ListOffsets',
  [1, 11],
  ({ catalog }, { version, body }) => ({
    topics: body.topics.map(({ name, partitions }) => {
      const { leaderEpoch } = catalog;
      const twice = new Set<number>();
      const seen = new Set<number>();
      for (const { partitionIndex } of partitions) (seen.has(partitionIndex) ? twice : seen).add(partitionIndex);
      const answers: PartitionResponse[] = [];
      for (const { partitionIndex, currentLeaderEpoch, timestamp } of partitions) {
        if (!seen.delete(partitionIndex)) continue; // the second mention of a partition
        try {
          if (twice.has(partitionIndex)) throw kafkaError('INVALID_REQUEST');
          const partition = catalog.partition(name, partitionIndex);
          if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          checkEpoch(currentLeaderEpoch, leaderEpoch);
          const found = find(partition, Number(timestamp), body.isolationLevel === 1, version, leaderEpoch);
          answers.push({ partitionIndex, ...found });
        } catch (error) {
          answers.push({ partitionIndex, errorCode: codeOf(error) });
        }
      }
      return { name, partitions: answers };
    }),
  }),
);

const nothing = { timestamp: -1, offset: -1, leaderEpoch: -1 };

function find(
  { log }: Partition,
  timestamp: number,
  committed: boolean,
  version: number,
  leaderEpoch: number,
): Omit<PartitionResponse, 'partitionIndex'> {
  const limit = committed ? log.lastStableOffset : log.highWatermark;
  if (timestamp < 0 && version < (fromVersion.get(timestamp) ?? Infinity)) throw kafkaError('UNSUPPORTED_VERSION');
  if (timestamp === latest) return { timestamp: -1, offset: limit, leaderEpoch };
  if (timestamp === earliest || timestamp === earliestLocal)
    return {
      timestamp: -1,
      offset: log.logStartOffset,
      leaderEpoch: log.epochOf(log.logStartOffset) ?? leaderEpoch,
    };
  const found =
    timestamp === largestTimestamp
      ? log.maxTimestamp()
      : timestamp < 0
        ? undefined
        : log.offsetForTimestamp(timestamp, limit);
  return found === undefined || found.offset >= limit ? nothing : found;
}
