/**
 * A physical plan as generated functions.
 *
 *   loop  one per combination of writer schemas: walks the records of a batch, decodes what the plan uses, filters, projects,
 *         and either updates the aggregate's slot or writes the output record;
 *   emit  an aggregate's row, from its slot through HAVING and projection into the sink;
 *   read  the same row as plain values, for pull queries.
 *
 * `loop` and `emit` exist twice: with BIGINT as number, and exact with bigint. The number variant leaves (`reason` 1, or
 * false) before it changed anything when a BIGINT is not a safe integer, and the exact one does that record.
 */
import type {
  PhysicalAggregate,
  PhysicalColumn,
  PhysicalFilter,
  PhysicalPlan,
  PhysicalProject,
  PhysicalSource,
  PlanExpression,
} from '../../sql/physical/plan.ts';
import type { BatchWriter } from '../output.ts';
import { dirtyCell, flagEmitted, flagLive, flagsCell, tableLayout, timeCell } from '../state/table.ts';
import type { AggregateTable, Rows, TableLayout } from '../state/table.ts';
import { aggregateCode } from './aggregates.ts';
import type { AggregateCode, FieldCode } from './aggregates.ts';
import type { AvroShape } from './avro-shape.ts';
import { Scratch } from './bytes.ts';
import { loopHelpers } from './helpers.ts';
import { Code, not, plainOf } from './code.ts';
import type { CodeMode, CodeValue } from './code.ts';
import { decoder } from './decode.ts';
import type { WantedColumn } from './decode-avro.ts';
import { encoder } from './encode.ts';
import { compileExpression, compileWhole, toPlain } from './expressions.ts';
import { failure, groupFailure, nullGroup } from './failures.ts';
import { plain, unsupported } from './code.ts';
import type { FunctionLookup } from './code.ts';
import { columnsOf } from './used-columns.ts';
import { isRawKey, readGroupKey, writeGroupKey } from './group-key.ts';

export interface PipelineContext {
  readonly table: AggregateTable | undefined;
  readonly scratch: Scratch;
  /** Per output partition. */
  readonly writers: readonly BatchWriter[];
  /** Result rows (push queries). */
  rows: unknown[][];
  /** Counters, see {@link counterNames}. */
  readonly counters: Float64Array;
  /** Why the loop returned: 0 at the end, 1 the record needs the exact twin, 2 another schema. */
  reason: number;
  keySchema: number;
  valueSchema: number;
  streamTime: number;
  /** Set by `compilePipeline`: emits a slot, with the twin where needed. */
  emit: (slot: number) => void;
  /** Notes a record that failed; throws to stop the query. */
  readonly fault: (error: unknown, offset: number) => void;
}

/** Schemas of one combination; −1 = not Avro, or not needed. A string is the reason why a schema cannot be used. */
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
  if (aggregate?.window !== undefined) throw unsupported(`${aggregate.window.type} windows are not available yet`);
  if (aggregate?.emit === 'close') throw unsupported('EMIT FINAL needs a window');
  if (aggregate !== undefined && source.changelog === 'upsert')
    throw unsupported('an aggregation of a table is not available yet');
  const used = usedColumns(source, before, aggregate, plan);
  const codes = (aggregate?.aggregates ?? []).map((one) => aggregateCode(one.aggregate, one.type));
  const layout = tableLayout(codes.flatMap((code) => code.fields));
  let first = 0;
  const aggregates = codes.map((code) => ({
    code,
    own: code.fields.map(() => fieldCode(layout, first++)),
  }));
  const reads = (side: 'key' | 'value'): boolean =>
    source.columns.some((column, i) => used.has(i) && column.origin.from === side);
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
    readsKeySchema: source.keyFormat.format === 'AVRO' && reads('key'),
    readsValueSchema: source.valueFormat.format === 'AVRO' && reads('value'),
    counterNames: [
      'in',
      'null-value',
      'null-key',
      'null-time',
      'bad-record',
      'null-group',
      'sink',
      'tombstone',
      ...before.map((stage, i) => `before-${i}-${stage.node}`),
      'aggregated',
      ...after.map((stage, i) => `after-${i}-${stage.node}`),
    ],
  };
}

