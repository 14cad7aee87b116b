/** Protobuf fields as SQL values, as Connect's converter gives them: known messages are dates, numbers, texts; entries are maps. */
import { javaDouble } from '../../sql/functions/java-double.ts';
import type { SqlType } from '../../sql/types.ts';
import type { FieldType, MessageField, MessageType } from '../../formats/protobuf/message-type.ts';
import { cursor, malformed, readVarint } from './bytes.ts';
import { decimalText } from './avro-value.ts';
import { scalarReaders, skipField, span, wireTypeOf } from './protobuf-wire.ts';
import type { WireReader } from './protobuf-wire.ts';

/** `optional` fields that are absent are null only when the format says so. */
export interface ProtobufReading {
  readonly optionalIsNull: boolean;
}

/** How one field is read, wherever it stands. */
export interface FieldReader {
  /** Tags that one value may have behind it. */
  readonly tag: number;
  /** Of lists of numbers: the tag of all of them together. */
  readonly packedTag?: number;
  /** A value, or of a map an entry. */
  readonly read: WireReader;
  /** What the field is when nothing of it is there. */
  initial(): unknown;
  /** Puts a value into what was there. */
  readonly collect?: (into: unknown, value: unknown) => void;
}

/** undefined when the field is no value of the type. */
export function fieldReader(field: MessageField, type: SqlType, reading: ProtobufReading): FieldReader | undefined {
  const of = field.type;
  const tag = (wire: number): number => field.number * 8 + wire;
  if (of.kind === 'map') {
    if (type.kind !== 'MAP') return undefined;
    const key = fieldReader(of.key, { kind: 'STRING' }, reading);
    const value = fieldReader(of.value, type.value, reading);
    if (key === undefined || value === undefined) return undefined;
    return {
      tag: tag(2),
      read: (b, at, end) => {
        const from = span(b, at, end);
        const until = cursor.at;
        const [name, one] = readFields(b, from, until, [key, value]);
        cursor.at = until;
        return [name, one];
      },
      initial: () => ({}),
      collect: (into, entry) => {
        const [name, one] = entry as [string, unknown];
        Object.defineProperty(into as object, name, {
          value: one,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      },
    };
  }
  if (field.repeated) {
    if (type.kind !== 'ARRAY') return undefined;
    const element = elementReader(of, type.element, reading);
    if (element === undefined) return undefined;
    const wire = wireOf(of);
    return {
      tag: tag(wire),
      ...(wire !== 2 && { packedTag: tag(2) }),
      read: element,
      initial: () => [],
      collect: (into, value) => void (into as unknown[]).push(value),
    };
  }
  const read = elementReader(of, type, reading);
  if (read === undefined) return undefined;
  const absent =
    field.type.kind === 'message' || (field.presence && (reading.optionalIsNull || field.oneof !== undefined));
  const byDefault = absent ? null : defaultOf(of, type);
  return { tag: tag(wireOf(of)), read, initial: () => byDefault };
}

function wireOf(type: FieldType): number {
  return type.kind === 'scalar' ? wireTypeOf(type.scalar) : type.kind === 'enum' ? 0 : 2;
}

function defaultOf(type: FieldType, to: SqlType): unknown {
  if (type.kind === 'enum') return type.values.get(0) ?? [...type.values.values()][0] ?? null;
  switch (to.kind) {
    case 'BOOLEAN':
      return false;
    case 'STRING':
      return type.kind === 'scalar' && type.scalar !== 'string' ? (type.scalar === 'bool' ? 'false' : '0') : '';
    case 'BYTES':
      return Buffer.alloc(0);
    default:
      return 0;
  }
}

const integers = new Set([
  'int32',
  'sint32',
  'sfixed32',
  'uint32',
  'fixed32',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
]);
const narrow = new Set(['int32', 'sint32', 'sfixed32']);

function elementReader(type: FieldType, to: SqlType, reading: ProtobufReading): WireReader | undefined {
  if (type.kind === 'enum') {
    if (to.kind !== 'STRING') return undefined;
    const name = type.name.slice(type.name.lastIndexOf('.') + 1);
    return (b, at, end) => {
      const number = (scalarReaders['int32'] as WireReader)(b, at, end) as number;
      return type.values.get(number) ?? `UNKNOWN_ENUM_VALUE_${name}_${number}`;
    };
  }
  if (type.kind === 'map') return undefined;
  if (type.kind === 'message') return messageReader(type.message, to, reading);
  const { scalar } = type;
  const read = scalarReaders[scalar] as WireReader;
  const fits =
    (to.kind === 'INTEGER' && narrow.has(scalar)) ||
    (to.kind === 'BIGINT' && integers.has(scalar)) ||
    (to.kind === 'BOOLEAN' && scalar === 'bool') ||
    (to.kind === 'BYTES' && scalar === 'bytes') ||
    (to.kind === 'STRING' && scalar === 'string');
  if (fits) return read;
  if (to.kind === 'DOUBLE' && (scalar === 'float' || scalar === 'double')) return read;
  if (to.kind === 'DOUBLE' && integers.has(scalar)) return (b, at, end) => Number(read(b, at, end));
  // What a column of text gets of another type is its text.
  if (to.kind === 'STRING' && scalar !== 'bytes') {
    const fraction = scalar === 'float' || scalar === 'double';
    return (b, at, end) => {
      const value = read(b, at, end);
      return fraction ? javaDouble(value as number) : String(value);
    };
  }
  return undefined;
}

const wrappers: ReadonlyMap<string, string> = new Map([
  ['google.protobuf.DoubleValue', 'double'],
  ['google.protobuf.FloatValue', 'float'],
  ['google.protobuf.Int64Value', 'int64'],
  ['google.protobuf.UInt64Value', 'uint64'],
  ['google.protobuf.Int32Value', 'int32'],
  ['google.protobuf.UInt32Value', 'uint32'],
  ['google.protobuf.BoolValue', 'bool'],
  ['google.protobuf.StringValue', 'string'],
  ['google.protobuf.BytesValue', 'bytes'],
]);

function messageReader(message: MessageType, to: SqlType, reading: ProtobufReading): WireReader | undefined {
  const numbers = (count: number, make: (values: number[]) => unknown): WireReader => {
    const readers = Array.from({ length: count }, (_, i): FieldReader => {
      const field = message.fields.find(({ number }) => number === i + 1);
      const scalar = field?.type.kind === 'scalar' ? field.type.scalar : 'int32';
      return {
        tag: (i + 1) * 8 + wireTypeOf(scalar),
        read: scalarReaders[scalar] as WireReader,
        initial: () => 0,
      };
    });
    return inside((b, from, until) => make(readFields(b, from, until, readers).map(Number)));
  };
  const wrapped = wrappers.get(message.fullName);
  if (wrapped !== undefined && to.kind !== 'STRUCT') {
    const field: MessageField = {
      name: 'value',
      number: 1,
      repeated: false,
      presence: false,
      options: [],
      type: { kind: 'scalar', scalar: wrapped },
    };
    const value = fieldReader(field, to, reading);
    return value && inside((b, from, until) => readFields(b, from, until, [value])[0]);
  }
  if (to.kind === 'TIMESTAMP' && message.fullName === 'google.protobuf.Timestamp')
    return numbers(2, ([seconds = 0, nanos = 0]) => seconds * 1000 + Math.trunc(nanos / 1e6));
  if (to.kind === 'DATE' && message.fullName === 'google.type.Date')
    return numbers(3, ([year = 0, month = 0, day = 0]) => Math.floor(Date.UTC(year, month - 1, day) / 86_400_000));
  if (to.kind === 'TIME' && message.fullName === 'google.type.TimeOfDay')
    return numbers(
      4,
      ([hours = 0, minutes = 0, seconds = 0, nanos = 0]) =>
        (hours * 3600 + minutes * 60 + seconds) * 1000 + Math.trunc(nanos / 1e6),
    );
  if (to.kind === 'DECIMAL') return message.fullName === 'confluent.type.Decimal' ? decimalReader(to) : undefined;
  if (to.kind !== 'STRUCT') return undefined;
  const read = structReader(message, to.fields, reading);
  return read && inside(read);
}

/** The value of a length and bytes. */
function inside(read: (b: Buffer, from: number, until: number) => unknown): WireReader {
  return (b, at, end) => {
    const from = span(b, at, end);
    const until = cursor.at;
    const value = read(b, from, until);
    cursor.at = until;
    return value;
  };
}

function decimalReader(to: SqlType & { readonly kind: 'DECIMAL' }): WireReader {
  const readers: FieldReader[] = [
    { tag: 10, read: scalarReaders['bytes'] as WireReader, initial: () => Buffer.alloc(0) },
    { tag: 24, read: scalarReaders['int32'] as WireReader, initial: () => 0 },
  ];
  return inside((b, from, until) => {
    const [bytes, scale] = readFields(b, from, until, readers) as [Buffer, number];
    const text = decimalText(bytes, scale);
    if (scale === to.scale) return text;
    const [whole = '0', fraction = ''] = text.split('.');
    const kept = fraction.padEnd(to.scale, '0').slice(0, to.scale);
    return to.scale === 0 ? whole : `${whole}.${kept}`;
  });
}

/** A message as a struct; what it does not have is null. */
function structReader(
  message: MessageType,
  fields: (SqlType & { readonly kind: 'STRUCT' })['fields'],
  reading: ProtobufReading,
): ((b: Buffer, from: number, until: number) => unknown) | undefined {
  const readers: FieldReader[] = [];
  const places: { readonly name: string; readonly union?: string }[] = [];
  const add = (field: MessageField, type: SqlType, place: { name: string; union?: string }): boolean => {
    const reader = fieldReader(field, type, reading);
    if (reader === undefined) return false;
    readers.push(reader);
    places.push(place);
    return true;
  };
  const find = (name: string): MessageField | undefined =>
    message.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  for (const { name, type } of fields) {
    const own = find(name);
    const union = own === undefined && type.kind === 'STRUCT' ? unionOf(message, name) : undefined;
    if (own !== undefined) {
      if (!add(own, type, { name })) return undefined;
    } else if (union !== undefined && type.kind === 'STRUCT') {
      for (const inner of type.fields) {
        const member = find(inner.name);
        if (member !== undefined && !add(member, inner.type, { name: inner.name, union: name })) return undefined;
      }
    }
  }
  return (b, from, until) => {
    const out: Record<string, unknown> = {};
    for (const { name } of fields) out[name] = null;
    const values = readFields(b, from, until, readers);
    places.forEach(({ name, union }, i) => {
      if (union === undefined) out[name] = values[i];
      else if (values[i] !== null) out[union] = { ...(out[union] as object | null), [name]: values[i] };
    });
    return out;
  };
}

/** The index of the oneof that a struct of this name stands for. */
export function unionOf(message: MessageType, name: string): number | undefined {
  const at = message.oneofs.findIndex((oneof, i) => `${oneof}_${i}`.toLowerCase() === name.toLowerCase());
  return at < 0 ? undefined : at;
}

function readFields(b: Buffer, from: number, until: number, readers: readonly FieldReader[]): unknown[] {
  const values = readers.map((reader) => reader.initial());
  let at = from;
  while (at < until) {
    const tag = readVarint(b, at);
    at = cursor.at;
    let found = false;
    for (let i = 0; i < readers.length; i++) {
      const reader = readers[i] as FieldReader;
      if (tag === reader.tag) {
        const value = reader.read(b, at, until);
        if (reader.collect === undefined) values[i] = value;
        else reader.collect(values[i], value);
        at = cursor.at;
        found = true;
        break;
      }
      if (tag === reader.packedTag) {
        at = readPacked(b, at, until, reader, values[i]);
        found = true;
        break;
      }
    }
    if (!found) at = skipField(b, at, until, tag);
    if (!(at <= until)) throw malformed('it is shorter than its schema');
  }
  return values;
}

/** Numbers of a list that lie together; gives where they end. */
export function readPacked(b: Buffer, position: number, end: number, reader: FieldReader, into: unknown): number {
  let at = span(b, position, end);
  const until = cursor.at;
  while (at < until) {
    reader.collect?.(into, reader.read(b, at, until));
    at = cursor.at;
    if (!(at <= until)) throw malformed('a list is longer than its bytes');
  }
  return until;
}
