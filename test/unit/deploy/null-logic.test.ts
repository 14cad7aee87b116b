/** Nulls in the SQL of engines: where ksqlDB's expression fails or compares, the text gives null or false as the statement does. */
import { expect, it } from 'vitest';
import { conditionSql, expressionSql } from '../../../src/deploy/expression.ts';
import { flinkSql } from '../../../src/deploy/flink/flink-sql.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';
import type { LogicalFilter } from '../../../src/sql/logical/filter.ts';
import type { LogicalProject } from '../../../src/sql/logical/project.ts';

const stream =
  "CREATE STREAM s (n INT, m INT, ok BOOLEAN, t STRING, c DECIMAL(4, 2)) WITH (KAFKA_TOPIC='s', PARTITIONS=1, VALUE_FORMAT='JSON');";
const columns = ['n', 'm', 'ok', 't', 'c'];

function planned(select: string): LogicalProject {
  let catalog = Catalog.empty;
  for (const parsed of parseKsql(`${stream} CREATE STREAM o AS SELECT ${select};`)) {
    const plan = planStatement(parsed, { catalog, session: {}, schemas: new Map(), nextQueryNumber: 0, text: '' });
    if (plan.do === 'ddl') catalog = catalog.with(...plan.changes);
    if (plan.do === 'start-query') return plan.query.logical.input as LogicalProject;
  }
  throw new Error('no query');
}

function sqlOf(faithful: boolean, notes: string[] = []): ReturnType<typeof flinkSql> {
  const scan = (): never => {
    throw new Error('no scan');
  };
  return flinkSql({ faithful, watermarkDelay: 0, scan, note: (name) => void notes.push(name) });
}

const value = (text: string, faithful = true, notes: string[] = []): string =>
  expressionSql(planned(`${text} AS v FROM s`).columns[0]?.expression as never, columns, sqlOf(faithful, notes));

it.each([
  ['n > m', 'COALESCE((n > m), FALSE)'],
  ['n + 1 > 2', '((n + 1) > 2)'],
  ['n + 1 > m', '(CASE WHEN (n + 1) IS NOT NULL THEN COALESCE(((n + 1) > m), FALSE) END)'],
  ['n > 0 AND ok', '(COALESCE((n > 0), FALSE) AND ok)'],
  ['ok AND n > 0', '(CASE WHEN ok THEN COALESCE((n > 0), FALSE) WHEN NOT ok THEN FALSE END)'],
  ['ok OR n > 0', '(CASE WHEN ok THEN TRUE WHEN NOT ok THEN COALESCE((n > 0), FALSE) END)'],
  ['NOT ok', '(NOT ok)'],
  ['(n + 1) IS NULL', '(CASE WHEN (n + 1) IS NOT NULL THEN ((n + 1) IS NULL) END)'],
  ['n IS NULL', '(n IS NULL)'],
  ['COALESCE(n, 0)', 'COALESCE(n, 0)'],
  ['COALESCE(n + 1, 0)', '(CASE WHEN (n + 1) IS NOT NULL THEN COALESCE((n + 1), 0) END)'],
  ['CASE WHEN n > 0 THEN 1 ELSE 2 END', 'CASE WHEN (n > 0) THEN 1 ELSE 2 END'],
  ['CASE WHEN ok THEN 1 ELSE 2 END', 'CASE WHEN ok IS NULL THEN CAST(NULL AS INT) WHEN ok THEN 1 ELSE 2 END'],
  ["t + 'x'", "(COALESCE(t, 'null') || 'x')"],
  ["t || 'x'", "CONCAT_WS('', t, 'x')"],
])('%s', (statement, text) => {
  expect(value(statement)).toBe(text);
});

it('functions as written are plain, and what that changes has a name', () => {
  const notes: string[] = [];
  expect(value('ok AND n > m', false, notes)).toBe('(ok AND (n > m))');
  expect(value("t + 'x'", false, notes)).toBe("(t || 'x')");
  expect(new Set(notes)).toEqual(new Set(['null-logic']));
});

it('conditions need no more than what a null could change', () => {
  const condition = (text: string): string =>
    conditionSql((planned(`n FROM s WHERE ${text}`).input as LogicalFilter).predicate, columns, sqlOf(true));
  expect(condition('n > 0 AND m > 0')).toBe('((n > 0) AND (m > 0))');
  expect(condition('n > 0 OR m > 0')).toBe('((n > 0) OR (m > 0))');
  expect(condition('ok OR m > 0')).toBe('(CASE WHEN ok THEN TRUE WHEN NOT ok THEN COALESCE((m > 0), FALSE) END)');
  expect(condition('NOT (n > 0)')).toBe('(NOT COALESCE((n > 0), FALSE))');
});

it('quotients of decimals that may have to be rounded are named', () => {
  const notes: string[] = [];
  value('c / 2.5', true, notes);
  expect(notes).toEqual([]);
  value('c / 3', true, notes);
  expect(notes).toEqual(['decimal-division']);
});
