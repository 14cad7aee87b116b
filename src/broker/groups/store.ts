/**
 * All groups and their offsets, as the records of `__consumer_offsets` make them. What is written there comes before it is in
 * memory, and all records of one change are one batch: a crash leaves all of it or nothing.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { randomUuid } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { InternalTopic, RecordProducer } from '../internal-topic.ts';
import { ClassicGroup } from './classic-group.ts';
import { ConsumerGroup } from './consumer-group.ts';
import { GroupOffsets } from './offsets.ts';
import { classicGroupRecord, committedOffset, encodeGroupRecord, readGroupRecord } from './records.ts';
import type { ConsumerGroupRecord, GroupRecord, GroupRecordValue } from './records.ts';

export type Group = ClassicGroup | ConsumerGroup;

export interface GroupStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly topic: InternalTopic;
}

export class GroupStore {
  readonly groups: Map<string, Group> = new Map();
  readonly offsets: Map<string, GroupOffsets> = new Map();
  /** Set when the broker ends: nothing is written any more. */
  closed = false;
  private readonly options: GroupStoreOptions;

  constructor(options: GroupStoreOptions) {
    this.options = options;
  }

  // ---- writing

  /** Writes records as one batch. Returns what the acknowledgement has to wait for. Throws when the disk fails. */
  append(groupId: string, records: readonly GroupRecord[], producer?: RecordProducer): Promise<void> | undefined {
    const { topic } = this.options;
    return topic.append(topic.partitionOf(groupId), records.map(encodeGroupRecord), producer);
  }

  /** {@link GroupStore.append}, and then what the records say is so. */
  write(groupId: string, records: readonly GroupRecord[]): Promise<void> | undefined {
    if (records.length === 0) return undefined;
    const durable = this.append(groupId, records);
    for (const record of records) this.apply(record);
    return durable;
  }

  // ---- groups

  consumer(groupId: string): ConsumerGroup | undefined {
    const group = this.groups.get(groupId);
    return group?.kind === 'consumer' ? group : undefined;
  }

  classic(groupId: string): ClassicGroup | undefined {
    const group = this.groups.get(groupId);
    return group?.kind === 'classic' ? group : undefined;
  }

  /** A group of the classic protocol that is not among the groups yet. */
  newClassicGroup(groupId: string): ClassicGroup {
    const { clock, config } = this.options;
    return new ClassicGroup({
      groupId,
      clock,
      newId: () => this.newId(),
      initialRebalanceDelayMs: config.number('group.initial.rebalance.delay.ms'),
      maxSize: config.number('group.max.size'),
      persist: (group) => this.append(groupId, [classicGroupRecord(group)]),
    });
  }

  /** A random UUID as Java prints it. */
  private newId(): string {
    const hex = randomUuid(this.options.random).toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  /** Puts a group in the place of the one that has its name; its timers end. */
  replace(group: Group): void {
    this.groups.get(group.groupId)?.close();
    this.groups.set(group.groupId, group);
  }

  private remove(groupId: string): void {
    this.groups.get(groupId)?.close();
    this.groups.delete(groupId);
  }

  offsetsOrNew(groupId: string): GroupOffsets {
    const known = this.offsets.get(groupId);
    if (known !== undefined) return known;
    const offsets = new GroupOffsets();
    this.offsets.set(groupId, offsets);
    return offsets;
  }

  // ---- records

  private apply(record: GroupRecord): void {
    if (record.kind === 'offset') {
      const { group, topic, partition } = record.key;
      if (record.value === null) this.offsets.get(group)?.delete(topic, partition);
      else this.offsetsOrNew(group).set(topic, partition, committedOffset(record.value));
    } else if (record.kind === 'classicGroup') {
      if (record.value !== null) return this.restoreClassic(record.key.group, record.value);
      if (this.classic(record.key.group) !== undefined) this.remove(record.key.group);
    } else this.applyToConsumerGroup(record);
  }

  private applyToConsumerGroup(record: ConsumerGroupRecord): void {
    const { groupId } = record.key;
    let group = this.consumer(groupId);
    if (group === undefined) {
      if (record.value === null) return;
      group = new ConsumerGroup(groupId);
      this.replace(group);
    }
    group.apply(record);
    if (group.state === 'Dead') this.groups.delete(groupId);
  }

  private restoreClassic(groupId: string, value: GroupRecordValue<'classicGroup'>): void {
    const group = this.newClassicGroup(groupId);
    this.replace(group);
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

  /** Reads what was written before. Groups that only have offsets are made; timers of consumer groups are the caller's. */
  load(): void {
    const pending = new Map<string, Set<string>>();
    this.options.topic.replay(
      ({ key, value, producerId }, partition) => {
        const record = readGroupRecord(key, value);
        if (record === undefined) return;
        if (record.kind === 'offset' && record.value !== null && producerId >= 0) {
          const { group, topic, partition: index } = record.key;
          const groups = pending.get(`${partition} ${producerId}`) ?? new Set();
          pending.set(`${partition} ${producerId}`, groups.add(group));
          this.offsetsOrNew(group).setPending(producerId, topic, index, committedOffset(record.value));
        } else this.apply(record);
      },
      ({ producerId, committed }, partition) => {
        for (const group of pending.get(`${partition} ${producerId}`) ?? [])
          this.offsets.get(group)?.decide(producerId, committed);
        pending.delete(`${partition} ${producerId}`);
      },
    );
    for (const [groupId, offsets] of this.offsets) {
      if (offsets.isEmpty) this.offsets.delete(groupId);
      else if (!this.groups.has(groupId)) this.groups.set(groupId, this.newClassicGroup(groupId));
    }
  }

  clear(): void {
    for (const group of this.groups.values()) group.close();
    this.groups.clear();
    this.offsets.clear();
  }

  close(): void {
    this.closed = true;
    for (const group of this.groups.values()) group.close();
  }
}
