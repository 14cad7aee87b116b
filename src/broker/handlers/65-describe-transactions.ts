/** DescribeTransactions, version 0. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';

export const describeTransactions: ApiHandler<'DescribeTransactions'> = apiHandler(
  'DescribeTransactions',
  [0, 0],
  ({ transactions }, { body }) => ({
    transactionStates: body.transactionalIds.map((transactionalId) => {
      if (transactionalId === '') return { transactionalId, errorCode: errorCode('INVALID_REQUEST') };
      const state = transactions.state(transactionalId);
      if (state === undefined) return { transactionalId, errorCode: errorCode('TRANSACTIONAL_ID_NOT_FOUND') };
      return {
        transactionalId,
        errorCode: 0,
        transactionState: state.status,
        transactionTimeoutMs: state.timeoutMs,
        transactionStartTimeMs: state.startTimestamp,
        producerId: state.producerId,
        producerEpoch: state.epoch,
        topics: Array.from(state.partitions, ([topic, partitions]) => ({ topic, partitions: [...partitions] })),
      };
    }),
  }),
);
