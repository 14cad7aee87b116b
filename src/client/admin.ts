/** The administrative requests that tools and services need. */
import { safeNumber } from '../core/assert.ts';
import type { ResponseBody } from '../wire/codecs.ts';
import { KafkaError, kafkaError } from '../wire/error-codes.ts';
import { checkAnswer } from './cluster.ts';
import type { Cluster, TopicMetadata } from './cluster.ts';
import type {
  Admin,
  Isolation,
  NewTopic,
  PartitionEnds,
  TopicDescription,
  TopicPartitionOffset,
} from './kafka-client.ts';
import { endOfEpoch, offsetForTime, partitionOffsets } from './offsets.ts';
import { isRetriable, isUnknownTopic } from './retry.ts';
import { offsetsByTopic } from './transaction.ts';

const requestTimeoutMs = 30_000;
/** How long the brokers may take until all know of a new topic, or of one's end. */
const propagationMsMax = 10_000;
const topicResource = 2;
const configOperations = { set: 0, delete: 1 } as const;

export class KafkaAdmin implements Admin {
  private readonly cluster: Cluster;

  constructor(cluster: Cluster) {
    this.cluster = cluster;
  }

  async topics(): Promise<readonly TopicDescription[]> {
    return (await this.cluster.allTopics()).map(describe);
  }

  async describeTopic(topic: string): Promise<TopicDescription | undefined> {
    const found = await this.cluster.retry(() => this.lookUp(topic), requestTimeoutMs);
    return found === undefined ? undefined : describe(found);
  }

  async createTopic({ topic, partitions, replicationFactor = -1, config = {} }: NewTopic): Promise<TopicDescription> {
    let mayExist = false;
    await this.cluster.withAny(async (channel) => {
      try {
        const answer = await channel.request('CreateTopics', {
          topics: [
            {
              name: topic,
              numPartitions: partitions,
              replicationFactor,
              configs: Object.entries(config).map(([name, value]) => ({ name, value })),
            },
          ],
          timeoutMs: requestTimeoutMs,
        });
        const [result] = answer.topics;
        if (result === undefined) throw kafkaError('UNKNOWN_SERVER_ERROR');
        checkAnswer(result.errorCode, result.errorMessage, `Topic ${topic}`, { topic });
      } catch (error) {
        // It was made by an attempt whose answer got lost.
        if (mayExist && error instanceof KafkaError && error.errorName === 'TOPIC_ALREADY_EXISTS') return;
        mayExist ||= isRetriable(error);
        throw error;
      }
    });
    return this.whenKnown(topic);
  }

  async ensureTopic(topic: NewTopic): Promise<TopicDescription> {
    const known = await this.describeTopic(topic.topic);
    if (known !== undefined) return known;
    try {
      return await this.createTopic(topic);
    } catch (error) {
      if (error instanceof KafkaError && error.errorName === 'TOPIC_ALREADY_EXISTS') return this.whenKnown(topic.topic);
      throw error;
    }
  }

  async deleteTopic(topic: string): Promise<void> {
    const existed = await this.cluster.withAny(async (channel) => {
      const { responses } = await channel.request('DeleteTopics', {
        topics: [{ name: topic }],
        topicNames: [topic],
        timeoutMs: requestTimeoutMs,
      });
      const [result] = responses;
      if (result === undefined) throw kafkaError('UNKNOWN_SERVER_ERROR');
      if (result.errorCode === 3) return false;
      checkAnswer(result.errorCode, result.errorMessage, `Topic ${topic}`, { topic });
      return true;
    });
    this.cluster.forgetTopic(topic);
    if (existed) await this.whenUnknown(topic);
  }

  async topicConfig(topic: string): Promise<Readonly<Record<string, string>>> {
    return this.cluster.withAny(async (channel) => {
      const { results } = await channel.request('DescribeConfigs', {
        resources: [{ resourceType: topicResource, resourceName: topic, configurationKeys: null }],
      });
      const [result] = results;
      if (result === undefined) throw kafkaError('UNKNOWN_SERVER_ERROR');
      checkAnswer(result.errorCode, result.errorMessage, `Configuration of topic ${topic}`, { topic });
      return Object.fromEntries(result.configs.flatMap(({ name, value }) => (value === null ? [] : [[name, value]])));
    });
  }

  async alterTopicConfig(topic: string, config: Readonly<Record<string, string | null>>): Promise<void> {
    await this.cluster.withAny(async (channel) => {
      const configs = Object.entries(config).map(([name, value]) => ({
        name,
        value,
        configOperation: value === null ? configOperations.delete : configOperations.set,
      }));
      const { responses } = await channel.request('IncrementalAlterConfigs', {
        resources: [{ resourceType: topicResource, resourceName: topic, configs }],
        validateOnly: false,
      });
      const [result] = responses;
      if (result === undefined) throw kafkaError('UNKNOWN_SERVER_ERROR');
      checkAnswer(result.errorCode, result.errorMessage, `Configuration of topic ${topic}`, { topic });
    });
  }

  /** Each broker tells of the groups that it coordinates. */
  async groups(): Promise<readonly { readonly group: string; readonly state: string }[]> {
    const groupsOf = async (node: number): Promise<{ readonly group: string; readonly state: string }[]> => {
      const channel = await this.cluster.brokers.channel(node, 'main');
      const answer = await channel.request('ListGroups', {});
      checkAnswer(answer.errorCode, null, `Groups of broker ${node}`);
      return answer.groups.map(({ groupId, groupState }) => ({ group: groupId, state: groupState }));
    };
    // Which brokers there are is asked again as well: the groups of one that is gone are another's.
    const lists = await this.cluster.retry(
      async () => Promise.all((await this.cluster.nodes()).map(groupsOf)),
      requestTimeoutMs,
    );
    return lists.flat().sort((a, b) => (a.group < b.group ? -1 : 1));
  }

