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
import type { ConsumedPartition, Fetched } from './partition-fetcher.ts';
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
  private joining: Promise<Map<string, ConsumedPartition>> | undefined;
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
    const onChange = (): void => {
      for (const resolve of this.changed.splice(0)) resolve();
    };
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
        assignors: options.assignors ?? ['range', 'roundrobin'],
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
    const deadline = clock.monotonic() + timeoutMs;
    for (;;) {
      if (this.closing.signal.aborted) throw new StackError('MILLRACE_UNREACHABLE', 'The consumer is closed.');
      this.membership.polled();
      this.throwFailures();
      await this.findTopics();
      await this.membership.checkPartitions();
      if (this.membership.needsJoin || this.joining !== undefined) {
        if (!(await this.rejoin(deadline))) return [];
      }
      this.commitWhenDue();
      await this.resetOutOfRange(deadline);
      this.goBackToTruncation();
      const records = this.take();
      if (records.length > 0) return records;
      const change = this.nextChange(Math.min(lookMs, deadline - clock.monotonic()));
      await this.fetcher.fetch(this.partitions.values());
      await change;
      if (clock.monotonic() >= deadline) return this.take();
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
      if (error instanceof KafkaError) this.membership.startsOver(error.errorName);
      throw error;
    }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    await this.commitLast(closeTimeoutMs);
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

  /**
   * Gives up what was assigned and joins again. False when the others are not there at the deadline: the next poll goes on waiting, so
   * that whoever polls several consumers in turn does not wait for himself.
   */
  private async rejoin(deadline: number): Promise<boolean> {
    if (this.joining === undefined) {
      await this.revoke();
      this.joining = this.join();
      this.joining.catch(() => {}); // the poll that comes to it is told
    }
    const { joining } = this;
    const waitMs = deadline - this.cluster.clock.monotonic();
    const partitions = await Promise.race([joining, sleep(this.cluster.clock, Math.max(0, waitMs))]).catch(
      (error: unknown) => {
        this.joining = undefined;
        throw error;
      },
    );
    if (partitions === undefined) return false;
    this.joining = undefined;
    this.partitions = partitions;
    await this.options.onAssigned?.(this.assignment());
    for (const consumed of partitions.values()) if (consumed.position < 0) this.fetcher.outOfRange.add(consumed);
    this.committedAt = this.cluster.clock.monotonic();
    return true;
  }

  private async revoke(): Promise<void> {
    const before = this.assignment();
    if (before.length > 0) {
      await this.commitLast();
      await this.options.onRevoked?.(before, { lost: this.membership.isLost });
    }
    this.partitions = new Map();
    this.fetcher.store.length = 0;
    this.fetcher.outOfRange.clear();
    this.fetcher.truncated.clear();
  }

  private async join(): Promise<Map<string, ConsumedPartition>> {
    const assigned = await this.membership.join(this.topics);
    const committed = assigned.length === 0 ? [] : await committedOffsets(this.cluster, this.options.group);
    const offsets = new Map(committed.map((one) => [`${one.topic} ${one.partition}`, one]));
    return new Map(
      assigned.map(({ topic, partition }) => {
        const key = `${topic} ${partition}`;
        const { offset: position = -1, leaderEpoch: epoch = -1 } = offsets.get(key) ?? {};
        return [key, { topic, partition, position, epoch, paused: false, seeks: 0 }];
      }),
    );
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

  /** The next records in store, at most `max.poll.records`. */
  private take(): readonly IncomingRecord[] {
    const { store } = this.fetcher;
    let left = this.options.maxPollRecords ?? 500;
    const taken: IncomingRecord[] = [];
    for (let i = 0; i < store.length && left > 0; ) {
      const fetched = store[i] as Fetched;
      const { of, records, nextOffset } = fetched;
      if (!this.isWanted(fetched)) {
        store.splice(i, 1);
        continue;
      }
      if (of.paused) {
        i++;
        continue;
      }
      const some = records.slice(fetched.taken, fetched.taken + left);
      fetched.taken += some.length;
      left -= some.length;
      taken.push(...some);
      if (fetched.taken >= records.length) {
        of.position = nextOffset;
        of.epoch = fetched.epoch;
        store.splice(i, 1);
      } else {
        of.position = (records[fetched.taken] as IncomingRecord).offset;
        of.epoch = -1;
      }
    }
    return taken;
  }

  private isWanted({ of, seeks }: Fetched): boolean {
    return of.seeks === seeks && this.partitions.get(`${of.topic} ${of.partition}`) === of;
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
  private async commitLast(timeoutMs?: number): Promise<void> {
    await this.committing;
    if (this.autoCommitMs === undefined || this.membership.isLost) return;
    await this.commitQuietly(this.positions(), timeoutMs === undefined ? {} : { timeoutMs });
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
