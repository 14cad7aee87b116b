/**
 * The JSON of a case as Protobuf, and Protobuf back to JSON that can be compared. Written apart from the engine's codec, field by
 * field, so that it judges it; only the schema's message types are shared.
 */
import { LosslessNumber } from 'lossless-json';
import { indexesOf, messageAt, protoSchema } from '../../../src/formats/protobuf/message-type.ts';
import type { FieldType, ImportedFile, MessageField, MessageType } from '../../../src/formats/protobuf/message-type.ts';
import { jsonText } from './cases.ts';

export interface ProtobufText {
  readonly schema: string;
  readonly references?: readonly ImportedFile[];
}

/** The value behind id and indexes; without an id as PROTOBUF_NOSR. `wanted`: the message's full name, else the first. */
export function protobufBytes(
  value: unknown,
  id: number | undefined,
  { schema, references }: ProtobufText,
  wanted?: string,
): Buffer {
  const parsed = protoSchema(schema, references);
  const message = wanted === undefined ? parsed.messages[0] : parsed.byName.get(wanted);
  if (message === undefined) throw new Error(`no message ${wanted ?? ''}`);
  const body = encode(value, message);
  if (id === undefined) return body;
  const head = Buffer.alloc(5);
  head.writeInt32BE(id, 1);
  const indexes = indexesOf(parsed, message.fullName) ?? [];
  const first = indexes.length === 1 && indexes[0] === 0;
  const numbers = first ? [0] : [indexes.length, ...indexes];
  return Buffer.concat([head, ...numbers.map((one) => varint(BigInt(one) << 1n)), body]);
}

export function protobufJson(
  bytes: Buffer,
  framed: boolean,
  { schema, references }: ProtobufText,
  optionalIsNull: boolean,
): unknown {
  const parsed = protoSchema(schema, references);
  const reader = new Reader(bytes, framed ? 5 : 0, bytes.length);
  let indexes = [0];
  if (framed) {
    const zigzag = (): number => Number(reader.varint() >> 1n);
    const count = zigzag();
    if (count > 0) indexes = Array.from({ length: count }, zigzag);
  }
  const message = messageAt(parsed, indexes);
  if (message === undefined) throw new Error(`no message ${indexes.join()}`);
  return decode(reader, message, optionalIsNull);
}

const known = new Set([
  'google.protobuf.Timestamp',
  'google.type.Date',
  'google.type.TimeOfDay',
  'confluent.type.Decimal',
]);

function isWrapper({ fullName }: MessageType): boolean {
  return /^google\.protobuf\.\w+Value$/.test(fullName);
}

// ---- JSON to bytes

function encode(value: unknown, message: MessageType): Buffer {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof LosslessNumber) {
    // A single column may stand without its name.
    const [only] = message.fields;
    return only === undefined ? Buffer.alloc(0) : field(only, value);
  }
  const entries = Object.entries(value);
  return Buffer.concat(
    message.fields.map((one) => {
      const own = entries.find(([name]) => name.toUpperCase() === one.name.toUpperCase());
      return own === undefined ? Buffer.alloc(0) : field(one, own[1]);
    }),
  );
}

function field(one: MessageField, value: unknown): Buffer {
  if (value === null || value === undefined) return Buffer.alloc(0);
  if (one.type.kind === 'map') {
    const { key, value: inner } = one.type;
    return Buffer.concat(
      Object.entries(value as object).map(([name, item]) =>
        sized(one.number, Buffer.concat([field(key, name), field(inner, item)])),
      ),
    );
  }
  // Lists of numbers unpacked: readers have to take both.
  if (one.repeated) return Buffer.concat((value as unknown[]).map((item) => element(one, item)));
  return element(one, value);
}

