/** DescribeTopicPartitions, version 0: topics in the order of their names, page by page. */
import { errorCode } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { authorizedOperations } from '../authorized-operations.ts';

type Response = Input<ResponseBody<'DescribeTopicPartitions'>>;

export const describeTopicPartitions: ApiHandler<'DescribeTopicPartitions'> = apiHandler(
  'DescribeTopicPartitions',
  [0, 0],
  ({ catalog, config, nodeId }, { body }): Response => {
    const { cursor } = body;
    const first = body.topics[0];
    if (cursor !== null && cursor.partitionIndex < 0) {
      return { topics: body.topics.map(({ name }) => ({ errorCode: errorCode('INVALID_REQUEST'), name })) };
    }
    const all = first === undefined;
    const names = (all ? [...catalog.topics.keys()] : [...new Set(body.topics.map(({ name }) => name))])
      .filter((name) => cursor === null || name >= cursor.topicName)
      .sort();
    let left = Math.min(Math.max(body.responsePartitionLimit, 1), config.number('max.request.partition.size.limit'));
    const found: NonNullable<Response['topics']>[number][] = [];
    const unknown: NonNullable<Response['topics']>[number][] = [];
    for (const name of names) {
      const topic = catalog.topic(name);
      if (topic === undefined) {
        unknown.push({
          errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
          name,
          topicAuthorizedOperations: authorizedOperations.topic,
        });
        continue;
      }
      const from = cursor !== null && cursor.topicName === name ? cursor.partitionIndex : 0;
      if (left === 0) return { topics: [...unknown, ...found], nextCursor: { topicName: name, partitionIndex: from } };
      const to = Math.min(topic.partitions.length, from + left);
      const nodes = [nodeId];
      found.push({
        name,
        topicId: topic.id,
        isInternal: topic.internal,
        partitions: topic.partitions.slice(from, to).map(({ index }) => ({
          partitionIndex: index,
          leaderId: nodeId,
          leaderEpoch: catalog.leaderEpoch,
          replicaNodes: nodes,
          isrNodes: nodes,
          eligibleLeaderReplicas: [],
          lastKnownElr: [],
        })),
        topicAuthorizedOperations: authorizedOperations.topic,
      });
      left -= Math.max(to - from, 0);
      if (to < topic.partitions.length)
        return { topics: [...unknown, ...found], nextCursor: { topicName: name, partitionIndex: to } };
    }
    return { topics: [...unknown, ...found], nextCursor: null };
  },
);
