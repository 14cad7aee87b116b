/**
 * The aggregates of row programs: what each keeps between rows (plain values, so that it can be stored), and how a row is
 * taken in, taken out again, how two sessions become one, and what comes out.
 */
import { StackError } from '../../core/errors.ts';
import { fitsDecimal, parseDecimal, printDecimal, rescale } from '../../sql/functions/decimal.ts';
import type { DecimalType } from '../../sql/functions/decimal.ts';
import { compareValues } from '../../sql/functions/values.ts';
import type { PlanAggregate } from '../../sql/physical/plan.ts';
import type { SqlType } from '../../sql/types.ts';
import { unsupported } from '../compiler/code.ts';
import { parseStored, valueKey } from './stored-text.ts';

export interface RowAggregate {
  init(): unknown;
  add(state: unknown, args: readonly unknown[]): unknown;
  /** Takes a row out; absent when that cannot be. */
  undo?(state: unknown, args: readonly unknown[]): unknown;
  /** `a` came before `b`. */
  merge(a: unknown, b: unknown): unknown;
  result(state: unknown): unknown;
}

/** Finds aggregates that are not built in. */
export type AggregateLookup = (aggregate: PlanAggregate, type: SqlType) => RowAggregate | undefined;

/** How many texts HISTOGRAM counts. */
const histogramMax = 1000;

export function rowAggregate(aggregate: PlanAggregate, type: SqlType, more?: AggregateLookup): RowAggregate {
  const own = more?.(aggregate, type);
  if (own !== undefined) return own;
  const name = aggregate.id.slice(0, aggregate.id.indexOf(':')).toLowerCase();
  const argument = aggregate.args[0]?.type ?? { kind: 'BIGINT' };
  const constants = aggregate.args.map((arg) => (arg.kind === 'literal' ? arg.value : undefined));
  switch (name) {
    case 'count':
      return aggregate.id.toLowerCase() === 'count:star' || aggregate.args.length === 0
        ? counting(() => true)
        : counting(([v]) => v !== null);
    case 'sum':
      return adding(adder(type));
    case 'sum_list':
      return summingLists(adder(type));
    case 'avg':
      return average(adder(argument));
    case 'min':
      return extreme(argument, -1);
    case 'max':
      return extreme(argument, 1);
    case 'stddev_samp':
      return deviation(false, argument);
    case 'stddev_sample':
      return deviation(true, argument);
    case 'correlation':
      return correlation;
    case 'collect_list':
      return collectList(aggregate.limit);
    case 'collect_set':
      return collectSet(aggregate.limit);
    case 'histogram':
      return histogram;
    case 'count_distinct':
      return countDistinct;
    case 'attr':
      return attribute;
    case 'topk':
      return topRows(argument, constants.at(-1), false, type);
    case 'topkdistinct':
      return topRows(argument, constants.at(-1), true, type);
    case 'earliest_by_offset':
      return byOffset(true, constants.slice(1));
    case 'latest_by_offset':
      return byOffset(false, constants.slice(1));
    default:
      throw unsupported(`the aggregate ${aggregate.id} is not available`);
  }
}

function counting(counts: (args: readonly unknown[]) => boolean): RowAggregate {
  return {
    init: () => 0,
    add: (state, args) => (state as number) + (counts(args) ? 1 : 0),
    undo: (state, args) => (state as number) - (counts(args) ? 1 : 0),
    merge: (a, b) => (a as number) + (b as number),
    result: (state) => state,
  };
}

interface Adder {
  readonly zero: unknown;
  readonly add: (a: unknown, b: unknown) => unknown;
  readonly subtract: (a: unknown, b: unknown) => unknown;
}

function adder(type: SqlType): Adder {
  switch (type.kind) {
    case 'INTEGER':
      return {
        zero: 0,
        add: (a, b) => ((a as number) + (b as number)) | 0,
        subtract: (a, b) => ((a as number) - (b as number)) | 0,
      };
    case 'BIGINT': {
      const wrap = (value: bigint): number | bigint => {
        const exact = BigInt.asIntN(64, value);
        return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
      };
      return {
        zero: 0,
        add: (a, b) => wrap(BigInt(a as number) + BigInt(b as number)),
        subtract: (a, b) => wrap(BigInt(a as number) - BigInt(b as number)),
      };
    }
    case 'DECIMAL':
      return decimalAdder(type);
    default:
      return {
        zero: 0,
        add: (a, b) => (a as number) + (b as number),
        subtract: (a, b) => (a as number) - (b as number),
      };
  }
}

