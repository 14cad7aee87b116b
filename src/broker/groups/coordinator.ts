/**
 * The group coordinator: what the handlers of requests ask of groups and offsets, whatever protocol a group's members speak. What must
 * survive is in `__consumer_offsets`; what is here is a cache of it that is rebuilt at start (`store.ts`).
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import type { Random } from '../../core/random.ts';
import { decodeData } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { InternalTopic } from '../internal-topic.ts';
import type { Catalog, Topic } from '../metadata/catalog.ts';
import type { ClassicGroup, JoinRequest, JoinResult, SyncRequest, SyncResult } from './classic-group.ts';
import { joinFailure, syncFailure } from './classic-group.ts';
import { ClassicMembers } from './classic-members.ts';
import { checkCommit } from './commit-check.ts';
import type { Committer } from './commit-check.ts';
import { ConsumerGroups } from './consumer-groups.ts';
import type { ConsumerMember } from './consumer-member.ts';
import { MetadataHash } from './metadata-hash.ts';
import type { GroupOffsets, OffsetEntry } from './offsets.ts';
import { offsetRecord } from './records.ts';
import type { GroupRecord } from './records.ts';
import { RegexResolver } from './regex/resolver.ts';
import { GroupStore } from './store.ts';
import type { Group } from './store.ts';

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly topic: InternalTopic;
  readonly catalog: Catalog;
  /** Changes whenever topics may have changed. */
  readonly metadataVersion: () => number;
}

/** Who leaves; a static member may name only its instance. */
export interface LeavingMember {
  readonly memberId: string;
  readonly instanceId: string | null;
}

export class GroupCoordinator {
  /** Groups of the consumer protocol. */
  readonly consumers: ConsumerGroups;
  private readonly options: GroupCoordinatorOptions;
  private readonly store: GroupStore;
  private readonly classicMembers: ClassicMembers;
  private readonly hash: MetadataHash;

  constructor(options: GroupCoordinatorOptions) {
    this.options = options;
    this.store = new GroupStore(options);
    this.hash = new MetadataHash(options.catalog, options.config.value('broker.rack'));
    const shared = { ...options, store: this.store, hash: this.hash };
    this.consumers = new ConsumerGroups({ ...shared, regexes: new RegexResolver(shared) });
    this.classicMembers = new ClassicMembers({ ...shared, consumers: this.consumers });
  }

  // ---- groups

  group(groupId: string): Group | undefined {
    return this.store.groups.get(groupId);
  }

  /** The group, when it is one of the classic protocol. */
  classic(groupId: string): ClassicGroup | undefined {
    return this.store.classic(groupId);
  }

  /** Where the group's offsets are written. */
  offsetsPartition(groupId: string): { readonly topic: string; readonly partition: number } {
    const { topic } = this.options;
    return { topic: topic.name, partition: topic.partitionOf(groupId) };
  }

  all(): Iterable<Group> {
    return this.store.groups.values();
  }

  private classicOrNew(groupId: string): ClassicGroup {
    const known = this.store.classic(groupId);
    if (known !== undefined) return known;
    const group = this.store.newClassicGroup(groupId);
    this.store.replace(group);
    return group;
  }

  /** Deletes a group with its offsets. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  async delete(groupId: string): Promise<void> {
    const group = this.group(groupId);
    if (group === undefined || group.state === 'Dead') throw kafkaError('GROUP_ID_NOT_FOUND');
    if (group.state !== 'Empty' || (group.kind === 'classic' && group.pendingMembers.size > 0))
      throw kafkaError('NON_EMPTY_GROUP');
    await this.remove(group);
  }

  private remove(group: Group): Promise<void> | undefined {
    const { groupId } = group;
    const offsets = this.offsets(groupId);
    const records: GroupRecord[] = Array.from(offsets?.entries() ?? [], ({ topic, partition }) => ({
      kind: 'offset',
      key: { group: groupId, topic, partition },
      value: null,
    }));
    records.push(...groupTombstones(group));
    const durable = this.store.write(groupId, records);
    this.store.offsets.delete(groupId);
    return durable;
  }

  // ---- the classic protocol

  /** A member joins a group: made for a new one, and made a classic one when it is a consumer group without members. */
  async join(groupId: string, request: JoinRequest): Promise<JoinResult> {
    const group = this.group(groupId);
    if (group?.kind === 'consumer' && group.state !== 'Empty') return this.classicMembers.join(group, request);
    if (group?.kind === 'consumer') await this.store.write(groupId, group.tombstones());
    const classic = request.memberId === '' ? this.classicOrNew(groupId) : this.classic(groupId);
    return classic?.join(request) ?? joinFailure('UNKNOWN_MEMBER_ID', request.memberId);
  }

