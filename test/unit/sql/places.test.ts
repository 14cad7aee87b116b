/** Where an error is: what a statement says wrongly is pointed at with line and column, for every part of a statement. */
import { expect, it } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement, schemaNeeds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { withExcerpt } from '../../../src/sql/syntax/excerpt.ts';

const sources =
  "CREATE STREAM l (id INT KEY, v INT, t STRING) WITH (KAFKA_TOPIC='l', PARTITIONS=1, FORMAT='JSON');" +
  "CREATE STREAM r (id INT KEY, w INT) WITH (KAFKA_TOPIC='r', PARTITIONS=1, FORMAT='JSON');" +
  "CREATE TABLE u (id INT PRIMARY KEY, m STRING) WITH (KAFKA_TOPIC='u', PARTITIONS=1, FORMAT='JSON');";

function catalogOf(text: string): Catalog {
  return parseKsql(text).reduce((catalog, parsed) => {
    const plan = planStatement(parsed, { catalog, session: {}, schemas: new Map(), nextQueryNumber: 0, text: '' });
    return plan.do === 'ddl' ? catalog.with(...plan.changes) : catalog;
  }, Catalog.empty);
}

const catalog = catalogOf(sources);

/** The message and what the caret stands under, to the end of its word. */
function failure(text: string): { message: string; at: string } {
  try {
    for (const parsed of parseKsql(text)) {
      schemaNeeds(parsed, catalog, {});
      planStatement(parsed, { catalog, session: {}, schemas: new Map(), nextQueryNumber: 0, text: parsed.text });
    }
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const { line, column } = error.details as { line: number; column: number };
    const rest = text.split('\n')[line - 1]?.slice(column - 1) ?? '';
    return { message: error.message, at: /^[\w$.']+|^./.exec(rest)?.[0] ?? '' };
  }
  return { message: 'none', at: '' };
}

it.each<[string, RegExp, string]>([
  // Syntax.
  ['SELEC * FROM l;', /Syntax Error/, 'SELEC'],
  ['SELECT *\nFROM l WHER v = 1 EMIT CHANGES;', /Syntax Error/, 'v'],
  ["CREATE STREAM x (id INT KEY WITH (KAFKA_TOPIC='x');", /Syntax Error/, 'WITH'],
  ['SELECT 99999999999999999999 FROM l EMIT CHANGES;', /Invalid numeric literal/, '99999999999999999999'],
  // WITH.
  ["CREATE STREAM x (id INT KEY) WITH (KAFKA_TOPIC='x',\n FOO=1);", /Invalid config variable/, '1'],
  ["CREATE STREAM x (id INT KEY) WITH (KAFKA_TOPIC='x', VALUE_FORMAT='XX');", /Unknown format: XX/, "'XX'"],
  ["CREATE STREAM x (id INT KEY) WITH (KAFKA_TOPIC='x', FORMAT='JSON', PARTITIONS='y');", /Not a number/, "'y'"],
  [
    "CREATE STREAM x (id INT KEY, a INT) WITH (KAFKA_TOPIC='x', FORMAT='JSON', TIMESTAMP='nope');",
    /TIMESTAMP column set in the WITH clause does not exist/,
    "'nope'",
  ],
  [
    "CREATE TABLE x (id INT PRIMARY KEY) WITH (KAFKA_TOPIC='x', FORMAT='JSON', WINDOW_TYPE='foo');",
    /WINDOW_TYPE/,
    "'foo'",
  ],
  [
    "CREATE STREAM x AS SELECT * FROM l;\nCREATE STREAM y WITH (TIMESTAMP='q') AS SELECT * FROM l;",
    /TIMESTAMP column/,
    "'q'",
  ],
  // Columns of a CREATE.
  ["CREATE STREAM x (id INT PRIMARY KEY) WITH (KAFKA_TOPIC='x', FORMAT='JSON');", /is a 'PRIMARY KEY' column/, 'id'],
  [
    "CREATE STREAM l (id INT KEY) WITH (KAFKA_TOPIC='l', FORMAT='JSON');",
    /A stream with the same name already exists/,
    'CREATE',
  ],
  // Names.
  ['SELECT id,\n  nope FROM l EMIT CHANGES;', /cannot be resolved/, 'nope'],
  ['SELECT * FROM l WHERE nope > 1 EMIT CHANGES;', /WHERE column 'NOPE' cannot be resolved/, 'nope'],
  ['SELECT x.id FROM l EMIT CHANGES;', /'X' is not a valid stream\/table name or alias/, 'x.id'],
  ['SELECT * FROM nope EMIT CHANGES;', /NOPE does not exist/, 'nope'],
  ['DROP STREAM nope;', /NOPE does not exist/, 'DROP'],
  // Expressions.
  ['SELECT id, FOO(v) FROM l EMIT CHANGES;', /Can't find any functions with the name 'FOO'/, 'FOO'],
  ['SELECT id, UCASE(v) FROM l EMIT CHANGES;', /does not accept parameters/, 'UCASE'],
  ['SELECT id, v + t FROM l EMIT CHANGES;', /Unsupported arithmetic types/, 'v'],
  ['SELECT id, CAST(t AS ARRAY<INT>) FROM l EMIT CHANGES;', /is not supported/, 'CAST'],
  ['SELECT id, NULL FROM l EMIT CHANGES;', /Can't infer a type of null/, 'NULL'],
  ['SELECT * FROM l WHERE v EMIT CHANGES;', /Type error in WHERE/, 'v'],
  ["SELECT id FROM l WHERE v LIKE 'x' EMIT CHANGES;", /must be VARCHAR/, 'v'],
  // Groups, keys, joins.
  ['CREATE TABLE x AS SELECT t, v, COUNT(*) FROM l GROUP BY t;', /not part of GROUP BY/, 'SELECT'],
  ['CREATE TABLE x AS\nSELECT COUNT(*) AS n FROM l GROUP BY t;', /Key missing from projection/, 'SELECT'],
  ['CREATE STREAM x AS SELECT id, id AS id2 FROM l;', /more than once/, 'SELECT'],
  ['CREATE TABLE x AS SELECT id, v FROM l;', /Invalid result type/, 'CREATE'],
  ['SELECT * FROM l JOIN r ON l.id = r.id EMIT CHANGES;', /missing WITHIN|WITHIN/, 'JOIN'],
  ['SELECT * FROM l JOIN r WITHIN 1 DAY ON l.t = r.w EMIT CHANGES;', /Key types differ/, 'JOIN'],
  // INSERT.
  ['INSERT INTO l (id, nope) VALUES (1, 2);', /does not exist/, 'INSERT'],
  ['INSERT INTO nope VALUES (1);', /NOPE/, 'INSERT'],
  ['INSERT INTO l SELECT * FROM r;', /Incompatible schema/, 'INSERT'],
])('%s', (text, message, at) => {
  expect(failure(text)).toEqual({ message: expect.stringMatching(message) as string, at });
});

it('a caret stands under the place, behind the real text', () => {
  const text = 'SELECT id,\n  nope FROM l EMIT CHANGES;';
  expect(withExcerpt('Something is wrong.', text, { line: 2, column: 3 })).toBe(
    'Something is wrong.\nAt line 2, column 3:\n  nope FROM l EMIT CHANGES;\n  ^',
  );
});
