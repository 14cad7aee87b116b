/** Avro schemas and SQL columns: inference as Connect's converter does it, and the schemas that ksqlDB registers for its sinks. */
import { parseAvroSchema, printAvroSchema } from '../../../formats/avro/schema.ts';
import type { AvroField, AvroSchema } from '../../../formats/avro/schema.ts';
import { sqlTypes } from '../../types.ts';
import type { SqlField, SqlType } from '../../types.ts';

const namespace = 'io.confluent.ksql.avro_schemas';

/** The record's name of a value, and of a key with more than one column. */
export const defaultValueName: string = `${namespace}.KsqlDataSourceSchema`;

/** `ORDERS_BY_ID` → `OrdersByIdKey`. */
export function defaultKeyName(source: string): string {
  const camel = source
    .toLowerCase()
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
  return `${namespace}.${camel}Key`;
}

/**
 * The columns of a schema. `unwrapped`: it describes one bare value, called `single`. Names go to upper case unless `keepCase`.
 * undefined when the schema is no record although one is needed.
 */
export function avroColumns(
  text: string,
  options: { readonly unwrapped: boolean; readonly single: string; readonly keepCase: boolean },
): SqlField[] | undefined {
  const schema = parseAvroSchema(text);
  if (options.unwrapped) {
    const type = typeOf(schema, options.keepCase);
    return type && [{ name: options.single, type }];
  }
  const record = nonNull(schema);
  return record?.kind === 'record' ? fieldsOf(record.fields, options.keepCase) : undefined;
}

function fieldsOf(fields: readonly AvroField[], keepCase: boolean): SqlField[] {
  return fields.flatMap((field) => {
    const type = typeOf(field.type, keepCase);
    return type === undefined ? [] : [{ name: keepCase ? field.name : field.name.toUpperCase(), type }];
  });
}

/** The one branch that is not null; of other unions none. */
function nonNull(schema: AvroSchema): AvroSchema | undefined {
  if (schema.kind !== 'union') return schema;
  const branches = schema.branches.filter((branch) => branch.kind !== 'null');
  return branches.length === 1 ? branches[0] : undefined;
}

/** undefined: the type has no counterpart, and its column is left out. */
function typeOf(schema: AvroSchema, keepCase: boolean): SqlType | undefined {
  const properties: Readonly<Record<string, unknown>> = 'properties' in schema ? schema.properties : {};
  const logical = properties['logicalType'];
  const decimal = (): SqlType => {
    const parameters = properties['connect.parameters'] as Readonly<Record<string, string>> | undefined;
    const precision = Number(parameters?.['connect.decimal.precision'] ?? properties['precision'] ?? 64);
    return { kind: 'DECIMAL', precision, scale: Number(properties['scale'] ?? 0) };
  };
  switch (schema.kind) {
    case 'boolean':
      return sqlTypes.boolean;
    case 'int':
      return logical === 'date' ? sqlTypes.date : logical === 'time-millis' ? sqlTypes.time : sqlTypes.integer;
    case 'long':
      return logical === 'timestamp-millis' ? sqlTypes.timestamp : sqlTypes.bigint;
    case 'float':
    case 'double':
      return sqlTypes.double;
    case 'string':
    case 'enum':
      return sqlTypes.string;
    case 'bytes':
    case 'fixed':
      return logical === 'decimal' ? decimal() : sqlTypes.bytes;
    case 'array': {
      const entry = mapEntry(schema.items);
      if (entry !== undefined) {
        const [key, value] = entry.map((one) => typeOf(one, keepCase));
        return key && value && { kind: 'MAP', key, value };
      }
      const element = typeOf(schema.items, keepCase);
      return element && { kind: 'ARRAY', element };
    }
    case 'map': {
      const value = typeOf(schema.values, keepCase);
      return value && { kind: 'MAP', key: sqlTypes.string, value };
    }
    case 'record':
      return { kind: 'STRUCT', fields: fieldsOf(schema.fields, keepCase) };
    case 'union': {
      const one = nonNull(schema);
      if (one !== undefined) return typeOf(one, keepCase);
      const fields = schema.branches.flatMap((branch): SqlField[] => {
        const type = branch.kind === 'null' ? undefined : typeOf(branch, keepCase);
        if (type === undefined) return [];
        const name = 'name' in branch ? branch.name.slice(branch.name.lastIndexOf('.') + 1) : branch.kind;
        return [{ name: keepCase ? name : name.toUpperCase(), type }];
      });
      return { kind: 'STRUCT', fields };
    }
    case 'null':
      return undefined;
  }
}