  async sync(groupId: string, request: SyncRequest): Promise<SyncResult> {
    const group = this.group(groupId);
    if (group === undefined || group.state === 'Empty') return syncFailure('UNKNOWN_MEMBER_ID');
    return group.kind === 'consumer' ? this.classicMembers.sync(group, request) : group.sync(request);
  }

  /** Throws unless the member may go on as it is. */
  heartbeat(groupId: string, memberId: string, instanceId: string | null, generation: number): void {
    const group = this.group(groupId);
    if (group === undefined) throw kafkaError('UNKNOWN_MEMBER_ID', `Group ${groupId} not found.`);
    if (group.kind === 'classic') group.heartbeat(memberId, instanceId, generation);
    else this.classicMembers.heartbeat(group, memberId, instanceId, generation);
  }

  /** Lets members go; each answer is undefined, or the error that was met. Those of a consumer group go at once. */
  async leave(groupId: string, leaving: readonly LeavingMember[]): Promise<unknown[]> {
    const group = this.group(groupId);
    const gone: ConsumerMember[] = [];
    const errors = leaving.map(({ memberId, instanceId }) => {
      try {
        if (group === undefined) throw kafkaError('UNKNOWN_MEMBER_ID', `Group ${groupId} not found.`);
        if (group.kind === 'classic') group.leave(memberId, instanceId);
        else gone.push(this.classicMembers.leaving(group, memberId, instanceId));
        return undefined;
      } catch (error) {
        return error;
      }
    });
    if (group?.kind !== 'consumer') return errors;
    try {
      await this.consumers.fence(group, [...new Set(gone)]);
      return errors;
    } catch (error) {
      return errors.map((other) => other ?? error);
    }
  }

  // ---- offsets

  offsets(groupId: string): GroupOffsets | undefined {
    return this.store.offsets.get(groupId);
  }

  /** May this committer commit these? Throws what Kafka answers; makes the group of one who only keeps offsets. */
  checkCommitter(committer: Committer, entries: readonly OffsetEntry[], inTransaction: boolean, version: number): void {
    const { groupId, generation } = committer;
    const { catalog } = this.options;
    const group = this.group(groupId);
    if (group !== undefined && group.state !== 'Dead')
      return checkCommit(group, committer, entries, { catalog, inTransaction, version });
    if (generation >= 0) throw kafkaError(inTransaction || version < 9 ? 'ILLEGAL_GENERATION' : 'GROUP_ID_NOT_FOUND');
    this.classicOrNew(groupId);
  }

  /** Keeps offsets. Returns what the acknowledgement has to wait for. Throws when the disk fails. */
  commit(groupId: string, entries: readonly OffsetEntry[]): Promise<void> | undefined {
    if (entries.length === 0) return undefined;
    const durable = this.store.append(
      groupId,
      entries.map((entry) => offsetRecord(groupId, entry)),
    );
    const offsets = this.store.offsetsOrNew(groupId);
    for (const entry of entries) offsets.set(entry.topic, entry.partition, entry);
    return durable;
  }

  /** As {@link GroupCoordinator.commit}, to hold from the end of the producer's transaction on. */
  commitInTransaction(
    groupId: string,
    producer: { readonly id: number; readonly epoch: number },
    entries: readonly OffsetEntry[],
  ): Promise<void> | undefined {
    if (entries.length === 0) return undefined;
    const records = entries.map((entry) => offsetRecord(groupId, entry));
    const durable = this.store.append(groupId, records, producer);
    const offsets = this.store.offsetsOrNew(groupId);
    for (const entry of entries) offsets.setPending(producer.id, entry.topic, entry.partition, entry);
    return durable;
  }

