/** Avro schemas (specification 1.12): parsed with all their checks, printed as the Java library prints them. */
import { StackError, messageOf } from '../../core/errors.ts';
import { hasMarks, parseMarkingNumbers, printMarkedNumbers, withoutMarks } from './exact-numbers.ts';

export const avroPrimitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;
export type AvroPrimitiveKind = (typeof avroPrimitives)[number];

/** Attributes that the specification does not name (`logicalType`, `connect.name`, `arg.properties` …), in their order. */
export type AvroProperties = Readonly<Record<string, unknown>> & { readonly [asWritten]?: AvroProperties };

interface Named {
  /** Full name. */
  readonly name: string;
  readonly doc?: string;
  /** Full names. */
  readonly aliases: readonly string[];
  readonly properties: AvroProperties;
}

export interface AvroRecord extends Named {
  readonly kind: 'record';
  readonly isError: boolean;
  /** Filled after the record itself is known, so that it can refer to itself. */
  fields: readonly AvroField[];
}
export interface AvroEnum extends Named {
  readonly kind: 'enum';
  readonly symbols: readonly string[];
  readonly default?: string;
}
export interface AvroFixed extends Named {
  readonly kind: 'fixed';
  readonly size: number;
}
export type AvroSchema =
  | { readonly kind: AvroPrimitiveKind; readonly properties: AvroProperties }
  | AvroRecord
  | AvroEnum
  | AvroFixed
  | { readonly kind: 'array'; readonly items: AvroSchema; readonly properties: AvroProperties }
  | { readonly kind: 'map'; readonly values: AvroSchema; readonly properties: AvroProperties }
  | { readonly kind: 'union'; readonly branches: readonly AvroSchema[] };

/** Where the numbers of attributes or of a default are kept as they print in Java, when that differs. Only for printing. */
export const asWritten: unique symbol = Symbol('as written');

export interface AvroField {
  readonly [asWritten]?: unknown;
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  /** JSON encoding of the default; absent = none (a default of null is `null`). */
  readonly default?: unknown;
  readonly order: 'ascending' | 'descending' | 'ignore';
  readonly aliases: readonly string[];
  readonly properties: AvroProperties;
}

/**
 * Parses a schema's JSON text; `references` are schemas whose named types it may use.
 * @throws StackError MILLRACE_SCHEMA_INVALID, saying where in the schema
 */
export function parseAvroSchema(text: string, references: readonly AvroSchema[] = []): AvroSchema {
  let value: unknown;
  try {
    value = parseMarkingNumbers(text);
  } catch (error) {
    // The registry takes a primitive's bare name, as Java's parser does.
    if (isPrimitive(text.trim())) return { kind: text.trim() as AvroPrimitiveKind, properties: {} };
    throw new StackError('MILLRACE_SCHEMA_INVALID', `The schema is not JSON: ${messageOf(error)}.`, { cause: error });
  }
  const parser = new Parser();
  for (const reference of references) parser.learn(reference);
  return parser.schema(value, '', '$');
}

function isPrimitive(name: string): name is AvroPrimitiveKind {
  return (avroPrimitives as readonly string[]).includes(name);
}

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;
const reserved: Readonly<Record<string, readonly string[]>> = {
  record: ['type', 'name', 'namespace', 'doc', 'fields', 'aliases'],
  error: ['type', 'name', 'namespace', 'doc', 'fields', 'aliases'],
  enum: ['type', 'name', 'namespace', 'doc', 'symbols', 'default', 'aliases'],
  fixed: ['type', 'name', 'namespace', 'doc', 'size', 'aliases'],
  array: ['type', 'items'],
  map: ['type', 'values'],
  field: ['name', 'type', 'doc', 'default', 'order', 'aliases'],
};

type Json = Readonly<Record<string, unknown>>;

class Parser {
  private readonly names = new Map<string, AvroSchema>();

  learn(schema: AvroSchema): void {
    if (schema.kind === 'union') for (const branch of schema.branches) this.learn(branch);
    else if (schema.kind === 'array') this.learn(schema.items);
    else if (schema.kind === 'map') this.learn(schema.values);
    else if ('name' in schema && !this.names.has(schema.name)) {
      this.names.set(schema.name, schema);
      if (schema.kind === 'record') for (const field of schema.fields) this.learn(field.type);
    }
  }

