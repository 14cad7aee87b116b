import { describe, expect, it } from 'vitest';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import type { ParseOptions } from '../../../src/sql/dialects/ksqldb/parser.ts';
import { printExpression } from '../../../src/sql/dialects/ksqldb/print.ts';
import { SqlSyntaxError } from '../../../src/sql/syntax/syntax-error.ts';
import { stripSpans } from './strip-spans.ts';

function statement(text: string, options?: ParseOptions): unknown {
  const parsed = parseKsql(text, options);
  expect(parsed).toHaveLength(1);
  return stripSpans(parsed[0]?.statement);
}

function expression(text: string): unknown {
  const { query } = statement(`SELECT ${text} FROM s;`) as { query: { select: { expression: unknown }[] } };
  return query.select[0]?.expression;
}

function failure(text: string, options?: ParseOptions): SqlSyntaxError {
  try {
    parseKsql(text, options);
  } catch (error) {
    expect(error).toBeInstanceOf(SqlSyntaxError);
    return error as SqlSyntaxError;
  }
  throw new Error(`${text} was parsed`);
}

const column = (name: string, source?: string): unknown => ({ kind: 'column', ...(source && { source }), name });
const integer = (value: number): unknown => ({ kind: 'integer', value });

describe('the walk-through', () => {
  it('creates a stream without columns', () => {
    const text =
      "CREATE OR REPLACE STREAM metrics_brand_stream WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );";
    expect(statement(text)).toEqual({
      kind: 'create-source',
      source: 'STREAM',
      name: 'METRICS_BRAND_STREAM',
      orReplace: true,
      ifNotExists: false,
      readOnly: false,
      columns: [],
      properties: [
        ['KAFKA_TOPIC', { kind: 'string', value: 'commercials_avro' }],
        ['VALUE_FORMAT', { kind: 'string', value: 'AVRO' }],
      ],
    });
  });

  it('aggregates in a push query', () => {
    expect(statement('SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;')).toEqual({
      kind: 'query',
      query: {
        select: [
          { kind: 'expression', expression: column('BRAND') },
          {
            kind: 'expression',
            expression: { kind: 'call', name: 'COUNT', args: [], star: true },
            alias: 'CNT',
          },
        ],
        from: { name: 'METRICS_BRAND_STREAM' },
        joins: [],
        groupBy: { expressions: [column('BRAND')], bracketed: false },
        emit: 'CHANGES',
      },
    });
  });

  it('creates a table over windows', () => {
    const text = `CREATE OR REPLACE TABLE metrics_per_brand_windowed AS
SELECT BRAND, count(*) FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY BRAND HAVING count(*) > 3;`;
    expect(statement(text)).toMatchObject({
      kind: 'create-as',
      source: 'TABLE',
      orReplace: true,
      query: {
        window: { type: 'TUMBLING', size: { value: 5, unit: 'SECONDS' } },
        having: { kind: 'comparison', operator: '>', right: integer(3) },
      },
    });
  });

  it('reads settings', () => {
    expect(statement("SET 'processing.guarantee' = 'exactly_once';")).toEqual({
      kind: 'set',
      name: 'processing.guarantee',
      value: 'exactly_once',
    });
  });
});