function decimalAdder(type: DecimalType): Adder {
  const digits = (value: unknown): bigint =>
    rescale(parseDecimal(String(value)) ?? { digits: 0n, scale: 0 }, type.scale).digits;
  const print = (sum: bigint): string => {
    const scaled = { digits: sum, scale: type.scale };
    if (!fitsDecimal(scaled, type)) {
      throw new StackError(
        'MILLRACE_QUERY_FAILED',
        `Numeric field overflow: A field with precision ${type.precision} and scale ${type.scale} must round to an absolute value less than 10^${type.precision - type.scale}. Got ${printDecimal(scaled)}`,
        { details: { fatal: true } },
      );
    }
    return printDecimal(scaled);
  };
  return {
    zero: printDecimal({ digits: 0n, scale: type.scale }),
    add: (a, b) => print(digits(a) + digits(b)),
    subtract: (a, b) => print(digits(a) - digits(b)),
  };
}

function adding({ zero, add, subtract }: Adder): RowAggregate {
  return {
    init: () => zero,
    add: (state, [value]) => (value === null ? state : add(state, value)),
    undo: (state, [value]) => (value === null ? state : subtract(state, value)),
    merge: add,
    result: (state) => state,
  };
}

function summingLists({ zero, add, subtract }: Adder): RowAggregate {
  const fold = (with_: Adder['add'], state: unknown, list: unknown): unknown =>
    ((list as readonly unknown[] | null) ?? []).reduce((sum, one) => (one === null ? sum : with_(sum, one)), state);
  return {
    init: () => zero,
    add: (state, [list]) => fold(add, state, list),
    undo: (state, [list]) => fold(subtract, state, list),
    merge: add,
    result: (state) => state,
  };
}

interface Mean {
  readonly sum: unknown;
  readonly count: number;
}

/** The sum is of the argument's type and wraps as Java's; only the quotient is a double. */
function average({ zero, add, subtract }: Adder): RowAggregate {
  return {
    init: () => ({ sum: zero, count: 0 }),
    add(state, [value]) {
      const { sum, count } = state as Mean;
      return value === null ? state : { sum: add(sum, value), count: count + 1 };
    },
    undo(state, [value]) {
      const { sum, count } = state as Mean;
      return value === null ? state : { sum: subtract(sum, value), count: count - 1 };
    },
    merge: (a, b) => ({ sum: add((a as Mean).sum, (b as Mean).sum), count: (a as Mean).count + (b as Mean).count }),
    result: (state) => ((state as Mean).count === 0 ? 0 : Number((state as Mean).sum) / (state as Mean).count),
  };
}

function extreme(type: SqlType, sign: 1 | -1): RowAggregate {
  const types = type.kind === 'DECIMAL' ? 'decimal' : type.kind.toLowerCase();
  const better = (a: unknown, b: unknown): unknown =>
    a === null ? b : b === null ? a : compareValues(b, a, types) * sign > 0 ? b : a;
  return { init: () => null, add: (state, [value]) => better(state, value), merge: better, result: (state) => state };
}

interface Spread {
  readonly count: number;
  readonly sum: unknown;
  readonly m2: number;
}

/**
 * The sample variance, or its root, by the method of Youngs and Cramer. As in ksqlDB: sums and differences of integers wrap as Java's,
 * and the variance of merged sessions goes by the means' whole parts.
 */
