/** A plan as one generated loop over batches (`compiler/pipeline.ts`), with its table. */
import { LoopCache, runBatches } from './batches.ts';
import type { FunctionLookup } from './compiler/code.ts';
import { groupKeyBytes } from './compiler/group-key.ts';
import { analysePlan, compileEmit, compileRead, newContext } from './compiler/pipeline.ts';
import type { Pipeline, PipelineContext } from './compiler/pipeline.ts';
import { StackError } from '../core/errors.ts';
import type { PhysicalAggregate, PhysicalPlan } from '../sql/physical/plan.ts';
import type { OperatorCounters, PullRequest, Row } from './jobs.ts';
import { BatchWriter, outputsOf } from './output.ts';
import type { Fault, Program } from './program.ts';
import { firstInOrder, tableOrder } from './rows/table-order.ts';
import { aggregateState } from './state/aggregate-state.ts';
import { stateHash } from './state/changelog.ts';
import { AggregateTable } from './state/table.ts';
import { TableWindows } from './state/table-windows.ts';
import { windowRetention } from './window-retention.ts';

const readsMax = 100;

export function loopProgram(
  plan: PhysicalPlan,
  outputPartitions: number,
  functions: FunctionLookup,
  fault: Fault,
): Program {
  const pipeline = analysePlan(plan);
  const { aggregate, source } = pipeline;
  const table = aggregate === undefined ? undefined : new AggregateTable(pipeline.layout);
  const windows = table === undefined || aggregate === undefined ? undefined : windowsOf(table, aggregate);
  const spare: Buffer[] = [];
  const writers = Array.from(
    { length: plan.root.node === 'topic-sink' ? outputPartitions : 0 },
    () => new BatchWriter(spare),
  );
  let partitionNow = 0;
  /** What ended the program: it comes by again on its way out of the loop. */
  let end: unknown;
  const context = newContext(pipeline, table, windows, writers, (error, offset) => {
    if (error === end && end !== undefined) throw error;
    try {
      fault(error, source.topic, partitionNow, offset);
    } catch (thrown) {
      end = thrown;
      throw thrown;
    }
  });
  const loops = new LoopCache(pipeline, context, functions);
  // What an unseen schema would show later is found now: a plan that cannot run does not start.
  loops.loop(false);
  if (table !== undefined) emitWithTwin(pipeline, context, functions);
  const reads = new Map<string, ReturnType<typeof compileRead>>();
  let order: ((row: readonly unknown[]) => Buffer) | undefined;

  const reader = (...request: [PullRequest['predicate'], PullRequest['columns']]): ReturnType<typeof compileRead> => {
    const shape = JSON.stringify(request);
    let read = reads.get(shape);
    if (read === undefined) {
      if (reads.size >= readsMax) reads.clear();
      read = compileRead(pipeline, context, functions, ...request);
      reads.set(shape, read);
    }
    return read;
  };

  return {
    state: table === undefined ? undefined : aggregateState(table, windows, stateHash(pipeline), context.scratch),
    get streamTime() {
      return context.streamTime;
    },
    set streamTime(time: number) {
      context.streamTime = time;
    },
    get hasRows() {
      return context.rows.length > 0;
    },
    get uncommittedBytes() {
      let bytes = (table?.dirtyCount ?? 0) * 64;
      for (const writer of writers) bytes += writer.pendingBytes;
      return bytes;
    },
    run(bytes, from, { partition }, position, aborted) {
      partitionNow = partition;
      windows?.ready();
      return runBatches(bytes, from, bytes.length, partition, position, aborted, loops, context);
    },
    addSchema: (id, schema) => loops.addSchema(id, schema),
    takeRows() {
      const { rows } = context;
      context.rows = [];
      return rows as Row[];
    },
    flush() {
      if (table === undefined || aggregate?.emit !== 'commit') return;
      for (let i = 0; i < table.dirtyCount; i++) {
        const slot = table.dirtySlots[i] as number;
        if (table.current.isLive(slot)) context.emit(slot, -1);
      }
    },
    takeOutputs(full) {
      if (full === undefined) spare.length = 0; // a query that has little to say keeps no memory for much
      return outputsOf(writers, full);
    },
    giveBack: (buffers) => void spare.push(...buffers),
    pull(request: PullRequest): Row[] {
      if (table === undefined || aggregate === undefined)
        throw new StackError('MILLRACE_UNSUPPORTED', 'The query has no table to read.');
      const { predicate, limit } = request;
      const read = reader(predicate, request.columns);
      const at = (slot: number, using: typeof read): unknown[] | undefined => {
        const { rows: from, at: place } = table.committedRow(slot);
        return using.run(from, place, slot);
      };
      const rowsOf = (slots: readonly number[]): Row[] =>
        slots.flatMap((slot) => {
          const row = at(slot, read);
          return row === undefined ? [] : [row as Row];
        });
      if (request.keys !== undefined) {
        const slots = request.keys.flatMap((key) => {
          const bytes = groupKeyBytes(aggregate.keys, pipeline.rawKey, key);
          if (windows !== undefined) return bytes === undefined ? [] : windows.slotsOf(bytes);
          const slot = bytes === undefined ? -1 : table.keys.find(bytes, 0, bytes.length);
          return slot < 0 ? [] : [slot];
        });
        return rowsOf(slots).slice(0, limit);
      }
      const slots = Array.from({ length: table.keys.size }, (_, slot) => slot);
      if (limit === undefined) return rowsOf(slots);
      const whole = reader(predicate, undefined);
      const found = slots.flatMap((slot) => {
        const row = at(slot, whole);
        return row === undefined ? [] : [{ slot, row }];
      });
      order ??= tableOrder(plan, outputPartitions, functions);
      const by = order;
      return rowsOf(firstInOrder(found, ({ row }) => by(row), limit).map(({ slot }) => slot));
    },
    operators: () => countersOf(pipeline, context),
  };
}

