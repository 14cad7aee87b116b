/**
 * What happens to groups of the consumer protocol (KIP-848). Members send heartbeats: each may change what the member subscribes to,
 * which moves the group's epoch; an epoch that moved asks for a new target, though not more often than
 * `group.consumer.assignment.interval.ms`; and the member goes a step towards its target. The records of all that are written as one.
 */
import type { Clock } from '../../core/clock.ts';
import type { Logger } from '../../core/logger.ts';
import { randomUuid } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { listElements } from '../config/definition.ts';
import { groupConfigNumber } from '../config/other-configs.ts';
import type { Catalog } from '../metadata/catalog.ts';
import { isSubset, ownedSince, partitionsIn, sameOwned, topicPartitions } from './assignment.ts';
import type { Partitions, TopicPartitions } from './assignment.ts';
import { downgrade, upgrade } from './conversion.ts';
import { ConsumerGroup, groupEpochRecord, subscribedTopics, targetRecord } from './consumer-group.ts';
import {
  currentAssignmentRecord,
  leaveStaticEpoch,
  memberRecord,
  memberStates,
  memberTombstones,
  newMember,
  regexOf,
  sameAssignment,
  sameNames,
  sameSubscription,
} from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { MetadataHash } from './metadata-hash.ts';
import { reconcile } from './reconcile.ts';
import { classicGroupRecord } from './records.ts';
import type { GroupRecord } from './records.ts';
import type { RegexResolver } from './regex/resolver.ts';
import type { GroupStore } from './store.ts';
import { computeTarget, existingTopicIds, membersWith } from './target-assignment.ts';

export interface ConsumerGroupsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly store: GroupStore;
  readonly hash: MetadataHash;
  readonly regexes: RegexResolver;
  /** Changes whenever topics may have changed. */
  readonly metadataVersion: () => number;
}

export interface ConsumerHeartbeat {
  readonly groupId: string;
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly instanceId: string | null;
  readonly rackId: string | null;
  /** −1 when it is as before. */
  readonly rebalanceTimeoutMs: number;
  /** Null, here and below, when it is as before. */
  readonly topicNames: readonly string[] | null;
  readonly topicRegex: string | null;
  readonly serverAssignor: string | null;
  /** What the member has. */
  readonly owned: readonly TopicPartitions[] | null;
  readonly clientId: string;
  readonly clientHost: string;
}

export interface ConsumerHeartbeatResult {
  readonly memberId: string;
  readonly memberEpoch: number;
  readonly heartbeatIntervalMs: number;
  /** What the member may have now; undefined when that is as before. */
  readonly assignment: { topicId: string; partitions: number[] }[] | undefined;
}

/** A member that changes, on its way through one request. */
export interface MemberChange {
  readonly group: ConsumerGroup;
  readonly before: ConsumerMember;
  readonly updated: ConsumerMember;
  readonly owned: readonly TopicPartitions[] | null;
}

export class ConsumerGroups {
  private readonly options: ConsumerGroupsOptions;

  constructor(options: ConsumerGroupsOptions) {
    this.options = options;
  }

  // ---- heartbeats

  /** Throws what Kafka answers. Resolves when what it says is kept. */
  async heartbeat(request: ConsumerHeartbeat): Promise<ConsumerHeartbeatResult> {
    const { groupId, memberEpoch, owned } = request;
    const { store } = this.options;
    const records: GroupRecord[] = [];
    const joins = memberEpoch === 0;
    const group = this.groupOf(groupId, joins, records);
    this.checkSize(group, request.memberId);
    const memberId = request.memberId === '' ? randomUuid(this.options.random).toString('base64url') : request.memberId;
    const before =
      request.instanceId === null
        ? joins
          ? (group.members.get(memberId) ?? newMember(memberId))
          : group.member(memberId)
        : this.staticMember(group, memberId, request.instanceId, joins, false, records);
    checkEpoch(before, memberEpoch, owned);
    const subscribing: ConsumerMember = {
      ...before,
      instanceId: request.instanceId ?? before.instanceId,
      rackId: request.rackId ?? before.rackId,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? before.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
      serverAssignor: request.serverAssignor ?? before.serverAssignor,
      topicNames: request.topicNames === null ? before.topicNames : new Set(request.topicNames),
      topicRegex: request.topicRegex ?? before.topicRegex,
      clientId: request.clientId,
      clientHost: request.clientHost,
      classic: null,
    };
    const change = { group, before, updated: subscribing, owned };
    const { epoch, changed } = this.subscribe(change, records);
    const member = this.assign(change, epoch, changed, records);
    const durable = store.write(groupId, records);
    this.settle(group, subscribing, member);
    this.heard(this.live(groupId), memberId);
    await durable;
    const full =
      joins ||
      (request.rebalanceTimeoutMs !== -1 && (request.topicNames ?? request.topicRegex) !== null && owned !== null);
    return {
      memberId,
      memberEpoch: member.memberEpoch,
      heartbeatIntervalMs: this.groupNumber(groupId, 'consumer.heartbeat.interval.ms'),
      assignment: full || !sameOwned(before.assigned, member.assigned) ? topicPartitions(member.assigned) : undefined,
    };
  }

