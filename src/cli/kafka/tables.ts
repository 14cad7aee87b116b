/** What several tools print alike. */
import { KafkaError, kafkaErrorFacts } from '../../wire/error-codes.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';

export type TopicMetadataAnswer = ResponseBody<'Metadata'>['topics'][number];

/** Throws what the code of an answer means; `text` is the broker's own sentence. */
export function checkCode(code: number, text: string | null | undefined, otherwise?: string): void {
  if (code === 0) return;
  throw new KafkaError(code, text || otherwise || kafkaErrorFacts(code).name);
}

/** Metadata of the named topics, or of all. */
export async function topicsMetadata(
  client: KafkaClient,
  names: readonly string[] | null,
): Promise<readonly TopicMetadataAnswer[]> {
  const answer = await client.request('Metadata', {
    topics: names === null ? null : names.map((name) => ({ name })),
    allowAutoTopicCreation: false,
  });
  return answer.topics;
}
