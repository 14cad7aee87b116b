/** JSON schemas and SQL columns, as Connect's JSON Schema converter relates them. */
import { StackError, messageOf } from '../../../core/errors.ts';
import { sqlTypes } from '../../types.ts';
import type { SqlField, SqlType } from '../../types.ts';

type Json = Readonly<Record<string, unknown>>;

/** The columns of a schema; see `avroColumns`. */
export function jsonColumns(
  text: string,
  options: { readonly unwrapped: boolean; readonly single: string; readonly keepCase: boolean },
): SqlField[] | undefined {
  let schema: Json;
  try {
    schema = JSON.parse(text) as Json;
  } catch (cause) {
    throw new StackError('MILLRACE_SCHEMA_INVALID', `The schema is not JSON: ${messageOf(cause)}.`, { cause });
  }
  if (options.unwrapped) {
    const type = typeOf(schema, options.keepCase);
    return type && [{ name: options.single, type }];
  }
  const type = typeOf(schema, options.keepCase);
  return type?.kind === 'STRUCT' ? [...type.fields] : undefined;
}

function typeOf(schema: Json, keepCase: boolean): SqlType | undefined {
  for (const union of ['oneOf', 'anyOf']) {
    const branches = schema[union] as readonly Json[] | undefined;
    const others = branches?.filter((branch) => branch['type'] !== 'null');
    if (others?.length === 1) return typeOf(others[0] as Json, keepCase);
  }
  const declared = schema['type'];
  const type = Array.isArray(declared) ? (declared as string[]).find((one) => one !== 'null') : declared;
  const connect = schema['connect.type'];
  switch (type) {
    case 'boolean':
      return sqlTypes.boolean;
    case 'integer':
      return (
        logicalOf(schema) ??
        (connect === 'int8' || connect === 'int16' || connect === 'int32' ? sqlTypes.integer : sqlTypes.bigint)
      );
    case 'number':
      return logicalOf(schema) ?? sqlTypes.double;
    case 'string':
      return connect === 'bytes' ? sqlTypes.bytes : sqlTypes.string;
    case 'array': {
      const items = schema['items'] as Json;
      if (connect === 'map') {
        const entry = items['properties'] as Json;
        const [key, value] = ['key', 'value'].map((name) => typeOf(entry[name] as Json, keepCase));
        return key && value && { kind: 'MAP', key, value };
      }
      const element = typeOf(items, keepCase);
      return element && { kind: 'ARRAY', element };
    }
    case 'object': {
      const more = schema['additionalProperties'];
      if (connect === 'map' || (typeof more === 'object' && more !== null && schema['properties'] === undefined)) {
        const value = typeOf(more as Json, keepCase);
        return value && { kind: 'MAP', key: sqlTypes.string, value };
      }
      const fields = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Json>>).sort(
        ([a, x], [b, y]) => order(x) - order(y) || (order(x) === Number.MAX_SAFE_INTEGER ? (a < b ? -1 : 1) : 0),
      );
      return {
        kind: 'STRUCT',
        fields: fields.flatMap(([name, one]) => {
          const of = typeOf(one, keepCase);
          return of === undefined ? [] : [{ name: keepCase ? name : name.toUpperCase(), type: of }];
        }),
      };
    }
    default:
      return undefined;
  }
}

function order(schema: Json): number {
  return Number(schema['connect.index'] ?? Number.MAX_SAFE_INTEGER);
}

function logicalOf(schema: Json): SqlType | undefined {
  switch (schema['title']) {
    case 'org.apache.kafka.connect.data.Date':
      return sqlTypes.date;
    case 'org.apache.kafka.connect.data.Time':
      return sqlTypes.time;
    case 'org.apache.kafka.connect.data.Timestamp':
      return sqlTypes.timestamp;
    case 'org.apache.kafka.connect.data.Decimal': {
      const parameters = schema['connect.parameters'] as Readonly<Record<string, string>> | undefined;
      return {
        kind: 'DECIMAL',
        precision: Number(parameters?.['connect.decimal.precision'] ?? 64),
        scale: Number(parameters?.['scale'] ?? 0),
      };
    }
    default:
      return undefined;
  }
}

/** The schema that a sink registers. */
export function writeJsonSchema(columns: readonly SqlField[], wrapped: boolean): string {
  const [only] = columns;
  return JSON.stringify(wrapped || only === undefined ? object(columns) : baseOf(only.type));
}

function object(fields: readonly SqlField[]): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(({ name, type }, i) => [name, { 'connect.index': i, ...nullable(baseOf(type)) }]),
    ),
  };
}

function nullable(schema: Json): Json {
  return { oneOf: [{ type: 'null' }, schema] };
}

function baseOf(type: SqlType): Json {
  const logical = (json: Json, name: string): Json => ({
    ...json,
    title: `org.apache.kafka.connect.data.${name}`,
    'connect.version': 1,
  });
  switch (type.kind) {
    case 'BOOLEAN':
      return { type: 'boolean' };
    case 'INTEGER':
      return { type: 'integer', 'connect.type': 'int32' };
    case 'BIGINT':
      return { type: 'integer', 'connect.type': 'int64' };
    case 'DOUBLE':
      return { type: 'number', 'connect.type': 'float64' };
    case 'STRING':
      return { type: 'string' };
    case 'BYTES':
      return { type: 'string', 'connect.type': 'bytes' };
    case 'DATE':
      return logical({ type: 'integer', 'connect.type': 'int32' }, 'Date');
    case 'TIME':
      return logical({ type: 'integer', 'connect.type': 'int32' }, 'Time');
    case 'TIMESTAMP':
      return logical({ type: 'integer', 'connect.type': 'int64' }, 'Timestamp');
    case 'DECIMAL':
      return {
        ...logical({ type: 'number', 'connect.type': 'bytes' }, 'Decimal'),
        'connect.parameters': { scale: String(type.scale), 'connect.decimal.precision': String(type.precision) },
      };
    case 'ARRAY':
      return { type: 'array', items: nullable(baseOf(type.element)) };
    case 'MAP':
      return {
        type: 'array',
        'connect.type': 'map',
        items: object([
          { name: 'key', type: type.key },
          { name: 'value', type: type.value },
        ]),
      };
    case 'STRUCT':
      return object(type.fields);
  }
}
