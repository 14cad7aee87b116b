/** Plain values as Protobuf bytes, as Connect's converter writes them: nulls and defaults without presence are left out. */
import type { FieldType, MessageField, MessageType, ProtoSchema } from '../../formats/protobuf/message-type.ts';
import { indexesOf } from '../../formats/protobuf/message-type.ts';
import { WireWriter } from '../../formats/protobuf/wire.ts';
import type { SqlField, SqlType } from '../../sql/types.ts';
import { malformed } from './bytes.ts';
import { unionOf } from './protobuf-value.ts';
import { wireTypeOf } from './protobuf-wire.ts';

type Write = (out: WireWriter, value: unknown) => void;

/** A message's bytes; undefined when its fields cannot hold the columns. */
export function protobufWriter(
  message: MessageType,
  columns: readonly SqlField[],
): ((values: readonly unknown[]) => Buffer) | undefined {
  const write = messageWriter(message, columns);
  if (write === undefined) return undefined;
  return (values) => {
    const out = new WireWriter();
    write(out, (i) => values[i] ?? null);
    return out.bytes.subarray(0, out.at);
  };
}

/** The bytes between schema id and message: how many indexes, and they; only a zero for the first message. */
export function messageIndexBytes(schema: ProtoSchema, fullName: string): Buffer {
  const indexes = indexesOf(schema, fullName) ?? [0];
  if (indexes.length === 1 && indexes[0] === 0) return Buffer.from([0]);
  const out = new WireWriter();
  for (const value of [indexes.length, ...indexes]) out.varint(value * 2);
  return Buffer.from(out.bytes.subarray(0, out.at));
}

function messageWriter(
  message: MessageType,
  columns: readonly SqlField[],
): ((out: WireWriter, value: (i: number) => unknown) => void) | undefined {
  const find = (name: string): MessageField | undefined =>
    message.fields.find((field) => field.name === name) ??
    message.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
  const writers: Write[] = [];
  for (const { name, type } of columns) {
    const field = find(name);
    if (field !== undefined) {
      const one = fieldWriter(field, type);
      if (one === undefined) return undefined;
      writers.push(one);
      continue;
    }
    if (type.kind !== 'STRUCT' || unionOf(message, name) === undefined) return undefined;
    const members = type.fields.map((inner) => {
      const member = find(inner.name);
      return { name: inner.name, write: member && fieldWriter(member, inner.type) };
    });
    if (members.some(({ write }) => write === undefined)) return undefined;
    writers.push((out, value) => {
      if (value === null) return;
      for (const { name: of, write } of members) write?.(out, (value as Record<string, unknown>)[of] ?? null);
    });
  }
  return (out, value) => {
    for (let i = 0; i < writers.length; i++) (writers[i] as Write)(out, value(i));
  };
}

function fieldWriter(field: MessageField, type: SqlType): Write | undefined {
  const of = field.type;
  const tag = (wire: number): number => field.number * 8 + wire;
  if (of.kind === 'map') {
    if (type.kind !== 'MAP') return undefined;
    const key = fieldWriter(of.key, { kind: 'STRING' });
    const value = fieldWriter(of.value, type.value);
    if (key === undefined || value === undefined) return undefined;
    return (out, map) => {
      if (map === null) return;
      for (const [name, one] of Object.entries(map as object)) {
        out.varint(tag(2));
        out.nested((inner) => {
          key(inner, name);
          value(inner, one ?? null);
        });
      }
    };
  }
  if (field.repeated) {
    const element = type.kind === 'ARRAY' ? elementWriter(of, type.element) : undefined;
    if (element === undefined) return undefined;
    const wire = wireOf(of);
    return (out, list) => {
      const items = (list ?? []) as readonly unknown[];
      if (items.length === 0) return;
      if (items.some((item) => item === null || item === undefined))
        throw malformed(`the list ${field.name} has a null, which Protobuf cannot hold`);
      if (wire === 2) {
        for (const item of items) {
          out.varint(tag(2));
          element(out, item);
        }
        return;
      }
      out.varint(tag(2));
      out.nested((inner) => {
        for (const item of items) element(inner, item);
      });
    };
  }
  const element = elementWriter(of, type);
  if (element === undefined) return undefined;
  const full = tag(wireOf(of));
  const always = field.presence || of.kind === 'message';
  return (out, value) => {
    if (value === null || value === undefined || (!always && isDefault(value, of))) return;
    out.varint(full);
    element(out, value);
  };
}

function wireOf(type: FieldType): number {
  return type.kind === 'scalar' ? wireTypeOf(type.scalar) : type.kind === 'enum' ? 0 : 2;
}

function isDefault(value: unknown, type: FieldType): boolean {
  if (type.kind === 'enum') return type.values.get(0) === value;
  if (value instanceof Uint8Array) return value.length === 0;
  return value === '' || value === false || Object.is(value, 0) || value === 0n;
}

