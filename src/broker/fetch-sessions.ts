/**
 * Fetch sessions (KIP-227): a consumer names its partitions once and from then on sends and gets only what changed.
 * A session belongs to no connection; the least recently used one gives way when there are too many.
 */
import type { Random } from '../core/random.ts';

/** A partition of a session: what the consumer wants, and what it was told last. */
export interface SessionPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  fetchOffset: number;
  maxBytes: number;
  currentLeaderEpoch: number;
  lastFetchedEpoch: number;
  /** −1 = nothing was told yet. */
  highWatermark: number;
  logStartOffset: number;
}

export class FetchSession {
  readonly id: number;
  /** Topics go by id from version 13 on; a session does not change that. */
  readonly byId: boolean;
  /** By topic and partition, in the order in which they are served. */
  readonly partitions: Map<string, SessionPartition> = new Map();
  /** The epoch of the next request. */
  epoch = 1;

  constructor(id: number, byId: boolean) {
    this.id = id;
    this.byId = byId;
  }

  key(topic: { readonly topic: string; readonly topicId: string }, partition: number): string {
    return `${this.byId ? topic.topicId : topic.topic} ${partition}`;
  }

  /** Puts a partition to the end, so that the others come first next time. */
  moveToEnd(key: string): void {
    const partition = this.partitions.get(key);
    if (partition === undefined) return;
    this.partitions.delete(key);
    this.partitions.set(key, partition);
  }
}

/** The epoch after the last one is 1: 0 opens a session. */
export function nextEpoch(epoch: number): number {
  return epoch >= 0x7fffffff ? 1 : epoch + 1;
}

export class FetchSessions {
  /** Least recently used first. */
  private readonly sessions = new Map<number, FetchSession>();
  private readonly random: Random;
  private readonly slots: number;

  constructor(random: Random, slots: number) {
    this.random = random;
    this.slots = slots;
  }

  get size(): number {
    return this.sessions.size;
  }

  get(id: number): FetchSession | undefined {
    const session = this.sessions.get(id);
    if (session !== undefined) {
      this.sessions.delete(id);
      this.sessions.set(id, session);
    }
    return session;
  }

  open(byId: boolean): FetchSession | undefined {
    if (this.slots <= 0) return undefined;
    if (this.sessions.size >= this.slots) {
      const oldest = this.sessions.keys().next();
      if (!oldest.done) this.sessions.delete(oldest.value);
    }
    let id = 0;
    while (id === 0 || this.sessions.has(id)) id = this.random.uint32() & 0x7fffffff;
    const session = new FetchSession(id, byId);
    this.sessions.set(id, session);
    return session;
  }

  close(id: number): void {
    this.sessions.delete(id);
  }
}
