/**
 * Connect's schemas as Protobuf's, as Confluent's ProtobufData makes them with its default settings: one message per struct, fields numbered in
 * their order, proto3 without `optional`; logical types are the well-known messages.
 */
import { parseProtoFile } from '../../formats/protobuf/parse.ts';
import { printProtoFile } from '../../formats/protobuf/print.ts';
import { avroUnionName, DataException, logicalNames } from './schema.ts';
import type { ConnectSchema, ConnectType } from './schema.ts';

/** The message of a STRUCT without a name; further ones count on. */
const defaultMessageName = 'ConnectDefault';

const scalars: Readonly<Partial<Record<ConnectType, string>>> = {
  INT8: 'int32',
  INT16: 'int32',
  INT32: 'int32',
  INT64: 'int64',
  FLOAT32: 'float',
  FLOAT64: 'double',
  BOOLEAN: 'bool',
  STRING: 'string',
  BYTES: 'bytes',
};

const logicalMessages: Readonly<Record<string, readonly [type: string, file: string]>> = {
  [logicalNames.decimal]: ['confluent.type.Decimal', 'confluent/type/decimal.proto'],
  [logicalNames.date]: ['google.type.Date', 'google/type/date.proto'],
  [logicalNames.time]: ['google.type.TimeOfDay', 'google/type/timeofday.proto'],
  [logicalNames.timestamp]: ['google.protobuf.Timestamp', 'google/protobuf/timestamp.proto'],
};

/** The schema as the registry gets it. Throws {@link DataException} for what a message cannot hold. */
export function toProtoText(schema: ConnectSchema): string {
  if (schema.type !== 'STRUCT') throw new DataException(`Unsupported root schema of type ${schema.type}`);
  const names = new Names();
  const full = schema.name ?? names.next();
  const dot = full.lastIndexOf('.');
  const imports = new Set<string>();
  const body = message(schema, full.slice(dot + 1), names, imports, []);
  const lines = [
    'syntax = "proto3";',
    dot < 0 ? '' : `package ${full.slice(0, dot)};`,
    ...[...imports].sort().map((file) => `import "${file}";`),
    body,
  ];
  return printProtoFile(parseProtoFile(lines.join('\n')));
}

class Names {
  private count = 0;

  next(): string {
    this.count++;
    return `${defaultMessageName}${this.count}`;
  }
}

function message(
  schema: ConnectSchema,
  name: string,
  names: Names,
  imports: Set<string>,
  within: readonly ConnectSchema[],
): string {
  if (schema.name === avroUnionName) throw new DataException('ProtobufConverter of this worker cannot hold a union');
  if (within.includes(schema))
    throw new DataException('ProtobufConverter of this worker cannot hold a schema that contains itself');
  const inner: string[] = [];
  const typeOf = (of: ConnectSchema): string => {
    const logical = of.name === undefined ? undefined : logicalMessages[of.name];
    if (logical !== undefined) {
      imports.add(logical[1]);
      return logical[0];
    }
    if (of.type === 'STRUCT') {
      const own = of.name === undefined ? names.next() : of.name.slice(of.name.lastIndexOf('.') + 1);
      inner.push(message(of, own, names, imports, [...within, schema]));
      return own;
    }
    const scalar = scalars[of.type];
    if (scalar === undefined) throw new DataException(`Unsupported schema type within a list or a map: ${of.type}`);
    return scalar;
  };
  const fields = (schema.fields ?? []).map(({ name: fieldName, schema: of }, i) => {
    const { valueSchema } = of;
    const type =
      of.type === 'ARRAY' && valueSchema !== undefined
        ? `repeated ${typeOf(valueSchema)}`
        : of.type === 'MAP' && valueSchema !== undefined
          ? `map<string, ${typeOf(valueSchema)}>`
          : typeOf(of);
    return `${type} ${fieldName} = ${i + 1}${metaOf(of, imports)};`;
  });
  return `message ${name} {\n${[...fields, ...inner].join('\n')}\n}`;
}

/** What Protobuf's types do not say of a field. */
function metaOf(schema: ConnectSchema, imports: Set<string>): string {
  const params: [string, string][] =
    schema.type === 'INT8' || schema.type === 'INT16'
      ? [['connect.type', schema.type.toLowerCase()]]
      : schema.name === logicalNames.decimal
        ? [...(schema.parameters ?? [])].filter(([name]) => name === 'scale')
        : [];
  if (params.length === 0) return '';
  imports.add('confluent/meta.proto');
  const shown = params.map(([name, value]) => `{ key: "${name}", value: "${value}" }`);
  return ` [(confluent.field_meta) = { params: [${shown.join(', ')}] }]`;
}
