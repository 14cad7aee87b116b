/** What the members of a consumer group are to have: worked out by the assignor that most of them ask for. */
import type { Catalog } from '../metadata/catalog.ts';
import type { Assignor, AssignorMember } from './assignors/assignor.ts';
import { rangeAssignor } from './assignors/range.ts';
import { uniformAssignor } from './assignors/uniform.ts';
import { noPartitions, samePartitions } from './assignment.ts';
import type { Partitions } from './assignment.ts';
import { targetEpochRecord, targetRecord } from './consumer-group.ts';
import type { ConsumerGroup } from './consumer-group.ts';
import { sameNames } from './consumer-member.ts';
import type { ConsumerMember } from './consumer-member.ts';
import type { GroupRecord } from './records.ts';

export const assignors: Readonly<Record<string, Assignor>> = { uniform: uniformAssignor, range: rangeAssignor };

/** The assignor that most of the members ask for; `fallback` when none asks. */
export function preferredAssignor(members: Iterable<ConsumerMember>, fallback: string): string {
  const counts = new Map<string, number>();
  for (const { serverAssignor } of members)
    if (serverAssignor !== null) counts.set(serverAssignor, (counts.get(serverAssignor) ?? 0) + 1);
  let best = fallback;
  for (const [name, count] of counts) if (count > (counts.get(best) ?? 0)) best = name;
  return best;
}

/** The ids of those of the topics that exist. */
export function existingTopicIds(catalog: Catalog, names: Iterable<string>): Set<string> {
  const ids = new Set<string>();
  for (const name of names) {
    const topic = catalog.topic(name);
    if (topic !== undefined) ids.add(topic.id);
  }
  return ids;
}

export interface TargetInput {
  readonly group: ConsumerGroup;
  /** The epoch that the target is of. */
  readonly epoch: number;
  /** The member that made it necessary, as it is from now on; it takes the place of one with its instance. */
  readonly updated: ConsumerMember;
  readonly catalog: Catalog;
  readonly defaultAssignor: string;
  readonly now: number;
}

/** The members of the group once `updated` is among them. */
export function membersWith(group: ConsumerGroup, updated: ConsumerMember): Map<string, ConsumerMember> {
  const members = new Map(group.members);
  const before = group.staticMember(updated.instanceId);
  if (before !== undefined && before.memberId !== updated.memberId) members.delete(before.memberId);
  return members.set(updated.memberId, updated);
}

/** Adds to `records` what changes, and returns the target of the updated member. */
export function computeTarget(input: TargetInput, records: GroupRecord[]): Partitions {
  const { group, epoch, updated, catalog, defaultAssignor, now } = input;
  const members = membersWith(group, updated);
  const before = group.staticMember(updated.instanceId)?.memberId ?? updated.memberId;
  // In the order of their ids, so that the same members get the same whenever they came.
  const sorted = [...members.values()].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const specs = sorted.map(
    (member): AssignorMember => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      topicIds: existingTopicIds(catalog, group.topicNamesOf(member)),
      target: group.target(member === updated ? before : member.memberId),
    }),
  );
  const first = specs[0]?.topicIds ?? new Set<string>();
  const assign = assignors[preferredAssignor(members.values(), defaultAssignor)] ?? uniformAssignor;
  const targets = assign({
    members: specs,
    homogeneous: specs.every(({ topicIds }) => sameNames(topicIds, first)),
    partitionCount: (topicId) => catalog.topicById(topicId)?.partitions.length ?? 0,
  });
  for (const { memberId } of specs) {
    const [old, next] = [group.targets.get(memberId), targets.get(memberId) ?? noPartitions];
    if (old === undefined || !samePartitions(old, next)) records.push(targetRecord(group.groupId, memberId, next));
  }
  records.push(targetEpochRecord(group.groupId, epoch, now));
  return targets.get(updated.memberId) ?? noPartitions;
}
