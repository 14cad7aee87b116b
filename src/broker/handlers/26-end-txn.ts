/** EndTxn, versions 0–5. From 5 on every end raises the producer's epoch, and the answer tells the new one (KIP-890). */
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { fencedCode } from './24-add-partitions-to-txn.ts';

export const endTxn: ApiHandler<'EndTxn'> = apiHandler(
  'EndTxn',
  [0, 5],
  async ({ transactions }, { version, body }) => {
    try {
      const { producerId, epoch } = await transactions.end(body.transactionalId, {
        producerId: Number(body.producerId),
        epoch: body.producerEpoch,
        commit: body.committed,
        clientVersion: version >= 5 ? 2 : 0,
      });
      return { errorCode: 0, producerId, producerEpoch: epoch };
    } catch (error) {
      return { errorCode: fencedCode(error, version), producerId: -1, producerEpoch: -1 };
    }
  },
);
