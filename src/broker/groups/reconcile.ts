/**
 * How a member of a consumer group gets from what it has to what it is to have: it gives up first, says so, and gets then what
 * nobody has any more. One call is one heartbeat's worth of it (KIP-848).
 *
 *     stable ──target moved──► unrevoked ──gave up──► unreleased ──others gave up──► stable
 *        └──────────────nothing to give up──────────────┴──────────────────────────────┘
 */
import { kafkaError } from '../../wire/error-codes.ts';
import type { OwnedPartitions, Partitions, TopicPartitions } from './assignment.ts';
import { nothingOwned } from './assignment.ts';
import { memberStates } from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';

export interface Reconciliation {
  readonly targetEpoch: number;
  readonly target: Partitions;
  /** The ids of the topics that the member subscribes to and that exist. */
  readonly subscribed: ReadonlySet<string>;
  readonly subscriptionChanged: boolean;
  /** The epoch of a partition's owner in the group, if it has one. */
  readonly partitionEpoch: (topicId: string, partition: number) => number | undefined;
  /** What the member says that it has; null when it did not say. */
  readonly owned: readonly TopicPartitions[] | null;
}

/** The member as it is next; the same object when nothing changes. Throws FENCED_MEMBER_EPOCH for a state that is not known. */
export function reconcile(member: ConsumerMember, to: Reconciliation): ConsumerMember {
  switch (member.state) {
    case memberStates.stable:
      if (member.memberEpoch !== to.targetEpoch) return nextAssignment(member, to);
      return to.subscriptionChanged ? withoutUnsubscribed(member, to) : member;
    case memberStates.unrevoked:
      if (!stillOwns(member.pendingRevocation, to.owned)) return nextAssignment(member, to);
      return to.subscriptionChanged ? withoutUnsubscribed(member, to) : member;
    case memberStates.unreleased:
      return nextAssignment(member, to);
    default:
      if (to.owned === null || to.owned.length > 0)
        throw kafkaError(
          'FENCED_MEMBER_EPOCH',
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        );
      return nextAssignment({ ...member, memberEpoch: to.targetEpoch }, to);
  }
}

/** Who does not say what it has may still have everything. */
function stillOwns(revoked: OwnedPartitions, owned: readonly TopicPartitions[] | null): boolean {
  if (owned === null) return true;
  return owned.some(({ topicId, partitions }) =>
    partitions.some((partition) => revoked.get(topicId)?.has(partition) === true),
  );
}

/** The member no longer subscribes to some topics: what it has of them goes at once, before there is a new target. */
function withoutUnsubscribed(member: ConsumerMember, to: Reconciliation): ConsumerMember {
  const assigned = new Map(member.assigned);
  const pendingRevocation = new Map(member.pendingRevocation);
  for (const [topicId, epochs] of member.assigned) {
    if (to.subscribed.has(topicId)) continue;
    assigned.delete(topicId);
    pendingRevocation.set(topicId, new Map([...(pendingRevocation.get(topicId) ?? []), ...epochs]));
  }
  if (assigned.size === member.assigned.size) return member;
  const next = { ...member, ...epochUpdate(member, member.memberEpoch), assigned };
  return stillOwns(pendingRevocation, to.owned) ? { ...next, state: memberStates.unrevoked, pendingRevocation } : next;
}

function nextAssignment(member: ConsumerMember, to: Reconciliation): ConsumerMember {
  const assigned = new Map<string, Map<number, number>>();
  const revoked = new Map<string, Map<number, number>>();
  const added = new Map<string, Map<number, number>>();
  let unreleased = false;
  for (const topicId of new Set([...to.target.keys(), ...member.assigned.keys()])) {
    const target = to.subscribed.has(topicId) ? to.target.get(topicId) : undefined;
    const current = member.assigned.get(topicId);
    for (const [partition, epoch] of current ?? [])
      put(target?.has(partition) === true ? assigned : revoked, topicId, partition, epoch);
    for (const partition of target ?? []) {
      if (current?.has(partition)) continue;
      // What the member itself is giving up counts as free again.
      const taken =
        to.partitionEpoch(topicId, partition) !== undefined &&
        member.pendingRevocation.get(topicId)?.has(partition) !== true;
      if (taken) unreleased = true;
      else put(added, topicId, partition, to.targetEpoch);
    }
  }
  if (revoked.size > 0 && stillOwns(revoked, to.owned)) {
    // In the epoch that it is in, until it has given up.
    return {
      ...member,
      ...epochUpdate(member, member.memberEpoch),
      state: memberStates.unrevoked,
      assigned,
      pendingRevocation: revoked,
    };
  }
  for (const [topicId, epochs] of added)
    for (const [partition, epoch] of epochs) put(assigned, topicId, partition, epoch);
  return {
    ...member,
    ...epochUpdate(member, to.targetEpoch),
    state: unreleased ? memberStates.unreleased : memberStates.stable,
    assigned,
    pendingRevocation: nothingOwned,
  };
}

function epochUpdate(
  member: ConsumerMember,
  memberEpoch: number,
): Pick<ConsumerMember, 'memberEpoch' | 'previousMemberEpoch'> {
  return { memberEpoch, previousMemberEpoch: member.memberEpoch };
}

function put(owned: Map<string, Map<number, number>>, topicId: string, partition: number, epoch: number): void {
  const epochs = owned.get(topicId) ?? new Map<number, number>();
  owned.set(topicId, epochs);
  epochs.set(partition, epoch);
}
