/**
 * `org.apache.kafka.connect.json.JsonConverter`: compact JSON in the order of the schema's fields, in an envelope with the schema unless
 * `schemas.enable` is false. Bytes in base64, logical types as what stands for them.
 */
import { javaDouble, javaFloat } from '../../formats/java-numbers.ts';
import { DataException, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct, ConnectType, ConnectValue } from '../data/schema.ts';
import { ByteSink } from './byte-sink.ts';
import type { Converter } from './converter.ts';

export interface JsonConverterOptions extends ValueTextOptions {
  readonly schemasEnable: boolean;
}

/** How values are written. */
export interface ValueTextOptions {
  /** `decimal.format`. */
  readonly decimals: 'BASE64' | 'NUMERIC';
  /** `replace.null.with.default`. */
  readonly replaceNull: boolean;
}

export function jsonConverter(options: JsonConverterOptions): Converter {
  return {
    prepare(_topic, schema) {
      const text = valueText(schema, options);
      const sink = new ByteSink();
      const head = options.schemasEnable ? `{"schema":${JSON.stringify(jsonSchema(schema, undefined))},"payload":` : '';
      sink.text(head);
      const start = sink.position;
      return Promise.resolve((value) => {
        sink.position = start;
        sink.text(text(value));
        if (options.schemasEnable) sink.byte(0x7d);
        return sink.view();
      });
    },
  };
}

const typeNames: Readonly<Record<ConnectType, string>> = {
  INT8: 'int8',
  INT16: 'int16',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
  ARRAY: 'array',
  MAP: 'map',
  STRUCT: 'struct',
};

/** A schema in the envelope's form, its attributes in the order in which the real converter writes them. */
function jsonSchema(schema: ConnectSchema, field: string | undefined, within: readonly ConnectSchema[] = []): unknown {
  if (within.includes(schema)) throw new DataException('JsonConverter cannot hold a schema that contains itself');
  const inside = [...within, schema];
  const json: Record<string, unknown> = { type: typeNames[schema.type] };
  if (schema.type === 'ARRAY' && schema.valueSchema) json['items'] = jsonSchema(schema.valueSchema, undefined, inside);
  if (schema.type === 'MAP' && schema.keySchema && schema.valueSchema) {
    json['keys'] = jsonSchema(schema.keySchema, undefined, inside);
    json['values'] = jsonSchema(schema.valueSchema, undefined, inside);
  }
  if (schema.type === 'STRUCT') json['fields'] = schema.fields?.map((one) => jsonSchema(one.schema, one.name, inside));
  json['optional'] = schema.optional;
  if (schema.name !== undefined) json['name'] = schema.name;
  if (schema.version !== undefined) json['version'] = schema.version;
  if (schema.doc !== undefined) json['doc'] = schema.doc;
  if (schema.parameters !== undefined) json['parameters'] = Object.fromEntries(schema.parameters);
  if (schema.default !== undefined) json['default'] = schema.default;
  if (field !== undefined) json['field'] = field;
  return json;
}

type Text = (value: ConnectValue) => string;

/** Compact JSON of the schema's values. */
export function valueText(schema: ConnectSchema, options: ValueTextOptions): Text {
  return jsonText(schema, options, new Map());
}

function jsonText(schema: ConnectSchema, options: ValueTextOptions, known: Map<ConnectSchema, Text>): Text {
  const base = baseText(schema, options, known);
  const replaced = schema.default === undefined || !options.replaceNull ? undefined : base(schema.default);
  return (value) => {
    if (value !== null) return base(value);
    if (replaced !== undefined) return replaced;
    if (schema.optional) return 'null';
    throw new DataException('Conversion error: null value for field that is required and has no default value');
  };
}

function baseText(schema: ConnectSchema, options: ValueTextOptions, known: Map<ConnectSchema, Text>): Text {
  switch (schema.type) {
    case 'BOOLEAN':
    case 'INT8':
    case 'INT16':
    case 'INT32':
    case 'INT64':
      return String;
    case 'FLOAT32':
      return (value) => javaFloat(value as number);
    case 'FLOAT64':
      return (value) => javaDouble(value as number);
    case 'STRING':
      return (value) => quoted(value as string);
    case 'BYTES':
      if (schema.name === logicalNames.decimal && options.decimals === 'NUMERIC') {
        const scale = Number(schema.parameters?.get('scale') ?? 0);
        return (value) => decimalText(value as Buffer, scale);
      }
      return (value) => `"${(value as Buffer).toString('base64')}"`;
    case 'ARRAY': {
      const item = schema.valueSchema === undefined ? String : jsonText(schema.valueSchema, options, known);
      return (value) => `[${(value as readonly ConnectValue[]).map(item).join(',')}]`;
    }
    case 'MAP': {
      const item = schema.valueSchema === undefined ? String : jsonText(schema.valueSchema, options, known);
      return (value) => {
        let out = '';
        for (const [key, one] of value as ReadonlyMap<string, ConnectValue>) out += `,${quoted(key)}:${item(one)}`;
        return `{${out.slice(1)}}`;
      };
    }
    case 'STRUCT':
      return structText(schema, options, known);
  }
}

function structText(schema: ConnectSchema, options: ValueTextOptions, known: Map<ConnectSchema, Text>): Text {
  const found = known.get(schema);
  if (found !== undefined) return found;
  let fields: readonly { readonly name: string; readonly head: string; readonly text: Text }[] = [];
  const text: Text = (value) => {
    let out = '';
    for (const field of fields) out += field.head + field.text((value as ConnectStruct)[field.name] ?? null);
    return out === '' ? '{}' : `${out}}`;
  };
  known.set(schema, text); // a struct may hold itself
  fields = (schema.fields ?? []).map((field, i) => ({
    name: field.name,
    head: `${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`,
    text: jsonText(field.schema, options, known),
  }));
  return text;
}

const plain = /^[\x20\x21\x23-\x5b\x5d-\x7f]*$/;

/** As Jackson quotes: upper-case digits in `\u001F`. */
function quoted(text: string): string {
  if (plain.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/\\u00[0-9a-f]{2}/g, (escape) => `\\u${escape.slice(2).toUpperCase()}`);
}

/** The digits of a decimal whose unscaled value is in two's complement. */
export function decimalText(unscaled: Buffer, scale: number): string {
  const bits = 8 * unscaled.length;
  const value = bits === 0 ? 0n : BigInt.asIntN(bits, BigInt(`0x${unscaled.toString('hex')}`));
  if (scale <= 0) return String(value * 10n ** BigInt(-scale));
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0');
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
