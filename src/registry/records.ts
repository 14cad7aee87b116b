/** The records of `_schemas` as bytes; docs/internals/schemas-topic.md draws them. The order of a key's properties is part of the format. */
import type { Config, RegistryMode, SchemaVersion } from './model.ts';

/** What one record says. A `value` of undefined is a tombstone. */
export type RegistryRecord =
  | {
      readonly type: 'SCHEMA';
      readonly subject: string;
      readonly version: number;
      readonly value: SchemaVersion | undefined;
    }
  | { readonly type: 'CONFIG'; readonly subject: string | undefined; readonly value: Config | undefined }
  | { readonly type: 'MODE'; readonly subject: string | undefined; readonly value: RegistryMode | undefined }
  | { readonly type: 'DELETE_SUBJECT'; readonly subject: string; readonly version: number }
  | { readonly type: 'CLEAR_SUBJECT'; readonly subject: string | undefined }
  | { readonly type: 'CONTEXT'; readonly context: string; readonly exists: boolean }
  | { readonly type: 'NOOP'; readonly maxIds: Readonly<Record<string, number>> };

export interface EncodedRecord {
  readonly key: Buffer;
  readonly value: Buffer | null;
}

/** For one tenant, as every registry outside of Confluent's cloud. */
const tenant = 'default';

export function encodeRecord(record: RegistryRecord): EncodedRecord {
  const named = (magic: number, more: object = {}): object => ({
    keytype: record.type,
    ...('subject' in record ? { subject: record.subject } : {}),
    ...more,
    magic,
  });
  switch (record.type) {
    case 'SCHEMA': {
      const { value } = record;
      return bytes(
        named(1, { version: record.version }),
        value && {
          subject: value.subject,
          version: value.version,
          id: value.id,
          schemaType: value.schemaType,
          references: value.references,
          metadata: value.metadata,
          ruleSet: value.ruleSet,
          schema: value.schema,
          deleted: value.deleted,
        },
      );
    }
    case 'CONFIG':
      return bytes(named(0), record.value && { subject: record.subject, ...record.value });
    case 'MODE':
      return bytes(named(0), record.value && { subject: record.subject, mode: record.value });
    case 'DELETE_SUBJECT':
      return bytes(named(0), { subject: record.subject, version: record.version });
    case 'CLEAR_SUBJECT':
      return bytes(named(0), { subject: record.subject });
    case 'CONTEXT':
      return bytes(
        { keytype: 'CONTEXT', tenant, context: record.context, magic: 0 },
        record.exists ? { tenant, context: record.context } : undefined,
      );
    case 'NOOP':
      return bytes(named(0), Object.keys(record.maxIds).length > 0 ? { maxIds: record.maxIds } : undefined);
  }
}

function bytes(key: object, value: object | undefined): EncodedRecord {
  return {
    key: Buffer.from(JSON.stringify(withoutEmpty(key))),
    value: value === undefined ? null : Buffer.from(JSON.stringify(withoutEmpty(value))),
  };
}

/** Maps of the user's own names: nothing in them is left out. */
const maps = ['tags', 'properties', 'params', 'maxIds'];

/** Leaves out what Jackson's NON_EMPTY leaves out of its objects: null, empty texts and empty lists. */
export function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined && part !== null && part !== '' && !isEmpty(part))
      .map(([name, part]) => [name, maps.includes(name) && !Array.isArray(part) ? part : withoutEmpty(part)]),
  );
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/**
 * What a record says; undefined when its key is of a kind that we pass over.
 * @throws Error when the bytes are no such record
 */
export function decodeRecord(key: Buffer, value: Buffer | null): RegistryRecord | undefined {
  const parsed = object(key);
  const fields = value === null ? undefined : object(value);
  const subject = typeof parsed['subject'] === 'string' ? parsed['subject'] : undefined;
  switch (parsed['keytype']) {
    case 'SCHEMA':
      return schemaRecord(parsed, subject ?? '', fields);
    case 'CONFIG':
      return { type: 'CONFIG', subject, value: fields && configOf(fields) };
    case 'MODE':
      return { type: 'MODE', subject, value: fields && (text(fields, 'mode') as RegistryMode) };
    case 'DELETE_SUBJECT':
      if (fields === undefined) return undefined;
      return { type: 'DELETE_SUBJECT', subject: subject ?? '', version: integer(fields, 'version') };
    case 'CLEAR_SUBJECT':
      return fields && { type: 'CLEAR_SUBJECT', subject };
    case 'CONTEXT':
      return { type: 'CONTEXT', context: text(parsed, 'context'), exists: fields !== undefined };
    case 'NOOP':
      return { type: 'NOOP', maxIds: (fields?.['maxIds'] ?? {}) as Record<string, number> };
    default:
      return undefined;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function schemaRecord(key: Fields, subject: string, fields: Fields | undefined): RegistryRecord {
  const magic = key['magic'] ?? 0;
  if (magic !== 0 && magic !== 1) throw new Error(`Can't deserialize schema for the magic byte ${String(magic)}`);
  const version = integer(key, 'version');
  if (fields === undefined) return { type: 'SCHEMA', subject, version, value: undefined };
  const value: SchemaVersion = {
    subject,
    version,
    id: integer(fields, 'id'),
    schemaType: typeof fields['schemaType'] === 'string' ? fields['schemaType'] : 'AVRO',
    schema: text(fields, 'schema'),
    references: (fields['references'] ?? []) as SchemaVersion['references'],
    ...(fields['metadata'] ? { metadata: fields['metadata'] as NonNullable<SchemaVersion['metadata']> } : {}),
    ...(fields['ruleSet'] ? { ruleSet: fields['ruleSet'] as NonNullable<SchemaVersion['ruleSet']> } : {}),
    deleted: fields['deleted'] === true,
  };
  return { type: 'SCHEMA', subject, version, value };
}

function configOf({ subject: _, ...config }: Fields): Config {
  return config;
}

function object(bytes: Buffer): Fields {
  const value: unknown = JSON.parse(bytes.toString('utf8'));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('not a JSON object');
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== 'string') throw new Error(`${name} is not a string`);
  return value;
}

function integer(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isInteger(value)) throw new Error(`${name} is not an integer`);
  return value as number;
}
