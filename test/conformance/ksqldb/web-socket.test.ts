/** `/ws/query`, asked by the WebSocket client of Node (undici's), in a process of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

const config = { 'ksql.streams.auto.offset.reset': 'earliest', 'ksql.streams.commit.interval.ms': '50' };
/** Prints each message as a line, then the code and the reason of the end. With a number: closes after so many messages. */
const client = `
const [url, most] = process.argv.slice(1);
const socket = new WebSocket(url);
let count = 0;
socket.onmessage = ({ data }) => {
  console.log(data);
  if (++count === Number(most)) socket.close(1000, 'enough');
};
socket.onerror = () => console.log('error');
socket.onclose = ({ code, reason }) => console.log(code + ' ' + reason);
`;

let ksql: TestKsql;
beforeAll(async () => {
  ksql = await startKsql({ config });
  const statements = `CREATE STREAM s (k STRING KEY, v INT) WITH (kafka_topic='s', value_format='JSON', partitions=1);
    INSERT INTO s VALUES ('a', 1); INSERT INTO s VALUES ('b', 2);
    CREATE TABLE t AS SELECT k, COUNT(*) AS c FROM s GROUP BY k;`;
  const body = JSON.stringify({ ksql: statements });
  await fetch(`${ksql.url}/ksql`, { method: 'POST', body, headers: { connection: 'close' } });
});
afterAll(() => ksql.close());

async function ask(text: string, most = '', more: object = {}): Promise<string[]> {
  const request = encodeURIComponent(JSON.stringify({ ksql: text, ...more }));
  const url = `${ksql.url.replace('http', 'ws')}/ws/query?request=${request}`;
  const args = ['--no-warnings', '--experimental-websocket', '-e', client, url, most];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  return stdout.trimEnd().split('\n');
}

const column = (name: string, type: string): object => ({ name, schema: { type, fields: null, memberSchema: null } });

it('a push query to its limit: columns, rows, the end', async () => {
  const [columns = '', ...rest] = await ask('SELECT * FROM s EMIT CHANGES LIMIT 2;');
  expect(JSON.parse(columns)).toEqual([column('K', 'STRING'), column('V', 'INTEGER')]);
  expect(rest).toEqual(['{"row":{"columns":["a",1]}}', '{"row":{"columns":["b",2]}}', '1000 done']);
});

it('a pull query, with a setting', async () => {
  const streamsProperties = { 'ksql.query.pull.table.scan.enabled': true };
  const table = (): Promise<string[]> => ask("SELECT c FROM t WHERE k = 'b';", '', { streamsProperties });
  await expect
    .poll(async () => (await table()).slice(1), { timeout: 20_000 })
    .toEqual(['{"row":{"columns":[1]}}', '1000 done']);
});

it('PRINT sends its lines', async () => {
  const lines = await ask("PRINT 's' FROM BEGINNING LIMIT 1;");
  expect(lines.join('\n')).toMatch(/rowtime: .*, key: a, value: \{"V":1\}, partition: 0\n*1000 done$/s);
});

it('who closes ends the query', async () => {
  expect((await ask('SELECT * FROM s EMIT CHANGES;', '2')).at(-1)).toMatch(/^1000/);
  const queries = async (): Promise<unknown> => {
    const body = JSON.stringify({ ksql: 'SHOW QUERIES;' });
    const response = await fetch(`${ksql.url}/ksql`, { method: 'POST', body, headers: { connection: 'close' } });
    const [{ queries: all }] = (await response.json()) as [{ queries: { queryType: string }[] }];
    return all.filter(({ queryType }) => queryType === 'PUSH');
  };
  await expect.poll(queries, { timeout: 10_000 }).toEqual([]);
});

it('what cannot be asked closes with the reason', async () => {
  expect(await ask('SELECT nothing FROM s EMIT CHANGES;')).toEqual([
    expect.stringMatching(/^1003 Line: 1, Col: 8: SELECT column 'NOTHING' cannot be resolved\./),
    expect.anything(),
    expect.anything(),
  ]);
  expect((await ask('SHOW STREAMS;'))[0]).toMatch(/^1003 Statement type/);
  expect((await ask('SELECT * FROM s'.padEnd(400, ' x')))[0]).toMatch(/^1003 line 1:/);
});

it('a request without Upgrade is told what the path is for', async () => {
  const response = await fetch(`${ksql.url}/ws/query`, { headers: { connection: 'close' } });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error_code: 40000 });
});
