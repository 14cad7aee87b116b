/** The state of a transactional id as a record of `__transaction_state`, in Kafka's format (value version 1). */
import { safeNumber } from '../../core/assert.ts';
import { decodePrefixed, encodePrefixed } from '../internal-topic.ts';
import type { KeyedRecord } from '../internal-topic.ts';
import type { TransactionState, TransactionStatus } from './transaction.ts';

/** In the order of their numbers. */
export const transactionStatuses: readonly TransactionStatus[] = [
  'Empty',
  'Ongoing',
  'PrepareCommit',
  'PrepareAbort',
  'CompleteCommit',
  'CompleteAbort',
  'Dead',
  'PrepareEpochFence',
];

const keyType = 0;
const valueVersion = 1;

export function transactionKey(transactionalId: string): Buffer {
  return encodePrefixed('TransactionLogKey', keyType, 0, { transactionalId });
}

export function transactionRecord(state: TransactionState): KeyedRecord {
  return {
    key: transactionKey(state.transactionalId),
    value: encodePrefixed('TransactionLogValue', valueVersion, valueVersion, {
      producerId: state.producerId,
      previousProducerId: state.previousProducerId,
      nextProducerId: state.nextProducerId,
      producerEpoch: state.epoch,
      transactionTimeoutMs: state.timeoutMs,
      transactionStatus: transactionStatuses.indexOf(state.status),
      transactionPartitions:
        state.status === 'Empty'
          ? null
          : Array.from(state.partitions, ([topic, partitions]) => ({ topic, partitionIds: [...partitions] })),
      transactionLastUpdateTimestampMs: state.updateTimestamp,
      transactionStartTimestampMs: state.startTimestamp,
      clientTransactionVersion: state.clientVersion,
    }),
  };
}

/** Reads a record: its id, and its state or null when the id was removed; undefined for keys of other kinds. */
export function readTransactionRecord(
  key: Buffer | null,
  value: Buffer | null,
): { readonly transactionalId: string; readonly state: TransactionState | null } | undefined {
  if (key === null || key.length < 2 || key.readInt16BE(0) !== keyType) return undefined;
  const { transactionalId } = decodePrefixed('TransactionLogKey', 0, key);
  if (value === null) return { transactionalId, state: null };
  const body = decodePrefixed('TransactionLogValue', value.readInt16BE(0), value);
  const partitions = new Map(
    (body.transactionPartitions ?? []).map(({ topic, partitionIds }) => [topic, new Set(partitionIds)]),
  );
  return {
    transactionalId,
    state: {
      transactionalId,
      producerId: safeNumber(body.producerId),
      previousProducerId: safeNumber(body.previousProducerId),
      nextProducerId: safeNumber(body.nextProducerId),
      epoch: body.producerEpoch,
      lastEpoch: -1,
      timeoutMs: body.transactionTimeoutMs,
      status: transactionStatuses[body.transactionStatus] ?? 'Dead',
      partitions,
      startTimestamp: safeNumber(body.transactionStartTimestampMs),
      updateTimestamp: safeNumber(body.transactionLastUpdateTimestampMs),
      clientVersion: body.clientTransactionVersion,
    },
  };
}
