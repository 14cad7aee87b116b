/**
 * A physical plan as generated functions.
 *
 *   loop  one per combination of writer schemas: walks the records of a batch, decodes what the plan uses, filters, projects,
 *         and either updates the aggregate's slot (one for each window of the row) or writes the output record;
 *   emit  an aggregate's row, from its slot through HAVING and projection into the sink;
 *   read  the same row as plain values, for pull queries.
 *
 * `loop` and `emit` exist twice: with BIGINT as number, and exact with bigint. The number variant leaves (`loopEnds.inexact`, or
 * false) before it changed anything when a BIGINT is not a safe integer, and the exact one does that record.
 */
import type {
  PhysicalAggregate,
  PhysicalFilter,
  PhysicalPlan,
  PhysicalProject,
  PhysicalSource,
  PlanExpression,
} from '../../sql/physical/plan.ts';
import type { BatchWriter } from '../output.ts';
import type { InputPosition } from '../position.ts';
import type { TableWindows } from '../state/table-windows.ts';
import { startBytes } from '../state/table-windows.ts';
import { dirtyCell, flagEmitted, flagLive, flagsCell, tableLayout, timeCell } from '../state/table.ts';
import type { AggregateTable, Rows, TableLayout } from '../state/table.ts';
import { aggregateCode } from './aggregates.ts';
import type { AggregateCode, FieldCode } from './aggregates.ts';
import type { AvroShape } from './avro-shape.ts';
import { assert } from '../../core/assert.ts';
import { Scratch } from './bytes.ts';
import { loopHelpers } from './helpers.ts';
import { Code, not, plainOf } from './code.ts';
import type { CodeMode, CodeValue } from './code.ts';
import { toPlain } from './expressions.ts';
import { groupFailure, nullGroup } from './failures.ts';
import { plain, unsupported } from './code.ts';
import type { FunctionLookup } from './code.ts';
import { recordTime, rowTime, schemaCheck, sourceColumns } from './source-columns.ts';
import { sink } from './sink.ts';
import { columnsOf } from './used-columns.ts';
import { wholeExpression } from './whole-expression.ts';
import type { LoopScope } from './whole-expression.ts';
import { knownColumns } from '../rows/row-shape.ts';
import { isRawKey, readGroupKey, writeGroupKey } from './group-key.ts';
import { loopEnds } from './loop-ends.ts';

/** The records of a batch within which a run ended, and where to go on in them. */
interface OpenBatch {
  readonly base: number;
  readonly b: Buffer;
  readonly o: number;
}

export interface PipelineContext {
  readonly table: AggregateTable | undefined;
  /** Of the table, where the aggregation has windows. */
  readonly windows: TableWindows | undefined;
  readonly scratch: Scratch;
  /** Per output partition. */
  readonly writers: readonly BatchWriter[];
  /** Result rows (push queries). */
  rows: unknown[][];
  /** Counters, see {@link counterNames}. */
  readonly counters: Float64Array;
  /** Why the loop returned, see {@link loopEnds}. */
  reason: number;
  /** Row time of the record that was not run because it is ahead. */
  aheadTime: number;
  /** Batches within which runs ended, by who reads them. */
  readonly open: Map<InputPosition, OpenBatch>;
  keySchema: number;
  valueSchema: number;
  streamTime: number;
  /** Emits a slot, with the twin where needed, for the record at an offset; −1: for a commit. Set by whoever compiles. */
  emit: (slot: number, offset: number) => void;
  /** Notes a record that failed; throws to stop the query. */
  readonly fault: (error: unknown, offset: number) => void;
}

/** Schemas of one combination; −1 = none, or not needed. A string is the reason why a schema cannot be used. */
export interface Variant {
  readonly keySchema: number;
  readonly valueSchema: number;
  readonly keyShape?: AvroShape | string;
  readonly valueShape?: AvroShape | string;
}

/**
 * Runs the records of one uncompressed batch from position `start` on; returns where it stopped.
 * Records with an offset delta below `skip` are passed over. `appendTime` −1: each record has its own time.
 */
export type Loop = (
  b: Buffer,
  start: number,
  end: number,
  baseOffset: number,
  baseTime: number,
  appendTime: number,
  partition: number,
  skip: number,
  until: number,
) => number;

type Stage = PhysicalFilter | PhysicalProject;

