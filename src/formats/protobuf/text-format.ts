/**
 * Protobuf bytes as Java's `TextFormat` prints their message in one line: `brand: "Acme" place { city: "Bonn" }`. Fields come by number,
 * what is not set is left out, what the schema does not know comes last by its number.
 */
import { StackError } from '../../core/errors.ts';
import type { FieldType, MessageField, MessageType } from './message-type.ts';

/** How numbers with fractions are written. */
export interface FloatTexts {
  readonly float: (value: number) => string;
  readonly double: (value: number) => string;
}

/** @throws StackError MILLRACE_DECODE_FAILED when the bytes are no such message */
export function protobufText(type: MessageType, bytes: Buffer, floats: FloatTexts): string {
  return message(type, new WireReader(bytes), floats).join(' ');
}

/** A field as it lies on the wire: its number, its wire type, its value. */
type WireValue =
  | { readonly wire: 0 | 1 | 5; readonly value: bigint }
  | { readonly wire: 2; readonly value: Buffer }
  | { readonly wire: 3; readonly value: Buffer };

function message(type: MessageType, reader: WireReader, floats: FloatTexts): string[] {
  const known = new Map<number, string[]>();
  const unknown = new Map<number, string[]>();
  for (const { number, one } of reader.fields()) {
    const field = type.fields.find((candidate) => candidate.number === number);
    const values = field && fieldValues(field, one, floats);
    const into = values === undefined ? unknown : known;
    const list = into.get(number) ?? [];
    into.set(number, list);
    if (values === undefined || field === undefined) list.push(unknownText(number, one));
    else if (field.repeated || field.type.kind === 'map') list.push(...values);
    else if (values.length > 0) list.splice(0, 1, ...values.slice(-1));
  }
  for (const field of type.fields) if (!field.repeated && !field.presence) dropDefault(field, known);
  const ordered = (of: Map<number, string[]>): string[] =>
    [...of].sort(([a], [b]) => a - b).flatMap(([, texts]) => texts);
  return [...ordered(known), ...ordered(unknown)];
}

/** A field without presence that has its default is one that is not set. */
function dropDefault(field: MessageField, known: Map<number, string[]>): void {
  const [text] = known.get(field.number) ?? [];
  const value = text?.slice(field.name.length + 2) ?? '';
  const { type } = field;
  const unset =
    type.kind === 'enum' ? value === (type.values.get(0) ?? '0') : ['0', '0.0', 'false', '""'].includes(value);
  if (type.kind !== 'map' && unset) known.delete(field.number);
}

/** The texts of a field's values; undefined when it lies on the wire as another type, and is unknown so. */
function fieldValues(field: MessageField, one: WireValue, floats: FloatTexts): string[] | undefined {
  const { name, type, repeated } = field;
  if (type.kind === 'message' || type.kind === 'map') {
    if (one.wire !== 2) return undefined;
    const inner = type.kind === 'message' ? type.message : entryOf(type);
    return [nested(name, message(inner, new WireReader(one.value), floats))];
  }
  const wanted = wireOf(type);
  if (one.wire === wanted) return [`${name}: ${scalarText(type, one, floats)}`];
  if (one.wire !== 2 || !repeated || wanted === 2) return undefined;
  const packed = new WireReader(one.value);
  const texts: string[] = [];
  while (!packed.ended) texts.push(`${name}: ${scalarText(type, packed.value(wanted), floats)}`);
  return texts;
}

/** A map's entry, whose parts are always there. */
function entryOf({ key, value }: FieldType & { readonly kind: 'map' }): MessageType {
  const fields = [key, value].map((field) => ({ ...field, presence: true }));
  return { name: 'Entry', fullName: 'Entry', fields, oneofs: [], nested: [] };
}

function nested(name: string, fields: readonly string[]): string {
  return fields.length === 0 ? `${name} { }` : `${name} { ${fields.join(' ')} }`;
}

const fixed: Readonly<Record<string, 1 | 5>> = {
  fixed64: 1,
  sfixed64: 1,
  double: 1,
  fixed32: 5,
  sfixed32: 5,
  float: 5,
};

