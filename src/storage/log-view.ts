/**
 * What the broker's thread tells other threads of a log, in shared memory: five 64-bit integers, each written whole.
 * The end offsets are written only after the bytes below them; the epoch changes with every change of the list of segments.
 */

const slots = { highWatermark: 0, lastStableOffset: 1, logStartOffset: 2, epoch: 3 } as const;

export class LogView {
  readonly buffer: SharedArrayBuffer;
  private readonly values: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 * Object.keys(slots).length)) {
    this.buffer = buffer;
    this.values = new BigInt64Array(buffer);
  }

  get(slot: keyof typeof slots): number {
    return Number(Atomics.load(this.values, slots[slot]));
  }

  set(slot: keyof typeof slots, value: number): void {
    Atomics.store(this.values, slots[slot], BigInt(value));
  }
}
