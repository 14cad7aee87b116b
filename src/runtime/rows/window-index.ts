/** Where the windows of an aggregate are: by their ends, to close and expire them, and by group, to find sessions. */
import type { StoreIndex } from './row-store.ts';

interface Windowed {
  readonly keys: readonly unknown[];
  readonly start?: number;
  readonly end?: number;
}

export class WindowIndex implements StoreIndex<Windowed> {
  readonly byKeyOnly = true;
  /** Keys by window end; ends rise. */
  readonly #byEnd = new Map<number, Set<string>>();
  #ends: number[] = [];
  /** Sessions by the group's text. */
  readonly #byGroup = new Map<string, Map<string, Windowed>>();
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
    const group = groupText(key);
    let sessions = this.#byGroup.get(group);
    if (sessions === undefined) this.#byGroup.set(group, (sessions = new Map<string, Windowed>()));
    sessions.set(key, entry);
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
    const sessions = this.#byGroup.get(group);
    sessions?.delete(key);
    if (sessions?.size === 0) this.#byGroup.delete(group);
  }

  /** Keys of windows whose end is in (`after`, `upTo`], by start and then key. */
  closedBetween(after: number, upTo: number): string[] {
    const keys: string[] = [];
    for (let i = this.#place(after + 1); i < this.#ends.length && (this.#ends[i] as number) <= upTo; i++) {
      keys.push(...[...(this.#byEnd.get(this.#ends[i] as number) ?? [])].sort());
    }
    return keys;
  }

  /** Keys of windows that ended before a time: to be removed. */
  endedBefore(time: number): string[] {
    const keys: string[] = [];
    for (const end of this.#ends) {
      if (end >= time) break;
      keys.push(...(this.#byEnd.get(end) ?? []));
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
    return [...(this.#byGroup.get(group) ?? [])]
      .filter(([, { start = 0, end = 0 }]) => end >= from && start <= to)
      .sort(([, a], [, b]) => (a.end ?? 0) - (b.end ?? 0) || (a.start ?? 0) - (b.start ?? 0))
      .map(([key]) => key);
  }

  /** The place of the first end that is not below `end`. */
  #place(end: number): number {
    let low = 0;
    let high = this.#ends.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] as number) < end) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function groupText(key: string): string {
  return key.slice(0, key.lastIndexOf('@'));
}
