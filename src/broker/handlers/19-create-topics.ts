/**
 * CreateTopics, versions 2–7: partitions, manual assignments (of this one node), configurations, validation only. Topics of one
 * request are made together. Left out: quotas of the controller.
 */
import { errorCode, kafkaError } from '../../wire/error-codes.ts';
import type { Input, RequestBody, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { createdTopicConfig } from '../config/describe.ts';
import { codeOf, textOf } from '../errors.ts';
import type { PlannedTopic } from '../metadata/topic-manager.ts';
import type { Services } from '../services.ts';

type Result = Input<ResponseBody<'CreateTopics'>['topics'][number]>;
type Topic = RequestBody<'CreateTopics'>['topics'][number];

export const createTopics: ApiHandler<'CreateTopics'> = apiHandler(
  'CreateTopics',
  [2, 7],
  async (services, { body }) => {
    const { topics: manager, metadata } = services;
    const counts = countNames(body.topics);
    const planned: PlannedTopic[] = [];
    const results: Result[] = [];
    for (const [name, count] of counts) {
      const topic = body.topics.find((other) => other.name === name);
      if (topic === undefined) continue;
      try {
        if (count > 1) throw kafkaError('INVALID_REQUEST', 'Duplicate topic name.');
        const plan = manager.plan(newTopic(topic));
        // Kafka's controller has no time left to answer; it may or may not have made the topic. Here it has not.
        if (body.timeoutMs <= 0) results.push(refusal(name, errorCode('REQUEST_TIMED_OUT'), null));
        else {
          if (collides(plan, planned))
            throw kafkaError('INVALID_TOPIC_EXCEPTION', `Topic '${name}' collides with existing topic: ${name}`);
          planned.push(plan);
          results.push(created(services, plan));
        }
      } catch (error) {
        results.push(refusal(name, codeOf(error), textOf(error)));
      }
    }
    if (body.validateOnly || planned.length === 0) return { topics: results };
    try {
      manager.create(planned);
      await metadata.whenDurable();
    } catch (error) {
      const failed = new Set(planned.map(({ name }) => name));
      return {
        topics: results.map((result) =>
          failed.has(result.name ?? '') ? refusal(result.name ?? '', codeOf(error), textOf(error)) : result,
        ),
      };
    }
    return { topics: results };
  },
);

function countNames(topics: readonly Topic[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { name } of topics) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

function newTopic({
  name,
  numPartitions,
  replicationFactor,
  assignments,
  configs,
}: Topic): Parameters<Services['topics']['plan']>[0] {
  return {
    name,
    partitions: numPartitions,
    replicationFactor,
    assignments: assignments.map(({ partitionIndex, brokerIds }) => ({
      partition: partitionIndex,
      replicas: brokerIds,
    })),
    config: new Map(configs.map((config) => [config.name, config.value])),
  };
}

function collides(plan: PlannedTopic, others: readonly PlannedTopic[]): boolean {
  return others.some(({ name }) => name.replaceAll('.', '_') === plan.name.replaceAll('.', '_'));
}

function created(services: Services, { name, id, partitions, config }: PlannedTopic): Result {
  return {
    name,
    topicId: id,
    errorCode: 0,
    errorMessage: null,
    numPartitions: partitions,
    replicationFactor: 1,
    configs: createdTopicConfig(config, services),
  };
}

function refusal(name: string, code: number, errorMessage: string | null): Result {
  return { name, errorCode: code, errorMessage, numPartitions: -1, replicationFactor: -1, configs: [] };
}
