/**
 * The order in which a scan with LIMIT gives rows: that of the records in the sink's topic, partition after partition, by the bytes of
 * their keys, as the stores of Kafka Streams keep them.
 */
import type { PhysicalPlan, PhysicalSink } from '../../sql/physical/plan.ts';
import type { FunctionLookup } from '../compiler/code.ts';
import { RowSink } from './row-sink.ts';
import { valueKey } from './stored-text.ts';

/** What rows compare by; `row` is one of the table: key, value, and the window's bounds. */
export function tableOrder(
  { root }: PhysicalPlan,
  partitions: number,
  functions: FunctionLookup,
): (row: readonly unknown[]) => Buffer {
  // The keys of a table that is only read may be in a format whose writer is not known here.
  if (
    root.node !== 'topic-sink' ||
    (root.silent === true && !['KAFKA', 'JSON', 'DELIMITED'].includes(root.keyFormat.format))
  )
    return (row) => Buffer.from(valueKey(row));
  const keys = root.key.map((column, i) => ({ ...column, column: i }));
  const bounds = root.key.length + root.value.length;
  const sink: PhysicalSink & { readonly node: 'topic-sink' } = {
    ...root,
    key: keys,
    value: [],
    valueFormat: { format: 'NONE', wrapped: false },
    ...(root.window && { window: { start: bounds, end: bounds + 1 } }),
  };
  const writer = new RowSink(sink, partitions, functions);
  return (row) => writer.orderOf(row);
}

/** The first of `items` in order. */
export function firstInOrder<T>(items: readonly T[], order: (item: T) => Buffer, count: number): T[] {
  return items
    .map((item) => ({ item, at: order(item) }))
    .sort((a, b) => a.at.compare(b.at))
    .slice(0, count)
    .map(({ item }) => item);
}
