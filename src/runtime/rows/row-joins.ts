/** Joins of row programs: stream with stream, stream with table, table with table, table with the table that its rows point at. */
import type {
  PhysicalForeignKeyJoin,
  PhysicalLookupJoin,
  PhysicalNode,
  PhysicalStreamJoin,
  PhysicalTableJoin,
} from '../../sql/physical/plan.ts';
import { JoinBuffer, UnmatchedRows } from './join-buffer.ts';
import type { OperatorContext } from './row-aggregate.ts';
import { withRows } from './row-event.ts';
import type { Receiver, RowEvent } from './row-event.ts';
import { windowColumns } from './row-shape.ts';
import { valueKey } from './stored-text.ts';

export interface JoinReceivers {
  readonly left: Receiver;
  readonly right: Receiver;
}

type Values = readonly unknown[];
type Sides = 'left' | 'right';

/** Number of columns of each side. */
export interface JoinWidths {
  readonly left: number;
  readonly right: number;
}

interface TableRow {
  readonly row: Values;
  readonly time: number;
}

/** The text of a join key; with windowed keys, of the key and its window. */
function keyText(node: PhysicalNode, windowed: boolean | undefined): (key: unknown, row: Values) => string {
  const bounds = windowed === true ? windowColumns(node) : [];
  if (bounds.length === 0) return (key) => valueKey(key);
  return (key, row) => valueKey([key, ...bounds.map((column) => row[column] ?? null)]);
}

function nulls(count: number): null[] {
  return new Array<null>(count).fill(null);
}

/** left, right, key; `key` is that of whichever side is there. */
function joined(left: Values | null, right: Values | null, key: unknown, widths: JoinWidths): unknown[] {
  return [...(left ?? nulls(widths.left)), ...(right ?? nulls(widths.right)), key];
}

export function streamJoin(
  node: PhysicalStreamJoin,
  widths: JoinWidths,
  out: Receiver,
  context: OperatorContext,
): JoinReceivers {
  const keyOf = {
    left: context.expression(node.leftKey),
    right: context.expression(node.rightKey),
  };
  const textOf = { left: keyText(node.left, node.windowedKeys), right: keyText(node.right, node.windowedKeys) };
  const retentionMs = node.beforeMs + node.afterMs + node.graceMs;
  const buffers = {
    left: new JoinBuffer(context.stores, 'join-left', retentionMs),
    right: new JoinBuffer(context.stores, 'join-right', retentionMs),
  };
  const outer = {
    left: node.type === 'LEFT' || node.type === 'OUTER',
    right: node.type === 'RIGHT' || node.type === 'OUTER',
  };
  /** How long after a row's time its partners may come. */
  const after = { left: node.afterMs, right: node.beforeMs };
  const waiting = new UnmatchedRows(context.stores, ({ side, time }) => time + after[side] + node.graceMs);
  const clock = context.stores.make<number>('join-time');
  const emit = (
    left: Values | null,
    right: Values | null,
    key: unknown,
    time: number,
    { partition }: RowEvent,
    headers: RowEvent['headers'],
  ): void => out({ row: joined(left, right, key, widths), dead: false, old: undefined, time, headers, partition });
  const emitClosed = (now: number, event: RowEvent): void => {
    for (const { side, key, row, time } of waiting.takeClosed(now))
      emit(side === 'left' ? row : null, side === 'right' ? row : null, key, time, event, []);
  };
  const receive = (side: Sides, event: RowEvent): void => {
    if (event.dead) return context.drop('stream-join', 'null-value');
    const other = side === 'left' ? 'right' : 'left';
    const { row, time, headers } = event;
    const key = keyOf[side](row);
    const alone = (): void =>
      emit(side === 'left' ? row : null, side === 'right' ? row : null, key, time, event, headers);
    if (key === null) {
      if (outer[side]) alone();
      else context.drop('stream-join', 'null-key');
      return;
    }
    const text = textOf[side](key, row);
    const now = Math.max(clock.get('') ?? -1, time);
    if (time >= now) clock.set('', time);
    const place = buffers[side].add(text, row, time);
    if (node.unmatched === 'on-close' && time === now) emitClosed(now, event);
    const from = time - (side === 'left' ? node.beforeMs : node.afterMs);
    const to = time + after[side];
    const matches = buffers[other].between(text, from, to);
    for (const match of matches) {
      waiting.delete(other, match.at);
      const [left, right] = side === 'left' ? [row, match.row] : [match.row, row];
      emit(left, right, key, Math.max(time, match.time), event, headers);
    }
    if (matches.length > 0 || !outer[side]) return;
    if (node.unmatched === 'at-once' || to < now) alone();
    else waiting.add({ side, key, row, time, at: place });
  };
  return { left: (event) => receive('left', event), right: (event) => receive('right', event) };
}

export function lookupJoin(
  node: PhysicalLookupJoin,
  widths: JoinWidths,
  out: Receiver,
  context: OperatorContext,
): JoinReceivers {
  const leftKey = context.expression(node.leftKey);
  const rightKey = context.expression(node.rightKey);
  const textOf = { left: keyText(node.left, node.windowedKeys), right: keyText(node.right, node.windowedKeys) };
  const table = context.stores.make<TableRow>('lookup');
  return {
    left(event) {
      if (event.dead) return context.drop('lookup-join', 'null-value');
      const key = leftKey(event.row);
      const found = key === null ? undefined : table.get(textOf.left(key, event.row));
      if (found === undefined && node.type === 'INNER')
        return context.drop('lookup-join', key === null ? 'null-key' : 'no-match');
      out(withRows(event, joined(event.row, found?.row ?? null, key, widths), undefined));
    },
    right(event) {
      const key = rightKey(event.row);
      if (key === null) return context.drop('lookup-join', 'null-key');
      if (event.dead) table.delete(textOf.right(key, event.row));
      else table.set(textOf.right(key, event.row), { row: event.row, time: event.time });
    },
  };
}

