/**
 * The assignor for members that keep their partitions while they join again (KIP-429): everybody keeps as much of what he has as a
 * fair share allows. What has to change hands is left out in the first round, in which its owner gives it up; he joins again at once,
 * and in the round that follows it goes to the other one.
 *
 * As the leader decides for all, members of the Java client's `CooperativeStickyAssignor` go along; which partitions move is not always
 * what theirs would choose.
 */
import { assert } from '../core/assert.ts';
import { inOrder, numbers, topicsOf } from './assignment.ts';
import type { Assignment, GroupMember, TopicPartitions } from './assignment.ts';

interface Slot {
  readonly topic: string;
  readonly partition: number;
}

export function cooperativeSticky(
  members: readonly GroupMember[],
  partitionsOf: (topic: string) => number,
): Assignment {
  const slots = topicsOf(members).flatMap((topic) =>
    numbers(0, partitionsOf(topic)).map((partition): Slot => ({ topic, partition })),
  );
  const owners = ownersOf(members);
  const shares = inOrder(members).map((member) => new Share(member));
  for (const share of shares) {
    share.slots = slots.filter((slot) => {
      const owning = owners.get(nameOf(slot));
      return owning?.length === 1 && owning[0] === share.member && share.wants(slot);
    });
  }
  const given = new Set(shares.flatMap((share) => share.slots));
  for (const slot of slots) if (!given.has(slot)) smallest(shares, slot)?.slots.push(slot);
  while (balance(shares));
  return new Map(
    shares.map(({ member, slots: mine }) => [
      member.memberId,
      // Somebody else reads it still, until he has seen that it is not his any more.
      byTopic(mine.filter((slot) => (owners.get(nameOf(slot)) ?? [member]).every((owner) => owner === member))),
    ]),
  );
}

class Share {
  readonly member: GroupMember;
  slots: Slot[] = [];
  private readonly topics: ReadonlySet<string>;

  constructor(member: GroupMember) {
    this.member = member;
    this.topics = new Set(member.topics);
  }

  wants({ topic }: Slot): boolean {
    return this.topics.has(topic);
  }
}

/** Who says that he has a partition, by the newest generation that anybody has it from. Several of the same: nobody can keep it. */
function ownersOf(members: readonly GroupMember[]): ReadonlyMap<string, readonly GroupMember[]> {
  const owners = new Map<string, GroupMember[]>();
  for (const member of members) {
    for (const { topic, partitions } of member.owned) {
      for (const partition of partitions) {
        const name = nameOf({ topic, partition });
        const known = owners.get(name);
        const generation = known?.[0]?.generation ?? -Infinity;
        if (known === undefined || member.generation > generation) owners.set(name, [member]);
        else if (member.generation === generation) known.push(member);
      }
    }
  }
  return owners;
}

/** Moves partitions to members that have at least two less. True when some moved. */
function balance(shares: readonly Share[]): boolean {
  let moved = false;
  for (const from of [...shares].sort((a, b) => b.slots.length - a.slots.length)) {
    for (const slot of [...from.slots]) {
      const to = smallest(shares, slot);
      assert(to !== undefined, 'a partition that is assigned is wanted by somebody');
      if (to.slots.length + 1 >= from.slots.length) continue;
      from.slots.splice(from.slots.indexOf(slot), 1);
      to.slots.push(slot);
      moved = true;
    }
  }
  return moved;
}

function smallest(shares: readonly Share[], slot: Slot): Share | undefined {
  let found: Share | undefined;
  for (const share of shares) {
    if (share.wants(slot) && (found === undefined || share.slots.length < found.slots.length)) found = share;
  }
  return found;
}

function byTopic(slots: readonly Slot[]): TopicPartitions[] {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of slots) topics.set(topic, [...(topics.get(topic) ?? []), partition]);
  return Array.from(topics, ([topic, partitions]) => ({ topic, partitions: partitions.sort((a, b) => a - b) }));
}

function nameOf({ topic, partition }: Slot): string {
  return `${topic} ${partition}`;
}
