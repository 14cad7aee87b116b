/** InitProducerId, versions 0–5: idempotent and transactional producers. Left out: two-phase commit (version 6). */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import { errorCode } from '../../wire/error-codes.ts';

export const initProducerId: ApiHandler<'InitProducerId'> = apiHandler(
  'InitProducerId',
  [0, 5],
  async (services, { version, body }) => {
    const { config, producerIds, transactions } = services;
    const { transactionalId, transactionTimeoutMs, producerEpoch } = body;
    try {
      const known = Number(body.producerId);
      if ((known === -1) !== (producerEpoch === -1)) throw kafkaError('INVALID_REQUEST');
      if (transactionalId === null) {
        const producerId = producerIds.take();
        await producerIds.whenDurable();
        return { producerId, producerEpoch: 0 };
      }
      if (transactionalId === '') throw kafkaError('INVALID_REQUEST');
      if (transactionTimeoutMs <= 0 || transactionTimeoutMs > config.number('transaction.max.timeout.ms'))
        throw kafkaError('INVALID_TRANSACTION_TIMEOUT');
      const { producerId, epoch } = await transactions.init(transactionalId, {
        timeoutMs: transactionTimeoutMs,
        producerId: known,
        epoch: producerEpoch,
      });
      return { producerId, producerEpoch: epoch };
    } catch (error) {
      const code = coordinatorCodeOf(error);
      // Clients before version 4 do not know that they can be fenced here (KIP-588).
      const fenced = version < 4 && code === errorCode('PRODUCER_FENCED');
      return { errorCode: fenced ? errorCode('INVALID_PRODUCER_EPOCH') : code, producerId: -1, producerEpoch: -1 };
    }
  },
);