/** The plan taken apart, with what follows from it. */
export interface Pipeline {
  readonly plan: PhysicalPlan;
  readonly source: PhysicalSource;
  readonly before: readonly Stage[];
  readonly aggregate: PhysicalAggregate | undefined;
  readonly after: readonly Stage[];
  readonly layout: TableLayout;
  readonly aggregates: readonly { readonly code: AggregateCode; readonly own: readonly FieldCode[] }[];
  readonly rawKey: boolean;
  /** Columns of the source that the plan reads. */
  readonly used: ReadonlySet<number>;
  readonly readsKeySchema: boolean;
  readonly readsValueSchema: boolean;
  readonly counterNames: readonly string[];
}

export function analysePlan(plan: PhysicalPlan): Pipeline {
  const chain: Stage[] = [];
  const after: Stage[] = [];
  let aggregate: PhysicalAggregate | undefined;
  let node = plan.root.input;
  while (node.node !== 'source') {
    if (node.node === 'aggregate') {
      if (aggregate !== undefined) throw unsupported('it has two aggregations');
      aggregate = node;
      after.push(...chain.splice(0));
    } else if (node.node === 'filter' || node.node === 'project') chain.push(node);
    else throw unsupported(`a ${node.node} is not available yet`);
    node = node.input;
  }
  const source = node;
  const before = chain.reverse();
  after.reverse();
  const used = usedColumns(source, before, aggregate, plan);
  const codes = (aggregate?.aggregates ?? []).map((one) => aggregateCode(one.aggregate, one.type));
  const layout = tableLayout(codes.flatMap((code) => code.fields));
  let first = 0;
  const aggregates = codes.map((code) => ({
    code,
    own: code.fields.map(() => fieldCode(layout, first++)),
  }));
  const readsSchema = (side: 'key' | 'value'): boolean =>
    ['AVRO', 'JSON_SR'].includes((side === 'key' ? source.keyFormat : source.valueFormat).format) &&
    source.columns.some(({ origin }) => origin.from === side);
  return {
    plan,
    source,
    before,
    aggregate,
    after,
    layout,
    aggregates,
    rawKey: aggregate !== undefined && isRawKey(aggregate.keys, aggregate.nullKey),
    used,
    readsKeySchema: readsSchema('key'),
    readsValueSchema: readsSchema('value'),
    counterNames: [
      'in',
      'null-value',
      'null-time',
      'bad-record',
      'null-group',
      'late',
      'sink',
      'tombstone',
      'sink-null-value',
      'sink-bad-record',
      ...before.map((stage, i) => `before-${i}-${stage.node}`),
      ...after.map((stage, i) => `after-${i}-${stage.node}`),
    ],
  };
}

export function newContext(
  pipeline: Pipeline,
  table: AggregateTable | undefined,
  windows: TableWindows | undefined,
  writers: readonly BatchWriter[],
  fault: PipelineContext['fault'],
): PipelineContext {
  return {
    table,
    windows,
    scratch: new Scratch(),
    writers,
    rows: [],
    counters: new Float64Array(pipeline.counterNames.length),
    reason: 0,
    aheadTime: -1,
    open: new Map(),
    keySchema: -1,
    valueSchema: -1,
    streamTime: -1,
    emit: () => {},
    fault,
  };
}

/** The source text of generated functions, for EXPLAIN and for reading. */
export interface Generated<F> {
  readonly run: F;
  readonly text: string;
}

function build<F>(code: Code, context: PipelineContext, body: string): Generated<F> {
  const text = [
    `const { ${Object.keys(loopHelpers).join(', ')} } = H;`,
    'const { table, windows, scratch, writers, counters } = C;',
    'const keys = table === undefined ? undefined : table.keys;',
    code.prelude(),
    `return ${body}`,
  ].join('\n');
  const run = new Function('H', 'C', 'K', text)(loopHelpers, context, code.constants) as F;
  return { run, text };
}

