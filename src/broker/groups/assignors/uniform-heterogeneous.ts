/**
 * `uniform` for members that subscribe to different topics: keeps what members had of what they still subscribe to, gives what is
 * free to the least loaded, then moves partitions from the most to the least loaded, topic by topic, until no topic gains by it.
 */
import type { Partitions } from '../assignment.ts';
import type { AssignorInput, AssignorMember } from './assignor.ts';
import { LoadBalancer } from './load-balancer.ts';

/** Each round goes through all topics; as a rule two or three are enough. */
const roundsMax = 16;

export function uniformHeterogeneous(input: AssignorInput): Map<string, Partitions> {
  return new Builder(input).build();
}

class Builder {
  private readonly members: readonly AssignorMember[];
  private readonly partitionCount: (topicId: string) => number;
  /** Topic → indexes of the members that subscribe to it. */
  private readonly subscribers = new Map<string, number[]>();
  /** Topic → partition → index of the member that is to have it, −1 for nobody. */
  private readonly owners = new Map<string, Int32Array>();
  /** By member: how many partitions it is to have. */
  private readonly loads: number[];
  private readonly balancer: LoadBalancer;

  constructor({ members, partitionCount }: AssignorInput) {
    this.members = members;
    this.partitionCount = partitionCount;
    this.loads = members.map(() => 0);
    this.balancer = new LoadBalancer(this.loads);
    for (const [index, { topicIds }] of members.entries()) {
      for (const topicId of topicIds) {
        const subscribers = this.subscribers.get(topicId) ?? [];
        subscribers.push(index);
        this.subscribers.set(topicId, subscribers);
        if (!this.owners.has(topicId)) this.owners.set(topicId, new Int32Array(partitionCount(topicId)).fill(-1));
      }
    }
  }

  build(): Map<string, Partitions> {
    if (this.subscribers.size === 0) return new Map();
    this.keep();
    const free = new Map<string, number[]>();
    for (const [topicId, owners] of this.owners) {
      const partitions = [...owners.keys()].filter((partition) => owners[partition] === -1);
      if (partitions.length > 0) free.set(topicId, partitions);
    }
    for (const topicId of this.sorted(free.keys())) {
      this.balancer.start(this.subscribers.get(topicId) ?? []);
      for (const partition of free.get(topicId) ?? []) this.give(topicId, partition, this.balancer.nextLeastLoaded());
    }
    this.balance();
    return this.result();
  }

  private keep(): void {
    for (const [index, { topicIds, target }] of this.members.entries()) {
      for (const [topicId, partitions] of target) {
        const owners = topicIds.has(topicId) ? this.owners.get(topicId) : undefined;
        if (owners === undefined) continue;
        for (const partition of partitions) {
          if (partition >= owners.length) continue;
          owners[partition] = index;
          this.loads[index] = (this.loads[index] ?? 0) + 1;
        }
      }
    }
  }

  /** First the topics whose subscribers get the most of it, among them those with the fewest subscribers. */
  private sorted(topicIds: Iterable<string>): string[] {
    const subscribers = (topicId: string): number => this.subscribers.get(topicId)?.length ?? 0;
    const share = (topicId: string): number => this.partitionCount(topicId) / subscribers(topicId);
    return [...topicIds].sort(
      (a, b) => share(b) - share(a) || subscribers(a) - subscribers(b) || compareTopicIds(a, b),
    );
  }

  private balance(): void {
    const shared = [...this.subscribers].filter(([, subscribers]) => subscribers.length >= 2);
    const topicIds = this.sorted(shared.map(([topicId]) => topicId));
    let last = -1;
    for (let round = 0; round < roundsMax; round++) {
      for (const [i, topicId] of topicIds.entries()) {
        if (i === last) return; // once around without a change
        if (this.balanceTopic(topicId) > 0 || last === -1) last = i;
      }
    }
  }

  /** Moves partitions of a topic; returns how many. */
  private balanceTopic(topicId: string): number {
    const { balancer } = this;
    if (balancer.start(this.subscribers.get(topicId) ?? []) <= 1) return 0;
    const owners = this.owners.get(topicId) ?? new Int32Array(0);
    const byOwner = new Map<number, number[]>();
    for (const [partition, owner] of owners.entries()) byOwner.set(owner, [...(byOwner.get(owner) ?? []), partition]);
    let moved = 0;
    while (!balancer.isBalanced) {
      let from = balancer.nextMostLoaded();
      while (from !== -1 && (byOwner.get(from)?.length ?? 0) === 0) {
        balancer.excludeMostLoaded();
        from = balancer.nextMostLoaded();
      }
      const partition = byOwner.get(from)?.pop();
      if (partition === undefined) break;
      const to = balancer.nextLeastLoaded();
      if (balancer.isBalanced) break;
      this.give(topicId, partition, to);
      moved++;
    }
    return moved;
  }

  private give(topicId: string, partition: number, index: number): void {
    const owners = this.owners.get(topicId);
    const before = owners?.[partition] ?? -1;
    if (before !== -1) this.loads[before] = (this.loads[before] ?? 0) - 1;
    if (owners !== undefined) owners[partition] = index;
    this.loads[index] = (this.loads[index] ?? 0) + 1;
  }

  private result(): Map<string, Partitions> {
    const assignment = new Map(this.members.map(({ memberId }) => [memberId, new Map<string, Set<number>>()]));
    for (const [topicId, owners] of this.owners) {
      for (const [partition, owner] of owners.entries()) {
        const partitions = assignment.get(this.members[owner]?.memberId ?? '');
        partitions?.set(topicId, (partitions.get(topicId) ?? new Set<number>()).add(partition));
      }
    }
    return assignment;
  }
}

/** As Kafka orders ids: by their halves as signed numbers. */
function compareTopicIds(a: string, b: string): number {
  const [x, y] = [Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url')];
  for (const at of [0, 8]) {
    const difference = x.readBigInt64BE(at) - y.readBigInt64BE(at);
    if (difference !== 0n) return difference < 0n ? -1 : 1;
  }
  return 0;
}
