/** From a record's bytes to a row of plain values: one generated decoder per side and writer schema. */
import { StackError } from '../../core/errors.ts';
import { messageAt, protoSchema } from '../../formats/protobuf/message-type.ts';
import type { ImportedFile, MessageType } from '../../formats/protobuf/message-type.ts';
import type { PhysicalSource, SerdeFormat } from '../../sql/physical/plan.ts';
import type { RecordHeader } from '../../wire/record-batch.ts';
import { parseAvroShape } from '../compiler/avro-shape.ts';
import { cursor, malformed, noTime } from '../compiler/bytes.ts';
import { Code } from '../compiler/code.ts';
import type { CodeValue, FunctionLookup } from '../compiler/code.ts';
import { decoder } from '../compiler/decode.ts';
import type { DecodeInput } from '../compiler/decode.ts';
import type { WantedColumn } from '../compiler/decode-avro.ts';
import { readMessageIndexes } from '../compiler/decode-protobuf.ts';
import { toPlain } from '../compiler/expressions.ts';
import { messageOf } from '../../core/errors.ts';
import type { SchemaResult } from '../program.ts';
import { generated } from './row-expression.ts';

export interface SourceRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

export interface DecodedRow {
  readonly row: unknown[];
  readonly time: number;
}

const none: readonly number[] = [];
/** The indexes of a schema's first message. */
const first: readonly number[] = [0];

type Decode = (b: Buffer, o: number, ve: number, row: unknown[]) => void;

export class RowSource {
  readonly plan: PhysicalSource;
  readonly #functions: FunctionLookup;
  readonly #schemas = new Map<number, SchemaResult>();
  readonly #decoders = { key: new Map<number | string, Decode>(), value: new Map<number | string, Decode>() };
  readonly #columns: { readonly key: readonly WantedColumn[]; readonly value: readonly WantedColumn[] };
  /** Columns that come from neither side. */
  readonly #others: readonly number[];

