/** Protobuf schemas and SQL columns: enough of proto3's grammar to infer a message's columns, and the schemas that sinks register. */
import { StackError } from '../../../core/errors.ts';
import type { FormatSpec } from '../../catalog/source.ts';
import { sqlTypes } from '../../types.ts';
import type { SqlField, SqlType } from '../../types.ts';

interface Message {
  readonly name: string;
  readonly fields: {
    readonly name: string;
    readonly type: string;
    readonly repeated: boolean;
    readonly map?: readonly [string, string];
    readonly options: string;
    readonly number: number;
  }[];
  readonly nested: Message[];
  readonly enums: Set<string>;
}

/** The columns of the message `fullName`, or of the first one; undefined when there is no such message. */
export function protobufColumns(
  text: string,
  options: {
    readonly fullName: string | undefined;
    readonly keepCase: boolean;
    readonly references: readonly { readonly schema: string }[];
  },
): SqlField[] | undefined {
  const { packageName, root } = parse(text);
  const [first] = root.nested;
  // What is imported can be named, but is not the message that is meant.
  for (const { schema } of options.references) {
    const imported = parse(schema).root;
    root.nested.push(...imported.nested);
    for (const name of imported.enums) root.enums.add(name);
  }
  const wanted = options.fullName?.replace(packageName === '' ? '' : `${packageName}.`, '');
  const message =
    wanted === undefined
      ? first
      : wanted.split('.').reduce<Message | undefined>((at, name) => at?.nested.find((one) => one.name === name), root);
  return message && columns(message, [message, root], options.keepCase);
}

function columns(message: Message, scopes: readonly Message[], keepCase: boolean): SqlField[] {
  return message.fields.flatMap((field) => {
    const one = (type: string): SqlType | undefined => typeOf(type, field.options, scopes, keepCase);
    let type: SqlType | undefined;
    if (field.map !== undefined) {
      const [key, value] = field.map.map(one);
      type = key && value && { kind: 'MAP', key, value };
    } else {
      const element = one(field.type);
      type = element && field.repeated ? { kind: 'ARRAY', element } : element;
    }
    return type === undefined ? [] : [{ name: keepCase ? field.name : field.name.toUpperCase(), type }];
  });
}

const scalars: Readonly<Record<string, SqlType>> = {
  double: sqlTypes.double,
  float: sqlTypes.double,
  int32: sqlTypes.integer,
  sint32: sqlTypes.integer,
  sfixed32: sqlTypes.integer,
  uint32: sqlTypes.bigint,
  fixed32: sqlTypes.bigint,
  int64: sqlTypes.bigint,
  uint64: sqlTypes.bigint,
  sint64: sqlTypes.bigint,
  fixed64: sqlTypes.bigint,
  sfixed64: sqlTypes.bigint,
  bool: sqlTypes.boolean,
  string: sqlTypes.string,
  bytes: sqlTypes.bytes,
  'google.protobuf.Timestamp': sqlTypes.timestamp,
  'google.type.Date': sqlTypes.date,
  'google.type.TimeOfDay': sqlTypes.time,
  'google.protobuf.DoubleValue': sqlTypes.double,
  'google.protobuf.FloatValue': sqlTypes.double,
  'google.protobuf.Int64Value': sqlTypes.bigint,
  'google.protobuf.UInt64Value': sqlTypes.bigint,
  'google.protobuf.Int32Value': sqlTypes.integer,
  'google.protobuf.UInt32Value': sqlTypes.bigint,
  'google.protobuf.BoolValue': sqlTypes.boolean,
  'google.protobuf.StringValue': sqlTypes.string,
  'google.protobuf.BytesValue': sqlTypes.bytes,
};

function typeOf(name: string, options: string, scopes: readonly Message[], keepCase: boolean): SqlType | undefined {
  const plain = name.replace(/^\./, '');
  const scalar = scalars[plain];
  if (scalar !== undefined) return scalar;
  if (plain === 'confluent.type.Decimal') {
    const number = (key: string, byDefault: number): number =>
      Number(new RegExp(`key:\\s*"${key}",?\\s*value:\\s*"(\\d+)"`).exec(options)?.[1] ?? byDefault);
    return { kind: 'DECIMAL', precision: number('precision', 64), scale: number('scale', 0) };
  }
  for (const scope of scopes) {
    if (scope.enums.has(plain)) return sqlTypes.string;
    const found = plain
      .split('.')
      .reduce<Message | undefined>((at, part) => at?.nested.find((one) => one.name === part), scope);
    if (found !== undefined) return { kind: 'STRUCT', fields: columns(found, [found, ...scopes], keepCase) };
  }
  const last = plain.slice(plain.lastIndexOf('.') + 1);
  return last === plain ? undefined : typeOf(last, options, scopes, keepCase);
}

