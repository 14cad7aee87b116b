/**
 * A cluster as the client sees it: which broker leads a partition, which one coordinates a group or transaction, what topics are called
 * and identified by. What an answer shows to be old is forgotten and asked for again.
 */
import type { Clock } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import type { ResponseBody } from '../wire/codecs.ts';
import { KafkaError, kafkaError, kafkaErrorFacts } from '../wire/error-codes.ts';
import type { Brokers, Channel } from './channel.ts';
import { retrying } from './retry.ts';

export interface TopicMetadata {
  readonly topic: string;
  /** 22 characters of base64url; undefined where the broker is too old to tell. */
  readonly topicId: string | undefined;
  readonly internal: boolean;
  readonly replicationFactor: number;
  /** By partition: the leader's node, −1 while there is none. */
  readonly leaders: readonly number[];
  /** By partition: raised with each leader; −1 where the broker is too old to tell. */
  readonly leaderEpochs: readonly number[];
}

export interface Leader {
  readonly nodeId: number;
  readonly epoch: number;
  readonly topicId: string | undefined;
}

export type CoordinatorType = 'group' | 'transaction';

/** `metadata.max.age.ms`: partitions that were added are seen after this long at the latest. */
const metadataAgeMsMax = 300_000;
/** `default.api.timeout.ms` */
export const apiTimeoutMs = 60_000;
const noTopicId = 'AAAAAAAAAAAAAAAAAAAAAA';

export class Cluster {
  readonly brokers: Brokers;
  readonly clock: Clock;
  readonly random: Random;
  private readonly topics = new Map<string, { readonly metadata: TopicMetadata; readonly at: number }>();
  /** What was learned last, also of topics that are to be asked for again. */
  private readonly newest = new Map<string, TopicMetadata>();
  private readonly loading = new Map<string, Promise<TopicMetadata>>();
  private readonly coordinators = new Map<string, number>();
  private readonly closing = new AbortController();

  constructor(options: { readonly brokers: Brokers; readonly clock: Clock; readonly random: Random }) {
    this.brokers = options.brokers;
    this.clock = options.clock;
    this.random = options.random;
  }

  /** Aborted when the client is closed. */
  get signal(): AbortSignal {
    return this.closing.signal;
  }

  close(): void {
    this.closing.abort();
    this.brokers.close();
  }

  /** Does something with any broker, again after failures that pass. */
  withAny<T>(use: (channel: Channel) => Promise<T>, timeoutMs: number = apiTimeoutMs): Promise<T> {
    return this.retry(async () => use(await this.brokers.channel(undefined, 'main')), timeoutMs);
  }

  /** Does something with the leader of a partition, again after failures that pass. */
  withLeader<T>(
    topic: string,
    partition: number,
    use: (channel: Channel) => Promise<T>,
    timeoutMs: number = apiTimeoutMs,
  ): Promise<T> {
    return this.retry(
      async () => {
        const { nodeId } = await this.leader(topic, partition);
        return use(await this.brokers.channel(nodeId, 'main'));
      },
      timeoutMs,
      () => this.forgetTopic(topic),
    );
  }

