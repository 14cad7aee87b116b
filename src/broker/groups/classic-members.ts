/**
 * Members of the classic protocol in a consumer group: they join, sync and send heartbeats as ever, and do not see that the broker
 * assigns. A join is what a heartbeat of the consumer protocol is, a sync fetches what came of it, and an error of the heartbeat
 * tells when there is something new to join for.
 */
import type { Clock } from '../../core/clock.ts';
import { randomUuid } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';
import { kafkaError } from '../../wire/error-codes.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { Catalog } from '../metadata/catalog.ts';
import { partitionsIn } from './assignment.ts';
import type { TopicPartitions } from './assignment.ts';
import { joinFailure } from './classic-group.ts';
import type { JoinRequest, JoinResult, SyncRequest, SyncResult } from './classic-group.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { memberStates, newMember } from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { ConsumerGroups } from './consumer-groups.ts';
import { readSubscription, writeAssignment } from './conversion.ts';
import type { Subscription } from './conversion.ts';
import type { GroupRecord } from './records.ts';
import type { GroupStore } from './store.ts';

export interface ClassicMembersOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: BrokerConfig;
  readonly catalog: Catalog;
  readonly store: GroupStore;
  readonly consumers: ConsumerGroups;
}

export class ClassicMembers {
  private readonly options: ClassicMembersOptions;

  constructor(options: ClassicMembersOptions) {
    this.options = options;
  }

  /** Throws what Kafka answers. */
  async join(group: ConsumerGroup, request: JoinRequest): Promise<JoinResult> {
    const { consumers, store } = this.options;
    const { instanceId } = request;
    const isNew = request.memberId === '';
    const memberId = isNew ? randomUuid(this.options.random).toString('base64url') : request.memberId;
    this.checkJoin(group, memberId, request);
    if (isNew && request.requireKnownMemberId) return joinFailure('MEMBER_ID_REQUIRED', memberId);
    const subscription = subscriptionOf(request);
    const records: GroupRecord[] = [];
    const replaced = group.staticMember(instanceId);
    const before =
      instanceId === null
        ? (group.members.get(memberId) ?? newMember(memberId))
        : consumers.staticMember(group, memberId, instanceId, isNew, true, records);
    const updated: ConsumerMember = {
      ...before,
      instanceId: instanceId ?? before.instanceId,
      rackId: subscription.rackId || before.rackId,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      topicNames: new Set(subscription.topics),
      topicRegex: '',
      clientId: request.clientId,
      clientHost: request.clientHost,
      classic: {
        sessionTimeoutMs: request.sessionTimeoutMs,
        supportedProtocols: request.protocols.map(({ name, metadata }) => ({ name, metadata })),
      },
    };
    const change = { group, before, updated, owned: this.byId(subscription.ownedPartitions) };
    const { epoch, changed } = consumers.subscribe(change, records);
    let member: ConsumerMember;
    const last =
      replaced !== undefined && replaced.classic === null && group.classicMemberCount === group.members.size - 1;
    if (last && consumers.mayDowngrade(group.members.size)) {
      // The last member of the consumer protocol comes back with the classic one.
      const outdated = group.targetEpoch < epoch;
      member = outdated ? updated : consumers.step(change, changed, records);
      const joining = { member, replaces: replaced.memberId };
      await consumers.downgrade(group, { leaving: new Set(), joining }, records, outdated);
    } else {
      member = consumers.assign(change, epoch, changed, records);
      const durable = store.write(group.groupId, records);
      this.joined(group, request, memberId);
      await durable;
    }
    return {
      error: 'NONE',
      memberId,
      generation: member.memberEpoch,
      protocolType: 'consumer',
      protocol: request.protocols[0]?.name ?? null,
      leader: '',
      skipAssignment: false,
      members: [],
    };
  }

  private checkJoin(group: ConsumerGroup, memberId: string, request: JoinRequest): void {
    const { config, consumers } = this.options;
    const { groupId } = group;
    if ((config.value('group.consumer.migration.policy') ?? '').toLowerCase() === 'disabled')
      throw kafkaError(
        'INCONSISTENT_GROUP_PROTOCOL',
        `Cannot join the consumer group ${groupId} with the classic protocol because the group migration is disabled.`,
      );
    consumers.checkSize(group, memberId);
    const classic = [...group.members.values()].flatMap((member) => member.classic ?? []);
    const supported =
      request.protocolType === 'consumer' &&
      request.protocols.some(({ name }) =>
        classic.every(({ supportedProtocols }) => supportedProtocols.some((other) => other.name === name)),
      );
    if (!supported)
      throw kafkaError('INCONSISTENT_GROUP_PROTOCOL', `Member ${memberId}'s protocols are not supported.`);
  }

