/** What the brokers tell of transactions and producers. */
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';
import { kafkaError, KafkaError } from '../../wire/error-codes.ts';
import { checkCode } from './java-errors.ts';

export type ProducerState =
  ResponseBody<'DescribeProducers'>['topics'][number]['partitions'][number]['activeProducers'][number];
type TransactionListing = ResponseBody<'ListTransactions'>['transactionStates'][number];
type TransactionDescription = ResponseBody<'DescribeTransactions'>['transactionStates'][number];

export interface TransactionFilter {
  readonly durationFilter?: number;
  readonly transactionalIdPattern?: string | null;
  readonly producerIdFilters?: readonly bigint[];
}

/** The transactions that a broker coordinates. */
export async function listTransactions(
  client: KafkaClient,
  node: number,
  filter: TransactionFilter,
): Promise<readonly TransactionListing[]> {
  const { durationFilter = -1, transactionalIdPattern = null, producerIdFilters = [] } = filter;
  const request = {
    stateFilters: [],
    producerIdFilters: [...producerIdFilters],
    durationFilter,
    transactionalIdPattern,
  };
  const answer = await client.request('ListTransactions', request, undefined, { node });
  checkCode(answer.errorCode);
  return answer.transactionStates;
}

/** @throws KafkaError in the words of Java's client */
export async function describeTransaction(
  client: KafkaClient,
  transactionalId: string,
): Promise<TransactionDescription & { readonly coordinator: number }> {
  const where = await client.request('FindCoordinator', {
    key: transactionalId,
    keyType: 1,
    coordinatorKeys: [transactionalId],
  });
  const coordinator = where.coordinators[0] ?? where;
  checkCode(coordinator.errorCode, coordinator.errorMessage);
  const request = { transactionalIds: [transactionalId] };
  const answer = await client.request('DescribeTransactions', request, undefined, { transactionalId });
  const [found] = answer.transactionStates;
  if (found === undefined || new KafkaError(found.errorCode).errorName === 'TRANSACTIONAL_ID_NOT_FOUND')
    throw kafkaError(
      'TRANSACTIONAL_ID_NOT_FOUND',
      `DescribeTransactions request for transactionalId \`${transactionalId}\` failed because the ID could not be found`,
    );
  checkCode(found.errorCode);
  return { ...found, coordinator: coordinator.nodeId };
}

/** The producers of a partition as its leader, or one of its replicas, knows them. */
export async function producersOf(
  client: KafkaClient,
  { topic, partition }: TopicPartition,
  node?: number,
): Promise<readonly ProducerState[]> {
  const answer = await client.request(
    'DescribeProducers',
    { topics: [{ name: topic, partitionIndexes: [partition] }] },
    undefined,
    node === undefined ? { topic, partition } : { node },
  );
  const [found] = answer.topics[0]?.partitions ?? [];
  checkCode(found?.errorCode, found?.errorMessage);
  return found?.activeProducers ?? [];
}