function deviation(root: boolean, type: SqlType): RowAggregate {
  const { zero, add, subtract } = adder(type);
  const whole = type.kind === 'INTEGER' || type.kind === 'BIGINT';
  const far = (count: number, sum: unknown, x: unknown): number =>
    type.kind === 'BIGINT'
      ? Number(BigInt.asIntN(64, BigInt(x as number) * BigInt(count) - BigInt(sum as number)))
      : Number(x) * count - Number(sum);
  /** What x adds; `count` and `sum` are with it. */
  const term = (count: number, sum: unknown, x: unknown): number =>
    count > 1 ? far(count, sum, x) ** 2 / (count * (count - 1)) : 0;
  const mean = ({ sum, count }: Spread): number =>
    whole && !root ? Number(BigInt(sum as number) / BigInt(count)) : Number(sum) / count;
  return {
    init: () => ({ count: 0, sum: zero, m2: 0 }),
    add(state, [value]) {
      if (value === null) return state;
      const { count, sum, m2 } = state as Spread;
      const more = add(sum, value);
      return { count: count + 1, sum: more, m2: term(count + 1, more, value) + m2 };
    },
    undo(state, [value]) {
      if (value === null) return state;
      const { count, sum, m2 } = state as Spread;
      return { count: count - 1, sum: subtract(sum, value), m2: m2 - term(count, sum, value) };
    },
    merge(a, b) {
      const [x, y] = [a as Spread, b as Spread];
      if (x.count === 0 || y.count === 0) return x.count === 0 ? y : x;
      const count = x.count + y.count;
      const delta = mean(x) - mean(y);
      return { count, sum: add(x.sum, y.sum), m2: x.m2 + y.m2 + (x.count * y.count * delta * delta) / count };
    },
    result(state) {
      const { count, m2 } = state as Spread;
      const variance = count < 2 ? 0 : m2 / (count - 1);
      return root ? Math.sqrt(variance) : variance;
    },
  };
}

