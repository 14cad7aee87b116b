/** DescribeQuorum, versions 0–2: a quorum of one, this node. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { kafkaText } from '../errors.ts';
import { clusterMetadataTopic } from '../metadata/topic-names.ts';

export const describeQuorum: ApiHandler<'DescribeQuorum'> = apiHandler(
  'DescribeQuorum',
  [0, 2],
  ({ clock, metadata, nodeId }, { body, context }) => {
    const asked = body.topics.flatMap(({ topicName, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topicName, partitionIndex })),
    );
    const [only, other] = asked;
    if (only?.topicName !== clusterMetadataTopic || only.partitionIndex !== 0 || other !== undefined) {
      return {
        errorMessage: '',
        topics: body.topics.map(({ topicName, partitions }) => ({
          topicName,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'),
            errorMessage: kafkaText('UNKNOWN_TOPIC_OR_PARTITION'),
          })),
        })),
      };
    }
    const now = clock.now();
    const end = metadata.endOffset;
    const voter = { replicaId: nodeId, logEndOffset: end, lastFetchTimestamp: now, lastCaughtUpTimestamp: now };
    return {
      errorMessage: '',
      topics: [
        {
          topicName: clusterMetadataTopic,
          partitions: [
            {
              partitionIndex: 0,
              errorMessage: '',
              leaderId: nodeId,
              leaderEpoch: 1,
              highWatermark: end,
              currentVoters: [voter],
            },
          ],
        },
      ],
      nodes: [
        { nodeId, listeners: [{ name: 'CONTROLLER', host: context.endpoint.host, port: context.endpoint.port }] },
      ],
    };
  },
);
