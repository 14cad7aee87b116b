/**
 * Metadata, versions 0–13: all topics or some, by name or (10+) by id; makes missing topics when the broker's configuration and
 * the client allow it. The one broker is named by the address at which the asker reached it.
 */
import { errorCode, KafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { authorizedOperations, noAuthorizedOperations } from '../authorized-operations.ts';
import { codeOf } from '../errors.ts';
import type { Topic } from '../metadata/catalog.ts';
import type { Services } from '../services.ts';

type TopicResponse = Input<ResponseBody<'Metadata'>['topics'][number]>;

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const metadata: ApiHandler<'Metadata'> = apiHandler(
  'Metadata',
  [0, 13],
  async (services, { version, body, context }) => {
    const { catalog, nodeId, metadata } = services;
    const before = metadata.endOffset;
    // Version 0 says "all" with an empty list, later ones with null.
    const all = body.topics === null || (version === 0 && body.topics.length === 0);
    const operations = body.includeTopicAuthorizedOperations ? authorizedOperations.topic : noAuthorizedOperations;
    const mayCreate = version < 4 || body.allowAutoTopicCreation;
    let topics = all
      ? Array.from(catalog.topics.values(), (topic) => describe(topic, services, operations))
      : (body.topics ?? []).map(({ name, topicId }): TopicResponse => {
          if (topicId !== zeroId) {
            const topic = catalog.topicById(topicId);
            return topic === undefined
              ? { errorCode: errorCode('UNKNOWN_TOPIC_ID'), name: null, topicId }
              : describe(topic, services, operations);
          }
          return byName(services, name ?? '', mayCreate, operations);
        });
    // What was made here is used from now on: it has to stay.
    try {
      if (metadata.endOffset !== before) await metadata.whenDurable();
    } catch (error) {
      topics = (body.topics ?? []).map(({ name }) => ({ errorCode: codeOf(error), name }));
    }
    return {
      brokers: [
        {
          nodeId,
          host: context.endpoint.host,
          port: context.endpoint.port,
          rack: services.config.value('broker.rack'),
        },
      ],
      clusterId: services.clusterId,
      controllerId: nodeId,
      topics,
      clusterAuthorizedOperations: body.includeClusterAuthorizedOperations
        ? authorizedOperations.cluster
        : noAuthorizedOperations,
    };
  },
);

function byName(services: Services, name: string, mayCreate: boolean, operations: number): TopicResponse {
  const { catalog, config, topics } = services;
  const known = catalog.topic(name);
  if (known !== undefined) return describe(known, services, operations);
  try {
    const topic = { name, partitions: -1, replicationFactor: -1, config: new Map<string, string>() };
    if (mayCreate && config.flag('auto.create.topics.enable'))
      return describe(topics.ensure(name), services, operations);
    topics.plan(topic); // only for what is wrong with the name
    return { errorCode: errorCode('UNKNOWN_TOPIC_OR_PARTITION'), name };
  } catch (error) {
    const invalid =
      error instanceof KafkaError && error.errorName === 'INVALID_REQUEST'
        ? errorCode('INVALID_TOPIC_EXCEPTION')
        : codeOf(error);
    return { errorCode: invalid, name };
  }
}

function describe(topic: Topic, { catalog, nodeId }: Services, operations: number): TopicResponse {
  const nodes = [nodeId];
  return {
    errorCode: 0,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.internal,
    partitions: topic.partitions.map(({ index }) => ({
      errorCode: 0,
      partitionIndex: index,
      leaderId: nodeId,
      leaderEpoch: catalog.leaderEpoch,
      replicaNodes: nodes,
      isrNodes: nodes,
    })),
    topicAuthorizedOperations: operations,
  };
}
