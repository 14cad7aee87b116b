/**
 * Windowed aggregations and chains without one over random records, in batches, with tasks that die between commits: the generated
 * loop and the rows put out the same records, keep the same rows to be read, and go on after a restore as if nothing had been.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AbortedFilter } from '../../src/runtime/batches.ts';
import { positionAt } from '../../src/runtime/position.ts';
import { makeProgram } from '../../src/runtime/make-program.ts';
import type { Fault, Program } from '../../src/runtime/program.ts';
import { rowProgram } from '../../src/runtime/rows/row-program.ts';
import { functionLookup } from '../../src/sql/functions/lookup.ts';
import type {
  PhysicalAggregate,
  PhysicalNode,
  PhysicalPlan,
  PhysicalSink,
  PhysicalSource,
  PlanExpression,
  PlanWindow,
} from '../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../src/sql/types.ts';
import type { SqlType } from '../../src/sql/types.ts';
import { RecordBatchBuilder } from '../../src/wire/record-batch-builder.ts';
import { decodeRecords } from '../../src/wire/record-batch.ts';
import type { RecordHeader } from '../../src/wire/record-batch.ts';

const functions = functionLookup({ now: () => 0, random: () => 0.5, uuid: () => '' });
const { boolean, integer, bigint, string } = sqlTypes;

interface Fed {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
  readonly headers?: readonly RecordHeader[];
}

const column = (index: number, type: SqlType): PlanExpression => ({ kind: 'column', index, type });
const literal = (value: number, type: SqlType): PlanExpression => ({ kind: 'literal', value, type });
const call = (id: string, type: SqlType, ...args: PlanExpression[]): PlanExpression => ({
  kind: 'call',
  function: id,
  args,
  type,
});

const source: PhysicalSource = {
  node: 'source',
  topic: 'in',
  keyFormat: { format: 'JSON', wrapped: true },
  valueFormat: { format: 'JSON', wrapped: true },
  columns: [
    { name: 'A', type: string, origin: { from: 'key', name: 'A' } },
    { name: 'B', type: integer, origin: { from: 'key', name: 'B' } },
    { name: 'S', type: string, origin: { from: 'value', name: 'S' } },
    { name: 'L', type: bigint, origin: { from: 'value', name: 'L' } },
    { name: 'ROWTIME', type: bigint, origin: { from: 'rowtime' } },
    { name: 'H', type: { kind: 'BYTES' }, origin: { from: 'header', name: 'h' } },
  ],
  changelog: 'append',
  badRecord: 'skip',
  autoOffsetReset: 'earliest',
};

/** A program with its changelog, whose tasks die and are restored. */
class Runner {
  readonly #make: (fault: Fault) => Program;
  readonly #changelog = new Map<string, { readonly key: Buffer; readonly value: Buffer }>();
  readonly faults: string[] = [];
  program: Program;
  #offset = 0;
  #commits = 0;

  constructor(make: (fault: Fault) => Program) {
    this.#make = make;
    this.program = make((error, topic, partition, offset) => this.faults.push(`${String(error)} ${topic} ${offset}`));
  }

