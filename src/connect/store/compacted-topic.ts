/** A compacted topic as a table of texts: read to its end once, then only written. docs/internals/connect-topics.md says what is in the three. */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient, Producer } from '../../client/kafka-client.ts';

export interface CompactedTopicOptions {
  /** The worker property that names the topic, for error texts. */
  readonly property: string;
  readonly topic: string;
  readonly partitions: number;
  /** −1: the broker's default. */
  readonly replicationFactor: number;
}

export class CompactedTopic {
  private readonly topic: string;
  private readonly producer: Producer;

  private constructor(topic: string, producer: Producer) {
    this.topic = topic;
    this.producer = producer;
  }

  /**
   * Creates the topic when it is missing and gives every record of it to `onRecord`, each partition in its order.
   * @throws StackError MILLRACE_CONFIG_INVALID when the topic is not compacted, or has too many partitions
   */
  static async open(
    kafka: KafkaClient,
    producer: Producer,
    { property, topic, partitions, replicationFactor }: CompactedTopicOptions,
    onRecord: (key: string, value: string | null) => void,
  ): Promise<CompactedTopic> {
    const known = await kafka.admin.describeTopic(topic);
    if (known === undefined) {
      const config = { 'cleanup.policy': 'compact' };
      await kafka.admin.ensureTopic({ topic, partitions, replicationFactor, config });
      return new CompactedTopic(topic, producer);
    }
    const { 'cleanup.policy': policy } = await kafka.admin.topicConfig(topic);
    if (policy !== 'compact')
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Topic '${topic}' supplied via the '${property}' property is required to have 'cleanup.policy=compact' to guarantee consistency and durability of source connector offsets, connector configurations, and connector and task status, but found the topic currently has 'cleanup.policy=${policy}'. Continuing would likely result in eventually losing source connector offsets and problems restarting this Connect cluster in the future. Change the '${property}' property in the Connect worker configurations to use a topic with 'cleanup.policy=compact'.`,
      );
    if (property === 'config.storage.topic' && known.partitions !== 1)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Topic '${topic}' supplied via the 'config.storage.topic' property is required to have a single partition in order to guarantee consistency of connector configurations, but found ${known.partitions} partitions.`,
      );
    await Promise.all(Array.from({ length: known.partitions }, (_, i) => readAll(kafka, topic, i, onRecord)));
    return new CompactedTopic(topic, producer);
  }

  /** Resolves once the record is acknowledged. Records of one key stay in the order of their calls. */
  async write(key: string, value: string | null): Promise<void> {
    await this.producer.send({
      topic: this.topic,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
    });
  }
}

async function readAll(
  kafka: KafkaClient,
  topic: string,
  partition: number,
  onRecord: (key: string, value: string | null) => void,
): Promise<void> {
  const { earliest, latest } = await kafka.admin.offsets(topic, partition, 'read_committed');
  if (earliest >= latest) return;
  for await (const records of kafka.read(topic, partition, { from: earliest, to: latest })) {
    for (const { key, value } of records) {
      if (key !== null) onRecord(key.toString('utf8'), value === null ? null : value.toString('utf8'));
    }
  }
}
