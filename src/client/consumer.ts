/**
 * A consumer in a group, after the Java client's: everything that changes its assignment happens inside of `poll`, heartbeats go on
 * beside it.
 */
import { sleep } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import { KafkaError, kafkaError } from '../wire/error-codes.ts';
import { commitOffsets, committedOffsets } from './admin.ts';
import type { Cluster } from './cluster.ts';
import { GroupMembership } from './group-membership.ts';
import type {
  Consumer,
  ConsumerOptions,
  IncomingRecord,
  Isolation,
  TopicPartition,
  TopicPartitionOffset,
} from './kafka-client.ts';
import { partitionOffsets } from './offsets.ts';
import { PartitionFetcher } from './partition-fetcher.ts';
import type { ConsumedPartition } from './partition-fetcher.ts';
import { isRetriable } from './retry.ts';

/** Longest pause between two looks at what a poll waits for. */
const lookMs = 100;
/** `metadata.max.age.ms`: so often are topics looked for that match a pattern. */
const patternIntervalMs = 300_000;

/** How long a consumer that is being closed may try to commit. */
const closeTimeoutMs = 30_000;

interface CommitHow {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** What a join ended with. */
interface Joined {
  readonly partitions: ReadonlyMap<string, ConsumedPartition>;
  readonly lost: boolean;
}

let consumers = 0;

export class GroupConsumer implements Consumer {
  private readonly cluster: Cluster;
  private readonly options: ConsumerOptions;
  private readonly isolation: Isolation;
  private readonly membership: GroupMembership;
  private readonly fetcher: PartitionFetcher;
  private readonly onClose: (consumer: GroupConsumer) => void;
  private readonly purpose: string;
  private readonly autoCommitMs: number | undefined;
  private partitions = new Map<string, ConsumedPartition>();
  private topics: readonly string[] = [];
  private topicsAt = -Infinity;
  private committedAt: number;
  private changed: (() => void)[] = [];
  /** A join that is under way, with its outcome. */
  private joining: Promise<Joined> | undefined;
  /** Keeps its partitions while it joins again. */
  private readonly isCooperative: boolean;
  /** A commit on its own that is under way. */
  private committing: Promise<void> | undefined;
  private readonly closing = new AbortController();

  constructor(cluster: Cluster, options: ConsumerOptions, onClose: (consumer: GroupConsumer) => void) {
    this.cluster = cluster;
    this.options = options;
    this.onClose = onClose;
    this.isolation = options.isolation ?? 'read_uncommitted';
    this.autoCommitMs = options.autoCommit === false ? undefined : (options.autoCommitIntervalMs ?? 5000);
    this.committedAt = cluster.clock.monotonic();
    const names = options.assignors ?? ['range', 'roundrobin'];
    this.isCooperative = names.every((name) => name === 'cooperative-sticky');
    const onChange = (): void => this.wake();
    // A join waits in the coordinator: nobody else's request may stand behind it.
    this.purpose = `group ${options.group} ${++consumers}`;
    this.membership = new GroupMembership(
      cluster,
      {
        group: options.group,
        instanceId: options.instanceId,
        sessionTimeoutMs: options.sessionTimeoutMs ?? 45_000,
        heartbeatIntervalMs: options.heartbeatIntervalMs ?? 3000,
        pollIntervalMsMax: options.maxPollIntervalMs ?? 300_000,
        assignors: names,
        onChange,
      },
      this.purpose,
    );
    this.fetcher = new PartitionFetcher(cluster, {
      isolation: this.isolation,
      waitMs: options.fetchMaxWaitMs ?? 500,
      minBytes: options.fetchMinBytes ?? 1,
      partitionBytesMax: options.maxPartitionFetchBytes ?? 1_048_576,
      bytesMax: options.fetchMaxBytes ?? 52_428_800,
      onChange,
    });
  }

  async poll(timeoutMs: number): Promise<readonly IncomingRecord[]> {
    const { clock } = this.cluster;
    const { maxPollRecords = 500 } = this.options;
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      if (this.closing.signal.aborted) throw new StackError('MILLRACE_UNREACHABLE', 'The consumer is closed.');
      this.membership.polled();
      this.throwFailures();
      await this.findTopics();
      await this.membership.checkPartitions();
      if (this.membership.needsJoin || this.joining !== undefined) {
        const joined = await this.rejoin(deadline);
        if (!joined && !this.readsOn) return [];
      }
      this.commitWhenDue();
      await this.resetOutOfRange(deadline);
      this.goBackToTruncation();
      const records = this.fetcher.take(maxPollRecords, this.partitions);
      if (records.length > 0) return records;
      const change = this.nextChange(Math.min(lookMs, deadline - clock.monotonic()));
      await this.fetcher.fetch(this.partitions.values());
      await change;
      if (clock.monotonic() >= deadline) return this.fetcher.take(maxPollRecords, this.partitions);
    }
  }