describe('expressions', () => {
  it.each([
    ['a OR b AND NOT c', '(A OR (B AND (NOT C)))'],
    ['NOT a = b', '(NOT (A = B))'],
    ['-a * b + c % d', '((-A * B) + (C % D))'],
    ['a + b || c', '((A + B) || C)'],
    ['a - -5', '(A - -5)'],
    ['-(-5)', '- -5'],
    ['a BETWEEN b + 1 AND c AND d', '((A BETWEEN (B + 1) AND C) AND D)'],
    ['a NOT IN (1, 2)', '(NOT (A IN (1, 2)))'],
    ["a NOT LIKE 'x%' ESCAPE '!'", "(NOT (A LIKE 'x%' ESCAPE '!'))"],
    ['a IS NOT NULL', '(A IS NOT NULL)'],
    ['a IS NOT DISTINCT FROM b', '(A IS NOT DISTINCT FROM B)'],
    ['a->b[1]->c', 'A->B[1]->C'],
    ['s.a->`b`', 'S.A->`b`'],
    ['CASE a WHEN 1 THEN b ELSE c END', '(CASE A WHEN 1 THEN B ELSE C END)'],
    ['CASE WHEN a > 1 THEN b END', '(CASE WHEN (A > 1) THEN B END)'],
    ['CAST(a AS DECIMAL(4, 2))', 'CAST(A AS DECIMAL(4, 2))'],
    ['CAST(a AS MAP<STRING, ARRAY<STRUCT<x INT, `y` t>>>)', 'CAST(A AS MAP<STRING, ARRAY<STRUCT<X INTEGER, `y` T>>>)'],
    ["MAP('k' := 1, 'l' := a)", "MAP('k':=1, 'l':=A)"],
    ['STRUCT(x := 1, `y` := ARRAY[1, 2])', 'STRUCT(X:=1, `y`:=ARRAY[1, 2])'],
    ['REDUCE(m, 0, (s, k, v) => s + v)', 'REDUCE(M, 0, (S, K, V) => (S + V))'],
    ['TRANSFORM(a, x => x * 2)', 'TRANSFORM(A, X => (X * 2))'],
    ['TIMESTAMPADD(HOURS, 2, t)', 'TIMESTAMPADD(HOURS, 2, T)'],
    ["'it''s' || \"q\"", "('it''s' || `q`)"],
    ['1.50', '1.50'],
    ['-1.5e3', '-1.5E3'],
    ['2147483648', '2147483648'],
  ])('%s', (text, printed) => {
    const [parsed] = parseKsql(`SELECT ${text} FROM s;`);
    const item = parsed?.statement.kind === 'query' ? parsed.statement.query.select[0] : undefined;
    expect(item?.kind === 'expression' && printExpression(item.expression)).toBe(printed);
  });

  it('tells the sizes of integers apart', () => {
    expect(expression('-2147483648')).toEqual({ kind: 'integer', value: -2147483648 });
    expect(expression('2147483648')).toEqual({ kind: 'long', value: '2147483648' });
    expect(expression('-9223372036854775808')).toEqual({ kind: 'long', value: '-9223372036854775808' });
  });

  it('places expressions', () => {
    const [parsed] = parseKsql('SELECT a,\n  b + 12 FROM s;');
    const item = parsed?.statement.kind === 'query' ? parsed.statement.query.select[1] : undefined;
    expect(item?.span).toEqual({ start: 12, end: 18, line: 2, column: 3 });
  });
});

describe('clauses', () => {
  it('joins with windows of both forms', () => {
    const text = `SELECT * FROM a JOIN b WITHIN (1 HOUR, 2 DAYS) GRACE PERIOD 5 MINUTES ON a.x = b.x
      LEFT OUTER JOIN c AS d WITHIN 3 SECONDS ON a.x = d.x;`;
    expect(statement(text)).toMatchObject({
      query: {
        joins: [
          {
            type: 'INNER',
            within: { before: { value: 1, unit: 'HOURS' }, after: { value: 2, unit: 'DAYS' }, symmetric: false },
            grace: { value: 5, unit: 'MINUTES' },
          },
          { type: 'LEFT', right: { name: 'C', alias: 'D' }, within: { symmetric: true } },
        ],
      },
    });
  });

  it('keeps EMIT and PARTITION from being aliases only where they are clauses', () => {
    expect(statement('SELECT * FROM a EMIT CHANGES;')).toMatchObject({
      query: { from: { name: 'A' }, emit: 'CHANGES' },
    });
    expect(statement('SELECT * FROM a emit;')).toMatchObject({ query: { from: { name: 'A', alias: 'EMIT' } } });
    expect(statement('SELECT * FROM a PARTITION BY (x, y);')).toMatchObject({
      query: { partitionBy: { bracketed: true, expressions: [column('X'), column('Y')] } },
    });
    expect(statement('SELECT * FROM a GROUP BY (x + y) * 2;')).toMatchObject({
      query: { groupBy: { bracketed: false, expressions: [{ kind: 'arithmetic', operator: '*' }] } },
    });
  });

  it('has windows with all their clauses', () => {
    const window = 'HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS, RETENTION 7 DAYS, GRACE PERIOD 1 HOUR)';
    expect(statement(`SELECT COUNT(*) FROM a WINDOW w ${window} GROUP BY x EMIT FINAL LIMIT 3;`)).toMatchObject({
      query: {
        window: {
          name: 'W',
          type: 'HOPPING',
          advance: { value: 5, unit: 'SECONDS' },
          retention: { value: 7, unit: 'DAYS' },
          grace: { value: 1, unit: 'HOURS' },
        },
        emit: 'FINAL',
        limit: 3,
      },
    });
  });

  it('has all forms of select items', () => {
    expect(statement('SELECT *, a.*, a.s->*, x y FROM a;')).toMatchObject({
      query: {
        select: [
          { kind: 'all' },
          { kind: 'all', source: 'A' },
          { kind: 'expression', expression: { kind: 'all-fields', base: column('S', 'A') } },
          { kind: 'expression', expression: column('X'), alias: 'Y' },
        ],
      },
    });
  });
});