export function tableJoin(
  node: PhysicalTableJoin,
  widths: JoinWidths,
  out: Receiver,
  context: OperatorContext,
): JoinReceivers {
  const keyOf = {
    left: context.expression(node.leftKey),
    right: context.expression(node.rightKey),
  };
  const textOf = { left: keyText(node.left, node.windowedKeys), right: keyText(node.right, node.windowedKeys) };
  const tables = {
    left: context.stores.make<TableRow>('table-left'),
    right: context.stores.make<TableRow>('table-right'),
  };
  const present = (left: unknown, right: unknown): boolean =>
    node.type === 'INNER'
      ? left !== undefined && right !== undefined
      : node.type === 'LEFT'
        ? left !== undefined
        : node.type === 'RIGHT'
          ? right !== undefined
          : left !== undefined || right !== undefined;
  const receive = (side: Sides, event: RowEvent): void => {
    const key = keyOf[side](event.row);
    if (key === null) return context.drop('table-join', 'null-key');
    const text = textOf[side](key, event.row);
    const other = tables[side === 'left' ? 'right' : 'left'].get(text);
    const was = tables[side].get(text);
    const now = event.dead ? undefined : { row: event.row, time: event.time };
    if (now === undefined) tables[side].delete(text);
    else tables[side].set(text, now);
    const [left, right, oldLeft, oldRight] = side === 'left' ? [now, other, was, other] : [other, now, other, was];
    const is = present(left, right);
    const before = present(oldLeft, oldRight);
    // An inner join with nothing on the other side has never put anything out.
    if (!is && !before) return;
    out({
      row: joined(left?.row ?? null, right?.row ?? null, key, widths),
      dead: !is,
      old: before ? joined(oldLeft?.row ?? null, oldRight?.row ?? null, key, widths) : null,
      time: Math.max(event.time, other?.time ?? 0),
      headers: [],
      partition: event.partition,
    });
  };
  return { left: (event) => receive('left', event), right: (event) => receive('right', event) };
}

interface Pointing extends TableRow {
  /** Text of the key that the row points at; null when it points at nothing. */
  readonly target: string | null;
}

export function foreignKeyJoin(
  node: PhysicalForeignKeyJoin,
  widths: JoinWidths,
  out: Receiver,
  context: OperatorContext,
): JoinReceivers {
  const foreignKey = context.expression(node.foreignKey);
  const rightKey = context.expression(node.rightKey);
  const pointers = new Map<string, Set<string>>();
  const lefts = context.stores.make<Pointing>('foreign-left', {
    add: (key, { target }) => {
      if (target === null) return;
      let keys = pointers.get(target);
      if (keys === undefined) pointers.set(target, (keys = new Set<string>()));
      keys.add(key);
    },
    remove: (key, { target }) => {
      if (target === null) return;
      const keys = pointers.get(target);
      keys?.delete(key);
      if (keys?.size === 0) pointers.delete(target);
    },
  });
  const rights = context.stores.make<TableRow & { readonly key: unknown }>('foreign-right');
  const primaryKey = (row: Values): unknown[] => node.primaryKey.map((column) => row[column] ?? null);
  const send = (
    left: TableRow,
    right: { readonly row: Values; readonly key: unknown } | undefined,
    old: unknown[] | null,
    dead: boolean,
    event: RowEvent,
    time: number,
  ): void =>
    out({
      row: joined(left.row, right?.row ?? null, right?.key ?? null, widths),
      dead,
      old,
      time,
      headers: [],
      partition: event.partition,
    });
  const shown = (left: TableRow, right: (TableRow & { readonly key: unknown }) | undefined): unknown[] | null =>
    right === undefined && node.type === 'INNER'
      ? null
      : joined(left.row, right?.row ?? null, right?.key ?? null, widths);
  const rightOf = (target: string | null): (TableRow & { readonly key: unknown }) | undefined =>
    target === null ? undefined : rights.get(target);
  return {
    left(event) {
      const key = valueKey(primaryKey(event.row));
      const was = lefts.get(key);
      const old = was === undefined ? null : shown(was, rightOf(was.target));
      if (event.dead) {
        if (was === undefined) return;
        lefts.delete(key);
        return send({ row: event.row, time: event.time }, undefined, old, true, event, event.time);
      }
      const pointer = foreignKey(event.row);
      const target = pointer === null ? null : valueKey(pointer);
      const now: Pointing = { row: event.row, time: event.time, target };
      lefts.set(key, now);
      const right = rightOf(target);
      const dead = right === undefined && node.type === 'INNER';
      if (dead && was === undefined) return context.drop('foreign-key-join', 'no-match');
      send(now, right, old, dead, event, Math.max(event.time, right?.time ?? 0));
    },
    right(event) {
      const key = rightKey(event.row);
      if (key === null) return context.drop('foreign-key-join', 'null-key');
      const text = valueKey(key);
      const was = rights.get(text);
      const now = event.dead ? undefined : { row: event.row, time: event.time, key };
      if (now === undefined) rights.delete(text);
      else rights.set(text, now);
      for (const name of pointers.get(text) ?? []) {
        const left = lefts.get(name) as Pointing;
        const dead = now === undefined && node.type === 'INNER';
        send(left, now, shown(left, was), dead, event, Math.max(left.time, event.time));
      }
    },
  };
}
