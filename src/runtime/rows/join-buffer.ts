/** What a stream–stream join remembers: the rows of each side that may still meet others, and those of outer joins that met none yet. */
import type { RowStore, RowStores } from './row-store.ts';
import { placeOf } from './sorted.ts';

export interface BufferedRow {
  readonly key: string;
  readonly time: number;
  readonly row: readonly unknown[];
  /** Its place: unique, rising with the order of coming. */
  readonly at: string;
}

/** The rows of one side, by key and time. */
export class JoinBuffer {
  readonly #store: RowStore<BufferedRow>;
  /** Each key's rows by time and then order. */
  readonly #byKey = new Map<string, BufferedRow[]>();
  readonly #retentionMs: number;
  #next = 0;
  #streamTime = -1;
  #oldest = Number.POSITIVE_INFINITY;

  constructor(stores: RowStores, name: string, retentionMs: number) {
    this.#retentionMs = retentionMs;
    this.#store = stores.make<BufferedRow>(name, {
      add: (at, row) => {
        const rows = this.#byKey.get(row.key);
        if (rows === undefined) this.#byKey.set(row.key, [row]);
        else rows.splice(placeOfRow(rows, row), 0, row);
        this.#next = Math.max(this.#next, Number(at) + 1);
        this.#streamTime = Math.max(this.#streamTime, row.time);
        this.#oldest = Math.min(this.#oldest, row.time);
      },
      remove: (at, row) => {
        const rows = this.#byKey.get(row.key) ?? [];
        const place = placeOfRow(rows, row);
        if (rows[place]?.at === at) rows.splice(place, 1);
        if (rows.length === 0) this.#byKey.delete(row.key);
      },
    });
  }

  /** Gives the row's place. A row that is older than what is kept is not. */
  add(key: string, row: readonly unknown[], time: number): string {
    const at = String(this.#next++);
    this.#streamTime = Math.max(this.#streamTime, time);
    if (time >= this.#streamTime - this.#retentionMs) this.#store.set(at, { key, time, row, at });
    this.#expire();
    return at;
  }

  /** Rows of a key with a time in [from, to], by time and then order. */
  between(key: string, from: number, to: number): BufferedRow[] {
    const rows = this.#byKey.get(key) ?? [];
    return rows.slice(
      placeOf(rows, ({ time }) => time < from),
      placeOf(rows, ({ time }) => time <= to),
    );
  }

  /** Looks through all keys only when the oldest row is twice as old as it needs to be. */
  #expire(): void {
    if (this.#oldest >= this.#streamTime - 2 * this.#retentionMs - 1000) return;
    const oldest = this.#streamTime - this.#retentionMs;
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [key, rows] of [...this.#byKey]) {
      // All at once, so that the store's removals find nothing to move.
      const expired = rows.splice(
        0,
        placeOf(rows, ({ time }) => time < oldest),
      );
      if (rows.length === 0) this.#byKey.delete(key);
      else this.#oldest = Math.min(this.#oldest, rows[0]?.time ?? this.#oldest);
      for (const { at } of expired) this.#store.delete(at);
    }
  }
}

export interface UnmatchedRow {
  readonly side: 'left' | 'right';
  readonly key: unknown;
  readonly row: readonly unknown[];
  readonly time: number;
  /** Its place in its side's buffer. */
  readonly at: string;
}

/** Rows of both sides that go out alone when no other can meet them any more. */
export class UnmatchedRows {
  readonly #store: RowStore<UnmatchedRow>;
  readonly #byClose: UnmatchedRow[] = [];
  readonly #closesAt: (row: UnmatchedRow) => number;

  /** @param closesAt the last time at which a row can still be met. */
  constructor(stores: RowStores, closesAt: (row: UnmatchedRow) => number) {
    this.#closesAt = closesAt;
    const placeOfClose = (time: number): number => placeOf(this.#byClose, (one) => closesAt(one) < time);
    this.#store = stores.make<UnmatchedRow>('join-unmatched', {
      add: (_, row) => void this.#byClose.splice(placeOfClose(closesAt(row)), 0, row),
      remove: (_, row) => {
        const closes = closesAt(row);
        for (let i = placeOfClose(closes); i < this.#byClose.length; i++) {
          const one = this.#byClose[i] as UnmatchedRow;
          if (one === row) return void this.#byClose.splice(i, 1);
          if (closesAt(one) > closes) return;
        }
      },
    });
  }

  add(row: UnmatchedRow): void {
    this.#store.set(`${row.side}:${row.at}`, row);
  }

  /** The row met another. */
  delete(side: 'left' | 'right', at: string): void {
    this.#store.delete(`${side}:${at}`);
  }

  /** Takes out the rows that closed before a time: by their times, sides and places. */
  takeClosed(now: number): UnmatchedRow[] {
    const closed = this.#byClose.splice(
      0,
      placeOf(this.#byClose, (one) => this.#closesAt(one) < now),
    );
    for (const { side, at } of closed) this.delete(side, at);
    return closed.sort((a, b) => a.time - b.time || a.side.localeCompare(b.side) || Number(a.at) - Number(b.at));
  }
}

function placeOfRow(rows: readonly BufferedRow[], row: BufferedRow): number {
  return placeOf(rows, (one) => one.time < row.time || (one.time === row.time && Number(one.at) < Number(row.at)));
}