  /** A member goes, or says that it will be back (epoch −2, of static members). */
  async leave(groupId: string, memberId: string, instanceId: string | null, memberEpoch: number): Promise<void> {
    const group = this.existing(groupId);
    if (instanceId === null) return this.fence(group, [group.member(memberId)]);
    const member = this.checkInstance(group, memberId, instanceId);
    if (memberEpoch !== leaveStaticEpoch) return this.fence(group, [member]);
    const away: ConsumerMember = {
      ...member,
      memberEpoch: leaveStaticEpoch,
      assigned: ownedSince(partitionsIn(member.assigned), 0),
      pendingRevocation: new Map(),
    };
    await this.options.store.write(groupId, [currentAssignmentRecord(groupId, away)]);
  }

  /** The consumer group of that name. Throws GROUP_ID_NOT_FOUND. */
  existing(groupId: string): ConsumerGroup {
    const group = this.options.store.groups.get(groupId);
    if (group === undefined) throw kafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`);
    if (group.kind !== 'consumer') throw kafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`);
    return group;
  }

  /** The group that a heartbeat is for; `records` make it, if need be, of a classic one. */
  private groupOf(groupId: string, joins: boolean, records: GroupRecord[]): ConsumerGroup {
    const { store, catalog, config, hash } = this.options;
    const group = store.groups.get(groupId);
    if (group?.kind === 'consumer') return group;
    if (group === undefined) {
      if (!joins) throw kafkaError('GROUP_ID_NOT_FOUND', `Consumer group ${groupId} not found.`);
      return new ConsumerGroup(groupId);
    }
    if (!joins) throw kafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a consumer group.`);
    if (group.state === 'Empty') {
      records.push({ kind: 'classicGroup', key: { group: groupId }, value: null });
      return new ConsumerGroup(groupId);
    }
    const policy = (config.value('group.consumer.migration.policy') ?? '').toLowerCase();
    return upgrade(group, { policy, maxSize: config.number('group.consumer.max.size'), catalog, hash }, records);
  }

  checkSize(group: ConsumerGroup, memberId: string): void {
    const max = this.options.config.number('group.consumer.max.size');
    if (group.members.size >= max && !group.members.has(memberId))
      throw kafkaError(
        'GROUP_MAX_SIZE_REACHED',
        `The consumer group has reached its maximum capacity of ${max} members.`,
      );
  }

  /** The member with this instance: as it is, new, or in the place of the one that had it before (`records`). */
  staticMember(
    group: ConsumerGroup,
    memberId: string,
    instanceId: string,
    joins: boolean,
    classic: boolean,
    records: GroupRecord[],
  ): ConsumerMember {
    if (!joins) return this.checkInstance(group, memberId, instanceId);
    const known = group.staticMember(instanceId);
    if (known === undefined) return group.members.get(memberId) ?? newMember(memberId);
    if (!classic && known.classic === null && known.memberEpoch !== leaveStaticEpoch)
      throw kafkaError(
        'UNRELEASED_INSTANCE_ID',
        `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${known.memberId} member.`,
      );
    const replacing: ConsumerMember = { ...known, memberId, memberEpoch: 0, previousMemberEpoch: 0 };
    records.push(
      ...memberTombstones(group.groupId, known.memberId),
      memberRecord(group.groupId, replacing),
      targetRecord(group.groupId, memberId, group.target(known.memberId)),
      currentAssignmentRecord(group.groupId, replacing),
    );
    return replacing;
  }

  /** Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
  checkInstance(group: ConsumerGroup, memberId: string, instanceId: string): ConsumerMember {
    const member = group.staticMember(instanceId);
    if (member === undefined) throw kafkaError('UNKNOWN_MEMBER_ID', `Instance id ${instanceId} is unknown.`);
    if (member.memberId !== memberId)
      throw kafkaError(
        'FENCED_INSTANCE_ID',
        `Static member ${memberId} with instance id ${instanceId} was fenced by member ${member.memberId}.`,
      );
    return member;
  }

  // ---- the three steps

  /** Keeps what the member subscribes to; moves the group's epoch when that, or the topics, have changed. */
  subscribe(
    { group, before, updated }: MemberChange,
    records: GroupRecord[],
  ): { readonly epoch: number; readonly changed: boolean } {
    const { groupId } = group;
    const { hash, metadataVersion, regexes } = this.options;
    if (!sameSubscription(before, updated)) records.push(memberRecord(groupId, updated));
    const namesChanged = !sameNames(before.topicNames, updated.topicNames);
    const regex = regexes.update(group, before, updated, records);
    const moved = namesChanged || regex === 'resolved';
    const changed = namesChanged || regex !== 'same';
    const version = metadataVersion();
    if (!moved && group.checkedVersion === version) return { epoch: group.epoch, changed };
    const metadataHash = hash.of(subscribedTopics(membersWith(group, updated).values(), group.regexes));
    group.checkedVersion = version;
    if (group.hasSubscriptionMetadata) records.push({ kind: 'subscriptionMetadata', key: { groupId }, value: null });
    if (!moved && metadataHash === group.metadataHash) return { epoch: group.epoch, changed };
    records.push(groupEpochRecord(groupId, group.epoch + 1, metadataHash));
    return { epoch: group.epoch + 1, changed };
  }

  /** Works out a new target if there has to be one and it is time for it, and takes the member a step towards its own. */
  assign(change: MemberChange, epoch: number, changed: boolean, records: GroupRecord[]): ConsumerMember {
    const { group, updated } = change;
    const { clock, catalog, config } = this.options;
    const intervalMs = this.groupNumber(group.groupId, 'consumer.assignment.interval.ms');
    const now = clock.now();
    const due = group.targetTimestamp === 0 || intervalMs === 0 || now >= group.targetTimestamp + intervalMs;
    if (group.targetEpoch >= epoch || !due) return this.step(change, changed, records);
    const defaultAssignor = listElements(config.value('group.consumer.assignors') ?? '')[0] ?? 'uniform';
    const target = computeTarget({ group, epoch, updated, catalog, defaultAssignor, now }, records);
    return this.step(change, changed, records, { epoch, target });
  }

  /** Takes the member a step towards its target: the one that there is, unless another one is given. */
  step(
    { group, updated, owned }: MemberChange,
    changed: boolean,
    records: GroupRecord[],
    next?: { readonly epoch: number; readonly target: Partitions },
  ): ConsumerMember {
    const holder = group.staticMember(updated.instanceId)?.memberId ?? updated.memberId;
    const member = reconcile(updated, {
      targetEpoch: next?.epoch ?? group.targetEpoch,
      target: next?.target ?? group.target(holder),
      subscribed: existingTopicIds(this.options.catalog, group.topicNamesOf(updated)),
      subscriptionChanged: changed,
      partitionEpoch: (topicId, partition) => group.partitionEpoch(topicId, partition),
      owned,
    });
    if (!sameAssignment(member, updated)) records.push(currentAssignmentRecord(group.groupId, member));
    return member;
  }

  /** Once the records are written: timers of what they changed. */
  private settle(computed: ConsumerGroup, before: ConsumerMember, member: ConsumerMember): void {
    const group = this.live(computed.groupId);
    if (computed !== group) {
      group.checkedVersion = computed.checkedVersion;
      this.startTimers(group);
    }
    if (!sameAssignment(before, member)) this.awaitRevocation(group, member);
  }

  /** A member that has to give something up has the time of a rebalance for it. */
  private awaitRevocation(group: ConsumerGroup, member: ConsumerMember): void {
    const { groupId } = group;
    const { memberId, memberEpoch } = member;
    if (member.state !== memberStates.unrevoked) return group.cancel('rebalance', memberId);
    group.schedule(this.options.clock, 'rebalance', memberId, member.rebalanceTimeoutMs, () => {
      if (this.options.store.consumer(groupId)?.members.get(memberId)?.memberEpoch === memberEpoch)
        this.expire(groupId, memberId, `it failed to transition from epoch ${memberEpoch}`);
    });
  }

  /** A member was heard of: it has the time of a session until it has to be again. */
  private heard(group: ConsumerGroup, memberId: string, sessionMs = this.sessionTimeoutMs(group.groupId)): void {
    group.schedule(this.options.clock, 'session', memberId, sessionMs, () =>
      this.expire(group.groupId, memberId, 'the member session expired'),
    );
  }

  private live(groupId: string): ConsumerGroup {
    return this.options.store.consumer(groupId) ?? this.existing(groupId);
  }

  // ---- members go

  /** A member was not heard of in time. */
  expire(groupId: string, memberId: string, reason: string): void {
    const { store, logger } = this.options;
    const group = store.consumer(groupId);
    const member = group?.members.get(memberId);
    if (store.closed || group === undefined || member === undefined) return;
    logger.info('a member is fenced from its group', { group: groupId, member: memberId, reason });
    this.fence(group, [member]).catch((error: unknown) => {
      logger.error('cannot fence a member; it is tried again', { group: groupId, member: memberId, error });
      const live = store.consumer(groupId);
      if (live?.members.has(memberId)) this.heard(live, memberId);
    });
  }

  /** Takes members out of their group, which is a classic one afterwards if only such members are left. */
  async fence(group: ConsumerGroup, members: readonly ConsumerMember[]): Promise<void> {
    if (members.length === 0) return;
    const { store, hash } = this.options;
    const { groupId } = group;
    const leaving = new Set(members.map(({ memberId }) => memberId));
    const staying = [...group.members.values()].filter(({ memberId }) => !leaving.has(memberId));
    if (staying.length > 0 && staying.every(({ classic }) => classic !== null) && this.mayDowngrade(staying.length))
      return this.downgrade(group, { leaving, joining: undefined }, [], true);
    const records = members.flatMap(({ memberId }) => memberTombstones(groupId, memberId));
    const regexes = new Map(group.regexes);
    for (const regex of new Set(members.map(regexOf))) {
      if (regex === undefined || staying.some((member) => regexOf(member) === regex)) continue;
      records.push({ kind: 'regularExpression', key: { groupId, regularExpression: regex }, value: null });
      regexes.delete(regex);
    }
    records.push(groupEpochRecord(groupId, group.epoch + 1, hash.of(subscribedTopics(staying, regexes))));
    await store.write(groupId, records);
  }

  mayDowngrade(size: number): boolean {
    const { config } = this.options;
    const policy = (config.value('group.consumer.migration.policy') ?? '').toLowerCase();
    return (policy === 'bidirectional' || policy === 'downgrade') && size <= config.number('group.max.size');
  }

  /** Makes a classic group of what stays; `records` come before those of it. */
  async downgrade(
    group: ConsumerGroup,
    change: Parameters<typeof downgrade>[3],
    records: GroupRecord[],
    rebalance: boolean,
  ): Promise<void> {
    const { store, catalog } = this.options;
    const { groupId } = group;
    const { joining } = change;
    const classic = store.newClassicGroup(groupId);
    downgrade(group, classic, catalog, change);
    try {
      const renamed = joining === undefined ? undefined : { from: joining.replaces, to: joining.member.memberId };
      const durable = store.append(groupId, [...records, ...group.tombstones(renamed), classicGroupRecord(classic)]);
      store.replace(classic);
      if (rebalance) classic.rebalance();
      await durable;
    } catch (error) {
      if (store.groups.get(groupId) !== classic) classic.close();
      throw error;
    }
  }

  // ---- start

  /** After the start, or once a group has its members from elsewhere: each has the time of a session to be heard of. */
  startTimers(group: ConsumerGroup): void {
    for (const member of group.members.values()) {
      this.heard(group, member.memberId, member.classic?.sessionTimeoutMs);
      this.awaitRevocation(group, member);
    }
  }

  private sessionTimeoutMs(groupId: string): number {
    return this.groupNumber(groupId, 'consumer.session.timeout.ms');
  }

  private groupNumber(groupId: string, name: string): number {
    const { catalog, config } = this.options;
    return groupConfigNumber(catalog.groupConfigs.get(groupId), config, name);
  }
}

/** Throws FENCED_MEMBER_EPOCH. The epoch before the current one is taken as long as the answer may have been lost. */
function checkEpoch(member: ConsumerMember, epoch: number, owned: readonly TopicPartitions[] | null): void {
  if (epoch === 0 || epoch === member.memberEpoch) return;
  if (epoch < member.memberEpoch && epoch === member.previousMemberEpoch && isSubset(owned, member.assigned)) return;
  const which = epoch > member.memberEpoch ? 'greater' : 'smaller';
  throw kafkaError(
    'FENCED_MEMBER_EPOCH',
    `The consumer group member has a ${which} member epoch (${epoch}) than the one known by the group coordinator (${member.memberEpoch}). The member must abandon all its partitions and rejoin.`,
  );
}
