/**
 * What happens to the records of a producer before they reach the log, in the order and with the answers of Kafka. The batch's
 * header is looked at; records are decoded only where the topic's configuration asks about single records (timestamps that
 * may be too old, another compression) or to say which record was refused.
 */
import { crc32c } from '../wire/crc32c.ts';
import { errorCode, KafkaError, kafkaError } from '../wire/error-codes.ts';
import { compressionCodecs } from '../wire/compression.ts';
import type { CompressionName } from '../wire/compression.ts';
import { RecordBatchBuilder } from '../wire/record-batch-builder.ts';
import {
  batchAttributes,
  batchBaseOffset,
  batchBaseSequence,
  batchBaseTimestamp,
  batchCompression,
  batchHasAppendTime,
  batchIsControl,
  batchIsTransactional,
  batchLastOffsetDelta,
  batchMaxTimestamp,
  batchProducerEpoch,
  batchProducerId,
  batchRecordCount,
  batchSize,
  rawRecords,
  verifyBatch,
} from '../wire/record-batch.ts';
import type { RawRecord } from '../wire/record-batch.ts';
import { topicConfigValue } from './config/topic-config.ts';
import type { BrokerConfig } from './config/broker-config.ts';
import type { Partition } from './partition.ts';
import type { Services } from './services.ts';

export interface RecordError {
  readonly batchIndex: number;
  readonly batchIndexErrorMessage: string;
}

/** Records that were refused, with the single records to blame. */
export class RecordsRefused extends KafkaError {
  readonly recordErrors: readonly RecordError[];

  constructor(code: number, message: string, recordErrors: readonly RecordError[]) {
    super(code, message);
    this.recordErrors = recordErrors;
  }
}

/** Bytes in front of what the length of a message counts, and the least that it may say. */
const messagePrefixBytes = 12;
const messageSizeMin = 14;
const recordErrorsShownMax = 3;

/**
 * Does a partition's part of a request hold what a request may hold: one whole batch of magic 2? The rules that the version of
 * the request decides. Throws INVALID_RECORD, CORRUPT_MESSAGE, UNSUPPORTED_COMPRESSION_TYPE.
 */
export function checkProducedBatch(records: Buffer | null, version: number): asserts records is Buffer {
  const size = records === null ? undefined : messageAt(records, 0);
  if (records === null || size === undefined) throw kafkaError('INVALID_RECORD');
  if (records.readInt8(16) !== 2) throw kafkaError('INVALID_RECORD');
  if (version < 7 && batchCompression(records) === 'zstd') throw kafkaError('UNSUPPORTED_COMPRESSION_TYPE');
  if (messageAt(records, size) !== undefined || size !== records.length) throw kafkaError('INVALID_RECORD');
}

/** Size of the message of any magic that begins at `at`; undefined where there is no whole one. */
function messageAt(records: Buffer, at: number): number | undefined {
  if (records.length - at < messagePrefixBytes + 5) return undefined;
  const size = records.readInt32BE(at + 8);
  if (size < messageSizeMin)
    throw kafkaError(
      'CORRUPT_MESSAGE',
      `Record size ${size} is less than the minimum record overhead (${messageSizeMin})`,
    );
  const magic = records.readInt8(at + 16);
  if (magic < 0 || magic > 2) throw kafkaError('CORRUPT_MESSAGE', `Invalid magic found in record: ${magic}`);
  return size + messagePrefixBytes > records.length - at ? undefined : size + messagePrefixBytes;
}

export interface ProduceResult {
  readonly baseOffset: number;
  readonly logAppendTime: number;
  readonly logStartOffset: number;
  /** The end offset that has to be durable before the producer may know. */
  readonly endOffset: number;
}

/** Appends one batch of a client that passed {@link checkProducedBatch}. Throws KafkaError for what is refused, or what the disk throws. */
export function appendProduced(
  { catalog, clock, config }: Pick<Services, 'catalog' | 'clock' | 'config'>,
  partition: Partition,
  batch: Buffer,
): ProduceResult {
  const { log } = partition;
  const now = clock.now();
  checkHeader(partition, batch);
  checkRecordTimestamps(partition, batch, now);
  const records = withTopicCompression(partition, batch, config);
  clearAppendTime(partition, records);
  try {
    const result = log.append(records, { origin: 'client', leaderEpoch: catalog.leaderEpoch });
    return {
      baseOffset: result.baseOffset,
      logAppendTime: result.duplicate ? batchMaxTimestamp(records) : result.logAppendTime,
      logStartOffset: result.logStartOffset,
      endOffset: result.lastOffset + 1,
    };
  } catch (error) {
    throw explained(partition, records, error, now);
  }
}

function checkHeader({ log }: Partition, batch: Buffer): void {
  if (batchBaseOffset(batch) !== 0) throw kafkaError('INVALID_RECORD');
  if (batch.length > log.config.maxMessageBytes) throw kafkaError('MESSAGE_TOO_LARGE');
  const count = batchRecordCount(batch);
  const producerId = batchProducerId(batch);
  const refused =
    batchIsControl(batch) ||
    count <= 0 ||
    batchLastOffsetDelta(batch) !== count - 1 ||
    (producerId >= 0 && batchBaseSequence(batch) < 0);
  const unknownCompression = batchCompression(batch) === undefined;
  const open = producerId >= 0 && (log.producers.entries.get(producerId)?.transactionFirstOffset ?? -1) >= 0;
  const outside = open && !batchIsTransactional(batch);
  if (!refused && !unknownCompression && !outside) return;
  // Only a batch whose checksum is right can be said to be wrong in its contents.
  verifyOrRefuse(batch);
  if (refused) throw kafkaError('INVALID_RECORD');
  throw kafkaError(unknownCompression ? 'UNKNOWN_SERVER_ERROR' : 'INVALID_TXN_STATE');
}

