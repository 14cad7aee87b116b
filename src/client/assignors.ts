/**
 * How the leader of a group shares partitions among its members: Kafka's range and round-robin assignors, with the same results as
 * the Java client's, and the one for cooperative members.
 */
import { inOrder, numbers, topicsOf } from './assignment.ts';
import type { Assignment, Assignor, GroupMember, TopicPartitions } from './assignment.ts';
import { cooperativeSticky } from './cooperative-sticky.ts';

/** The names of `partition.assignment.strategy`. */
export type AssignorName = 'range' | 'roundrobin' | 'cooperative-sticky';

export const assignors: Readonly<Record<AssignorName, Assignor>> = {
  range,
  roundrobin,
  'cooperative-sticky': cooperativeSticky,
};

/** Each topic for itself, in contiguous ranges; the first members get one more when it does not divide. */
function range(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignment {
  const assignment = new Map<string, TopicPartitions[]>(members.map(({ memberId }) => [memberId, []]));
  const ordered = inOrder(members);
  for (const topic of topicsOf(members)) {
    const subscribed = ordered.filter(({ topics }) => topics.includes(topic));
    const count = partitionsOf(topic);
    const each = Math.floor(count / subscribed.length);
    const more = count % subscribed.length;
    let next = 0;
    subscribed.forEach(({ memberId }, i) => {
      const share = each + (i < more ? 1 : 0);
      if (share > 0) assignment.get(memberId)?.push({ topic, partitions: numbers(next, share) });
      next += share;
    });
  }
  return assignment;
}

/** All partitions of all topics in turn, each to the next member that wants its topic. */
function roundrobin(members: readonly GroupMember[], partitionsOf: (topic: string) => number): Assignment {
  const assignment = new Map<string, TopicPartitions[]>(members.map(({ memberId }) => [memberId, []]));
  const ordered = inOrder(members);
  let turn = 0;
  for (const topic of topicsOf(members)) {
    for (const partition of numbers(0, partitionsOf(topic))) {
      while (ordered[turn % ordered.length]?.topics.includes(topic) === false) turn++;
      const mine = assignment.get(ordered[turn++ % ordered.length]?.memberId ?? '') ?? [];
      const last = mine.at(-1);
      if (last?.topic === topic) last.partitions.push(partition);
      else mine.push({ topic, partitions: [partition] });
    }
  }
  return assignment;
}
