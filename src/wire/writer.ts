/** Writes the primitive types of the Kafka protocol. Large byte fields are kept as chunks of their own, so that they are not copied. */
import { assert } from '../core/assert.ts';
import type { Int64 } from './int64.ts';

/** From this size on a `records` field is passed through as its own chunk. */
const passThroughBytesMin = 1024;

export class Writer {
  private buffer: Buffer;
  private start = 0;
  private position = 0;
  private readonly chunks: Buffer[] = [];
  private chunkBytes = 0;

  constructor(capacity = 256) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  /** Bytes written so far. */
  get length(): number {
    return this.chunkBytes + this.position - this.start;
  }

  private reserve(length: number): number {
    const at = this.position;
    if (at + length > this.buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max((at - this.start + length) * 2, 256));
      this.buffer.copy(grown, 0, this.start, at);
      this.buffer = grown;
      this.position = at - this.start + length;
      this.start = 0;
      return this.position - length;
    }
    this.position = at + length;
    return at;
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0);
  }
  int8(value: number): void {
    const at = this.reserve(1);
    this.buffer.writeInt8(value, at);
  }
  int16(value: number): void {
    const at = this.reserve(2);
    this.buffer.writeInt16BE(value, at);
  }
  uint16(value: number): void {
    const at = this.reserve(2);
    this.buffer.writeUInt16BE(value, at);
  }
  int32(value: number): void {
    const at = this.reserve(4);
    this.buffer.writeInt32BE(value, at);
  }
  int64(value: Int64): void {
    const at = this.reserve(8);
    if (typeof value === 'bigint') this.buffer.writeBigInt64BE(value, at);
    else {
      assert(Number.isSafeInteger(value), `${value} is not a 64-bit integer`);
      this.buffer.writeInt32BE(Math.floor(value / 0x100000000), at);
      this.buffer.writeUInt32BE(value >= 0 ? value % 0x100000000 : Number(BigInt.asUintN(32, BigInt(value))), at + 4);
    }
  }
  float64(value: number): void {
    const at = this.reserve(8);
    this.buffer.writeDoubleBE(value, at);
  }
  uuid(value: string): void {
    const at = this.reserve(16);
    const written = this.buffer.write(value, at, 16, 'base64url');
    assert(written === 16 && value.length === 22, `"${value}" is not a uuid`);
  }
  uvarint(value: number): void {
    while (value > 0x7f) {
      const at = this.reserve(1);
      this.buffer[at] = (value % 0x80) | 0x80;
      value = Math.floor(value / 0x80);
    }
    const at = this.reserve(1);
    this.buffer[at] = value;
  }
  string(value: string, length: number): void {
    const at = this.reserve(length);
    this.buffer.write(value, at, length, 'utf8');
  }
  bytes(value: Uint8Array): void {
    const at = this.reserve(value.length);
    this.buffer.set(value, at);
  }
  records(value: Buffer): void {
    if (value.length < passThroughBytesMin) return this.bytes(value);
    this.flush();
    this.chunks.push(value);
    this.chunkBytes += value.length;
  }
  /** Appends what another writer holds. */
  append(other: Writer): void {
    for (const chunk of other.finish()) this.records(chunk);
  }
  finish(): Buffer[] {
    this.flush();
    return this.chunks;
  }

  private flush(): void {
    if (this.position === this.start) return;
    const chunk = this.buffer.subarray(this.start, this.position);
    this.chunks.push(chunk);
    this.chunkBytes += chunk.length;
    this.start = this.position;
  }
}
