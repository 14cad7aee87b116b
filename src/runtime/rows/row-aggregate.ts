/**
 * Aggregation in row programs: without a window, in tumbling, hopping and session windows; of streams and of tables.
 *
 * An entry is one group (and window): the states of its aggregates and its time. Its key is the text of the group's values with the
 * window's start behind (sessions: start and end). Late rows are dropped; entries go when their window's retention is over.
 */
import type { StackError } from '../../core/errors.ts';
import type { PhysicalAggregate, PlanExpression, PlanWindow } from '../../sql/physical/plan.ts';
import { groupFailure, nullGroup } from '../compiler/failures.ts';
import { rowAggregate } from './row-aggregates.ts';
import type { AggregateLookup, RowAggregate } from './row-aggregates.ts';
import type { Receiver, RowEvent } from './row-event.ts';
import type { RowFunction } from './row-expression.ts';
import type { RowStores } from './row-store.ts';
import { windowRetention } from '../window-retention.ts';
import { valueKey } from './stored-text.ts';
import { WindowIndex } from './window-index.ts';

export interface AggregateEntry {
  readonly keys: readonly unknown[];
  readonly states: readonly unknown[];
  readonly time: number;
  /** Of its window. */
  readonly start?: number;
  readonly end?: number;
}

/** What an operator needs besides its node. */
export interface OperatorContext {
  readonly aggregates?: AggregateLookup;
  readonly stores: RowStores;
  /** Makes an expression whose failures are noted; `where` is what they say, `keepsParts` as in `ExpressionSite`. */
  readonly expression: (
    expression: PlanExpression,
    where?: string,
    keepsParts?: boolean,
    failed?: () => void,
  ) => RowFunction;
  /** Tells of the row at hand. */
  readonly note: (failure: StackError) => void;
  /** Counts a row that is left out. */
  readonly drop: (operator: string, reason: string) => void;
  /** Called at each commit, before outputs are taken. */
  readonly atCommit: (flush: () => void) => void;
}