function wireOf(type: FieldType & { readonly kind: 'scalar' | 'enum' }): 0 | 1 | 2 | 5 {
  if (type.kind === 'enum') return 0;
  return type.scalar === 'string' || type.scalar === 'bytes' ? 2 : (fixed[type.scalar] ?? 0);
}

function scalarText(
  type: FieldType & { readonly kind: 'scalar' | 'enum' },
  one: WireValue,
  floats: FloatTexts,
): string {
  if (one.wire === 2 || one.wire === 3) {
    const isText = type.kind === 'scalar' && type.scalar === 'string';
    if (isText && one.value.toString('utf8').includes('\uFFFD') && !one.value.includes('\uFFFD')) throw malformed();
    return `"${escaped(one.value)}"`;
  }
  const { value } = one;
  if (type.kind === 'enum') {
    const number = Number(BigInt.asIntN(32, value));
    return type.values.get(number) ?? String(number);
  }
  switch (type.scalar) {
    case 'bool':
      return String(value !== 0n);
    case 'int32':
    case 'sfixed32':
      return String(BigInt.asIntN(32, value));
    case 'uint32':
    case 'fixed32':
      return String(BigInt.asUintN(32, value));
    case 'int64':
    case 'sfixed64':
      return String(BigInt.asIntN(64, value));
    case 'sint32':
    case 'sint64':
      return String((value >> 1n) ^ -(value & 1n));
    case 'float':
      return floats.float(bytesOf(value, 4).readFloatLE());
    case 'double':
      return floats.double(bytesOf(value, 8).readDoubleLE());
    default:
      return String(value);
  }
}

function bytesOf(value: bigint, length: 4 | 8): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.subarray(0, length);
}

/** What the schema does not name: bytes that read as a message are shown as one. */
function unknownText(number: number, one: WireValue): string {
  const empty: MessageType = { name: '', fullName: '', fields: [], oneofs: [], nested: [] };
  const inner = (bytes: Buffer): string[] => message(empty, new WireReader(bytes), { float: String, double: String });
  switch (one.wire) {
    case 0:
      return `${number}: ${one.value}`;
    case 1:
    case 5:
      return `${number}: 0x${one.value.toString(16).padStart(one.wire === 1 ? 16 : 8, '0')}`;
    case 3:
      return nested(String(number), inner(one.value));
    case 2:
      try {
        return nested(String(number), inner(one.value));
      } catch {
        return `${number}: "${escaped(one.value)}"`;
      }
  }
}

const escapes: Readonly<Record<number, string>> = {
  7: '\\a',
  8: '\\b',
  9: '\\t',
  10: '\\n',
  11: '\\v',
  12: '\\f',
  13: '\\r',
  34: '\\"',
  39: "\\'",
  92: '\\\\',
};

/** Everything that is not plain ASCII as octal, byte by byte. */
function escaped(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes)
    text +=
      escapes[byte] ??
      (byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte));
  return text;
}

class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  *fields(): Generator<{ readonly number: number; readonly one: WireValue }> {
    while (!this.ended) {
      const tag = Number(this.#varint());
      const wire = tag % 8;
      const number = (tag - wire) / 8;
      if (number < 1 || number > 0x1f_ff_ff_ff) throw malformed();
      yield { number, one: this.value(wire, number) };
    }
  }

  value(wire: number, number = 0): WireValue {
    switch (wire) {
      case 0:
        return { wire, value: this.#varint() };
      case 1:
        return { wire, value: this.#take(8).readBigUInt64LE() };
      case 5:
        return { wire, value: BigInt(this.#take(4).readUInt32LE()) };
      case 2:
        return { wire, value: this.#take(Number(this.#varint())) };
      case 3:
        return { wire, value: this.#group(number) };
      default:
        throw malformed();
    }
  }

  /** Everything up to the end of the group. */
  #group(number: number): Buffer {
    const from = this.#at;
    for (;;) {
      const end = this.#at;
      const tag = Number(this.#varint());
      if (tag === number * 8 + 4) return this.#bytes.subarray(from, end);
      this.value(tag % 8, (tag - (tag % 8)) / 8);
    }
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw malformed();
  }

  #take(length: number): Buffer {
    const end = this.#at + length;
    if (!(length >= 0 && end <= this.#bytes.length)) throw malformed();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function malformed(): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', 'The bytes are no message of this Protobuf type.');
}
