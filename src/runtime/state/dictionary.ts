/**
 * Byte strings to small integers: the keys of an aggregate table.
 *
 * Open addressing; the bytes lie one behind the other in an arena. Ids are dense and stay. `id` is called once per record: keys of
 * up to eight bytes are two masked words, compared without a loop and without a look at the arena; longer ones are hashed and compared
 * word by word.
 */
import { assert } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';

const arenaBytesMax = 2 ** 31 - 1;
/** An entry of the table: id (−1 = free), two words (the key itself, or two hashes of a long one), length. */
const entryInts = 4;
const shortBytes = 8;
/** Which bytes of the two words belong to a key of a length. */
const lowMasks = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
const highMasks = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

export class ByteDictionary {
  /** Number of ids given out. */
  size = 0;
  arena: Buffer = Buffer.allocUnsafeSlow(1024);
  /** Where each id's bytes begin; entry `size` is where the next would. */
  starts: Int32Array = new Int32Array(65);
  private entries = new Int32Array(128 * entryInts).fill(-1);
  private mask = 127;
  /** The buffer that the last key came from, and a view of it. */
  private buffer: Uint8Array = this.arena;
  private view = viewOf(this.arena);

  /** The id of `b[offset, offset + length)`, a new one when it was not seen before. */
  id(b: Uint8Array, offset: number, length: number): number {
    if (length > shortBytes || offset + shortBytes > b.length) return this.slowId(b, offset, length, true);
    if (b !== this.buffer) this.look(b);
    const low = this.view.getInt32(offset, true) & (lowMasks[length] as number);
    const high = this.view.getInt32(offset + 4, true) & (highMasks[length] as number);
    const { entries, mask } = this;
    for (let probe = hashOf(low, high, length) & mask; ; probe = (probe + 1) & mask) {
      const at = probe * entryInts;
      const id = entries[at] as number;
      if (id < 0) return this.add(b, offset, length, low, high, probe);
      if (entries[at + 1] === low && entries[at + 2] === high && entries[at + 3] === length) return id;
    }
  }

  /** The id of the bytes, or -1. */
  find(b: Uint8Array, offset: number, length: number): number {
    return this.slowId(b, offset, length, false);
  }

  /** A view of an id's bytes, good until the next new key. */
  bytes(id: number): Buffer {
    assert(id >= 0 && id < this.size, 'an id of this dictionary');
    return this.arena.subarray(this.starts[id], this.starts[id + 1]);
  }

  clear(): void {
    this.size = 0;
    this.entries.fill(-1);
  }

  /** Long keys, and short ones at the very end of a buffer. */
  private slowId(b: Uint8Array, offset: number, length: number, add: boolean): number {
    let low = 0;
    let high = 0;
    const long = length > shortBytes;
    if (long) {
      if (b !== this.buffer) this.look(b);
      const { view } = this;
      const words = offset + (length & ~3);
      low = length;
      high = ~length;
      for (let i = offset; i < words; i += 4) {
        const word = view.getInt32(i, true);
        low = Math.imul(low ^ word, 0x85ebca6b);
        low ^= low >>> 13;
        high = Math.imul(high + word, 0xc2b2ae35) ^ (high >>> 16);
      }
      for (let i = words; i < offset + length; i++) {
        low = Math.imul(low ^ (b[i] as number), 0x01000193);
        high = Math.imul(high + (b[i] as number), 0x9e3779b1);
      }
    } else {
      for (let i = length - 1; i >= 4; i--) high = (high << 8) | (b[offset + i] as number);
      for (let i = Math.min(length, 4) - 1; i >= 0; i--) low = (low << 8) | (b[offset + i] as number);
    }
    const { entries, mask } = this;
    for (let probe = hashOf(low, high, length) & mask; ; probe = (probe + 1) & mask) {
      const at = probe * entryInts;
      const id = entries[at] as number;
      if (id < 0) return add ? this.add(b, offset, length, low, high, probe) : -1;
      if (entries[at + 1] !== low || entries[at + 2] !== high || entries[at + 3] !== length) continue;
      if (!long || this.same(id, b, offset, length)) return id;
    }
  }

  private same(id: number, b: Uint8Array, offset: number, length: number): boolean {
    const start = this.starts[id] as number;
    const { arena } = this;
    for (let i = 0; i < length; i++) if (arena[start + i] !== b[offset + i]) return false;
    return true;
  }

  private look(b: Uint8Array): void {
    this.buffer = b;
    this.view = viewOf(b);
  }

  private add(b: Uint8Array, offset: number, length: number, low: number, high: number, probe: number): number {
    const id = this.size;
    const start = id === 0 ? 0 : (this.starts[id] as number);
    if (start + length > this.arena.length) this.growArena(start + length);
    this.arena.set(b.subarray(offset, offset + length), start);
    if (id + 1 >= this.starts.length) {
      const starts = new Int32Array((this.starts.length - 1) * 2 + 1);
      starts.set(this.starts);
      this.starts = starts;
    }
    this.starts[id] = start;
    this.starts[id + 1] = start + length;
    this.put(probe, id, low, high, length);
    this.size = id + 1;
    if (this.size * 2 > this.mask) this.rehash();
    return id;
  }

  private put(probe: number, id: number, low: number, high: number, length: number): void {
    const at = probe * entryInts;
    this.entries[at] = id;
    this.entries[at + 1] = low;
    this.entries[at + 2] = high;
    this.entries[at + 3] = length;
  }

  private growArena(needed: number): void {
    if (needed > arenaBytesMax)
      throw new StackError('MILLRACE_QUERY_FAILED', 'The keys of this query need more than 2 GiB.');
    const arena = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.arena.length * 2), arenaBytesMax));
    this.arena.copy(arena);
    this.arena = arena;
  }

  private rehash(): void {
    const before = this.entries;
    this.mask = this.mask * 2 + 1;
    this.entries = new Int32Array((this.mask + 1) * entryInts).fill(-1);
    for (let at = 0; at < before.length; at += entryInts) {
      const id = before[at] as number;
      if (id < 0) continue;
      const low = before[at + 1] as number;
      const high = before[at + 2] as number;
      const length = before[at + 3] as number;
      let probe = hashOf(low, high, length) & this.mask;
      while ((this.entries[probe * entryInts] as number) >= 0) probe = (probe + 1) & this.mask;
      this.put(probe, id, low, high, length);
    }
  }
}

function hashOf(low: number, high: number, length: number): number {
  const h = Math.imul(low ^ Math.imul(high + length, 0x9e3779b1), 0x85ebca6b);
  return h ^ (h >>> 15);
}

function viewOf(b: Uint8Array): DataView {
  return new DataView(b.buffer, b.byteOffset, b.length);
}