function elementWriter(type: FieldType, from: SqlType): Write | undefined {
  if (type.kind === 'map') return undefined;
  if (type.kind === 'enum') {
    const numbers = new Map([...type.values].map(([number, name]) => [name, number]));
    if (from.kind !== 'STRING') return undefined;
    return (out, value) => {
      const number = numbers.get(value as string);
      if (number === undefined) throw malformed(`${JSON.stringify(value)} is no constant of the enum ${type.name}`);
      out.long(number);
    };
  }
  if (type.kind === 'message') return knownWriter(type.message, from);
  return scalarWriter(type.scalar, from);
}

function scalarWriter(scalar: string, { kind }: SqlType): Write | undefined {
  const integer = kind === 'INTEGER' || kind === 'BIGINT';
  switch (scalar) {
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return integer ? (out, value) => out.long(value as number | bigint) : undefined;
    case 'sint32':
    case 'sint64':
      return integer
        ? (out, value) => {
            const wide = BigInt(value as number | bigint);
            out.long(BigInt.asUintN(64, (wide << 1n) ^ (wide >> 63n)));
          }
        : undefined;
    case 'fixed32':
    case 'sfixed32':
      return integer
        ? (out, value) => {
            const bits = Number(BigInt.asIntN(32, BigInt(value as number | bigint)));
            out.at = out.room(4).writeInt32LE(bits, out.at);
          }
        : undefined;
    case 'fixed64':
    case 'sfixed64':
      return integer
        ? (out, value) => void (out.at = out.room(8).writeBigInt64LE(BigInt(value as number | bigint), out.at))
        : undefined;
    case 'float':
      return kind === 'DOUBLE' || integer
        ? (out, value) => void (out.at = out.room(4).writeFloatLE(Number(value), out.at))
        : undefined;
    case 'double':
      return kind === 'DOUBLE' || integer
        ? (out, value) => void (out.at = out.room(8).writeDoubleLE(Number(value), out.at))
        : undefined;
    case 'bool':
      return kind === 'BOOLEAN' ? (out, value) => out.varint(value === true ? 1 : 0) : undefined;
    case 'string':
      return kind === 'STRING' ? (out, value) => out.sized(Buffer.from(value as string)) : undefined;
    case 'bytes':
      return kind === 'BYTES' ? (out, value) => out.sized(value as Uint8Array) : undefined;
    default:
      return undefined;
  }
}

/** Messages that stand for SQL values, and structs. */
function knownWriter(message: MessageType, from: SqlType): Write | undefined {
  const numbers =
    (parts: (value: number) => readonly number[]): Write =>
    (out, value) =>
      out.nested((inner) =>
        parts(value as number).forEach((part, i) => {
          if (part === 0) return;
          inner.varint((i + 1) * 8);
          inner.long(part);
        }),
      );
  switch (from.kind) {
    case 'TIMESTAMP':
      if (message.fullName !== 'google.protobuf.Timestamp') return undefined;
      return numbers((ms) => {
        const seconds = Math.floor(ms / 1000);
        return [seconds, (ms - seconds * 1000) * 1e6];
      });
    case 'DATE':
      if (message.fullName !== 'google.type.Date') return undefined;
      return numbers((days) => {
        const date = new Date(days * 86_400_000);
        return [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
      });
    case 'TIME':
      if (message.fullName !== 'google.type.TimeOfDay') return undefined;
      return numbers((ms) => {
        const seconds = Math.floor(ms / 1000);
        return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60, (ms % 1000) * 1e6];
      });
    case 'DECIMAL': {
      if (message.fullName !== 'confluent.type.Decimal') return undefined;
      const { precision } = from;
      return (out, value) =>
        out.nested((inner) => {
          const text = String(value);
          const [whole = '0', fraction = ''] = text.split('.');
          inner.varint(10);
          inner.sized(twosComplement(BigInt(whole + fraction)));
          inner.varint(16);
          inner.varint(precision);
          if (fraction.length > 0) {
            inner.varint(24);
            inner.varint(fraction.length);
          }
        });
    }
    case 'STRUCT': {
      const write = messageWriter(message, from.fields);
      const names = from.fields.map(({ name }) => name);
      return (
        write &&
        ((out, value) =>
          out.nested((inner) => write(inner, (i) => (value as Record<string, unknown>)[names[i] ?? ''] ?? null)))
      );
    }
    default: {
      if (!/^google\.protobuf\.\w+Value$/.test(message.fullName)) return undefined;
      const field = message.fields.find(({ number }) => number === 1);
      const write = field && fieldWriter(field, from);
      return write && ((out, value) => out.nested((inner) => write(inner, value)));
    }
  }
}

function twosComplement(value: bigint): Buffer {
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length++;
  return Buffer.from(
    BigInt.asUintN(length * 8, value)
      .toString(16)
      .padStart(length * 2, '0'),
    'hex',
  );
}
