/** OffsetForLeaderEpoch, versions 2–4. There is one epoch, 0, and it ends where the log ends. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf } from '../errors.ts';
import { leaderEpoch as currentEpoch } from '../partition.ts';
import { checkEpoch } from './01-fetch.ts';

export const offsetForLeaderEpoch: ApiHandler<'OffsetForLeaderEpoch'> = apiHandler(
  'OffsetForLeaderEpoch',
  [2, 4],
  ({ catalog }, { body }) => ({
    topics: body.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        try {
          const partition = catalog.partition(topic, index);
          if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          checkEpoch(currentLeaderEpoch);
          if (leaderEpoch !== currentEpoch) return { partition: index, errorCode: 0, leaderEpoch: -1, endOffset: -1 };
          return { partition: index, errorCode: 0, leaderEpoch, endOffset: partition.log.highWatermark };
        } catch (error) {
          return { partition: index, errorCode: codeOf(error), leaderEpoch: -1, endOffset: -1 };
        }
      }),
    })),
  }),
);
