/**
 * The assignor `uniform`: everybody gets the same number of partitions, give or take one, and keeps what it had as far as that
 * allows. When members subscribe to different topics, `uniform-heterogeneous.ts` does the same as well as it can be done.
 */
import type { Partitions } from '../assignment.ts';
import type { AssignorInput } from './assignor.ts';
import { uniformHeterogeneous } from './uniform-heterogeneous.ts';

export function uniformAssignor(input: AssignorInput): Map<string, Partitions> {
  return input.homogeneous ? homogeneous(input) : uniformHeterogeneous(input);
}

function homogeneous({ members, partitionCount }: AssignorInput): Map<string, Partitions> {
  const topicIds = members[0]?.topicIds ?? new Set<string>();
  if (topicIds.size === 0) return new Map();
  const had = new Set(
    members.flatMap(({ target }) =>
      [...target].flatMap(([topicId, partitions]) => Array.from(partitions, (partition) => `${topicId} ${partition}`)),
    ),
  );
  const free: { readonly topicId: string; readonly partition: number }[] = [];
  let total = 0;
  for (const topicId of topicIds) {
    const count = partitionCount(topicId);
    total += count;
    for (let partition = 0; partition < count; partition++)
      if (!had.has(`${topicId} ${partition}`)) free.push({ topicId, partition });
  }
  const least = Math.floor(total / members.length);
  let extras = total % members.length;
  const assignment = new Map<string, Map<string, Set<number>>>();
  const wanting: { readonly kept: Map<string, Set<number>>; readonly quota: number }[] = [];
  for (const [i, { memberId, target }] of members.entries()) {
    let withExtra = extras > 0;
    let quota = least + (withExtra ? 1 : 0);
    const kept = new Map<string, Set<number>>();
    for (const [topicId, partitions] of target) {
      if (!topicIds.has(topicId)) continue;
      const keep = new Set<number>();
      for (const partition of partitions) {
        if (quota > 0) {
          keep.add(partition);
          quota--;
        } else free.push({ topicId, partition });
      }
      if (keep.size > 0) kept.set(topicId, keep);
    }
    // One more is not for who had no use for it, as long as enough others come after.
    if (quota > 0 && withExtra && members.length - i > extras) {
      quota--;
      withExtra = false;
    }
    if (quota > 0) wanting.push({ kept, quota });
    if (withExtra) extras--;
    assignment.set(memberId, kept);
  }
  let next = 0;
  for (const { kept, quota } of wanting) {
    for (const { topicId, partition } of free.slice(next, next + quota))
      kept.set(topicId, (kept.get(topicId) ?? new Set<number>()).add(partition));
    next += quota;
  }
  return assignment;
}