describe('statements', () => {
  it.each([
    [
      "CREATE SOURCE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, h BYTES HEADER('k'));",
      { kind: 'create-source', readOnly: true, ifNotExists: true },
    ],
    [
      'CREATE STREAM s (k STRING KEY, `v` ARRAY<INT>, h ARRAY<STRUCT<key STRING, value BYTES>> HEADERS);',
      { kind: 'create-source' },
    ],
    ["INSERT INTO s WITH (QUERY_ID='q') SELECT * FROM a;", { kind: 'insert-query', target: 'S' }],
    [
      'INSERT INTO s (a, b) VALUES (1, -2);',
      { kind: 'insert-values', columns: ['A', 'B'], values: [integer(1), integer(-2)] },
    ],
    [
      'DROP STREAM IF EXISTS s DELETE TOPIC;',
      { kind: 'drop-source', source: 'STREAM', ifExists: true, deleteTopic: true },
    ],
    ['ALTER TABLE t ADD COLUMN a INT, ADD b DECIMAL(4, 2);', { kind: 'alter-source', source: 'TABLE' }],
    ["ALTER SYSTEM 'a'='b';", { kind: 'alter-system', name: 'a', value: 'b' }],
    ['CREATE TYPE IF NOT EXISTS t AS STRUCT<a INT>;', { kind: 'create-type', ifNotExists: true }],
    ['DROP TYPE t;', { kind: 'drop-type', name: 'T', ifExists: false }],
    [
      "CREATE SOURCE CONNECTOR `c` WITH ('connector.class'='x');",
      { kind: 'create-connector', direction: 'SOURCE', name: 'c' },
    ],
    ['DROP CONNECTOR IF EXISTS c;', { kind: 'drop-connector', ifExists: true }],
    ['LIST ALL TOPICS EXTENDED;', { kind: 'list-topics', all: true, extended: true }],
    ['SHOW STREAMS EXTENDED;', { kind: 'list-streams', extended: true }],
    ['SHOW SINK CONNECTORS;', { kind: 'list-connectors', scope: 'SINK' }],
    ['LIST CONNECTOR PLUGINS;', { kind: 'list-connector-plugins' }],
    ['list variables;', { kind: 'list-variables' }],
    ['DESCRIBE TABLES;', { kind: 'describe-sources', source: 'TABLE', extended: false }],
    ['DESCRIBE STREAMS EXTENDED;', { kind: 'describe-sources', source: 'STREAM', extended: true }],
    ['DESCRIBE s EXTENDED;', { kind: 'describe-source', name: 'S', extended: true }],
    ['DESCRIBE FUNCTION ifNull;', { kind: 'describe-function', name: 'ifNull' }],
    ['DESCRIBE CONNECTOR c;', { kind: 'describe-connector', name: 'C' }],
    ['EXPLAIN CTAS_T_1;', { kind: 'explain', queryId: 'CTAS_T_1' }],
    ['EXPLAIN SELECT * FROM s;', { kind: 'explain', statement: { kind: 'query' } }],
    [
      'PRINT my_Topic FROM BEGINNING SAMPLE 2 LIMIT 3;',
      { kind: 'print', topic: 'my_Topic', fromBeginning: true, interval: 2, limit: 3 },
    ],
    ["PRINT 'a-b';", { kind: 'print', topic: 'a-b', fromBeginning: false }],
    ['PAUSE ALL;', { kind: 'pause' }],
    ['RESUME q;', { kind: 'resume', queryId: 'Q' }],
    ['TERMINATE `transient_1`;', { kind: 'terminate', queryId: 'transient_1' }],
    ["UNSET 'a';", { kind: 'unset', name: 'a' }],
    ["DEFINE Foo = 'x';", { kind: 'define', name: 'Foo', value: 'x' }],
    ['UNDEFINE Foo;', { kind: 'undefine', name: 'Foo' }],
    [
      'ASSERT NOT EXISTS TOPIC t WITH (partitions=3) TIMEOUT 5 SECONDS;',
      { kind: 'assert-topic', topic: 't', exists: false, timeout: { value: 5, unit: 'SECONDS' } },
    ],
    ["ASSERT SCHEMA SUBJECT 's-value' ID 4;", { kind: 'assert-schema', subject: 's-value', id: 4, exists: true }],
  ])('%s', (text, expected) => {
    expect(statement(text)).toMatchObject(expected);
  });

  it("knows the command line's own only there", () => {
    expect(statement("RUN SCRIPT 'f.sql';", { cli: true })).toEqual({ kind: 'run-script', file: 'f.sql' });
    expect(statement('SPOOL OFF;', { cli: true })).toEqual({ kind: 'spool' });
    expect(failure("RUN SCRIPT 'f.sql';").message).toContain("Unknown statement 'RUN'");
  });

  it('gives each statement its text, and hides what may be secret', () => {
    const text = "-- first\nSHOW STREAMS; /* second */ INSERT INTO s (a) VALUES ('secret');";
    expect(parseKsql(text).map(({ text: own, maskedText }) => [own, maskedText])).toEqual([
      ['SHOW STREAMS;', 'SHOW STREAMS;'],
      ["INSERT INTO s (a) VALUES ('secret');", "INSERT INTO `S` (`A`) VALUES ('[value]');"],
    ]);
    const [connector] = parseKsql("CREATE SINK CONNECTOR c WITH ('connector.class'='x.Y', 'password'='secret');");
    expect(connector?.maskedText).toBe(
      "CREATE SINK CONNECTOR C WITH ('connector.class'='x.Y', 'password'='[string]');",
    );
  });
});

