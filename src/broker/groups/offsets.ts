/** The offsets that a group has committed, and those that wait for the end of a transaction. */

export interface CommittedOffset {
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
  readonly commitTimestamp: number;
}

export interface OffsetEntry extends CommittedOffset {
  readonly topic: string;
  readonly partition: number;
}

type OffsetMap = Map<string, Map<number, CommittedOffset>>;

export class GroupOffsets {
  private readonly committed: OffsetMap = new Map();
  /** By producer id. */
  private readonly pending = new Map<number, OffsetMap>();

  get isEmpty(): boolean {
    return this.committed.size === 0 && this.pending.size === 0;
  }

  get hasPending(): boolean {
    return this.pending.size > 0;
  }

  get(topic: string, partition: number): CommittedOffset | undefined {
    return this.committed.get(topic)?.get(partition);
  }

  set(topic: string, partition: number, offset: CommittedOffset): void {
    put(this.committed, topic, partition, offset);
  }

  delete(topic: string, partition: number): void {
    const partitions = this.committed.get(topic);
    partitions?.delete(partition);
    if (partitions?.size === 0) this.committed.delete(topic);
  }

  topics(): IterableIterator<string> {
    return this.committed.keys();
  }

  partitions(topic: string): IterableIterator<[number, CommittedOffset]> {
    return (this.committed.get(topic) ?? new Map<number, CommittedOffset>()).entries();
  }

  *entries(): Generator<OffsetEntry> {
    for (const [topic, partitions] of this.committed)
      for (const [partition, offset] of partitions) yield { topic, partition, ...offset };
  }

  setPending(producerId: number, topic: string, partition: number, offset: CommittedOffset): void {
    const pending = this.pending.get(producerId) ?? new Map<string, Map<number, CommittedOffset>>();
    this.pending.set(producerId, pending);
    put(pending, topic, partition, offset);
  }

  /** Is there an offset for the partition whose transaction has not ended? */
  isPending(topic: string, partition: number): boolean {
    for (const pending of this.pending.values()) if (pending.get(topic)?.has(partition)) return true;
    return false;
  }

  /** The end of a transaction: its offsets are the group's from now on, or never were. */
  decide(producerId: number, commit: boolean): void {
    const pending = this.pending.get(producerId);
    if (pending === undefined) return;
    this.pending.delete(producerId);
    if (!commit) return;
    for (const [topic, partitions] of pending)
      for (const [partition, offset] of partitions) put(this.committed, topic, partition, offset);
  }
}

function put(map: OffsetMap, topic: string, partition: number, offset: CommittedOffset): void {
  const partitions = map.get(topic) ?? new Map<number, CommittedOffset>();
  map.set(topic, partitions);
  partitions.set(partition, offset);
}