/** Emits the loop for one combination of schemas. */
export function compileLoop(
  pipeline: Pipeline,
  context: PipelineContext,
  functions: FunctionLookup,
  variant: Variant,
  exact: boolean,
): Generated<Loop> {
  const { source, aggregate, plan } = pipeline;
  const mode: CodeMode = { exact };
  const code = new Code();
  const bail = `{ C.reason = ${loopEnds.inexact}; rows--; return at; }`;
  const counter = counterCode(pipeline);
  const scope: LoopScope = { mode, functions, bail, counter, failsWhole: plan.failsWhole === true };
  schemaCheck(code, pipeline, variant);
  if (!exact) code.line('let inexact = false;');
  if (aggregate === undefined) recordWithoutValue(code, pipeline, variant, context, scope);
  else code.line(`if (vl < 0) { ${counter('null-value')}++; continue; }`);
  const columns = sourceColumns(code, pipeline, variant, mode, ['key', 'value']);
  code.line(exact ? '' : `if (inexact) ${bail}`);
  rowTime(code, source, columns, counter);
  const row = stages(code, pipeline.before, 'before', columns, scope, 'continue;');
  if (aggregate !== undefined) aggregation(code, pipeline, aggregate, row, scope);
  else {
    code.line('inSink = true;');
    sink(code, plan, context.writers.length, { row, dead: 'false', headersAt: 'vo + vl' }, mode, counter);
    code.line('inSink = false;');
  }
  const body = `function loop(b, start, end, baseOffset, baseTime, appendTime, partition, skip, until) {
  let o = start, at = start, next = start, od = 0, streamTime = C.streamTime, rows = 0, inSink = false;
  let X = scratch.buffer;
  ${aggregate === undefined ? '' : `let S = table.current.cells, capacity = table.current.capacity; ${fieldObjects(pipeline, 'table.current')}`}
  ${aggregate?.window === undefined ? '' : 'let windowTime = windows.time, ws = -1e300;'}
  try {
    for (;;) {
      try {
        while (next < end) {
          o = next; at = o; rows++;
          ${recordHeader}
          ${code.text()}
        }
        return end;
      } catch (error) {
        if (inSink) { ${counter('sink-bad-record')}++; inSink = false; } else ${counter('bad-record')}++;
        C.fault(error, baseOffset + od);
        if (next <= at) throw error;
      }
    }
  } finally {
    C.streamTime = streamTime;
    ${aggregate?.window === undefined ? '' : 'windows.time = windowTime;'}
    ${counter('in')} += rows;
  }
}`;
  return build<Loop>(code, context, body);
}

function counterCode({ counterNames }: Pipeline): (name: string) => string {
  return (name) => {
    const at = counterNames.indexOf(name);
    assert(at >= 0, 'a counter of the pipeline');
    return `counters[${at}]`;
  };
}

/** A record whose value is null goes through a chain without aggregation: what follows from its key alone is there. */
function recordWithoutValue(
  code: Code,
  pipeline: Pipeline,
  variant: Variant,
  context: PipelineContext,
  scope: LoopScope,
): void {
  const { mode, bail, counter } = scope;
  code.line('if (vl < 0) {');
  let row: readonly CodeValue[] = sourceColumns(code, pipeline, variant, mode, ['key']);
  code.line(mode.exact ? '' : `if (inexact) ${bail}`);
  recordTime(code, counter);
  for (const [i, stage] of pipeline.before.entries()) {
    if (stage.node === 'filter') {
      code.line(`${counter(`before-${i}-filter`)}++; continue; }`);
      return;
    }
    const given = new Set(knownColumns(stage.input));
    row = stage.columns.map(({ expression, type, failure: where }) =>
      [...columnsOf([expression]).keys()].every((column) => given.has(column))
        ? wholeExpression(code, expression, row, scope, { where, offset: recordOffset })
        : plain(type, 'true', 'null'),
    );
  }
  code.line('inSink = true;');
  sink(code, pipeline.plan, context.writers.length, { row, dead: 'true', headersAt: 'vo' }, mode, counter);
  code.line('inSink = false; continue; }');
}