  knownNames(): Set<string> {
    return new Set(this.names.keys());
  }

  schema(value: unknown, namespace: string, path: string): AvroSchema {
    if (typeof value === 'string') return this.reference(value, namespace, path);
    if (Array.isArray(value)) return this.union(value, namespace, path);
    if (typeof value !== 'object' || value === null) throw invalid(path, `${JSON.stringify(value)} is not a schema`);
    const json = value as Json;
    const { type } = json;
    // {"type": {…}} and {"type": [..]} stand for what they hold.
    if (typeof type !== 'string') {
      if (type === undefined) throw invalid(path, 'No type');
      return this.schema(type, namespace, `${path}.type`);
    }
    if (isPrimitive(type)) return { kind: type, properties: rest(json, ['type']) };
    switch (type) {
      case 'record':
      case 'error':
        return this.record(json, type === 'error', namespace, path);
      case 'enum':
        return this.enumeration(json, namespace, path);
      case 'fixed':
        return this.fixed(json, namespace, path);
      case 'array':
        if (json['items'] === undefined) throw invalid(path, 'Array has no items type');
        return {
          kind: 'array',
          items: this.schema(json['items'], namespace, `${path}.items`),
          properties: rest(json, reserved['array']),
        };
      case 'map':
        if (json['values'] === undefined) throw invalid(path, 'Map has no values type');
        return {
          kind: 'map',
          values: this.schema(json['values'], namespace, `${path}.values`),
          properties: rest(json, reserved['map']),
        };
      default:
        return this.reference(type, namespace, path);
    }
  }

  private reference(name: string, namespace: string, path: string): AvroSchema {
    if (isPrimitive(name)) return { kind: name, properties: {} };
    const found = this.names.get(fullName(name, namespace)) ?? this.names.get(name);
    if (found === undefined) throw invalid(path, `Undefined name: "${name}"`);
    return found;
  }

  private union(branches: readonly unknown[], namespace: string, path: string): AvroSchema {
    const parsed = branches.map((branch, i) => this.schema(branch, namespace, `${path}[${i}]`));
    const seen = new Set<string>();
    for (const [i, branch] of parsed.entries()) {
      if (branch.kind === 'union') throw invalid(`${path}[${i}]`, 'Nested union');
      const key = branchName(branch);
      if (seen.has(key)) throw invalid(`${path}[${i}]`, `Duplicate in union: ${key}`);
      seen.add(key);
    }
    return { kind: 'union', branches: parsed };
  }

  private record(json: Json, isError: boolean, namespace: string, path: string): AvroSchema {
    const named = this.named(json, namespace, path, 'record');
    const record: AvroRecord = { kind: 'record', isError, ...named, fields: [] };
    this.define(record, path);
    const { fields } = json;
    if (!Array.isArray(fields)) throw invalid(path, 'Record has no fields');
    const seen = new Set<string>();
    record.fields = fields.map((field: unknown, i) => {
      const parsed = this.field(field, namespaceOf(record.name), `${path}.fields[${i}]`);
      if (seen.has(parsed.name))
        throw invalid(`${path}.fields[${i}]`, `Duplicate field ${parsed.name} in record ${record.name}`);
      seen.add(parsed.name);
      return parsed;
    });
    return record;
  }

  private field(value: unknown, namespace: string, path: string): AvroField {
    if (typeof value !== 'object' || value === null) throw invalid(path, 'A field is not an object');
    const json = value as Json;
    const { name, type, doc, order } = json;
    if (typeof name !== 'string') throw invalid(path, 'No field name');
    if (!namePattern.test(name)) throw invalid(path, `Illegal character in: ${name}`);
    if (type === undefined) throw invalid(path, `No field type: ${name}`);
    const schema = this.schema(type, namespace, `${path}.type`);
    const byDefault = withoutMarks(json['default']);
    if (byDefault !== undefined && !fits(schema, byDefault)) {
      throw invalid(
        path,
        `Invalid default for field ${name}: ${JSON.stringify(byDefault)} not a ${printAvroSchema(schema)}`,
      );
    }
    return {
      name,
      type: schema,
      ...(typeof doc === 'string' ? { doc } : {}),
      ...(byDefault === undefined ? {} : { default: byDefault }),
      ...(hasMarks(json['default']) ? { [asWritten]: json['default'] } : {}),
      order: order === 'descending' || order === 'ignore' ? order : 'ascending',
      aliases: strings(json['aliases'], path),
      properties: rest(json, reserved['field']),
    };
  }

