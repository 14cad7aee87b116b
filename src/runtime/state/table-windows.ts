/**
 * The windows of an aggregate table: a row's key ends with the start of its window. Knows the rows of each window, so that they can go
 * together once they are kept no longer, and how far the time of the rows that were counted has come.
 */
import { int64Number } from '../compiler/bytes.ts';
import type { WindowRetention } from '../window-retention.ts';
import type { AggregateTable } from './table.ts';

/** Bytes of a window's start behind the group's. */
export const startBytes = 8;
/** Slots of windows that are gone, at least, before the table is made anew without them. */
const deadSlotsMin = 1024;

export class TableWindows {
  /** The highest time of a row that was counted or came too late; −1 before the first. */
  time = -1;
  /** The time at which the oldest window goes. */
  expireAt: number = Number.POSITIVE_INFINITY;
  readonly #table: AggregateTable;
  readonly #retention: WindowRetention;
  readonly #slots = new Map<number, number[]>();
  /** Of the windows that are there, rising. */
  #starts: number[] = [];
  /** Of windows that went since the last commit. */
  #gone: number[] = [];
  #committedTime = -1;
  /** The table was changed without a word: by a restore, or because it was made anew. */
  #isStale = false;

  constructor(table: AggregateTable, retention: WindowRetention) {
    this.#table = table;
    this.#retention = retention;
  }

  get timeChanged(): boolean {
    return this.time !== this.#committedTime;
  }

  /** The next commit has to write the time, whatever it is. */
  markTime(): void {
    this.#committedTime = Number.NaN;
  }

  /** The time as it was committed. */
  restoreTime(time: number): void {
    this.time = this.#committedTime = time;
  }

  markStale(): void {
    this.#isStale = true;
  }

  /** Must be called before rows are counted. */
  ready(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    this.#slots.clear();
    this.#starts = [];
    const { keys, current } = this.#table;
    let live = 0;
    for (let slot = 0; slot < keys.size; slot++) {
      if (slot >= current.capacity || !current.isLive(slot)) continue;
      live++;
      this.#put(int64Number(keys.arena, (keys.starts[slot + 1] as number) - startBytes), slot);
    }
    this.#table.deadSlots = keys.size - live;
    this.#setExpiry();
  }

  /** A row of the window that starts at `start` is new. */
  add(start: number, slot: number): void {
    this.#put(start, slot);
    if (start === this.#starts[0]) this.#setExpiry();
  }

  /** Removes the rows of windows that are kept no longer. */
  expire(now: number): void {
    const table = this.#table;
    const oldest = this.#retention.oldestStart(now);
    const count = this.#starts.findIndex((start) => start >= oldest);
    for (const start of this.#starts.splice(0, count < 0 ? this.#starts.length : count)) {
      for (const slot of this.#slots.get(start) ?? []) {
        if (!table.current.isLive(slot)) continue;
        if (!table.isDirty(slot)) table.touch(slot);
        table.current.reset(slot);
        table.deadSlots++;
      }
      this.#slots.delete(start);
      this.#gone.push(start);
    }
    this.#setExpiry();
  }

  /** Everything is committed. */
  committed(): void {
    this.#committedTime = this.time;
    this.#gone = [];
    const table = this.#table;
    if (table.deadSlots < deadSlotsMin || table.deadSlots * 2 < table.keys.size) return;
    table.compact();
    this.markStale();
  }

  /** Slots of a group's windows that are there or were at the last commit, in the order in which they came. */
  slotsOf(group: Buffer): number[] {
    this.ready();
    const { keys } = this.#table;
    const key = Buffer.alloc(group.length + startBytes);
    group.copy(key);
    return [...this.#gone, ...this.#starts]
      .flatMap((start) => {
        key.writeBigInt64BE(BigInt(start), group.length);
        const slot = keys.find(key, 0, key.length);
        return slot < 0 ? [] : [slot];
      })
      .sort((a, b) => a - b);
  }

  #put(start: number, slot: number): void {
    const slots = this.#slots.get(start);
    if (slots !== undefined) {
      slots.push(slot);
      return;
    }
    this.#slots.set(start, [slot]);
    const at = this.#starts.findLastIndex((one) => one < start) + 1;
    this.#starts.splice(at, 0, start);
  }

  #setExpiry(): void {
    const [oldest] = this.#starts;
    this.expireAt = oldest === undefined ? Number.POSITIVE_INFINITY : this.#retention.expiryOf(oldest);
  }
}
