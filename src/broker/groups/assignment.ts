/** Partitions that members of a consumer group get and have, by the ids of their topics. */

/** What a member is to have. */
export type Partitions = ReadonlyMap<string, ReadonlySet<number>>;

/** What a member has: each partition with the epoch in which it was assigned. */
export type OwnedPartitions = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** The form in requests, answers and records. */
export interface TopicPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

export const noPartitions: Partitions = new Map<string, ReadonlySet<number>>();
export const nothingOwned: OwnedPartitions = new Map<string, ReadonlyMap<number, number>>();

export function samePartitions(a: Partitions, b: Partitions): boolean {
  if (a.size !== b.size) return false;
  for (const [topicId, partitions] of a) {
    const other = b.get(topicId);
    if (other === undefined || other.size !== partitions.size) return false;
    for (const partition of partitions) if (!other.has(partition)) return false;
  }
  return true;
}

export function sameOwned(a: OwnedPartitions, b: OwnedPartitions): boolean {
  if (a.size !== b.size) return false;
  for (const [topicId, epochs] of a) {
    const other = b.get(topicId);
    if (other === undefined || other.size !== epochs.size) return false;
    for (const [partition, epoch] of epochs) if (other.get(partition) !== epoch) return false;
  }
  return true;
}

/** The partitions as assigned in `epoch`. */
export function ownedSince(partitions: Partitions, epoch: number): OwnedPartitions {
  return new Map(
    Array.from(partitions, ([topicId, indexes]) => [
      topicId,
      new Map(Array.from(indexes, (index) => [index, epoch] as const)),
    ]),
  );
}

/** The partitions, whenever they were assigned. */
export function partitionsIn(owned: OwnedPartitions): Partitions {
  return new Map(Array.from(owned, ([topicId, epochs]) => [topicId, new Set(epochs.keys())]));
}

export function topicPartitions(partitions: Partitions | OwnedPartitions): { topicId: string; partitions: number[] }[] {
  return [...partitions].map(([topicId, indexes]) => ({ topicId, partitions: [...indexes.keys()] }));
}

export function partitionsOf(list: readonly TopicPartitions[]): Partitions {
  return new Map(list.map(({ topicId, partitions }) => [topicId, new Set(partitions)]));
}

/** All of `given` is in `owned`; what is not given is not. */
export function isSubset(given: readonly TopicPartitions[] | null, owned: OwnedPartitions): boolean {
  if (given === null) return false;
  return given.every(({ topicId, partitions }) => {
    const epochs = owned.get(topicId);
    return epochs !== undefined && partitions.every((partition) => epochs.has(partition));
  });
}
