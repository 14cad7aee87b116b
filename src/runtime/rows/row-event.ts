/** What flows between the operators of a row program. */
import type { RecordHeader } from '../../wire/record-batch.ts';

export interface RowEvent {
  /** Plain values, one per column of the node that put it out. */
  readonly row: readonly unknown[];
  /**
   * Of a table: the row of this key is gone; only the key columns count. Of a stream: a record whose value is null; only the
   * columns of its key count.
   */
  readonly dead: boolean;
  /** Of a table: the row of this key before; null when there was none, undefined when that is not known. */
  readonly old: readonly unknown[] | null | undefined;
  readonly time: number;
  readonly headers: readonly RecordHeader[];
  readonly partition: number;
}

export type Receiver = (event: RowEvent) => void;

/** The event with other rows. Its members are written one by one, which engines make many times faster than a spread. */
export function withRows(
  event: RowEvent,
  row: RowEvent['row'],
  old: RowEvent['old'],
  dead: boolean = event.dead,
): RowEvent {
  return { row, dead, old, time: event.time, headers: event.headers, partition: event.partition };
}
