/** WITH clauses: which properties there are, what they may be, what they mean. */
import type { FormatName, FormatSpec, SourceWindow } from '../../catalog/source.ts';
import { invalid, within } from '../../sql-error.ts';
import type { Span } from '../../syntax/lexer.ts';
import type { Properties } from './ast.ts';
import { parseDuration } from './durations.ts';
import { canChooseWrapping, formatName, infersSchema } from './formats.ts';

export interface SourceProperties {
  readonly topic: string | undefined;
  readonly partitions: number | undefined;
  readonly replicas: number | undefined;
  readonly config: Readonly<Record<string, string>>;
  readonly keyFormat: FormatName | undefined;
  readonly valueFormat: FormatName | undefined;
  readonly key: Partial<FormatSpec>;
  readonly value: Partial<FormatSpec>;
  readonly timestamp: { readonly column: string; readonly format?: string } | undefined;
  readonly window: SourceWindow | undefined;
  readonly queryId: string | undefined;
}

const common: readonly string[] =
  `KAFKA_TOPIC PARTITIONS REPLICAS RETENTION_MS CLEANUP_POLICY VALUE_FORMAT KEY_FORMAT FORMAT TIMESTAMP TIMESTAMP_FORMAT
WRAP_SINGLE_VALUE KEY_PROTOBUF_NULLABLE_REPRESENTATION VALUE_PROTOBUF_NULLABLE_REPRESENTATION VALUE_AVRO_SCHEMA_FULL_NAME
KEY_SCHEMA_FULL_NAME VALUE_SCHEMA_FULL_NAME KEY_DELIMITER VALUE_DELIMITER KEY_SCHEMA_ID VALUE_SCHEMA_ID`.split(/\s+/);

type Use = 'source' | 'sink' | 'insert';

const known: Readonly<Record<Use, ReadonlySet<string>>> = {
  source: new Set([...common, 'WINDOW_TYPE', 'WINDOW_SIZE', 'SOURCE_CONNECTOR', 'SOURCED_BY_CONNECTOR']),
  sink: new Set(common),
  insert: new Set(['QUERY_ID']),
};

/**
 * Reads a WITH clause.
 * @throws StackError MILLRACE_SQL_INVALID for unknown properties and values that do not fit
 */