  /** Runs a batch and commits; gives what came out, as text. */
  batch(records: readonly Fed[]): string[] {
    const { program } = this;
    if (records.length > 0) {
      const builder = new RecordBatchBuilder();
      for (const { key, value, timestamp, headers = [] } of records) builder.append(timestamp, key, value, headers);
      const bytes = builder.build({ baseOffset: this.#offset });
      const position = positionAt(this.#offset);
      program.run(bytes, 0, { topic: 'in', partition: 1 }, position, new AbortedFilter());
      this.#offset += records.length;
    }
    program.flush();
    const out = program
      .takeOutputs()
      .flatMap(({ partition, batch }) =>
        decodeRecords(batch).map(
          ({ key, value, timestamp, headers }) =>
            `${partition} ${key?.toString('latin1') ?? null} ${value?.toString() ?? null} @${timestamp} ${headers.map((one) => `${one.key}=${one.value?.toString() ?? null}`).join()}`,
        ),
      );
    this.#commits++;
    program.state?.changes(this.#commits, (key, keyLength, value, valueLength) => {
      const name = Buffer.from(key.subarray(0, keyLength));
      this.#changelog.delete(name.toString('latin1'));
      this.#changelog.set(name.toString('latin1'), { key: name, value: Buffer.from(value.subarray(0, valueLength)) });
    });
    program.state?.committed();
    return out;
  }

  /** The task dies; another one is restored. */
  die(): void {
    const { streamTime } = this.program;
    this.program = this.#make((error, topic, partition, offset) =>
      this.faults.push(`${String(error)} ${topic} ${offset}`),
    );
    for (const { key, value } of this.#changelog.values()) this.program.state?.apply(key, value);
    this.program.streamTime = streamTime;
  }
}

function both(plan: PhysicalPlan, partitions: number): { readonly loop: Runner; readonly rows: Runner } {
  return {
    loop: new Runner((fault) => makeProgram(plan, partitions, functions, fault)),
    rows: new Runner((fault) => rowProgram(plan, partitions, functions, fault)),
  };
}

// ---- windows

const longs = fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(2n ** 53n - 1n, 2n ** 62n, -(2n ** 53n)));
/** Of time, in milliseconds: windows are kept for a minute at least. */
const unit = 5000;
const sizes = fc.constantFrom(7 * unit, 10 * unit, 20 * unit);

const window: fc.Arbitrary<PlanWindow> = fc
  .record({
    sizeMs: sizes,
    advanceMs: sizes,
    graceMs: fc.constantFrom(0, 5 * unit, 40 * unit),
    more: fc.constantFrom(0, 60 * unit),
  })
  .chain(({ sizeMs, advanceMs, graceMs, more }) => {
    const retentionMs = sizeMs + graceMs + more;
    return fc.constantFrom<PlanWindow>(
      { type: 'TUMBLING', sizeMs, graceMs, retentionMs },
      { type: 'HOPPING', sizeMs, advanceMs: Math.min(sizeMs, advanceMs), graceMs, retentionMs },
    );
  });

const sums: PhysicalAggregate['aggregates'] = [
  { name: 'N', type: bigint, aggregate: { id: 'count:star', args: [] } },
  { name: 'SL', type: bigint, aggregate: { id: 'sum:bigint', args: [column(3, bigint)] } },
  { name: 'ML', type: bigint, aggregate: { id: 'max:bigint', args: [column(3, bigint)] } },
  { name: 'MS', type: string, aggregate: { id: 'min:string', args: [column(2, string)] } },
];

function windowedPlan(of: PlanWindow, emit: 'change' | 'commit', groups: readonly number[]): PhysicalPlan {
  const types = [string, integer, string];
  const keys = groups.map((index) => ({
    name: `K${index}`,
    type: types[index] as SqlType,
    expression: column(index, types[index] as SqlType),
  }));
  const first = keys.length;
  const start = first + sums.length;
  return {
    version: 1,
    root: {
      node: 'topic-sink',
      topic: 'out',
      keyFormat: keys.length === 1 ? { format: 'KAFKA', wrapped: false } : { format: 'JSON', wrapped: true },
      valueFormat: { format: 'JSON', wrapped: true },
      changelog: 'upsert',
      key: keys.map(({ name, type }, i) => ({ name, type, column: i })),
      value: [
        ...sums.map(({ name, type }, i) => ({ name, type, column: first + i })),
        { name: 'WS', type: bigint, column: start },
        { name: 'WE', type: bigint, column: start + 1 },
      ],
      windowedKey: 'time',
      window: { start, end: start + 1 },
      input: {
        node: 'filter',
        predicate: call('compare-ne:bigint', boolean, column(first, bigint), literal(2, bigint)),
        changelog: 'upsert',
        input: {
          node: 'aggregate',
          keys,
          nullKey: 'drop',
          window: of,
          aggregates: sums,
          emit,
          rowtime: 'max',
          input: source,
        },
      },
    },
  };
}

/** Times that go on, back a little, and sometimes far ahead. */
const steps = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -12, max: 12 }) },
  { weight: 1, arbitrary: fc.integer({ min: -60, max: 200 }) },
);
const events = fc.array(
  fc.array(
    fc.record({
      step: steps,
      group: fc.constantFrom('a', 'b', 'ä\n"', null, 'a text of more than eight bytes'),
      long: fc.option(longs, { nil: null }),
    }),
    { maxLength: 8 },
  ),
  { maxLength: 8 },
);

