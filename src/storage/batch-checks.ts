/** May this batch of a client be appended? What Kafka 4 refuses is refused with its error codes. */
import { messageOf } from '../core/errors.ts';
import { kafkaError } from '../wire/error-codes.ts';
import {
  batchIsControl,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordBytes,
  batchRecordCount,
  verifyBatch,
} from '../wire/record-batch.ts';
import type { LogConfig } from './log-config.ts';
import { RecordScanner } from './record-scanner.ts';

const scanner = new RecordScanner();

/**
 * Checks the batches of an append and returns where each begins.
 * @throws KafkaError CORRUPT_MESSAGE, MESSAGE_TOO_LARGE, INVALID_RECORD, INVALID_TIMESTAMP
 */
export function checkBatches(batches: Buffer, config: LogConfig, fromClient: boolean, now: number): number[] {
  const boundaries: number[] = [];
  for (let at = 0; at < batches.length; ) {
    let size: number;
    try {
      size = verifyBatch(batches, at);
    } catch (error) {
      throw kafkaError('CORRUPT_MESSAGE', messageOf(error));
    }
    if (fromClient) checkClientBatch(batches, at, size, config, now);
    boundaries.push(at);
    at += size;
  }
  if (boundaries.length === 0) throw kafkaError('INVALID_RECORD', 'There is no record batch in the request.');
  if (fromClient && boundaries.length > 1 && boundaries.some((at) => batchProducerId(batches, at) >= 0)) {
    throw kafkaError('INVALID_RECORD', 'Batches of an idempotent producer are to be appended one by one.');
  }
  return boundaries;
}

function checkClientBatch(batches: Buffer, at: number, size: number, config: LogConfig, now: number): void {
  if (size > config.maxMessageBytes) {
    throw kafkaError(
      'MESSAGE_TOO_LARGE',
      `The record batch size is ${size} bytes, which exceeds the maximum configured value of ${config.maxMessageBytes}.`,
    );
  }
  if (batchIsControl(batches, at)) {
    throw kafkaError('INVALID_RECORD', 'Clients are not allowed to write control records.');
  }
  const count = batchRecordCount(batches, at);
  if (count === 0 || batchLastOffsetDelta(batches, at) !== count - 1) {
    throw kafkaError('INVALID_RECORD', 'The count of a record batch does not agree with its last offset.');
  }
  if (config.timestampType === 'create') checkTimestamp(batchMaxTimestamp(batches, at), config, now);
  if (config.cleanupCompact && !everyRecordHasKey(batches, at, count)) {
    throw kafkaError('INVALID_RECORD', 'Compacted topic cannot accept message without key.');
  }
}

function checkTimestamp(newest: number, config: LogConfig, now: number): void {
  const tooLate = newest > now + config.timestampAfterMaxMs;
  const tooEarly = newest >= 0 && newest < now - config.timestampBeforeMaxMs;
  if (!tooLate && !tooEarly) return;
  throw kafkaError('INVALID_TIMESTAMP', `Timestamp ${newest} is out of the range that the topic allows.`);
}

function everyRecordHasKey(batches: Buffer, at: number, count: number): boolean {
  try {
    scanner.begin(batchRecordBytes(batches, at), count);
    while (scanner.next()) if (scanner.keyLength < 0) return false;
    return true;
  } catch (error) {
    throw kafkaError('CORRUPT_MESSAGE', messageOf(error));
  }
}
