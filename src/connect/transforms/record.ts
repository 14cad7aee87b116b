/** Records as transformations see them, and what transformations say when a record is not what they need. */
import { ConnectException } from '../errors.ts';
import { DataException, javaClassOf } from '../data/schema.ts';
import type { ConnectField, ConnectSchema, ConnectStruct, ConnectValue } from '../data/schema.ts';

export interface ConnectHeader {
  readonly key: string;
  /** Null of a value that has none: nothing at all. */
  readonly schema: ConnectSchema | null;
  readonly value: ConnectValue;
}

/** A record of a source, with a schema for key and value. A converted one is a new object. */
export interface ConnectRecord {
  readonly topic: string;
  readonly partition: number | null;
  /** Milliseconds since the epoch. */
  readonly timestamp: number | null;
  readonly keySchema: ConnectSchema;
  readonly key: ConnectValue;
  readonly valueSchema: ConnectSchema;
  readonly value: ConnectValue;
  readonly headers: readonly ConnectHeader[];
}

/** Which half of a record a transformation works on. */
export type Side = 'Key' | 'Value';

export interface Half {
  readonly schema: ConnectSchema;
  readonly value: ConnectValue;
}

export function halfOf(record: ConnectRecord, side: Side): Half {
  return side === 'Key'
    ? { schema: record.keySchema, value: record.key }
    : { schema: record.valueSchema, value: record.value };
}

export function withHalf(record: ConnectRecord, side: Side, { schema, value }: Half): ConnectRecord {
  return side === 'Key' ? { ...record, keySchema: schema, key: value } : { ...record, valueSchema: schema, value };
}

/** A field's value; its default where it is null and `replaceNull` says so. */
export function fieldValue(struct: ConnectStruct, { name, schema }: ConnectField, replaceNull: boolean): ConnectValue {
  const value = struct[name] ?? null;
  return value === null && replaceNull ? (schema.default ?? null) : value;
}

export function fieldOf(schema: ConnectSchema, name: string): ConnectField | undefined {
  return schema.fields?.find((field) => field.name === name);
}

/** @throws DataException as a schema without fields does that is asked for them */
export function requireFields(schema: ConnectSchema): void {
  if (schema.type !== 'STRUCT') throw new DataException('Cannot list fields on non-struct type');
}

/** @throws DataException when the half is no struct */
export function requireStruct({ schema, value }: Half, purpose: string): ConnectStruct {
  if (value !== null && schema.type === 'STRUCT') return value as ConnectStruct;
  throw new DataException(
    `Only Struct objects supported for [${purpose}], found: ${value === null ? 'null' : javaClassOf(schema)}`,
  );
}

export function requireStructOrNull(half: Half, purpose: string): ConnectStruct | null {
  return half.value === null ? null : requireStruct(half, purpose);
}

/** Name, version, doc and parameters of a schema, for one that takes its place. */
export function basicsOf({ name, version, doc, parameters }: ConnectSchema): Partial<ConnectSchema> {
  return {
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(doc === undefined ? {} : { doc }),
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** A struct's schema in place of another. Throws as Connect does when two fields have one name. */
export function structLike(schema: ConnectSchema, fields: readonly ConnectField[]): ConnectSchema {
  const names = new Set<string>();
  for (const { name } of fields) {
    if (names.has(name))
      throw new ConnectException(`Cannot create field because of field name duplication ${name}`, {
        javaClass: 'org.apache.kafka.connect.errors.SchemaBuilderException',
      });
    names.add(name);
  }
  return { type: 'STRUCT', optional: false, ...basicsOf(schema), fields };
}

/** Remembers what was made of each schema: schemas rarely change from one record to the next. */
export function perSchema<T>(make: (schema: ConnectSchema) => T): (schema: ConnectSchema) => T {
  const made = new WeakMap<ConnectSchema, T>();
  return (schema) => {
    let known = made.get(schema);
    if (known === undefined) {
      known = make(schema);
      made.set(schema, known);
    }
    return known;
  };
}

/** `Schema{commercialrating:STRUCT}`, as Java prints one. */
export function schemaText({ type, name }: ConnectSchema): string {
  return name === undefined ? `Schema{${type}}` : `Schema{${name}:${type}}`;
}
