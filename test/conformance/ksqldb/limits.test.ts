/** As many queries as the server is to have, and not one more. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

let ksql: TestKsql;

beforeAll(async () => {
  ksql = await startKsql({ config: { 'ksql.query.persistent.active.limit': '2', 'ksql.max.push.queries': '1' } });
});
afterAll(() => ksql.close());

async function post(path: string, text: string): Promise<{ readonly status: number; readonly body: unknown }> {
  const body = JSON.stringify({ ksql: text });
  const response = await fetch(`${ksql.url}${path}`, { method: 'POST', body, headers: { connection: 'close' } });
  return { status: response.status, body: await response.json() };
}

it('persistent queries, counted within a request too', async () => {
  await post(
    '/ksql',
    "CREATE STREAM s (a INT) WITH (kafka_topic='s', value_format='JSON', partitions=1); CREATE STREAM s1 AS SELECT * FROM s;",
  );
  const refused = {
    status: 400,
    body: {
      '@type': 'generic_error',
      error_code: 40000,
      message:
        'Not executing statement(s) as it would cause the number of active, persistent queries to exceed the configured limit. ' +
        'Use the TERMINATE command to terminate existing queries, or increase the ' +
        "'ksql.query.persistent.active.limit' setting via the 'ksql-server.properties' file. " +
        'Current persistent query count: 3. Configured limit: 2.',
    },
  };
  const two = 'CREATE STREAM s2 AS SELECT * FROM s; CREATE STREAM s3 AS SELECT * FROM s;';
  expect(await post('/ksql', two)).toMatchObject(refused);
  expect((await post('/ksql', 'CREATE STREAM s2 AS SELECT * FROM s;')).status).toBe(200);
  expect((await post('/ksql', 'CREATE OR REPLACE STREAM s2 AS SELECT * FROM s WHERE a > 0;')).status).toBe(200);
  expect(await post('/ksql', 'INSERT INTO s1 SELECT * FROM s2;')).toMatchObject(refused);
});

it('push queries', async () => {
  const abort = new AbortController();
  const first = await fetch(`${ksql.url}/query`, {
    method: 'POST',
    body: JSON.stringify({ ksql: 'SELECT * FROM s EMIT CHANGES;' }),
    signal: abort.signal,
  });
  expect(first.status).toBe(200);
  expect(await post('/query', 'SELECT a FROM s EMIT CHANGES;')).toMatchObject({
    status: 400,
    body: {
      '@type': 'statement_error',
      error_code: 40001,
      message:
        'Not executing statement(s) as it would cause the number of active, push queries to exceed the configured limit. ' +
        "Terminate existing PUSH queries, or increase the 'ksql.max.push.queries' setting via the 'ksql-server.properties' file. " +
        'Current push query count: 1. Configured limit: 1.',
    },
  });
  abort.abort();
  await expect.poll(async () => (await post('/query', 'SELECT a FROM s EMIT CHANGES LIMIT 0;')).status).toBe(200);
});