function emitWithTwin(pipeline: Pipeline, context: PipelineContext, functions: FunctionLookup): void {
  const emit = compileEmit(pipeline, context, functions, false).run;
  let exact: typeof emit | undefined;
  const failed = pipeline.counterNames.indexOf('sink-bad-record');
  context.emit = (slot, offset) => {
    try {
      if (emit(slot)) return;
      exact ??= compileEmit(pipeline, context, functions, true).run;
      exact(slot);
    } catch (error) {
      context.counters[failed] = (context.counters[failed] ?? 0) + 1;
      context.fault(error, offset);
    }
  };
}

function windowsOf(table: AggregateTable, { window }: PhysicalAggregate): TableWindows | undefined {
  if (window === undefined || window.type === 'SESSION') return undefined;
  return new TableWindows(table, windowRetention(window));
}

function countersOf(pipeline: Pipeline, context: PipelineContext): OperatorCounters[] {
  const of = (name: string): number => context.counters[pipeline.counterNames.indexOf(name)] ?? 0;
  const drops = (...names: string[]): Record<string, number> =>
    Object.fromEntries(names.flatMap((name) => (of(name) > 0 ? [[name, of(name)]] : [])));
  const dropped = of('null-value') + of('null-time') + of('bad-record');
  let rows = of('in') - dropped;
  const operators: OperatorCounters[] = [
    {
      operator: 'source',
      rowsIn: of('in'),
      rowsOut: rows,
      dropped: drops('null-value', 'null-time', 'bad-record'),
    },
  ];
  const stages = (place: 'before' | 'after', list: Pipeline['before']): void => {
    list.forEach((stage, i) => {
      const left = stage.node === 'filter' ? of(`${place}-${i}-filter`) : 0;
      operators.push({
        operator: stage.node,
        rowsIn: rows,
        rowsOut: rows - left,
        dropped: left > 0 ? { predicate: left } : {},
      });
      rows -= left;
    });
  };
  stages('before', pipeline.before);
  const out = of('sink') + of('tombstone');
  if (pipeline.aggregate !== undefined) {
    const held = pipeline.after.reduce(
      (sum, stage, i) => sum + (stage.node === 'filter' ? of(`after-${i}-filter`) : 0),
      0,
    );
    operators.push({
      operator: 'aggregate',
      rowsIn: rows,
      rowsOut: of('sink') + held,
      dropped: drops('null-group', 'late'),
    });
    rows = of('sink') + held;
    stages('after', pipeline.after);
  }
  const notWritten = { 'null-value': of('sink-null-value'), 'bad-record': of('sink-bad-record') };
  operators.push({
    operator: pipeline.plan.root.node,
    rowsIn: rows,
    rowsOut: out,
    dropped: Object.fromEntries(Object.entries(notWritten).filter(([, count]) => count > 0)),
  });
  return operators;
}
