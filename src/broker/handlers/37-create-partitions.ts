/** CreatePartitions, versions 0–3. */
import { kafkaError } from '../../wire/error-codes.ts';
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import { apiHandler } from '../api-handler.ts';
import type { ApiHandler } from '../api-handler.ts';
import { codeOf, textOf } from '../errors.ts';

type Result = Input<ResponseBody<'CreatePartitions'>['results'][number]>;

export const createPartitions: ApiHandler<'CreatePartitions'> = apiHandler(
  'CreatePartitions',
  [0, 3],
  async ({ topics, metadata }, { body }) => {
    const results: Result[] = [];
    for (const name of new Set(body.topics.map((topic) => topic.name))) {
      try {
        const [topic, second] = body.topics.filter((other) => other.name === name);
        if (second !== undefined) throw kafkaError('INVALID_REQUEST', 'Duplicate topic name.');
        if (topic === undefined) continue;
        topics.grow(name, topic.count, topic.assignments, body.validateOnly);
        await metadata.whenDurable();
        results.push({ name, errorCode: 0 });
      } catch (error) {
        results.push({ name, errorCode: codeOf(error), errorMessage: textOf(error) });
      }
    }
    return { results };
  },
);