  /** Does something with the coordinator of a group or transaction, again after failures that pass. */
  withCoordinator<T>(
    type: CoordinatorType,
    key: string,
    use: (channel: Channel) => Promise<T>,
    options: { readonly timeoutMs?: number; readonly purpose?: string; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    const { timeoutMs = apiTimeoutMs, purpose = 'main', signal } = options;
    return this.retry(
      async () => {
        const nodeId = await this.coordinator(type, key);
        return use(await this.brokers.channel(nodeId, purpose));
      },
      timeoutMs,
      (error) => {
        const code = error instanceof KafkaError ? error.errorName : undefined;
        // One that loads, or is in the middle of something, is still the right one.
        if (code !== 'COORDINATOR_LOAD_IN_PROGRESS' && code !== 'CONCURRENT_TRANSACTIONS')
          this.coordinators.delete(`${type} ${key}`);
      },
      signal,
    );
  }

  /** Everything there is. */
  async allTopics(timeoutMs: number = apiTimeoutMs): Promise<TopicMetadata[]> {
    return this.withAny(async (channel) => {
      const answer = await this.metadata(channel, null, false);
      return answer.topics.filter(({ errorCode }) => errorCode === 0).map(describe);
    }, timeoutMs);
  }

  async clusterId(): Promise<string> {
    return this.withAny(async (channel) => (await this.metadata(channel, [], false)).clusterId ?? '');
  }

  /** The ids of all brokers. */
  async nodes(): Promise<number[]> {
    return this.withAny(async (channel) =>
      (await this.metadata(channel, [], false)).brokers.map(({ nodeId }) => nodeId),
    );
  }

  /**
   * What is known of a topic, asked for when it is not known or old.
   * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE (while it is made) and the like; one attempt
   */
  async topic(topic: string, mayCreate = false): Promise<TopicMetadata> {
    const known = this.topics.get(topic);
    if (known !== undefined && !this.isOld(known)) return known.metadata;
    let loading = this.loading.get(topic);
    if (loading === undefined) {
      loading = this.loadTopic(topic, mayCreate).finally(() => this.loading.delete(topic));
      this.loading.set(topic, loading);
    }
    return loading;
  }

  /** What is known of a topic without asking. What is old is asked for beside. */
  knownTopic(topic: string): TopicMetadata | undefined {
    const known = this.topics.get(topic);
    if (known === undefined) return undefined;
    if (this.isOld(known) && !this.loading.has(topic)) this.topic(topic).catch(() => {}); // the next one tries again
    return known.metadata;
  }

  /** As {@link Cluster.topic}, again after failures that pass. */
  topicWithRetries(topic: string, mayCreate = false, timeoutMs: number = apiTimeoutMs): Promise<TopicMetadata> {
    return this.retry(() => this.topic(topic, mayCreate), timeoutMs);
  }

  forgetTopic(topic: string): void {
    this.topics.delete(topic);
  }

  /** The leader of a partition; one attempt. */
  async leader(topic: string, partition: number): Promise<Leader> {
    const { leaders, leaderEpochs, topicId } = await this.topic(topic);
    const nodeId = leaders[partition];
    if (nodeId === undefined) {
      this.forgetTopic(topic);
      throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Topic ${topic} has no partition ${partition}.`, {
        topic,
        partition,
      });
    }
    if (nodeId < 0) {
      this.forgetTopic(topic);
      throw kafkaError('LEADER_NOT_AVAILABLE', `Partition ${topic}-${partition} has no leader.`, { topic, partition });
    }
    return { nodeId, epoch: leaderEpochs[partition] ?? -1, topicId };
  }

  retry<T>(
    attempt: () => Promise<T>,
    timeoutMs: number,
    onFailure?: (error: unknown) => void,
    signal?: AbortSignal,
  ): Promise<T> {
    const { clock, random } = this;
    return retrying(
      () => {
        if (this.signal.aborted) throw new StackError('MILLRACE_UNREACHABLE', 'The Kafka client is closed.');
        return attempt();
      },
      {
        clock,
        random,
        timeoutMs,
        signals: signal === undefined ? [this.signal] : [this.signal, signal],
        ...(onFailure === undefined ? {} : { onFailure }),
      },
    );
  }

  private isOld({ at }: { readonly at: number }): boolean {
    return this.clock.monotonic() - at >= metadataAgeMsMax;
  }

  private async loadTopic(topic: string, mayCreate: boolean): Promise<TopicMetadata> {
    const channel = await this.brokers.channel(undefined, 'main');
    const { topics } = await this.metadata(channel, [topic], mayCreate);
    const [found] = topics;
    if (found === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION');
    checkAnswer(found.errorCode, null, `Topic ${topic}`, { topic });
    const metadata = newerOf(describe(found), this.newest.get(topic));
    this.topics.set(topic, { metadata, at: this.clock.monotonic() });
    this.newest.set(topic, metadata);
    return metadata;
  }

  private async metadata(
    channel: Channel,
    topics: readonly string[] | null,
    allowAutoTopicCreation: boolean,
  ): Promise<ResponseBody<'Metadata'>> {
    const answer = await channel.request('Metadata', {
      topics: topics === null ? null : topics.map((name) => ({ name })),
      allowAutoTopicCreation,
    });
    checkAnswer(answer.errorCode, null, 'The cluster');
    this.brokers.learn(answer.brokers);
    return answer;
  }

  private async coordinator(type: CoordinatorType, key: string): Promise<number> {
    const cacheKey = `${type} ${key}`;
    const known = this.coordinators.get(cacheKey);
    if (known !== undefined) return known;
    const channel = await this.brokers.channel(undefined, 'main');
    const answer = await channel.request('FindCoordinator', {
      key,
      keyType: type === 'group' ? 0 : 1,
      coordinatorKeys: [key],
    });
    const found = answer.coordinators[0] ?? answer;
    checkAnswer(found.errorCode, found.errorMessage, `The coordinator of ${type} ${key}`, { [type]: key });
    await this.knowNode(channel, found.nodeId);
    this.coordinators.set(cacheKey, found.nodeId);
    return found.nodeId;
  }

  /** A coordinator may be on a broker that metadata has not named yet. */
  private async knowNode(channel: Channel, nodeId: number): Promise<void> {
    try {
      await this.brokers.channel(nodeId, 'main');
    } catch {
      await this.metadata(channel, [], false);
    }
  }
}

/** Throws the error that a code in an answer means. `what` is what it is about: the subject of a sentence. */
export function checkAnswer(
  code: number,
  text: string | null,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  if (code !== 0) throw answerError(code, text, what, details);
}

export function answerError(
  code: number,
  text: string | null,
  what: string,
  details: Readonly<Record<string, unknown>> = {},
): KafkaError {
  const { name } = kafkaErrorFacts(code);
  return new KafkaError(code, text === null || text === '' ? `${what}: ${name}.` : text, details);
}

function describe(topic: ResponseBody<'Metadata'>['topics'][number]): TopicMetadata {
  const leaders = new Array<number>(topic.partitions.length).fill(-1);
  const leaderEpochs = [...leaders];
  for (const { partitionIndex, leaderId, leaderEpoch } of topic.partitions) {
    leaders[partitionIndex] = leaderId;
    leaderEpochs[partitionIndex] = leaderEpoch;
  }
  return {
    topic: topic.name ?? '',
    topicId: topic.topicId === noTopicId ? undefined : topic.topicId,
    internal: topic.isInternal,
    replicationFactor: topic.partitions[0]?.replicaNodes.length ?? 0,
    leaders,
    leaderEpochs,
  };
}

/** A broker may not have heard yet of a leader that another one told of: its epoch is newer then (KIP-320). */
function newerOf(fresh: TopicMetadata, before: TopicMetadata | undefined): TopicMetadata {
  if (before === undefined || before.topicId !== fresh.topicId) return fresh;
  const isOld = fresh.leaderEpochs.map((epoch, i) => epoch >= 0 && epoch < (before.leaderEpochs[i] ?? -1));
  if (!isOld.includes(true)) return fresh;
  const merge = (now: readonly number[], then: readonly number[]): number[] =>
    now.map((value, i) => (isOld[i] === true ? (then[i] as number) : value));
  return {
    ...fresh,
    leaders: merge(fresh.leaders, before.leaders),
    leaderEpochs: merge(fresh.leaderEpochs, before.leaderEpochs),
  };
}