  /** A producer's transaction ended in a partition of the topic. */
  decide(partition: number, producerId: number, commit: boolean): void {
    for (const [groupId, offsets] of this.store.offsets) {
      if (offsets.hasPending && this.options.topic.partitionOf(groupId) === partition)
        offsets.decide(producerId, commit);
    }
  }

  /** Removes committed offsets. Returns what the acknowledgement has to wait for. */
  deleteOffsets(
    group: string,
    partitions: readonly { readonly topic: string; readonly partition: number }[],
  ): Promise<void> | undefined {
    return this.store.write(
      group,
      partitions.map(({ topic, partition }) => ({ kind: 'offset', key: { group, topic, partition }, value: null })),
    );
  }

  /** A topic is gone, and with it the offsets of all groups in it. */
  topicDeleted(deleted: Topic): void {
    if (this.store.closed) return;
    this.hash.forget(deleted.id);
    if (deleted.name === this.options.topic.name) return this.store.clear();
    for (const [groupId, offsets] of this.store.offsets) {
      const partitions = Array.from(offsets.partitions(deleted.name), ([partition]) => ({
        topic: deleted.name,
        partition,
      }));
      if (partitions.length === 0) continue;
      try {
        this.deleteOffsets(groupId, partitions)?.catch(() => {});
      } catch (error) {
        this.options.logger.error('cannot delete the offsets of a deleted topic', {
          topic: deleted.name,
          group: groupId,
          error,
        });
      }
    }
  }

  /** The topics that a group's members subscribe to, when they say so; undefined for groups that are not of consumers. */
  subscribedTopics(group: Group): Set<string> | undefined {
    if (group.kind === 'consumer') return group.subscribedTopics();
    if (group.protocolType !== 'consumer') return undefined;
    const topics = new Set<string>();
    for (const { protocols } of group.members.values()) {
      for (const { metadata } of protocols) {
        try {
          for (const topic of decodeData('ConsumerProtocolSubscription', 0, metadata, 2).topics) topics.add(topic);
        } catch {
          return undefined; // not a subscription that we can read: nothing is known of its topics
        }
      }
    }
    return topics;
  }

  /** Forgets offsets that were not renewed for `offsets.retention.minutes` while nobody used them, and groups without any. */
  expire(): void {
    const { clock, config, logger } = this.options;
    const retentionMs = config.number('offsets.retention.minutes') * 60_000;
    const now = clock.now();
    for (const group of [...this.all()]) {
      const offsets = this.offsets(group.groupId);
      const unusedSince = this.unusedSince(group, now);
      const expired: OffsetEntry[] = [];
      for (const entry of offsets?.entries() ?? [])
        if (now - unusedSince(entry) >= retentionMs && !offsets?.isPending(entry.topic, entry.partition))
          expired.push(entry);
      try {
        this.deleteOffsets(group.groupId, expired)?.catch(() => {});
        const used = group.state !== 'Empty' || (group.kind === 'classic' && group.pendingMembers.size > 0);
        if (!used && (offsets?.isEmpty ?? true)) this.remove(group)?.catch(() => {});
      } catch (error) {
        logger.error('cannot expire offsets', { group: group.groupId, error });
      }
    }
  }

  /** Since when an offset of the group is of no use to it; `now` when it still is. */
  private unusedSince(group: Group, now: number): (entry: OffsetEntry) => number {
    if (group.kind === 'classic' && group.state === 'Empty') {
      const since = group.protocolType === null ? 0 : group.stateTimestamp;
      return ({ commitTimestamp }) => Math.max(since, commitTimestamp);
    }
    const stable = group.kind === 'consumer' || group.state === 'Stable';
    const subscribed = stable ? this.subscribedTopics(group) : undefined;
    return ({ topic, commitTimestamp }) => (subscribed?.has(topic) === false ? commitTimestamp : now);
  }

  // ---- start and end

  /** Reads what was written before. */
  load(): void {
    this.store.load();
    for (const group of this.all()) if (group.kind === 'consumer') this.consumers.startTimers(group);
  }

  close(): void {
    this.store.close();
  }
}

function groupTombstones(group: Group): GroupRecord[] {
  return group.kind === 'consumer'
    ? group.tombstones()
    : [{ kind: 'classicGroup', key: { group: group.groupId }, value: null }];
}
