/**
 * The group coordinator: all groups and their offsets. What must survive is in `__consumer_offsets`; what is here is a cache of
 * it that is rebuilt at start, and what is written there comes before anybody is told.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { randomUuid } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';
import { decodeData } from '../../wire/codecs.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { InternalTopic, KeyedRecord } from '../internal-topic.ts';
import type { Topic } from '../metadata/catalog.ts';
import { ClassicGroup } from './classic-group.ts';
import { GroupOffsets } from './offsets.ts';
import type { OffsetEntry } from './offsets.ts';
import { classicGroupKey, classicGroupRecord, offsetKey, offsetRecord, readGroupRecord } from './records.ts';
import type { GroupRecord } from './records.ts';

export interface GroupCoordinatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly topic: InternalTopic;
}

/** Who commits. */
export interface Committer {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId: string | null;
  /** Generation, or member epoch; negative when the committer is no member. */
  readonly generation: number;
}

export class GroupCoordinator {
  private readonly options: GroupCoordinatorOptions;
  private readonly groups = new Map<string, ClassicGroup>();
  private readonly offsetsByGroup = new Map<string, GroupOffsets>();
  private closed = false;

  constructor(options: GroupCoordinatorOptions) {
    this.options = options;
  }

  // ---- groups

  group(groupId: string): ClassicGroup | undefined {
    return this.groups.get(groupId);
  }

  /** The group, when it is one of the classic protocol. */
  classic(groupId: string): ClassicGroup | undefined {
    return this.groups.get(groupId);
  }

  /** The group that a member wants to join: made for a new member, undefined for one that claims to be known there. */
  classicForJoin(groupId: string, memberId: string): ClassicGroup | undefined {
    return memberId === '' ? this.groupOrNew(groupId) : this.groups.get(groupId);
  }

  /** Where the group's offsets are written. */
  offsetsPartition(groupId: string): { readonly topic: string; readonly partition: number } {
    const { topic } = this.options;
    return { topic: topic.name, partition: topic.partitionOf(groupId) };
  }

  all(): Iterable<ClassicGroup> {
    return this.groups.values();
  }

  /** The group, made if there is none. */
  groupOrNew(groupId: string): ClassicGroup {
    const known = this.groups.get(groupId);
    if (known !== undefined) return known;
    const group = this.newGroup(groupId);
    this.groups.set(groupId, group);
    return group;
  }

  private newGroup(groupId: string): ClassicGroup {
    const { clock, random, config, topic } = this.options;
    return new ClassicGroup({
      groupId,
      clock,
      newId: () => uuidText(randomUuid(random)),
      initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
      maxSize: config.number('group.max.size'),
      persist: (group) => topic.append(topic.partitionOf(groupId), [classicGroupRecord(group)]),
    });
  }

  /** Deletes a group with its offsets. Throws GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP. */
  async delete(groupId: string): Promise<void> {
    const group = this.groups.get(groupId);
    if (group === undefined || group.state === 'Dead') throw kafkaError('GROUP_ID_NOT_FOUND');
    if (group.state !== 'Empty' || group.pendingMembers.size > 0) throw kafkaError('NON_EMPTY_GROUP');
    await this.remove(group);
  }

  private remove(group: ClassicGroup): Promise<void> | undefined {
    const { topic } = this.options;
    const { groupId } = group;
    const records: KeyedRecord[] = [{ key: classicGroupKey(groupId), value: null }];
    for (const entry of this.offsetsByGroup.get(groupId)?.entries() ?? [])
      records.push({ key: offsetKey(groupId, entry.topic, entry.partition), value: null });
    const durable = topic.append(topic.partitionOf(groupId), records);
    group.close();
    this.groups.delete(groupId);
    this.offsetsByGroup.delete(groupId);
    return durable;
  }

  // ---- offsets

  offsets(groupId: string): GroupOffsets | undefined {
    return this.offsetsByGroup.get(groupId);
  }

  private offsetsOrNew(groupId: string): GroupOffsets {
    const known = this.offsetsByGroup.get(groupId);
    if (known !== undefined) return known;
    const offsets = new GroupOffsets();
    this.offsetsByGroup.set(groupId, offsets);
    return offsets;
  }

  /** May this committer commit? Throws what Kafka answers; makes the group of one who only keeps offsets. */
  checkCommitter(committer: Committer, inTransaction: boolean, version: number): void {
    const { groupId, memberId, instanceId, generation } = committer;
    const group = this.groups.get(groupId);
    if (group === undefined || group.state === 'Dead') {
      if (generation >= 0) throw kafkaError(inTransaction || version < 9 ? 'ILLEGAL_GENERATION' : 'GROUP_ID_NOT_FOUND');
      this.groupOrNew(groupId);
      return;
    }
    group.checkCommit(memberId, instanceId, generation, inTransaction);
  }

  /** Keeps offsets. Returns what the acknowledgement has to wait for. Throws when the disk fails. */
  commit(groupId: string, entries: readonly OffsetEntry[]): Promise<void> | undefined {
    if (entries.length === 0) return undefined;
    const { topic } = this.options;
    const records = entries.map((entry) => offsetRecord(groupId, entry));
    const durable = topic.append(topic.partitionOf(groupId), records);
    const offsets = this.offsetsOrNew(groupId);
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
    const { topic } = this.options;
    const records = entries.map((entry) => offsetRecord(groupId, entry));
    const durable = topic.append(topic.partitionOf(groupId), records, producer);
    const offsets = this.offsetsOrNew(groupId);
    for (const entry of entries) offsets.setPending(producer.id, entry.topic, entry.partition, entry);
    return durable;
  }

