/**
 * What the broker's thread tells other threads of a log, in shared memory: four 64-bit integers, each written whole.
 * An end offset is written only after the bytes below it. The epoch changes with every change of the list of segments, and is odd
 * while files are being removed or replaced: who opened a file knows that it was the right one if the epoch is then the same, and even.
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

  /** A segment was added. */
  segmentAdded(): void {
    this.set('epoch', this.get('epoch') + 2);
  }

  /** Segments are removed or replaced while `change` runs. If it throws, the files are in doubt, and stay so for readers. */
  changingSegments(change: () => void): void {
    this.set('epoch', this.get('epoch') + 1);
    change();
    this.set('epoch', this.get('epoch') + 1);
  }
}
