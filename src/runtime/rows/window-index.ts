/** Where the windows of an aggregate are: by their ends, to close and expire them, and by group, to find sessions. */
import type { StoreIndex } from './row-store.ts';
import { placeOf } from './sorted.ts';

interface Windowed {
  readonly keys: readonly unknown[];
  readonly start?: number;
  readonly end?: number;
}

interface Session {
  readonly key: string;
  readonly start: number;
  readonly end: number;
}

export class WindowIndex implements StoreIndex<Windowed> {
  readonly byKeyOnly = true;
  /** Keys by window end; ends rise. */
  readonly #byEnd = new Map<number, Set<string>>();
  #ends: number[] = [];
  /** Sessions by the group's text, each group's by end and then start. They do not touch each other, so that starts rise with ends. */
  readonly #byGroup = new Map<string, Session[]>();
  #expired = new Set<string>();

  add(key: string, entry: Windowed): void {
    const end = entry.end ?? 0;
    let keys = this.#byEnd.get(end);
    if (keys === undefined) {
      keys = new Set();
      this.#byEnd.set(end, keys);
      this.#ends.splice(this.#place(end), 0, end);
    }
    keys.add(key);
    const session = { key, start: entry.start ?? 0, end };
    const group = groupText(key);
    const sessions = this.#byGroup.get(group);
    if (sessions === undefined) this.#byGroup.set(group, [session]);
    else {
      const place = placeOf(sessions, (one) => inOrder(one, session) < 0);
      sessions.splice(place, sessions[place]?.key === key ? 1 : 0, session);
    }
  }

  remove(key: string, entry: Windowed): void {
    const end = entry.end ?? 0;
    const keys = this.#byEnd.get(end);
    keys?.delete(key);
    if (keys?.size === 0) {
      this.#byEnd.delete(end);
      this.#ends.splice(this.#place(end), 1);
    }
    const group = groupText(key);
    const sessions = this.#byGroup.get(group) ?? [];
    const session = { key, start: entry.start ?? 0, end };
    const place = placeOf(sessions, (one) => inOrder(one, session) < 0);
    if (sessions[place]?.key === key) sessions.splice(place, 1);
    if (sessions.length === 0) this.#byGroup.delete(group);
  }

  /** Keys of windows whose end is in (`after`, `upTo`], by start and then key. */
  closedBetween(after: number, upTo: number): string[] {
    const keys: string[] = [];
    for (let i = this.#place(after + 1); i < this.#ends.length && (this.#ends[i] as number) <= upTo; i++) {
      for (const key of [...(this.#byEnd.get(this.#ends[i] as number) ?? [])].sort()) keys.push(key);
    }
    return keys;
  }

  /** Keys of windows that ended before a time: to be removed. */
  endedBefore(time: number): string[] {
    const keys: string[] = [];
    for (const end of this.#ends) {
      if (end >= time) break;
      for (const key of this.#byEnd.get(end) ?? []) keys.push(key);
    }
    if (keys.length > 0) this.#expired = new Set(keys);
    return keys;
  }

  /** Whether the key went because its retention was over. */
  expired(key: string): boolean {
    return this.#expired.has(key);
  }

  /** Sessions of a group that touch [from, to], by end and then start. */
  overlapping(group: string, from: number, to: number): string[] {
    const sessions = this.#byGroup.get(group) ?? [];
    const keys: string[] = [];
    for (let i = placeOf(sessions, ({ end }) => end < from); i < sessions.length; i++) {
      const { key, start } = sessions[i] as Session;
      if (start > to) break;
      keys.push(key);
    }
    return keys;
  }

  /** The place of the first end that is not below `end`. */
  #place(end: number): number {
    return placeOf(this.#ends, (one) => one < end);
  }
}

function inOrder(a: Session, b: Session): number {
  return a.end - b.end || a.start - b.start;
}

function groupText(key: string): string {
  return key.slice(0, key.lastIndexOf('@'));
}
