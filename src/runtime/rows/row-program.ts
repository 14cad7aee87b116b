/**
 * A plan run row by row: records become rows of plain values, which flow through closures, one per node of the plan, into the
 * sink. It runs every shape; `loop-program.ts` runs the common ones many times faster.
 */
import type { PhysicalNode, PhysicalPlan, PlanLiteral } from '../../sql/physical/plan.ts';
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchHasAppendTime,
  batchHeaderBytes,
  batchIsControl,
  batchLastOffset,
  batchLeaderEpoch,
  batchMaxTimestamp,
  batchSize,
  rawRecords,
} from '../../wire/record-batch.ts';
import type { RawRecord } from '../../wire/record-batch.ts';
import type { FunctionLookup } from '../compiler/code.ts';
import { unsupported } from '../compiler/code.ts';
import { columnsOf } from '../compiler/used-columns.ts';
import type { OperatorCounters, PullRequest, Row } from '../jobs.ts';
import type { InputPosition } from '../position.ts';
import type { Fault, Program } from '../program.ts';
import { aggregateOperator } from './row-aggregate.ts';
import type { OperatorContext } from './row-aggregate.ts';
import type { AggregateLookup } from './row-aggregates.ts';
import { withRows } from './row-event.ts';
import type { Receiver, RowEvent } from './row-event.ts';
import { rowExpression } from './row-expression.ts';
import { foreignKeyJoin, lookupJoin, streamJoin, tableJoin } from './row-joins.ts';
import { keyColumns, knownColumns, widthOf } from './row-shape.ts';
import { RowSink } from './row-sink.ts';
import { RowSource } from './row-source.ts';
import type { DecodedRow, SourceRecord } from './row-source.ts';
import { RowStores } from './row-store.ts';
import { valueKey } from './stored-text.ts';
import { firstInOrder, tableOrder } from './table-order.ts';
import { WindowsOfKeys } from './windows-of-keys.ts';

/** A row of the query's table, for pull queries: the sink's columns, then the window's bounds, then the row's time. */
interface TableEntry {
  readonly row: readonly unknown[];
}

interface Input {
  readonly source: RowSource;
  readonly receive: (record: SourceRecord, decoded: Decoded) => void;
}

type Decoded = DecodedRow | { readonly error: unknown };

