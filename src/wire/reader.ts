/** Reads the primitive types of the Kafka protocol from a buffer. Whatever does not fit is MILLRACE_WIRE_MALFORMED, never more. */
import { StackError } from '../core/errors.ts';
import { int64Of } from './int64.ts';
import type { Int64 } from './int64.ts';

const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

export class Reader {
  readonly buffer: Buffer;
  readonly end: number;
  position: number;

  constructor(buffer: Buffer, position = 0, end: number = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  /** Moves past `length` bytes and returns where they begin. */
  take(length: number): number {
    const start = this.position;
    if (length < 0 || length > this.end - start)
      throw malformed(`${length} bytes wanted, ${this.end - start} left`, start);
    this.position = start + length;
    return start;
  }

  bool(): boolean {
    return this.buffer[this.take(1)] !== 0;
  }
  int8(): number {
    return this.buffer.readInt8(this.take(1));
  }
  int16(): number {
    return this.buffer.readInt16BE(this.take(2));
  }
  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2));
  }
  int32(): number {
    return this.buffer.readInt32BE(this.take(4));
  }
  int64(): Int64 {
    const at = this.take(8);
    const high = this.buffer.readInt32BE(at);
    // Below 2^52 the two halves are exact as one number.
    if (high >= -0x100000 && high < 0x100000) return high * 0x100000000 + this.buffer.readUInt32BE(at + 4);
    return int64Of(this.buffer.readBigInt64BE(at));
  }
  float64(): number {
    return this.buffer.readDoubleBE(this.take(8));
  }
  uuid(): string {
    const at = this.take(16);
    const text = this.buffer.toString('base64url', at, at + 16);
    return text === zeroUuid ? zeroUuid : text;
  }
  /** Unsigned varint of at most 32 bits. */
  uvarint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)] ?? 0;
      value += shift === 28 ? (byte & 0x7f) * 0x10000000 : (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (value > 0xffffffff) break;
        return value;
      }
    }
    throw malformed('a varint is longer than five bytes', this.position);
  }
  string(length: number): string {
    const at = this.take(length);
    return this.buffer.toString('utf8', at, at + length);
  }
  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const at = this.take(length);
    return this.buffer.subarray(at, at + length);
  }
  /** Checks the count of an array against what could be there, so that no count makes us allocate. */
  count(n: number): number {
    if (n > this.end - this.position)
      throw malformed(`an array of ${n} elements in ${this.end - this.position} bytes`, this.position);
    if (n < 0) throw malformed('a null array where none may be', this.position);
    return n;
  }
  notNull(length: number): number {
    if (length < 0) throw malformed('null where none may be', this.position);
    return length;
  }
  /** Steps over the tagged fields of a struct whose tags nobody here knows. */
  skipTags(): void {
    for (let n = this.uvarint(); n > 0; n--) {
      this.uvarint();
      this.take(this.uvarint());
    }
  }
  /** Ends a tagged field that began at `start`: all its bytes must have been read. */
  endTag(start: number, size: number): void {
    if (this.position !== start + size)
      throw malformed(`a tagged field of ${size} bytes took ${this.position - start}`, start);
  }
}

export function malformed(what: string, position: number): StackError {
  return new StackError('MILLRACE_WIRE_MALFORMED', `Malformed Kafka message at byte ${position}: ${what}.`, {
    details: { position },
  });
}
