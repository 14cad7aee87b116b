/** DeleteRecords, versions 0–2. −1 = up to the high watermark. A topic that is only compacted keeps its records. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf } from '../errors.ts';

export const deleteRecords: ApiHandler<'DeleteRecords'> = apiHandler(
  'DeleteRecords',
  [0, 2],
  ({ catalog }, { body }) => ({
    topics: body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => {
        try {
          const partition = catalog.partition(name, partitionIndex);
          if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
          if (partition.topic.internal) throw kafkaError('INVALID_TOPIC_EXCEPTION');
          if (!partition.log.config.cleanupDelete) throw kafkaError('POLICY_VIOLATION');
          return { partitionIndex, lowWatermark: partition.log.deleteRecords(Number(offset)), errorCode: 0 };
        } catch (error) {
          return { partitionIndex, lowWatermark: -1, errorCode: codeOf(error) };
        }
      }),
    })),
  }),
);
