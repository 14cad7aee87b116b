/**
 * Produce, versions 3–13: acks 0, 1 and −1 (the same on one node), every compression, idempotent and transactional producers.
 * From 12 on a partition is added to its transaction by its first batch (KIP-890), from 13 on topics come by id.
 * Left out: quotas (the throttle time is always 0). A null batch is refused; Kafka leaves the request without an answer.
 */
import { errorCode, KafkaError, kafkaError, kafkaErrorFacts } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { batchIsTransactional, batchProducerEpoch, batchProducerId } from '../../wire/record-batch.ts';
import { apiHandler, CloseConnection } from '../api-handler.ts';
import { codeOf, tellOfStorageError, textOf } from '../errors.ts';
import type { Partition } from '../partition.ts';
import { appendProduced, checkProducedBatch, RecordsRefused } from '../produce-append.ts';
import type { ProduceResult } from '../produce-append.ts';
import type { Services } from '../services.ts';
import type { ApiHandler } from '../api-handler.ts';

type Response = Input<ResponseBody<'Produce'>>;
type PartitionResponse = ResponseBody<'Produce'>['responses'][number]['partitionResponses'][number];
type Outcome = { -readonly [K in keyof Input<PartitionResponse>]: Input<PartitionResponse>[K] };

/** Errors after which Kafka does not tell where the log begins. */
const withoutLogStart = new Set(
  (
    [
      'UNKNOWN_TOPIC_OR_PARTITION',
      'NOT_LEADER_OR_FOLLOWER',
      'MESSAGE_TOO_LARGE',
      'RECORD_LIST_TOO_LARGE',
      'CORRUPT_MESSAGE',
      'KAFKA_STORAGE_ERROR',
    ] as const
  ).map(errorCode),
);

export const produce: ApiHandler<'Produce'> = apiHandler('Produce', [3, 13], (services, { version, body }) => {
  const waits: Promise<void>[] = [];
  let failed = false;
  const refuseAll = wholeRequestError(body);
  const responses = body.topicData.map(({ name, topicId, partitionData }) => {
    const topic = version >= 13 ? services.catalog.topicById(topicId) : services.catalog.topic(name);
    const missing = version >= 13 ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
    const partitionResponses = partitionData.map(({ index, records }) => {
      let outcome: Outcome;
      try {
        if (refuseAll !== undefined) throw refuseAll;
        if (topic === undefined) throw kafkaError(missing);
        checkProducedBatch(records, version);
        outcome = append(services, topic.partitions[index], records, body, version, waits);
      } catch (error) {
        outcome = refusal(error);
        failed = true;
      }
      outcome.index = index;
      return outcome;
    });
    return { name, topicId, partitionResponses };
  });
  if (body.acks === 0) {
    // There is no answer that could tell of an error: the end of the connection makes the client look again.
    if (failed) throw new CloseConnection('a produce request with acks 0 failed');
    return null;
  }
  return waits.length === 0 ? { responses } : Promise.all(waits).then((): Response => ({ responses }));
});

function wholeRequestError(body: RequestBody<'Produce'>): KafkaError | undefined {
  if (body.acks < -1 || body.acks > 1) return kafkaError('INVALID_REQUIRED_ACKS');
  if (body.transactionalId !== null) return undefined;
  for (const { partitionData } of body.topicData) {
    for (const { records } of partitionData) {
      if (records !== null && records.length > 61 && records[16] === 2 && batchIsTransactional(records))
        return kafkaError('TRANSACTIONAL_ID_AUTHORIZATION_FAILED');
    }
  }
  return undefined;
}

function append(
  services: Services,
  partition: Partition | undefined,
  records: Buffer,
  body: RequestBody<'Produce'>,
  version: number,
  waits: Promise<void>[],
): Outcome {
  if (partition === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
  if (partition.topic.internal) throw kafkaError('INVALID_TOPIC_EXCEPTION');
  const joined = batchIsTransactional(records)
    ? joinTransaction(services, partition, records, body, version)
    : undefined;
  let result: ProduceResult;
  try {
    result = appendProduced(services, partition, records);
  } catch (error) {
    joined?.catch(() => {}); // nothing of this batch is acknowledged, whatever becomes of it
    tellOfStorageError(services, partition.name, error);
    const outcome = refusal(error);
    if (!withoutLogStart.has(outcome.errorCode ?? 0)) outcome.logStartOffset = partition.log.logStartOffset;
    return outcome;
  }
  const outcome: Outcome = {
    errorCode: 0,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTime,
    logStartOffset: result.logStartOffset,
  };
  const failed = (error: unknown): void => void Object.assign(outcome, refusal(error));
  if (joined !== undefined) waits.push(joined.catch(failed));
  if (partition.log.config.durability === 'fsync')
    waits.push(partition.log.whenDurable(result.endOffset).catch(failed));
  return outcome;
}

/**
 * A batch of a transaction may be written once the coordinator knows that its partition takes part. Returns what the
 * acknowledgement has to wait for.
 */
function joinTransaction(
  services: Services,
  partition: Partition,
  records: Buffer,
  body: RequestBody<'Produce'>,
  version: number,
): Promise<void> | undefined {
  const producerId = batchProducerId(records);
  const epoch = batchProducerEpoch(records);
  const known = partition.log.producers.entries.get(producerId);
  if (known !== undefined && known.transactionFirstOffset >= 0 && known.epoch === epoch) return undefined;
  const { transactions } = services;
  const { topic, index } = partition;
  try {
    const id = body.transactionalId ?? '';
    if (version >= 12)
      return transactions.addPartitions(id, producerId, epoch, [{ topic: topic.name, partition: index }], 2);
    if (services.config.flag('transaction.partition.verification.enable'))
      transactions.verifyPartition(id, producerId, epoch, topic.name, index);
    return undefined;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    if (error.errorName === 'PRODUCER_FENCED') throw kafkaError('INVALID_PRODUCER_EPOCH');
    if (error.errorName === 'TRANSACTION_ABORTABLE' && version < 11) throw kafkaError('INVALID_TXN_STATE');
    if (error.errorName === 'CONCURRENT_TRANSACTIONS' && version < 12) throw kafkaError('NOT_ENOUGH_REPLICAS');
    throw kafkaError(error.errorName);
  }
}

function refusal(error: unknown): Outcome {
  const code = codeOf(error);
  const message = error instanceof KafkaError ? textOf(error) : kafkaErrorFacts(code).name;
  return {
    errorCode: code,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    errorMessage: message,
    ...(error instanceof RecordsRefused ? { recordErrors: error.recordErrors } : {}),
  };
}
