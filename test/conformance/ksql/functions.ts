/** The functions that only the cases have, as `../shared/conformance/ksql/README.md` describes them. */
import type { AggregateLookup, RowAggregate } from '../../../src/runtime/rows/row-aggregates.ts';
import type { AggregateFunction, ScalarFunction, TableFunction } from '../../../src/sql/functions/declaration.ts';
import { overload } from '../../../src/sql/functions/declaration.ts';
import { FunctionRegistry } from '../../../src/sql/functions/registry.ts';
import { parseSignature } from '../../../src/sql/functions/signature.ts';
import type { SqlType } from '../../../src/sql/types.ts';

const scalar = (name: string, ...overloads: ScalarFunction['overloads'][number][]): ScalarFunction => ({
  kind: 'scalar',
  name,
  category: 'TEST',
  description: '',
  overloads,
});

const named = (text: string) => ({ nulls: 'handles' as const, call: () => text });

function failing(value: unknown): never {
  throw new Error(`the test function fails on ${String(value)}`);
}

const scalars: ScalarFunction[] = [
  scalar(
    'TEST_UDF',
    overload('(arg1: INTEGER, arg2: STRING) STRING', named('doStuffIntString')),
    overload('(arg1: BIGINT, arg2: STRING) STRING', named('doStuffLongString')),
    overload('(arg1: BIGINT, arg2: BIGINT, arg3: STRING) STRING', named('doStuffLongLongString')),
    overload('(args: BIGINT...) STRING', named('doStuffLongVarargs')),
    overload('(struct: STRUCT<A STRING>) STRING', { call: (struct: { A: string | null }) => struct.A }),
    overload('() STRUCT<A STRING>', { call: () => ({ A: 'foo' }) }),
  ),
  scalar('TOSTRUCT', overload('(value: STRING) STRUCT<A STRING>', { call: (A: string) => ({ A }) })),
  scalar(
    'WHENCONDITION',
    overload('(returnValue: BOOLEAN, shouldBeEvaluated: BOOLEAN) BOOLEAN', {
      call: (value: boolean, evaluated: boolean) => (evaluated ? value : failing(value)),
    }),
  ),
  scalar(
    'WHENRESULT',
    overload('(returnValue: INTEGER, shouldBeEvaluated: BOOLEAN) INTEGER', {
      call: (value: number, evaluated: boolean) => (evaluated ? value : failing(value)),
    }),
  ),
  scalar(
    'BAD_UDF',
    overload('(arg: INTEGER) INTEGER', { nulls: 'handles', call: failing }),
    overload('(arg: BOOLEAN) INTEGER', {
      nulls: 'handles',
      call: (value: boolean | null) => (value === true ? failing(value) : 0),
    }),
    overload('(arg: STRING) STRING', () => {
      let calls = 0;
      return { nulls: 'handles', call: (value: string | null) => (calls++ % 2 === 0 ? null : value) };
    }),
  ),
];

const kinds = ['INTEGER', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'STRING'];
const seven = (wrap: (type: string) => string): string =>
  `(i: ${wrap('INTEGER')}, l: ${wrap('BIGINT')}, d: ${wrap('DOUBLE')}, b: ${wrap('BOOLEAN')}, s: ${wrap('STRING')}, bd: ${wrap('DECIMAL')}, struct: ${wrap('STRUCT<A STRING>')}) STRING`;
const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
const rows = (...values: unknown[]): string[] => values.map((value) => text(first(value)));
const text = (value: unknown): string =>
  typeof value === 'object' && value !== null ? `Struct{A=${String((value as { A: unknown }).A)}}` : String(value);

const tables: TableFunction[] = [
  {
    kind: 'table',
    name: 'TEST_UDTF',
    category: 'TEST',
    description: '',
    overloads: [
      ...kinds.map((type) =>
        overload(`(value: ${type}) ${type}`, { nulls: 'handles', call: (value: unknown) => [value] }),
      ),
      overload(
        '(value: DECIMAL) DECIMAL',
        { nulls: 'handles', call: (value: unknown) => [value] },
        { returns: () => ({ kind: 'DECIMAL', precision: 30, scale: 10 }) },
      ),
      overload('(value: STRUCT<A STRING>) STRUCT<A STRING>', { nulls: 'handles', call: (value: unknown) => [value] }),
      overload(
        seven((type) => type),
        { nulls: 'handles', call: rows },
      ),
      overload(
        seven((type) => `ARRAY<${type}>`),
        { nulls: 'handles', call: rows },
      ),
      overload(
        seven((type) => `MAP<STRING, ${type}>`),
        {
          nulls: 'handles',
          call: (...maps: Record<string, unknown>[]) => rows(...maps.map((map) => Object.values(map)[0])),
        },
      ),
    ],
  },
  {
    kind: 'table',
    name: 'THROWING_UDTF',
    category: 'TEST',
    description: '',
    overloads: [
      overload('(shouldThrow: BOOLEAN) BOOLEAN', {
        nulls: 'handles',
        call: (value: boolean | null) => (value === true ? failing(value) : [false]),
      }),
    ],
  },
];

