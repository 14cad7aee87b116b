/** The answers of `/ksql`: one object per statement, told apart by `@type` (public entity classes of ksqlDB). */
import type { SqlType } from '../../sql/types.ts';
import type { DataSource, SourceColumn } from '../../sql/catalog/source.ts';

export interface KsqlWarning {
  readonly message: string;
}

export interface KsqlEntity {
  readonly '@type': string;
  readonly statementText: string;
  readonly warnings: readonly KsqlWarning[];
  readonly [field: string]: unknown;
}

export function entity(
  type: string,
  statementText: string,
  fields: Readonly<Record<string, unknown>>,
  warnings: readonly KsqlWarning[] = [],
): KsqlEntity {
  return { '@type': type, statementText, ...fields, warnings };
}

/** Nothing was done because nothing was to be done (IF NOT EXISTS and its like). */
export function warningEntity(statementText: string, message: string): KsqlEntity {
  return entity('warning_entity', statementText, { message });
}

export interface SchemaInfo {
  readonly type: string;
  readonly fields: readonly FieldInfo[] | null;
  readonly memberSchema: SchemaInfo | null;
  readonly parameters?: Readonly<Record<string, number>>;
}

export interface FieldInfo {
  readonly name: string;
  readonly schema: SchemaInfo;
  readonly type?: 'KEY' | 'HEADER';
  readonly headerKey?: string;
}

export function schemaInfo(type: SqlType): SchemaInfo {
  switch (type.kind) {
    case 'ARRAY':
      return { type: 'ARRAY', fields: null, memberSchema: schemaInfo(type.element) };
    case 'MAP':
      return { type: 'MAP', fields: null, memberSchema: schemaInfo(type.value) };
    case 'STRUCT': {
      const fields = type.fields.map((field) => ({ name: field.name, schema: schemaInfo(field.type) }));
      return { type: 'STRUCT', fields, memberSchema: null };
    }
    case 'DECIMAL': {
      const parameters = { precision: type.precision, scale: type.scale };
      return { type: 'DECIMAL', fields: null, memberSchema: null, parameters };
    }
    default:
      return { type: type.kind, fields: null, memberSchema: null };
  }
}

export function fieldInfo(column: SourceColumn): FieldInfo {
  const { name, place, header } = column;
  const schema = schemaInfo(column.type);
  if (place === 'key') return { name, schema, type: 'KEY' };
  if (place === 'headers')
    return { name, schema, type: 'HEADER', ...(header === undefined ? {} : { headerKey: header }) };
  return { name, schema };
}

/** One line of LIST STREAMS and LIST TABLES. */
export function sourceInfo(source: DataSource): Readonly<Record<string, unknown>> {
  const { kind: type, name, topic } = source;
  const formats = { keyFormat: source.keyFormat.format, valueFormat: source.valueFormat.format };
  return { type, name, topic, ...formats, isWindowed: source.window !== undefined };
}
