/** From rows to records: generated encoders for key and value, the window behind the key, the partition, the headers. */
import type { PhysicalSink, SinkColumn, SerdeFormat } from '../../sql/physical/plan.ts';
import { malformed, Scratch } from '../compiler/bytes.ts';
import { Code } from '../compiler/code.ts';
import type { FunctionLookup } from '../compiler/code.ts';
import { encoder } from '../compiler/encode.ts';
import { writeInt64 } from '../compiler/group-key.ts';
import { appendRecord, BatchWriter, outputsOf, partitionOf } from '../output.ts';
import { generated, loadColumns } from './row-expression.ts';
import type { RowEvent } from './row-event.ts';
import { isSourceKey } from './row-shape.ts';

type Encode = (row: readonly unknown[], start: number) => number;

/** A topic sink; `put` writes one record. */
export class RowSink {
  readonly writers: readonly BatchWriter[];
  readonly #plan: PhysicalSink & { readonly node: 'topic-sink' };
  readonly #scratch = new Scratch();
  readonly #spare: Buffer[] = [];
  readonly #key: Encode;
  readonly #value: Encode;
  readonly #keyMayBeMissing: boolean;
  readonly #parseTime: ((text: string, pattern: string) => unknown) | undefined;
  /** Of the key written last, without its window. */
  #keyLength = -1;

  constructor(plan: PhysicalSink & { readonly node: 'topic-sink' }, partitions: number, functions: FunctionLookup) {
    this.#plan = plan;
    const columns = plan.key.map(({ column }) => column);
    this.#keyMayBeMissing = columns.length === 1 || isSourceKey(plan.input, columns);
    this.#parseTime = functions('stringtotimestamp:string,string')?.call as
      | ((text: string, pattern: string) => unknown)
      | undefined;
    this.writers = Array.from({ length: partitions }, () => new BatchWriter(this.#spare));
    this.#key = this.#encoder(plan.keyFormat, plan.key, functions);
    this.#value = this.#encoder(plan.valueFormat, plan.value, functions);
  }

  /** What records of the topic are ordered by when their partitions are read one after the other: partition, then key. */
  orderOf(row: readonly unknown[]): Buffer {
    const length = this.#recordKey(row);
    const x = this.#scratch.buffer;
    const order = Buffer.alloc(4 + Math.max(length, 0));
    if (length < 0) return order;
    order.writeInt32BE(partitionOf(x, 0, this.#keyLength, Math.max(this.writers.length, 1)));
    order.set(x.subarray(0, length), 4);
    return order;
  }

  put({ row, dead, time, headers, partition }: RowEvent): void {
    const { timestamp } = this.#plan;
    const length = this.#recordKey(row);
    const keyLength = this.#keyLength;
    const from = Math.max(length, 0);
    const valueLength = dead ? -1 : this.#value(row, from);
    const x = this.#scratch.buffer;
    const count = this.writers.length;
    // As Kafka's partitioner does for windows: the key without its window decides.
    const target = keyLength < 0 ? Math.abs(partition) % count : partitionOf(x, 0, keyLength, count);
    const at = timestamp === undefined ? time : this.#time(row[timestamp] ?? null, time, dead);
    if (!(at >= 0)) throw malformed(`the timestamp ${at} of its output is negative`);
    appendRecord(this.writers[target] as BatchWriter, at, x, 0, length, x, from, valueLength, headers);
  }

  /** Batches per partition: all, or those that are full. */
  take(full?: 'full'): { readonly partition: number; readonly batch: Buffer }[] {
    if (full === undefined) this.#spare.length = 0;
    return outputsOf(this.writers, full);
  }

  /** Memory of batches that are written, to be used again. */
  giveBack(buffers: readonly Buffer[]): void {
    this.#spare.push(...buffers);
  }

  /** Writes the key and what is behind it; gives the length of both, or −1 without a key. */
  #recordKey(row: readonly unknown[]): number {
    const { window, windowedKey } = this.#plan;
    // A record without key stays one; where rows get a new key of several columns, nulls are a key too.
    const keyless = this.#keyMayBeMissing && this.#plan.key.every(({ column }) => (row[column] ?? null) === null);
    const keyLength = keyless ? -1 : this.#key(row, 0);
    this.#keyLength = keyLength;
    if (windowedKey === undefined || window === undefined || keyLength < 0) return keyLength;
    const x = this.#scratch.ensure(keyLength, 16);
    const at = windowedKey === 'session' ? writeInt64(x, keyLength, Number(row[window.end])) : keyLength;
    return writeInt64(x, at, Number(row[window.start]));
  }

  /** The time that a column holds; text by the sink's pattern. */
  #time(value: unknown, time: number, dead: boolean): number {
    if (value === null) {
      if (dead || this.#plan.timestampFormat === undefined) return time;
      throw malformed('the timestamp of its output is null');
    }
    if (typeof value !== 'string') return Number(value);
    const { timestampFormat } = this.#plan;
    return timestampFormat === undefined ? Number(value) : Number(this.#parseTime?.(value, timestampFormat));
  }

  #encoder(format: SerdeFormat, columns: readonly SinkColumn[], functions: FunctionLookup): Encode {
    const code = new Code();
    const scope = { columns: [], mode: { exact: true }, functions, bail: '' };
    loadColumns(code, new Map(columns.map(({ column, type }) => [column, type])), scope);
    encoder(
      code,
      format,
      columns,
      columns.map(({ column }) => scope.columns[column] as never),
      'length',
      { exact: true },
    );
    const body = `function encode(r, start) {\nlet p = start, X = scratch.buffer;\n${code.text()}\nreturn length;\n}`;
    return generated<Encode>(code, body, { scratch: this.#scratch });
  }
}