export function readProperties(properties: Properties, use: Use): SourceProperties {
  for (const [name, { span }] of properties) {
    if (!known[use].has(name)) {
      throw invalid(`Failed to prepare statement: Invalid config variable(s) in the WITH clause: ${name}`, span);
    }
  }
  const text = (name: string): string | undefined => {
    const found = properties.get(name);
    return found === undefined || found.kind === 'null' ? undefined : found.value;
  };
  const spanOf = (...names: string[]): Span | undefined =>
    names.map((name) => properties.get(name)?.span).find((span) => span !== undefined);
  const bad = (name: string, why: string): Error =>
    invalid(`Failed to prepare statement: Configuration ${name} is invalid: ${why}`, properties.get(name)?.span);
  const integer = (name: string): number | undefined => {
    const value = text(name);
    if (value === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(value.trim()))
      throw invalid(
        `Failed to prepare statement: Invalid value ${value} for configuration ${name}: Not a number of type INT`,
        properties.get(name)?.span,
      );
    return Number(value);
  };
  const enumeration = <T extends string>(name: string, values: readonly T[]): T | undefined => {
    const value = text(name)?.toUpperCase();
    if (value === undefined) return undefined;
    const found = values.find((one) => one === value);
    if (found === undefined)
      throw invalid(
        `Failed to prepare statement: Invalid value ${value} for configuration ${name}: String must be one of: ${values.join(', ')}, null`,
        properties.get(name)?.span,
      );
    return found;
  };
  if (text('KAFKA_TOPIC') === '') throw bad('KAFKA_TOPIC', 'String must be non-empty');
  if (use === 'source' && text('KAFKA_TOPIC') === undefined) {
    throw invalid('Failed to prepare statement: Missing required property "KAFKA_TOPIC" which has no default value.');
  }
  const both = text('FORMAT');
  for (const side of ['KEY_FORMAT', 'VALUE_FORMAT']) {
    if (both !== undefined && text(side) !== undefined) {
      throw invalid(
        `Failed to prepare statement: Cannot supply both '${side}' and 'FORMAT' properties, as 'FORMAT' sets both key and value formats. Either use just 'FORMAT', or use 'KEY_FORMAT' and 'VALUE_FORMAT'.`,
        properties.get(side)?.span,
      );
    }
  }
  if (text('VALUE_AVRO_SCHEMA_FULL_NAME') !== undefined && text('VALUE_SCHEMA_FULL_NAME') !== undefined) {
    throw invalid(
      "Failed to prepare statement: Cannot supply both 'VALUE_AVRO_SCHEMA_FULL_NAME' and 'VALUE_SCHEMA_FULL_NAME' properties. Please only set 'VALUE_SCHEMA_FULL_NAME'.",
      properties.get('VALUE_AVRO_SCHEMA_FULL_NAME')?.span,
    );
  }
  const side = (which: 'KEY' | 'VALUE'): Partial<FormatSpec> => {
    const delimiter = readDelimiter(text(`${which}_DELIMITER`), (why) => bad(`${which}_DELIMITER`, why));
    const schemaFullName =
      text(`${which}_SCHEMA_FULL_NAME`) ?? (which === 'VALUE' ? text('VALUE_AVRO_SCHEMA_FULL_NAME') : undefined);
    const schemaId = integer(`${which}_SCHEMA_ID`);
    const nullable = enumeration(`${which}_PROTOBUF_NULLABLE_REPRESENTATION`, ['OPTIONAL', 'WRAPPER']);
    return {
      ...(delimiter !== undefined && { delimiter }),
      ...(schemaFullName !== undefined && { schemaFullName }),
      ...(schemaId !== undefined && { schemaId }),
      ...(nullable !== undefined && { nullableRepresentation: nullable }),
    };
  };
  const wrap = text('WRAP_SINGLE_VALUE')?.toLowerCase();
  if (wrap !== undefined && wrap !== 'true' && wrap !== 'false') {
    throw invalid(
      `Failed to prepare statement: Invalid value ${wrap} for configuration WRAP_SINGLE_VALUE: Expected value to be either true or false`,
      properties.get('WRAP_SINGLE_VALUE')?.span,
    );
  }
  const config: Record<string, string> = {};
  const retention = integer('RETENTION_MS');
  if (retention !== undefined) config['retention.ms'] = String(retention);
  const cleanup = text('CLEANUP_POLICY');
  if (cleanup !== undefined) config['cleanup.policy'] = cleanup.toLowerCase();
  const column = text('TIMESTAMP');
  const format = text('TIMESTAMP_FORMAT');
  const keyFormat = text('KEY_FORMAT') ?? both;
  const valueFormat = text('VALUE_FORMAT') ?? both;
  return {
    topic: text('KAFKA_TOPIC'),
    partitions: integer('PARTITIONS'),
    replicas: integer('REPLICAS'),
    config,
    keyFormat:
      keyFormat === undefined ? undefined : within(spanOf('KEY_FORMAT', 'FORMAT'), () => formatName(keyFormat)),
    valueFormat:
      valueFormat === undefined ? undefined : within(spanOf('VALUE_FORMAT', 'FORMAT'), () => formatName(valueFormat)),
    key: side('KEY'),
    value: { ...side('VALUE'), ...(wrap !== undefined && { wrapSingle: wrap === 'true' }) },
    timestamp:
      column === undefined ? undefined : { column: identifier(column), ...(format !== undefined && { format }) },
    window: within(spanOf('WINDOW_TYPE'), () =>
      readWindow(text('WINDOW_TYPE'), text('WINDOW_SIZE'), properties.get('WINDOW_SIZE')?.span),
    ),
    queryId: text('QUERY_ID'),
  };
}

