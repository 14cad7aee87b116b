/**
 * Keeps fetching for a consumer: one request at a time to each leader, for all of its partitions that have nothing in store.
 * What comes back is kept until the consumer takes it.
 */
import { safeNumber } from '../core/assert.ts';
import type { Input, RequestBody } from '../wire/codecs.ts';
import { KafkaError } from '../wire/error-codes.ts';
import { checkAnswer } from './cluster.ts';
import type { Cluster } from './cluster.ts';
import { fetchedFrom } from './fetch.ts';
import type { IncomingRecord, Isolation } from './kafka-client.ts';
import { decodeFetched } from './reader.ts';
import { backoffAfter, isRetriable } from './retry.ts';

/** A partition that a consumer reads. */
export interface ConsumedPartition {
  readonly topic: string;
  readonly partition: number;
  /** The next record to be given out. */
  position: number;
  /** The leader's epoch of the record before the position; −1 when it is not known. */
  epoch: number;
  paused: boolean;
  /** Raised by a seek: what was fetched before is not wanted any more. */
  seeks: number;
}

/** Records of one partition, in store. */
interface Fetched {
  readonly of: ConsumedPartition;
  readonly seeks: number;
  readonly records: readonly IncomingRecord[];
  /** Records that were given out. */
  taken: number;
  readonly nextOffset: number;
  /** The leader's epoch of the last batch. */
  readonly epoch: number;
}

export interface PartitionFetcherOptions {
  readonly isolation: Isolation;
  /** `fetch.max.wait.ms` */
  readonly waitMs: number;
  /** `fetch.min.bytes` */
  readonly minBytes: number;
  /** `max.partition.fetch.bytes` */
  readonly partitionBytesMax: number;
  /** `fetch.max.bytes` */
  readonly bytesMax: number;
  /** Something is in store, or went wrong. */
  readonly onChange: () => void;
}

const requestTimeoutMs = 30_000;

/** A partition, and where it is. */
interface Located {
  readonly consumed: ConsumedPartition;
  readonly leaderEpoch: number;
  readonly topicId: string | undefined;
}

type Partition = Input<RequestBody<'Fetch'>['topics'][number]['partitions'][number]>;

export class PartitionFetcher {
  private readonly store: Fetched[] = [];
  /** Partitions whose position the leader does not have. */
  readonly outOfRange: Set<ConsumedPartition> = new Set();
  /** Partitions of which we read what their leader does not have any more, with the offset from which on the log is another (KIP-320). */
  readonly truncated: Map<ConsumedPartition, number> = new Map();
  /** What a partition failed with for good. */
  failure: unknown;
  private readonly cluster: Cluster;
  private readonly options: PartitionFetcherOptions;
  private readonly busy = new Set<number>();
  /** Failures in a row. */
  private failures = 0;
  private notBefore = 0;

  constructor(cluster: Cluster, options: PartitionFetcherOptions) {
    this.cluster = cluster;
    this.options = options;
  }

  /** Starts fetches to the leaders that have none open. */
  async fetch(partitions: Iterable<ConsumedPartition>): Promise<void> {
    if (this.cluster.clock.monotonic() < this.notBefore) return;
    const stored = new Set(this.store.map(({ of }) => of));
    const byLeader = new Map<number, Located[]>();
    for (const consumed of partitions) {
      if (consumed.paused || consumed.position < 0 || stored.has(consumed)) continue;
      if (this.outOfRange.has(consumed) || this.truncated.has(consumed)) continue;
      try {
        const { nodeId, epoch, topicId } = await this.cluster.leader(consumed.topic, consumed.partition);
        const list = byLeader.get(nodeId);
        if (list === undefined) byLeader.set(nodeId, [{ consumed, leaderEpoch: epoch, topicId }]);
        else list.push({ consumed, leaderEpoch: epoch, topicId });
      } catch (error) {
        this.failed(error, [consumed.topic]);
      }
    }
    for (const [nodeId, list] of byLeader) {
      if (this.busy.has(nodeId)) continue;
      this.busy.add(nodeId);
      void this.fetchFrom(nodeId, list);
    }
  }