  constructor(plan: PhysicalSource, functions: FunctionLookup) {
    this.plan = plan;
    this.#functions = functions;
    const of = (side: 'key' | 'value'): WantedColumn[] =>
      plan.columns.flatMap(({ origin, type }, index) =>
        origin.from === side ? [{ name: origin.name, type, index }] : [],
      );
    this.#columns = { key: of('key'), value: of('value') };
    this.#others = plan.columns.flatMap(({ origin }, i) =>
      origin.from === 'key' || origin.from === 'value' ? [] : [i],
    );
    for (const side of ['key', 'value'] as const) if (!framed(this.#format(side))) this.#decoder(side, -1);
  }

  addSchema(id: number, schema: SchemaResult): void {
    this.#schemas.set(id, schema);
  }

  /** Schemas that a record names and that are not here yet. */
  missing({ key, value }: SourceRecord): readonly number[] {
    const keyId = this.#unknown('key', key);
    const valueId = this.#unknown('value', value);
    if (keyId < 0 && valueId < 0) return none;
    return [keyId, valueId].filter((id) => id >= 0);
  }

  /** The id that a side begins with, unless its schema is here or not needed; −1 then. */
  #unknown(side: 'key' | 'value', bytes: Buffer | null): number {
    if (bytes === null || !framed(this.#format(side)) || bytes.length < 5 || bytes[0] !== 0) return -1;
    if (this.#columns[side].length === 0) return -1;
    const id = bytes.readInt32BE(1);
    return this.#schemas.has(id) ? -1 : id;
  }

  /** A record as a row; columns of a side that is null are null. Throws for a record that does not decode. */
  decode(record: SourceRecord): DecodedRow {
    const row = new Array<unknown>(this.plan.columns.length).fill(null);
    const window = this.#window(record.key);
    if (record.key !== null) this.#side('key', record.key, record.key.length - window.bytes, row);
    if (record.value !== null) this.#side('value', record.value, record.value.length, row);
    for (const i of this.#others) {
      const { origin } = this.plan.columns[i] as PhysicalSource['columns'][number];
      if (origin.from === 'rowtime') row[i] = record.timestamp;
      else if (origin.from === 'partition') row[i] = record.partition;
      else if (origin.from === 'offset') row[i] = record.offset;
      else if (origin.from === 'window-start') row[i] = window.start;
      else if (origin.from === 'window-end') row[i] = window.end;
      else if (origin.from === 'headers')
        row[i] = record.headers.map(({ key, value }) => ({
          KEY: key,
          VALUE: value === null ? null : Buffer.from(value),
        }));
      else if (origin.from === 'header') {
        const found = record.headers.findLast(({ key }) => key === origin.name)?.value ?? null;
        row[i] = found === null ? null : Buffer.from(found);
      }
    }
    const time = record.value === null ? record.timestamp : this.#time(row, record.timestamp);
    for (const i of this.#others) if (this.plan.columns[i]?.origin.from === 'rowtime') row[i] = time;
    return { row, time };
  }

  #time(row: readonly unknown[], timestamp: number): number {
    const { rowtime } = this.plan;
    if (rowtime === undefined) return timestamp;
    const value = row[rowtime.column];
    let time: unknown = value;
    if (typeof value === 'string') {
      const parse = this.#functions('stringtotimestamp:string,string')?.call as
        | ((text: string, format: string) => unknown)
        | undefined;
      time = rowtime.format === undefined ? Number(value) : parse?.(value, rowtime.format);
    }
    if (time === null || time === undefined || !(Number(time) >= 0)) {
      throw noTime(rowtime.badTime === 'fail')(value);
    }
    return Number(time);
  }

  /** The window behind the key's bytes. */
  #window(key: Buffer | null): { bytes: number; start: number | null; end: number | null } {
    const { window } = this.plan;
    if (window === undefined || key === null) return { bytes: 0, start: null, end: null };
    const bytes = window.type === 'SESSION' ? 16 : 8;
    if (key.length < bytes) throw malformed('its key has no window');
    const start = Number(key.readBigInt64BE(key.length - 8));
    const end = window.type === 'SESSION' ? Number(key.readBigInt64BE(key.length - 16)) : start + (window.sizeMs ?? 0);
    return { bytes, start, end };
  }

  #side(side: 'key' | 'value', bytes: Buffer, end: number, row: unknown[]): void {
    if (this.#columns[side].length === 0) return;
    let id = -1;
    if (framed(this.#format(side))) {
      if (end < 5 || bytes[0] !== 0) throw malformed(`its ${side} does not begin with a schema id`);
      id = bytes.readInt32BE(1);
    }
    if (this.#format(side).format !== 'PROTOBUF') return this.#decoder(side, id)(bytes, 0, end, row);
    // Each message of a schema has a decoder of its own; its indexes stand behind the id.
    const indexes = readMessageIndexes(bytes, 5, end);
    const from = cursor.at;
    this.#decoder(side, id, indexes)(bytes, from, end, row);
  }

  #decoder(side: 'key' | 'value', id: number, indexes: readonly number[] = first): Decode {
    const key = indexes === first ? id : `${id}:${indexes.join()}`;
    let made = this.#decoders[side].get(key);
    if (made === undefined) {
      made = this.#make(side, id, indexes);
      this.#decoders[side].set(key, made);
    }
    return made;
  }

  #make(side: 'key' | 'value', id: number, indexes: readonly number[]): Decode {
    const format = this.#format(side);
    const schema = this.#schemas.get(id);
    if (schema !== undefined && 'error' in schema) return failing(schema.error);
    const code = new Code();
    const columns = new Map<number, CodeValue>();
    try {
      const shape =
        format.format === 'AVRO' && schema !== undefined
          ? { shape: parseAvroShape(schema.text) }
          : { message: this.#message(format, schema, indexes) };
      const wanted = this.#columns[side];
      const declared = this.plan.columns.flatMap(({ origin }) => (origin.from === side ? [origin.name] : []));
      decoder(code, { format, wanted, declared, ...shape } as DecodeInput, columns, { exact: true });
    } catch (error) {
      if (error instanceof StackError && error.code === 'MILLRACE_UNSUPPORTED' && schema === undefined) throw error;
      return failing(`schema ${id} cannot be used: ${messageOf(error)}`);
    }
    for (const [index, value] of columns) code.line(`r[${index}] = ${toPlain(value, true)};`);
    return generated<Decode>(code, `function decode(b, o, ve, r) {\n${code.text()}\n}`);
  }

  #message(
    format: SerdeFormat,
    schema: { readonly text: string; readonly references?: readonly ImportedFile[] } | undefined,
    indexes: readonly number[],
  ): MessageType | undefined {
    if (format.format === 'PROTOBUF_NOSR') return protoSchema(format.schema).messages[0];
    if (format.format !== 'PROTOBUF' || schema === undefined) return undefined;
    const found = messageAt(protoSchema(schema.text, schema.references), indexes);
    if (found === undefined) throw malformed(`its schema has no message ${indexes.join('.')}`);
    return found;
  }

  #format(side: 'key' | 'value'): PhysicalSource['keyFormat'] {
    return side === 'key' ? this.plan.keyFormat : this.plan.valueFormat;
  }
}

function framed({ format }: PhysicalSource['keyFormat']): boolean {
  return format === 'AVRO' || format === 'JSON_SR' || format === 'PROTOBUF';
}

function failing(why: string): Decode {
  return () => {
    throw malformed(why);
  };
}
