/**
 * What operators make of nulls, and what fails: as ksqlDB's generated Java does it, where an operator of a null throws and the whole
 * column becomes null. Each condition also runs in the generated loop, which has to keep the same rows and say the same.
 */
import { expect, it } from 'vitest';
import { isFailure, whyOf } from '../../../src/runtime/compiler/failures.ts';
import { planDriver } from '../../../src/runtime/driver.ts';
import { isLoop } from '../../../src/runtime/plan-facts.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { functionLookup } from '../../../src/sql/functions/lookup.ts';
import type { PhysicalPlan } from '../../../src/sql/physical/plan.ts';

const stream =
  'CREATE STREAM s (i INT, n INT, big BIGINT, d DOUBLE, c DECIMAL(4, 2), yes BOOLEAN, no BOOLEAN, nob BOOLEAN, t STRING, nt STRING, ' +
  "a ARRAY<INT>, na ARRAY<INT>, m MAP<STRING, INT>, st STRUCT<x INT>) WITH (KAFKA_TOPIC='s', PARTITIONS=1, VALUE_FORMAT='JSON');";
const row =
  '{"I":5,"N":null,"BIG":7,"D":1.5,"C":1.25,"YES":true,"NO":false,"NOB":null,"T":"Hello","A":[1,2],"M":{"a":1},"ST":null}';

function plan(statement: string, session: Readonly<Record<string, string>> = {}): PhysicalPlan {
  let catalog = Catalog.empty;
  for (const parsed of parseKsql(`${stream} ${statement}`)) {
    const one = planStatement(parsed, { catalog, session, schemas: new Map(), nextQueryNumber: 0, text: '' });
    if (one.do === 'ddl') catalog = catalog.with(...one.changes);
    if (one.do === 'start-query') return one.query.plan;
  }
  throw new Error('no query');
}

function run(of: PhysicalPlan, rowsOnly: boolean): { readonly out: string; readonly said: string[] } {
  const said: string[] = [];
  const functions = functionLookup({ now: () => 0, random: () => 0.5, uuid: () => 'uuid' });
  const onError = (error: unknown): void =>
    void said.push(isFailure(error) ? `${error.message} | ${whyOf(error)}` : String(error));
  const driver = planDriver(of, { functions, onError, rowsOnly });
  const records = driver.feed({ topic: 's', key: null, value: Buffer.from(row), timestamp: 0 });
  return { out: records.map(({ value }) => String(value)).join(), said };
}

const nullOperand = 'java.lang.NullPointerException: an operand is null';

