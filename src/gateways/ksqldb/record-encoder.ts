/** Single records from values, for INSERT VALUES and `/inserts-stream`. What queries write is compiled; this is for a row at a time. */
import { StackError } from '../../core/errors.ts';
import { withAvroDefaults } from './avro-defaults.ts';
import { parseAvroShape } from '../../runtime/compiler/avro-shape.ts';
import { avroWriter } from '../../runtime/compiler/avro-write.ts';
import { protobufTarget } from '../../runtime/compiler/encode.ts';
import { protobufWriter } from '../../runtime/compiler/protobuf-write.ts';
import { serdeFormat } from '../../sql/physical/planner.ts';
import { delimitedField } from '../../runtime/compiler/delimited.ts';
import { jsonText } from '../../runtime/compiler/json-write.ts';
import type { FormatSpec, SourceColumn } from '../../sql/catalog/source.ts';
import type { InsertValue } from '../../sql/dialects/ksqldb/plan.ts';
import type { SqlType } from '../../sql/types.ts';

/** A schema that a side is written with. */
export interface WriterSchema {
  readonly id: number;
  readonly schema: string;
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

/** The bytes of one side of a record; null for NONE, for no columns, and for a null key. */
export type SideEncoder = (values: readonly unknown[]) => Buffer | null;

/** @throws StackError MILLRACE_UNSUPPORTED */
export function sideEncoder(
  side: 'key' | 'value',
  columns: readonly SourceColumn[],
  spec: FormatSpec,
  schema: WriterSchema | undefined,
): SideEncoder {
  const [first] = columns;
  if (first === undefined || spec.format === 'NONE') return () => null;
  const bare = columns.length === 1 && (side === 'key' || spec.wrapSingle === false);
  const type: SqlType = bare
    ? first.type
    : { kind: 'STRUCT', fields: columns.map(({ name, type: one }) => ({ name, type: one })) };
  const whole = (values: readonly unknown[]): unknown =>
    bare ? values[0] : Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null]));
  const encode = formatEncoder(spec, side, columns, type, schema);
  return (values) => {
    const absent = side === 'key' ? values.every((one) => one === null) : bare && values[0] === null;
    return absent ? null : encode(whole(values), values);
  };
}

type Encode = (whole: unknown, values: readonly unknown[]) => Buffer;

function formatEncoder(
  spec: FormatSpec,
  side: 'key' | 'value',
  columns: readonly SourceColumn[],
  type: SqlType,
  schema: WriterSchema | undefined,
): Encode {
  switch (spec.format) {
    case 'JSON':
      return (whole) => Buffer.from(jsonText(whole, type));
    case 'DELIMITED': {
      const delimiter = spec.delimiter ?? ',';
      const types = columns.map((column) => column.type);
      return (_, values) =>
        Buffer.from(types.map((one, i) => delimitedField(values[i] ?? null, delimiter, one, i === 0)).join(delimiter));
    }
    case 'KAFKA': {
      const kind = columns[0]?.type.kind;
      return (_, values) => kafkaBytes(values[0], kind);
    }
    case 'AVRO': {
      if (schema === undefined)
        throw new StackError('MILLRACE_REGISTRY', 'There is no registered schema to write the record with.');
      const write = avroWriter(parseAvroShape(schema.schema), type) as ((value: unknown) => Buffer) | undefined;
      if (write === undefined)
        throw new StackError(
          'MILLRACE_SCHEMA_INVALID',
          `The columns do not fit the registered schema ${schema.id}: ${schema.schema}`,
        );
      const head = framing(schema);
      const complete = withAvroDefaults(schema.schema);
      return (whole) => Buffer.concat([head, write(complete(whole))]);
    }
    case 'JSON_SR': {
      const head = framing(schema);
      return (whole) => Buffer.concat([head, Buffer.from(jsonText(whole, type))]);
    }
    case 'PROTOBUF':
    case 'PROTOBUF_NOSR': {
      const framed = spec.format === 'PROTOBUF';
      const head = framed ? framing(schema) : Buffer.alloc(0);
      const { message, head: indexes } = protobufTarget(
        serdeFormat(spec, side, columns, schema && { schemaId: schema.id, ...schema }) as Parameters<
          typeof protobufTarget
        >[0],
      );
      const write = protobufWriter(message, columns);
      if (write === undefined)
        throw new StackError('MILLRACE_SCHEMA_INVALID', `The columns do not fit the message ${message.fullName}.`);
      return (_, values) => Buffer.concat([head, indexes, write(values)]);
    }
    case 'NONE':
      return () => Buffer.alloc(0);
  }
}

/** The registry's five bytes. */
function framing(schema: WriterSchema | undefined): Buffer {
  if (schema === undefined)
    throw new StackError('MILLRACE_REGISTRY', 'There is no registered schema to write the record with.');
  const head = Buffer.alloc(5);
  head.writeInt32BE(schema.id, 1);
  return head;
}

function kafkaBytes(value: unknown, kind: SqlType['kind'] | undefined): Buffer {
  switch (kind) {
    case 'INTEGER': {
      const out = Buffer.alloc(4);
      out.writeInt32BE(value as number);
      return out;
    }
    case 'BIGINT': {
      const out = Buffer.alloc(8);
      out.writeBigInt64BE(BigInt(value as number | bigint));
      return out;
    }
    case 'DOUBLE': {
      const out = Buffer.alloc(8);
      out.writeDoubleBE(value as number);
      return out;
    }
    case 'STRING':
      return Buffer.from(value as string);
    case 'BYTES':
      return Buffer.from(value as Uint8Array);
    default:
      throw new StackError(
        'MILLRACE_SQL_INVALID',
        `The KAFKA format does not support a column of type ${kind ?? 'none'}.`,
      );
  }
}

/** A value of a plan as a plain value of its type. */
export function literalValue(literal: InsertValue | undefined, type: SqlType): unknown {
  if (literal === null || literal === undefined) return null;
  switch (type.kind) {
    case 'BYTES':
      return Buffer.from(String(literal), 'base64');
    case 'BIGINT': {
      if (typeof literal !== 'string') return literal;
      const exact = BigInt(literal);
      return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
    }
    case 'ARRAY':
      return (literal as readonly InsertValue[]).map((item) => literalValue(item, type.element));
    case 'MAP':
      return Object.fromEntries(
        Object.entries(literal).map(([key, value]) => [key, literalValue(value as InsertValue, type.value)]),
      );
    case 'STRUCT': {
      const given = literal as Readonly<Record<string, InsertValue>>;
      return Object.fromEntries(type.fields.map((field) => [field.name, literalValue(given[field.name], field.type)]));
    }
    default:
      return literal;
  }
}
