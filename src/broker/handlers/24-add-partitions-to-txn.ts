/**
 * AddPartitionsToTxn, versions 0–3 from producers, 4–5 for many transactions at once and to verify only, as brokers ask.
 */
import { errorCode, KafkaError, kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import type { Services } from '../services.ts';

type TopicResult = Input<ResponseBody<'AddPartitionsToTxn'>['resultsByTopicV3AndBelow'][number]>;

interface Transaction {
  readonly transactionalId: string;
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly verifyOnly: boolean;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[];
}

export const addPartitionsToTxn: ApiHandler<'AddPartitionsToTxn'> = apiHandler(
  'AddPartitionsToTxn',
  [0, 5],
  async (services, { version, body }) => {
    if (version <= 3) {
      const transaction = {
        transactionalId: body.v3AndBelowTransactionalId,
        producerId: Number(body.v3AndBelowProducerId),
        producerEpoch: body.v3AndBelowProducerEpoch,
        verifyOnly: false,
        topics: body.v3AndBelowTopics,
      };
      return { resultsByTopicV3AndBelow: await addAll(services, transaction, version) };
    }
    const results: Input<ResponseBody<'AddPartitionsToTxn'>['resultsByTransaction'][number]>[] = [];
    for (const transaction of body.transactions) {
      const wish = { ...transaction, producerId: Number(transaction.producerId) };
      results.push({
        transactionalId: transaction.transactionalId,
        topicResults: await addAll(services, wish, version),
      });
    }
    return { resultsByTransaction: results };
  },
);

/** All partitions or none: an unknown one keeps the others out. */
async function addAll(services: Services, transaction: Transaction, version: number): Promise<TopicResult[]> {
  const { catalog, transactions } = services;
  const { transactionalId, producerId, producerEpoch, topics, verifyOnly } = transaction;
  const codes = (codeOf: (topic: string, partition: number) => number): TopicResult[] =>
    topics.map(({ name, partitions }) => ({
      name,
      resultsByPartition: partitions.map((partition) => ({
        partitionIndex: partition,
        partitionErrorCode: codeOf(name, partition),
      })),
    }));
  const known = (topic: string, partition: number): boolean => catalog.partition(topic, partition) !== undefined;
  if (!topics.every(({ name, partitions }) => partitions.every((partition) => known(name, partition)))) {
    const [unknown, untouched] = [errorCode('UNKNOWN_TOPIC_OR_PARTITION'), errorCode('OPERATION_NOT_ATTEMPTED')];
    return codes((topic, partition) => (known(topic, partition) ? untouched : unknown));
  }
  if (verifyOnly) {
    return codes((topic, partition) => {
      try {
        transactions.verifyPartition(transactionalId, producerId, producerEpoch, topic, partition);
        return 0;
      } catch (error) {
        return coordinatorCodeOf(error);
      }
    });
  }
  try {
    const all = topics.flatMap(({ name, partitions }) => partitions.map((partition) => ({ topic: name, partition })));
    if (transactionalId === '') throw kafkaError('INVALID_REQUEST');
    await transactions.addPartitions(transactionalId, producerId, producerEpoch, all, version >= 4 ? 2 : 0);
    return codes(() => 0);
  } catch (error) {
    const code = fencedCode(error, version);
    return codes(() => code);
  }
}

/** Clients before version 2 of these requests do not know PRODUCER_FENCED (KIP-588). */
export function fencedCode(error: unknown, version: number): number {
  if (version < 2 && error instanceof KafkaError && error.errorName === 'PRODUCER_FENCED')
    return errorCode('INVALID_PRODUCER_EPOCH');
  return coordinatorCodeOf(error);
}