/** @param needsOld whether its rows have to tell what they were before. */
export function aggregateOperator(
  node: PhysicalAggregate,
  out: Receiver,
  needsOld: boolean,
  context: OperatorContext,
): Receiver {
  const { drop } = context;
  const { window, emit } = node;
  let failed = false;
  const keys = node.keys.map(({ expression }, i) =>
    context.expression(expression, groupFailure(i), false, () => (failed = true)),
  );
  const noGroup = keys.map((_, i) => nullGroup(i));
  const columns = node.aggregates.map(({ aggregate, type }) => ({
    aggregate: rowAggregate(aggregate, type, context.aggregates),
    args: aggregate.args.map((arg, i) => context.expression(arg, aggregate.failures?.[i])),
  }));
  const argsOf = (row: readonly unknown[]): unknown[][] => columns.map(({ args }) => args.map((arg) => arg(row)));
  const index = window === undefined ? undefined : new WindowIndex();
  const store = context.stores.make<AggregateEntry>('aggregate', index);
  const clock = context.stores.make<number>('stream-time');
  /** Headers and partition of the row at hand, for what it causes. */
  let cause: RowEvent;

  const groupOf = (row: readonly unknown[]): unknown[] | undefined => {
    const group: unknown[] = [];
    for (const [i, key] of keys.entries()) {
      failed = false;
      const value = key(row);
      if (value === null && node.nullKey === 'drop') {
        if (!failed) context.note(noGroup[i] as StackError);
        return undefined;
      }
      group.push(value);
    }
    return group;
  };
  const rowOf = ({ keys: group, states, start, end }: AggregateEntry): unknown[] => {
    const row = [...group];
    for (const [i, { aggregate }] of columns.entries()) row.push(aggregate.result(states[i]));
    if (start !== undefined) row.push(start, end);
    return row;
  };
  const send = (entry: AggregateEntry, old: AggregateEntry | undefined, dead = false, time = entry.time): void =>
    out({
      row: rowOf(entry),
      dead,
      old: needsOld ? (old === undefined ? null : rowOf(old)) : undefined,
      time,
      headers: [],
      partition: cause?.partition ?? 0,
    });
  const put = (key: string, entry: AggregateEntry): void => {
    const old = store.get(key);
    store.set(key, entry);
    if (emit === 'change') send(entry, old);
  };
  if (emit === 'commit') {
    context.atCommit(() => {
      for (const [key, old] of [...store.before]) {
        const entry = store.get(key);
        if (entry !== undefined) send(entry, old);
        else if (old !== undefined && window?.type === 'SESSION' && !index?.expired(key)) send(old, old, true);
      }
    });
  }
  const initial = (group: readonly unknown[], start?: number, end?: number): AggregateEntry =>
    entryOf(
      group,
      columns.map(({ aggregate }) => aggregate.init()),
      0,
      start,
      end,
    );
  const changed = (
    { keys: group, states, time, start, end }: AggregateEntry,
    at: number,
    change: (aggregate: RowAggregate, state: unknown, i: number) => unknown,
  ): AggregateEntry =>
    entryOf(
      group,
      columns.map(({ aggregate }, i) => change(aggregate, states[i], i)),
      Math.max(time, at),
      start,
      end,
    );
  const added = (entry: AggregateEntry, args: readonly unknown[][], time: number): AggregateEntry =>
    changed(entry, time, (aggregate, state, i) => aggregate.add(state, args[i] ?? []));
  const removed = (entry: AggregateEntry, args: readonly unknown[][], time: number): AggregateEntry =>
    changed(entry, time, (aggregate, state, i) => aggregate.undo?.(state, args[i] ?? []));
  const merged = (entry: AggregateEntry, other: AggregateEntry): AggregateEntry =>
    changed(entry, other.time, (aggregate, state, i) => aggregate.merge(state, other.states[i]));

  const plain = (event: RowEvent): void => {
    const group = groupOf(event.row);
    if (group === undefined) return drop('aggregate', 'null-group');
    const key = valueKey(group);
    put(key, added(store.get(key) ?? initial(group), argsOf(event.row), event.time));
  };

  /** A table's change: out of the old group, into the new one. */
  const undoing = (event: RowEvent): void => {
    const { old, row, dead, time } = event;
    const was = old === null || old === undefined ? undefined : groupOf(old);
    const now = dead ? undefined : groupOf(row);
    const wasKey = was && valueKey(was);
    const nowKey = now && valueKey(now);
    if (was !== undefined && wasKey !== undefined) {
      const without = removed(store.get(wasKey) ?? initial(was), argsOf(old ?? []), time);
      if (wasKey === nowKey) return put(wasKey, added(without, argsOf(row), time));
      put(wasKey, without);
    }
    if (now === undefined || nowKey === undefined) return;
    put(nowKey, added(store.get(nowKey) ?? initial(now), argsOf(row), time));
  };

  const advance = (time: number): number => {
    const before = clock.get('') ?? -1;
    if (time > before) clock.set('', time);
    return Math.max(before, time);
  };
  const closeWindows = (of: PlanWindow, before: number, now: number): void => {
    const limit = (time: number): number => time - of.graceMs - (of.type === 'SESSION' ? of.gapMs + 1 : 0);
    if (emit === 'close' && before < now) {
      // As in Kafka Streams, whose store lets go of windows by the start of the newest one before it is asked for closed ones.
      const kept = of.type === 'SESSION' ? -Infinity : newestStart(of, now) - of.retentionMs;
      for (const key of index?.closedBetween(before < 0 ? -1 : limit(before), limit(now)) ?? []) {
        const entry = store.get(key);
        if (entry !== undefined && (entry.start ?? 0) >= kept) send(entry, undefined);
      }
    }
    // A session is as old as its end, another window as old as its start.
    const firstEnd =
      of.type === 'SESSION'
        ? now - Math.max(of.retentionMs, of.gapMs + of.graceMs) + 1
        : windowRetention(of).oldestStart(now) + of.sizeMs;
    for (const key of index?.endedBefore(firstEnd) ?? []) store.delete(key);
  };

  const timeWindows = (of: PlanWindow & { readonly type: 'TUMBLING' | 'HOPPING' }, event: RowEvent): void => {
    const group = groupOf(event.row);
    if (group === undefined) return drop('aggregate', 'null-group');
    const before = clock.get('') ?? -1;
    const now = advance(event.time);
    const args = argsOf(event.row);
    const advanceMs = of.type === 'HOPPING' ? of.advanceMs : of.sizeMs;
    const closeTime = now - of.graceMs;
    const first = Math.max(0, Math.floor((event.time - of.sizeMs + advanceMs) / advanceMs) * advanceMs);
    for (let start = first; start <= event.time; start += advanceMs) {
      const end = start + of.sizeMs;
      if (end <= closeTime) {
        drop('aggregate', 'late');
        continue;
      }
      const key = `${valueKey(group)}@${start}`;
      put(key, added(store.get(key) ?? initial(group, start, end), args, event.time));
    }
    closeWindows(of, before, now);
  };

  const sessions = (of: PlanWindow & { readonly type: 'SESSION' }, event: RowEvent): void => {
    const group = groupOf(event.row);
    if (group === undefined) return drop('aggregate', 'null-group');
    const before = clock.get('') ?? -1;
    const now = advance(event.time);
    const { time } = event;
    const text = valueKey(group);
    const found = (index as WindowIndex).overlapping(text, time - of.gapMs, time + of.gapMs);
    let start = time;
    let end = time;
    let whole = initial(group);
    for (const key of found) {
      const session = store.get(key) as AggregateEntry;
      start = Math.min(start, session.start ?? start);
      end = Math.max(end, session.end ?? end);
      whole = merged(whole, session);
    }
    if (end < now - of.graceMs - of.gapMs) {
      drop('aggregate', 'late');
      closeWindows(of, before, now);
      return;
    }
    const key = `${text}@${start}-${end}`;
    const same = found.length === 1 && found[0] === key && start === time && end === time;
    if (!same) {
      for (const one of found) {
        const session = store.get(one) as AggregateEntry;
        store.delete(one);
        if (emit === 'change') send(session, session, true, session.end);
      }
    }
    const { states, time: newest } = added(whole, argsOf(event.row), time);
    put(key, entryOf(group, states, newest, start, end));
    closeWindows(of, before, now);
  };

  return (event) => {
    cause = event;
    if (node.undo === true) return undoing(event);
    if (event.dead) return drop('aggregate', 'null-value');
    if (window === undefined) plain(event);
    else if (window.type === 'SESSION') sessions(window, event);
    else timeWindows(window, event);
  };
}

/** Start of the newest window that holds a time. */
function newestStart(of: Exclude<PlanWindow, { type: 'SESSION' }>, time: number): number {
  const advanceMs = of.type === 'HOPPING' ? of.advanceMs : of.sizeMs;
  return Math.floor(time / advanceMs) * advanceMs;
}

/** Entries have their members written out, which is much faster than a spread; those without a window are stored without its bounds. */
function entryOf(
  keys: readonly unknown[],
  states: readonly unknown[],
  time: number,
  start?: number,
  end?: number,
): AggregateEntry {
  return start === undefined || end === undefined ? { keys, states, time } : { keys, states, time, start, end };
}
