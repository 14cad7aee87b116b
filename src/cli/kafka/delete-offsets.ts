/** `kafka-consumer-groups --delete-offsets`. */
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import type { KafkaErrorName } from '../../wire/error-codes.ts';
import { topicArgument } from './group-offsets.ts';
import { checkCode, javaError } from './java-errors.ts';
import type { Options } from './options.ts';
import { topicsMetadata } from './tables.ts';
import type { ToolEnvironment } from './tool.ts';

interface Result extends TopicPartition {
  readonly error: KafkaError | undefined;
}

/** Errors that say something about the group, not about one partition. */
const ofTheGroup: readonly KafkaErrorName[] = [
  'INVALID_GROUP_ID',
  'GROUP_ID_NOT_FOUND',
  'GROUP_AUTHORIZATION_FAILED',
  'NON_EMPTY_GROUP',
];
const ofPartitions: readonly KafkaErrorName[] = [
  'GROUP_SUBSCRIBED_TO_TOPIC',
  'TOPIC_AUTHORIZATION_FAILED',
  'UNKNOWN_TOPIC_OR_PARTITION',
];
/** In place of a partition, for a topic that has none. */
const noPartition = -1;

export async function deleteOffsets(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const group = options.value('group') as string;
  const unknown: Result[] = [];
  const partitions: TopicPartition[] = [];
  for (const { topic, partitions: listed } of options.values('topic').map(topicArgument)) {
    if (listed !== undefined) {
      partitions.push(...listed.map((partition) => ({ topic, partition })));
      continue;
    }
    const [found] = await topicsMetadata(client, [topic]);
    const error = errorOf(found?.errorCode);
    if (error === undefined)
      partitions.push(...(found?.partitions ?? []).map(({ partitionIndex }) => ({ topic, partition: partitionIndex })));
    else unknown.push({ topic, partition: noPartition, error });
  }
  const { whole, results } = await request(client, group, partitions);
  const error = whole ?? results.find((result) => result.error !== undefined)?.error;
  if (error === undefined) env.out(`Request succeeded for deleting offsets from group ${group}.\n`);
  else if (ofTheGroup.includes(error.errorName)) env.out(`\nError: ${error.message}\n`);
  else if (ofPartitions.includes(error.errorName))
    env.out('\nError: Encountered some partition-level error, see the follow-up details.\n');
  else env.out(`\nError: Encountered some unknown error: ${error.errorName}\n`);
  env.out(tableOf([...unknown, ...results]));
  return 0; // as Kafka's tool does
}

function errorOf(code: number | undefined): KafkaError | undefined {
  try {
    checkCode(code);
    return undefined;
  } catch (error) {
    if (error instanceof KafkaError) return error;
    throw error;
  }
}

async function request(
  client: KafkaClient,
  groupId: string,
  partitions: readonly TopicPartition[],
): Promise<{ readonly whole: KafkaError | undefined; readonly results: readonly Result[] }> {
  const topics = new Map<string, { partitionIndex: number }[]>();
  for (const { topic, partition } of partitions)
    topics.set(topic, [...(topics.get(topic) ?? []), { partitionIndex: partition }]);
  const body = { groupId, topics: Array.from(topics, ([name, list]) => ({ name, partitions: list })) };
  const answer = await client.request('OffsetDelete', body, undefined, { group: groupId });
  const whole = errorOf(answer.errorCode);
  if (whole !== undefined) return { whole, results: partitions.map((partition) => ({ ...partition, error: whole })) };
  const results = answer.topics.flatMap(({ name, partitions: list }) =>
    list.map(({ partitionIndex, errorCode }) => ({
      topic: name,
      partition: partitionIndex,
      error: errorOf(errorCode),
    })),
  );
  return { whole: undefined, results };
}

function tableOf(results: readonly Result[]): string {
  const width = Math.max(15, ...results.map(({ topic }) => topic.length));
  const row = (topic: string, partition: string, state: string): string =>
    `\n${topic.padEnd(width)} ${partition.padEnd(10)} ${state.padEnd(15)}`;
  const key = ({ topic, partition }: Result): string => `${topic}${partition}`;
  const rows = [...results]
    .sort((a, b) => (key(a) < key(b) ? -1 : 1))
    .map(({ topic, partition, error }) =>
      row(
        topic,
        partition === noPartition ? '-' : String(partition),
        error === undefined ? 'Successful' : `Error: ${javaError(error)}`,
      ),
    );
  return `${row('TOPIC', 'PARTITION', 'STATUS')}${rows.join('')}\n`;
}
