/** Converters without structure: texts as Java's `toString` gives them, bytes as they are, single numbers as Kafka's serializers write them. */
import { javaDouble, javaFloat } from '../../formats/java-numbers.ts';
import { avroUnionName, DataException, javaClassOf, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct, ConnectType, ConnectValue } from '../data/schema.ts';
import { ByteSink } from './byte-sink.ts';
import type { Converter, Encode } from './converter.ts';
import { decimalText } from './json-converter.ts';

type Encoding = 'utf8' | 'latin1' | 'ascii' | 'utf16le';

/** The names of Java's character sets that are also Node's. */
export const stringEncodings: Readonly<Record<string, Encoding>> = {
  'UTF-8': 'utf8',
  UTF8: 'utf8',
  'ISO-8859-1': 'latin1',
  'US-ASCII': 'ascii',
  'UTF-16LE': 'utf16le',
};

/** `org.apache.kafka.connect.storage.StringConverter`. */
export function stringConverter(encoding: Encoding = 'utf8'): Converter {
  return {
    prepare(_topic, schema) {
      const text = javaText(schema);
      const sink = new ByteSink();
      const encode: Encode = (value) => {
        if (value === null) return null;
        if (encoding !== 'utf8') return Buffer.from(text(value), encoding);
        sink.position = 0;
        sink.text(text(value));
        return sink.view();
      };
      return Promise.resolve(encode);
    },
  };
}

type Text = (value: ConnectValue) => string;

/** `toString` of a value's Java object, for values of one schema that are not null. */
export function javaText(schema: ConnectSchema, known: Map<ConnectSchema, Text> = new Map()): Text {
  const inner = schema.valueSchema;
  switch (schema.type) {
    case 'FLOAT32':
      return (value) => javaFloat(value as number);
    case 'FLOAT64':
      return (value) => javaDouble(value as number);
    case 'INT32':
    case 'INT64':
      if (schema.name === logicalNames.date) return (value) => javaDateText(Number(value) * 86_400_000);
      if (schema.name === logicalNames.time || schema.name === logicalNames.timestamp)
        return (value) => javaDateText(Number(value));
      return String;
    case 'BYTES': {
      if (schema.name === logicalNames.decimal) {
        const scale = Number(schema.parameters?.get('scale') ?? 0);
        return (value) => decimalText(value as Buffer, scale);
      }
      return (value) => {
        const { length } = value as Buffer;
        return `java.nio.HeapByteBuffer[pos=0 lim=${length} cap=${length}]`;
      };
    }
    case 'ARRAY': {
      const item = inner === undefined ? String : javaText(inner, known);
      return (value) =>
        `[${(value as readonly ConnectValue[]).map((one) => (one === null ? 'null' : item(one))).join(', ')}]`;
    }
    case 'MAP': {
      const item = inner === undefined ? String : javaText(inner, known);
      return (value) => {
        const entries = [...(value as ReadonlyMap<string, ConnectValue>)];
        return `{${entries.map(([key, one]) => `${key}=${one === null ? 'null' : item(one)}`).join(', ')}}`;
      };
    }
    case 'STRUCT':
      return structText(schema, known);
    default:
      return String;
  }
}

/** Fields that are null are left out. */
function structText(schema: ConnectSchema, known: Map<ConnectSchema, Text>): Text {
  const found = known.get(schema);
  if (found !== undefined) return found;
  let fields: readonly { readonly name: string; readonly text: Text }[] = [];
  const text: Text = (value) => {
    const parts: string[] = [];
    for (const field of fields) {
      const member = (value as ConnectStruct)[field.name] ?? null;
      if (member !== null) parts.push(`${field.name}=${field.text(member)}`);
    }
    return `Struct{${parts.join(',')}}`;
  };
  known.set(schema, text); // a struct may hold itself
  fields = (schema.fields ?? []).map((field) => ({ name: field.name, text: javaText(field.schema, known) }));
  return text;
}

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** As `java.util.Date` prints in UTC: `Tue Nov 14 22:13:20 UTC 2023`. */
function javaDateText(ms: number): string {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${two(date.getUTCDate())} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} UTC ${date.getUTCFullYear()}`;
}

/** `org.apache.kafka.connect.converters.ByteArrayConverter`. */
export function byteArrayConverter(): Converter {
  return {
    prepare(_topic, schema) {
      if (schema.type !== 'BYTES')
        throw new DataException(`Invalid schema type for ByteArrayConverter: ${schema.type}`);
      if (schema.name === logicalNames.decimal)
        throw new DataException('ByteArrayConverter is not compatible with objects of type class java.math.BigDecimal');
      return Promise.resolve((value) => value as Buffer | null);
    },
  };
}

interface NumberKind {
  readonly type: ConnectType;
  readonly typeName: string;
  readonly write: (value: number | bigint) => Buffer;
}

/** The converters of single numbers, by the last part of their class name. */
const numberKinds: Readonly<Record<string, NumberKind>> = {
  ShortConverter: {
    type: 'INT16',
    typeName: 'short',
    write: (value) => sized(2, (b) => b.writeInt16BE(Number(value))),
  },
  IntegerConverter: {
    type: 'INT32',
    typeName: 'integer',
    write: (value) => sized(4, (b) => b.writeInt32BE(Number(value))),
  },
  LongConverter: {
    type: 'INT64',
    typeName: 'long',
    write: (value) => sized(8, (b) => b.writeBigInt64BE(BigInt(value))),
  },
  FloatConverter: {
    type: 'FLOAT32',
    typeName: 'float',
    write: (value) => sized(4, (b) => b.writeFloatBE(Number(value))),
  },
  DoubleConverter: {
    type: 'FLOAT64',
    typeName: 'double',
    write: (value) => sized(8, (b) => b.writeDoubleBE(Number(value))),
  },
};

function sized(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  write(bytes);
  return bytes;
}

/** `org.apache.kafka.connect.converters.{Short,Integer,Long,Float,Double}Converter`. */
export function numberConverter(name: string): Converter {
  return {
    prepare(_topic, schema) {
      const kind = numberKinds[name];
      if (kind === undefined) throw new DataException(`There is no ${name}`);
      return Promise.resolve((value) => {
        if (value === null) return null;
        // A union of Avro is a Struct for Java, too.
        if (schema.type !== kind.type || schema.name === avroUnionName || schema.name === logicalNames.timestamp)
          throw new DataException(`Failed to serialize to ${kind.typeName} (was class ${javaClassOf(schema)}): `);
        return kind.write(value as number | bigint);
      });
    },
  };
}

const yes = Buffer.from([1]);
const no = Buffer.from([0]);

/** `org.apache.kafka.connect.converters.BooleanConverter`. */
export function booleanConverter(): Converter {
  return {
    prepare(_topic, schema) {
      if (schema.type !== 'BOOLEAN')
        throw new DataException(`Invalid schema type for BooleanConverter: ${schema.type}`);
      return Promise.resolve((value) => (value === null ? null : value === true ? yes : no));
    },
  };
}
