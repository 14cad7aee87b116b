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

const sentences: Readonly<Record<string, string>> = {
  GROUP_ID_NOT_FOUND: 'The group id does not exist.',
  NON_EMPTY_GROUP: 'The group is not empty.',
  COORDINATOR_NOT_AVAILABLE: 'The coordinator is not available.',
};

/** An error as the tools print Java's exceptions: class and sentence. */
export function javaError(error: KafkaError): string {
  const words = error.errorName.toLowerCase().split('_');
  const name = words.map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`).join('');
  return `org.apache.kafka.common.errors.${name}Exception: ${sentences[error.errorName] ?? error.message}`;
}
