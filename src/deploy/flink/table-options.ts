/** The WITH clause of Flink's tables: connectors and formats (Flink 2.2 documentation, "Table API Connectors"). */
import type { FormatSpec } from '../../sql/catalog/source.ts';
import { inexpressible } from '../engine-sql.ts';
import { quoted } from '../expression.ts';

export type Options = Readonly<Record<string, string | false | undefined>>;

export function optionsText(options: Options): string {
  return Object.entries(options)
    .flatMap(([name, value]) => (typeof value === 'string' ? [`  ${quoted(name)} = ${quoted(value)}`] : []))
    .join(',\n');
}

/** @throws StackError MILLRACE_UNSUPPORTED */
export function formatOptions(side: 'key' | 'value', spec: FormatSpec, registryUrl: string, schema?: string): Options {
  const options = (format: string, own: Options = {}): Options => ({
    [`${side}.format`]: format,
    ...Object.fromEntries(Object.entries(own).map(([name, value]) => [`${side}.${format}.${name}`, value])),
  });
  switch (spec.format) {
    case 'AVRO':
      return options('avro-confluent', { url: registryUrl, schema });
    case 'JSON':
      return options('json', { 'ignore-parse-errors': 'true', 'encode.decimal-as-plain-number': 'true' });
    case 'DELIMITED':
      return options('csv', { 'ignore-parse-errors': 'true', 'field-delimiter': spec.delimiter ?? ',' });
    case 'KAFKA':
      return options('raw');
    default:
      throw inexpressible('Flink SQL', `The format ${spec.format}`);
  }
}

/** Key fields stand in the key alone. */
export function keyOptions(spec: FormatSpec, fields: readonly string[], primary: boolean): Options {
  if (fields.length === 0) return {};
  if (spec.format === 'KAFKA' && fields.length > 1)
    throw inexpressible('Flink SQL', 'A key of several columns in the format KAFKA');
  return {
    ...(!primary && { 'key.fields': fields.join(';') }),
    'key.fields-prefix': 'key_',
    'value.fields-include': 'EXCEPT_KEY',
    ...(spec.format === 'KAFKA' ? { 'key.format': 'raw' } : formatOptions('key', spec, '')),
  };
}
