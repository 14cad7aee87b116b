/**
 * Between Avro's schemas and Connect's, as Confluent's AvroData does it with its default settings: null-or-type becomes an optional schema, any
 * other union a STRUCT with one field per branch, an enum a STRING that remembers its symbols in parameters; on the way back names,
 * parameters and defaults go into `connect.*` attributes.
 */
import { branchName } from '../../formats/avro/schema.ts';
import type { AvroField, AvroSchema } from '../../formats/avro/schema.ts';
import { avroUnionName, DataException, logicalNames } from './schema.ts';
import type { ConnectField, ConnectSchema, ConnectType, ConnectValue } from './schema.ts';

const enumParameter = 'io.confluent.connect.avro.Enum';
const enumDocPrefix = 'io.confluent.connect.avro.enum.doc.';
const enumDefaultPrefix = 'io.confluent.connect.avro.enum.default.';
const recordDoc = 'io.confluent.connect.avro.record.doc';
const fieldDocPrefix = 'io.confluent.connect.avro.field.doc.';
const fieldDefaultFlag = 'io.confluent.connect.avro.field.default';
const decimalPrecision = 'connect.decimal.precision';
/** A precision that the schema need not remember. */
const decimalPrecisionDefault = 64;
/** The record name of a STRUCT without one. */
const defaultRecordName = 'ConnectDefault';
const defaultNamespace = 'io.confluent.connect.avro';

export interface AvroDataOptions {
  /** `enhanced.avro.schema.support`: enums come back as enums. */
  readonly enhanced: boolean;
  /** `connect.meta.data`: `connect.*` attributes are written. */
  readonly metaData: boolean;
}

/** The Connect schema of an Avro schema. Throws {@link DataException} for what Connect cannot hold. */
export function toConnectSchema(schema: AvroSchema): ConnectSchema {
  return convert(schema, false, undefined, new Map());
}

const plainTypes = {
  boolean: 'BOOLEAN',
  int: 'INT32',
  long: 'INT64',
  float: 'FLOAT32',
  double: 'FLOAT64',
  string: 'STRING',
  bytes: 'BYTES',
  fixed: 'BYTES',
} as const satisfies Record<string, ConnectType>;

type Open = Map<AvroSchema, { -readonly [K in keyof ConnectSchema]: ConnectSchema[K] }>;

function convert(schema: AvroSchema, optional: boolean, field: AvroField | undefined, open: Open): ConnectSchema {
  switch (schema.kind) {
    case 'null':
      throw new DataException('Standalone null schemas are not supported by this converter');
    case 'union':
      return convertUnion(schema.branches, field, open);
    case 'record': {
      const inProgress = open.get(schema);
      if (inProgress !== undefined) return optional ? optionalOf(inProgress) : inProgress;
      const parameters = new Map<string, string>();
      if (schema.doc !== undefined) parameters.set(recordDoc, schema.doc);
      for (const { name, doc } of schema.fields) if (doc !== undefined) parameters.set(fieldDocPrefix + name, doc);
      const struct = finish('STRUCT', optional, field, { name: schema.name, parameters });
      open.set(schema, struct);
      struct.fields = schema.fields.map((one) => ({ name: one.name, schema: convert(one.type, false, one, open) }));
      open.delete(schema);
      return struct;
    }
    case 'enum': {
      const simple = schema.name.slice(schema.name.lastIndexOf('.') + 1);
      const parameters = new Map<string, string>();
      if (schema.doc !== undefined) parameters.set(enumDocPrefix + simple, schema.doc);
      if (schema.default !== undefined) parameters.set(enumDefaultPrefix + simple, schema.default);
      parameters.set(enumParameter, schema.name);
      for (const symbol of schema.symbols) parameters.set(`${enumParameter}.${symbol}`, symbol);
      return finish('STRING', optional, field, { name: schema.name, parameters });
    }
    case 'array':
      return finish('ARRAY', optional, field, { valueSchema: convert(schema.items, false, undefined, open) });
    case 'map':
      return finish('MAP', optional, field, {
        keySchema: { type: 'STRING', optional: false },
        valueSchema: convert(schema.values, false, undefined, open),
      });
    default:
      return finish(plainTypes[schema.kind], optional, field, logicalParts(schema));
  }
}

