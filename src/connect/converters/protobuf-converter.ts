/**
 * `io.confluent.connect.protobuf.ProtobufConverter`: the registry's framing (a zero byte, the schema's id, the indexes of the message: a single
 * zero for the first one) and the value in Protobuf's wire format. As proto3 has it, what is zero, empty or false is not written.
 */
import { WireWriter } from '../../formats/protobuf/wire.ts';
import { toProtoText } from '../data/proto-data.ts';
import { DataException, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct, ConnectValue } from '../data/schema.ts';
import type { Converter, ConverterContext } from './converter.ts';
import { registeredId } from './registered-schema.ts';
import type { RegistryOptions } from './registered-schema.ts';

export function protobufConverter(options: RegistryOptions, context: ConverterContext): Converter {
  return {
    async prepare(topic, schema, alwaysNull = false) {
      if (alwaysNull) return () => null;
      const id = await registeredId('Protobuf', toProtoText(schema), topic, schema, options, context);
      const write = structWriter(schema);
      const out = new WireWriter();
      out.room(6).writeUInt32BE(id, 1);
      out.bytes[0] = 0;
      out.bytes[5] = 0;
      return (value) => {
        if (value === null) return null;
        out.at = 6;
        write(out, value);
        return out.bytes.subarray(0, out.at);
      };
    },
  };
}

type Write = (out: WireWriter, value: ConnectValue) => void;

const varintType = 0;
const fixed64Type = 1;
const sizedType = 2;
const fixed32Type = 5;

function structWriter(schema: ConnectSchema): Write {
  const fields = (schema.fields ?? []).map((field, i) => ({ ...field, write: fieldWriter(field.schema, i + 1) }));
  return (out, value) => {
    for (const { name, schema: of, write } of fields) {
      const member = (value as ConnectStruct)[name] ?? null;
      if (member !== null) write(out, member);
      else if (!of.optional && of.default === undefined)
        throw new DataException(`Invalid value: null used for required field: "${name}", schema type: ${of.type}`);
    }
  };
}

function fieldWriter(schema: ConnectSchema, number: number): Write {
  const { valueSchema } = schema;
  if (schema.type === 'ARRAY' && valueSchema !== undefined) return arrayWriter(valueSchema, number);
  if (schema.type === 'MAP' && valueSchema !== undefined) {
    const value = valueWriter(valueSchema, 2);
    return (out, map) => {
      for (const [key, one] of map as ReadonlyMap<string, ConnectValue>) {
        tag(out, number, sizedType);
        out.nested((entry) => {
          tag(entry, 1, sizedType);
          entry.sized(Buffer.from(key));
          if (one !== null) value(entry, one);
        });
      }
    };
  }
  const write = valueWriter(schema, number);
  return (out, value) => {
    if (!isNothing(value)) write(out, value);
  };
}

/** Numbers and truth values are packed. */
function arrayWriter(item: ConnectSchema, number: number): Write {
  const packed = item.name === undefined ? bareWriters[item.type] : undefined;
  if (packed === undefined) {
    const write = valueWriter(item, number);
    return (out, list) => {
      for (const one of list as readonly ConnectValue[]) if (one !== null) write(out, one);
    };
  }
  return (out, list) => {
    const items = list as readonly ConnectValue[];
    if (items.length === 0) return;
    tag(out, number, sizedType);
    out.nested((inner) => {
      for (const one of items) if (one !== null) packed.write(inner, one);
    });
  };
}

/** Writes the tag and the value, whatever it is. */
function valueWriter(schema: ConnectSchema, number: number): Write {
  const logical = logicalWriter(schema);
  const struct = logical ?? (schema.type === 'STRUCT' ? structWriter(schema) : undefined);
  if (struct !== undefined)
    return (out, value) => {
      tag(out, number, sizedType);
      out.nested((inner) => struct(inner, value));
    };
  const bare = bareWriters[schema.type];
  if (bare !== undefined)
    return (out, value) => {
      tag(out, number, bare.wireType);
      bare.write(out, value);
    };
  return (out, value) => {
    tag(out, number, sizedType);
    out.sized(typeof value === 'string' ? Buffer.from(value) : (value as Buffer));
  };
}

interface Bare {
  readonly wireType: number;
  readonly write: Write;
}

const varint: Bare = { wireType: varintType, write: (out, value) => out.long(value as number | bigint) };

const bareWriters: Readonly<Partial<Record<ConnectSchema['type'], Bare>>> = {
  INT8: varint,
  INT16: varint,
  INT32: varint,
  INT64: varint,
  BOOLEAN: { wireType: varintType, write: (out, value) => out.varint(value === true ? 1 : 0) },
  FLOAT32: {
    wireType: fixed32Type,
    write: (out, value) => {
      out.room(4).writeFloatLE(value as number, out.at);
      out.at += 4;
    },
  },
  FLOAT64: {
    wireType: fixed64Type,
    write: (out, value) => {
      out.room(8).writeDoubleLE(value as number, out.at);
      out.at += 8;
    },
  },
};

const dayMs = 86_400_000;

/** The fields of the well-known message that stands for a logical type. */
function logicalWriter(schema: ConnectSchema): Write | undefined {
  const numbers = (out: WireWriter, values: readonly number[]): void => {
    for (const [i, value] of values.entries()) {
      if (value === 0) continue;
      tag(out, i + 1, varintType);
      out.long(value);
    }
  };
  switch (schema.name) {
    case logicalNames.timestamp:
      return (out, value) => {
        const seconds = Math.floor(Number(value) / 1000);
        numbers(out, [seconds, (Number(value) - seconds * 1000) * 1_000_000]);
      };
    case logicalNames.date:
      return (out, value) => {
        const date = new Date(Number(value) * dayMs);
        numbers(out, [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()]);
      };
    case logicalNames.time:
      return (out, value) => {
        const ms = Number(value);
        const seconds = Math.floor(ms / 1000);
        numbers(out, [
          Math.floor(seconds / 3600),
          Math.floor(seconds / 60) % 60,
          seconds % 60,
          (ms % 1000) * 1_000_000,
        ]);
      };
    case logicalNames.decimal: {
      const scale = Number(schema.parameters?.get('scale') ?? 0);
      return (out, value) => {
        tag(out, 1, sizedType);
        out.sized(value as Buffer);
        // Field 2 is the precision, which Connect's schema does not have.
        if (scale === 0) return;
        tag(out, 3, varintType);
        out.long(scale);
      };
    }
    default:
      return undefined;
  }
}

function isNothing(value: ConnectValue): boolean {
  if (value === 0 || value === 0n) return !Object.is(value, -0);
  return value === '' || value === false || (Buffer.isBuffer(value) && value.length === 0);
}

function tag(out: WireWriter, number: number, wireType: number): void {
  out.varint(number * 8 + wireType);
}