  private enumeration(json: Json, namespace: string, path: string): AvroSchema {
    const named = this.named(json, namespace, path, 'enum');
    const symbols = json['symbols'];
    if (!Array.isArray(symbols)) throw invalid(path, 'Enum has no symbols');
    const seen = new Set<string>();
    for (const symbol of symbols as unknown[]) {
      if (typeof symbol !== 'string' || !namePattern.test(symbol))
        throw invalid(path, `Illegal character in: ${String(symbol)}`);
      if (seen.has(symbol)) throw invalid(path, `Duplicate enum symbol: ${symbol}`);
      seen.add(symbol);
    }
    const byDefault = json['default'];
    if (byDefault !== undefined && !seen.has(String(byDefault)))
      throw invalid(
        path,
        `The Enum Default: ${String(byDefault)} is not in the enum symbol set: ${symbols.join(', ')}`,
      );
    const parsed: AvroEnum = {
      kind: 'enum',
      ...named,
      symbols: symbols as string[],
      ...(byDefault === undefined ? {} : { default: String(byDefault) }),
    };
    this.define(parsed, path);
    return parsed;
  }

  private fixed(json: Json, namespace: string, path: string): AvroSchema {
    const named = this.named(json, namespace, path, 'fixed');
    const { size } = json;
    if (!Number.isInteger(size) || (size as number) < 0) throw invalid(path, `Invalid or no size`);
    const parsed: AvroFixed = { kind: 'fixed', ...named, size: size as number };
    this.define(parsed, path);
    return parsed;
  }

  private named(json: Json, enclosing: string, path: string, kind: string): Named {
    const { name, namespace, doc } = json;
    if (typeof name !== 'string') throw invalid(path, `No name in schema`);
    const full = fullName(name, typeof namespace === 'string' ? namespace : enclosing);
    for (const part of full.split('.'))
      if (!namePattern.test(part)) throw invalid(path, `Illegal character in: ${full}`);
    if (isPrimitive(full)) throw invalid(path, `Schemas may not be named after primitives: ${full}`);
    return {
      name: full,
      ...(typeof doc === 'string' ? { doc } : {}),
      aliases: strings(json['aliases'], path).map((alias) => fullName(alias, namespaceOf(full))),
      properties: rest(json, reserved[kind]),
    };
  }

  private define(schema: AvroRecord | AvroEnum | AvroFixed, path: string): void {
    if (this.names.has(schema.name)) throw invalid(path, `Can't redefine: ${schema.name}`);
    this.names.set(schema.name, schema);
  }
}

function invalid(path: string, why: string): StackError {
  return new StackError('MILLRACE_SCHEMA_INVALID', `${why} (at ${path})`, { details: { path } });
}

function rest(json: Json, known: readonly string[] | undefined): AvroProperties {
  const properties = Object.fromEntries(Object.entries(json).filter(([key]) => !known?.includes(key)));
  if (!hasMarks(properties)) return properties;
  return { ...(withoutMarks(properties) as AvroProperties), [asWritten]: properties };
}

function strings(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.some((alias) => typeof alias !== 'string'))
    throw invalid(path, 'aliases not an array of names');
  return value as string[];
}

function fullName(name: string, namespace: string): string {
  return name.includes('.') || namespace === '' ? name : `${namespace}.${name}`;
}

/** The part of a full name before the last dot; empty when there is none. */
export function namespaceOf(name: string): string {
  return name.slice(0, Math.max(0, name.lastIndexOf('.')));
}

/** What tells the branches of a union apart, and names them in the JSON encoding: the kind, or the full name. */
export function branchName(schema: AvroSchema): string {
  return 'name' in schema ? schema.name : schema.kind;
}

