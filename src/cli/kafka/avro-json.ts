/** Decoded Avro values in the JSON of the Avro specification ("JSON Encoding"): values of unions name their branch. */
import type { AvroValue } from '../../formats/avro/codec.ts';
import { branchName } from '../../formats/avro/schema.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { javaDouble } from './deserializers.ts';

type Fields = { readonly [field: string]: AvroValue };

export function avroJson(schema: AvroSchema, value: AvroValue): string {
  switch (schema.kind) {
    case 'null':
      return 'null';
    case 'float':
    case 'double':
      return floatingPoint(schema.kind, value as number);
    case 'bytes':
    case 'fixed':
      return JSON.stringify(Buffer.from(value as Uint8Array).toString('latin1'));
    case 'string':
    case 'enum':
      return JSON.stringify(value);
    case 'array':
      return `[${(value as readonly AvroValue[]).map((item) => avroJson(schema.items, item)).join(',')}]`;
    case 'map':
      return object(
        Array.from(value as ReadonlyMap<string, AvroValue>, ([key, item]) => [key, avroJson(schema.values, item)]),
      );
    case 'record':
      return object(schema.fields.map(({ name, type }) => [name, avroJson(type, (value as Fields)[name] ?? null)]));
    case 'union': {
      const branch = schema.branches.find((candidate) => fits(candidate, value));
      if (branch === undefined || branch.kind === 'null') return 'null';
      return object([[branchName(branch), avroJson(branch, value)]]);
    }
    default:
      return String(value);
  }
}

function object(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(',')}}`;
}

function floatingPoint(kind: 'float' | 'double', value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(javaDouble(value));
  if (kind === 'double') return javaDouble(value);
  // The shortest decimal that is the same float.
  for (let digits = 1; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return javaDouble(shorter);
  }
  return javaDouble(Number(value.toPrecision(9)));
}

/** Whether a decoded value can be one of this branch. */
function fits(schema: AvroSchema, value: AvroValue): boolean {
  switch (schema.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return typeof value === 'number' && (value | 0) === value;
    case 'long':
      return typeof value === 'bigint' || Number.isSafeInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    case 'string':
      return typeof value === 'string';
    case 'enum':
      return typeof value === 'string' && schema.symbols.includes(value);
    case 'bytes':
      return value instanceof Uint8Array;
    case 'fixed':
      return value instanceof Uint8Array && value.length === schema.size;
    case 'array':
      return Array.isArray(value);
    case 'map':
      return value instanceof Map;
    case 'record':
      return (
        isPlain(value) && schema.fields.every(({ name, type }) => name in value && fits(type, value[name] ?? null))
      );
    case 'union':
      return schema.branches.some((branch) => fits(branch, value));
  }
}

function isPlain(value: AvroValue): value is Fields {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
