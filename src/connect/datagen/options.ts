/** `options`: the values to choose from, given in the schema or in a file of Avro values. */
import { StackError, messageOf } from '../../core/errors.ts';
import { avroCodec } from '../../formats/avro/codec.ts';
import type { AvroValue } from '../../formats/avro/codec.ts';
import type { AvroSchema } from '../../formats/avro/schema.ts';
import { branchName } from '../../formats/avro/schema.ts';
import { unionFieldName } from '../data/avro-data.ts';
import type { ConnectValue } from '../data/schema.ts';
import { excludeOthers, javaClassOfJson, wrong } from './arg-properties.ts';
import type { ArgProperties } from './arg-properties.ts';

/** The values of `options`, at least one. Throws GeneratorError with the generator's texts. */
export function optionsOf(
  schema: AvroSchema,
  properties: ArgProperties,
  readFile: (path: string) => Buffer,
): readonly ConnectValue[] {
  excludeOthers(properties, 'options', ['length', 'regex', 'iteration', 'range']);
  const { options } = properties;
  if (Array.isArray(options)) {
    if (options.length === 0) throw wrong('options property cannot be empty');
    return options.map((option: unknown) => checked(schema, option, (one) => fromOption(schema, one)));
  }
  if (typeof options !== 'object' || options === null)
    throw wrong(`options prop must be an array or an object, was ${javaClassOfJson(options)} instead`);
  return fromFile(schema, options as ArgProperties, readFile);
}

function checked(
  schema: AvroSchema,
  option: unknown,
  convert: (option: unknown) => ConnectValue | undefined,
): ConnectValue {
  const value = convert(option);
  if (value === undefined)
    throw wrong(
      `Invalid option for ${schema.kind} schema: type ${javaClassOfJson(option)}, value '${typeof option === 'string' ? option : JSON.stringify(option)}'`,
    );
  return value;
}

/** A JSON value as the schema wants it, undefined when it does not fit. Branches of a union are not named. */
function fromOption(schema: AvroSchema, option: unknown): ConnectValue | undefined {
  return convert(schema, option, (branches, value) => {
    for (const branch of branches) {
      const converted = fromOption(branch, value);
      if (converted !== undefined) return { branch, value: converted };
    }
    return undefined;
  });
}

/** The same for the JSON encoding of Avro, where a union names its branch: `{"string":"a"}`. */
function fromAvroJson(schema: AvroSchema, json: unknown): ConnectValue | undefined {
  return convert(
    schema,
    json,
    (branches, value) => {
      if (value === null) return { branch: branches.find(({ kind }) => kind === 'null'), value: null };
      if (typeof value !== 'object') return undefined;
      const [name, member] = Object.entries(value)[0] ?? [];
      const branch = branches.find((one) => branchName(one) === name);
      const converted = branch === undefined ? undefined : fromAvroJson(branch, member);
      return converted === undefined ? undefined : { branch, value: converted };
    },
    true,
  );
}

type ChooseBranch = (
  branches: readonly AvroSchema[],
  value: unknown,
) => { readonly branch: AvroSchema | undefined; readonly value: ConnectValue } | undefined;

