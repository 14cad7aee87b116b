/** Values of INSERT VALUES with the defaults of their registered Avro schema: a field that must not be null and is not given has its default. */
import { parseAvroSchema } from '../../formats/avro/schema.ts';
import type { AvroField, AvroSchema } from '../../formats/avro/schema.ts';

/** The same plain value with defaults filled in, deep into records, lists and maps. Names match without regard to case. */
export function withAvroDefaults(text: string): (value: unknown) => unknown {
  const schema = parseAvroSchema(text);
  return hasDefaults(schema) ? (value) => filled(value, schema) : (value) => value;
}

function hasDefaults(schema: AvroSchema): boolean {
  switch (schema.kind) {
    case 'record':
      return schema.fields.some((field) => defaultOf(field) !== undefined || hasDefaults(field.type));
    case 'union':
      return schema.branches.some(hasDefaults);
    case 'array':
      return hasDefaults(schema.items);
    case 'map':
      return hasDefaults(schema.values);
    default:
      return false;
  }
}

function filled(value: unknown, schema: AvroSchema): unknown {
  if (value === null || value === undefined) return value;
  switch (schema.kind) {
    case 'union': {
      const branch = schema.branches.find((one) => one.kind !== 'null');
      return branch === undefined ? value : filled(value, branch);
    }
    case 'array':
      return Array.isArray(value) ? value.map((item) => filled(item, schema.items)) : value;
    case 'map':
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, schema.values)]));
    case 'record': {
      const given = Object.entries(value);
      const fields = schema.fields.map((field) => {
        const [name = field.name, one] = given.find(([own]) => own.toLowerCase() === field.name.toLowerCase()) ?? [];
        return [name, filled(one ?? defaultOf(field) ?? null, field.type)];
      });
      return Object.fromEntries(fields);
    }
    default:
      return value;
  }
}

/** A default that is a plain value; where null is allowed, null stays. */
function defaultOf({ type, default: value }: AvroField): unknown {
  const plain = ['string', 'number', 'boolean'].includes(typeof value);
  return plain && type.kind !== 'union' ? value : undefined;
}
