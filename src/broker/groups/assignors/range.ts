/** The assignor `range`: members in the order of their names each get a run of neighbouring partitions of every topic. */
import type { Partitions } from '../assignment.ts';
import type { AssignorInput, AssignorMember } from './assignor.ts';

export function rangeAssignor({ members, partitionCount }: AssignorInput): Map<string, Partitions> {
  const sorted = [...members].sort(byInstanceThenMember);
  const topics = new Map<string, { readonly count: number; subscribers: number; next: number; given: number }>();
  for (const { topicIds } of sorted) {
    for (const topicId of topicIds) {
      const topic = topics.get(topicId) ?? { count: partitionCount(topicId), subscribers: 0, next: 0, given: 0 };
      topic.subscribers++;
      topics.set(topicId, topic);
    }
  }
  const assignment = new Map<string, Partitions>();
  for (const { memberId, topicIds } of sorted) {
    const partitions = new Map<string, Set<number>>();
    for (const topicId of topicIds) {
      const topic = topics.get(topicId);
      if (topic === undefined) continue;
      // The first ones get one more when the partitions do not divide evenly.
      const share =
        Math.floor(topic.count / topic.subscribers) + (topic.given < topic.count % topic.subscribers ? 1 : 0);
      topic.given++;
      if (share > 0) partitions.set(topicId, new Set(Array.from({ length: share }, (_, i) => topic.next + i)));
      topic.next += share;
    }
    assignment.set(memberId, partitions);
  }
  return assignment;
}

/** Static members come first, by their instance, so that they keep their places when their ids change. */
function byInstanceThenMember(a: AssignorMember, b: AssignorMember): number {
  if (a.instanceId !== null && b.instanceId !== null) return compare(a.instanceId, b.instanceId);
  if (a.instanceId !== null) return -1;
  if (b.instanceId !== null) return 1;
  return compare(a.memberId, b.memberId);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
