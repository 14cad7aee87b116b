/** Protobuf schemas and SQL columns: inference as Connect's converter does it. */
import type { FieldType, ImportedFile, MessageField, MessageType } from '../../../formats/protobuf/message-type.ts';
import { protoSchema } from '../../../formats/protobuf/message-type.ts';
import type { ProtoOptionValue } from '../../../formats/protobuf/file.ts';
import { sqlTypes } from '../../types.ts';
import type { SqlField, SqlType } from '../../types.ts';

/** The columns of the message `fullName`, or of the first one; undefined when there is no such message. */
export function protobufColumns(
  text: string,
  options: {
    readonly fullName: string | undefined;
    readonly keepCase: boolean;
    readonly references: readonly ImportedFile[];
  },
): SqlField[] | undefined {
  const schema = protoSchema(text, options.references);
  const message = options.fullName === undefined ? schema.messages[0] : schema.byName.get(options.fullName);
  return message && columnsOf(message, options.keepCase, []);
}

/** Oneofs come first: each is a struct called by its name and its position. A message that contains itself ends there. */
function columnsOf(message: MessageType, keepCase: boolean, outer: readonly MessageType[]): SqlField[] {
  const around = [...outer, message];
  const cased = (name: string): string => (keepCase ? name : name.toUpperCase());
  const column = (field: MessageField): SqlField[] => {
    const type = typeOf(field, keepCase, around);
    return type === undefined ? [] : [{ name: cased(field.name), type }];
  };
  const unions = message.oneofs.flatMap((name, i): SqlField[] => {
    const fields = message.fields.filter((field) => field.oneof === i).flatMap(column);
    return fields.length === 0 ? [] : [{ name: cased(`${name}_${i}`), type: { kind: 'STRUCT', fields } }];
  });
  return [...unions, ...message.fields.filter((field) => field.oneof === undefined).flatMap(column)];
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
};

const known: Readonly<Record<string, SqlType>> = {
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

function typeOf(field: MessageField, keepCase: boolean, around: readonly MessageType[]): SqlType | undefined {
  const element = elementOf(field.type, field, keepCase, around);
  return element && field.repeated ? { kind: 'ARRAY', element } : element;
}

function elementOf(
  type: FieldType,
  field: MessageField,
  keepCase: boolean,
  around: readonly MessageType[],
): SqlType | undefined {
  switch (type.kind) {
    case 'scalar':
      return scalars[type.scalar];
    case 'enum':
      return sqlTypes.string;
    case 'map': {
      const key = typeOf(type.key, keepCase, around);
      const value = typeOf(type.value, keepCase, around);
      return key && value && { kind: 'MAP', key, value };
    }
    case 'message': {
      const { message } = type;
      if (message.fullName === 'confluent.type.Decimal') {
        const parameters = parametersOf(field);
        return {
          kind: 'DECIMAL',
          precision: Number(parameters.get('precision') ?? 64),
          scale: Number(parameters.get('scale') ?? 0),
        };
      }
      const plain = known[message.fullName];
      if (plain !== undefined) return plain;
      return around.includes(message) ? undefined : { kind: 'STRUCT', fields: columnsOf(message, keepCase, around) };
    }
  }
}

/** `params` of the option `confluent.field_meta`: a list of keys and values, or one of them. */
function parametersOf({ options }: MessageField): Map<string, string> {
  const found = new Map<string, string>();
  const entry = (value: ProtoOptionValue): void => {
    if (value.kind === 'list') for (const item of value.items) entry(item);
    if (value.kind !== 'map') return;
    const of = (name: string): string | undefined => {
      const part = value.entries.find(([key]) => key === name)?.[1];
      return part?.kind === 'string' || part?.kind === 'word' ? part.text : undefined;
    };
    const [key, text] = [of('key'), of('value')];
    if (key !== undefined && text !== undefined) found.set(key, text);
  };
  for (const { name, value } of options) {
    if (name.replace(/^\./, '') !== 'confluent.field_meta') continue;
    if (value.kind === 'option' && value.option.name === 'params') entry(value.option.value);
    if (value.kind === 'map') for (const [key, inner] of value.entries) if (key === 'params') entry(inner);
  }
  return found;
}