function parse(text: string): { readonly packageName: string; readonly root: Message } {
  const tokens = text.replace(/\/\/[^\n]*|\/\*[^]*?\*\//g, '').match(/"[^"]*"|'[^']*'|[\w.]+|[^\s\w]/g) ?? [];
  let at = 0;
  let packageName = '';
  const skipStatement = (): string => {
    const from = at;
    let depth = 0;
    while (at < tokens.length) {
      const token = tokens[at++];
      if (token === '{') depth++;
      else if (token === '}' && --depth <= 0) break;
      else if (token === ';' && depth === 0) break;
    }
    return tokens.slice(from, at - 1).join(' ');
  };
  const body = (message: Message, top: boolean): void => {
    while (at < tokens.length) {
      const token = tokens[at];
      if (token === '}' && !top) {
        at++;
        return;
      }
      switch (token) {
        case 'message': {
          const inner: Message = { name: tokens[at + 1] ?? '', fields: [], nested: [], enums: new Set() };
          at += 3;
          message.nested.push(inner);
          body(inner, false);
          break;
        }
        case 'enum':
          message.enums.add(tokens[at + 1] ?? '');
          skipStatement();
          break;
        case 'oneof':
          at += 3;
          body(message, false);
          break;
        case 'package':
          packageName = tokens[at + 1] ?? '';
          skipStatement();
          break;
        case 'syntax':
        case 'import':
        case 'option':
        case 'reserved':
        case 'extensions':
        case 'extend':
        case 'service':
        case ';':
          skipStatement();
          break;
        default:
          field(message, skipStatement());
      }
    }
    if (!top) throw new StackError('MILLRACE_SCHEMA_INVALID', 'A message of the Protobuf schema does not end.');
  };
  const root: Message = { name: '', fields: [], nested: [], enums: new Set() };
  body(root, true);
  return { packageName, root };
}

const fieldPattern =
  /^(?:(optional|required|repeated) )?(?:map < ([\w.]+) , ([\w.]+) >|([\w.]+|\. [\w.]+)) (\w+) = (\d+)(.*)$/;

function field(message: Message, text: string): void {
  const match = fieldPattern.exec(text);
  if (match === null)
    throw new StackError('MILLRACE_SCHEMA_INVALID', `The Protobuf schema has a field that cannot be read: ${text}`);
  const [, label, key, value, type = '', name = '', number = '', options = ''] = match;
  message.fields.push({
    name,
    type: type.replace('. ', ''),
    repeated: label === 'repeated',
    ...(key !== undefined && value !== undefined && { map: [key, value] as const }),
    options,
    number: Number(number),
  });
}

/** The schema that a sink registers. */
export function writeProtobufSchema(fields: readonly SqlField[], spec: FormatSpec): string {
  const full = spec.schemaFullName ?? 'ConnectDefault1';
  const dot = full.lastIndexOf('.');
  const imports = new Set<string>();
  let structs = 1;
  const message = (name: string, of: readonly SqlField[], indent: string): string => {
    const nested: string[] = [];
    const lines = of.map((one, i) => {
      const { text, repeated, options } = fieldType(one.type, nested, `${indent}  `);
      const optional = spec.nullableRepresentation === 'OPTIONAL' && !repeated ? 'optional ' : '';
      return `${indent}  ${repeated ? 'repeated ' : optional}${text} ${one.name} = ${i + 1}${options};`;
    });
    return [`${indent}message ${name} {`, ...lines, ...(nested.length > 0 ? ['', ...nested] : []), `${indent}}`].join(
      '\n',
    );
  };
  const wrap = (plain: string, wrapper: string): string => {
    if (spec.nullableRepresentation !== 'WRAPPER') return plain;
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
