/** The aggregate functions as binders see them; how they run is the compiler's (`runtime/compiler/aggregates.ts`). */
import type { SqlType } from '../types.ts';
import type { AggregateFunction, AggregateOverload } from './declaration.ts';
import { parseSignature } from './signature.ts';

interface Options {
  readonly constants?: number;
  readonly undo?: boolean;
  readonly structured?: boolean;
  readonly description?: string;
  readonly returns?: AggregateOverload['returns'];
}

function of(signature: string, options: Options = {}): AggregateOverload {
  return {
    signature: parseSignature(signature),
    constants: options.constants ?? 0,
    description: options.description ?? '',
    undo: options.undo ?? false,
    structured: options.structured ?? false,
    ...(options.returns && { returns: options.returns }),
  };
}

function aggregate(name: string, description: string, ...overloads: readonly AggregateOverload[]): AggregateFunction {
  return { kind: 'aggregate', name, category: 'AGGREGATE', description, overloads };
}

const table = { undo: true } as const;
const structured = { structured: true } as const;
const firstType = (args: readonly SqlType[]): SqlType => args[0] as SqlType;

const comparable = ['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL', 'DATE', 'TIME', 'TIMESTAMP', 'STRING', 'BYTES'];
const numbers = ['INTEGER', 'BIGINT', 'DOUBLE'];

const extreme = (name: string, description: string): AggregateFunction =>
  aggregate(name, description, ...comparable.map((type) => of(`(val: ${type}) ${type}`, { returns: firstType })));

const spread = (name: string, description: string): AggregateFunction =>
  aggregate(name, description, ...numbers.map((type) => of(`(val: ${type}) DOUBLE`, { ...table, ...structured })));

const byOffset = (name: string, which: string): AggregateFunction =>
  aggregate(
    name,
    `The ${which} value of a column by offset; with n, the ${which} n values.`,
    of('(val: T) T', structured),
    of('(val: T, ignoreNulls: BOOLEAN) T', { ...structured, constants: 1 }),
    of('(val: T, n: INTEGER) ARRAY<T>', { ...structured, constants: 1 }),
    of('(val: T, n: INTEGER, ignoreNulls: BOOLEAN) ARRAY<T>', { ...structured, constants: 2 }),
  );

/** TOPK with further columns gives rows of the sort column and of them. */
const topRows = (args: readonly SqlType[]): SqlType => {
  const columns = args.slice(0, -1);
  if (columns.length === 1) return { kind: 'ARRAY', element: columns[0] as SqlType };
  const fields = columns.map((type, i) => ({ name: i === 0 ? 'sort_col' : `col${i - 1}`, type }));
  return { kind: 'ARRAY', element: { kind: 'STRUCT', fields } };
};

export const aggregates: readonly AggregateFunction[] = [
  aggregate('COUNT', 'Counts rows, or the rows in which a value is not null.', of('(val: T) BIGINT', table)),
  aggregate(
    'COUNT_DISTINCT',
    'The number of different values that are not null, counted exactly.',
    of('(val: T) BIGINT', structured),
  ),
  aggregate(
    'SUM',
    'The sum of the values.',
    ...['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL'].map((type) =>
      of(`(val: ${type}) ${type}`, { ...table, returns: firstType }),
    ),
  ),
  aggregate(
    'sum_list',
    'The sum of all numbers in lists.',
    ...numbers.map((type) => of(`(list: ARRAY<${type}>) ${type}`, table)),
  ),
  spread('avg', 'The mean of the values.'),
  extreme('MIN', 'The smallest value.'),
  extreme('MAX', 'The largest value.'),
  spread('STDDEV_SAMP', 'The sample variance of the values, under the name that it has had since its first release.'),
  spread('STDDEV_SAMPLE', 'The sample standard deviation of the values.'),
  aggregate(
    'correlation',
    "Pearson's correlation of two columns.",
    ...numbers.map((type) => of(`(x: ${type}, y: ${type}) DOUBLE`, { ...table, ...structured })),
  ),
  aggregate(
    'collect_list',
    'All values in the order in which they came, as many as ksql.functions.collect_list.limit says; all without it.',
    of('(val: T) ARRAY<T>', { ...table, ...structured }),
  ),
  aggregate(
    'collect_set',
    'All different values in the order in which they first came, as many as ksql.functions.collect_set.limit says; all without it.',
    of('(val: T) ARRAY<T>', structured),
  ),
  aggregate(
    'histogram',
    'How often each text occurs, of at most 1000 texts: others that come later are not counted.',
    of('(val: STRING) MAP<STRING, BIGINT>', { ...table, ...structured }),
  ),
  aggregate(
    'TOPK',
    'The largest values; with further columns, those of the rows that hold them.',
    ...['INTEGER', 'BIGINT', 'DOUBLE', 'STRING'].map((type) =>
      of(`(sortCol: ${type}, cols: ANY..., k: INTEGER) ARRAY<${type}>`, {
        ...structured,
        constants: 1,
        returns: topRows,
      }),
    ),
    ...['DECIMAL', 'DATE', 'TIME', 'TIMESTAMP', 'BYTES'].map((type) =>
      of(`(sortCol: ${type}, cols: ANY..., k: INTEGER) ARRAY<${type}>`, {
        ...structured,
        constants: 1,
        returns: topRows,
      }),
    ),
  ),
  aggregate(
    'TOPKDISTINCT',
    'The largest different values.',
    ...['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'DECIMAL', 'DATE', 'TIME', 'TIMESTAMP', 'BYTES'].map((type) =>
      of(`(val: ${type}, k: INTEGER) ARRAY<${type}>`, {
        ...structured,
        constants: 1,
        returns: (args) => ({ kind: 'ARRAY', element: args[0] as SqlType }),
      }),
    ),
  ),
  byOffset('EARLIEST_BY_OFFSET', 'earliest'),
  byOffset('LATEST_BY_OFFSET', 'latest'),
  aggregate(
    'ATTR',
    'The value if all rows of the group have the same, otherwise null.',
    of('(val: T) T', { ...table, ...structured }),
  ),
];
