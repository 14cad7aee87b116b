/** Aggregates against numbers worked out by hand from ksqlDB's sources: what wraps, what is whole, what is taken back. */
import { expect, it } from 'vitest';
import { rowAggregate } from '../../../src/runtime/rows/row-aggregates.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';
import type { PlanExpression } from '../../../src/sql/physical/plan.ts';
import type { SqlType } from '../../../src/sql/types.ts';

const double: SqlType = { kind: 'DOUBLE' };
const of = (name: string, kind: 'INTEGER' | 'BIGINT' | 'DOUBLE'): ReturnType<typeof rowAggregate> => {
  const arg: PlanExpression = { kind: 'column', index: 0, type: { kind } };
  return rowAggregate({ id: `${name}:${kind.toLowerCase()}`, args: [arg] }, double);
};
const folded = (aggregate: ReturnType<typeof rowAggregate>, values: readonly unknown[]): unknown =>
  values.reduce((state, value) => aggregate.add(state, [value]), aggregate.init());

it.each(['INTEGER', 'BIGINT', 'DOUBLE'] as const)('deviations of %s, and values taken back', (kind) => {
  const [variance, deviation] = [of('stddev_samp', kind), of('stddev_sample', kind)];
  expect(variance.result(folded(variance, [3]))).toBe(0);
  expect(variance.result(folded(variance, [3, null, 5, 7]))).toBe(4);
  expect(deviation.result(folded(deviation, [3, null, 5, 7]))).toBe(2);
  const without = variance.undo?.(folded(variance, [3, 5, 7, 100]), [100]);
  expect(variance.result(without)).toBeCloseTo(4, 6);
});

it('sums of integers wrap, differences of big ones are exact', () => {
  const ints = of('stddev_samp', 'INTEGER');
  // The second sum is −294967296, and 2 × 2000000000 less that is what the method takes.
  expect(ints.result(folded(ints, [2000000000, 2000000000]))).toBe((4000000000 + 294967296) ** 2 / 2);
  const bigs = of('stddev_samp', 'BIGINT');
  expect(bigs.result(folded(bigs, [9007199254740993n, 9007199254740995n]))).toBe(2);
});

it('merged sessions: the variance goes by whole means of integers, the deviation by exact ones', () => {
  const merged = (name: string, kind: 'INTEGER' | 'DOUBLE'): unknown => {
    const aggregate = of(name, kind);
    return aggregate.result(aggregate.merge(folded(aggregate, [1, 2]), folded(aggregate, [4])));
  };
  // Means 1.5 and 4, but 1 and 4 in whole numbers: (0.5 + 2 · 3² / 3) / 2 and (0.5 + 2 · 2.5² / 3) / 2.
  expect(merged('stddev_samp', 'INTEGER')).toBe(3.25);
  expect(merged('stddev_samp', 'DOUBLE')).toBeCloseTo(7 / 3, 12);
  expect(merged('stddev_sample', 'INTEGER')).toBeCloseTo(Math.sqrt(7 / 3), 12);
});

it.each(['LATEST_BY_OFFSET(a, 0)', 'EARLIEST_BY_OFFSET(a, -1)'])('%s is refused', (call) => {
  const statements = `CREATE STREAM s (a INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON'); CREATE TABLE o AS SELECT a, ${call} FROM s GROUP BY a;`;
  let catalog = Catalog.empty;
  const all = (): void => {
    for (const parsed of parseKsql(statements)) {
      const one = planStatement(parsed, { catalog, session: {}, schemas: new Map(), nextQueryNumber: 0, text: '' });
      if (one.do === 'ddl') catalog = catalog.with(...one.changes);
    }
  };
  expect(all).toThrow('Failed to invoke UDAF factory method');
});