function element({ number, type }: MessageField, value: unknown): Buffer {
  const text = value instanceof LosslessNumber ? value.toString() : String(value);
  const tagged = (wire: number, bytes: Buffer): Buffer => Buffer.concat([varint(BigInt(number * 8 + wire)), bytes]);
  if (type.kind === 'enum') {
    const found = [...type.values].find(([, name]) => name === value);
    return tagged(0, varint(BigInt(found?.[0] ?? Number(text))));
  }
  if (type.kind === 'message') return sized(number, messageBytes(type.message, value, text));
  const scalar = type.kind === 'scalar' ? type.scalar : '';
  switch (scalar) {
    case 'string':
      return sized(number, Buffer.from(typeof value === 'string' ? value : jsonText(value)));
    case 'bytes':
      return sized(number, Buffer.from(text, 'base64'));
    case 'bool':
      return tagged(0, varint(value === true ? 1n : 0n));
    case 'double':
    case 'float': {
      const out = Buffer.alloc(scalar === 'double' ? 8 : 4);
      if (scalar === 'double') out.writeDoubleLE(Number(text));
      else out.writeFloatLE(Number(text));
      return tagged(scalar === 'double' ? 1 : 5, out);
    }
    case 'sint32':
    case 'sint64': {
      const wide = BigInt(text);
      return tagged(0, varint((wide << 1n) ^ (wide >> 63n)));
    }
    default:
      if (scalar.includes('fixed')) {
        const out = Buffer.alloc(scalar.endsWith('64') ? 8 : 4);
        if (out.length === 8) out.writeBigInt64LE(BigInt(text));
        else out.writeInt32LE(Number(text) | 0);
        return tagged(out.length === 8 ? 1 : 5, out);
      }
      return tagged(0, varint(BigInt(text)));
  }
}

function messageBytes(message: MessageType, value: unknown, text: string): Buffer {
  const numbers = (...parts: number[]): Buffer =>
    Buffer.concat(
      parts.map((part, i) =>
        part === 0 ? Buffer.alloc(0) : Buffer.concat([varint(BigInt((i + 1) * 8)), varint(BigInt(part))]),
      ),
    );
  if (isWrapper(message)) return field(message.fields[0] as MessageField, value);
  switch (message.fullName) {
    case 'google.protobuf.Timestamp':
      return numbers(Math.floor(Number(text) / 1000), (Number(text) - Math.floor(Number(text) / 1000) * 1000) * 1e6);
    case 'google.type.Date': {
      const date = new Date(Number(text) * 86_400_000);
      return numbers(date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate());
    }
    case 'google.type.TimeOfDay': {
      const ms = Number(text);
      const seconds = Math.floor(ms / 1000);
      return numbers(
        Math.floor(seconds / 3600),
        Math.floor(seconds / 60) % 60,
        seconds % 60,
        (ms - seconds * 1000) * 1e6,
      );
    }
    case 'confluent.type.Decimal': {
      const [whole = '0', fraction = ''] = text.split('.');
      const unscaled = BigInt(whole + fraction);
      let length = 1;
      while (BigInt.asIntN(length * 8, unscaled) !== unscaled) length++;
      const hex = BigInt.asUintN(length * 8, unscaled)
        .toString(16)
        .padStart(length * 2, '0');
      return Buffer.concat([
        sized(1, Buffer.from(hex, 'hex')),
        fraction === '' ? Buffer.alloc(0) : Buffer.concat([varint(24n), varint(BigInt(fraction.length))]),
      ]);
    }
    default:
      return encode(value, message);
  }
}