const aggregate = (
  name: string,
  ...signatures: [signature: string, constants: number, returns?: (args: readonly SqlType[]) => SqlType][]
): AggregateFunction => ({
  kind: 'aggregate',
  name,
  category: 'TEST',
  description: '',
  overloads: signatures.map(([signature, constants, returns]) => ({
    signature: parseSignature(signature),
    constants,
    description: '',
    undo: true,
    structured: false,
    ...(returns && { returns }),
  })),
});

const arrayOfFirst = ([type]: readonly SqlType[]): SqlType => ({ kind: 'ARRAY', element: type as SqlType });

const aggregates: AggregateFunction[] = [
  aggregate('MULTI_ARG', ['(a: BIGINT, b: STRING, init: INTEGER, inits: STRING...) BIGINT', 1]),
  aggregate('FOUR_ARG', ['(a: BIGINT, b: STRING, c: STRING, d: STRING, init: INTEGER, inits: STRING...) BIGINT', 1]),
  aggregate('FIVE_ARG', [
    '(a: BIGINT, b: STRING, c: STRING, d: STRING, e: INTEGER, init: INTEGER, inits: STRING...) BIGINT',
    1,
  ]),
  aggregate('VAR_ARG', ['(a: BIGINT, b: STRING...) BIGINT', 0]),
  aggregate('MID_VAR_ARG', ['(a: BIGINT, b: STRING..., c: INTEGER, d: INTEGER) BIGINT', 2]),
  aggregate('GENERIC_VAR_ARG', ['(a: A, b: B, c: C...) ARRAY<A>', 0]),
  aggregate('OBJ_COL_ARG', ['(a: INTEGER, b: ANY...) ARRAY<INTEGER>', 0, arrayOfFirst]),
  aggregate(
    'TEST_UDAF',
    ['(val: BIGINT) BIGINT', 0],
    ['(val: INTEGER) BIGINT', 0],
    ['(val: DOUBLE) DOUBLE', 0],
    ['(val: STRING, init: STRING) BIGINT', 1],
    ['(val: STRUCT<A INTEGER, B INTEGER>) STRUCT<A INTEGER, B INTEGER>', 0],
  ),
];

export const caseFunctions: FunctionRegistry = new FunctionRegistry(
  [...scalars, ...tables, ...aggregates],
  FunctionRegistry.builtIn,
);

/** How many of the last arguments are constants that seed the sum, by function; the rest are columns. */
const seeds: Readonly<Record<string, number>> = { multi_arg: 2, four_arg: 4, five_arg: 5, test_udaf: 1 };

/** How the aggregates of the cases run. */
export const caseAggregates: AggregateLookup = ({ id, args }) => {
  const name = id.slice(0, id.indexOf(':')).toLowerCase();
  const constant = (i: number): unknown => {
    const arg = args[i];
    return arg?.kind === 'literal' ? arg.value : null;
  };
  if (name === 'generic_var_arg' || name === 'obj_col_arg') return firstArguments;
  if (name === 'var_arg') return summing(0, args.length);
  if (name === 'mid_var_arg') {
    const columns = args.length - 2;
    return summing(0, columns, sizeOf(constant(columns)) + sizeOf(constant(columns + 1)));
  }
  const columns = seeds[name];
  if (columns === undefined) return undefined;
  if (args[0]?.type.kind === 'STRUCT') return structSum;
  const start = args.slice(columns).reduce((sum, _, i) => sum + sizeOf(constant(columns + i)), 0);
  return summing(start, columns);
};

/** A number as it is, the length of a text, nothing for null. */
function sizeOf(value: unknown): number {
  return typeof value === 'string' ? value.length : Number(value ?? 0);
}

function summing(start: number, columns: number, onTheWayOut = 0): RowAggregate {
  const sizes = (row: readonly unknown[]): number =>
    row.slice(0, columns).reduce((sum: number, one) => sum + sizeOf(one), 0);
  return {
    init: () => start,
    add: (state, row) => (state as number) + sizes(row),
    undo: (state, row) => (state as number) - sizes(row),
    merge: (a, b) => (a as number) + (b as number) - start,
    result: (state) => (state as number) + onTheWayOut,
  };
}

const firstArguments: RowAggregate = {
  init: () => [],
  add: (state, row) => (row.includes(null) ? state : [...(state as unknown[]), row[0]]),
  merge: (a, b) => [...(a as unknown[]), ...(b as unknown[])],
  result: (state) => state,
};

interface Pair {
  readonly A: number | null;
  readonly B: number | null;
}

const structSum: RowAggregate = {
  init: () => ({ A: 0, B: 0 }),
  add: (state, [value]) => pairSum(state as Pair, value as Pair | null, 1),
  undo: (state, [value]) => pairSum(state as Pair, value as Pair | null, -1),
  merge: (a, b) => pairSum(a as Pair, b as Pair, 1),
  result: (state) => state,
};

function pairSum(a: Pair, b: Pair | null, sign: number): Pair {
  return { A: (a.A ?? 0) + sign * (b?.A ?? 0), B: (a.B ?? 0) + sign * (b?.B ?? 0) };
}
