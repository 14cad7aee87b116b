/**
 * The text of the Protobuf schema of a list of columns, as Connect's converter makes it: fields numbered as they stand, messages named
 * `ConnectDefault1`, `ConnectDefault2` …, maps as repeated entries.
 */
import { invalid } from './sql-error.ts';
import type { SqlField, SqlType } from './types.ts';

/** How the scalars of a message tell null from their default; absent: not at all. */
export type NullableRepresentation = 'OPTIONAL' | 'WRAPPER';

/** @throws StackError MILLRACE_SQL_INVALID for a list of lists, which Protobuf does not have */
export function protobufText(
  fields: readonly SqlField[],
  options: { readonly fullName?: string; readonly nullable?: NullableRepresentation } = {},
): string {
  const full = options.fullName ?? 'ConnectDefault1';
  const dot = full.lastIndexOf('.');
  const imports = new Set<string>();
  let structs = 1;
  const message = (name: string, of: readonly SqlField[], indent: string): string => {
    const nested: string[] = [];
    const lines = of.map((one, i) => {
      const { text, repeated, options: extra } = fieldType(one.type, nested, `${indent}  `);
      const optional = options.nullable === 'OPTIONAL' && !repeated ? 'optional ' : '';
      return `${indent}  ${repeated ? 'repeated ' : optional}${text} ${one.name} = ${i + 1}${extra};`;
    });
    return [`${indent}message ${name} {`, ...lines, ...(nested.length > 0 ? ['', ...nested] : []), `${indent}}`].join(
      '\n',
    );
  };
  const wrap = (plain: string, wrapper: string): string => {
    if (options.nullable !== 'WRAPPER') return plain;
    imports.add('google/protobuf/wrappers.proto');
    return `google.protobuf.${wrapper}Value`;
  };
  const fieldType = (
    type: SqlType,
    nested: string[],
    indent: string,
  ): { text: string; repeated: boolean; options: string } => {
    const plain = (text: string): { text: string; repeated: boolean; options: string } => ({
      text,
      repeated: false,
      options: '',
    });
    switch (type.kind) {
      case 'BOOLEAN':
        return plain(wrap('bool', 'Bool'));
      case 'INTEGER':
        return plain(wrap('int32', 'Int32'));
      case 'BIGINT':
        return plain(wrap('int64', 'Int64'));
      case 'DOUBLE':
        return plain(wrap('double', 'Double'));
      case 'STRING':
        return plain(wrap('string', 'String'));
      case 'BYTES':
        return plain(wrap('bytes', 'Bytes'));
      case 'DATE':
        imports.add('google/type/date.proto');
        return plain('google.type.Date');
      case 'TIME':
        imports.add('google/type/timeofday.proto');
        return plain('google.type.TimeOfDay');
      case 'TIMESTAMP':
        imports.add('google/protobuf/timestamp.proto');
        return plain('google.protobuf.Timestamp');
      case 'DECIMAL':
        imports.add('confluent/meta.proto');
        imports.add('confluent/type/decimal.proto');
        return {
          ...plain('confluent.type.Decimal'),
          options: ` [(confluent.field_meta) = {\n${indent}  params: [\n${indent}    {\n${indent}      value: "${type.precision}",\n${indent}      key: "precision"\n${indent}    },\n${indent}    {\n${indent}      value: "${type.scale}",\n${indent}      key: "scale"\n${indent}    }\n${indent}  ]\n${indent}}]`,
        };
      case 'ARRAY':
        if (type.element.kind === 'ARRAY') throw invalid('Array cannot be nested');
        return { ...fieldType(type.element, nested, indent), repeated: true };
      case 'MAP':
      case 'STRUCT': {
        const name = `ConnectDefault${++structs}${type.kind === 'MAP' ? 'Entry' : ''}`;
        const own =
          type.kind === 'MAP'
            ? [
                { name: 'key', type: type.key },
                { name: 'value', type: type.value },
              ]
            : type.fields;
        nested.push(message(name, own, indent));
        return { text: name, repeated: type.kind === 'MAP', options: '' };
      }
    }
  };
  const body = message(dot < 0 ? full : full.slice(dot + 1), fields, '');
  const head = [
    'syntax = "proto3";',
    ...(dot < 0 ? [] : [`package ${full.slice(0, dot)};`]),
    '',
    ...[...imports].sort().map((file) => `import "${file}";`),
    ...(imports.size > 0 ? [''] : []),
  ];
  return `${head.join('\n')}\n${body}\n`;
}
