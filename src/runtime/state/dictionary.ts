/**
 * Byte strings to small integers: the keys of an aggregate table.
 *
 * Open addressing over the hash of the bytes; the bytes lie one behind the other in an arena. Ids are dense and stay.
 * `id` is called once per record, so it takes (buffer, offset, length) and allocates only for a new key.
 */
import { assert } from '../../core/assert.ts';
import { StackError } from '../../core/errors.ts';

const arenaBytesMax = 2 ** 31 - 1;

export class ByteDictionary {
  /** Number of ids given out. */
  size = 0;
  arena: Buffer = Buffer.allocUnsafeSlow(1024);
  /** Where each id's bytes begin; entry `size` is where the next would. */
  starts: Int32Array = new Int32Array(65);
  #hashes = new Int32Array(64);
  #table = new Int32Array(128).fill(-1);
  #mask = 127;

  /** The id of `b[offset, offset + length)`, a new one when it was not seen before. */
  id(b: Uint8Array, offset: number, length: number): number {
    const end = offset + length;
    let hash = length | 0;
    for (let i = offset; i < end; i++) hash = (Math.imul(hash, 31) + (b[i] as number)) | 0;
    const table = this.#table;
    const mask = this.#mask;
    let probe = (hash ^ (hash >>> 15)) & mask;
    for (;;) {
      const id = table[probe] as number;
      if (id < 0) return this.#add(b, offset, length, hash, probe);
      if (this.#hashes[id] === hash && this.#same(id, b, offset, length)) return id;
      probe = (probe + 1) & mask;
    }
  }

  /** The id of the bytes, or -1. */
  find(b: Uint8Array, offset: number, length: number): number {
    let hash = length | 0;
    for (let i = 0; i < length; i++) hash = (Math.imul(hash, 31) + (b[offset + i] as number)) | 0;
    for (let probe = (hash ^ (hash >>> 15)) & this.#mask; ; probe = (probe + 1) & this.#mask) {
      const id = this.#table[probe] as number;
      if (id < 0) return -1;
      if (this.#hashes[id] === hash && this.#same(id, b, offset, length)) return id;
    }
  }

  /** A view of an id's bytes, good until the next new key. */
  bytes(id: number): Buffer {
    assert(id >= 0 && id < this.size, 'an id of this dictionary');
    return this.arena.subarray(this.starts[id], this.starts[id + 1]);
  }

  clear(): void {
    this.size = 0;
    this.#table.fill(-1);
  }

  #same(id: number, b: Uint8Array, offset: number, length: number): boolean {
    const start = this.starts[id] as number;
    if ((this.starts[id + 1] as number) - start !== length) return false;
    const arena = this.arena;
    for (let i = 0; i < length; i++) if (arena[start + i] !== b[offset + i]) return false;
    return true;
  }

  #add(b: Uint8Array, offset: number, length: number, hash: number, probe: number): number {
    const id = this.size;
    const start = id === 0 ? 0 : (this.starts[id] as number);
    if (start + length > this.arena.length) this.#growArena(start + length);
    this.arena.set(b.subarray(offset, offset + length), start);
    if (id === this.#hashes.length) this.#growIds();
    this.#hashes[id] = hash;
    this.starts[id] = start;
    this.starts[id + 1] = start + length;
    this.#table[probe] = id;
    this.size = id + 1;
    if (this.size * 2 > this.#mask) this.#rehash();
    return id;
  }

  #growArena(needed: number): void {
    if (needed > arenaBytesMax)
      throw new StackError('MILLRACE_QUERY_FAILED', 'The keys of this query need more than 2 GiB.');
    const arena = Buffer.allocUnsafeSlow(Math.min(Math.max(needed, this.arena.length * 2), arenaBytesMax));
    this.arena.copy(arena);
    this.arena = arena;
  }

  #growIds(): void {
    const hashes = new Int32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const starts = new Int32Array(hashes.length + 1);
    starts.set(this.starts);
    this.starts = starts;
  }

  #rehash(): void {
    this.#mask = this.#mask * 2 + 1;
    this.#table = new Int32Array(this.#mask + 1).fill(-1);
    for (let id = 0; id < this.size; id++) {
      const hash = this.#hashes[id] as number;
      let probe = (hash ^ (hash >>> 15)) & this.#mask;
      while ((this.#table[probe] as number) >= 0) probe = (probe + 1) & this.#mask;
      this.#table[probe] = id;
    }
  }
}
