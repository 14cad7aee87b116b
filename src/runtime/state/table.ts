/**
 * The state of an aggregate: one slot per group, one typed array per field, and what changed since the last commit.
 *
 * Generated loops read and write the arrays directly. The first change of a slot after a commit goes through `touch`,
 * which keeps the slot's committed image for pull queries and notes it in the dirty list.
 */
import { assert } from '../../core/assert.ts';
import { ByteDictionary } from './dictionary.ts';

/**
 * How a field is kept and written: `long` is an exact 64-bit integer, kept as a number while that is exact and else in
 * `big` with NaN in its place; `double` is a number; `text` and `binary` are values of JavaScript.
 */
export interface FieldLayout {
  readonly kind: 'long' | 'double' | 'text' | 'binary';
  readonly nullable: boolean;
}

export class Field {
  readonly layout: FieldLayout;
  numbers: Float64Array;
  /** 1 where a nullable numeric field has a value. */
  present: Uint8Array;
  readonly big: Map<number, bigint> = new Map();
  objects: (string | Uint8Array | null)[] = [];

  constructor(layout: FieldLayout, capacity: number) {
    this.layout = layout;
    const numeric = layout.kind === 'long' || layout.kind === 'double';
    this.numbers = new Float64Array(numeric ? capacity : 0);
    this.present = new Uint8Array(numeric && layout.nullable ? capacity : 0);
  }

  grow(capacity: number): void {
    if (this.numbers.length > 0) this.numbers = grown(this.numbers, new Float64Array(capacity));
    if (this.present.length > 0) this.present = grown(this.present, new Uint8Array(capacity));
  }

  copy(from: Field, fromSlot: number, toSlot: number): void {
    if (this.layout.kind === 'text' || this.layout.kind === 'binary') {
      this.objects[toSlot] = from.objects[fromSlot] ?? null;
      return;
    }
    const value = from.numbers[fromSlot] as number;
    this.numbers[toSlot] = value;
    if (this.layout.nullable) this.present[toSlot] = from.present[fromSlot] as number;
    const big = Number.isNaN(value) ? from.big.get(fromSlot) : undefined;
    if (big !== undefined) this.big.set(toSlot, big);
  }

  /** An exact integer at a slot. */
  long(slot: number): number | bigint {
    const value = this.numbers[slot] as number;
    return value === value ? value : (this.big.get(slot) as bigint);
  }

  setLong(slot: number, value: bigint): void {
    const number = Number(value);
    if (Number.isSafeInteger(number)) {
      this.numbers[slot] = number;
      this.big.delete(slot);
    } else {
      this.numbers[slot] = Number.NaN;
      this.big.set(slot, value);
    }
  }
}

/** The slot's row was written at least once; a slot without it was only looked up. */
export const flagLive = 1;
/** The sink holds a value for the row. */
export const flagEmitted = 2;

/** One set of columns over slots: the current rows, or the committed images of dirty ones. */
export class Rows {
  readonly fields: readonly Field[];
  flags: Uint8Array;
  times: Float64Array;

  constructor(layout: readonly FieldLayout[], capacity: number) {
    this.fields = layout.map((field) => new Field(field, capacity));
    this.flags = new Uint8Array(capacity);
    this.times = new Float64Array(capacity);
  }

  get capacity(): number {
    return this.flags.length;
  }

  ensure(slot: number): void {
    if (slot < this.capacity) return;
    const capacity = Math.max(slot + 1, this.capacity * 2);
    for (const field of this.fields) field.grow(capacity);
    this.flags = grown(this.flags, new Uint8Array(capacity));
    this.times = grown(this.times, new Float64Array(capacity));
  }

  clear(): void {
    this.flags.fill(0);
    this.times.fill(0);
    for (const field of this.fields) {
      field.numbers.fill(0);
      field.present.fill(0);
      field.big.clear();
      field.objects.length = 0;
    }
  }

  /** Makes a slot as if nothing had ever been in it. */
  reset(slot: number): void {
    this.flags[slot] = 0;
    this.times[slot] = 0;
    for (const field of this.fields) {
      if (field.numbers.length > 0) field.numbers[slot] = 0;
      if (field.present.length > 0) field.present[slot] = 0;
      field.big.delete(slot);
      if (slot < field.objects.length) field.objects[slot] = null;
    }
  }

  copy(from: Rows, fromSlot: number, toSlot: number): void {
    this.ensure(toSlot);
    this.flags[toSlot] = from.flags[fromSlot] as number;
    this.times[toSlot] = from.times[fromSlot] as number;
    for (let i = 0; i < this.fields.length; i++) {
      (this.fields[i] as Field).copy(from.fields[i] as Field, fromSlot, toSlot);
    }
  }
}

export class AggregateTable {
  readonly keys: ByteDictionary = new ByteDictionary();
  readonly layout: readonly FieldLayout[];
  readonly current: Rows;
  /** Committed images, in the order of the dirty list. */
  readonly before: Rows;
  /** Per slot: its place in the dirty list plus one, or 0. */
  dirty: Int32Array = new Int32Array(64);
  dirtySlots: Int32Array = new Int32Array(64);
  dirtyCount = 0;

  constructor(layout: readonly FieldLayout[]) {
    this.layout = layout;
    this.current = new Rows(layout, 64);
    this.before = new Rows(layout, 16);
  }

  /** Makes the arrays hold a new slot; generated code loads them again afterwards. */
  ensure(slot: number): void {
    this.current.ensure(slot);
    if (slot >= this.dirty.length) this.dirty = grown(this.dirty, new Int32Array(this.current.capacity));
  }

  /** Must be called before the first change of a slot since the last commit, that is when `dirty[slot]` is 0. */
  touch(slot: number): void {
    const at = this.dirtyCount++;
    if (at >= this.dirtySlots.length) this.dirtySlots = grown(this.dirtySlots, new Int32Array(at * 2));
    this.dirtySlots[at] = slot;
    this.dirty[slot] = at + 1;
    this.before.copy(this.current, slot, at);
  }

  /** Everything is committed: the images are no longer needed. */
  committed(): void {
    for (let i = 0; i < this.dirtyCount; i++) this.dirty[this.dirtySlots[i] as number] = 0;
    this.dirtyCount = 0;
    for (const field of this.before.fields) {
      field.big.clear();
      field.objects.length = 0;
    }
  }

  /** Where the committed row of a slot lies: the rows to read, at which place. */
  committedRow(slot: number): { rows: Rows; at: number } {
    const dirty = this.dirty[slot] as number;
    return dirty === 0 ? { rows: this.current, at: slot } : { rows: this.before, at: dirty - 1 };
  }

  /** Bytes that the state takes, roughly. */
  get bytes(): number {
    const perSlot =
      13 + this.layout.reduce((sum, field) => sum + (field.kind === 'text' || field.kind === 'binary' ? 32 : 9), 0);
    return this.current.capacity * perSlot + this.keys.arena.length + this.keys.size * 16;
  }

  clear(): void {
    assert(this.dirtyCount === 0, 'only committed state is cleared');
    this.keys.clear();
    this.current.clear();
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
