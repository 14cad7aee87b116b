/** What assignors work on: the members of a group with what they want and have, and what each shall get. */

export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: number[];
}

export interface GroupMember {
  readonly memberId: string;
  readonly instanceId: string | null;
  readonly topics: readonly string[];
  /** What it reads now; empty unless it keeps its partitions while it joins again. */
  readonly owned: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
  /** The generation that gave it these; −1 when it does not tell. */
  readonly generation: number;
}

/** Partitions of each member, by its id. */
export type Assignment = ReadonlyMap<string, readonly TopicPartitions[]>;

/** `partitionsOf` is 0 for a topic that nobody knows. */
export type Assignor = (members: readonly GroupMember[], partitionsOf: (topic: string) => number) => Assignment;

export function topicsOf(members: readonly GroupMember[]): string[] {
  return [...new Set(members.flatMap(({ topics }) => topics))].sort();
}

/** Static members first, by their instance; the others by the id that the broker gave them. */
export function inOrder(members: readonly GroupMember[]): GroupMember[] {
  const key = ({ instanceId, memberId }: GroupMember): string =>
    instanceId === null ? `1${memberId}` : `0${instanceId}`;
  return [...members].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

export function numbers(from: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => from + i);
}