function verifyOrRefuse(batch: Buffer): void {
  try {
    verifyBatch(batch);
  } catch {
    throw kafkaError('CORRUPT_MESSAGE');
  }
}

function recordsOrUndefined(batch: Buffer): RawRecord[] | undefined {
  try {
    return rawRecords(batch);
  } catch {
    return undefined;
  }
}

/** The header tells the newest timestamp only: topics that refuse old ones have their records looked at. */
function checkRecordTimestamps(partition: Partition, batch: Buffer, now: number): void {
  const { config } = partition.log;
  if (config.timestampType === 'append' || config.timestampBeforeMaxMs >= Number.MAX_SAFE_INTEGER) return;
  verifyOrRefuse(batch);
  const refused = timestampErrors(partition, batch, now);
  if (refused !== undefined) throw refused;
}

function timestampErrors(partition: Partition, batch: Buffer, now: number): RecordsRefused | undefined {
  const { timestampBeforeMaxMs, timestampAfterMaxMs } = partition.log.config;
  const oldest =
    timestampBeforeMaxMs >= Number.MAX_SAFE_INTEGER
      ? BigInt.asIntN(64, BigInt(now) - 9223372036854775807n)
      : BigInt(now - timestampBeforeMaxMs);
  const newest = now + timestampAfterMaxMs;
  const base = batchBaseTimestamp(batch);
  const errors: RecordError[] = [];
  for (const [index, { timestampDelta }] of (recordsOrUndefined(batch) ?? []).entries()) {
    const timestamp = base + timestampDelta;
    if (timestamp < 0 || (timestamp <= newest && BigInt(timestamp) >= oldest)) continue;
    errors.push({
      batchIndex: index,
      batchIndexErrorMessage: `Timestamp ${timestamp} of message with offset ${index} is out of range. The timestamp should be within [${oldest}, ${newest}]`,
    });
  }
  if (errors.length === 0) return undefined;
  return new RecordsRefused(
    errorCode('INVALID_TIMESTAMP'),
    'One or more records have been rejected due to invalid timestamp',
    errors.slice(0, recordErrorsShownMax),
  );
}

/** The error of the log, with the records to blame where Kafka names them. */
function explained(partition: Partition, batch: Buffer, error: unknown, now: number): unknown {
  if (!(error instanceof KafkaError)) return error;
  if (error.errorName === 'INVALID_TIMESTAMP') return timestampErrors(partition, batch, now) ?? error;
  if (error.errorName === 'INVALID_RECORD' && partition.log.config.cleanupCompact)
    return missingKeys(partition, batch) ?? error;
  return kafkaError(error.errorName); // Kafka sends no text with these
}

function missingKeys(partition: Partition, batch: Buffer): RecordsRefused | undefined {
  const message = `Compacted topic cannot accept message without key in topic partition ${partition.name}`;
  const errors: RecordError[] = [];
  for (const [batchIndex, { key }] of (recordsOrUndefined(batch) ?? []).entries()) {
    if (key === null) errors.push({ batchIndex, batchIndexErrorMessage: message });
  }
  if (errors.length === 0) return undefined;
  const shown = errors.slice(0, recordErrorsShownMax);
  const list = shown
    .map((e) => `RecordError(batchIndex=${e.batchIndex}, message='${e.batchIndexErrorMessage}')`)
    .join(', ');
  return new RecordsRefused(
    errorCode('INVALID_RECORD'),
    `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${list}]`,
    shown,
  );
}

/** The batch in the compression that the topic wants: as it is, unless `compression.type` names another than the producer's. */
function withTopicCompression(partition: Partition, batch: Buffer, config: BrokerConfig): Buffer {
  const wanted = topicConfigValue(partition.topic.config, config, 'compression.type');
  if (wanted === 'producer') return batch;
  const codec: CompressionName =
    wanted === 'uncompressed' ? 'none' : (compressionCodecs.find((name) => name === wanted) ?? 'none');
  if (batchCompression(batch) === codec) return batch;
  verifyOrRefuse(batch);
  const records = recordsOrUndefined(batch);
  if (records === undefined) throw kafkaError('CORRUPT_MESSAGE');
  const builder = new RecordBatchBuilder(batch.length * 2);
  const base = batchBaseTimestamp(batch);
  for (const { key, value, headers, timestampDelta } of records)
    builder.append(base + timestampDelta, key, value, headers);
  return builder.build({
    compression: codec,
    producerId: batchProducerId(batch),
    producerEpoch: batchProducerEpoch(batch),
    baseSequence: batchBaseSequence(batch),
    transactional: batchIsTransactional(batch),
  });
}

const appendTimeBit = 0x08;

/** A producer may not say that its timestamps are the log's. */
function clearAppendTime({ log }: Partition, batch: Buffer): void {
  if (log.config.timestampType === 'append' || !batchHasAppendTime(batch)) return;
  verifyOrRefuse(batch);
  batch.writeInt16BE(batchAttributes(batch) & ~appendTimeBit, 21);
  batch.writeUInt32BE(crc32c(batch, 21, batchSize(batch)), 17);
}