/** An expression, its value, and why it has none. */
const values: readonly (readonly [expression: string, value: string, ...reasons: string[]])[] = [
  // AND, OR and NOT go from left to right, and fail where they meet a null.
  ['no AND nob', 'false'],
  ['yes OR nob', 'true'],
  ['nob AND no', 'null', nullOperand],
  ['nob OR yes', 'null', nullOperand],
  ['yes AND nob', 'null', nullOperand],
  ['no OR nob', 'null', nullOperand],
  ['NOT nob', 'null', nullOperand],
  ['NOT no AND yes', 'true'],
  ['CASE WHEN nob THEN 1 ELSE 2 END', 'null', nullOperand],
  ['CASE WHEN no THEN 1 WHEN yes THEN 3 WHEN nob THEN 4 END', '3'],
  // Comparisons with null are false, but what is computed in them fails all the same.
  ['n > 1', 'false'],
  ['n <> 1', 'false'],
  ['n = n', 'false'],
  ['NOT (n = 1)', 'true'],
  ['nt = t', 'false'],
  ['nob = yes', 'false'],
  ['n IS DISTINCT FROM i', 'true'],
  ['n IS NOT DISTINCT FROM n', 'true'],
  ['n BETWEEN 1 AND 9', 'false'],
  ['n NOT BETWEEN 1 AND 9', 'true'],
  ['n IN (1, 2)', 'false'],
  ['i IN (n, 5)', 'true'],
  ['i NOT IN (n, 4)', 'true'],
  ['n + 1 = 2', 'null', nullOperand],
  ['(n + 1) IS NULL', 'null', nullOperand],
  ['n IS NULL', 'true'],
  ['n > 0 AND nob', 'false'],
  // Arithmetic.
  ['n + 1', 'null', nullOperand],
  ['-n', 'null', nullOperand],
  ['n * big', 'null', nullOperand],
  ['c + CAST(NULL AS DECIMAL(4, 2))', 'null', nullOperand],
  ['i / 0', 'null', '/ by zero'],
  ['big % 0', 'null', '/ by zero'],
  ['d / 0', '"Infinity"'],
  ['c / 0', 'null', 'Division by zero'],
  ['(c - c) / 0', 'null', 'Division undefined'],
  ['c / 3', 'null', 'Rounding necessary'],
  ['c / 2.5', '0.500000'],
  ['COALESCE(i / 0, 7)', 'null', '/ by zero'],
  ['IFNULL(n + 1, 7)', 'null', nullOperand],
  // Text: the operator + prints nulls, || and CONCAT leave them out.
  ["t + '!'", '"Hello!"'],
  ["nt + '!'", '"null!"'],
  ["nt || '!'", '"!"'],
  ["CONCAT(nt, '!')", '"!"'],
  ["t LIKE 'H%'", 'true'],
  ["nt LIKE 'H%'", 'null', nullOperand],
  ['t LIKE nt', 'null', nullOperand],
  ["t LIKE 'H!' ESCAPE '!'", 'null', 'LIKE pattern must not end with escape character'],
  // What is in something that is null is null; a place that is null is not.
  ['na[1]', 'null'],
  ['a[9]', 'null'],
  ['a[n]', 'null', nullOperand],
  ['na[n]', 'null'],
  ['m[nt]', 'null'],
  ['st->x', 'null'],
  ['st->x + 1', 'null', nullOperand],
  // Casts of null are null; those that fail are null alone, and what is around them goes on.
  ['CAST(nt AS INT)', 'null'],
  ['CAST(n AS STRING)', 'null'],
  ['CAST(t AS INT)', 'null', 'Error processing INTEGER | For input string: "Hello"'],
  ['CAST(t AS DOUBLE)', 'null', 'Error processing DOUBLE | For input string: "Hello"'],
  ["CAST('NaN' AS DOUBLE)", 'null', 'Error processing DOUBLE | For input string: "NaN"'],
  ['COALESCE(CAST(t AS INT), 7)', '7', 'Error processing INTEGER | For input string: "Hello"'],
  ['CAST(t AS INT) + 1', 'null', 'Error processing INTEGER | For input string: "Hello"', nullOperand],
  ["CAST('' AS BOOLEAN)", 'false'],
  ["COALESCE(CAST(i / 0 AS STRING), 'x')", '"x"', 'Error processing STRING | / by zero'],
  // What is widened for an operator is a part of it.
  ['i / 0 = big', 'null', '/ by zero'],
  ['n + 1 > d', 'null', nullOperand],
  // Arguments that are calls, and items, are computed on their own.
  [
    "COALESCE(PARSE_DATE(t, 'yyyy'), PARSE_DATE('1970', 'yyyy')) IS NOT NULL",
    'true',
    'Error processing PARSE_DATE | *',
  ],
  ['ARRAY[i, i / 0]', '[5,null]', 'Error processing array item | / by zero'],
  ["MAP('a' := n + 1)", '{"a":null}', `Error processing map value | ${nullOperand}`],
  ['STRUCT(X := i / 0, Y := 1)', '{"X":null,"Y":1}', 'Error processing struct field | / by zero'],
  ['TRANSFORM(ARRAY[1, n], x => x + 1)', 'null', nullOperand],
];

it.each(values)('%s is %s', (expression, value, ...reasons) => {
  const { out, said } = run(plan(`CREATE STREAM o AS SELECT 1 AS w, ${expression} AS v FROM s;`), false);
  expect(/^\{"W":1,"V":(.*)\}$/.exec(out)?.[1] ?? out).toBe(value);
  const whole = /^Error computing expression .* for column V with index 1 \| /;
  const short = said.map((one) => one.replace(whole, ''));
  expect(short.map((one) => (reasons.join().includes('*') ? one.replace(/\| .*/, '| *') : one))).toEqual(reasons);
});

it('what fails is named as ksqlDB prints it', () => {
  const { said } = run(
    plan("CREATE STREAM o AS SELECT i, IFNULL(n / 2, 0) AS v, nt LIKE 'x' FROM s WHERE i > 0;"),
    false,
  );
  expect(said).toEqual([
    `Error computing expression IFNULL((N / 2), 0) for column V with index 1 | ${nullOperand}`,
    `Error computing expression (NT LIKE 'x') for column KSQL_COL_0 with index 2 | ${nullOperand}`,
  ]);
});

it('a key that fails', () => {
  const partition = run(plan('CREATE STREAM o AS SELECT i / 0 AS k, i FROM s PARTITION BY i / 0;'), false);
  expect(partition.said).toEqual(['Error computing new key from expression (I / 0) | / by zero']);
  const group = run(plan('CREATE TABLE o AS SELECT i / 0 AS k, COUNT(*) FROM s GROUP BY i / 0;'), false);
  expect(group).toEqual({
    out: '',
    said: [
      'Error calculating group-by column with index 0. The source row will be excluded from the table. | / by zero',
    ],
  });
});

