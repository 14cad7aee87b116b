/**
 * The state of row programs: maps from a key's text to a plain value, with what changed since the last commit, and all of them
 * together as a program's state (key byte 02, `docs/internals/state-format.md`).
 */
import { Scratch } from '../compiler/bytes.ts';
import { writeInt64 } from '../compiler/group-key.ts';
import type { ProgramState, PutRow } from '../program.ts';
import { deletedVersion, encodeDeleted, layoutHash, rowVersion } from '../state/changelog.ts';
import { parseStored, storedText } from './stored-text.ts';

const storeKeyByte = 2;
/** A guess at what an entry takes, for the figures of a query's state. */
const entryBytes = 200;

/** Told of every entry that comes or goes, also when the state is restored. */
export interface StoreIndex<V> {
  /** All that it holds follows from the key: another value for a key is nothing new. */
  readonly byKeyOnly?: boolean;
  add(key: string, value: V): void;
  remove(key: string, value: V): void;
}

export class RowStore<V> {
  readonly name: string;
  readonly entries: Map<string, V> = new Map();
  /** What changed entries were at the last commit; undefined = there was none. */
  readonly before: Map<string, V | undefined> = new Map();
  readonly #index: StoreIndex<V> | undefined;
  /** Keys that the next commit writes whatever becomes of them. */
  readonly #marked = new Set<string>();

  constructor(name: string, index?: StoreIndex<V>) {
    this.name = name;
    this.#index = index;
  }

  get(key: string): V | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: V): void {
    const was = this.entries.get(key);
    if (!this.before.has(key)) this.before.set(key, was);
    this.#put(key, value, was);
  }

  delete(key: string): void {
    const was = this.entries.get(key);
    if (was === undefined) return;
    if (!this.before.has(key)) this.before.set(key, was);
    // What came and went between two commits never was.
    else if (this.before.get(key) === undefined && !this.#marked.has(key)) this.before.delete(key);
    this.#drop(key, was);
  }

  /** Everything is committed. */
  settle(): void {
    this.before.clear();
    this.#marked.clear();
  }

  /** The committed value. */
  committed(key: string): V | undefined {
    return this.before.has(key) ? this.before.get(key) : this.entries.get(key);
  }

  /** All committed entries. */
  *allCommitted(): IterableIterator<[string, V]> {
    for (const [key, value] of this.entries) if (!this.before.has(key)) yield [key, value];
    for (const [key, value] of this.before) if (value !== undefined) yield [key, value];
  }

  /** Restores an entry, or its deletion. */
  apply(key: string, value: V | undefined): void {
    const was = this.entries.get(key);
    if (value !== undefined) this.#put(key, value, was);
    else if (was !== undefined) this.#drop(key, was);
  }

  clear(): void {
    for (const [key, value] of [...this.entries]) this.#drop(key, value);
  }

  /** Makes the next commit write the key again. */
  mark(key: string): void {
    if (!this.before.has(key)) this.before.set(key, this.entries.get(key));
    this.#marked.add(key);
  }

  #put(key: string, value: V, was: V | undefined): void {
    const index = this.#index;
    this.entries.set(key, value);
    if (index === undefined || (was !== undefined && index.byKeyOnly === true)) return;
    if (was !== undefined) index.remove(key, was);
    index.add(key, value);
  }

  #drop(key: string, was: V): void {
    this.entries.delete(key);
    this.#index?.remove(key, was);
  }
}

/** The stores of a program. They are numbered in the order in which operators ask for them, which follows from the plan. */
export class RowStores {
  readonly #stores: RowStore<unknown>[] = [];
  readonly #scratch = new Scratch();

  make<V>(name: string, index?: StoreIndex<V>): RowStore<V> {
    const store = new RowStore<V>(name, index);
    this.#stores.push(store as RowStore<unknown>);
    return store;
  }

  get any(): boolean {
    return this.#stores.length > 0;
  }

  get changed(): number {
    return this.#stores.reduce((sum, store) => sum + store.before.size, 0);
  }

  /** As a program's state; `plan` is what the layout follows from. */
  state(plan: unknown): ProgramState {
    const hash = layoutHash(plan);
    const stores = this.#stores;
    const put = (store: number, key: string, value: unknown, commitId: number, to: PutRow): void => {
      const name = keyBytes(store, key);
      let length: number;
      if (value === undefined) length = encodeDeleted(commitId, this.#scratch);
      else {
        const text = Buffer.from(storedText(value));
        const x = this.#scratch.ensure(0, text.length + 16);
        x[0] = rowVersion;
        length = writeInt64(x, 1, commitId);
        length += text.copy(x, length);
      }
      to(name, name.length, this.#scratch.buffer, length, 0);
    };
    const rows = (): number => stores.reduce((sum, store) => sum + store.entries.size, 0);
    return {
      hash,
      get rows() {
        return rows();
      },
      get bytes() {
        return rows() * entryBytes;
      },
      apply(key, value) {
        if (key[0] !== storeKeyByte) return;
        const text = key.toString('utf8', 2);
        stores[key[1] ?? 0]?.apply(
          text,
          value[0] === deletedVersion ? undefined : parseStored(value.toString('utf8', 9)),
        );
      },
      clear() {
        for (const store of stores) store.clear();
      },
      keys: () => stores.flatMap((store, i) => [...store.entries.keys()].map((key) => keyBytes(i, key))),
      markChanged(keys) {
        for (const key of keys) if (key[0] === storeKeyByte) stores[key[1] ?? 0]?.mark(key.toString('utf8', 2));
      },
      changes(commitId, to) {
        stores.forEach((store, i) => {
          for (const key of store.before.keys()) put(i, key, store.entries.get(key), commitId, to);
        });
      },
      committed() {
        for (const store of stores) store.settle();
      },
      all(commitId, to) {
        stores.forEach((store, i) => {
          for (const [key, value] of store.entries) put(i, key, value, commitId, to);
        });
      },
    };
  }
}

function keyBytes(store: number, key: string): Buffer {
  return Buffer.concat([Buffer.of(storeKeyByte, store), Buffer.from(key)]);
}
