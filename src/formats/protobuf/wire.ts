/** Protobuf's wire format: a writer, and a message's fields without a schema. */
import { StackError } from '../../core/errors.ts';

/** Bytes that grow. */
export class WireWriter {
  bytes: Buffer = Buffer.allocUnsafe(256);
  at = 0;

  room(count: number): Buffer {
    if (this.at + count > this.bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(this.at + count, this.bytes.length * 2));
      this.bytes.copy(wider, 0, 0, this.at);
      this.bytes = wider;
    }
    return this.bytes;
  }

  varint(value: number): void {
    const bytes = this.room(10);
    let left = value;
    while (left > 127) {
      bytes[this.at++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    bytes[this.at++] = left;
  }

  /** 64 bits, negative numbers as two's complement. */
  long(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0) return this.varint(value);
    const bytes = this.room(10);
    let left = BigInt.asUintN(64, BigInt(value));
    while (left > 127n) {
      bytes[this.at++] = Number(left & 127n) | 128;
      left >>= 7n;
    }
    bytes[this.at++] = Number(left);
  }

  sized(value: Uint8Array): void {
    this.varint(value.length);
    this.room(value.length).set(value, this.at);
    this.at += value.length;
  }

  /** What `write` writes, with its length in front. */
  nested(write: (out: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.sized(inner.bytes.subarray(0, inner.at));
  }
}

/** The values of each field: varints as numbers, everything with a length as bytes. Fixed numbers are left out. */
export function wireFields(bytes: Buffer): Map<number, (number | Buffer)[]> {
  const found = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined || shift > 63n) throw malformed();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(64, value));
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag % 8;
    const number = (tag - wire) / 8;
    if (number <= 0) throw malformed();
    const list = found.get(number) ?? [];
    found.set(number, list);
    if (wire === 0) list.push(varint());
    else if (wire === 2) {
      const length = varint();
      if (!(length >= 0 && length <= bytes.length - at)) throw malformed();
      list.push(bytes.subarray(at, at + length));
      at += length;
    } else if (wire === 1 || wire === 5) at += wire === 1 ? 8 : 4;
    else throw malformed();
  }
  if (at !== bytes.length) throw malformed();
  return found;
}

function malformed(): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', 'The bytes are no Protobuf message.');
}