it('settings: a cast of null to a text, and failures that take their column along', () => {
  const casts = 'CREATE STREAM o AS SELECT CAST(n AS STRING) AS a, CAST(i AS STRING) AS b, nt AS c FROM s;';
  expect(run(plan(casts), false).out).toBe('{"A":null,"B":"5","C":null}');
  const off = { 'ksql.cast.strings.preserve.nulls': 'false' };
  expect(run(plan(casts, off), false).out).toBe('{"A":"null","B":"5","C":null}');

  const items = 'CREATE STREAM o AS SELECT ARRAY[i, n + 1] AS a, IFNULL(CAST(t AS INT), 7) AS b FROM s;';
  expect(run(plan(items), false).out).toBe('{"A":[5,null],"B":7}');
  const { out, said } = run(plan(items, { 'ksql.nested.error.set.null': 'false' }), false);
  expect(out).toBe('{"A":null,"B":null}');
  expect(said).toEqual([
    `Error computing expression ARRAY[I, (N + 1)] for column A with index 0 | ${nullOperand}`,
    'Error computing expression IFNULL(CAST(T AS INTEGER), 7) for column B with index 1 | For input string: "Hello"',
  ]);
});

it('a row without a group is told of, in the loop as in rows', () => {
  const said = 'Group-by column with index 1 resolved to null. The source row will be excluded from the table. | ';
  for (const window of ['', 'WINDOW TUMBLING (SIZE 1 MINUTE)', 'WINDOW SESSION (1 MINUTE)']) {
    const one = plan(
      `CREATE TABLE o WITH (KEY_FORMAT='JSON') AS SELECT i, n, COUNT(*) AS cnt FROM s ${window} GROUP BY i, n;`,
    );
    for (const rowsOnly of [false, true]) expect(run(one, rowsOnly)).toEqual({ out: '', said: [said] });
  }
  const failing = plan(
    "CREATE TABLE o WITH (KEY_FORMAT='JSON') AS SELECT n + 1 AS k, nt, COUNT(*) AS cnt FROM s GROUP BY n + 1, nt;",
  );
  for (const rowsOnly of [false, true])
    expect(run(failing, rowsOnly)).toEqual({
      out: '',
      said: [
        `Error calculating group-by column with index 0. The source row will be excluded from the table. | ${nullOperand}`,
      ],
    });
});

/** Conditions, whether the row passes, and how often they fail. */
const conditions: readonly (readonly [condition: string, passes: boolean, failures: number])[] = [
  ['n > 1', false, 0],
  ['NOT (n > 1)', true, 0],
  ['n + 1 > 1', false, 1],
  ['n + 1 > 1 OR n IS NULL', false, 1],
  ['n IS NULL OR n + 1 > 1', true, 0],
  ['nob', false, 0],
  ['NOT nob', false, 1],
  ['nob OR i = 5', false, 1],
  ['i = 5 OR nob', true, 0],
  ['i / 0 = 1 OR i = 5', false, 1],
  ['i = 5 AND big % 2 = 1', true, 0],
  ["t + '!' = 'Hello!' AND nt + 'x' <> 'x'", true, 0],
];

it.each(conditions)('WHERE %s', (condition, passes, failures) => {
  const one = plan(`CREATE TABLE o AS SELECT i, COUNT(*) AS cnt FROM s WHERE ${condition} GROUP BY i;`);
  expect(isLoop(one)).toBe(true);
  const [loop, rows] = [run(one, false), run(one, true)];
  expect(loop).toEqual(rows);
  expect(loop.out).toBe(passes ? '{"CNT":1}' : '');
  expect(loop.said.map((text) => text.startsWith('Error evaluating predicate ('))).toEqual(
    new Array<boolean>(failures).fill(true),
  );
});

it('a condition fails as a whole, also by a cast', () => {
  const { out, said } = run(plan('CREATE STREAM o AS SELECT i FROM s WHERE CAST(t AS INT) = 1 OR i = 5;'), false);
  expect(out).toBe('');
  expect(said).toEqual([
    'Error evaluating predicate ((CAST(T AS INTEGER) = 1) OR (I = 5)) | For input string: "Hello"',
  ]);
});

it('aggregates leave out what fails, in the loop as in rows, and HAVING drops', () => {
  const one = plan(
    'CREATE TABLE o AS SELECT i, SUM(n + 1) AS a, COUNT(i / 0) AS b, 1 / COUNT(n) AS c FROM s GROUP BY i HAVING COUNT(*) = 1 OR 1 / COUNT(n) = 1;',
  );
  expect(isLoop(one)).toBe(true);
  const [loop, rows] = [run(one, false), run(one, true)];
  expect(loop).toEqual(rows);
  expect(loop.out).toBe('{"A":0,"B":0,"C":null}');
  expect(loop.said).toEqual([
    `Error computing expression (N + 1) for column KSQL_INTERNAL_COL_0 with index 0 | ${nullOperand}`,
    'Error computing expression (I / 0) for column KSQL_INTERNAL_COL_1 with index 1 | / by zero',
    'Error computing expression (1 / KSQL_AGG_VARIABLE_2) for column C with index 2 | / by zero',
  ]);
});
