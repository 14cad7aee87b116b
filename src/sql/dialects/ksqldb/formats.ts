/** The formats as ksqlDB sees them: names, settings, what schemas each can hold. */
import type { DataSource, FormatName, FormatSpec } from '../../catalog/source.ts';
import { invalid } from '../../sql-error.ts';
import { quoteName, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';

const names: readonly FormatName[] = [
  'NONE',
  'KAFKA',
  'JSON',
  'DELIMITED',
  'AVRO',
  'JSON_SR',
  'PROTOBUF',
  'PROTOBUF_NOSR',
];

export function formatName(text: string): FormatName {
  const upper = text.toUpperCase();
  const found = names.find((name) => name === upper);
  if (found === undefined) throw invalid(`Unknown format: ${upper}`);
  return found;
}

/** Schemas of these formats are in the registry and can be read from there. */
export function infersSchema(format: FormatName): boolean {
  return format === 'AVRO' || format === 'JSON_SR' || format === 'PROTOBUF';
}

/** A single value can be written with or without a record around it. */
export function canChooseWrapping(format: FormatName): boolean {
  return format === 'JSON' || format === 'AVRO' || format === 'JSON_SR';
}

export interface FormatColumn {
  readonly name: string;
  readonly type: SqlType;
}

/** @throws when the format cannot hold the columns, in ksqlDB's words */
export function checkFormat(spec: FormatSpec, columns: readonly FormatColumn[], side: 'key' | 'value'): void {
  const reason = refusal(spec, columns, side);
  if (reason === undefined) return;
  const list = columnsText(columns, side);
  const features =
    spec.wrapSingle === undefined || columns.length !== 1 ? '' : spec.wrapSingle ? 'WRAP_SINGLES' : 'UNWRAP_SINGLES';
  const feature =
    features === '' && side === 'key' && columns.length === 1 && canChooseWrapping(spec.format)
      ? 'UNWRAP_SINGLES'
      : features;
  throw invalid(
    `${side === 'key' ? 'Key' : 'Value'} format does not support schema.\nformat: ${spec.format}\nschema: Persistence{columns=${list}, features=[${feature}]}\nreason: ${reason}`,
  );
}

function columnsText(columns: readonly FormatColumn[], side: 'key' | 'value'): string {
  return `[${columns.map(({ name, type }) => `${quoteName(name)} ${typeText(type)}${side === 'key' ? ' KEY' : ''}`).join(', ')}]`;
}

function refusal({ format }: FormatSpec, columns: readonly FormatColumn[], side: 'key' | 'value'): string | undefined {
  switch (format) {
    case 'NONE':
      return columns.length === 0
        ? undefined
        : `The 'NONE' format can only be used when no columns are defined. Got: ${columnsText(columns, side)}`;
    case 'KAFKA': {
      if (columns.length > 1)
        return `The 'KAFKA' format only supports a single field. Got: ${columnsText(columns, side)}`;
      const [only] = columns;
      return only === undefined || ['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES'].includes(only.type.kind)
        ? undefined
        : `The 'KAFKA' format does not support type '${only.type.kind}'`;
    }
    case 'DELIMITED': {
      const bad = columns.find(({ type }) => ['ARRAY', 'MAP', 'STRUCT'].includes(type.kind));
      return bad && `The 'DELIMITED' format does not support type '${bad.type.kind}', column: ${quoteName(bad.name)}`;
    }
    case 'JSON':
    case 'JSON_SR':
      return columns.some(({ type }) => hasOddMap(type)) ? 'JSON only supports MAP types with STRING keys' : undefined;
    case 'AVRO':
      return columns.some(({ type }) => hasOddMap(type)) ? 'Avro only supports MAPs with STRING keys' : undefined;
    case 'PROTOBUF':
    case 'PROTOBUF_NOSR':
      return columns.some(({ type }) => hasOddMap(type))
        ? 'PROTOBUF format only supports MAP types with STRING keys'
        : undefined;
  }
}

/** A MAP whose keys are not text. (Avro writes others as lists of entries, but not as the whole value.) */
function hasOddMap(type: SqlType): boolean {
  switch (type.kind) {
    case 'MAP':
      return type.key.kind !== 'STRING' || hasOddMap(type.value);
    case 'ARRAY':
      return hasOddMap(type.element);
    case 'STRUCT':
      return type.fields.some((field) => hasOddMap(field.type));
    default:
      return false;
  }
}

/** The format of a sink that was not told another: the source's, with those of its settings that go with it. */
export function inheritedFormat(format: FormatName, source: FormatSpec, own: Partial<FormatSpec>): FormatSpec {
  const delimiter = own.delimiter ?? (source.format === format ? source.delimiter : undefined);
  const nullable = own.nullableRepresentation ?? (source.format === format ? source.nullableRepresentation : undefined);
  const { schemaFullName, schemaId, wrapSingle } = own;
  return {
    format,
    ...(delimiter !== undefined && { delimiter }),
    ...(nullable !== undefined && { nullableRepresentation: nullable }),
    ...(schemaFullName !== undefined && { schemaFullName }),
    ...(schemaId !== undefined && { schemaId }),
    ...(wrapSingle !== undefined && { wrapSingle }),
  };
}

/** The columns of one side of a source. */
export function sideColumns(source: Pick<DataSource, 'columns'>, side: 'key' | 'value'): FormatColumn[] {
  return source.columns.filter((column) => column.place === side).map(({ name, type }) => ({ name, type }));
}
