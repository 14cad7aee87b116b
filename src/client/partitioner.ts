/** Which partition a record goes to when nobody said: by the hash of its key as the Java clients do, or where the last ones went. */
import type { Random } from '../core/random.ts';
import { randomBelow } from '../core/random.ts';
import { partitionOfKey } from '../wire/murmur2.ts';

/** Records without a key stay with one partition until a batch is full or sent, then go to another (KIP-480). */
export class StickyPartitions {
  private readonly random: Random;
  private readonly current = new Map<string, number>();

  constructor(random: Random) {
    this.random = random;
  }

  of(topic: string, partitions: number): number {
    let partition = this.current.get(topic);
    if (partition === undefined || partition >= partitions) {
      partition = randomBelow(this.random, partitions);
      this.current.set(topic, partition);
    }
    return partition;
  }

  /** A batch of this partition was closed. */
  next(topic: string, partition: number): void {
    if (this.current.get(topic) === partition) this.current.delete(topic);
  }
}

export function choosePartition(
  record: { readonly topic: string; readonly key: Uint8Array | null },
  partitions: number,
  sticky: StickyPartitions,
): number {
  return record.key === null ? sticky.of(record.topic, partitions) : partitionOfKey(record.key, partitions);
}
