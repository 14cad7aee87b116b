/** AddOffsetsToTxn, versions 0–4: the partition that holds the group's offsets takes part in the transaction. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { fencedCode } from './24-add-partitions-to-txn.ts';

export const addOffsetsToTxn: ApiHandler<'AddOffsetsToTxn'> = apiHandler(
  'AddOffsetsToTxn',
  [0, 4],
  async ({ groups, transactions }, { version, body }) => {
    try {
      if (body.groupId === '') throw kafkaError('INVALID_GROUP_ID');
      const partition = groups.offsetsPartition(body.groupId);
      await transactions.addPartitions(
        body.transactionalId,
        Number(body.producerId),
        body.producerEpoch,
        [partition],
        0,
      );
      return { errorCode: 0 };
    } catch (error) {
      return { errorCode: fencedCode(error, version) };
    }
  },
);