function convert(schema: AvroSchema, value: unknown, choose: ChooseBranch, avroJson = false): ConnectValue | undefined {
  const again = (inner: AvroSchema, one: unknown): ConnectValue | undefined =>
    avroJson ? fromAvroJson(inner, one) : fromOption(inner, one);
  switch (schema.kind) {
    case 'null':
      return value === null ? null : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'int':
      return typeof value === 'number' && value === (value | 0) ? value : undefined;
    case 'long':
      return typeof value === 'bigint' || Number.isInteger(value) ? integral(value as number | bigint) : undefined;
    case 'float':
      return typeof value === 'number' ? Math.fround(value) : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'enum':
      return typeof value === 'string' && schema.symbols.includes(value) ? value : undefined;
    case 'bytes':
    case 'fixed': {
      const bytes =
        value instanceof Uint8Array
          ? Buffer.from(value)
          : typeof value === 'string'
            ? Buffer.from(value, avroJson ? 'latin1' : 'utf8')
            : undefined;
      return schema.kind === 'fixed' && bytes?.length !== schema.size ? undefined : bytes;
    }
    case 'array': {
      if (!Array.isArray(value)) return undefined;
      const items = value.map((item: unknown) => again(schema.items, item));
      return items.includes(undefined) ? undefined : (items as ConnectValue[]);
    }
    case 'map': {
      const entries = value instanceof Map ? [...value] : isObject(value) ? Object.entries(value) : undefined;
      const converted = entries?.map(([key, one]) => [key as string, again(schema.values, one)] as const);
      if (converted === undefined || converted.some(([, one]) => one === undefined)) return undefined;
      return new Map(converted as [string, ConnectValue][]);
    }
    case 'union': {
      const chosen = choose(schema.branches, value);
      return chosen === undefined ? undefined : asBranch(schema.branches, chosen.branch, chosen.value);
    }
    case 'record': {
      if (!isObject(value)) return undefined;
      const record: Record<string, ConnectValue> = {};
      for (const field of schema.fields) {
        const given = Object.hasOwn(value, field.name) ? value[field.name] : field.default;
        const converted = given === undefined ? undefined : again(field.type, given);
        if (converted === undefined) return undefined;
        record[field.name] = converted;
      }
      return record;
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

function integral(value: number | bigint): number | bigint {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

/** The value of a branch in the form that a union of Avro has in Connect. */
function asBranch(branches: readonly AvroSchema[], branch: AvroSchema | undefined, value: ConnectValue): ConnectValue {
  if (branch === undefined || branch.kind === 'null') return null;
  if (branches.length === 2 && branches.some(({ kind }) => kind === 'null')) return value;
  const fields = branches.filter(({ kind }) => kind !== 'null').map(unionFieldName);
  return { ...Object.fromEntries(fields.map((field) => [field, null])), [unionFieldName(branch)]: value };
}

function fromFile(
  schema: AvroSchema,
  options: ArgProperties,
  readFile: (path: string) => Buffer,
): readonly ConnectValue[] {
  const { file, encoding } = options;
  if (file === undefined || encoding === undefined)
    throw wrong("options property must contain 'file' field when given as object");
  if (typeof file !== 'string')
    throw wrong(`'file' field of options property must be given as string, was ${javaClassOfJson(file)} instead`);
  if (typeof encoding !== 'string')
    throw wrong(
      `'encoding' field of options property must be given as string, was ${javaClassOfJson(encoding)} instead`,
    );
  if (encoding !== 'binary' && encoding !== 'json')
    throw wrong("'encoding' field of options property only supports two formats: 'binary' and 'json'");
  let content: Buffer;
  try {
    content = readFile(file);
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw wrong(`Unable to ${missing ? 'locate' : 'read'} options file '${file}'`);
  }
  const values: ConnectValue[] = [];
  try {
    if (encoding === 'binary') {
      for (const value of binaryValues(schema, content))
        values.push(checked(schema, value, (one) => fromOption(schema, one)));
    } else {
      for (const value of jsonValues(content.toString('utf8')))
        values.push(checked(schema, value, (one) => fromAvroJson(schema, one)));
    }
  } catch (error) {
    if (error instanceof StackError || error instanceof SyntaxError)
      throw wrong(`Unable to read options file '${file}': ${messageOf(error)}`);
    throw error;
  }
  if (values.length === 0) throw wrong(`Unable to read options file '${file}': it holds no value`);
  return values;
}

function binaryValues(schema: AvroSchema, content: Buffer): readonly AvroValue[] {
  const codec = avroCodec(schema);
  const values: AvroValue[] = [];
  for (let at = 0; at < content.length; ) {
    const { value, next } = codec.decodeNext(content, at);
    // A type without bytes (null, an empty record) would go on for ever.
    if (next === at) break;
    values.push(value);
    at = next;
  }
  return values;
}

/** JSON values one after the other, with or without white space between. */
function jsonValues(text: string): unknown[] {
  const values: unknown[] = [];
  let rest = text.trim();
  while (rest.length > 0) {
    const end = endOfValue(rest);
    values.push(JSON.parse(rest.slice(0, end)));
    rest = rest.slice(end).trim();
  }
  return values;
}

function endOfValue(text: string): number {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (inString) {
      if (c === '\\') i++;
      else if (c === '"') inString = false;
      if (!inString && depth === 0) return i + 1;
    } else if (c === '"') inString = true;
    else if (c === '{' || c === '[') depth++;
    else if (c === '}' || c === ']') {
      depth--;
      if (depth === 0) return i + 1;
    } else if (depth === 0 && /\s/.test(c)) return i;
  }
  return text.length;
}
