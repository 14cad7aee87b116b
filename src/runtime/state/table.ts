/**
 * The state of an aggregate: one slot per group, its numbers side by side in one array, and what changed since the last commit.
 *
 * Generated loops read and write the cells directly. The first change of a slot after a commit goes through `touch`,
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

/** Cells of every slot: its place in the dirty list plus one or 0, the row's time, flags; then those of the fields. */
export const dirtyCell = 0;
export const timeCell = 1;
export const flagsCell = 2;
const firstFieldCell = 3;

/** The slot's row was written at least once; a slot without it was only looked up. */
export const flagLive = 1;
/** The sink holds a value for the row. */
export const flagEmitted = 2;

/** Where a slot's values lie. `value` and `present` are cells, −1 when the field has none (an object; never null). */
export interface TableLayout {
  readonly fields: readonly FieldLayout[];
  readonly cells: readonly { readonly value: number; readonly present: number }[];
  /** Cells of a slot. */
  readonly stride: number;
}

export function tableLayout(fields: readonly FieldLayout[]): TableLayout {
  let next = firstFieldCell;
  const cells = fields.map(({ kind, nullable }) => {
    if (kind === 'text' || kind === 'binary') return { value: -1, present: -1 };
    return { value: next++, present: nullable ? next++ : -1 };
  });
  return { fields, cells, stride: next };
}

/** One field of {@link Rows}: the access that is not a mere cell. */
export class Field {
  readonly layout: FieldLayout;
  readonly value: number;
  readonly present: number;
  readonly big: Map<number, bigint> = new Map();
  readonly objects: (string | Uint8Array | null)[] = [];
  readonly #rows: Rows;

  constructor(rows: Rows, layout: FieldLayout, value: number, present: number) {
    this.#rows = rows;
    this.layout = layout;
    this.value = value;
    this.present = present;
  }

  /** An exact integer at a slot. */
  long(slot: number): number | bigint {
    const value = this.#rows.cell(slot, this.value);
    return value === value ? value : (this.big.get(slot) as bigint);
  }

  setLong(slot: number, value: bigint): void {
    const number = Number(value);
    const safe = Number.isSafeInteger(number);
    this.#rows.setCell(slot, this.value, safe ? number : Number.NaN);
    if (safe) this.big.delete(slot);
    else this.big.set(slot, value);
  }
}

/** The rows of a table: the current ones, or the committed images of dirty ones. */
export class Rows {
  readonly layout: TableLayout;
  readonly fields: readonly Field[];
  cells: Float64Array;
  capacity: number;

  constructor(layout: TableLayout, capacity: number) {
    this.layout = layout;
    this.fields = layout.fields.map((field, i) => {
      const { value, present } = layout.cells[i] as TableLayout['cells'][number];
      return new Field(this, field, value, present);
    });
    this.capacity = capacity;
    this.cells = new Float64Array(capacity * layout.stride);
  }

  cell(slot: number, cell: number): number {
    return this.cells[slot * this.layout.stride + cell] as number;
  }

  setCell(slot: number, cell: number, value: number): void {
    this.cells[slot * this.layout.stride + cell] = value;
  }

  isLive(slot: number): boolean {
    return (this.cell(slot, flagsCell) & flagLive) !== 0;
  }

  ensure(slot: number): void {
    if (slot < this.capacity) return;
    this.capacity = Math.max(slot + 1, this.capacity * 2);
    const cells = new Float64Array(this.capacity * this.layout.stride);
    cells.set(this.cells);
    this.cells = cells;
  }

  copy(from: Rows, fromSlot: number, toSlot: number): void {
    this.ensure(toSlot);
    const { stride } = this.layout;
    const source = fromSlot * stride;
    const target = toSlot * stride;
    for (let i = 0; i < stride; i++) this.cells[target + i] = from.cells[source + i] as number;
    for (let i = 0; i < this.fields.length; i++) {
      const own = this.fields[i] as Field;
      const other = from.fields[i] as Field;
      if (own.value < 0) own.objects[toSlot] = other.objects[fromSlot] ?? null;
      else if (other.big.size > 0) {
        const big = other.big.get(fromSlot);
        if (big === undefined) own.big.delete(toSlot);
        else own.big.set(toSlot, big);
      }
    }
  }

