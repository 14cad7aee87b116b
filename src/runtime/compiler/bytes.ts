/**
 * What generated loops call when the inlined fast path does not do: long varints, comparisons, reads of other widths.
 *
 * A reader that also moves the position leaves it in `cursor.at`; generated code takes it from there.
 */
import { StackError } from '../../core/errors.ts';

export const cursor: { at: number } = { at: 0 };

const scratch = new DataView(new ArrayBuffer(8));

/** Zigzag varint of up to 64 bits as a number; NaN when it is not exact. */
export function longNumber(b: Uint8Array, position: number): number {
  let at = position;
  let byte = b[at++] as number;
  // Two halves of 28 bits each are whole numbers of 32 bits: the first seven bytes cost no division.
  let low = byte & 127;
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = b[at++] as number;
    low |= (byte & 127) << shift;
  }
  let high = 0;
  for (let shift = 0; byte > 127 && shift < 28; shift += 7) {
    byte = b[at++] as number;
    high |= (byte & 127) << shift;
  }
  if (byte < 128 && high < 0x200_0000) {
    cursor.at = at;
    const magnitude = high * 0x800_0000 + (low >>> 1);
    return (low & 1) === 0 ? magnitude : -magnitude - 1;
  }
  const number = Number(longBigint(b, position));
  return Number.isSafeInteger(number) ? number : Number.NaN;
}

/** The same, exact. */
export function longBigint(b: Uint8Array, position: number): bigint {
  let at = position;
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    if (at - position >= 10) throw malformed('a varint is too long');
    const byte = b[at++];
    if (byte === undefined) throw malformed('it ends in the middle of a varint');
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) break;
  }
  cursor.at = at;
  return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
}

export function doubleLittle(b: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, b[at + i] as number);
  return scratch.getFloat64(0, true);
}

export function floatLittle(b: Uint8Array, at: number): number {
  for (let i = 0; i < 4; i++) scratch.setUint8(i, b[at + i] as number);
  return scratch.getFloat32(0, true);
}

export function doubleBig(b: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, b[at + i] as number);
  return scratch.getFloat64(0, false);
}

/** Eight bytes, big-endian, as a number; NaN when it is not exact. */
export function int64Number(b: Uint8Array, at: number): number {
  const high =
    ((b[at] as number) << 24) | ((b[at + 1] as number) << 16) | ((b[at + 2] as number) << 8) | (b[at + 3] as number);
  const low =
    (((b[at + 4] as number) << 24) |
      ((b[at + 5] as number) << 16) |
      ((b[at + 6] as number) << 8) |
      (b[at + 7] as number)) >>>
    0;
  const value = high * 4294967296 + low;
  return Number.isSafeInteger(value) ? value : Number.NaN;
}

export function int64Bigint(b: Uint8Array, at: number): bigint {
  for (let i = 0; i < 8; i++) scratch.setUint8(i, b[at + i] as number);
  return scratch.getBigInt64(0, false);
}

export function sameBytes(
  a: Uint8Array,
  aOffset: number,
  aLength: number,
  b: Uint8Array,
  bOffset: number,
  bLength: number,
): boolean {
  if (aLength !== bLength) return false;
  for (let i = 0; i < aLength; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}

/** Skips the blocks of an Avro array or map, whose items `skipItem` skips (leaving the position in the cursor). */
export function skipBlocks(
  b: Uint8Array,
  position: number,
  end: number,
  skipItem: (b: Uint8Array, at: number, end: number) => number,
): number {
  let at = position;
  for (;;) {
    let count = longNumber(b, at);
    at = cursor.at;
    if (count === 0) return at;
    if (!(at <= end)) throw malformed('it is shorter than its schema');
    if (count < 0) {
      const bytes = longNumber(b, at);
      at = cursor.at + bytes;
      if (!(bytes >= 0 && at <= end)) throw malformed('a block is longer than the record');
      continue;
    }
    for (; count > 0; count--) {
      const next = skipItem(b, at, end);
      if (!(next <= end)) throw malformed('it is shorter than its schema');
      if (next === at && count > 1_000_000) throw malformed('an array of nothing is too long');
      at = next;
    }
  }
}

/** A record that does not decode. The loop reports it with its place and goes on. */
export function malformed(why: string): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', `The record does not decode: ${why}.`);
}

/** Makes the error of a record whose time is none; `isFatal`: it stops the query. */
export function noTime(isFatal: boolean): (value: unknown) => StackError {
  return (value) =>
    new StackError('MILLRACE_DECODE_FAILED', `The record has no time: ${String(value)}.`, {
      details: { fatal: isFatal },
    });
}

/** Unsigned varint; the position behind it is left in the cursor. */
export function readVarint(b: Uint8Array, position: number): number {
  let at = position;
  let byte = b[at++] as number;
  let value = byte & 127;
  for (let scale = 128; byte > 127; scale *= 128) {
    if (at - position >= 8) throw malformed('a varint is too long');
    byte = b[at++] as number;
    value += (byte & 127) * scale;
  }
  cursor.at = at;
  return value;
}

/** A buffer that generated code writes keys and values into before they become a record. */
export class Scratch {
  buffer: Buffer = Buffer.allocUnsafeSlow(4096);
  view: DataView = new DataView(this.buffer.buffer);

  /** Makes room for `bytes` at `position`, keeping what is before it. */
  ensure(position: number, bytes: number): Buffer {
    if (position + bytes > this.buffer.length) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(position + bytes, this.buffer.length * 2));
      this.buffer.copy(buffer, 0, 0, position);
      this.buffer = buffer;
      this.view = new DataView(buffer.buffer);
    }
    return this.buffer;
  }
}