interface Moments {
  readonly n: number;
  readonly x: number;
  readonly y: number;
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

const correlation: RowAggregate = {
  init: () => ({ n: 0, x: 0, y: 0, xx: 0, yy: 0, xy: 0 }),
  add: (state, args) => withPair(state as Moments, args, 1),
  undo: (state, args) => withPair(state as Moments, args, -1),
  merge: (a, b) =>
    Object.fromEntries(
      Object.entries(a as Moments).map(([name, value]) => [name, value + (b as Moments)[name as 'n']]),
    ),
  result(state) {
    const { n, x, y, xx, yy, xy } = state as Moments;
    return n === 0 ? Number.NaN : (n * xy - x * y) / Math.sqrt((n * xx - x * x) * (n * yy - y * y));
  },
};

function withPair(state: Moments, [first, second]: readonly unknown[], sign: 1 | -1): Moments {
  if (first === null || second === null) return state;
  const [x, y] = [Number(first), Number(second)];
  return {
    n: state.n + sign,
    x: state.x + sign * x,
    y: state.y + sign * y,
    xx: state.xx + sign * x * x,
    yy: state.yy + sign * y * y,
    xy: state.xy + sign * x * y,
  };
}

type List = readonly unknown[];

const collectList = (limit: number = Number.MAX_SAFE_INTEGER): RowAggregate => ({
  init: () => [],
  add: (state, [value]) => ((state as List).length < limit ? [...(state as List), value] : state),
  undo(state, [value]) {
    const text = valueKey(value);
    const at = (state as List).findLastIndex((one) => valueKey(one) === text);
    return at < 0 ? state : (state as List).toSpliced(at, 1);
  },
  merge: (a, b) => [...(a as List), ...(b as List)].slice(0, limit),
  result: (state) => state,
});

const collectSet = (limit: number = Number.MAX_SAFE_INTEGER): RowAggregate => ({
  init: () => [],
  add: (state, [value]) => withNew(state as List, value, limit),
  merge: (a, b) => (b as List).reduce<List>((set, value) => withNew(set, value, limit), a as List),
  result: (state) => state,
});

function withNew(set: List, value: unknown, limit: number): List {
  const text = valueKey(value);
  return set.length >= limit || set.some((one) => valueKey(one) === text) ? set : [...set, value];
}

type Counts = Readonly<Record<string, number>>;

const histogram: RowAggregate = {
  init: () => ({}),
  add: (state, [value]) => (value === null ? state : counted(state as Counts, String(value), 1)),
  undo: (state, [value]) => (value === null ? state : counted(state as Counts, String(value), -1)),
  merge: (a, b) => Object.entries(b as Counts).reduce<Counts>((sum, [text, n]) => counted(sum, text, n), a as Counts),
  result: (state) => state,
};

function counted(counts: Counts, text: string, by: number): Counts {
  const was = Object.hasOwn(counts, text) ? (counts[text] as number) : 0;
  if (was === 0 && Object.keys(counts).length >= histogramMax) return counts;
  const { [text]: _, ...others } = counts;
  return was + by <= 0 ? others : { ...counts, [text]: was + by };
}

const countDistinct: RowAggregate = {
  init: () => ({}),
  add: (state, [value]) => (value === null ? state : { ...(state as object), [valueKey(value)]: 1 }),
  merge: (a, b) => ({ ...(a as object), ...(b as object) }),
  result: (state) => Object.keys(state as object).length,
};

const attribute: RowAggregate = {
  init: () => ({}),
  add: (state, [value]) => withCount(state as Counts, value, 1),
  undo: (state, [value]) => withCount(state as Counts, value, -1),
  merge: (a, b) =>
    Object.entries(b as Counts).reduce<Counts>(
      (sum, [text, n]) => ({ ...sum, [text]: (sum[text] ?? 0) + n }),
      a as Counts,
    ),
  result(state) {
    const values = Object.keys(state as object);
    return values.length === 1 ? parseStored(values[0] as string) : null;
  },
};

function withCount(counts: Counts, value: unknown, by: number): Counts {
  const text = valueKey(value);
  const n = (counts[text] ?? 0) + by;
  const { [text]: _, ...others } = counts;
  return n <= 0 ? others : { ...others, [text]: n };
}

/** TOPK and TOPKDISTINCT: the k largest, with further columns as rows of them. */
function topRows(type: SqlType, constant: unknown, distinct: boolean, result: SqlType): RowAggregate {
  const k = Number(constant ?? 1);
  const types = type.kind === 'DECIMAL' ? 'decimal' : type.kind.toLowerCase();
  const fields =
    result.kind === 'ARRAY' && result.element.kind === 'STRUCT' && !distinct ? result.element.fields : undefined;
  const take = (list: readonly List[], row: List): readonly List[] => {
    if (distinct && list.some(([value]) => compareValues(value, row[0], types) === 0)) return list;
    const at = list.findIndex(([value]) => compareValues(value, row[0], types) < 0);
    return list.toSpliced(at < 0 ? list.length : at, 0, row).slice(0, k);
  };
  const rows = fields !== undefined && fields.length > 1;
  return {
    init: () => [],
    add: (state, args) => (args[0] === null ? state : take(state as List[], rows ? args.slice(0, -1) : [args[0]])),
    merge: (a, b) => (b as List[]).reduce(take, a as readonly List[]),
    result: (state) =>
      (state as List[]).map((row) =>
        rows ? Object.fromEntries((fields ?? []).map(({ name }, i) => [name, row[i] ?? null])) : row[0],
      ),
  };
}

/** State: pairs of a rising number and a value, the order of their coming. */
function byOffset(earliest: boolean, constants: readonly unknown[]): RowAggregate {
  const n = constants.find((one) => typeof one === 'number' || typeof one === 'string');
  const ignoreNulls = constants.find((one) => typeof one === 'boolean') ?? true;
  const keep = n === undefined ? 1 : Number(n);
  let next = 1;
  const cut = (list: List): List => (earliest ? list.slice(0, keep) : list.slice(-keep));
  return {
    init: () => [],
    add(state, [value]) {
      if (value === null && ignoreNulls) return state;
      const list = state as readonly [number, unknown][];
      next = Math.max(next, (list.at(-1)?.[0] ?? 0) + 1);
      return earliest && list.length >= keep ? list : cut([...list, [next++, value]]);
    },
    merge: (a, b) => cut([...(a as [number, unknown][]), ...(b as [number, unknown][])].sort(([x], [y]) => x - y)),
    result(state) {
      const values = (state as readonly [number, unknown][]).map(([, value]) => value);
      return n === undefined ? (values[0] ?? null) : values;
    },
  };
}
