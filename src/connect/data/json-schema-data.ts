/**
 * Connect's schemas as JSON Schema, as Confluent's JsonSchemaData makes them with its default settings: `connect.index` keeps the order of the
 * fields, `connect.type` tells what JSON's types do not, what is optional is one of null and its type.
 */
import { DataException, logicalNames } from './schema.ts';
import type { ConnectSchema, ConnectType, ConnectValue } from './schema.ts';

type Json = Readonly<Record<string, unknown>>;

/** Names in front of parameters that are Confluent's own notes for this format. */
const ownParameters = 'io.confluent.connect.json';

export interface JsonSchemaOptions {
  /** `object.additional.properties`: objects may have other members than the schema's. */
  readonly additionalProperties: boolean;
  /** A value as the JSON that a record would have, for the defaults. */
  readonly textOf: (schema: ConnectSchema, value: ConnectValue) => string;
}

/** The schema as the registry gets it. Throws {@link DataException} for one that contains itself. */
export function toJsonSchemaText(schema: ConnectSchema, options: JsonSchemaOptions): string {
  return JSON.stringify(jsonOf(schema, options, undefined, []));
}

function jsonOf(
  schema: ConnectSchema,
  options: JsonSchemaOptions,
  index: number | undefined,
  within: readonly ConnectSchema[],
): Json {
  if (within.includes(schema))
    throw new DataException('JsonSchemaConverter of this worker cannot hold a schema that contains itself');
  const place = index === undefined ? {} : { 'connect.index': index };
  const base = requiredOf(schema, options, [...within, schema]);
  return schema.optional ? { oneOf: [{ type: 'null' }, base], ...place } : { ...base, ...place };
}

function requiredOf(schema: ConnectSchema, options: JsonSchemaOptions, within: readonly ConnectSchema[]): Json {
  const parameters = [...(schema.parameters ?? [])].filter(([name]) => !name.startsWith(ownParameters));
  const { type, ...connect } = typeOf(schema, options, within);
  return {
    ...(type === undefined ? {} : { type }),
    ...(schema.name === undefined ? {} : { title: schema.name }),
    ...(schema.doc === undefined ? {} : { description: schema.doc }),
    ...(schema.default === undefined ? {} : { default: JSON.parse(options.textOf(schema, schema.default)) as unknown }),
    ...connect,
    ...(schema.version === undefined ? {} : { 'connect.version': schema.version }),
    ...(parameters.length === 0 ? {} : { 'connect.parameters': Object.fromEntries(parameters) }),
  };
}

const integers: ReadonlySet<ConnectType> = new Set(['INT8', 'INT16', 'INT32', 'INT64']);

function typeOf(schema: ConnectSchema, options: JsonSchemaOptions, within: readonly ConnectSchema[]): Json {
  const { type, valueSchema, fields = [] } = schema;
  const inner = (of: ConnectSchema | undefined, index?: number): Json =>
    of === undefined ? {} : jsonOf(of, options, index, within);
  switch (type) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'STRING':
      return { type: 'string' };
    case 'BYTES':
      return { type: schema.name === logicalNames.decimal ? 'number' : 'string', 'connect.type': 'bytes' };
    case 'ARRAY':
      return { type: 'array', items: inner(valueSchema) };
    case 'MAP':
      return { type: 'object', additionalProperties: inner(valueSchema), 'connect.type': 'map' };
    case 'STRUCT':
      return {
        type: 'object',
        properties: Object.fromEntries(fields.map(({ name, schema: of }, i) => [name, inner(of, i)])),
        ...(options.additionalProperties ? {} : { additionalProperties: false }),
      };
    default:
      return { type: integers.has(type) ? 'integer' : 'number', 'connect.type': type.toLowerCase() };
  }
}
