/**
 * Random plans over random records: the generated loop, the row program and an oracle that is written without either give the
 * same records. The oracle walks the plan's expressions and knows Java's nulls and wrapping integers from first principles.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StackError } from '../../src/core/errors.ts';
import { planDriver } from '../../src/runtime/driver.ts';
import type { PlanDriver } from '../../src/runtime/driver.ts';
import { functionLookup } from '../../src/sql/functions/lookup.ts';
import type { PhysicalAggregate, PhysicalNode, PhysicalPlan, PlanExpression } from '../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../src/sql/types.ts';
import type { SqlType } from '../../src/sql/types.ts';

const functions = functionLookup({ now: () => 0, random: () => 0.5, uuid: () => '' });
const { boolean, integer, bigint, double, string } = sqlTypes;

type Value = null | boolean | number | bigint | string;
interface RowValue {
  readonly i: number | null;
  readonly l: bigint | null;
  readonly d: number | null;
  readonly s: string | null;
  readonly b: boolean | null;
}

const columns = [
  { name: 'I', type: integer },
  { name: 'L', type: bigint },
  { name: 'D', type: double },
  { name: 'S', type: string },
  { name: 'B', type: boolean },
] as const;

// ---- random expressions

const column = (type: SqlType): PlanExpression => ({
  kind: 'column',
  index: columns.findIndex((one) => one.type === type),
  type,
});
const call = (id: string, type: SqlType, ...args: PlanExpression[]): PlanExpression => ({
  kind: 'call',
  function: id,
  args,
  type,
});

const ints = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer());
const longs = fc.oneof(
  fc.bigInt({ min: -5n, max: 5n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n)),
);
const doubles = fc.oneof(
  fc.integer({ min: -4, max: 4 }).map((n) => n / 2 + 0),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }).map((n) => n + 0),
);
const texts = fc.oneof(fc.constantFrom('', 'a', 'b', 'ab'), fc.string({ unit: 'grapheme', maxLength: 12 }));

function literal(type: SqlType): fc.Arbitrary<PlanExpression> {
  const of = (value: number | string | boolean | null): PlanExpression => ({ kind: 'literal', value, type });
  switch (type) {
    case integer:
      return ints.map(of);
    case bigint:
      return longs.map((value) => of(Number.isSafeInteger(Number(value)) ? Number(value) : String(value)));
    case double:
      return doubles.map(of);
    case string:
      return texts.map(of);
    default:
      return fc.boolean().map(of);
  }
}

function numeric(type: SqlType, name: string, depth: number): fc.Arbitrary<PlanExpression> {
  const leaf = fc.oneof({ weight: 3, arbitrary: fc.constant(column(type)) }, literal(type));
  if (depth === 0) return leaf;
  const inner = numeric(type, name, depth - 1);
  const operators =
    type === double ? ['add', 'subtract', 'multiply'] : ['add', 'subtract', 'multiply', 'divide', 'modulo'];
  return fc.oneof(
    leaf,
    fc
      .tuple(fc.constantFrom(...operators), inner, inner)
      .map(([operator, a, b]) => call(`${operator}:${name}`, type, a, b)),
  );
}

function text(depth: number): fc.Arbitrary<PlanExpression> {
  const leaf = fc.oneof({ weight: 3, arbitrary: fc.constant(column(string)) }, literal(string));
  if (depth === 0) return leaf;
  return fc.oneof(
    leaf,
    fc.tuple(text(depth - 1), text(depth - 1)).map(([a, b]) => call('append:string', string, a, b)),
  );
}

function predicate(depth: number): fc.Arbitrary<PlanExpression> {
  const compare = (
    name: string,
    of: fc.Arbitrary<PlanExpression>,
    ...operators: string[]
  ): fc.Arbitrary<PlanExpression> =>
    fc
      .tuple(fc.constantFrom(...operators), of, of)
      .map(([operator, a, b]) => call(`compare-${operator}:${name}`, boolean, a, b));
  const all = ['eq', 'ne', 'lt', 'le', 'gt', 'ge'];
  const leaf = fc.oneof(
    fc.constant(column(boolean)),
    compare('integer', numeric(integer, 'integer', 1), ...all),
    compare('bigint', numeric(bigint, 'bigint', 1), ...all),
    compare('double', numeric(double, 'double', 1), ...all),
    compare('string', text(1), 'eq', 'ne'),
    fc
      .tuple(fc.constantFrom(...columns), fc.boolean())
      .map(
        ([{ type }, negated]): PlanExpression => ({ kind: 'is-null', operand: column(type), negated, type: boolean }),
      ),
  );
  if (depth === 0) return leaf;
  const inner = predicate(depth - 1);
  return fc.oneof(
    leaf,
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), inner, inner)
      .map(([kind, left, right]): PlanExpression => ({ kind, left, right, type: boolean })),
    inner.map((operand): PlanExpression => ({ kind: 'not', operand, type: boolean })),
  );
}

// ---- the oracle

/** What an operator of a null and a division by zero leave the whole expression by. */
class NoValue extends Error {}