export function rowProgram(
  plan: PhysicalPlan,
  outputPartitions: number,
  functions: FunctionLookup,
  fault: Fault,
  aggregates?: AggregateLookup,
): Program {
  const { root } = plan;
  const stores = new RowStores();
  const counters = new Map<string, { in: number; out: number; dropped: Map<string, number> }>();
  const flushes: (() => void)[] = [];
  const inputs: Input[] = [];
  let streamTime = -1;
  let rows: Row[] = [];
  let current: SourceRecord | undefined;
  let order: ((row: readonly unknown[]) => Buffer) | undefined;

  const count = (operator: string): { in: number; out: number; dropped: Map<string, number> } => {
    let found = counters.get(operator);
    if (found === undefined) counters.set(operator, (found = { in: 0, out: 0, dropped: new Map<string, number>() }));
    return found;
  };
  const drop = (operator: string, reason: string): void => {
    const { dropped } = count(operator);
    dropped.set(reason, (dropped.get(reason) ?? 0) + 1);
  };
  const note = (error: unknown): void =>
    fault(error, current?.topic ?? '', current?.partition ?? 0, current?.offset ?? -1);
  const context: OperatorContext = {
    ...(aggregates !== undefined && { aggregates }),
    stores,
    expression: (expression, where = 'Error computing an expression', keepsParts = plan.failsWhole !== true, failed) =>
      rowExpression(expression, functions, {
        where,
        keepsParts,
        note(failure) {
          failed?.();
          note(failure);
        },
      }),
    note,
    drop,
    atCommit: (flush) => void flushes.push(flush),
  };

  const sink =
    root.node === 'topic-sink' && root.silent !== true ? new RowSink(root, outputPartitions, functions) : undefined;
  const upsert = root.changelog === 'upsert' || isTable(root.input);
  const bounds = root.node === 'topic-sink' && root.window !== undefined ? [root.window.start, root.window.end] : [];
  const keyAt = root.node === 'topic-sink' ? [...root.key.map(({ column }) => column), ...bounds] : [];
  const rowAt =
    root.node === 'topic-sink' ? [...[...root.key, ...root.value].map(({ column }) => column), ...bounds] : [];
  const windows = root.node === 'topic-sink' && root.window !== undefined ? new WindowsOfKeys() : undefined;
  const table = root.node === 'topic-sink' && upsert ? stores.make<TableEntry>('table', windows) : undefined;
  const readBack = root.node === 'topic-sink' ? nullsReadBack(root) : [];
  const keys = new Set(keyColumns(root.input));
  const ended = count(root.node);
  const end: Receiver = (event) => {
    ended.in++;
    if (root.node === 'result-sink') {
      if (event.dead && !upsert) return drop(root.node, 'null-value');
      ended.out++;
      const result = root.columns.map(({ column }) =>
        event.dead && !keys.has(column) ? null : (event.row[column] ?? null),
      );
      rows.push((event.dead && root.changelog === 'upsert' ? [...result, true] : result) as Row);
      return;
    }
    if (table !== undefined) {
      const key = valueKey(keyAt.map((column) => event.row[column] ?? null));
      if (event.dead) table.delete(key);
      else {
        const row = rowAt.map((column, i) => event.row[column] ?? readBack[i - root.key.length] ?? null);
        row.push(event.time);
        table.set(key, { row });
      }
    }
    try {
      sink?.put(event);
      ended.out++;
    } catch (error) {
      drop(root.node, 'bad-record');
      note(error);
    }
  };

  const build = (node: PhysicalNode, out: Receiver, needsOld: boolean): void => {
    const mine = count(node.node);
    const counted: Receiver = (event) => {
      mine.out++;
      out(event);
    };
    const receive =
      (receiver: Receiver): Receiver =>
      (event) => {
        mine.in++;
        receiver(event);
      };
    switch (node.node) {
      case 'source':
        inputs.push(sourceInput(node, counted, needsOld));
        return;
      case 'filter':
        // What a row was decides whether it is withdrawn: one that never passed is not.
        return build(node.input, receive(filter(node, counted)), needsOld || node.changelog === 'upsert');
      case 'project': {
        const columns = node.columns.map(({ expression, failure }) => context.expression(expression, failure));
        // Of a row without value only what follows from its key is there.
        const given = new Set(knownColumns(node.input));
        const keyed = node.columns.map(({ expression }, i) =>
          [...columnsOf([expression]).keys()].every((column) => given.has(column)) ? columns[i] : undefined,
        );
        const project = (row: readonly unknown[], dead = false): unknown[] =>
          (dead ? keyed : columns).map((column) => (column === undefined ? null : column(row)));
        const receiver: Receiver = (event) =>
          counted(withRows(event, project(event.row, event.dead), event.old ? project(event.old) : event.old));
        return build(node.input, receive(receiver), needsOld);
      }
      case 'flat-map':
        return build(node.input, receive(flatMap(node, counted)), false);
      case 'aggregate':
        return build(node.input, receive(aggregateOperator(node, counted, needsOld, context)), node.undo === true);
      default: {
        const widths = { left: widthOf(node.left), right: widthOf(node.right) };
        const { left, right } =
          node.node === 'stream-join'
            ? streamJoin(node, widths, counted, context)
            : node.node === 'lookup-join'
              ? lookupJoin(node, widths, counted, context)
              : node.node === 'table-join'
                ? tableJoin(node, widths, counted, context)
                : foreignKeyJoin(node, widths, counted, context);
        build(node.left, receive(left), false);
        build(node.right, receive(right), false);
      }
    }
  };

  const filter = (node: PhysicalNode & { node: 'filter' }, out: Receiver): Receiver => {
    const predicate = context.expression(node.predicate, node.failure, false);
    const passes = (row: readonly unknown[]): boolean => predicate(row) === true;
    if (node.changelog === 'append') {
      return (event) => {
        if (!event.dead && passes(event.row)) out(event);
        else drop('filter', 'predicate');
      };
    }
    return (event) => {
      const is = !event.dead && passes(event.row);
      const { old } = event;
      const before = old === undefined ? undefined : old !== null && passes(old);
      if (!is && before === false) return drop('filter', 'predicate');
      out(withRows(event, event.row, before === undefined ? undefined : before ? old : null, !is));
    };
  };

  const flatMap = (node: PhysicalNode & { node: 'flat-map' }, out: Receiver): Receiver => {
    const calls = node.functions.map(({ function: id, args, type }) =>
      context.expression({ kind: 'call', function: id, args, type: { kind: 'ARRAY', element: type } }),
    );
    return (event) => {
      if (event.dead) return drop('flat-map', 'null-value');
      const results = calls.map((one) => (one(event.row) as readonly unknown[] | null) ?? []);
      const length = Math.max(...results.map((result) => result.length));
      for (let i = 0; i < length; i++)
        out(withRows(event, [...event.row, ...results.map((result) => result[i] ?? null)], event.old));
    };
  };

  const sourceInput = (node: PhysicalNode & { node: 'source' }, out: Receiver, needsOld: boolean): Input => {
    const source = new RowSource(node, functions);
    const store = needsOld ? stores.make<{ row: readonly unknown[] }>('source') : undefined;
    const keyAt = keyColumns(node);
    return {
      source,
      receive(record, decoded) {
        count('source').in++;
        if (node.changelog === 'upsert' && record.key === null) return drop('source', 'null-key');
        if ('error' in decoded) {
          drop('source', 'bad-record');
          return note(decoded.error);
        }
        const { value, headers, partition } = record;
        const { row, time } = decoded;
        const dead = value === null;
        if (time < 0) return drop('source', 'null-time');
        streamTime = Math.max(streamTime, time);
        let old: RowEvent['old'];
        if (store !== undefined) {
          const key = valueKey(keyAt.map((column) => row[column] ?? null));
          old = store.get(key)?.row ?? null;
          if (dead) store.delete(key);
          else store.set(key, { row });
        }
        out({ row, dead, old, time, headers, partition });
      },
    };
  };

  build(root.input, end, false);
  const stateful = stores.any;

  /** Batches within which runs ended, by who reads them, and how many of their records are done with. */
  const open = new Map<
    InputPosition,
    { readonly base: number; readonly records: RawRecord[]; readonly done: number }
  >();

  /** Runs a record, or gives its row time when that is behind `until`. */
  const feed = (readers: readonly Input[], record: SourceRecord, until: number): number | undefined => {
    current = record;
    const decoded = readers.map(({ source }) => decode(source, record));
    for (const one of decoded) if ('time' in one && one.time > until) return one.time;
    readers.forEach((reader, i) => reader.receive(record, decoded[i] as Decoded));
    return undefined;
  };

  return {
    state: stateful ? stores.state(plan.root) : undefined,
    get streamTime() {
      return streamTime;
    },
    set streamTime(time: number) {
      streamTime = time;
    },
    get hasRows() {
      return rows.length > 0;
    },
    get uncommittedBytes() {
      return stores.changed * 200 + (sink?.writers ?? []).reduce((sum, writer) => sum + writer.pendingBytes, 0);
    },
    run(bytes, from, { topic, partition }, position, aborted) {
      const readers = inputs.filter(({ source }) => source.plan.topic === topic);
      let at = from;
      while (bytes.length - at >= batchHeaderBytes) {
        const size = batchSize(bytes, at);
        if (size > bytes.length - at) break;
        const last = batchLastOffset(bytes, at);
        if (last >= position.next) {
          if (batchIsControl(bytes, at)) aborted.control(bytes, at);
          else if (!aborted.skips(bytes, at)) {
            const base = batchBaseOffset(bytes, at);
            const appendTime = batchHasAppendTime(bytes, at) ? batchMaxTimestamp(bytes, at) : undefined;
            const known = open.get(position);
            const { records, done } = known?.base === base ? known : { records: rawRecords(bytes, at), done: 0 };
            for (let i = done; i < records.length; i++) {
              const raw = records[i] as RawRecord;
              const offset = base + raw.offsetDelta;
              if (offset < position.next) continue;
              const timestamp = appendTime ?? batchBaseTimestamp(bytes, at) + raw.timestampDelta;
              const { key, value, headers } = raw;
              const record: SourceRecord = { topic, partition, offset, timestamp, key, value, headers };
              for (const { source } of readers) {
                const missing = source.missing(record);
                if (missing.length > 0) return { ids: missing };
              }
              const ahead = feed(readers, record, position.until);
              if (ahead !== undefined) {
                open.set(position, { base, records, done: i });
                return { at, time: ahead };
              }
              position.next = offset + 1;
            }
            open.delete(position);
          }
          position.next = last + 1;
          position.leaderEpoch = batchLeaderEpoch(bytes, at);
        }
        at += size;
      }
      return at;
    },
    addSchema(id, schema) {
      for (const { source } of inputs) source.addSchema(id, schema);
    },
    takeRows() {
      const taken = rows;
      rows = [];
      return taken;
    },
    flush() {
      if (table !== undefined) windows?.forget(table);
      for (const flush of flushes) flush();
    },
    takeOutputs: (full) => sink?.take(full) ?? [],
    giveBack: (buffers) => sink?.giveBack(buffers),
    pull(request: PullRequest): Row[] {
      if (table === undefined || root.node !== 'topic-sink') throw unsupported('it has no table to read');
      const predicate = request.predicate && rowExpression(request.predicate, functions);
      const columns = request.columns?.map((column) => rowExpression(column, functions));
      const entries: TableEntry[] = [];
      const take = (entry: TableEntry | undefined): void => {
        if (entry !== undefined && (predicate === undefined || predicate(entry.row) === true)) entries.push(entry);
      };
      if (request.keys === undefined) for (const [, entry] of table.allCommitted()) take(entry);
      else {
        for (const key of request.keys) {
          const values = key.map((value, i) => literalValue(value, root.key[i]?.type.kind));
          const text = valueKey(values);
          for (const name of windows === undefined ? [text] : windows.of(text)) take(table.committed(name));
        }
      }
      let found = entries;
      if (request.limit !== undefined && found.length > request.limit) {
        order ??= tableOrder(plan, outputPartitions, functions);
        const by = order;
        found =
          request.keys === undefined
            ? firstInOrder(found, ({ row }) => by(row), request.limit)
            : found.slice(0, request.limit);
      }
      return found.map(
        ({ row }) => (columns === undefined ? row.slice(0, -1) : columns.map((column) => column(row))) as Row,
      );
    },
    operators(): OperatorCounters[] {
      return [...counters].reverse().map(([operator, { in: rowsIn, out: rowsOut, dropped }]) => ({
        operator,
        rowsIn,
        rowsOut,
        dropped: Object.fromEntries(dropped),
      }));
    },
  };
}

