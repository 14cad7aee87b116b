/** `Cast`: fields, or a whole key or value, as another type. */
import { DataException, javaClassOf, logicalNames } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct, ConnectType, ConnectValue } from '../data/schema.ts';
import { decimalText } from '../converters/json-converter.ts';
import { javaText } from '../converters/plain-converters.ts';
import { listOf } from '../config/config-def.ts';
import { narrow, parseJavaNumber } from './java-numbers.ts';
import {
  basicsOf,
  fieldValue,
  halfOf,
  perSchema,
  requireFields,
  requireStruct,
  structLike,
  withHalf,
} from './record.ts';
import { simpleDateFormat } from './simple-date-format.ts';
import { key, onBothSides, replaceNullKey, wrongConfiguration } from './transformation.ts';
import type { TransformationPlugin } from './transformation.ts';

const types: readonly ConnectType[] = [
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FLOAT32',
  'FLOAT64',
  'BOOLEAN',
  'STRING',
  'BYTES',
  'ARRAY',
  'MAP',
  'STRUCT',
];
/** In the order in which the real worker names them. */
const targets: readonly ConnectType[] = types.slice(0, 8);

interface Spec {
  readonly whole?: ConnectType;
  readonly fields: ReadonlyMap<string, ConnectType>;
}

/** The spec, or what is wrong with it. */
function specOf(entries: readonly string[]): Spec | string {
  if (entries.length === 0) return 'Must specify at least one field to cast.';
  const fields = new Map<string, ConnectType>();
  let whole: ConnectType | undefined;
  for (const entry of entries) {
    const parts = entry.split(':');
    if (parts.length > 2)
      return `Invalid value [${entries.join(', ')}] for configuration renames: Invalid rename mapping: ${entry}`;
    const text = (parts[1] ?? parts[0] ?? '').trim();
    const type = types.find((one) => one === text.toUpperCase());
    if (type === undefined)
      return `Invalid value java.lang.IllegalArgumentException: No enum constant org.apache.kafka.connect.data.Schema.Type.${text.toUpperCase()} for configuration Invalid type found in casting spec: ${text}`;
    if (!targets.includes(type))
      return `Cast transformation does not support casting to ${type}; supported types are [${targets.join(', ')}]`;
    if (parts.length === 2) fields.set((parts[0] ?? '').trim(), type);
    else whole = type;
  }
  if (whole !== undefined && entries.length > 1)
    return 'Cast transformations that specify a type to cast the entire value to may only specify a single cast in their spec';
  return { fields, ...(whole === undefined ? {} : { whole }) };
}

const keys = [
  key(
    'spec',
    'LIST',
    'HIGH',
    'Pairs FIELD:TYPE, or one TYPE for the whole; types are int8 … int64, float32, float64, boolean, string.',
    {
      check: (value) => {
        const spec = specOf(listOf(value));
        return typeof spec === 'string' ? spec : undefined;
      },
    },
  ),
  replaceNullKey,
];

export const cast: readonly TransformationPlugin[] = onBothSides('Cast', keys, (values, side) => {
  const spec = specOf(values.list('spec'));
  if (typeof spec === 'string') throw wrongConfiguration(spec);
  const { whole, fields } = spec;
  const replaceNull = values.flag('replace.null.with.default');
  const updatedWhole = perSchema((schema) => castSchema(schema, whole ?? 'STRING', basicsOf(schema)));
  const updated = perSchema((schema): ConnectSchema => {
    requireFields(schema);
    const struct = structLike(
      schema,
      (schema.fields ?? []).map((field) => {
        const type = fields.get(field.name);
        return type === undefined ? field : { name: field.name, schema: castSchema(field.schema, type, {}) };
      }),
    );
    return { ...struct, optional: schema.optional };
  });
  return (record) => {
    const half = halfOf(record, side);
    if (half.value === null) return record;
    if (whole !== undefined)
      return withHalf(record, side, {
        schema: updatedWhole(half.schema),
        value: castValue(half.schema, half.value, whole),
      });
    const schema = updated(half.schema);
    const struct = requireStruct(half, 'cast types');
    const value: Record<string, ConnectValue> = {};
    for (const field of half.schema.fields ?? []) {
      const before = fieldValue(struct, field, replaceNull);
      const type = fields.get(field.name);
      value[field.name] = type === undefined ? before : castValue(field.schema, before, type);
    }
    return withHalf(record, side, { schema, value });
  };
});

function castSchema(schema: ConnectSchema, type: ConnectType, basics: Partial<ConnectSchema>): ConnectSchema {
  const { default: byDefault, optional } = schema;
  return {
    type,
    optional,
    ...basics,
    ...(byDefault === undefined || byDefault === null ? {} : { default: castValue(schema, byDefault, type) }),
  };
}

function castValue(schema: ConnectSchema, value: ConnectValue, type: ConnectType): ConnectValue {
  if (value === null) return null;
  if (schema.type === 'ARRAY' || schema.type === 'MAP' || schema.type === 'STRUCT')
    throw new DataException(
      `Cast transformation does not support casting from ${schema.type}; supported types are [${[...targets.slice(0, 8), 'BYTES'].join(', ')}]`,
    );
  if (type === 'STRING') return castText(schema, value);
  const isDecimal = schema.name === logicalNames.decimal;
  if (schema.type === 'BYTES' && !isDecimal)
    throw new DataException(`Unexpected type in Cast transformation: class ${javaClassOf(schema)}`);
  if (type === 'BOOLEAN') {
    if (typeof value === 'string') return value.toLowerCase() === 'true';
    return typeof value === 'boolean'
      ? value
      : Number(narrow(numberOf(schema, value, 'INT64'), 'INT64', isFloating(schema))) !== 0;
  }
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'string') {
    const parsed = parseJavaNumber(value, type);
    if (parsed === undefined) throw new DataException(`Value (${value}) was out of range for requested data type`);
    return parsed;
  }
  return narrow(numberOf(schema, value, type), type, isFloating(schema));
}

function isFloating({ type }: ConnectSchema): boolean {
  return type === 'FLOAT32' || type === 'FLOAT64';
}

/** The number; of a decimal with a fraction as whole numbers take it. */
function numberOf(schema: ConnectSchema, value: ConnectValue, type: ConnectType): number | bigint {
  if (schema.type !== 'BYTES') return value as number | bigint;
  const digits = decimalText(value as Buffer, Number(schema.parameters?.get('scale') ?? 0));
  return type === 'FLOAT32' || type === 'FLOAT64' ? Number(digits) : BigInt(digits.replace(/\..*$/, ''));
}

const dayMs = 86_400_000;
const never = (): Error => new Error('these patterns are valid');
const timeFormat = simpleDateFormat("HH:mm:ss.SSS'Z'", never);
const dateFormat = simpleDateFormat('yyyy-MM-dd', never);
const timestampFormat = simpleDateFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", never);

function castText(schema: ConnectSchema, value: Exclude<ConnectValue, null>): string {
  const { name, type } = schema;
  if (name === logicalNames.date || name === logicalNames.time || name === logicalNames.timestamp) {
    const ms = name === logicalNames.date ? Number(value) * dayMs : Number(value);
    if (ms < dayMs) return timeFormat.format(ms);
    return (ms % dayMs === 0 ? dateFormat : timestampFormat).format(ms);
  }
  if (type === 'BYTES' && name !== logicalNames.decimal) return (value as Buffer).toString('base64');
  return javaText(schema)(value as ConnectStruct);
}