/** An expression of its own: where it fails it is null. */
function whole(expression: PlanExpression, row: readonly Value[]): Value {
  try {
    return evaluate(expression, row);
  } catch (error) {
    if (error instanceof NoValue) return null;
    throw error;
  }
}

function evaluate(expression: PlanExpression, row: readonly Value[]): Value {
  switch (expression.kind) {
    case 'column':
      return row[expression.index] ?? null;
    case 'literal':
      return expression.type === bigint ? BigInt(expression.value as number) : expression.value;
    case 'is-null':
      return (evaluate(expression.operand, row) === null) !== expression.negated;
    case 'not':
      return !required(evaluate(expression.operand, row));
    case 'and':
      return required(evaluate(expression.left, row)) && required(evaluate(expression.right, row));
    case 'or':
      return required(evaluate(expression.left, row)) || required(evaluate(expression.right, row));
    case 'call': {
      const args = expression.args.map((arg) => evaluate(arg, row));
      // Java writes a null as a word.
      if (!args.includes(null) || expression.function.startsWith('append:')) return apply(expression.function, args);
      if (expression.function.startsWith('compare-')) return false;
      throw new NoValue();
    }
    default:
      throw new Error(expression.kind);
  }
}

function required(value: Value): Value {
  if (value === null) throw new NoValue();
  return value;
}

function apply(id: string, [a, b]: readonly Value[]): Value {
  const [name = '', type = ''] = id.split(':');
  if (name === 'append') return `${String(a)}${String(b)}`;
  if (name.startsWith('compare-')) {
    const [x, y] = [a as number, b as number];
    const results: Record<string, boolean> = { eq: x === y, ne: x !== y, lt: x < y, le: x <= y, gt: x > y, ge: x >= y };
    return results[name.slice('compare-'.length)] ?? null;
  }
  if (type === 'double') {
    const [x, y] = [a as number, b as number];
    return name === 'add' ? x + y : name === 'subtract' ? x - y : x * y;
  }
  const [x, y] = [BigInt(a as number), BigInt(b as number)];
  if ((name === 'divide' || name === 'modulo') && y === 0n) throw new NoValue();
  const wide =
    { add: x + y, subtract: x - y, multiply: x * y, divide: y === 0n ? 0n : x / y, modulo: y === 0n ? 0n : x % y }[
      name
    ] ?? 0n;
  return type === 'integer' ? Number(BigInt.asIntN(32, wide)) : BigInt.asIntN(64, wide);
}

// ---- records and plans

const rows = fc.array(
  fc.record<RowValue>({
    i: fc.option(fc.oneof(ints), { nil: null }),
    l: fc.option(longs, { nil: null }),
    d: fc.option(doubles, { nil: null }),
    s: fc.option(texts, { nil: null }),
    b: fc.option(fc.boolean(), { nil: null }),
  }),
  { maxLength: 12 },
);

function json({ i, l, d, s, b }: RowValue): Buffer {
  return Buffer.from(`{"I":${i},"L":${l},"D":${d},"S":${JSON.stringify(s)},"B":${b}}`);
}

const valuesOf = ({ i, l, d, s, b }: RowValue): Value[] => [i, l, d, s, b];

const source: PhysicalNode = {
  node: 'source',
  topic: 'in',
  keyFormat: { format: 'NONE', wrapped: false },
  valueFormat: { format: 'JSON', wrapped: true },
  columns: columns.map(({ name, type }) => ({ name, type, origin: { from: 'value', name } })),
  changelog: 'append',
  badRecord: 'fail',
  autoOffsetReset: 'earliest',
};

function outputs(driver: PlanDriver, list: readonly RowValue[]): string[] {
  return list.flatMap((row, i) =>
    driver
      .feed({ topic: 'in', key: null, value: json(row), timestamp: i })
      .map(({ key, value, timestamp }) => `${String(key)} ${String(value)} @${timestamp}`),
  );
}

function both(plan: PhysicalPlan, list: readonly RowValue[]): string[] {
  const faults: string[][] = [[], []];
  const [compiled = [], byRows = []] = [false, true].map((rowsOnly, i) => {
    const onError = (error: unknown): void => {
      if (!(error instanceof StackError) || error.code !== 'MILLRACE_EXPRESSION_FAILED') throw error;
      faults[i]?.push(`${error.message} ${String(error.details['why'])}`);
    };
    return outputs(planDriver(plan, { functions, onError, rowsOnly }), list);
  });
  expect(compiled).toEqual(byRows);
  expect(faults[0]).toEqual(faults[1]);
  return compiled;
}