  /** The member has the time of a rebalance to fetch what it joined for. */
  private joined({ groupId }: ConsumerGroup, { rebalanceTimeoutMs }: JoinRequest, memberId: string): void {
    const { store, clock, consumers } = this.options;
    const group = store.consumer(groupId);
    const member = group?.members.get(memberId);
    if (group === undefined || member === undefined) return;
    group.cancel('join', memberId);
    this.heard(group, member);
    group.schedule(clock, 'sync', memberId, rebalanceTimeoutMs, () =>
      consumers.expire(groupId, memberId, 'the member failed to sync within timeout'),
    );
  }

  sync(group: ConsumerGroup, request: SyncRequest): SyncResult {
    const member = this.member(group, request.memberId, request.instanceId, request.generation);
    const protocol = member.classic?.supportedProtocols[0];
    const { protocolType } = request;
    if (
      (protocolType !== null && protocolType !== 'consumer') ||
      (request.protocol ?? protocol?.name) !== protocol?.name
    )
      throw kafkaError('INCONSISTENT_GROUP_PROTOCOL');
    if (group.targetEpoch > member.memberEpoch && member.state !== memberStates.unrevoked) {
      this.expectJoin(group, member);
      throw kafkaError('REBALANCE_IN_PROGRESS');
    }
    group.cancel('sync', member.memberId);
    this.heard(group, member);
    const assignment = writeAssignment(
      this.options.catalog,
      partitionsIn(member.assigned),
      protocol?.metadata ?? Buffer.alloc(2),
    );
    return { error: 'NONE', protocolType, protocol: request.protocol, assignment };
  }

  /** Throws REBALANCE_IN_PROGRESS when there is something to join for. */
  heartbeat(group: ConsumerGroup, memberId: string, instanceId: string | null, generation: number): void {
    const member = this.member(group, memberId, instanceId, generation);
    this.heard(group, member);
    const { unrevoked, unreleased } = memberStates;
    const free = member.state === unreleased && !group.isWaitingForPartitions(member);
    if (member.memberEpoch >= group.targetEpoch && member.state !== unrevoked && !free) return;
    this.expectJoin(group, member);
    throw kafkaError('REBALANCE_IN_PROGRESS');
  }

  /** The member that asks to leave. Throws UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID. */
  leaving(group: ConsumerGroup, memberId: string, instanceId: string | null): ConsumerMember {
    if (instanceId === null) return group.member(memberId);
    const known = group.staticMember(instanceId);
    if (memberId === '' && known !== undefined) return known;
    return this.options.consumers.checkInstance(group, memberId, instanceId);
  }

  private member(
    group: ConsumerGroup,
    memberId: string,
    instanceId: string | null,
    generation: number,
  ): ConsumerMember {
    const member =
      instanceId === null ? group.member(memberId) : this.options.consumers.checkInstance(group, memberId, instanceId);
    if (member.classic === null)
      throw kafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} does not use the classic protocol.`);
    if (member.memberEpoch !== generation) throw kafkaError('ILLEGAL_GENERATION');
    return member;
  }

  private heard({ groupId }: ConsumerGroup, { memberId, classic }: ConsumerMember): void {
    const { store, clock, consumers } = this.options;
    store
      .consumer(groupId)
      ?.schedule(clock, 'session', memberId, classic?.sessionTimeoutMs ?? 0, () =>
        consumers.expire(groupId, memberId, 'the member session expired'),
      );
  }

  private expectJoin(group: ConsumerGroup, { memberId, rebalanceTimeoutMs }: ConsumerMember): void {
    const { clock, consumers } = this.options;
    if (group.isScheduled('join', memberId)) return;
    group.schedule(clock, 'join', memberId, rebalanceTimeoutMs, () =>
      consumers.expire(group.groupId, memberId, 'the classic member failed to join within the rebalance timeout'),
    );
  }

  private byId(owned: Subscription['ownedPartitions']): TopicPartitions[] {
    return owned.flatMap(({ topic, partitions }) => {
      const topicId = this.options.catalog.topic(topic)?.id;
      return topicId === undefined ? [] : [{ topicId, partitions }];
    });
  }
}

/** All protocols of a member carry the same subscription. */
function subscriptionOf({ protocols }: JoinRequest): Subscription {
  try {
    return readSubscription(protocols[0]?.metadata ?? Buffer.alloc(0));
  } catch {
    throw kafkaError('UNKNOWN_SERVER_ERROR', 'Malformed embedded consumer protocol in subscription deserialization.');
  }
}
