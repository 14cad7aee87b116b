/** The trees of small statements, with their places, in `golden/`; `vitest --update` writes them anew. */
import { expect, it } from 'vitest';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';

const statements: Readonly<Record<string, string>> = {
  'create-stream':
    "CREATE STREAM s (id INT KEY, `v` ARRAY<STRUCT<a DECIMAL(4, 2)>>) WITH (kafka_topic='t', partitions=2);",
  'create-table-as':
    'CREATE TABLE t AS SELECT k, COUNT(*) AS n FROM s WINDOW SESSION (30 SECONDS) GROUP BY k HAVING COUNT(*) > 3;',
  join: 'SELECT a.x, b.* FROM a LEFT JOIN b WITHIN 1 HOUR GRACE PERIOD 5 MINUTES ON a.id = b.id EMIT CHANGES;',
  'pull-query': "SELECT * FROM t WHERE k IN ('a', 'b') AND WINDOWSTART >= 1000 LIMIT 10;",
  'insert-values': 'INSERT INTO s (id, v) VALUES (-1, ARRAY[STRUCT(a := 1.5)]);',
};

it.each(Object.entries(statements))('%s', async (name, text) => {
  const json = JSON.stringify(
    parseKsql(text),
    (key, value: unknown) => {
      if (value instanceof Map) return Object.fromEntries(value);
      if (key !== 'span') return value;
      const { start, end, line, column } = value as { start: number; end: number; line: number; column: number };
      return `${line}:${column} ${text.slice(start, end)}`;
    },
    2,
  );
  await expect(`${json}\n`).toMatchFileSnapshot(`golden/ksqldb-parser/${name}.txt`);
});
