/** TxnOffsetCommit, versions 0–6. From 5 on the group's partition is added to the transaction by this request; topics by id from 6 on. */
import { KafkaError, kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { coordinatorCodeOf } from '../errors.ts';
import type { Services } from '../services.ts';
import type { RequestBody } from '../../wire/codecs.ts';
import { planCommit } from './08-offset-commit.ts';

export const txnOffsetCommit: ApiHandler<'TxnOffsetCommit'> = apiHandler(
  'TxnOffsetCommit',
  [0, 6],
  async (services, { version, body }) => {
    const { catalog, groups } = services;
    const byId = version >= 6;
    const plan = body.topics.map(({ name, topicId, partitions }) => {
      const topic = byId ? catalog.topicById(topicId) : catalog.topic(name);
      const missing = byId ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
      return {
        name,
        topicId,
        partitions: partitions.map((partition) => planCommit(services, topic?.name, partition, missing)),
      };
    });
    const entries = plan.flatMap(({ partitions }) => partitions.flatMap(({ entry }) => entry ?? []));
    let failure = 0;
    try {
      if (entries.length > 0) {
        const joined = joinTransaction(services, body, version);
        groups.checkCommitter(
          {
            groupId: body.groupId,
            memberId: body.memberId,
            instanceId: body.groupInstanceId,
            generation: body.generationIdOrMemberEpoch,
          },
          entries,
          true,
          version,
        );
        const producer = { id: Number(body.producerId), epoch: body.producerEpoch };
        await Promise.all([joined, groups.commitInTransaction(body.groupId, producer, entries)]);
      }
    } catch (error) {
      failure = coordinatorCodeOf(error);
    }
    return {
      topics: plan.map(({ name, topicId, partitions }) => ({
        name,
        topicId,
        partitions: partitions.map(({ partitionIndex, entry, code }) => ({
          partitionIndex,
          errorCode: entry === undefined ? code : failure,
        })),
      })),
    };
  },
);

function joinTransaction(
  { groups, transactions }: Services,
  body: RequestBody<'TxnOffsetCommit'>,
  version: number,
): Promise<void> | undefined {
  const { transactionalId, producerEpoch } = body;
  const producerId = Number(body.producerId);
  const offsets = groups.offsetsPartition(body.groupId);
  try {
    if (version >= 5) return transactions.addPartitions(transactionalId, producerId, producerEpoch, [offsets], 2);
    transactions.verifyPartition(transactionalId, producerId, producerEpoch, offsets.topic, offsets.partition);
    return undefined;
  } catch (error) {
    if (error instanceof KafkaError && error.errorName === 'PRODUCER_FENCED')
      throw kafkaError('INVALID_PRODUCER_EPOCH');
    if (error instanceof KafkaError && error.errorName === 'TRANSACTION_ABORTABLE' && version < 5)
      throw kafkaError('INVALID_TXN_STATE');
    throw error;
  }
}