  /** A producer's transaction ended in a partition of the topic. */
  decide(partition: number, producerId: number, commit: boolean): void {
    for (const [groupId, offsets] of this.offsetsByGroup) {
      if (offsets.hasPending && this.options.topic.partitionOf(groupId) === partition)
        offsets.decide(producerId, commit);
    }
  }

  /** Removes committed offsets. Returns what the acknowledgement has to wait for. */
  deleteOffsets(
    groupId: string,
    partitions: readonly { readonly topic: string; readonly partition: number }[],
  ): Promise<void> | undefined {
    if (partitions.length === 0) return undefined;
    const { topic } = this.options;
    const records = partitions.map((entry) => ({ key: offsetKey(groupId, entry.topic, entry.partition), value: null }));
    const durable = topic.append(topic.partitionOf(groupId), records);
    const offsets = this.offsetsByGroup.get(groupId);
    for (const entry of partitions) offsets?.delete(entry.topic, entry.partition);
    return durable;
  }

  /** A topic is gone, and with it the offsets of all groups in it. */
  topicDeleted(deleted: Topic): void {
    if (this.closed) return;
    if (deleted.name === this.options.topic.name) return this.clear();
    for (const [groupId, offsets] of this.offsetsByGroup) {
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

  private clear(): void {
    for (const group of this.groups.values()) group.close();
    this.groups.clear();
    this.offsetsByGroup.clear();
  }

  /** The topics that a group's members subscribe to, when they say so; undefined for groups that are not of consumers. */
  subscribedTopics(group: ClassicGroup): Set<string> | undefined {
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
    for (const group of [...this.groups.values()]) {
      const offsets = this.offsetsByGroup.get(group.groupId);
      const subscribed = group.state === 'Stable' ? this.subscribedTopics(group) : undefined;
      const expired: OffsetEntry[] = [];
      for (const entry of offsets?.entries() ?? []) {
        const unused =
          group.state === 'Empty'
            ? Math.max(group.protocolType === null ? 0 : group.stateTimestamp, entry.commitTimestamp)
            : subscribed !== undefined && !subscribed.has(entry.topic)
              ? entry.commitTimestamp
              : now;
        if (now - unused >= retentionMs && !offsets?.isPending(entry.topic, entry.partition)) expired.push(entry);
      }
      try {
        this.deleteOffsets(group.groupId, expired)?.catch(() => {});
        const idle =
          group.state === 'Empty' && group.pendingMembers.size === 0 && now - group.stateTimestamp >= retentionMs;
        if (idle && (offsets?.isEmpty ?? true)) this.remove(group)?.catch(() => {});
      } catch (error) {
        logger.error('cannot expire offsets', { group: group.groupId, error });
      }
    }
  }

  // ---- start and end

  /** Reads what was written before. */
  load(): void {
    const pending = new Map<string, Set<string>>();
    this.options.topic.replay(
      ({ key, value, producerId }, partition) => {
        const record = readGroupRecord(key, value);
        if (record === undefined) return;
        if (record.kind === 'offset' && record.value !== null && producerId >= 0) {
          const groups = pending.get(`${partition} ${producerId}`) ?? new Set();
          pending.set(`${partition} ${producerId}`, groups.add(record.group));
          this.offsetsOrNew(record.group).setPending(producerId, record.topic, record.partition, record.value);
        } else this.apply(record);
      },
      ({ producerId, committed }, partition) => {
        for (const group of pending.get(`${partition} ${producerId}`) ?? [])
          this.offsetsByGroup.get(group)?.decide(producerId, committed);
        pending.delete(`${partition} ${producerId}`);
      },
    );
    for (const [groupId, offsets] of this.offsetsByGroup) {
      if (offsets.isEmpty) this.offsetsByGroup.delete(groupId);
      else this.groupOrNew(groupId);
    }
  }

  private apply(record: GroupRecord): void {
    if (record.kind === 'offset') {
      if (record.value === null) this.offsetsByGroup.get(record.group)?.delete(record.topic, record.partition);
      else this.offsetsOrNew(record.group).set(record.topic, record.partition, record.value);
    } else if (record.kind === 'classicGroup') {
      this.groups.get(record.group)?.close();
      this.groups.delete(record.group);
      if (record.value !== null) this.restore(record.group, record.value);
    }
  }

  private restore(groupId: string, value: NonNullable<Extract<GroupRecord, { kind: 'classicGroup' }>['value']>): void {
    const group = this.newGroup(groupId);
    this.groups.set(groupId, group);
    group.protocolType = value.protocolType === '' ? null : value.protocolType;
    group.generation = value.generation;
    group.protocol = value.protocol;
    group.leader = value.leader;
    for (const member of value.members) {
      group.restoreMember({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        sessionTimeoutMs: member.sessionTimeout,
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        protocols: value.protocol === null ? [] : [{ name: value.protocol, metadata: member.subscription }],
        assignment: member.assignment,
      });
    }
    if (value.members.length > 0) group.state = 'Stable';
    if (Number(value.currentStateTimestamp) >= 0) group.stateTimestamp = Number(value.currentStateTimestamp);
  }

  close(): void {
    this.closed = true;
    for (const group of this.groups.values()) group.close();
  }
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
