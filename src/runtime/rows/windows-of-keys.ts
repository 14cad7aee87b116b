/** Which windows the rows of a windowed table have, by their keys without the window: what a pull query by key reads. */
import type { RowStore, StoreIndex } from './row-store.ts';

/** Keys are texts of `valueKey` whose last two values are the window's bounds. */
export class WindowsOfKeys implements StoreIndex<unknown> {
  readonly byKeyOnly = true;
  readonly #windows = new Map<string, Set<string>>();
  #removed: string[] = [];

  add(key: string): void {
    const text = withoutWindow(key);
    const keys = this.#windows.get(text);
    if (keys === undefined) this.#windows.set(text, new Set([key]));
    else keys.add(key);
  }

  /** A key stays listed until its removal was committed, for reads of the committed table. */
  remove(key: string): void {
    this.#removed.push(key);
  }

  /** Lets go of the keys whose removal was committed. */
  forget(table: RowStore<unknown>): void {
    this.#removed = this.#removed.filter((key) => {
      if (table.before.has(key)) return true;
      if (table.get(key) === undefined) this.#drop(key);
      return false;
    });
  }

  /** The keys of all windows of a key without its window, which is a text of `valueKey` too. */
  of(text: string): Iterable<string> {
    return this.#windows.get(text.slice(0, -1)) ?? [];
  }

  #drop(key: string): void {
    const text = withoutWindow(key);
    const keys = this.#windows.get(text);
    keys?.delete(key);
    if (keys?.size === 0) this.#windows.delete(text);
  }
}

/** `["a",5` of `["a",5,1000,2000]`. */
function withoutWindow(key: string): string {
  return key.slice(0, key.lastIndexOf(',', key.lastIndexOf(',') - 1));
}
