/** WriteTxnMarkers, versions 1–2: ends a transaction in single partitions, as `kafka-transactions abort` does for hanging ones. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf } from '../errors.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';

type Marker = Input<ResponseBody<'WriteTxnMarkers'>['markers'][number]>;

export const writeTxnMarkers: ApiHandler<'WriteTxnMarkers'> = apiHandler(
  'WriteTxnMarkers',
  [1, 2],
  async ({ catalog, transactions }, { body }) => {
    const markers: Marker[] = [];
    for (const { producerId: id, producerEpoch, transactionResult, topics, coordinatorEpoch } of body.markers) {
      const producerId = Number(id);
      const results: NonNullable<Marker['topics']>[number][] = [];
      for (const { name, partitionIndexes } of topics) {
        const partitions: { partitionIndex: number; errorCode: number }[] = [];
        for (const partitionIndex of partitionIndexes) {
          try {
            const partition = catalog.partition(name, partitionIndex);
            if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
            partition.log.producers.checkMarker(producerId, producerEpoch, coordinatorEpoch);
            await transactions.writeMarker(
              partition,
              { producerId, epoch: producerEpoch },
              transactionResult,
              coordinatorEpoch,
            );
            partitions.push({ partitionIndex, errorCode: 0 });
          } catch (error) {
            partitions.push({ partitionIndex, errorCode: codeOf(error) });
          }
        }
        results.push({ name, partitions });
      }
      markers.push({ producerId, topics: results });
    }
    return { markers };
  },
);