function decode(source: RowSource, record: SourceRecord): Decoded {
  try {
    return source.decode(record);
  } catch (error) {
    return { error };
  }
}

/** What nulls of the value's columns are once they were written: a table holds what its topic does. Undefined: null. */
function nullsReadBack({ valueFormat, value }: PhysicalPlan['root'] & { readonly node: 'topic-sink' }): unknown[] {
  const protobuf = valueFormat.format === 'PROTOBUF' || valueFormat.format === 'PROTOBUF_NOSR';
  if (!protobuf || valueFormat.nullable !== undefined) return [];
  return value.map(({ type }) => {
    switch (type.kind) {
      case 'INTEGER':
      case 'BIGINT':
      case 'DOUBLE':
        return 0;
      case 'STRING':
        return '';
      case 'BOOLEAN':
        return false;
      case 'BYTES':
        return Buffer.alloc(0);
      case 'ARRAY':
        return [];
      case 'MAP':
        return {};
      default:
        return undefined;
    }
  });
}

/** A literal of a plan as a plain value. */
function literalValue(value: PlanLiteral, kind: string | undefined): unknown {
  if (kind === 'BYTES' && typeof value === 'string') return Buffer.from(value, 'base64');
  if (kind === 'BIGINT' && typeof value === 'string') return BigInt(value);
  return value;
}

function isTable(node: PhysicalNode): boolean {
  switch (node.node) {
    case 'source':
      return node.changelog === 'upsert';
    case 'aggregate':
    case 'table-join':
    case 'foreign-key-join':
      return true;
    case 'filter':
    case 'project':
    case 'flat-map':
      return isTable(node.input);
    default:
      return false;
  }
}
