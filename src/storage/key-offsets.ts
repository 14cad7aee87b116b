/**
 * The last offset of each key, in bounded memory: an open hash table of 24 bytes a slot, at most three quarters full. Keys are known by
 * 128 bits of their SHA-256, so that no two keys are taken for one, by chance or on purpose.
 */
import { hash } from 'node:crypto';
import { assert } from '../core/assert.ts';

const slotBytes = 24;
const load = 0.75;

export class KeyOffsets {
  private readonly slots: number;
  private readonly hashes: Int32Array;
  /** Offset + 1; 0 = the slot is free. */
  private readonly offsets: Float64Array;
  private readonly words = new Int32Array(4);
  /** How many keys fit. */
  readonly capacity: number;
  size = 0;

  /** Room for `keys` keys, or for as many as fit into `bytes`, but for `keysMin` in any case. */
  constructor(keys: number, bytes: number, keysMin: number) {
    this.capacity = Math.max(keysMin, Math.min(keys, Math.floor((bytes / slotBytes) * load)), 1);
    this.slots = Math.ceil(this.capacity / load) + 1;
    this.hashes = new Int32Array(this.slots * 4);
    this.offsets = new Float64Array(this.slots);
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return this.slots * slotBytes;
  }

  set(key: Uint8Array, offset: number): void {
    const slot = this.find(key);
    if (this.offsets[slot] === 0) {
      assert(this.size < this.capacity, 'the caller makes sure that the keys fit');
      this.size++;
      this.hashes.set(this.words, slot * 4);
    }
    this.offsets[slot] = offset + 1;
  }

  /** −1 = not there. */
  get(key: Uint8Array): number {
    return (this.offsets[this.find(key)] ?? 0) - 1;
  }

  private find(key: Uint8Array): number {
    const { words, hashes, offsets } = this;
    const digest = hash('sha256', key, 'binary');
    for (let i = 0; i < 4; i++) {
      const c = i * 4;
      words[i] =
        digest.charCodeAt(c) |
        (digest.charCodeAt(c + 1) << 8) |
        (digest.charCodeAt(c + 2) << 16) |
        (digest.charCodeAt(c + 3) << 24);
    }
    const [a, b, c, d] = [words[0], words[1], words[2], words[3]];
    let slot = ((a ?? 0) >>> 0) % this.slots;
    while (offsets[slot] !== 0) {
      const at = slot * 4;
      if (hashes[at] === a && hashes[at + 1] === b && hashes[at + 2] === c && hashes[at + 3] === d) return slot;
      slot = slot + 1 === this.slots ? 0 : slot + 1;
    }
    return slot;
  }
}
