/** A record of a result topic as a row of plain values. */
import type { SchemaRegistryClient } from '../../client/schema-registry.ts';
import { StackError } from '../../core/errors.ts';
import { avroCodec } from '../../formats/avro/codec.ts';
import type { AvroCodec } from '../../formats/avro/codec.ts';
import { parseAvroSchema } from '../../formats/avro/schema.ts';
import { framingBytes } from '../../formats/registry-framing.ts';
import { keyColumns, valueColumns } from '../../sql/catalog/source.ts';
import type { DataSource } from '../../sql/catalog/source.ts';
import type { SqlType } from '../../sql/types.ts';

export type Cell = null | boolean | number | string;

export interface ResultRow {
  /** Key columns and the window's start: what the row is known by. */
  readonly key: Readonly<Record<string, Cell>>;
  readonly value: Readonly<Record<string, Cell>>;
}

export type RowDecoder = (key: Buffer | null, value: Buffer) => Promise<ResultRow>;

export function rowDecoder(registry: SchemaRegistryClient, sink: DataSource): RowDecoder {
  const decodeValue = valueDecoder(registry, sink);
  return async (key, value) => ({ key: decodeKey(key, sink), value: await decodeValue(value) });
}

function decodeKey(key: Buffer | null, sink: DataSource): Record<string, Cell> {
  const columns = keyColumns(sink);
  const boundBytes = sink.window === undefined ? 0 : sink.window.type === 'SESSION' ? 16 : 8;
  if (key === null || columns.length === 0) return {};
  const own = key.subarray(0, key.length - boundBytes);
  // A session's key holds its end, then its start.
  const bounds = boundBytes === 0 ? {} : { WINDOWSTART: Number(key.readBigInt64BE(key.length - 8)) };
  const [first] = columns;
  if (sink.keyFormat.format === 'KAFKA' && first !== undefined)
    return { [first.name]: kafkaCell(own, first.type), ...bounds };
  return { KEY: own.toString('utf8'), ...bounds };
}

function kafkaCell(bytes: Buffer, type: SqlType): Cell {
  switch (type.kind) {
    case 'INTEGER':
      return bytes.readInt32BE(0);
    case 'BIGINT':
      return whole(bytes.readBigInt64BE(0));
    case 'DOUBLE':
      return bytes.readDoubleBE(0);
    default:
      return bytes.toString('utf8');
  }
}

function valueDecoder(
  registry: SchemaRegistryClient,
  sink: DataSource,
): (value: Buffer) => Promise<Record<string, Cell>> {
  const columns = valueColumns(sink);
  const named = (fields: Readonly<Record<string, unknown>>): Record<string, Cell> =>
    Object.fromEntries(columns.map(({ name }) => [name, cell(fields[name])]));
  const { format, delimiter = ',' } = sink.valueFormat;
  const codecs = new Map<number, AvroCodec>();
  switch (format) {
    case 'AVRO':
      return async (value) => {
        const id = value.readUInt32BE(1);
        let codec = codecs.get(id);
        if (codec === undefined) {
          codec = avroCodec(parseAvroSchema((await registry.schemaById(id)).schema));
          codecs.set(id, codec);
        }
        return named(codec.decode(value, framingBytes) as Record<string, unknown>);
      };
    case 'JSON':
      return async (value) => named(JSON.parse(value.toString('utf8')) as Record<string, unknown>);
    case 'DELIMITED':
      return async (value) => {
        const fields = value.toString('utf8').trimEnd().split(delimiter);
        return Object.fromEntries(columns.map(({ name, type }, i) => [name, textCell(fields[i] ?? '', type)]));
      };
    default:
      throw new StackError('MILLRACE_UNSUPPORTED', `Results in the format ${format} are not compared.`);
  }
}

function textCell(text: string, type: SqlType): Cell {
  if (text === '') return null;
  return type.kind === 'INTEGER' || type.kind === 'BIGINT' || type.kind === 'DOUBLE'
    ? Number(text)
    : text.replace(/^"(.*)"$/, '$1');
}

/** Structures as JSON, bytes as hexadecimal digits. */
function cell(value: unknown): Cell {
  if (value === undefined || value === null) return null;
  if (typeof value === 'bigint') return whole(value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'string') return value;
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : JSON.stringify(value);
}

function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