  /** The next records in store, at most `count`, of the partitions (by `topic partition`) that are read still. */
  take(count: number, partitions: ReadonlyMap<string, ConsumedPartition>): readonly IncomingRecord[] {
    const { store } = this;
    const taken: IncomingRecord[] = [];
    for (let i = 0; i < store.length && taken.length < count; ) {
      const fetched = store[i] as Fetched;
      const { of, records, nextOffset, seeks } = fetched;
      if (of.seeks !== seeks || partitions.get(`${of.topic} ${of.partition}`) !== of) {
        store.splice(i, 1);
        continue;
      }
      if (of.paused) {
        i++;
        continue;
      }
      const some = records.slice(fetched.taken, fetched.taken + count - taken.length);
      fetched.taken += some.length;
      taken.push(...some);
      const next = records[fetched.taken];
      of.position = next?.offset ?? nextOffset;
      of.epoch = next === undefined ? fetched.epoch : -1;
      if (next === undefined) store.splice(i, 1);
    }
    return taken;
  }

  private async fetchFrom(nodeId: number, list: readonly Located[]): Promise<void> {
    const { isolation, waitMs, minBytes, bytesMax, partitionBytesMax, onChange } = this.options;
    const asked = list.map(({ consumed }) => ({ consumed, offset: consumed.position, seeks: consumed.seeks }));
    const topics = new Map<string, { topicId: string | undefined; partitions: Partition[] }>();
    for (const { consumed, leaderEpoch, topicId } of list) {
      const partitions: Partition[] = topics.get(consumed.topic)?.partitions ?? [];
      partitions.push({
        partition: consumed.partition,
        currentLeaderEpoch: leaderEpoch,
        lastFetchedEpoch: consumed.epoch,
        fetchOffset: consumed.position,
        partitionMaxBytes: partitionBytesMax,
      });
      topics.set(consumed.topic, { topicId, partitions });
    }
    const names = new Map(Array.from(topics, ([topic, { topicId }]) => [topicId ?? '', topic]));
    try {
      const { channel, release } = await this.cluster.brokers.lease(nodeId);
      try {
        const answer = await channel.request(
          'Fetch',
          {
            maxWaitMs: waitMs,
            minBytes,
            maxBytes: bytesMax,
            isolationLevel: isolation === 'read_committed' ? 1 : 0,
            sessionEpoch: -1,
            replicaId: -1,
            topics: Array.from(topics, ([topic, { topicId, partitions }]) => ({ topic, topicId, partitions })),
          },
          names.has('') ? 12 : undefined,
          waitMs + requestTimeoutMs,
        );
        checkAnswer(answer.errorCode, null, 'A fetch');
        this.failures = 0;
        for (const { topic, topicId, partitions } of answer.responses) {
          const name = topic === '' ? names.get(topicId) : topic;
          for (const data of partitions) {
            const one = asked.find(
              ({ consumed }) => consumed.topic === name && consumed.partition === data.partitionIndex,
            );
            if (one !== undefined) this.keep(one.consumed, one.offset, one.seeks, data);
          }
        }
      } finally {
        release();
      }
    } catch (error) {
      this.failed(error, [...topics.keys()]);
    } finally {
      this.busy.delete(nodeId);
      onChange();
    }
  }

  private keep(of: ConsumedPartition, offset: number, seeks: number, data: Parameters<typeof fetchedFrom>[0]): void {
    const { topic, partition } = of;
    const { isolation } = this.options;
    if (of.seeks !== seeks) return;
    try {
      const fetched = fetchedFrom(data, { topic, partition, offset, isolation });
      const records = decodeFetched(fetched, { topic, partition, isolation, from: offset });
      const { divergingEpoch } = data;
      if (divergingEpoch.endOffset >= 0) this.truncated.set(of, Math.min(offset, safeNumber(divergingEpoch.endOffset)));
      else if (fetched.nextOffset > offset) {
        const { nextOffset, lastEpoch: epoch } = fetched;
        this.store.push({ of, seeks, records, taken: 0, nextOffset, epoch });
      }
    } catch (error) {
      if (error instanceof KafkaError && error.errorName === 'OFFSET_OUT_OF_RANGE') this.outOfRange.add(of);
      else this.failed(error, [topic]);
    }
  }

  private failed(error: unknown, topics: readonly string[]): void {
    for (const topic of topics) this.cluster.forgetTopic(topic);
    if (!isRetriable(error)) this.failure ??= error;
    this.notBefore = this.cluster.clock.monotonic() + backoffAfter(++this.failures, this.cluster.random);
  }
}
