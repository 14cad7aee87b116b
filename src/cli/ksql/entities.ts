/** Answers of `/ksql` as JSON holds them, and reading of fields that an older or newer server may leave out. */

export type Json = Readonly<Record<string, unknown>>;

export interface FieldInfo {
  readonly name: string;
  readonly schema: SchemaInfo;
  readonly type?: 'KEY' | 'HEADER';
  readonly headerKey?: string;
}

export interface SchemaInfo {
  readonly type: string;
  readonly fields?: readonly FieldInfo[] | null;
  readonly memberSchema?: SchemaInfo | null;
  readonly parameters?: Readonly<Record<string, unknown>>;
}

/** A field's text; empty when it is missing or null. */
export function textOf(from: Json, field: string): string {
  const value = from[field];
  return value === undefined || value === null ? '' : String(value);
}

export function objectOf(from: Json, field: string): Json {
  const value = from[field];
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

export function listOf<T = Json>(from: Json, field: string): readonly T[] {
  const value = from[field];
  return Array.isArray(value) ? (value as T[]) : [];
}

/** `MAP<STRING, BIGINT>`, as DESCRIBE and SHOW TYPES print types. */
export function schemaText({ type, fields, memberSchema, parameters }: SchemaInfo): string {
  switch (type) {
    case 'STRING':
      return 'VARCHAR(STRING)';
    case 'ARRAY':
      return memberSchema ? `ARRAY<${schemaText(memberSchema)}>` : type;
    case 'MAP':
      return memberSchema ? `MAP<STRING, ${schemaText(memberSchema)}>` : type;
    case 'STRUCT':
      return `STRUCT<${(fields ?? []).map((field) => `${field.name} ${schemaText(field.schema)}`).join(', ')}>`;
    case 'DECIMAL':
      return parameters === undefined ? type : `DECIMAL(${parameters['precision']}, ${parameters['scale']})`;
    default:
      return type;
  }
}

/** `Name                 : value`. */
export function line(name: string, value: string): string {
  return `${name.padEnd(20)} : ${value}\n`;
}

/** A heading over dashes, with an empty line before it. */
export function heading(text: string, dashes: number): string {
  return `\n${text.padEnd(20)}\n${'-'.repeat(dashes).padEnd(20)}\n`;
}

export function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
