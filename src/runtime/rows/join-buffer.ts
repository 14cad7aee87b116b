/** The rows of one side of a stream–stream join that may still meet others: by key and time. */
import type { RowStore, RowStores } from './row-store.ts';

export interface BufferedRow {
  readonly key: string;
  readonly time: number;
  readonly row: readonly unknown[];
  /** Its place: unique, rising with the order of coming. */
  readonly at: string;
}

export class JoinBuffer {
  readonly #store: RowStore<BufferedRow>;
  readonly #byKey = new Map<string, Map<string, BufferedRow>>();
  readonly #retentionMs: number;
  #next = 0;
  #streamTime = -1;
  #oldest = Number.POSITIVE_INFINITY;

  constructor(stores: RowStores, name: string, retentionMs: number) {
    this.#retentionMs = retentionMs;
    this.#store = stores.make<BufferedRow>(name, {
      add: (at, row) => {
        let rows = this.#byKey.get(row.key);
        if (rows === undefined) this.#byKey.set(row.key, (rows = new Map<string, BufferedRow>()));
        rows.set(at, row);
        this.#next = Math.max(this.#next, Number(at) + 1);
        this.#streamTime = Math.max(this.#streamTime, row.time);
        this.#oldest = Math.min(this.#oldest, row.time);
      },
      remove: (at, { key }) => {
        const rows = this.#byKey.get(key);
        rows?.delete(at);
        if (rows?.size === 0) this.#byKey.delete(key);
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
    return [...(this.#byKey.get(key)?.values() ?? [])]
      .filter(({ time }) => time >= from && time <= to)
      .sort((a, b) => a.time - b.time || Number(a.at) - Number(b.at));
  }

  /** Looks through all rows only when the oldest is twice as old as it needs to be. */
  #expire(): void {
    if (this.#oldest >= this.#streamTime - 2 * this.#retentionMs - 1000) return;
    this.#oldest = Number.POSITIVE_INFINITY;
    for (const [at, { time }] of [...this.#store.entries]) {
      if (time < this.#streamTime - this.#retentionMs) this.#store.delete(at);
      else this.#oldest = Math.min(this.#oldest, time);
    }
  }
}