  async deleteGroup(group: string): Promise<void> {
    await this.cluster.withCoordinator('group', group, async (channel) => {
      const { results } = await channel.request('DeleteGroups', { groupsNames: [group] });
      const [result] = results;
      if (result === undefined) throw kafkaError('UNKNOWN_SERVER_ERROR');
      const { errorCode, errorMessage } = result;
      try {
        checkAnswer(errorCode, errorMessage, `Group ${group}`, { group });
      } catch (error) {
        if (error instanceof KafkaError && error.errorName === 'GROUP_ID_NOT_FOUND') return;
        throw error;
      }
    });
  }

  async committed(group: string, topic: string): Promise<ReadonlyMap<number, number>> {
    const positions = await this.committedPositions(group, topic);
    return new Map(positions.map(({ partition, offset }) => [partition, offset]));
  }

  async committedPositions(group: string, topic: string): Promise<readonly TopicPartitionOffset[]> {
    return (await committedOffsets(this.cluster, group)).filter((offset) => offset.topic === topic);
  }

  async commitOffsets(group: string, offsets: readonly TopicPartitionOffset[]): Promise<void> {
    await commitOffsets(this.cluster, { group, memberId: '', generation: -1 }, offsets);
  }

  async offsets(topic: string, partition: number, isolation: Isolation = 'read_uncommitted'): Promise<PartitionEnds> {
    return partitionOffsets(this.cluster, topic, partition, isolation);
  }

  async endOfEpoch(topic: string, partition: number, leaderEpoch: number): Promise<number | undefined> {
    return endOfEpoch(this.cluster, topic, partition, leaderEpoch);
  }

  async offsetForTime(topic: string, partition: number, timestampMs: number): Promise<number | undefined> {
    return offsetForTime(this.cluster, topic, partition, timestampMs);
  }

  /** What the brokers say of a topic now; undefined when they know none. */
  private async lookUp(topic: string): Promise<TopicMetadata | undefined> {
    this.cluster.forgetTopic(topic);
    try {
      return await this.cluster.topic(topic);
    } catch (error) {
      if (isUnknownTopic(error)) return undefined;
      throw error;
    }
  }

  /** A new topic is known, and led, everywhere only after a moment. */
  private async whenKnown(topic: string): Promise<TopicDescription> {
    const metadata = await this.cluster.retry(async () => {
      const found = await this.lookUp(topic);
      if (found !== undefined && !found.leaders.includes(-1)) return found;
      throw kafkaError('LEADER_NOT_AVAILABLE', `Topic ${topic} has no leaders yet.`, { topic });
    }, propagationMsMax);
    return describe(metadata);
  }

  private async whenUnknown(topic: string): Promise<void> {
    await this.cluster.retry(async () => {
      if ((await this.lookUp(topic)) === undefined) return;
      throw kafkaError('REQUEST_TIMED_OUT', `Topic ${topic} is still there.`, { topic });
    }, propagationMsMax);
  }
}

/** Who commits: a member of a group, or somebody outside (generation −1). */
export interface Committer {
  readonly group: string;
  readonly memberId: string;
  readonly generation: number;
  readonly instanceId?: string | undefined;
}

export async function commitOffsets(
  cluster: Cluster,
  { group, memberId, generation, instanceId }: Committer,
  offsets: readonly TopicPartitionOffset[],
  how: { readonly purpose?: string; readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<void> {
  if (offsets.length === 0) return;
  await cluster.withCoordinator(
    'group',
    group,
    async (channel) => {
      // From 10 on topics are named by id.
      const answer = await channel.request(
        'OffsetCommit',
        {
          groupId: group,
          memberId,
          generationIdOrMemberEpoch: generation,
          groupInstanceId: instanceId ?? null,
          topics: offsetsByTopic(offsets),
        },
        9,
      );
      for (const { name, partitions } of answer.topics) {
        for (const { partitionIndex, errorCode } of partitions)
          checkAnswer(errorCode, null, `The offset of ${name}-${partitionIndex} in group ${group}`, { group });
      }
    },
    how,
  );
}

type CommittedTopic = Pick<ResponseBody<'OffsetFetch'>['topics'][number], 'name' | 'partitions'>;

/** Everything that a group committed, once the transactions that change it are over. */
export async function committedOffsets(cluster: Cluster, group: string): Promise<TopicPartitionOffset[]> {
  return cluster.withCoordinator('group', group, async (channel) => {
    const answer = await channel.request(
      'OffsetFetch',
      { groupId: group, topics: null, groups: [{ groupId: group, topics: null }], requireStable: true },
      9,
    );
    const [found] = answer.groups; // up to version 7 the answer itself is the group's
    checkAnswer((found ?? answer).errorCode, null, `Offsets of group ${group}`, { group });
    const topics: readonly CommittedTopic[] = found?.topics ?? answer.topics;
    return topics.flatMap(({ name, partitions }) =>
      partitions.flatMap(({ partitionIndex, committedOffset, committedLeaderEpoch, errorCode }) => {
        checkAnswer(errorCode, null, `The offset of ${name}-${partitionIndex} in group ${group}`, { group });
        return committedOffset === -1
          ? []
          : [
              {
                topic: name,
                partition: partitionIndex,
                offset: safeNumber(committedOffset),
                leaderEpoch: committedLeaderEpoch,
              },
            ];
      }),
    );
  });
}

function describe({ topic, topicId, leaders, replicationFactor, internal }: TopicMetadata): TopicDescription {
  return { topic, topicId: topicId ?? '', partitions: leaders.length, replicationFactor, internal };
}