function recordsOf(batches: typeof events extends fc.Arbitrary<infer T> ? T : never): Fed[][] {
  let time = 30 * unit;
  return batches.map((batch) =>
    batch.map(({ step, group, long }) => {
      time = Math.max(0, time + step * unit + (step % 7));
      return {
        key: group === null ? null : Buffer.from(JSON.stringify({ A: group, B: group.length })),
        value: Buffer.from(`{"S":${JSON.stringify(group)},"L":${long}}`),
        timestamp: time,
      };
    }),
  );
}

test('windows: loop and rows', () => {
  const groups = fc.constantFrom([2], [0, 1], [1]);
  const emits = fc.constantFrom('change' as const, 'commit' as const);
  fc.assert(
    fc.property(window, emits, groups, fc.constantFrom(1, 3), events, fc.integer(), (of, emit, by, to, given, dies) => {
      const { loop, rows } = both(windowedPlan(of, emit, by), to);
      recordsOf(given).forEach((batch, i) => {
        expect(loop.batch(batch)).toEqual(rows.batch(batch));
        if (((dies >> i) & 1) === 1) {
          loop.die();
          rows.die();
        }
        // Rows keep what they put out for ever, the loop as long as the window.
        const kept = text(loop.program.pull({ queryId: '' }));
        expect(text(rows.program.pull({ queryId: '' }))).toEqual(expect.arrayContaining(kept));
        if (batch.length === 0) return;
      });
      expect(loop.faults).toEqual(rows.faults);
    }),
    { numRuns: 400 },
  );
});

const text = (list: readonly (readonly unknown[])[]): string[] => list.map((row) => row.map(String).join(' ')).sort();

test('a window that is over is gone, from memory as well', () => {
  const of: PlanWindow = { type: 'TUMBLING', sizeMs: 10_000, graceMs: 0, retentionMs: 50_000 };
  const { loop } = both(windowedPlan(of, 'change', [2]), 1);
  let rows = 0;
  let bytes = 0;
  for (let batch = 0; batch < 60; batch++) {
    const records = Array.from({ length: 200 }, (_, i) => ({
      key: null,
      value: Buffer.from(`{"S":"group ${batch * 200 + i}","L":1}`),
      timestamp: (batch * 200 + i) * 1000,
    }));
    expect(loop.batch(records)).toHaveLength(200);
    rows = Math.max(rows, loop.program.state?.rows ?? 0);
    if (batch === 20) ({ bytes } = loop.program.state as { bytes: number });
  }
  expect(rows).toBeLessThan(120);
  expect(loop.program.state?.bytes).toBeLessThan(bytes * 1.5);
  const read = loop.program.pull({ queryId: '', keys: [['group 11999']] });
  const bounds = ['11990000', '12000000'];
  expect(text(read)).toEqual([['group 11999', '1', '1', '1', 'group 11999', ...bounds, ...bounds].join(' ')]);
  expect(loop.program.pull({ queryId: '', keys: [['group 0']] })).toEqual([]);
});

// ---- without an aggregation

const streamSink = (input: PhysicalNode, more: Partial<PhysicalSink & { node: 'topic-sink' }> = {}): PhysicalPlan => ({
  version: 1,
  root: {
    node: 'topic-sink',
    topic: 'out',
    keyFormat: { format: 'JSON', wrapped: true },
    valueFormat: { format: 'JSON', wrapped: true },
    key: [
      { name: 'A', type: string, column: 0 },
      { name: 'B', type: integer, column: 1 },
    ],
    value: [
      { name: 'S', type: string, column: 2 },
      { name: 'L', type: bigint, column: 3 },
    ],
    changelog: 'append',
    input,
    ...more,
  },
});