test('filters and projections', () => {
  const projections = fc.tuple(
    numeric(integer, 'integer', 2),
    numeric(bigint, 'bigint', 2),
    numeric(double, 'double', 2),
    text(2),
    predicate(2),
  );
  fc.assert(
    fc.property(predicate(2), projections, rows, (where, expressions, list) => {
      const plan: PhysicalPlan = {
        version: 1,
        root: {
          node: 'topic-sink',
          topic: 'out',
          keyFormat: { format: 'NONE', wrapped: false },
          valueFormat: { format: 'JSON', wrapped: true },
          key: [],
          value: columns.map(({ name, type }, i) => ({ name, type, column: i })),
          input: {
            node: 'project',
            columns: columns.map(({ name, type }, i) => ({ name, type, expression: expressions[i] as PlanExpression })),
            input: { node: 'filter', predicate: where, changelog: 'append', input: source },
          },
        },
      };
      const got = both(plan, list).map(
        (line) =>
          JSON.parse(line.slice('null '.length, line.lastIndexOf(' @')).replace(/"L":(-?\d+)/, '"L":"$1"')) as Record<
            string,
            Value
          >,
      );
      const wanted = list
        .map(valuesOf)
        .filter((row) => whole(where, row) === true)
        .map((row) => expressions.map((expression) => whole(expression, row)));
      expect(got.map(({ I, L, D, S, B }) => [I, L === null ? null : String(L), D, S, B])).toEqual(
        wanted.map(([i, l, d, s, b]) => [i, l === null ? null : String(l), d, s, b]),
      );
    }),
    { numRuns: 300 },
  );
});

test('aggregations: loop, rows and oracle', () => {
  const group = fc.oneof(
    fc.constant(column(string)),
    numeric(integer, 'integer', 1),
    numeric(bigint, 'bigint', 1),
    fc.constant(column(boolean)),
  );
  const args = fc.tuple(numeric(integer, 'integer', 1), numeric(bigint, 'bigint', 1), fc.constant(column(string)));
  fc.assert(
    fc.property(predicate(1), group, args, rows, (where, key, [int, long, str], list) => {
      const aggregates: PhysicalAggregate['aggregates'] = [
        { name: 'N', type: bigint, aggregate: { id: 'count:star', args: [] } },
        { name: 'C', type: bigint, aggregate: { id: 'count:integer', args: [int] } },
        { name: 'SI', type: integer, aggregate: { id: 'sum:integer', args: [int] } },
        { name: 'SL', type: bigint, aggregate: { id: 'sum:bigint', args: [long] } },
        { name: 'MI', type: integer, aggregate: { id: 'min:integer', args: [int] } },
        { name: 'ML', type: bigint, aggregate: { id: 'max:bigint', args: [long] } },
        { name: 'MS', type: string, aggregate: { id: 'max:string', args: [str] } },
      ];
      const plan: PhysicalPlan = {
        version: 1,
        root: {
          node: 'topic-sink',
          topic: 'out',
          keyFormat: { format: 'JSON', wrapped: false },
          valueFormat: { format: 'JSON', wrapped: true },
          changelog: 'upsert',
          key: [{ name: 'K', type: key.type, column: 0 }],
          value: aggregates.map(({ name, type }, i) => ({ name, type, column: i + 1 })),
          input: {
            node: 'aggregate',
            keys: [{ name: 'K', type: key.type, expression: key }],
            nullKey: 'drop',
            aggregates,
            emit: 'change',
            rowtime: 'max',
            input: { node: 'filter', predicate: where, changelog: 'append', input: source },
          },
        },
      };
      const got = both(plan, list);
      const groups = new Map<Value, { rows: Value[][]; time: number }>();
      const wanted: string[] = [];
      list.map(valuesOf).forEach((row, time) => {
        const of = whole(key, row);
        if (whole(where, row) !== true || of === null) return;
        const mine = groups.get(of) ?? { rows: [], time };
        groups.set(of, { rows: [...mine.rows, row], time });
        wanted.push(`${JSON.stringify(of, printLong)} ${summary([...mine.rows, row], int, long, str)} @${time}`);
      });
      expect(got.map((line) => line.replaceAll('"', ''))).toEqual(wanted.map((line) => line.replaceAll('"', '')));
    }),
    { numRuns: 300 },
  );
});

const printLong = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

function summary(list: readonly Value[][], int: PlanExpression, long: PlanExpression, str: PlanExpression): string {
  const of = <T extends Value>(expression: PlanExpression): T[] =>
    list.map((row) => whole(expression, row) as T).filter((value) => value !== null);
  const is = of<number>(int);
  const ls = of<bigint>(long);
  const ss = of<string>(str);
  const fields = {
    N: list.length,
    C: is.length,
    SI: is.reduce((sum, value) => (sum + value) | 0, 0),
    SL: ls.reduce((sum, value) => BigInt.asIntN(64, sum + value), 0n),
    MI: is.length === 0 ? null : Math.min(...is),
    ML: ls.length === 0 ? null : ls.reduce((a, b) => (b > a ? b : a)),
    MS: ss.length === 0 ? null : ss.reduce((a, b) => (b > a ? b : a)),
  };
  return JSON.stringify(fields, printLong);
}
