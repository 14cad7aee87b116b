/** Independent clients of ksqlDB's REST interface do what their READMEs show. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer, ksqldbNodeClient, ksqldbPythonClient } from '../../peers.ts';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

const config = { 'ksql.streams.auto.offset.reset': 'earliest', 'ksql.streams.commit.interval.ms': '50' };

let ksql: TestKsql;
beforeAll(async () => {
  ksql = await startKsql({ config });
});
afterAll(() => ksql.close());

/** The lines of a program, each JSON. */
function lines({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }): unknown[] {
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
}

const python = `
import asyncio, json, sys, time
from ksqldb import KSQLdbClient
client = KSQLdbClient(sys.argv[1])
say = lambda value: print(json.dumps(value))
say({one['name']: one['value'] for one in client.get_properties()})
say([one['commandStatus']['message'] for one in client.ksql("""
  CREATE STREAM w (k STRING KEY, word STRING, n INT) WITH (kafka_topic='w', value_format='JSON', partitions=1);
  CREATE TABLE t AS SELECT word, COUNT(*) AS c FROM w GROUP BY word;""")])
say(client.inserts_stream('w', [{'K': 'a', 'WORD': 'x', 'N': 1}, {'K': 'b', 'WORD': 'y', 'N': 2}, {'K': 'b', 'WORD': 'y', 'N': 3}]))
async def push():
    return [row async for row in client.query_async('SELECT * FROM w EMIT CHANGES LIMIT 3;', {'auto.offset.reset': 'earliest'})]
say(asyncio.run(push())[1:])
for i in range(100):
    rows = client.query_sync("SELECT * FROM t WHERE word='y';")
    if len(rows) > 1 and rows[1][1] == 2: break
    time.sleep(0.1)
say(rows)
say(client.close_query('none'))
`;

describePeer('ksqldb', 'ksqlDB server', () => {
  it('properties, statements, inserts, push and pull queries, closing of queries', async () => {
    const [properties, messages, inserted, pushed, pulled, closed] = lines(await ksqldbPythonClient(python, ksql.url));
    expect(properties).toMatchObject({ 'ksql.streams.auto.offset.reset': 'earliest' });
    expect(messages).toEqual(['Stream created', expect.stringMatching(/^Created query with ID CTAS_T_\d+$/)]);
    expect(inserted).toEqual([0, 1, 2].map((seq) => ({ status: 'ok', seq })));
    expect(pushed).toEqual([
      ['a', 'x', 1],
      ['b', 'y', 2],
      ['b', 'y', 3],
    ]);
    const columns = { columnNames: ['WORD', 'C'], columnTypes: ['STRING', 'BIGINT'] };
    expect(pulled).toEqual([expect.objectContaining(columns), ['y', 2]]);
    expect(closed).toBe(false);
  });
});

// Its `streamQuery` takes whatever comes at once for one row, so it is asked for one.
const node = `
const KsqldbClient = require('ksqldb-client');
const say = (value) => console.log(JSON.stringify(value ?? null));
(async () => {
  const client = new KsqldbClient({ host: 'http://localhost', port: Number(new URL(process.argv[1]).port) });
  await client.connect();
  const create = "CREATE STREAM \${NAME} (k STRING KEY, v INT) WITH (kafka_topic='nodes', value_format='JSON', partitions=1);";
  const { data, status } = await client.executeStatement(create, { sessionVariables: { NAME: 'nodes' } });
  say([status, data.rows[0].commandStatus.message]);
  for (const v of [1, 2]) say(await client.insertInto('nodes', { K: 'a', V: v }));
  const rows = [];
  const streamsProperties = { 'auto.offset.reset': 'earliest' };
  await client.streamQuery('SELECT * FROM nodes EMIT CHANGES LIMIT 1;', (more) => rows.push(...(more.rows ?? [])), { streamsProperties });
  say(rows);
  say((await client.query('SELECT v FROM nodes;')).data.rows);
  say((await client.query('SELECT * FROM;')).error);
  say((await client.listStreams()).filter(({ name }) => name === 'NODES'));
  await client.disconnect();
})();
`;

describePeer('ksqldb-client', 'ksqlDB server', () => {
  it('statements with variables, inserts, push and pull queries, errors', async () => {
    const [created, first, second, pushed, pulled, error, streams] = lines(await ksqldbNodeClient(node, ksql.url));
    expect(created).toEqual([200, 'Stream created']);
    for (const inserted of [first, second])
      expect(inserted).toEqual({ status: 200, data: { rows: [{ status: 'ok', seq: 0 }] } });
    expect(pushed).toEqual([{ K: 'a', V: 1 }]);
    expect(pulled).toEqual([{ V: 1 }, { V: 2 }]);
    expect(error).toMatchObject({ error_code: 40001, message: expect.stringMatching(/^line 1:14: Syntax Error\n/) });
    expect(streams).toMatchObject([{ name: 'NODES', topic: 'nodes' }]);
  });
});