  /** Makes a slot as if nothing had ever been in it, but for its place in the dirty list. */
  reset(slot: number): void {
    const { stride } = this.layout;
    this.cells.fill(0, slot * stride + dirtyCell + 1, (slot + 1) * stride);
    for (const field of this.fields) {
      field.big.delete(slot);
      if (slot < field.objects.length) field.objects[slot] = null;
    }
  }

  clear(): void {
    this.cells.fill(0);
    for (const field of this.fields) {
      field.big.clear();
      field.objects.length = 0;
    }
  }
}

export class AggregateTable {
  readonly keys: ByteDictionary = new ByteDictionary();
  readonly layout: TableLayout;
  readonly current: Rows;
  /** Committed images, in the order of the dirty list. */
  readonly before: Rows;
  dirtySlots: Int32Array = new Int32Array(64);
  dirtyCount = 0;
  /** Slots whose row is gone for good; `compact` takes them away. */
  deadSlots = 0;

  constructor(layout: TableLayout) {
    this.layout = layout;
    this.current = new Rows(layout, 64);
    this.before = new Rows(layout, 16);
  }

  /** Makes the arrays hold a new slot; generated code loads `current.cells` again afterwards. */
  ensure(slot: number): void {
    this.current.ensure(slot);
  }

  isDirty(slot: number): boolean {
    return this.current.cell(slot, dirtyCell) !== 0;
  }

  /** Must be called before the first change of a slot since the last commit, that is when it is not dirty. */
  touch(slot: number): void {
    const at = this.dirtyCount++;
    if (at >= this.dirtySlots.length) {
      const grown = new Int32Array(at * 2);
      grown.set(this.dirtySlots);
      this.dirtySlots = grown;
    }
    this.dirtySlots[at] = slot;
    this.before.copy(this.current, slot, at);
    this.current.setCell(slot, dirtyCell, at + 1);
  }

  /** Everything is committed: the images are no longer needed. */
  committed(): void {
    for (let i = 0; i < this.dirtyCount; i++) this.current.setCell(this.dirtySlots[i] as number, dirtyCell, 0);
    this.dirtyCount = 0;
    for (const field of this.before.fields) {
      field.big.clear();
      field.objects.length = 0;
    }
  }

  /** Where the committed row of a slot lies: the rows to read, at which place. */
  committedRow(slot: number): { rows: Rows; at: number } {
    const dirty = this.current.cell(slot, dirtyCell);
    return dirty === 0 ? { rows: this.current, at: slot } : { rows: this.before, at: dirty - 1 };
  }

  /** Bytes that the state takes, roughly. */
  get bytes(): number {
    const objects = this.layout.cells.reduce((sum, { value }) => sum + (value < 0 ? 32 : 0), 0);
    return this.current.capacity * (this.layout.stride * 8 + objects) + this.keys.arena.length + this.keys.size * 32;
  }

  /** Renumbers the slots, without those that have no row. Everything must be committed. */
  compact(): void {
    assert(this.dirtyCount === 0, 'only committed state is compacted');
    const { keys, current } = this;
    const { size } = keys;
    const arena = Buffer.from(keys.arena.subarray(0, keys.starts[size]));
    const starts = keys.starts.slice(0, size + 1);
    keys.clear();
    for (let slot = 0; slot < size; slot++) {
      if (slot >= current.capacity || !current.isLive(slot)) continue;
      const start = starts[slot] as number;
      const id = keys.id(arena, start, (starts[slot + 1] as number) - start);
      if (id !== slot) current.copy(current, slot, id);
    }
    for (let slot = keys.size; slot < Math.min(size, current.capacity); slot++) current.reset(slot);
    this.deadSlots = 0;
  }

  clear(): void {
    assert(this.dirtyCount === 0, 'only committed state is cleared');
    this.keys.clear();
    this.current.clear();
    this.deadSlots = 0;
  }
}