const projected: PhysicalNode = {
  node: 'project',
  columns: [
    { name: 'A', type: string, expression: column(0, string) },
    { name: 'B', type: integer, expression: column(1, integer) },
    { name: 'S', type: string, expression: call('append:string', string, column(0, string), column(2, string)) },
    { name: 'L', type: bigint, expression: call('multiply:bigint', bigint, column(3, bigint), literal(3, bigint)) },
    { name: 'T', type: bigint, expression: column(4, bigint) },
  ],
  input: source,
};
const otherKey: PhysicalNode = {
  ...projected,
  columns: projected.columns.map((one, i) =>
    i === 1 ? { ...one, expression: call('add:integer', integer, column(1, integer), literal(1, integer)) } : one,
  ),
};
const passing: PhysicalNode = {
  node: 'filter',
  predicate: call('compare-gt:bigint', boolean, column(3, bigint), literal(0, bigint)),
  changelog: 'append',
  input: projected,
};
const byValue: PhysicalSource = { ...source, rowtime: { column: 3, badTime: 'skip' } };

const streams: readonly PhysicalPlan[] = [
  streamSink(source),
  streamSink(projected),
  streamSink(otherKey),
  streamSink(passing),
  streamSink(byValue),
  streamSink(projected, { timestamp: 3 }),
  streamSink(projected, { timestamp: 4, keyFormat: { format: 'NONE', wrapped: false }, key: [] }),
  streamSink(passing, {
    keyFormat: { format: 'KAFKA', wrapped: false },
    key: [{ name: 'A', type: string, column: 0 }],
  }),
  {
    version: 1,
    root: {
      node: 'result-sink',
      columns: [
        { name: 'A', type: string, column: 0 },
        { name: 'L', type: bigint, column: 3 },
      ],
      changelog: 'append',
      input: passing,
    },
  },
];

const bytes = (value: unknown): Buffer => Buffer.from(String(value));
const headers = fc.array(
  fc.record({
    key: fc.string({ unit: 'grapheme', maxLength: 5 }),
    value: fc.option(fc.string({ maxLength: 200 }).map(bytes), { nil: null }),
  }),
  { maxLength: 3 },
);
const records = fc.array(
  fc.record<Fed>({
    key: fc.constantFrom(
      null,
      ...['{"A":"x","B":1}', '{"A":"x","B":null}', '{"A":null,"B":null}', '{}', 'null', '{"A":', '{"B":"no"}'].map(
        bytes,
      ),
    ),
    value: fc.oneof(
      fc.constantFrom(null, ...['{}', 'null', '[]', '{"L":"no"}', '{"S":1.50,"L":-1}', '{"S":{"a": 1}}'].map(bytes)),
      fc.tuple(fc.string({ maxLength: 90 }), longs).map(([s, l]) => bytes(`{"S":${JSON.stringify(s)},"L":${l}}`)),
    ),
    timestamp: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(-1, 2 ** 41, 1)),
    headers,
  }),
  { minLength: 1, maxLength: 12 },
);

test('chains without an aggregation: loop and rows', () => {
  fc.assert(
    fc.property(fc.constantFrom(...streams), fc.constantFrom(1, 3), records, (plan, to, given) => {
      const { loop, rows } = both(plan, to);
      expect(loop.batch(given)).toEqual(rows.batch(given));
      expect(loop.program.takeRows()).toEqual(rows.program.takeRows());
      expect(loop.faults).toEqual(rows.faults);
      expect(loop.program.streamTime).toBe(rows.program.streamTime);
      expect(droppedOf(loop.program)).toEqual(droppedOf(rows.program));
    }),
    { numRuns: 600 },
  );
});

function droppedOf(program: Program): unknown {
  return program
    .operators()
    .map(({ operator, rowsIn, rowsOut, dropped }) => ({ operator, rowsIn, rowsOut, dropped }))
    .filter(({ rowsIn }) => rowsIn > 0)
    .sort((a, b) => (a.operator < b.operator ? -1 : 1));
}