/** A column's name inside a string: upper case unless it is quoted. */
function identifier(text: string): string {
  return /^[`"].*[`"]$/.test(text) ? text.slice(1, -1) : text.toUpperCase();
}

function readDelimiter(text: string | undefined, bad: (why: string) => Error): string | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '' || text === '') {
    throw bad(
      "Delimiter cannot be empty, if you meant to have a tab or space for delimiter, please use the special values 'TAB' or 'SPACE'\nExample valid value: ';'",
    );
  }
  if (text === 'SPACE') return ' ';
  if (text === 'TAB') return '\t';
  if (text.length !== 1) {
    throw bad(
      `Invalid delimiter value: '${text}'. Delimiter must be a single character or TAB,SPACE\nExample valid value: ';'`,
    );
  }
  return text;
}

function readWindow(
  type: string | undefined,
  size: string | undefined,
  span: Span = { start: 0, end: 0, line: 1, column: 1 },
): SourceWindow | undefined {
  if (type === undefined) {
    if (size !== undefined) parseDuration(size, span);
    return undefined;
  }
  const upper = type.toUpperCase();
  if (upper !== 'SESSION' && upper !== 'HOPPING' && upper !== 'TUMBLING') {
    throw invalid(
      `Failed to prepare statement: Invalid value ${type} for configuration WINDOW_TYPE: String must be one of: SESSION, HOPPING, TUMBLING, null`,
    );
  }
  if (upper === 'SESSION') {
    if (size !== undefined) throw invalid("'WINDOW_SIZE' should not be set for SESSION windows.");
    return { type: upper };
  }
  if (size === undefined)
    throw invalid(
      `${upper} windows require 'WINDOW_SIZE' to be provided in the WITH clause. For example: 'WINDOW_SIZE'='10 SECONDS'`,
    );
  const sizeMs = parseDuration(size, span);
  return { type: upper, sizeMs };
}

/** Checks the settings of one format against what it knows. */
export function checkFormatSettings(spec: FormatSpec): void {
  const { format } = spec;
  const bad: string[] = [];
  if (spec.delimiter !== undefined && format !== 'DELIMITED') bad.push('delimiter');
  if (spec.schemaFullName !== undefined && !infersSchema(format)) bad.push('fullSchemaName');
  if (spec.schemaId !== undefined && !infersSchema(format)) bad.push('schemaId');
  if (spec.nullableRepresentation !== undefined && format !== 'PROTOBUF' && format !== 'PROTOBUF_NOSR')
    bad.push('nullableRepresentation');
  if (bad.length > 0) throw invalid(`${format} does not support the following configs: [${bad.join(', ')}]`);
  if (spec.schemaFullName?.trim() === '')
    throw invalid('fullSchemaName cannot be empty. Format configuration: {fullSchemaName=}');
}

/** How a single value is written: what WITH or the session says, if the format can choose. */
export function singleValue(spec: FormatSpec, columns: number, byDefault: boolean | undefined): FormatSpec {
  if (spec.wrapSingle !== undefined) {
    if (columns !== 1) throw invalid("'WRAP_SINGLE_VALUE' is only valid for single-field value schemas");
    if (!allowsWrap(spec.format, spec.wrapSingle)) {
      throw invalid(`Format '${spec.format}' does not support 'WRAP_SINGLE_VALUE' set to '${spec.wrapSingle}'.`);
    }
    return canChooseWrapping(spec.format) ? spec : dropWrap(spec);
  }
  return columns === 1 && byDefault !== undefined && canChooseWrapping(spec.format)
    ? { ...spec, wrapSingle: byDefault }
    : spec;
}

function allowsWrap(format: FormatName, wrap: boolean): boolean {
  if (canChooseWrapping(format)) return true;
  return format === 'PROTOBUF' || format === 'PROTOBUF_NOSR' ? wrap : !wrap;
}

function dropWrap({ wrapSingle: _, ...spec }: FormatSpec): FormatSpec {
  return spec;
}
