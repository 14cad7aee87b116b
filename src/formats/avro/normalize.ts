/**
 * The one spelling of schemas that mean the same, as the Schema Registry's `normalize=true` makes it: attributes and aliases are sorted, those of
 * a logical type stand first, an empty `doc` is none. What a reader could see otherwise stays as it is.
 */
import { asWritten } from './schema.ts';
import type { AvroField, AvroProperties, AvroRecord, AvroSchema } from './schema.ts';

export function normalizeAvroSchema(schema: AvroSchema): AvroSchema {
  return normalized(schema, new Map());
}

function normalized(schema: AvroSchema, done: Map<AvroSchema, AvroSchema>): AvroSchema {
  const before = done.get(schema);
  if (before !== undefined) return before;
  switch (schema.kind) {
    case 'union':
      return { kind: 'union', branches: schema.branches.map((branch) => normalized(branch, done)) };
    case 'array':
      return { kind: 'array', items: normalized(schema.items, done), properties: sortedProperties(schema) };
    case 'map':
      return { kind: 'map', values: normalized(schema.values, done), properties: sortedProperties(schema) };
    case 'record': {
      const record: AvroRecord = { ...schema, ...sortedNamed(schema), fields: [] };
      if (schema.doc === '') delete (record as { doc?: string }).doc;
      done.set(schema, record); // its fields may refer to it
      record.fields = schema.fields.map((field) => normalizedField(field, done));
      return record;
    }
    case 'enum':
    case 'fixed': {
      const named: AvroSchema = { ...schema, ...sortedNamed(schema) };
      if (schema.doc === '') delete (named as { doc?: string }).doc;
      done.set(schema, named);
      return named;
    }
    default:
      return { kind: schema.kind, properties: sortedProperties(schema) };
  }
}

function normalizedField(field: AvroField, done: Map<AvroSchema, AvroSchema>): AvroField {
  return {
    ...field,
    type: normalized(field.type, done),
    aliases: [...field.aliases].sort(),
    properties: sortedProperties(field),
    ...('default' in field ? { default: sorted(field.default) } : {}),
    ...(field[asWritten] === undefined ? {} : { [asWritten]: sorted(field[asWritten]) }),
  };
}

function sortedNamed(schema: Exclude<AvroSchema, { kind: 'union' }> & { readonly aliases: readonly string[] }): {
  aliases: readonly string[];
  properties: AvroProperties;
} {
  return { aliases: [...schema.aliases].sort(), properties: sortedProperties(schema) };
}

const first = ['logicalType', 'precision', 'scale'];

function sortedProperties({ properties }: { readonly properties: AvroProperties }): AvroProperties {
  const written = properties[asWritten];
  const inOrder = sortedAttributes(properties);
  return written === undefined ? inOrder : { ...inOrder, [asWritten]: sortedAttributes(written) };
}

function sortedAttributes(properties: AvroProperties): AvroProperties {
  const inOrder = sorted(properties) as Record<string, unknown>;
  if (typeof properties['logicalType'] !== 'string') return inOrder;
  const ahead = first.filter((name) => name in inOrder).map((name) => [name, inOrder[name]]);
  return { ...Object.fromEntries(ahead), ...inOrder };
}

/** JSON with the names of all its objects sorted. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, part]) => [name, sorted(part)]),
  );
}