  assignment(): readonly TopicPartition[] {
    return Array.from(this.partitions.values(), ({ topic, partition }) => ({ topic, partition }));
  }

  position(topic: string, partition: number): number | undefined {
    const position = this.partitions.get(`${topic} ${partition}`)?.position;
    return position === -1 ? undefined : position;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.assigned(topic, partition).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) this.assigned(topic, partition).paused = false;
  }

  seek(topic: string, partition: number, offset: number): void {
    const consumed = this.assigned(topic, partition);
    consumed.position = offset;
    consumed.epoch = -1;
    consumed.seeks++;
    this.fetcher.outOfRange.delete(consumed);
    this.fetcher.truncated.delete(consumed);
  }

  async commit(offsets: readonly TopicPartitionOffset[] = this.positions()): Promise<void> {
    await this.committing; // an older commit must not be tried again behind this one
    await this.commitNow(offsets);
  }

  private async commitNow(offsets: readonly TopicPartitionOffset[], how: CommitHow = {}): Promise<void> {
    const { group, instanceId } = this.options;
    const { memberId, generation } = this.membership;
    try {
      const committer = { group, memberId, generation, instanceId };
      await commitOffsets(this.cluster, committer, offsets, { purpose: this.purpose, ...how });
    } catch (error) {
      // A generation that is followed by another one is over for no other reason.
      if (error instanceof KafkaError && this.joining === undefined && generation === this.membership.generation)
        this.membership.startsOver(error.errorName);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.commitLast({ timeoutMs: closeTimeoutMs });
    await this.membership.close();
    this.onClose(this);
  }

  private throwFailures(): void {
    const failure = this.membership.failure ?? this.fetcher.failure;
    this.fetcher.failure = undefined; // a corrupt batch is told once; a seek may step over it
    if (failure !== undefined) throw failure;
  }

  /** The topics of the subscription, those that match a pattern among them. */
  private async findTopics(): Promise<void> {
    const { topics } = this.options;
    if (!(topics instanceof RegExp)) {
      this.topics = topics;
      return;
    }
    const now = this.cluster.clock.monotonic();
    if (now - this.topicsAt < patternIntervalMs) return;
    const whole = new RegExp(`^(?:${topics.source})$`, topics.flags);
    const all = await this.cluster.allTopics(this.topicsAt === -Infinity ? undefined : 0).catch((error: unknown) => {
      if (this.topicsAt > -Infinity && isRetriable(error)) return undefined;
      throw error;
    });
    if (all === undefined) return; // those known before hold until somebody can be asked
    const found = all
      .filter(({ topic, internal }) => !internal && whole.test(topic))
      .map(({ topic }) => topic)
      .sort();
    this.topicsAt = now;
    if (found.join(' ') !== this.topics.join(' ')) this.membership.needsJoin = true;
    this.topics = found;
  }

  /** There is something to read while the group rebalances. */
  private get readsOn(): boolean {
    return this.isCooperative && this.partitions.size > 0;
  }

  /**
   * Joins again, without what was assigned unless it is cooperative. False when the others are not there at the deadline: the next poll goes on waiting, so
   * that whoever polls several consumers in turn does not wait for himself.
   */
  private async rejoin(deadline: number): Promise<boolean> {
    if (this.joining === undefined) {
      if (!this.isCooperative || this.membership.isLost) await this.revoke([...this.partitions.values()]);
      this.joining = this.join();
      // The poll that comes to it is told what it ended with.
      void this.joining.catch(() => {}).finally(() => this.wake());
    }
    const { joining } = this;
    const waitMs = this.readsOn ? 0 : deadline - this.cluster.clock.monotonic();
    const decided = new AbortController();
    const joined = await Promise.race([joining, sleep(this.cluster.clock, Math.max(0, waitMs), decided.signal)])
      .catch((error: unknown) => {
        this.joining = undefined;
        throw error;
      })
      .finally(() => decided.abort());
    if (joined === undefined) return false;
    this.joining = undefined;
    const { lost, partitions } = joined;
    const gone = [...this.partitions].filter(([key]) => lost || !partitions.has(key)).map(([, consumed]) => consumed);
    await this.revoke(gone, lost);
    const added = [...partitions].filter(([key]) => !this.partitions.has(key)).map(([, consumed]) => consumed);
    this.partitions = new Map([...partitions].map(([key, consumed]) => [key, this.partitions.get(key) ?? consumed]));
    // What was given up goes to others when all join again.
    if (this.isCooperative && gone.length > 0) this.membership.needsJoin = true;
    await this.options.onAssigned?.(added.map(({ topic, partition }) => ({ topic, partition })));
    for (const consumed of added) if (consumed.position < 0) this.fetcher.outOfRange.add(consumed);
    this.committedAt = this.cluster.clock.monotonic();
    return true;
  }

  private async revoke(gone: readonly ConsumedPartition[], lost: boolean = this.membership.isLost): Promise<void> {
    if (gone.length === 0) return;
    await this.commitLast({ lost });
    const places = gone.map(({ topic, partition }) => ({ topic, partition }));
    await this.options.onRevoked?.(places, { lost });
    for (const consumed of gone) {
      this.partitions.delete(`${consumed.topic} ${consumed.partition}`);
      this.fetcher.outOfRange.delete(consumed);
      this.fetcher.truncated.delete(consumed);
    }
  }

  private async join(): Promise<Joined> {
    const { assigned, lost } = await this.membership.join(this.topics, this.assignment());
    const committed = assigned.length === 0 ? [] : await committedOffsets(this.cluster, this.options.group);
    const offsets = new Map(committed.map((one) => [`${one.topic} ${one.partition}`, one]));
    const partitions = new Map(
      assigned.map(({ topic, partition }) => {
        const key = `${topic} ${partition}`;
        const { offset: position = -1, leaderEpoch: epoch = -1 } = offsets.get(key) ?? {};
        return [key, { topic, partition, position, epoch, paused: false, seeks: 0 }];
      }),
    );
    return { partitions, lost };
  }

  /** `auto.offset.reset`: for partitions without a committed offset, and those whose offset is gone. */
  private async resetOutOfRange(deadline: number): Promise<void> {
    const { outOfRange } = this.fetcher;
    const { autoOffsetReset = 'latest' } = this.options;
    for (const consumed of [...outOfRange]) {
      const { topic, partition, seeks } = consumed;
      if (autoOffsetReset === 'none') {
        throw kafkaError(
          'OFFSET_OUT_OF_RANGE',
          consumed.position < 0
            ? `Undefined offset with no reset policy for partitions: [${topic}-${partition}]`
            : `Fetch position ${consumed.position} is out of range for partition ${topic}-${partition}`,
          { topic, partition },
        );
      }
      try {
        const waitMs = Math.max(0, deadline - this.cluster.clock.monotonic());
        const ends = await partitionOffsets(this.cluster, topic, partition, this.isolation, waitMs);
        outOfRange.delete(consumed);
        if (consumed.seeks !== seeks) continue;
        consumed.position = ends[autoOffsetReset];
        consumed.epoch = -1;
      } catch (error) {
        if (!isRetriable(error)) throw error; // otherwise the next poll goes on asking
      }
    }
  }

  /** What was read behind this offset is not in the log any more; others may stand there now. */
  private goBackToTruncation(): void {
    const { truncated } = this.fetcher;
    for (const [consumed, offset] of truncated) {
      const { topic, partition, position } = consumed;
      if (this.options.autoOffsetReset === 'none') {
        throw kafkaError(
          'OFFSET_OUT_OF_RANGE',
          `Detected log truncation of partition ${topic}-${partition}: read up to ${position}, the log is another one from ${offset} on.`,
          { topic, partition, offset },
        );
      }
      truncated.delete(consumed);
      consumed.position = offset;
      consumed.epoch = -1;
    }
  }

  private positions(): TopicPartitionOffset[] {
    return [...this.partitions.values()].flatMap(({ topic, partition, position, epoch }) =>
      position < 0 ? [] : [{ topic, partition, offset: position, leaderEpoch: epoch }],
    );
  }

  private assigned(topic: string, partition: number): ConsumedPartition {
    const consumed = this.partitions.get(`${topic} ${partition}`);
    if (consumed !== undefined) return consumed;
    throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `No current assignment for partition ${topic}-${partition}`);
  }

  /** Beside the polls, which do not wait for it; one at a time. */
  private commitWhenDue(): void {
    const now = this.cluster.clock.monotonic();
    if (this.autoCommitMs === undefined || this.committing !== undefined) return;
    if (now - this.committedAt < this.autoCommitMs) return;
    this.committedAt = now;
    const until = { signal: this.closing.signal };
    this.committing = this.commitQuietly(this.positions(), until).finally(() => (this.committing = undefined));
  }

  /** Commits on its own; what fails is committed the next time, by whoever has the partition then. */
  private async commitQuietly(offsets: readonly TopicPartitionOffset[], how?: CommitHow): Promise<void> {
    try {
      await this.commitNow(offsets, how);
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
    }
  }

  /** Before the partitions go to others. */
  private async commitLast({ lost = this.membership.isLost, ...how }: CommitHow & { lost?: boolean }): Promise<void> {
    await this.committing;
    if (this.autoCommitMs !== undefined && !lost) await this.commitQuietly(this.positions(), how);
  }

  private wake(): void {
    for (const resolve of this.changed.splice(0)) resolve();
  }

  private nextChange(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.cluster.clock.setTimer(resolve, Math.max(0, withinMs), true);
      this.changed.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