/** Is a JSON value a default of the type? Of a union any branch may fit (1.12). */
function fits(schema: AvroSchema, value: unknown): boolean {
  switch (schema.kind) {
    case 'null':
      return value === null;
    case 'boolean':
      return typeof value === 'boolean';
    case 'int':
      return Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31;
    case 'long':
      return Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number' || value === 'NaN' || value === 'Infinity' || value === '-Infinity';
    case 'string':
    case 'bytes':
      return typeof value === 'string';
    case 'fixed':
      return typeof value === 'string' && value.length === schema.size;
    case 'enum':
      return typeof value === 'string' && schema.symbols.includes(value);
    case 'array':
      return Array.isArray(value) && value.every((item) => fits(schema.items, item));
    case 'map':
      return isObject(value) && Object.values(value).every((item) => fits(schema.values, item));
    case 'union':
      return schema.branches.some((branch) => fits(branch, value));
    case 'record':
      return (
        isObject(value) &&
        schema.fields.every((field) =>
          field.name in value ? fits(field.type, value[field.name]) : field.default !== undefined,
        )
      );
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The compact JSON text in the order of the Java library, which the registry stores and compares: `type`, `name`, `namespace`, `doc`,
 * what the type consists of, other attributes, `aliases`. A name is written out once and referred to afterwards; those that
 * `references` define are only referred to.
 */
export function printAvroSchema(schema: AvroSchema, references: readonly AvroSchema[] = []): string {
  const known = new Parser();
  for (const reference of references) known.learn(reference);
  return printMarkedNumbers(toJson(schema, '', known.knownNames()));
}

function toJson(schema: AvroSchema, namespace: string, written: Set<string>): unknown {
  switch (schema.kind) {
    case 'union':
      return schema.branches.map((branch) => toJson(branch, namespace, written));
    case 'array':
      return { type: 'array', items: toJson(schema.items, namespace, written), ...shown(schema.properties) };
    case 'map':
      return { type: 'map', values: toJson(schema.values, namespace, written), ...shown(schema.properties) };
    case 'record':
    case 'enum':
    case 'fixed':
      return namedToJson(schema, namespace, written);
    default:
      return Object.keys(schema.properties).length === 0
        ? schema.kind
        : { type: schema.kind, ...shown(schema.properties) };
  }
}

function namedToJson(schema: AvroRecord | AvroEnum | AvroFixed, namespace: string, written: Set<string>): unknown {
  const own = namespaceOf(schema.name);
  const simple = schema.name.slice(own === '' ? 0 : own.length + 1);
  if (written.has(schema.name)) return own === namespace ? simple : schema.name;
  written.add(schema.name);
  const json: Record<string, unknown> = {
    type: schema.kind === 'record' && schema.isError ? 'error' : schema.kind,
    name: simple,
  };
  if (own !== namespace) json['namespace'] = own;
  if (schema.doc !== undefined) json['doc'] = schema.doc;
  if (schema.kind === 'record') json['fields'] = schema.fields.map((field) => fieldToJson(field, own, written));
  else if (schema.kind === 'fixed') json['size'] = schema.size;
  else {
    json['symbols'] = schema.symbols;
    if (schema.default !== undefined) json['default'] = schema.default;
  }
  Object.assign(json, shown(schema.properties));
  if (schema.aliases.length > 0)
    json['aliases'] = schema.aliases.map((alias) =>
      namespaceOf(alias) === own && own !== '' ? alias.slice(own.length + 1) : alias,
    );
  return json;
}

function fieldToJson(field: AvroField, namespace: string, written: Set<string>): unknown {
  const json: Record<string, unknown> = { name: field.name, type: toJson(field.type, namespace, written) };
  if (field.doc !== undefined) json['doc'] = field.doc;
  if (field.default !== undefined) json['default'] = field[asWritten] ?? field.default;
  if (field.order !== 'ascending') json['order'] = field.order;
  if (field.aliases.length > 0) json['aliases'] = field.aliases;
  return Object.assign(json, shown(field.properties));
}

function shown(properties: AvroProperties): AvroProperties {
  return properties[asWritten] ?? properties;
}