/** Counts the row in its group, in each of its windows. */
function aggregation(
  code: Code,
  pipeline: Pipeline,
  aggregate: PhysicalAggregate,
  row: readonly CodeValue[],
  scope: LoopScope,
): void {
  const { mode, bail, counter } = scope;
  const { window } = aggregate;
  // The first null group ends the row; it is told of, unless it is null because it failed, which was told of.
  const values = aggregate.keys.map((key, i) => {
    const failed = code.name('f');
    const inner = code.child();
    const site = { where: groupFailure(i), isWhole: true, offset: recordOffset, failed };
    const value = wholeExpression(inner, key.expression, row, scope, site);
    code.line(`let ${failed} = false;`, ...inner.lines);
    if (aggregate.nullKey === 'drop' && value.nul !== 'false')
      code.line(
        `if (${value.nul}) { ${counter('null-group')}++; if (!${failed}) C.fault(${code.constant(nullGroup(i))}, ${recordOffset}); continue; }`,
      );
    return value;
  });
  const groups = values.map((value) => (aggregate.nullKey === 'drop' ? { ...value, nul: 'false' } : value));
  const args = aggregate.aggregates.map((one) =>
    one.aggregate.args.map((arg, at) =>
      wholeExpression(code, arg, row, scope, { where: one.aggregate.failures?.[at], offset: recordOffset }),
    ),
  );
  const windowed = window !== undefined;
  /** Computes the new values of the slot of group and window; `change` stores them. */
  const update = (into: Code, change: boolean): void => {
    writeGroupKey(into, groups, pipeline.rawKey, mode, windowed ? 'ws' : undefined);
    into.line(
      'if (slot >= capacity) { table.ensure(slot); S = table.current.cells; capacity = table.current.capacity; }',
      `const q = slot * ${pipeline.layout.stride};`,
    );
    const stores = pipeline.aggregates.flatMap(({ code: one, own }, i) =>
      one.update(into, own, args[i] as readonly CodeValue[], mode, bail),
    );
    if (!change) return;
    const born = windowed ? `if ((${flagsAt} & ${flagLive}) === 0) windows.add(ws, slot); ` : '';
    into.line(
      `if (${dirtyAt} === 0) { ${born}table.touch(slot); ${flagsAt} |= ${flagLive}; }`,
      ...stores,
      // No row is newer than the stream, and few are older: that is a test with a foreseeable outcome.
      `if (ts >= streamTime || ts > ${timeAt}) ${timeAt} = ts;`,
    );
    if (aggregate.emit === 'change') into.line('C.emit(slot, baseOffset + od);', 'X = scratch.buffer;');
  };
  if (window === undefined) {
    update(code, true);
    return;
  }
  if (window.type === 'SESSION') throw unsupported('sessions are not available in it');
  const { sizeMs, graceMs } = window;
  const late = `ws + ${sizeMs} <= windowTime - ${graceMs}`;
  code.line('if (ts > windowTime) windowTime = ts;');
  if (window.type === 'TUMBLING') {
    code.line(
      `if (ts < ws || ts >= ws + ${sizeMs}) ws = Math.floor(ts / ${sizeMs}) * ${sizeMs};`,
      `if (${late}) { ${counter('late')}++; continue; }`,
    );
    update(code, true);
  } else {
    const { advanceMs } = window;
    const first = `Math.max(0, Math.floor((ts - ${sizeMs - advanceMs}) / ${advanceMs}) * ${advanceMs})`;
    const each = (lines: readonly string[]): void =>
      code.line(`for (ws = ${first}; ws <= ts; ws += ${advanceMs}) {`, ...lines, '}');
    // A record that leaves to the exact twin must not be counted in some of its windows before.
    const trial = code.child();
    update(trial, false);
    if (trial.lines.some((line) => line.includes(bail))) each([`if (${late}) continue;`, ...trial.lines]);
    const inner = code.child();
    update(inner, true);
    each([`if (${late}) { ${counter('late')}++; continue; }`, ...inner.lines]);
  }
  code.line('if (windowTime >= windows.expireAt) windows.expire(windowTime);');
}

/** Length, attributes, times and places of key and value; `next` is behind the record. */
const recordHeader = `let length = b[o++];
          if (length > 127) { length &= 127; let s = 7, c = 0; do { c = b[o++]; length |= (c & 127) << s; s += 7; } while (c > 127 && s < 35); }
          length >>>= 1;
          if (!(length <= end - o)) { next = end; throw malformed('the batch is shorter than its records'); }
          next = o + length;
          o++;
          const to = o;
          let td = b[o++], tc = td;
          if (td > 127) { td &= 127; let s = 7; do { tc = b[o++]; td |= (tc & 127) << s; s += 7; } while (tc > 127 && s < 28); }
          if (tc > 127) { td = longNumber(b, to); o = cursor.at; } else td = (td >>> 1) ^ -(td & 1);
          od = b[o++];
          if (od > 127) { od &= 127; let s = 7, c = 0; do { c = b[o++]; od |= (c & 127) << s; s += 7; } while (c > 127 && s < 35); }
          od >>>= 1;
          if (od < skip) { rows--; continue; }
          let kl = b[o++];
          if (kl > 127) { kl &= 127; let s = 7, c = 0; do { c = b[o++]; kl |= (c & 127) << s; s += 7; } while (c > 127 && s < 35); }
          kl = (kl >>> 1) ^ -(kl & 1);
          const ko = o;
          if (kl > 0) o += kl;
          let vl = b[o++];
          if (vl > 127) { vl &= 127; let s = 7, c = 0; do { c = b[o++]; vl |= (c & 127) << s; s += 7; } while (c > 127 && s < 35); }
          vl = (vl >>> 1) ^ -(vl & 1);
          const vo = o;
          if (!(o + (vl > 0 ? vl : 0) <= next)) throw malformed('the record is shorter than its value');
          let ts = appendTime < 0 ? baseTime + td : appendTime;`;

