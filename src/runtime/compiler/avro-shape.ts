/** An Avro schema as the decoder's compiler sees it: names resolved, only what the encoding depends on. */
import { StackError } from '../../core/errors.ts';

export type AvroShape =
  | {
      readonly type: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string';
      readonly logical?: AvroLogical;
    }
  | { readonly type: 'bytes'; readonly logical?: AvroLogical }
  | { readonly type: 'fixed'; readonly size: number; readonly logical?: AvroLogical }
  | { readonly type: 'enum'; readonly symbols: readonly string[] }
  | { readonly type: 'array'; readonly items: AvroShape }
  | { readonly type: 'map'; readonly values: AvroShape }
  | { readonly type: 'union'; readonly branches: readonly AvroShape[] }
  | AvroRecordShape;

export interface AvroRecordShape {
  readonly type: 'record';
  readonly name: string;
  /** Filled after construction, so that a record can contain itself. */
  readonly fields: { readonly name: string; readonly shape: AvroShape; readonly byDefault?: unknown }[];
}

export interface AvroLogical {
  readonly name: string;
  readonly precision: number;
  readonly scale: number;
}

const primitives = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'string', 'bytes']);

/** Parses the text of a schema. Throws `StackError` MILLRACE_SCHEMA_INVALID. */
export function parseAvroShape(text: string): AvroShape {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new StackError('MILLRACE_SCHEMA_INVALID', 'The Avro schema is not JSON.', { cause });
  }
  return shapeOf(json, '', new Map());
}

type Names = Map<string, AvroShape>;

function shapeOf(json: unknown, namespace: string, names: Names): AvroShape {
  if (typeof json === 'string') {
    if (primitives.has(json)) return { type: json as 'null' };
    const named = names.get(json.includes('.') || namespace === '' ? json : `${namespace}.${json}`) ?? names.get(json);
    if (named === undefined) throw invalid(`the name ${json} is not defined`);
    return named;
  }
  if (Array.isArray(json)) return { type: 'union', branches: json.map((branch) => shapeOf(branch, namespace, names)) };
  if (typeof json !== 'object' || json === null) throw invalid('a type is neither text nor object');
  const schema = json as Record<string, unknown>;
  const { type } = schema;
  if (typeof type === 'object') return shapeOf(type, namespace, names);
  const space = typeof schema['namespace'] === 'string' ? schema['namespace'] : namespace;
  const fullName = (): string => {
    const name = String(schema['name']);
    return name.includes('.') || space === '' ? name : `${space}.${name}`;
  };
  switch (type) {
    case 'record':
    case 'error': {
      const record: AvroRecordShape = { type: 'record', name: fullName(), fields: [] };
      names.set(record.name, record);
      const inner = record.name.includes('.') ? record.name.slice(0, record.name.lastIndexOf('.')) : '';
      if (!Array.isArray(schema['fields'])) throw invalid(`the record ${record.name} has no fields`);
      for (const field of schema['fields'] as { name: string; type: unknown; default?: unknown }[]) {
        const byDefault = 'default' in field ? { byDefault: field.default } : {};
        record.fields.push({ name: String(field.name), shape: shapeOf(field.type, inner, names), ...byDefault });
      }
      return record;
    }
    case 'enum': {
      const shape: AvroShape = { type: 'enum', symbols: (schema['symbols'] as unknown[]).map(String) };
      names.set(fullName(), shape);
      return shape;
    }
    case 'fixed': {
      const logical = logicalOf(schema);
      const shape: AvroShape = { type: 'fixed', size: Number(schema['size']), ...(logical && { logical }) };
      names.set(fullName(), shape);
      return shape;
    }
    case 'array':
      return { type: 'array', items: shapeOf(schema['items'], namespace, names) };
    case 'map':
      return { type: 'map', values: shapeOf(schema['values'], namespace, names) };
    default: {
      const logical = logicalOf(schema);
      if (typeof type === 'string' && primitives.has(type))
        return { type: type as 'null', ...(logical && { logical }) };
      return shapeOf(type, namespace, names);
    }
  }
}

function logicalOf(schema: Record<string, unknown>): AvroLogical | undefined {
  const name = schema['logicalType'];
  if (typeof name !== 'string') return undefined;
  return { name, precision: Number(schema['precision'] ?? 0), scale: Number(schema['scale'] ?? 0) };
}

function invalid(why: string): StackError {
  return new StackError('MILLRACE_SCHEMA_INVALID', `The Avro schema is invalid: ${why}.`);
}
