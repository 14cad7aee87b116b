/**
 * The JSON encoding of the Avro specification, as bytes: values of unions name their branch, `{"long": 5}`, bytes are texts of their code
 * points. Fields that are not there are not filled with defaults.
 */
import { StackError } from '../../core/errors.ts';
import { avroCodec } from './codec.ts';
import type { AvroCodec, AvroValue } from './codec.ts';
import { branchName } from './schema.ts';
import type { AvroSchema } from './schema.ts';

export interface AvroJsonEncoder {
  /** @throws StackError MILLRACE_DECODE_FAILED: no JSON, or not of the schema */
  encode(json: string): Buffer;
}

export function avroJsonEncoder(schema: AvroSchema): AvroJsonEncoder {
  const codecs = new Map<AvroSchema, AvroCodec>();
  return {
    encode: (json) => {
      const parts: Buffer[] = [];
      write(schema, parsed(json), { parts, codecs });
      return Buffer.concat(parts);
    },
  };
}

interface Output {
  readonly parts: Buffer[];
  readonly codecs: Map<AvroSchema, AvroCodec>;
}

type Json = null | boolean | number | string | Digits | readonly Json[] | { readonly [name: string]: Json };

/** An integer that a number of JavaScript does not hold exactly. */
class Digits {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

const token = /"(?:\\.|[^"\\])*"|-?\d{16,}(?![\d.eE])/g;
const mark = '\u0000digits:';

function parsed(text: string): Json {
  try {
    if (!/\d{16}/.test(text)) return JSON.parse(text) as Json;
    const marked = text.replace(token, (found) => (found.startsWith('"') ? found : JSON.stringify(`${mark}${found}`)));
    return JSON.parse(marked, (_name, value: Json) =>
      typeof value === 'string' && value.startsWith(mark) ? new Digits(BigInt(value.slice(mark.length))) : value,
    ) as Json;
  } catch (error) {
    throw failed(error instanceof Error ? error.message : String(error));
  }
}

function failed(why: string): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', why);
}

const long: AvroSchema = { kind: 'long', properties: {} };
const text: AvroSchema = { kind: 'string', properties: {} };

function write(schema: AvroSchema, json: Json, output: Output): void {
  const expected = (): StackError => failed(`Expected ${nameOf(schema)}. Got ${kindOf(json)}`);
  switch (schema.kind) {
    case 'record': {
      if (!isObject(json)) throw expected();
      for (const { name, type } of schema.fields) {
        const value = Object.hasOwn(json, name) ? json[name] : undefined;
        if (value === undefined) throw failed(`Expected field name not found: ${name}`);
        write(type, value, output);
      }
      break;
    }
    case 'array': {
      if (!Array.isArray(json)) throw expected();
      const items = json as readonly Json[];
      if (items.length > 0) scalar(long, items.length, output);
      for (const item of items) write(schema.items, item, output);
      scalar(long, 0, output);
      break;
    }
    case 'map': {
      if (!isObject(json)) throw expected();
      const members = Object.entries(json);
      if (members.length > 0) scalar(long, members.length, output);
      for (const [name, value] of members) {
        scalar(text, name, output);
        write(schema.values, value, output);
      }
      scalar(long, 0, output);
      break;
    }
    case 'union': {
      const [name, value, ...more] = json === null ? ['null', null] : isObject(json) ? Object.entries(json).flat() : [];
      if (name === undefined || more.length > 0) throw failed(`Expected start-union. Got ${kindOf(json)}`);
      const index = schema.branches.findIndex((branch) => branchName(branch) === name);
      const branch = schema.branches[index];
      if (branch === undefined) throw failed(`Unknown union branch ${String(name)}`);
      scalar(long, index, output);
      write(branch, value as Json, output);
      break;
    }
    default: {
      const value = scalarOf(schema, json);
      if (value === undefined) throw expected();
      scalar(schema, value, output);
    }
  }
}

function scalar(schema: AvroSchema, value: AvroValue, { parts, codecs }: Output): void {
  let codec = codecs.get(schema);
  if (codec === undefined) {
    codec = avroCodec(schema);
    codecs.set(schema, codec);
  }
  parts.push(codec.encode(value));
}

/** Undefined: it is none of the schema. */
function scalarOf(schema: AvroSchema, json: Json): AvroValue | undefined {
  switch (schema.kind) {
    case 'null':
      return json === null ? null : undefined;
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined;
    case 'int':
      return typeof json === 'number' && (json | 0) === json ? json : undefined;
    case 'long':
      if (json instanceof Digits) return BigInt.asIntN(64, json.value) === json.value ? json.value : undefined;
      return Number.isSafeInteger(json) ? (json as number) : undefined;
    case 'float':
    case 'double':
      if (json instanceof Digits) return Number(json.value);
      if (json === 'NaN' || json === 'Infinity' || json === '-Infinity') return Number(json);
      return typeof json === 'number' ? json : undefined;
    case 'bytes':
    case 'fixed': {
      const bytes = typeof json === 'string' ? Buffer.from(json, 'latin1') : undefined;
      if (schema.kind === 'fixed' && bytes !== undefined && bytes.length !== schema.size)
        throw failed(`Expected fixed length ${schema.size}, but got${bytes.length}`);
      return bytes;
    }
    case 'enum':
      if (typeof json === 'string' && !schema.symbols.includes(json)) throw failed(`Unknown symbol in enum ${json}`);
      return typeof json === 'string' ? json : undefined;
    default:
      return typeof json === 'string' ? json : undefined;
  }
}

function isObject(json: Json): json is { readonly [name: string]: Json } {
  return typeof json === 'object' && json !== null && !Array.isArray(json) && !(json instanceof Digits);
}

function nameOf({ kind }: AvroSchema): string {
  return { record: 'record-start', array: 'array-start', map: 'map-start' }[kind as string] ?? kind;
}

/** What Java's parser calls it. */
function kindOf(json: Json): string {
  if (json === null) return 'VALUE_NULL';
  if (typeof json === 'boolean') return json ? 'VALUE_TRUE' : 'VALUE_FALSE';
  if (typeof json === 'string') return 'VALUE_STRING';
  if (Array.isArray(json)) return 'START_ARRAY';
  if (json instanceof Digits || Number.isInteger(json)) return 'VALUE_NUMBER_INT';
  return typeof json === 'number' ? 'VALUE_NUMBER_FLOAT' : 'START_OBJECT';
}
