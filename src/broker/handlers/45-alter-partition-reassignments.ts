/** AlterPartitionReassignments, versions 0–1: every partition can only be where it is, on the one node. */
import { kafkaError } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';

export const alterPartitionReassignments: ApiHandler<'AlterPartitionReassignments'> = apiHandler(
  'AlterPartitionReassignments',
  [0, 1],
  ({ catalog, topics: manager }, { body }) => ({
    allowReplicationFactorChange: body.allowReplicationFactorChange,
    responses: body.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }) => {
        try {
          const topic = catalog.topic(name);
          if (topic === undefined)
            throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`);
          if (topic.partitions[partitionIndex] === undefined)
            throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${partitionIndex}.`);
          if (replicas === null) throw kafkaError('NO_REASSIGNMENT_IN_PROGRESS');
          manager.checkReplicas(replicas);
          return { partitionIndex, errorCode: 0 };
        } catch (error) {
          return { partitionIndex, errorCode: codeOf(error), errorMessage: textOf(error) };
        }
      }),
    })),
  }),
);
