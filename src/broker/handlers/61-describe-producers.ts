/** DescribeProducers, version 0: who writes to a partition, and what is open. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, kafkaText, textOf } from '../errors.ts';

export const describeProducers: ApiHandler<'DescribeProducers'> = apiHandler(
  'DescribeProducers',
  [0, 0],
  ({ catalog }, { body }) => ({
    topics: body.topics.map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => {
        const partition = catalog.partition(name, partitionIndex);
        if (partition === undefined) {
          const errorMessage = catalog.topic(name) === undefined ? kafkaText('UNKNOWN_TOPIC_OR_PARTITION') : null;
          return { partitionIndex, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), errorMessage };
        }
        try {
          const activeProducers = Array.from(partition.log.producers.entries.values(), (producer) => ({
            producerId: producer.producerId,
            producerEpoch: producer.epoch,
            lastSequence: producer.batches.at(-1)?.lastSequence ?? -1,
            lastTimestamp: producer.lastTimestamp,
            coordinatorEpoch: producer.coordinatorEpoch,
            currentTxnStartOffset: producer.transactionFirstOffset,
          }));
          return { partitionIndex, errorCode: 0, activeProducers };
        } catch (error) {
          return { partitionIndex, errorCode: codeOf(error), errorMessage: textOf(error) };
        }
      }),
    })),
  }),
);