function convertUnion(branches: readonly AvroSchema[], field: AvroField | undefined, open: Open): ConnectSchema {
  const others = branches.filter((branch) => branch.kind !== 'null');
  if (branches.length === 2 && others.length === 1 && others[0] !== undefined)
    return convert(others[0], true, undefined, open);
  const fields: ConnectField[] = [];
  for (const branch of others) {
    const name = unionFieldName(branch);
    if (fields.some((one) => one.name === name))
      throw new DataException('Multiple union schemas map to the Connect union field name');
    fields.push({ name, schema: convert(branch, true, undefined, open) });
  }
  return finish('STRUCT', others.length < branches.length, field, { name: avroUnionName, fields });
}

/** The field that stands for a branch: its kind, or the name of a record or an enum without namespace. */
export function unionFieldName(branch: AvroSchema): string {
  if (branch.kind === 'fixed') return 'fixed';
  const name = branchName(branch);
  return name.slice(name.lastIndexOf('.') + 1);
}

function finish(
  type: ConnectType,
  optional: boolean,
  field: AvroField | undefined,
  parts: Partial<ConnectSchema>,
): { -readonly [K in keyof ConnectSchema]: ConnectSchema[K] } {
  const parameters = new Map(parts.parameters);
  let byDefault: ConnectValue | undefined;
  if (field?.default !== undefined && field.default !== null) {
    parameters.set(fieldDefaultFlag, 'true');
    byDefault = defaultOf(field.default);
  }
  return {
    type,
    optional,
    ...parts,
    ...(byDefault === undefined ? {} : { default: byDefault }),
    ...(parameters.size > 0 ? { parameters } : {}),
  };
}

/** Numbers, texts and truth values as they are; what is composed goes through its JSON form. */
function defaultOf(value: unknown): ConnectValue {
  if (Array.isArray(value)) return value.map(defaultOf);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, defaultOf(member)]));
  return value as ConnectValue;
}

function logicalParts(schema: Exclude<AvroSchema, { readonly kind: 'union' }>): Partial<ConnectSchema> {
  const { logicalType, scale, precision } = schema.properties;
  if ((schema.kind === 'bytes' || schema.kind === 'fixed') && logicalType === 'decimal') {
    if (typeof scale !== 'number') throw new DataException('scale must be specified and must be a number.');
    const parameters = new Map([['scale', String(scale)]]);
    if (typeof precision === 'number' && precision !== decimalPrecisionDefault)
      parameters.set(decimalPrecision, String(precision));
    return { name: logicalNames.decimal, version: 1, parameters };
  }
  if (schema.kind === 'int' && logicalType === 'date') return { name: logicalNames.date, version: 1 };
  if (schema.kind === 'int' && logicalType === 'time-millis') return { name: logicalNames.time, version: 1 };
  if (schema.kind === 'long' && logicalType === 'timestamp-millis') return { name: logicalNames.timestamp, version: 1 };
  return {};
}

function optionalOf(schema: ConnectSchema): ConnectSchema {
  // Shares the fields, which are not known yet.
  return Object.create(schema, { optional: { value: true, enumerable: true } }) as ConnectSchema;
}

/** The symbols of a STRING that was an enum, in their order; undefined for any other. */
export function enumSymbols(schema: ConnectSchema): string[] | undefined {
  if (schema.parameters?.has(enumParameter) !== true) return undefined;
  return [...schema.parameters].flatMap(([key, symbol]) => (key.startsWith(`${enumParameter}.`) ? [symbol] : []));
}

/** JSON of the Avro schema that AvroConverter registers for a Connect schema. */
export function toAvroJson(schema: ConnectSchema, options: AvroDataOptions): unknown {
  return new AvroWriter(options).of(schema, false);
}

const avroTypes = {
  INT8: 'int',
  INT16: 'int',
  INT32: 'int',
  INT64: 'long',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'boolean',
  STRING: 'string',
  BYTES: 'bytes',
} as const;

