/** ElectLeaders, versions 0–2: the one node leads everything already. */
import { errorCode } from '../../wire/error-codes.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { kafkaText } from '../errors.ts';

export const electLeaders: ApiHandler<'ElectLeaders'> = apiHandler('ElectLeaders', [0, 2], ({ catalog }, { body }) => {
  // Asked about all partitions, Kafka tells only of those that it did something about.
  const asked = body.topicPartitions ?? [];
  return {
    replicaElectionResults: asked.map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => {
        const known = catalog.topic(topic);
        if (known?.partitions[partitionId] !== undefined)
          return {
            partitionId,
            errorCode: errorCode('ELECTION_NOT_NEEDED'),
            errorMessage: kafkaText('ELECTION_NOT_NEEDED'),
          };
        const errorMessage =
          known === undefined ? `No such topic as ${topic}` : `No such partition as ${topic}-${partitionId}`;
        return { partitionId, errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), errorMessage };
      }),
    })),
  };
});
