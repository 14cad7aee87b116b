/** DeleteTopics, versions 1–6: by name, and from 6 on by id. Internal topics too, as Kafka allows. */
import { errorCode, kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, kafkaText, textOf } from '../errors.ts';

type Result = Input<ResponseBody<'DeleteTopics'>['responses'][number]>;

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const deleteTopics: ApiHandler<'DeleteTopics'> = apiHandler(
  'DeleteTopics',
  [1, 6],
  async (services, { version, body }) => {
    const { catalog, config, metadata, topics } = services;
    const asked = version >= 6 ? body.topics : body.topicNames.map((name) => ({ name, topicId: zeroId }));
    const seen = new Map<string, number>();
    for (const { name, topicId } of asked) seen.set(`${name} ${topicId}`, (seen.get(`${name} ${topicId}`) ?? 0) + 1);
    const responses: Result[] = [];
    for (const { name, topicId } of asked) {
      const count = seen.get(`${name} ${topicId}`) ?? 0;
      if (!seen.delete(`${name} ${topicId}`)) continue;
      try {
        if (!config.flag('delete.topic.enable'))
          throw kafkaError(version < 3 ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED');
        if (name === null && topicId === zeroId)
          throw kafkaError('INVALID_REQUEST', 'Neither topic name nor id were specified.');
        if (name !== null && topicId !== zeroId)
          throw kafkaError('INVALID_REQUEST', 'You may not specify both topic name and topic id.');
        if (count > 1)
          throw kafkaError('INVALID_REQUEST', name === null ? 'Duplicate topic id.' : 'Duplicate topic name.');
        const topic = name === null ? catalog.topicById(topicId) : catalog.topic(name);
        const missing = name === null ? 'UNKNOWN_TOPIC_ID' : 'UNKNOWN_TOPIC_OR_PARTITION';
        if (topic === undefined) throw kafkaError(missing, kafkaText(missing));
        topics.delete(topic);
        responses.push({ name: topic.name, topicId: topic.id, errorCode: 0 });
      } catch (error) {
        responses.push({ name, topicId, errorCode: codeOf(error), errorMessage: textOf(error) });
      }
    }
    try {
      await metadata.whenDurable();
    } catch {
      return { responses: responses.map((response) => ({ ...response, errorCode: errorCode('KAFKA_STORAGE_ERROR') })) };
    }
    return { responses };
  },
);