describe('variables', () => {
  it('stand for names, literals and parts of strings', () => {
    const variables = { name: '`orders`', n: '3', path: "it's" };
    const [parsed] = parseKsql("CREATE STREAM ${name} WITH (kafka_topic='t-${path}-${other}', partitions=${n});", {
      variables,
    });
    expect(parsed?.text).toBe("CREATE STREAM `orders` WITH (kafka_topic='t-it''s-${other}', partitions=3);");
    expect(parsed?.statement).toMatchObject({ name: 'orders' });
  });

  it('hold from DEFINE to UNDEFINE', () => {
    const [, second] = parseKsql("DEFINE t = 'a'; DESCRIBE ${t};");
    expect(second?.text).toBe('DESCRIBE a;');
    expect(failure("DEFINE t = 'a'; UNDEFINE t; DESCRIBE ${t};").message).toContain("Got: '${t}'");
  });

  it('cannot bring in more than one token', () => {
    const { message } = failure('DROP STREAM ${t};', { variables: { t: 'a; DROP TABLE b' } });
    expect(message).toContain('Illegal argument at Line: 1, Col: 13. Identifier names cannot start with');
  });
});

describe('messages', () => {
  it.each([
    ['SELEC * FROM s;', "line 1:1: Syntax Error\nUnknown statement 'SELEC'\nDid you mean 'SELECT'?"],
    ['SELECT * FORM s;', "line 1:10: Syntax Error\nExpecting {',', 'FROM'}\nDid you mean 'FROM'?"],
    ['SELECT a + FROM s;', "line 1:12: Syntax Error\nSyntax error at or near 'FROM' at line 1:12"],
    ['CREATE SCHEMA x;', "line 1:8: Syntax Error\nSyntax error at or near 'SCHEMA' at line 1:8"],
    ['SHOW STREAMS', "line 1:13: Syntax Error\nSyntax error at or near \";\"\n'}', ']', or ')' is missing"],
    ['SET a = b;', 'line 1:5: Syntax Error\nExpecting STRING'],
    [
      'DROP STREAM from s;',
      "line 1:13: Syntax Error\n\"from\" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as 'from' ",
    ],
    ["SELECT 'abc FROM s;", "line 1:8: Syntax Error\nSyntax error at or near ''abc FROM s;' at line 1:8"],
    ['SELECT x.a FROM s;', "Failed to prepare statement: 'X' is not a valid stream/table name or alias."],
    [
      'CREATE STREAM a AS SELECT * FROM b LIMIT 1;',
      "Failed to prepare statement: CREATE STREAM AS SELECT statements don't support LIMIT clause.",
    ],
    ['SELECT * FROM s LIMIT 1.5;', 'Failed to prepare statement: Value must be integer for command: LIMIT'],
    [
      'DESCRIBE `a b`;',
      "Illegal argument at Line: 1, Col: 10. Source names may only contain alphanumeric values, '_' or '-'. Got: 'a b'",
    ],
    [
      "CREATE STREAM a WITH (x=1, X='2');",
      "Failed to prepare statement: Multiple entries with same key: X='2' and X=1",
    ],
  ])('%s', (text, message) => {
    expect(failure(text).message).toContain(message);
  });

  it('has the place of the token that does not fit', () => {
    const { line, column: at, span } = failure('SHOW STREAMS;\n  SELECT * FORM s;');
    expect([line, at, span.start, span.end]).toEqual([2, 12, 25, 29]);
  });

  it("finds the grammar's errors before all others", () => {
    expect(failure('SELECT x.a FROM s; SELECT;').message).toContain('Syntax Error');
  });

  it('refuses nesting that would exhaust the stack', () => {
    for (const open of ['(', '- (', 'ABS(', 'ARRAY[', 'CAST(', 'a[', 'NOT ']) {
      expect(failure(`SELECT ${open.repeat(100_000)}`).message).toContain('Statement is too large to parse');
    }
    expect(failure(`SELECT ${'a + '.repeat(100_000)} a FROM s;`).message).toContain('Syntax Error');
  });
});