/** Filters and projections; `reject` is what happens to a row that does not pass. */
function stages(
  code: Code,
  list: readonly Stage[],
  place: 'before' | 'after',
  columns: readonly CodeValue[],
  scope: LoopScope,
  reject: string,
): readonly CodeValue[] {
  // What an aggregate puts out comes from no one record.
  const offset = place === 'before' ? recordOffset : '-1';
  let row = columns;
  list.forEach((stage, i) => {
    if (stage.node === 'project') {
      row = stage.columns.map((column) =>
        wholeExpression(code, column.expression, row, scope, { where: column.failure, offset }),
      );
      return;
    }
    const passes = wholeExpression(code, stage.predicate, row, scope, { where: stage.failure, isWhole: true, offset });
    const test =
      passes.nul === 'true'
        ? 'false'
        : passes.nul === 'false'
          ? plainOf(passes)
          : `${not(passes.nul)} && ${plainOf(passes)}`;
    code.line(`if (!(${test})) { ${scope.counter(`${place}-${i}-filter`)}++; ${reject} }`);
  });
  return row;
}

const recordOffset = 'baseOffset + od';

/** Emits the function that puts an aggregate's row out. It returns false when the exact twin must do it. */
export function compileEmit(
  pipeline: Pipeline,
  context: PipelineContext,
  functions: FunctionLookup,
  exact: boolean,
): Generated<(slot: number) => boolean> {
  const code = new Code();
  const mode: CodeMode = { exact };
  const counter = counterCode(pipeline);
  const columns = aggregateColumns(code, pipeline, mode, 'return false;');
  code.line('let dead = false;');
  const inner = code.child();
  const row = stages(
    inner,
    pipeline.after,
    'after',
    columns,
    { mode, functions, bail: 'return false;', counter, failsWhole: pipeline.plan.failsWhole === true },
    'dead = true;',
  );
  code.line(...inner.lines);
  code.line(
    `if (dead && (${flagsAt} & ${flagEmitted}) === 0) return true;`,
    `${flagsAt} = dead ? ${flagsAt} & ~${flagEmitted} : ${flagsAt} | ${flagEmitted};`,
  );
  sink(code, pipeline.plan, context.writers.length, { row, dead: 'dead' }, mode, counter);
  code.line('return true;');
  const body = `function emit(slot) {
  const rows = table.current, id = slot, partition = 0, S = rows.cells, q = slot * ${pipeline.layout.stride};
  let X = scratch.buffer;
  ${fieldObjects(pipeline, 'rows')}
  const ts = ${timeAt};
  ${code.text()}
}`;
  return build(code, context, body);
}

/**
 * Emits the function that reads an aggregate's row at `slot` of `rows` (current, or committed images) as the table's columns.
 * undefined when the table does not hold the row. `select` and `predicate` address the table's columns.
 */
