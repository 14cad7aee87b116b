/** `kafka-topics --describe`. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { Options } from './options.ts';
import { StackError } from '../../core/errors.ts';
import { checkCode } from './java-errors.ts';
import type { TopicMetadataAnswer } from './tables.ts';
import type { ToolEnvironment } from './tool.ts';

const topicResource = 2;
/** The source of a configuration that nobody set. */
const defaultSource = 5;

const partitionFilters = [
  'under-replicated-partitions',
  'unavailable-partitions',
  'under-min-isr-partitions',
  'at-min-isr-partitions',
] as const;

type Partition = TopicMetadataAnswer['partitions'][number];

interface TopicConfig {
  /** `name=value` of what is not the default. */
  readonly overrides: readonly string[];
  readonly minIsr: number;
}

export async function describeTopics(
  client: KafkaClient,
  options: Options,
  env: ToolEnvironment,
  matching: (client: KafkaClient, options: Options) => Promise<readonly TopicMetadataAnswer[]>,
): Promise<number> {
  const topics = options.has('topic-id') ? await byId(client, options) : await matching(client, options);
  if (topics.length === 0) {
    if (options.has('topic') && !options.has('if-exists')) {
      throw new StackError('MILLRACE_CONFIG_INVALID', `Topic '${options.value('topic')}' does not exist as expected`);
    }
    return 0;
  }
  const configs = await configsOf(
    client,
    topics.map(({ name }) => name ?? ''),
  );
  const filters = partitionFilters.filter((name) => options.has(name));
  for (const topic of topics) {
    const config = configs.get(topic.name ?? '') ?? { overrides: [], minIsr: 1 };
    if (options.has('topics-with-overrides') && config.overrides.length === 0) continue;
    if (filters.length === 0) env.out(header(topic, config));
    if (options.has('topics-with-overrides')) continue;
    const partitions = [...topic.partitions].sort((a, b) => a.partitionIndex - b.partitionIndex);
    for (const partition of partitions) {
      if (filters.length === 0 || filters.some((filter) => passes(filter, partition, config)))
        env.out(line(topic, partition));
    }
  }
  return 0;
}

async function byId(client: KafkaClient, options: Options): Promise<readonly TopicMetadataAnswer[]> {
  const id = options.value('topic-id') as string;
  const answer = await client.request('Metadata', { topics: null, allowAutoTopicCreation: false });
  const found = answer.topics.filter(({ topicId }) => topicId === id);
  if (found.length === 0 && !options.has('if-exists')) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `TopicId '${id}' does not exist as expected`);
  }
  return found;
}

async function configsOf(client: KafkaClient, names: readonly string[]): Promise<Map<string, TopicConfig>> {
  const answer = await client.request('DescribeConfigs', {
    resources: names.map((resourceName) => ({ resourceType: topicResource, resourceName, configurationKeys: null })),
  });
  const configs = new Map<string, TopicConfig>();
  for (const { resourceName, errorCode, errorMessage, configs: entries } of answer.results) {
    checkCode(errorCode, errorMessage);
    configs.set(resourceName, {
      overrides: entries
        .filter(({ configSource }) => configSource !== defaultSource)
        .map(({ name, value }) => `${name}=${value ?? ''}`),
      minIsr: Number(entries.find(({ name }) => name === 'min.insync.replicas')?.value ?? 1),
    });
  }
  return configs;
}

function header({ name, topicId, partitions }: TopicMetadataAnswer, { overrides }: TopicConfig): string {
  const replicas = partitions[0]?.replicaNodes.length ?? 0;
  return `Topic: ${name}\tTopicId: ${topicId}\tPartitionCount: ${partitions.length}\tReplicationFactor: ${replicas}\tConfigs: ${overrides.join(',')}\n`;
}

function line({ name }: TopicMetadataAnswer, partition: Partition): string {
  const { partitionIndex, leaderId, replicaNodes, isrNodes } = partition;
  const leader = leaderId < 0 ? 'none' : leaderId;
  return `\tTopic: ${name}\tPartition: ${partitionIndex}\tLeader: ${leader}\tReplicas: ${replicaNodes.join(',')}\tIsr: ${isrNodes.join(',')}\tElr: \tLastKnownElr: \n`;
}

function passes(filter: (typeof partitionFilters)[number], partition: Partition, { minIsr }: TopicConfig): boolean {
  const { leaderId, replicaNodes, isrNodes } = partition;
  switch (filter) {
    case 'under-replicated-partitions':
      return isrNodes.length < replicaNodes.length;
    case 'unavailable-partitions':
      return leaderId < 0;
    case 'under-min-isr-partitions':
      return isrNodes.length < minIsr;
    case 'at-min-isr-partitions':
      return isrNodes.length === minIsr;
  }
}
