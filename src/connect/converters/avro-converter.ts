/**
 * `io.confluent.connect.avro.AvroConverter`: the registry's framing (a zero byte, the schema's id, 4 bytes big-endian) and the value in Avro's
 * binary encoding. The schema is registered when the first record of a topic is converted.
 */
import { printAvroSchema, parseAvroSchema } from '../../formats/avro/schema.ts';
import { enumSymbols, toAvroJson } from '../data/avro-data.ts';
import { avroUnionName, DataException } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct, ConnectValue } from '../data/schema.ts';
import { ByteSink } from './byte-sink.ts';
import type { Converter, ConverterContext } from './converter.ts';
import { registeredId } from './registered-schema.ts';
import type { RegistryOptions } from './registered-schema.ts';

export interface AvroConverterOptions extends RegistryOptions {
  readonly enhanced: boolean;
  readonly metaData: boolean;
}

const framingBytes = 5;

export function avroConverter(options: AvroConverterOptions, context: ConverterContext): Converter {
  return {
    async prepare(topic, schema, alwaysNull = false) {
      if (alwaysNull) return () => null;
      const text = printAvroSchema(parseAvroSchema(JSON.stringify(toAvroJson(schema, options))));
      const id = await registeredId('Avro', text, topic, schema, options, context);
      const sink = new ByteSink();
      sink.byte(0);
      sink.bytes.writeUInt32BE(id, sink.take(framingBytes - 1));
      const write = avroWriter(schema, { enhanced: options.enhanced, structs: new Map() });
      return (value) => {
        // A null is a null record, not a union's null, as in the real converter.
        if (value === null && schema.optional) return null;
        sink.position = framingBytes;
        write(sink, value);
        return sink.view();
      };
    },
  };
}

type Write = (sink: ByteSink, value: ConnectValue) => void;

interface Known {
  readonly enhanced: boolean;
  /** Writers by struct, since a struct may hold itself. */
  readonly structs: Map<ConnectSchema, Write>;
}

/** A writer of values in the Avro schema that `toAvroJson` makes; one that is optional begins with the branch. */
function avroWriter(schema: ConnectSchema, known: Known): Write {
  if (schema.type === 'STRUCT' && schema.name === avroUnionName) return unionWriter(schema, known);
  const base = baseWriter(schema, known);
  if (!schema.optional) {
    return (sink, value) => {
      if (value === null) throw new DataException('Invalid value: null used for required field');
      base(sink, value);
    };
  }
  // ["null", T], or [T, "null"] when there is a default.
  const [none, some] = schema.default === undefined ? [0, 2] : [2, 0];
  return (sink, value) => {
    sink.byte(value === null ? none : some);
    if (value !== null) base(sink, value);
  };
}

function unionWriter(schema: ConnectSchema, known: Known): Write {
  const shift = schema.optional ? 1 : 0;
  const branches = (schema.fields ?? []).map(({ name, schema: branch }) => ({
    name,
    write: baseWriter(branch, known),
  }));
  return (sink, value) => {
    if (value === null) return sink.byte(0);
    for (const [i, { name, write }] of branches.entries()) {
      const member = (value as ConnectStruct)[name] ?? null;
      if (member === null) continue;
      sink.zigZag(i + shift);
      return write(sink, member);
    }
    throw new DataException('Invalid value: no branch of the union is set');
  };
}

function baseWriter(schema: ConnectSchema, known: Known): Write {
  switch (schema.type) {
    case 'BOOLEAN':
      return (sink, value) => sink.byte(value === true ? 1 : 0);
    case 'INT8':
    case 'INT16':
    case 'INT32':
      return (sink, value) => sink.zigZag(value as number);
    case 'INT64':
      return (sink, value) => {
        if (typeof value === 'bigint') sink.zigZagBig(value);
        else sink.zigZag(value as number);
      };
    case 'FLOAT32':
      return (sink, value) => {
        const at = sink.take(4);
        sink.bytes.writeFloatLE(value as number, at);
      };
    case 'FLOAT64':
      return (sink, value) => {
        const at = sink.take(8);
        sink.bytes.writeDoubleLE(value as number, at);
      };
    case 'STRING': {
      const symbols = known.enhanced ? enumSymbols(schema) : undefined;
      if (symbols === undefined) return (sink, value) => writeText(sink, value as string);
      const indexes = new Map(symbols.map((symbol, i) => [symbol, i]));
      return (sink, value) => sink.zigZag(indexes.get(value as string) ?? 0);
    }
    case 'BYTES':
      return (sink, value) => {
        sink.zigZag((value as Buffer).length);
        sink.raw(value as Buffer);
      };
    case 'ARRAY': {
      const item = schema.valueSchema === undefined ? undefined : avroWriter(schema.valueSchema, known);
      return (sink, value) => {
        const items = value as readonly ConnectValue[];
        if (items.length > 0) sink.zigZag(items.length);
        for (const one of items) item?.(sink, one);
        sink.byte(0);
      };
    }
    case 'MAP': {
      const item = schema.valueSchema === undefined ? undefined : avroWriter(schema.valueSchema, known);
      return (sink, value) => {
        const entries = value as ReadonlyMap<string, ConnectValue>;
        if (entries.size > 0) sink.zigZag(entries.size);
        for (const [key, one] of entries) {
          writeText(sink, key);
          item?.(sink, one);
        }
        sink.byte(0);
      };
    }
    case 'STRUCT': {
      const found = known.structs.get(schema);
      if (found !== undefined) return found;
      let fields: readonly { readonly name: string; readonly write: Write }[] = [];
      const write: Write = (sink, value) => {
        for (const field of fields) field.write(sink, (value as ConnectStruct)[field.name] ?? null);
      };
      known.structs.set(schema, write);
      fields = (schema.fields ?? []).map((field) => ({ name: field.name, write: avroWriter(field.schema, known) }));
      return write;
    }
  }
}

function writeText(sink: ByteSink, text: string): void {
  // Short ASCII, the usual case, in one pass; the length is only known afterwards otherwise.
  const { length } = text;
  if (length < 64) {
    const start = sink.take(length + 1);
    const { bytes } = sink;
    let i = 0;
    for (; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) break;
      bytes[start + 1 + i] = code;
    }
    if (i === length) {
      bytes[start] = length * 2;
      return;
    }
    sink.position = start;
  }
  const bytes = Buffer.byteLength(text);
  sink.zigZag(bytes);
  sink.bytes.write(text, sink.take(bytes), bytes, 'utf8');
}