export function compileRead(
  pipeline: Pipeline,
  context: PipelineContext,
  functions: FunctionLookup,
  predicate: PlanExpression | undefined,
  select: readonly PlanExpression[] | undefined,
): Generated<(rows: Rows, slot: number, id: number) => unknown[] | undefined> {
  const code = new Code();
  const mode: CodeMode = { exact: true };
  const { root } = pipeline.plan;
  const sinkColumns = root.node === 'topic-sink' ? [...root.key, ...root.value] : root.columns;
  const scope = { mode, functions, bail: 'return undefined;', counter: () => 'ignored', isQuiet: true };
  const columns = aggregateColumns(code, pipeline, mode, 'return undefined;');
  const row = stages(code, pipeline.after, 'after', columns, scope, 'return undefined;');
  const time = mode.exact ? 'BigInt(ts)' : 'ts';
  const bounds = root.node === 'topic-sink' && root.window !== undefined ? [root.window.start, root.window.end] : [];
  const table = [
    ...[...sinkColumns.map(({ column }) => column), ...bounds].map((column) => row[column] as CodeValue),
    plain({ kind: 'BIGINT' }, 'false', time),
  ];
  if (predicate !== undefined) {
    const passes = wholeExpression(code, predicate, table, scope, { offset: '-1' });
    code.line(`if (${passes.nul === 'false' ? '' : `${passes.nul} || `}!(${plainOf(passes)})) return undefined;`);
  }
  const out =
    select === undefined
      ? table.slice(0, -1)
      : select.map((one) => wholeExpression(code, one, table, scope, { offset: '-1' }));
  code.line(`return [${out.map((value) => toPlain(value, mode.exact)).join(', ')}];`);
  const body = `function read(rows, slot, id) {
  let ignored = 0;
  const S = rows.cells, q = slot * ${pipeline.layout.stride};
  if ((${flagsAt} & ${flagLive}) === 0) return undefined;
  ${fieldObjects(pipeline, 'rows')}
  const ts = ${timeAt};
  ${code.text()}
}`;
  return build(code, context, body);
}

/** Keys, aggregates, the window's bounds: the columns that an aggregate puts out. */
function aggregateColumns(code: Code, pipeline: Pipeline, mode: CodeMode, bail: string): CodeValue[] {
  const { aggregate } = pipeline;
  if (aggregate === undefined) throw unsupported('the query has no table');
  const { window } = aggregate;
  const behind = window === undefined ? 0 : startBytes;
  const keys = readGroupKey(code, aggregate.keys, pipeline.rawKey, mode, behind);
  const results = pipeline.aggregates.map(({ code: result, own }) => result.result(code, own, mode, bail));
  if (window === undefined) return [...keys, ...results];
  if (window.type === 'SESSION') throw unsupported('sessions are not available in it');
  code.line(`const ws = int64Number(KB, keys.starts[id + 1] - ${startBytes});`);
  const bounds = ['ws', `(ws + ${window.sizeMs})`].map((text) =>
    plain({ kind: 'BIGINT' }, 'false', mode.exact ? `BigInt(${text})` : text),
  );
  return [...keys, ...results, ...bounds];
}

const dirtyAt = `S[q + ${dirtyCell}]`;
const timeAt = `S[q + ${timeCell}]`;
const flagsAt = `S[q + ${flagsCell}]`;

function fieldCode({ cells }: TableLayout, i: number): FieldCode {
  const { value, present } = cells[i] as TableLayout['cells'][number];
  return { value: `S[q + ${value}]`, present: `S[q + ${present}]`, object: `O${i}[slot]`, field: `F${i}` };
}

/** Brings the fields and their objects into scope. Both stay the same when the table grows. */
function fieldObjects({ layout }: Pipeline, rows: string): string {
  return layout.fields
    .map(({ kind }, i) =>
      kind === 'text' || kind === 'binary'
        ? `const O${i} = ${rows}.fields[${i}].objects;`
        : kind === 'long'
          ? `const F${i} = ${rows}.fields[${i}];`
          : '',
    )
    .join(' ');
}

/** Indexes of the source's columns that anything above reads. */
function usedColumns(
  source: PhysicalSource,
  before: readonly Stage[],
  aggregate: PhysicalAggregate | undefined,
  plan: PhysicalPlan,
): Set<number> {
  // From the top of the chain before the aggregate down: which columns of each stage's input are needed.
  const { root } = plan;
  const sinkNeeds = (): number[] =>
    root.node === 'result-sink'
      ? root.columns.map((column) => column.column)
      : [...root.key, ...root.value].map((column) => column.column).concat(root.timestamp ?? []);
  let needed = new Set<number>();
  if (aggregate === undefined) needed = new Set(sinkNeeds());
  else {
    for (const key of aggregate.keys) collect(key.expression, needed);
    for (const one of aggregate.aggregates) for (const arg of one.aggregate.args) collect(arg, needed);
  }
  for (const stage of [...before].reverse()) {
    if (stage.node === 'filter') collect(stage.predicate, needed);
    else {
      const below = new Set<number>();
      for (const index of needed) {
        const column = stage.columns[index];
        if (column !== undefined) collect(column.expression, below);
      }
      needed = below;
    }
  }
  if (source.rowtime !== undefined) needed.add(source.rowtime.column);
  return needed;
}

function collect(expression: PlanExpression, into: Set<number>): void {
  for (const index of columnsOf([expression]).keys()) into.add(index);
}