/** Connect writes a map whose keys are not plain strings as a list of entries. */
function mapEntry(items: AvroSchema): [AvroSchema, AvroSchema] | undefined {
  if (items.kind !== 'record') return undefined;
  const named = items.name.endsWith('.MapEntry') || items.properties['connect.internal.type'] === 'MapEntry';
  const key = items.fields.find((field) => field.name === 'key');
  const value = items.fields.find((field) => field.name === 'value');
  return named && key !== undefined && value !== undefined ? [key.type, value.type] : undefined;
}

/** The schema that a sink registers. */
export function writeAvroSchema(columns: readonly SqlField[], wrapped: boolean, recordName: string): string {
  const [only] = columns;
  const schema = wrapped || only === undefined ? record(columns, recordName) : baseOf(only.type, recordName);
  return printAvroSchema(schema);
}

function record(fields: readonly SqlField[], name: string): AvroSchema {
  return {
    kind: 'record',
    isError: false,
    name,
    aliases: [],
    properties: { 'connect.name': name },
    fields: fields.map((field) => ({
      name: field.name.replaceAll('.', '_'),
      type: nullable(baseOf(field.type, `${name}_${field.name}`)),
      default: null,
      order: 'ascending',
      aliases: [],
      properties: {},
    })),
  };
}

function nullable(schema: AvroSchema): AvroSchema {
  return { kind: 'union', branches: [{ kind: 'null', properties: {} }, schema] };
}

function baseOf(type: SqlType, name: string): AvroSchema {
  const connect = 'org.apache.kafka.connect.data';
  const logical = (kind: 'int' | 'long', of: string, logicalType: string): AvroSchema => ({
    kind,
    properties: { 'connect.version': 1, 'connect.name': `${connect}.${of}`, logicalType },
  });
  switch (type.kind) {
    case 'BOOLEAN':
    case 'DOUBLE':
    case 'STRING':
    case 'BYTES':
      return { kind: type.kind.toLowerCase() as 'boolean', properties: {} };
    case 'INTEGER':
      return { kind: 'int', properties: {} };
    case 'BIGINT':
      return { kind: 'long', properties: {} };
    case 'DATE':
      return logical('int', 'Date', 'date');
    case 'TIME':
      return logical('int', 'Time', 'time-millis');
    case 'TIMESTAMP':
      return logical('long', 'Timestamp', 'timestamp-millis');
    case 'DECIMAL':
      return {
        kind: 'bytes',
        properties: {
          scale: type.scale,
          precision: type.precision,
          'connect.version': 1,
          'connect.parameters': { scale: String(type.scale), 'connect.decimal.precision': String(type.precision) },
          'connect.name': `${connect}.Decimal`,
          logicalType: 'decimal',
        },
      };
    case 'ARRAY':
      return { kind: 'array', items: nullable(baseOf(type.element, name)), properties: {} };
    case 'MAP': {
      const entry = (field: string, of: SqlType, part: string): AvroField => ({
        name: field,
        type: nullable(baseOf(of, `${name}_${part}`)),
        default: null,
        order: 'ascending',
        aliases: [],
        properties: {},
      });
      return {
        kind: 'array',
        items: {
          kind: 'record',
          isError: false,
          name,
          aliases: [],
          fields: [entry('key', type.key, 'MapKey'), entry('value', type.value, 'MapValue')],
          properties: { 'connect.internal.type': 'MapEntry' },
        },
        properties: { 'connect.name': name },
      };
    }
    case 'STRUCT':
      return record(type.fields, name);
  }
}
