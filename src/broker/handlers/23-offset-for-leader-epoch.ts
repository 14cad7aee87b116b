/** OffsetForLeaderEpoch, versions 2–4: where the last epoch up to the one asked for ends, by which readers notice that a log was cut. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf } from '../errors.ts';
import { checkEpoch, epochEnd } from '../leader-epochs.ts';

export const offsetForLeaderEpoch: ApiHandler<'OffsetForLeaderEpoch'> = apiHandler(
  'OffsetForLeaderEpoch',
  [2, 4],
  ({ catalog }, { body }) => ({
    topics: body.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch: epoch }) => {
        try {
          const partition = catalog.partition(topic, index);
          if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          checkEpoch(currentLeaderEpoch, catalog.leaderEpoch);
          return { partition: index, errorCode: 0, ...epochEnd(partition.log, epoch, catalog.leaderEpoch) };
        } catch (error) {
          return { partition: index, errorCode: codeOf(error), leaderEpoch: -1, endOffset: -1 };
        }
      }),
    })),
  }),
);
