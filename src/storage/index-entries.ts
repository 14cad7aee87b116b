/**
 * The entries of an offset or time index in memory, in the bytes of their file. They are written in runs: an index only saves reading
 * the log, and after a crash it is made anew.
 */
import type { DiskFile } from '../core/disk.ts';

/** Entries that wait are written once they take this much. */
const pendingBytesMax = 4096;

export class IndexEntries {
  private readonly entryBytes: number;
  private bytes: Buffer;
  private length: number;
  private written: number;

  /** `content` is what the file holds; a torn entry at its end is left out. */
  constructor(entryBytes: number, content: Buffer = Buffer.alloc(0)) {
    this.entryBytes = entryBytes;
    this.bytes = content;
    this.length = content.length - (content.length % entryBytes);
    this.written = this.length;
  }

  get count(): number {
    return this.length / this.entryBytes;
  }

  get full(): boolean {
    return this.length - this.written >= pendingBytesMax;
  }

  get dirty(): boolean {
    return this.length > this.written;
  }

  /** A 64-bit field of entry `i`, exact up to 2^53. */
  int64(i: number, field = 0): number {
    const at = i * this.entryBytes + field;
    return this.bytes.readInt32BE(at) * 0x100000000 + this.bytes.readUInt32BE(at + 4);
  }

  int32(i: number, field = 0): number {
    return this.bytes.readInt32BE(i * this.entryBytes + field);
  }

  pushOffset(relativeOffset: number, position: number): void {
    const at = this.grow();
    this.bytes.writeInt32BE(relativeOffset, at);
    this.bytes.writeInt32BE(position, at + 4);
  }

  pushTime(timestamp: number, relativeOffset: number): void {
    const at = this.grow();
    this.bytes.writeBigInt64BE(BigInt(timestamp), at);
    this.bytes.writeInt32BE(relativeOffset, at + 8);
  }

  /** Forgets the entries at the end for which `stays` is false. The caller cuts the file. */
  trim(stays: (i: number) => boolean): void {
    while (this.length > 0 && !stays(this.count - 1)) this.length -= this.entryBytes;
    this.written = Math.min(this.written, this.length);
  }

  /** Entries that are not yet in the file, into the file. */
  writeTo(file: DiskFile): void {
    if (this.length > this.written) file.writeSync(this.bytes, this.written, this.length - this.written, this.written);
    this.written = this.length;
  }

  private grow(): number {
    const at = this.length;
    this.length += this.entryBytes;
    if (this.length > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.length, this.bytes.length * 2, 256));
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    return at;
  }
}