export function newContext(
  pipeline: Pipeline,
  table: AggregateTable | undefined,
  writers: readonly BatchWriter[],
  fault: PipelineContext['fault'],
): PipelineContext {
  return {
    table,
    scratch: new Scratch(),
    writers,
    rows: [],
    counters: new Float64Array(pipeline.counterNames.length),
    reason: 0,
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
    'const { table, scratch, writers, counters } = C;',
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
  const { source, aggregate } = pipeline;
  const mode: CodeMode = { exact };
  const code = new Code();
  const bail = '{ C.reason = 1; rows--; return at; }';
  const counter = (name: string): string => `counters[${pipeline.counterNames.indexOf(name)}]`;
  const columns = sourceColumns(code, pipeline, variant, mode, counter);
  code.line(exact ? '' : `if (inexact) ${bail}`);
  rowTime(code, source, columns, counter);
  const upsert = source.changelog === 'upsert';
  const scope = { columns, mode, functions, bail };
  const row = stages(code, pipeline.before, 'before', columns, scope, upsert ? 'dead = true;' : 'continue;', counter);
  if (aggregate === undefined) sink(code, pipeline, row, mode, upsert ? 'dead' : 'false', counter, context);
  else {
    // The first null group ends the row; it is told of, unless it is null because it failed, which was told of.
    const values = aggregate.keys.map((key, i) => {
      const failed = code.name('f');
      const inner = code.child();
      const value = compileWhole(
        inner,
        key.expression,
        { ...scope, columns: row },
        (why) => `${tell(code, groupFailure(i))(why)} ${failed} = true;`,
      );
      code.line(`let ${failed} = false;`, ...inner.lines);
      if (aggregate.nullKey === 'drop' && value.nul !== 'false')
        code.line(
          `if (${value.nul}) { ${counter('null-group')}++; if (!${failed}) C.fault(${code.constant(nullGroup(i))}, ${recordOffset}); continue; }`,
        );
      return value;
    });
    const groups = values.map((value) => (aggregate.nullKey === 'drop' ? { ...value, nul: 'false' } : value));
    writeGroupKey(code, groups, pipeline.rawKey, mode);
    code.line(
      'if (slot >= capacity) { table.ensure(slot); S = table.current.cells; capacity = table.current.capacity; }',
      `const q = slot * ${pipeline.layout.stride};`,
    );
    const stores: string[] = [];
    aggregate.aggregates.forEach((one, i) => {
      const args = one.aggregate.args.map((arg, at) =>
        compileWhole(code, arg, { ...scope, columns: row }, tell(code, one.aggregate.failures?.[at])),
      );
      const { code: update, own } = pipeline.aggregates[i] as Pipeline['aggregates'][number];
      stores.push(...update.update(code, own, args, mode, bail));
    });
    code.line(
      `if (${dirtyAt} === 0) { table.touch(slot); ${flagsAt} |= ${flagLive}; }`,
      ...stores,
      // No row is newer than the stream, and few are older: that is a test with a foreseeable outcome.
      `if (ts >= streamTime || ts > ${timeAt}) ${timeAt} = ts;`,
      'aggregated++;',
    );
    if (aggregate.emit === 'change') code.line('C.emit(slot);', 'X = scratch.buffer;');
  }
  const body = `function loop(b, start, end, baseOffset, baseTime, appendTime, partition, skip) {
  let o = start, at = start, next = start, od = 0, streamTime = C.streamTime, aggregated = 0, rows = 0;
  let X = scratch.buffer;
  ${aggregate === undefined ? '' : `let S = table.current.cells, capacity = table.current.capacity; ${fieldObjects(pipeline, 'table.current')}`}
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
        ${counter('bad-record')}++;
        C.fault(error, baseOffset + od);
        if (next <= at) throw error;
      }
    }
  } finally {
    C.streamTime = streamTime;
    ${counter('in')} += rows;
    ${counter('aggregated')} += aggregated;
  }
}`;
  return build<Loop>(code, context, body);
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

const schemaIdAt = (at: string): string =>
  `((b[${at} + 1] << 24) | (b[${at} + 2] << 16) | (b[${at} + 3] << 8) | b[${at} + 4])`;

/** Checks schemas, decodes both sides; gives the source's columns. */
function sourceColumns(
  code: Code,
  pipeline: Pipeline,
  variant: Variant,
  mode: CodeMode,
  counter: (name: string) => string,
): CodeValue[] {
  const { source, used } = pipeline;
  const upsert = source.changelog === 'upsert';
  const wantedOf = (side: 'key' | 'value'): WantedColumn[] =>
    source.columns.flatMap((column, index) =>
      used.has(index) && column.origin.from === side ? [{ name: column.origin.name, type: column.type, index }] : [],
    );
  const declaredOf = (side: 'key' | 'value'): string[] =>
    source.columns.flatMap((column) => (column.origin.from === side ? [column.origin.name] : []));
  // Schemas first: a record of another one leaves before anything happened.
  if (pipeline.readsKeySchema || pipeline.readsValueSchema) {
    const tests: string[] = [];
    if (pipeline.readsKeySchema)
      tests.push(`(kl >= 0 && (kl < 5 || b[ko] !== 0 || ${schemaIdAt('ko')} !== ${variant.keySchema}))`);
    if (pipeline.readsValueSchema)
      tests.push(`(vl >= 0 && (vl < 5 || b[vo] !== 0 || ${schemaIdAt('vo')} !== ${variant.valueSchema}))`);
    code.line(`if (${tests.join(' || ')}) {`);
    if (pipeline.readsKeySchema)
      code.line("if (kl >= 0 && (kl < 5 || b[ko] !== 0)) throw malformed('its key does not begin with a schema id');");
    if (pipeline.readsValueSchema)
      code.line(
        "if (vl >= 0 && (vl < 5 || b[vo] !== 0)) throw malformed('its value does not begin with a schema id');",
      );
    code.line(
      `C.reason = 2; rows--; C.keySchema = ${pipeline.readsKeySchema ? `kl >= 0 ? ${schemaIdAt('ko')} : ${variant.keySchema}` : '-1'};`,
      `C.valueSchema = ${pipeline.readsValueSchema ? `vl >= 0 ? ${schemaIdAt('vo')} : ${variant.valueSchema}` : '-1'}; return at; }`,
    );
  }
  if (!mode.exact) code.line('let inexact = false;');
  if (upsert) code.line(`if (kl < 0) { ${counter('null-key')}++; continue; }`, 'let dead = vl < 0;');
  else code.line(`if (vl < 0) { ${counter('null-value')}++; continue; }`);
  const columns = new Map<number, CodeValue>();
  const side = (which: 'key' | 'value', guard: string | undefined): void => {
    const wanted = wantedOf(which);
    const format = which === 'key' ? source.keyFormat : source.valueFormat;
    // Text that is no object or no row of fields is malformed even where no column is needed.
    const isText = ['JSON', 'JSON_SR', 'DELIMITED'].includes(format.format) && declaredOf(which).length > 0;
    if (wanted.length === 0 && !isText) return;
    const needsShape = which === 'key' ? pipeline.readsKeySchema : pipeline.readsValueSchema;
    const given = which === 'key' ? variant.keyShape : variant.valueShape;
    // Without a schema yet: the check above leaves with every record that has a value.
    const shape = needsShape ? (given ?? 'its schema is not known') : undefined;
    if (typeof shape === 'string') {
      code.line(`if (${which === 'key' ? 'kl' : 'vl'} >= 0) throw malformed(${JSON.stringify(shape)});`);
      for (const column of wanted) columns.set(column.index, plain(column.type, 'true', 'null'));
      return;
    }
    const inner = code.child();
    const read = new Map<number, CodeValue>();
    inner.line(which === 'key' ? 'o = ko; const ve = ko + kl;' : 'o = vo; const ve = vo + vl;');
    decoder(
      inner,
      {
        format,
        wanted,
        declared: declaredOf(which),
        ...(typeof shape === 'object' && { shape }),
      },
      read,
      mode,
    );
    if (guard === undefined && which === 'value') {
      code.line(...inner.lines);
      for (const [index, value] of read) columns.set(index, value);
      return;
    }
    // The side may be missing, or its names may meet the other's: the values leave the block through locals.
    const outs: string[] = [];
    for (const [index, value] of read) {
      const name = code.name('w');
      const nul = value.nul === 'false' && guard === undefined ? 'false' : `${name}n`;
      if (nul !== 'false') {
        code.line(`let ${nul} = true;`);
        outs.push(`${nul} = ${value.nul};`);
      }
      if (value.form === 'bytes') {
        code.line(`let ${name}o = 0, ${name}l = 0;`);
        outs.push(`${name}o = ${value.offset}; ${name}l = ${value.length};`);
        columns.set(index, { ...value, nul, offset: `${name}o`, length: `${name}l` });
      } else {
        code.line(
          `let ${name} = ${value.type.kind === 'BIGINT' && mode.exact ? '0n' : ['INTEGER', 'BIGINT', 'DOUBLE'].includes(value.type.kind) ? '0' : 'null'};`,
        );
        outs.push(`${name} = ${value.v};`);
        columns.set(index, plain(value.type, nul, name));
      }
    }
    code.line(guard === undefined ? '{' : `if (${guard}) {`, ...inner.lines, ...outs, '}');
  };
  side('key', upsert ? undefined : 'kl >= 0');
  side('value', upsert ? '!dead' : undefined);
  return source.columns.map((column, index): CodeValue => {
    const read = columns.get(index);
    if (read !== undefined) return read;
    const long = (text: string): CodeValue =>
      plain(column.type, 'false', mode.exact && column.type.kind === 'BIGINT' ? `BigInt(${text})` : text);
    switch (column.origin.from) {
      case 'rowtime':
        return long('ts');
      case 'partition':
        return long('partition');
      case 'offset':
        return long('(baseOffset + od)');
      case 'headers':
        if (used.has(index)) throw unsupported('record headers cannot be read yet');
        return plain(column.type, 'true', 'null');
      default:
        return plain(column.type, 'true', 'null');
    }
  });
}

function rowTime(
  code: Code,
  source: PhysicalSource,
  columns: readonly CodeValue[],
  counter: (name: string) => string,
): void {
  const { rowtime } = source;
  if (rowtime !== undefined) {
    const column = columns[rowtime.column];
    if (column === undefined || rowtime.format !== undefined || !['BIGINT', 'TIMESTAMP'].includes(column.type.kind)) {
      throw unsupported('a row time must be a BIGINT or TIMESTAMP column');
    }
    if (column.nul !== 'false') code.line(`if (${column.nul}) { ${counter('null-time')}++; continue; }`);
    code.line(`ts = Number(${plainOf(column)});`);
  }
  code.line(`if (ts < 0) { ${counter('null-time')}++; continue; }`, 'if (ts >= streamTime) streamTime = ts;');
}

/** Filters and projections; `reject` is what happens to a row that does not pass. */
function stages(
  code: Code,
  list: readonly Stage[],
  place: 'before' | 'after',
  columns: readonly CodeValue[],
  scope: { readonly mode: CodeMode; readonly functions: FunctionLookup; readonly bail: string },
  reject: string,
  counter: (name: string) => string,
): readonly CodeValue[] {
  // What an aggregate puts out comes from no one record.
  const offset = place === 'before' ? recordOffset : '-1';
  let row = columns;
  list.forEach((stage, i) => {
    if (stage.node === 'project') {
      row = stage.columns.map((column) =>
        compileWhole(code, column.expression, { ...scope, columns: row }, tell(code, column.failure, offset)),
      );
      return;
    }
    const passes = compileWhole(code, stage.predicate, { ...scope, columns: row }, tell(code, stage.failure, offset));
    const test =
      passes.nul === 'true'
        ? 'false'
        : passes.nul === 'false'
          ? plainOf(passes)
          : `${not(passes.nul)} && ${plainOf(passes)}`;
    code.line(`if (!(${test})) { ${counter(`${place}-${i}-filter`)}++; ${reject} }`);
  });
  return row;
}

const recordOffset = 'baseOffset + od';

/** The statement that tells why an expression has no value. */
function tell(code: Code, where = 'Error computing an expression', offset = recordOffset): (why: string) => string {
  return (why) => `C.fault(${code.constant(failure(where, why))}, ${offset});`;
}

/** Writes the row to the sink; `dead` is the flag of a row that is withdrawn. */
function sink(
  code: Code,
  pipeline: Pipeline,
  row: readonly CodeValue[],
  mode: CodeMode,
  dead: string,
  counter: (name: string) => string,
  { writers }: PipelineContext,
): void {
  const { root } = pipeline.plan;
  const value = (index: number): CodeValue => {
    const found = row[index];
    if (found === undefined) throw unsupported(`the sink names column ${index}, which does not exist`);
    return found;
  };
  if (root.node === 'result-sink') {
    const values = root.columns.map((column) => toPlain(value(column.column), mode.exact)).join(', ');
    code.line(dead === 'false' ? '{' : `if (!${dead}) {`, `C.rows.push([${values}]); ${counter('sink')}++; }`);
    return;
  }
  if (root.windowedKey !== undefined) throw unsupported('windowed keys are not available yet');
  const time = root.timestamp === undefined ? 'ts' : `Number(${plainOf(value(root.timestamp))})`;
  const side = (which: 'key' | 'value', length: string): void =>
    encoder(
      code,
      which === 'key' ? root.keyFormat : root.valueFormat,
      root[which],
      root[which].map((column) => value(column.column)),
      length,
      mode,
    );
  // Where there are several partitions the key has to be known before it is known where the record lies.
  const one = writers.length === 1;
  code.line('{');
  if (one) code.line('const to = writers[0];');
  else {
    code.line('let p = 0;');
    side('key', 'okl');
    code.line(
      'const key = X, keyLength = okl;',
      `const to = writers[okl < 0 ? Math.abs(partition) % ${writers.length} : partitionOf(X, 0, okl, ${writers.length})];`,
    );
  }
  // In this block the encoder writes into the batch: `scratch` and `X` are the names that it knows.
  code.line(
    '{',
    `const scratch = to, time = ${time}, rs = to.begin(time);`,
    'let X = to.buffer, p = rs + to.recordLengthBytes;',
    'X[p++] = 0;',
    'p = writeZigzag(X, p, time - to.baseTimestamp);',
    'p = writeVarint(X, p, to.count << 1);',
    'const ks = p; p += to.keyLengthBytes;',
  );
  if (one) side('key', 'okl');
  else code.line('const okl = keyLength;', 'if (okl > 0) { X = to.ensure(p, okl); p = copyBytes(key, 0, okl, X, p); }');
  code.line(
    'p = to.endKey(ks, okl, p); X = to.buffer;',
    'if (p + 8 > X.length) X = to.ensure(p, 8);',
    'const vs = p; p += to.valueLengthBytes;',
    'let ovl = -1;',
    dead === 'false' ? '{' : `if (!${dead}) {`,
  );
  side('value', 'evl');
  code.line(
    'ovl = evl; }',
    'to.end(rs, to.endValue(vs, ovl, p), time);',
    `if (ovl < 0) ${counter('tombstone')}++; else ${counter('sink')}++;`,
    '}',
    '}',
  );
}

/** Emits the function that puts an aggregate's row out. It returns false when the exact twin must do it. */
export function compileEmit(
  pipeline: Pipeline,
  context: PipelineContext,
  functions: FunctionLookup,
  exact: boolean,
): Generated<(slot: number) => boolean> {
  const code = new Code();
  const mode: CodeMode = { exact };
  const counter = (name: string): string => `counters[${pipeline.counterNames.indexOf(name)}]`;
  const columns = aggregateColumns(code, pipeline, mode, 'return false;');
  code.line('let dead = false;');
  const inner = code.child();
  const row = stages(
    inner,
    pipeline.after,
    'after',
    columns,
    { mode, functions, bail: 'return false;' },
    'dead = true;',
    counter,
  );
  code.line(...inner.lines);
  code.line(`if (dead && (${flagsAt} & ${flagEmitted}) === 0) return true;`);
  sink(code, pipeline, row, mode, 'dead', counter, context);
  code.line(`${flagsAt} = dead ? ${flagsAt} & ~${flagEmitted} : ${flagsAt} | ${flagEmitted};`, 'return true;');
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
  const scope = { mode, functions, bail: 'return undefined;' };
  const columns = aggregateColumns(code, pipeline, mode, 'return undefined;');
  const row = stages(code, pipeline.after, 'after', columns, scope, 'return undefined;', () => 'ignored');
  const time = mode.exact ? 'BigInt(ts)' : 'ts';
  const table = [
    ...sinkColumns.map((column) => row[column.column] as CodeValue),
    plain({ kind: 'BIGINT' }, 'false', time),
  ];
  if (predicate !== undefined) {
    const passes = compileExpression(code, predicate, { ...scope, columns: table, fail: () => 'return undefined;' });
    code.line(`if (${passes.nul === 'false' ? '' : `${passes.nul} || `}!(${plainOf(passes)})) return undefined;`);
  }
  const out =
    select === undefined
      ? table.slice(0, -1)
      : select.map((one) => compileWhole(code, one, { ...scope, columns: table }, () => ''));
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

/** Keys, then aggregates: the columns that an aggregate puts out. */
function aggregateColumns(code: Code, pipeline: Pipeline, mode: CodeMode, bail: string): CodeValue[] {
  const { aggregate } = pipeline;
  if (aggregate === undefined) throw unsupported('the query has no table');
  const keys = readGroupKey(code, aggregate.keys as readonly PhysicalColumn[], pipeline.rawKey, mode);
  return [...keys, ...pipeline.aggregates.map(({ code: result, own }) => result.result(code, own, mode, bail))];
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