function sized(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(number * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function varint(value: bigint): Buffer {
  const out: number[] = [];
  let left = BigInt.asUintN(64, value);
  while (left > 127n) {
    out.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  out.push(Number(left));
  return Buffer.from(out);
}

// ---- bytes to JSON

class Reader {
  private readonly bytes: Buffer;
  private at: number;
  private readonly end: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get ended(): boolean {
    return this.at >= this.end;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error('the varint does not end');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  take(count: number): Buffer {
    if (this.at + count > this.end) throw new Error('too short');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}

function decode(reader: Reader, message: MessageType, optionalIsNull: boolean): Record<string, unknown> {
  const found = new Map<number, unknown[]>();
  while (!reader.ended) {
    const tag = Number(reader.varint());
    const number = tag >> 3;
    const wire = tag & 7;
    const one = message.fields.find((candidate) => candidate.number === number);
    if (one === undefined) throw new Error(`the message ${message.fullName} has no field ${number}`);
    const list = found.get(number) ?? [];
    found.set(number, list);
    if (wire === 2) {
      const bytes = reader.take(Number(reader.varint()));
      const numeric = one.type.kind === 'enum' || (one.type.kind === 'scalar' && !/string|bytes/.test(one.type.scalar));
      if (one.repeated && numeric) {
        const inner = new Reader(bytes, 0, bytes.length);
        while (!inner.ended) list.push(numberOf(inner, one.type));
      } else list.push(sizedValue(bytes, one.type, optionalIsNull));
    } else list.push(numberOf(reader, one.type));
  }
  return Object.fromEntries(
    message.fields
      .filter((one) => one.oneof === undefined || found.has(one.number))
      .map((one) => [one.name, valueOf(one, found.get(one.number), optionalIsNull)]),
  );
}

function valueOf(one: MessageField, values: unknown[] | undefined, optionalIsNull: boolean): unknown {
  if (one.type.kind === 'map') return Object.fromEntries((values ?? []) as [string, unknown][]);
  if (one.repeated) return values ?? [];
  if (values !== undefined) return values.at(-1);
  if (one.type.kind === 'message' || (one.presence && optionalIsNull)) return null;
  if (one.type.kind === 'enum') return one.type.values.get(0);
  const { scalar } = one.type;
  return scalar === 'string' || scalar === 'bytes' ? '' : scalar === 'bool' ? false : new LosslessNumber('0');
}

function numberOf(reader: Reader, type: FieldType): unknown {
  if (type.kind === 'enum') {
    const number = Number(BigInt.asIntN(32, reader.varint()));
    return type.values.get(number) ?? number;
  }
  const scalar = type.kind === 'scalar' ? type.scalar : '';
  // What JSON has no number for stands as text, as Jackson writes it.
  const number = (value: bigint | number): LosslessNumber | string =>
    typeof value === 'bigint' || Number.isFinite(value) ? new LosslessNumber(String(value)) : String(value);
  switch (scalar) {
    case 'bool':
      return reader.varint() !== 0n;
    case 'double':
      return number(reader.take(8).readDoubleLE(0));
    case 'float':
      return number(reader.take(4).readFloatLE(0));
    case 'fixed32':
      return number(reader.take(4).readUInt32LE(0));
    case 'sfixed32':
      return number(reader.take(4).readInt32LE(0));
    case 'fixed64':
    case 'sfixed64':
      return number(reader.take(8).readBigInt64LE(0));
    case 'sint32':
    case 'sint64': {
      const value = reader.varint();
      return number((value >> 1n) ^ -(value & 1n));
    }
    default:
      return number(BigInt.asIntN(scalar.endsWith('32') ? 32 : 64, reader.varint()));
  }
}

function sizedValue(bytes: Buffer, type: FieldType, optionalIsNull: boolean): unknown {
  const inner = new Reader(bytes, 0, bytes.length);
  if (type.kind === 'map') {
    const entry = decode(
      inner,
      { name: '', fullName: 'entry', nested: [], oneofs: [], fields: [type.key, type.value] },
      optionalIsNull,
    );
    const key = entry['key'];
    return [key instanceof LosslessNumber ? key.toString() : String(key), entry['value']];
  }
  if (type.kind !== 'message')
    return type.kind === 'scalar' && type.scalar === 'bytes' ? bytes.toString('base64') : bytes.toString('utf8');
  const { message } = type;
  const fields = decode(inner, message, optionalIsNull);
  if (isWrapper(message)) return fields['value'];
  if (!known.has(message.fullName)) return fields;
  const of = (name: string): number => Number(String(fields[name] ?? 0));
  switch (message.fullName) {
    case 'google.protobuf.Timestamp':
      return new LosslessNumber(String(of('seconds') * 1000 + of('nanos') / 1e6));
    case 'google.type.Date':
      return new LosslessNumber(String(Date.UTC(of('year'), of('month') - 1, of('day')) / 86_400_000));
    case 'google.type.TimeOfDay':
      return new LosslessNumber(
        String((of('hours') * 3600 + of('minutes') * 60 + of('seconds')) * 1000 + of('nanos') / 1e6),
      );
    default: {
      const raw = Buffer.from(String(fields['value']), 'base64');
      const unscaled = raw.length === 0 ? 0n : BigInt.asIntN(raw.length * 8, BigInt(`0x${raw.toString('hex')}`));
      const scale = of('scale');
      if (scale === 0) return new LosslessNumber(String(unscaled));
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
      return new LosslessNumber(`${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
    }
  }
}