class AvroWriter {
  private readonly options: AvroDataOptions;
  /** Records and enums that are written out already, by full name; later ones only refer to them. */
  private readonly written = new Set<string>();

  constructor(options: AvroDataOptions) {
    this.options = options;
  }

  of(schema: ConnectSchema, ignoreOptional: boolean): unknown {
    if (schema.type === 'STRUCT' && schema.name === avroUnionName) {
      const branches = (schema.fields ?? []).map((field) => this.of(field.schema, true));
      return schema.optional ? ['null', ...branches] : branches;
    }
    const base = this.base(schema);
    if (ignoreOptional || !schema.optional) return base;
    return schema.default === undefined ? ['null', base] : [base, 'null'];
  }

  private base(schema: ConnectSchema): unknown {
    const json: Record<string, unknown> = {};
    const symbols = schema.parameters?.get(enumParameter);
    if (schema.type === 'STRUCT') {
      const name = schema.name ?? `${defaultNamespace}.${defaultRecordName}`;
      if (this.written.has(name)) return name;
      this.written.add(name);
      this.name(json, 'record', name);
      const doc = schema.parameters?.get(recordDoc);
      if (doc !== undefined) json['doc'] = doc;
      json['fields'] = (schema.fields ?? []).map((field) => this.field(schema, field));
    } else if (schema.type === 'STRING' && this.options.enhanced && symbols !== undefined) {
      if (this.written.has(symbols)) return symbols;
      this.written.add(symbols);
      this.name(json, 'enum', symbols);
      json['symbols'] = enumSymbols(schema);
    } else if (schema.type === 'ARRAY') {
      json['type'] = 'array';
      if (schema.valueSchema !== undefined) json['items'] = this.of(schema.valueSchema, false);
    } else if (schema.type === 'MAP') {
      json['type'] = 'map';
      if (schema.valueSchema !== undefined) json['values'] = this.of(schema.valueSchema, false);
    } else {
      json['type'] = avroTypes[schema.type];
      if (schema.name === logicalNames.decimal) {
        json['scale'] = Number(schema.parameters?.get('scale') ?? 0);
        json['precision'] = Number(schema.parameters?.get(decimalPrecision) ?? decimalPrecisionDefault);
      }
    }
    this.attributes(json, schema);
    return Object.keys(json).length === 1 ? json['type'] : json;
  }

  private name(json: Record<string, unknown>, type: string, fullName: string): void {
    json['type'] = type;
    const dot = fullName.lastIndexOf('.');
    json['name'] = fullName.slice(dot + 1);
    if (dot >= 0) json['namespace'] = fullName.slice(0, dot);
  }

  private field(record: ConnectSchema, { name, schema }: ConnectField): unknown {
    const json: Record<string, unknown> = { name, type: this.of(schema, false) };
    const doc = record.parameters?.get(fieldDocPrefix + name);
    if (doc !== undefined) json['doc'] = doc;
    if (schema.default !== undefined) json['default'] = schema.default;
    else if (schema.optional) json['default'] = null;
    return json;
  }

  private attributes(json: Record<string, unknown>, schema: ConnectSchema): void {
    if (this.options.metaData) {
      if (schema.version !== undefined) json['connect.version'] = schema.version;
      const parameters = [...(schema.parameters ?? [])].filter(([key]) => key !== fieldDefaultFlag);
      if (parameters.length > 0) json['connect.parameters'] = Object.fromEntries(parameters);
      if (schema.name !== undefined) json['connect.name'] = schema.name;
    }
    const logicalType = schema.name === undefined ? undefined : avroLogicalTypes[schema.name];
    if (logicalType !== undefined) json['logicalType'] = logicalType;
  }
}

const avroLogicalTypes: Readonly<Record<string, string>> = {
  [logicalNames.decimal]: 'decimal',
  [logicalNames.date]: 'date',
  [logicalNames.time]: 'time-millis',
  [logicalNames.timestamp]: 'timestamp-millis',
};
