/** Protobuf's wire format: what is read one value at a time. Readers leave the position behind the value in the cursor. */
import { cursor, doubleLittle, floatLittle, malformed, readVarint } from './bytes.ts';

export type WireReader = (b: Buffer, at: number, end: number) => unknown;

/** The wire type of a scalar: 0 varint, 1 eight bytes, 2 a length and bytes, 5 four bytes. */
export function wireTypeOf(scalar: string): 0 | 1 | 2 | 5 {
  switch (scalar) {
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 1;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return 5;
    case 'string':
    case 'bytes':
      return 2;
    default:
      return 0;
  }
}

/** 64-bit numbers are numbers when that is exact, else bigints. */
export const scalarReaders: Readonly<Record<string, WireReader>> = {
  int32: (b, at) => Number(BigInt.asIntN(32, BigInt(varint64(b, at)))),
  uint32: (b, at) => Number(BigInt.asUintN(32, BigInt(varint64(b, at)))),
  sint32: (b, at) => {
    const value = Number(BigInt.asUintN(32, BigInt(varint64(b, at))));
    return (value >>> 1) ^ -(value & 1);
  },
  int64: (b, at) => varint64(b, at),
  // Java has no unsigned numbers: what is above its range is negative there.
  uint64: (b, at) => varint64(b, at),
  sint64: (b, at) => {
    const value = BigInt.asUintN(64, BigInt(varint64(b, at)));
    return short(BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n)));
  },
  fixed32: (b, at, end) => b.readUInt32LE(take(at, end, 4)),
  sfixed32: (b, at, end) => b.readInt32LE(take(at, end, 4)),
  fixed64: (b, at, end) => short(b.readBigInt64LE(take(at, end, 8))),
  sfixed64: (b, at, end) => short(b.readBigInt64LE(take(at, end, 8))),
  float: (b, at, end) => floatLittle(b, take(at, end, 4)),
  double: (b, at, end) => doubleLittle(b, take(at, end, 8)),
  bool: (b, at) => varint64(b, at) !== 0,
  string: (b, at, end) => {
    const from = span(b, at, end);
    return b.toString('utf8', from, cursor.at);
  },
  bytes: (b, at, end) => {
    const from = span(b, at, end);
    return Buffer.from(b.subarray(from, cursor.at));
  },
};

/** Reads a length; gives where its bytes begin, and leaves the cursor behind them. */
export function span(b: Uint8Array, at: number, end: number): number {
  const length = readVarint(b, at);
  const from = cursor.at;
  if (!(length <= end - from)) throw malformed('a field is longer than the record');
  cursor.at = from + length;
  return from;
}

/** Where the field behind the tag ends. */
export function skipField(b: Uint8Array, at: number, end: number, tag: number): number {
  switch (tag & 7) {
    case 0:
      varint64(b, at);
      break;
    case 1:
      take(at, end, 8);
      break;
    case 2:
      span(b, at, end);
      break;
    case 3:
      return skipGroup(b, at, end, tag >>> 3);
    case 5:
      take(at, end, 4);
      break;
    default:
      throw malformed(`${tag & 7} is no wire type`);
  }
  if (!(cursor.at <= end)) throw malformed('it is shorter than its schema');
  return cursor.at;
}

function skipGroup(b: Uint8Array, from: number, end: number, number: number): number {
  let at = from;
  while (at < end) {
    const tag = readVarint(b, at);
    at = cursor.at;
    if ((tag & 7) === 4) {
      if (tag >>> 3 !== number) throw malformed('a group ends that did not begin');
      return at;
    }
    at = skipField(b, at, end, tag);
  }
  throw malformed('a group does not end');
}

function take(at: number, end: number, bytes: number): number {
  if (bytes > end - at) throw malformed('it is shorter than its schema');
  cursor.at = at + bytes;
  return at;
}

/** Up to 64 bits, signed. */
function varint64(b: Uint8Array, position: number): number | bigint {
  let at = position;
  let byte = b[at++];
  if (byte === undefined) throw malformed('it ends in the middle of a varint');
  let value = byte & 127;
  let scale = 128;
  while (byte > 127) {
    if (at - position >= 7) return varintBig(b, position);
    byte = b[at++];
    if (byte === undefined) throw malformed('it ends in the middle of a varint');
    value += (byte & 127) * scale;
    scale *= 128;
  }
  cursor.at = at;
  return value;
}

function varintBig(b: Uint8Array, position: number): number | bigint {
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
  return short(BigInt.asIntN(64, value));
}

function short(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
