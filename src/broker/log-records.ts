/** Reading logs record by record: for the broker's own topics, whose records are its state. Never on the data path. */
import type { PartitionLog } from '../storage/partition-log.ts';
import {
  batchControlType,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchProducerEpoch,
  batchProducerId,
  batchSize,
  controlTypes,
  decodeRecords,
} from '../wire/record-batch.ts';

/** A record with what its batch says about it. */
export interface LogRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** The producer, when the record belongs to a transaction; −1 otherwise. */
  readonly producerId: number;
  readonly producerEpoch: number;
}

/** The end of a transaction as it lies in the log. */
export interface LogMarker {
  readonly offset: number;
  readonly producerId: number;
  readonly committed: boolean;
}

const readBytes = 1 << 20;

/** Gives every record of a log to `visit` and every transaction marker to `visitMarker`, in their order. */
export function forEachRecord(
  log: PartitionLog,
  visit: (record: LogRecord) => void,
  visitMarker: (marker: LogMarker) => void = () => {},
): void {
  let offset = log.logStartOffset;
  while (offset < log.logEndOffset) {
    const { records } = log.read(offset, readBytes, { isolation: 'log-end', minOneBatch: true });
    let next = offset;
    for (let at = 0; records.length - at >= batchHeaderBytes; at += batchSize(records, at)) {
      if (batchSize(records, at) > records.length - at) break;
      next = batchLastOffset(records, at) + 1;
      const producerId = batchProducerId(records, at);
      if (batchIsControl(records, at)) {
        const type = batchControlType(records, at);
        if (type === controlTypes.commit || type === controlTypes.abort)
          visitMarker({ offset: next - 1, producerId, committed: type === controlTypes.commit });
        continue;
      }
      const inTransaction = batchIsTransactional(records, at);
      for (const record of decodeRecords(records, at)) {
        visit({
          offset: record.offset,
          timestamp: record.timestamp,
          key: record.key,
          value: record.value,
          producerId: inTransaction ? producerId : -1,
          producerEpoch: inTransaction ? batchProducerEpoch(records, at) : -1,
        });
      }
    }
    if (next <= offset) return; // compaction left nothing up to the end
    offset = next;
  }
}
