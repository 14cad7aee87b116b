/** The records of a case as bytes, by the formats of the stream or table on their topic. */
import { keyColumns, valueColumns } from '../../../src/sql/catalog/source.ts';
import type { DataSource, FormatSpec, SourceColumn } from '../../../src/sql/catalog/source.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import { literalValue, sideEncoder } from '../../../src/gateways/ksqldb/record-encoder.ts';
import { protobufText } from '../../../src/sql/protobuf-text.ts';
import type { StatementPlan } from '../../../src/sql/dialects/ksqldb/plan.ts';
import { avroBytes } from './avro-json.ts';
import { jsonText } from './cases.ts';
import { protobufBytes } from './protobuf-json.ts';
import type { ProtobufText } from './protobuf-json.ts';
import type { Json } from './cases.ts';

/** A case that this runner cannot run. */
export class NotRun extends Error {}

/** The registered schemas of a case, by subject. */
export type Schemas = ReadonlyMap<string, ProtobufText & { readonly id: number }>;

export function encodeRecord(record: Json, source: DataSource, schemas: Schemas): FedRecord {
  const window = record['window'] as Json | undefined;
  const bare = side(record['key'] ?? null, source.keyFormat, keyColumns(source), schemas.get(`${source.topic}-key`));
  let key = bare;
  if (window !== undefined && window !== null && bare !== null) {
    const suffix = Buffer.alloc(8);
    suffix.writeBigInt64BE(BigInt(String(window['start'])));
    const end = Buffer.alloc(8);
    end.writeBigInt64BE(BigInt(String(window['end'])));
    key = Buffer.concat(String(window['type']).toLowerCase() === 'session' ? [bare, end, suffix] : [bare, suffix]);
  }
  return {
    topic: String(record['topic']),
    key,
    value: side(
      record['value'] ?? null,
      source.valueFormat,
      valueColumns(source),
      schemas.get(`${source.topic}-value`),
    ),
    timestamp: Number(String(record['timestamp'] ?? 0)),
    headers: headersOf(record),
  };
}

export function headersOf(record: Json): { key: string; value: Buffer | null }[] {
  return ((record['headers'] ?? []) as Json[]).map((header) => ({
    key: String(header['KEY']),
    value:
      header['VALUE'] === null || header['VALUE'] === undefined ? null : Buffer.from(String(header['VALUE']), 'base64'),
  }));
}

/** The schema that the declared columns of a PROTOBUF_NOSR side stand for. */
export function columnsText(columns: readonly SourceColumn[], { nullableRepresentation }: FormatSpec): string {
  return protobufText(columns, nullableRepresentation && { nullable: nullableRepresentation });
}

function side(
  value: unknown,
  spec: FormatSpec,
  columns: readonly SourceColumn[],
  schema: (ProtobufText & { readonly id: number }) | undefined,
): Buffer | null {
  const { format } = spec;
  if (value === null || format === 'NONE') return null;
  if (format === 'AVRO' || format === 'JSON_SR') {
    if (schema === undefined) throw new NotRun('no schema is registered');
    if (format === 'AVRO') return avroBytes(value, schema.id, schema.schema);
    const head = Buffer.alloc(5);
    head.writeInt32BE(schema.id, 1);
    return Buffer.concat([head, Buffer.from(jsonText(value))]);
  }
  if (format === 'PROTOBUF') {
    if (schema === undefined) throw new NotRun('no schema is registered');
    return protobufBytes(value, schema.id, schema, spec.schemaFullName);
  }
  if (format === 'PROTOBUF_NOSR') return protobufBytes(value, undefined, { schema: columnsText(columns, spec) });
  if (format === 'JSON') return Buffer.from(jsonText(value));
  const text = typeof value === 'string' ? value : jsonText(value);
  const [column] = columns;
  if (format === 'DELIMITED' || columns.length !== 1 || column === undefined) return Buffer.from(text);
  switch (column.type.kind) {
    case 'INTEGER': {
      const out = Buffer.alloc(4);
      out.writeInt32BE(Number(text));
      return out;
    }
    case 'BIGINT': {
      const out = Buffer.alloc(8);
      out.writeBigInt64BE(BigInt(text));
      return out;
    }
    case 'DOUBLE': {
      const out = Buffer.alloc(8);
      out.writeDoubleBE(Number(text));
      return out;
    }
    default:
      return Buffer.from(text);
  }
}

/** The record that INSERT VALUES writes, as the server encodes it. Without ROWTIME it has time 0. */
export function insertedRecord(plan: StatementPlan & { readonly do: 'insert-values' }, schemas: Schemas): FedRecord {
  const { source, rowtimeMs = 0 } = plan;
  const bytes = (place: 'key' | 'value'): Buffer | null => {
    const columns = place === 'key' ? keyColumns(source) : valueColumns(source);
    const spec = place === 'key' ? source.keyFormat : source.valueFormat;
    const encode = sideEncoder(place, columns, spec, schemas.get(`${source.topic}-${place}`));
    return encode(columns.map(({ type }, i) => literalValue(plan[place][i], type)));
  };
  return { topic: source.topic, key: bytes('key'), value: bytes('value'), timestamp: rowtimeMs, headers: [] };
}
