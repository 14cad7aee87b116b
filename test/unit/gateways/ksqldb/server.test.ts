/** The server's answers, on a real broker in this process, with a dialect and a query manager that do nothing by themselves. */
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from 'vitest';
import type { KafkaClient } from '../../../../src/client/kafka-client.ts';
import type { KsqlServer } from '../../../../src/gateways/ksqldb/server.ts';
import { clientOf, startBroker } from '../../client/fixtures.ts';
import type { TestBroker } from '../../client/fixtures.ts';
import { FakeQueries, ask, chunksOf, open, startServer } from './fakes.ts';

let broker: TestBroker;
let kafka: KafkaClient;
let queries: FakeQueries;
let server: KsqlServer;
let service = 0;
let config: Record<string, string>;

beforeAll(async () => {
  broker = await startBroker();
  kafka = await clientOf(broker, 'in process');
  await kafka.admin.createTopic({ topic: 'in', partitions: 3 });
});
afterAll(async () => {
  await kafka.close();
  await broker.close();
});
beforeEach(async () => {
  queries = new FakeQueries();
  config = { 'ksql.service.id': `s${service++}_` };
  server = await startServer(kafka, queries, { config });
});
afterEach(() => server.close());

const ksql = (text: string, more = {}): ReturnType<typeof ask> =>
  ask(server.router, 'POST', '/ksql', { ksql: text, ...more });
const restart = async (): Promise<void> => {
  await server.close();
  queries = new FakeQueries();
  server = await startServer(kafka, queries, { config });
};

test('a statement becomes a command, and its outcome the answer', async () => {
  const { status, json } = await ksql('CREATE STREAM s in;');
  expect(status).toBe(200);
  expect(json).toEqual([
    {
      '@type': 'currentStatus',
      statementText: 'CREATE STREAM s in;',
      commandId: 'stream/`S`/create',
      commandStatus: { status: 'SUCCESS', message: 'Stream created', queryId: null },
      commandSequenceNumber: 0,
      warnings: [],
    },
  ]);
  const topic = `_confluent-ksql-${config['ksql.service.id']}_command_topic`;
  const records = [];
  for await (const batch of kafka.read(topic, 0, { from: 0, to: 1 })) records.push(...batch);
  expect(records[0]?.key?.toString()).toBe('"stream/`S`/create"');
  const value = JSON.parse(records[0]?.value?.toString() ?? '') as Record<string, unknown>;
  expect(value).toMatchObject({ statement: 'CREATE STREAM s in;', streamsProperties: {}, version: 18 });
  expect(value['plan']).toMatchObject({ '@type': 'millracePlanV1', do: 'ddl' });
});

test('query names count the offsets of the command topic', async () => {
  const first = await ksql('CREATE STREAM s in; CREATE TABLE t FROM s;');
  expect(first.json).toMatchObject([{}, { commandStatus: { queryId: 'CTAS_T_1' }, commandSequenceNumber: 2 }]);
  const second = await ksql('CREATE TABLE u FROM s;');
  expect(second.json).toMatchObject([{ commandStatus: { queryId: 'CTAS_U_3' }, commandSequenceNumber: 4 }]);
  const topic = await kafka.admin.describeTopic('T');
  expect(topic?.partitions).toBe(3);
});

test('a server that starts again is where it was: ended queries stay ended, the others go on', async () => {
  await ksql('CREATE STREAM s in; CREATE TABLE a FROM s; CREATE TABLE b FROM s; CREATE TABLE c FROM s;');
  await ksql('TERMINATE CTAS_A_1; PAUSE CTAS_C_5;', { streamsProperties: {} });
  expect(queries.disposed).toEqual(['CTAS_A_1']);
  await restart();
  await new Promise((resolve) => setImmediate(resolve));
  expect([...queries.running.keys()]).toEqual(['CTAS_B_3', 'CTAS_C_5']);
  expect(queries.paused).toEqual(new Set(['CTAS_C_5']));
  const { json } = await ksql('LIST QUERIES;');
  expect(json).toMatchObject([
    {
      '@type': 'queries',
      queries: [
        { id: 'CTAS_B_3', sinks: ['B'], state: 'RUNNING', statusCount: { RUNNING: 1 }, queryType: 'PERSISTENT' },
        { id: 'CTAS_C_5', state: 'PAUSED' },
      ],
    },
  ]);
});

test('a query keeps the settings of its session over a restart', async () => {
  const streamsProperties = { 'ksql.streams.processing.guarantee': 'exactly_once', 'commit.interval.ms': 200 };
  await ksql('CREATE STREAM s in; CREATE TABLE a FROM s;', { streamsProperties });
  const wanted = { processingGuarantee: 'exactly_once_v2', commitIntervalMs: 200 };
  expect(queries.running.get('CTAS_A_1')?.config).toEqual(wanted);
  await restart();
  expect(queries.running.get('CTAS_A_1')?.config).toEqual(wanted);
});

test('SET holds for the statements after it', async () => {
  const { json } = await ksql('CREATE STREAM s in; SET processing.guarantee exactly_once; CREATE TABLE a FROM s;');
  expect(json).toHaveLength(2);
  expect(queries.running.get('CTAS_A_1')?.config.processingGuarantee).toBe('exactly_once_v2');
});

test('two servers on one cluster give different names and see what the other did', async () => {
  const otherQueries = new FakeQueries();
  const other = await startServer(kafka, otherQueries, { config });
  try {
    await ksql('CREATE STREAM s in;');
    const [a, b] = await Promise.all([
      ksql('CREATE TABLE a FROM s;'),
      ask(other.router, 'POST', '/ksql', { ksql: 'CREATE TABLE b FROM s;', commandSequenceNumber: 0 }),
    ]);
    const ids = [a, b].map(({ json }) => (json as { commandStatus: { queryId: string } }[])[0]?.commandStatus.queryId);
    expect(new Set(ids).size).toBe(2);
    const sequence = Math.max(
      ...[a, b].map(({ json }) => (json as { commandSequenceNumber: number }[])[0]?.commandSequenceNumber ?? 0),
    );
    const { json } = await ksql('LIST TABLES;', { commandSequenceNumber: sequence });
    expect((json as { tables: { name: string }[] }[])[0]?.tables.map((one) => one.name).sort()).toEqual(['A', 'B']);
  } finally {
    await other.close();
  }
});

test('a wrong statement keeps the others of its request from happening', async () => {
  const { status, json } = await ksql('CREATE STREAM s in; CREATE TABLE t FROM nowhere;');
  expect(status).toBe(400);
  expect(json).toEqual({
    '@type': 'statement_error',
    error_code: 40001,
    message: 'NOWHERE does not exist.',
    statementText: 'CREATE TABLE t FROM nowhere;',
    entities: [],
  });
  expect((await ksql('LIST STREAMS;')).json).toMatchObject([{ streams: [] }]);
});

test('a topic that must be there and is not', async () => {
  const { status, json } = await ksql('CREATE STREAM s missing;');
  expect(status).toBe(400);
  expect((json as { message: string }).message).toMatch(
    /^Topic 'missing' does not exist\. If you want to create a new topic/,
  );
});

test('IF NOT EXISTS that has nothing to do is a warning', async () => {
  await ksql('CREATE STREAM s in;');
  const { json } = await ksql('CREATE STREAM s in;');
  expect(json).toMatchObject([{ '@type': 'warning_entity', message: 'Cannot add stream `S`.' }]);
});

test('a query that does not start is listed as failed, and can be ended', async () => {
  await ksql('CREATE STREAM s in;');
  queries.refuse = 'No such function.';
  const { json } = await ksql('CREATE TABLE t FROM s;');
  expect(json).toMatchObject([
    { commandStatus: { status: 'ERROR', message: 'No such function.', queryId: 'CTAS_T_1' } },
  ]);
  expect((await ksql('LIST QUERIES;')).json).toMatchObject([{ queries: [{ state: 'ERROR' }] }]);
  expect((await ksql('EXPLAIN CTAS_T_1;')).json).toMatchObject([
    { '@type': 'queryDescription', queryDescription: { queryErrors: [{ errorMessage: 'No such function.' }] } },
  ]);
  expect((await ksql('TERMINATE CTAS_T_1;')).json).toMatchObject([
    { commandId: 'terminate/CTAS_T_1/execute', commandStatus: { status: 'SUCCESS', message: 'Query terminated.' } },
  ]);
});

test('a query that cannot run is refused, and no command is written for it', async () => {
  await ksql('CREATE STREAM s in;');
  queries.unfit = 'This query cannot run: it has no words for it.';
  const { status, json } = await ksql('CREATE TABLE t FROM s;');
  expect(status).toBe(400);
  expect(json).toMatchObject({ error_code: 40001, message: queries.unfit, statementText: 'CREATE TABLE t FROM s;' });
  expect((await ksql('LIST TABLES; LIST QUERIES;')).json).toMatchObject([{ tables: [] }, { queries: [] }]);
  queries.unfit = undefined;
  expect((await ksql('CREATE TABLE t FROM s;')).json).toMatchObject([{ commandStatus: { queryId: 'CTAS_T_1' } }]);
});

test('dropping a table ends the query that fills it', async () => {
  await ksql('CREATE STREAM s in; CREATE TABLE t FROM s;');
  await ksql('DROP t;');
  expect(queries.running.size).toBe(0);
  expect((await ksql('TERMINATE CTAS_T_1;')).json).toMatchObject({
    error_code: 40001,
    message: 'Unknown queryId: CTAS_T_1',
  });
});

test.each([
  ['SELECT s;', 40002, 'The following statement types'],
  ['PRINT in;', 40002, 'The following statement types'],
  ['BOGUS;', 40001, 'line 1:1: Syntax Error'],
  ['SET nonsense 1;', 40001, 'Unknown property: nonsense'],
  [
    'SET auto.offset.reset sometimes;',
    40001,
    'Invalid value sometimes for configuration auto.offset.reset: String must be one of: latest, earliest, none',
  ],
  [
    'SET commit.interval.ms soon;',
    40001,
    'Invalid value soon for configuration commit.interval.ms: Not a number of type LONG',
  ],
  ['DESCRIBE nothing;', 40001, "Could not find STREAM/TABLE 'NOTHING' in the Metastore"],
  [
    'EXPLAIN nothing;',
    40001,
    'Query with id:nothing does not exist, use SHOW QUERIES to view the full set of queries.',
  ],
  ['ASSERT nothing;', 41700, 'Topic nothing does not exist'],
])('%s is refused with %i', async (text, code, message) => {
  const { status, json } = await ksql(text);
  expect(status).toBe(Math.trunc(code / 100));
  expect(json).toMatchObject({ error_code: code });
  expect((json as { message: string }).message.startsWith(message)).toBe(true);
});

test.each([
  ['{', 'Invalid JSON in request: '],
  ['[]', 'Invalid JSON in request: an object is expected'],
  ['{}', "Invalid JSON in request: Missing required creator property 'ksql'"],
  [
    '{"ksql":"LIST STREAMS;","streamsProperties":{"what":1}}',
    "Failed to set 'what' to '1'\nCaused by: Not recognizable as ksql, streams, consumer, or producer property: 'what'",
  ],
  [
    '{"ksql":"LIST STREAMS;","streamsProperties":{"bootstrap.servers":"x"}}',
    "Failed to set 'bootstrap.servers' to 'x'\nCaused by: Cannot override property 'bootstrap.servers'",
  ],
])('the body %s is refused', async (body, message) => {
  const { status, json } = await ask(server.router, 'POST', '/ksql', body);
  expect(status).toBe(400);
  expect(json).toMatchObject({ '@type': 'generic_error', error_code: 40000 });
  expect((json as { message: string }).message.startsWith(message)).toBe(true);
});

test('settings without effect are accepted with a warning', async () => {
  const { json } = await ksql('CREATE STREAM s in;', { streamsProperties: { 'num.stream.threads': 2 } });
  expect(json).toMatchObject([
    { warnings: [{ message: "The property 'num.stream.threads' is accepted and has no effect in Millrace." }] },
  ]);
});

test('a push query is one JSON array of lines, and ends with its asker', async () => {
  await ksql('CREATE STREAM s in;');
  const gone = new AbortController();
  const response = await open(server.router, 'POST', '/query', { ksql: 'SELECT s;' }, {}, gone.signal);
  const lines = chunksOf(response);
  const [id] = [...queries.pushes.keys()];
  expect(id).toMatch(/^transient_S_\d+$/);
  expect((await lines.next()).value).toBe(
    `[{"header":{"queryId":"${id}","schema":"\`BRAND\` STRING, \`CNT\` BIGINT, \`MEAN\` DOUBLE"}},\n`,
  );
  queries.pushes.get(id ?? '')?.onRows([['Acme', 9007199254740993n, 45]]);
  expect((await lines.next()).value).toBe('{"row":{"columns":["Acme",9007199254740993,45.0]}},\n');
  expect((await ksql('LIST QUERIES;')).json).toMatchObject([{ queries: [{ id, queryType: 'PUSH' }] }]);
  gone.abort();
  expect((await lines.next()).value).toBe('{"finalMessage":"Query Completed"}]\n');
  expect(queries.pushes.size).toBe(0);
});

test('a push query says when its limit is reached, and what made it fail', async () => {
  await ksql('CREATE STREAM s in;');
  const run = async (text: string, end: (id: string) => void): Promise<unknown> => {
    const asked = ask(server.router, 'POST', '/query', { ksql: text });
    await expect.poll(() => queries.pushes.size).toBe(1);
    const [id = ''] = [...queries.pushes.keys()];
    end(id);
    const { json } = await asked;
    queries.pushes.clear();
    return (json as unknown[]).at(-1);
  };
  const limited = await run('SELECT s LIMIT 1;', (id) => {
    queries.pushes.get(id)?.onRows([['Acme', 1, 2.5]]);
    queries.pushes.get(id)?.onEnd(undefined);
  });
  expect(limited).toEqual({ finalMessage: 'Limit Reached' });
  const failed = await run('SELECT s;', (id) =>
    queries.pushes.get(id)?.onEnd({ timeMs: 0, kind: 'query', message: 'Broken.' }),
  );
  expect(failed).toEqual({ errorMessage: { '@type': 'generic_error', error_code: 50000, message: 'Broken.' } });
});

test('a pull query marks the keys in its header', async () => {
  await ksql('CREATE STREAM s in; CREATE TABLE t FROM s;');
  queries.rows = [
    ['Acme', 3, 1e10],
    ['Globex', null, 0.001],
  ];
  const { text, json } = await ask(server.router, 'POST', '/query', { ksql: 'PULL t;' });
  expect(text).toContain('["Acme",3,1.0E10]}},\n{"row"');
  expect(json).toMatchObject([
    { header: { schema: '`BRAND` STRING KEY, `CNT` BIGINT, `MEAN` DOUBLE' } },
    { row: { columns: ['Acme', 3, 1e10] } },
    { row: { columns: ['Globex', null, 0.001] } },
  ]);
});

test('/query-stream in its three formats', async () => {
  await ksql('CREATE STREAM s in; CREATE TABLE t FROM s;');
  queries.rows = [['Acme', 3, 2.5]];
  const stream = (accept: string): ReturnType<typeof ask> =>
    ask(server.router, 'POST', '/query-stream', { sql: 'PULL t;' }, { accept });
  const delimited = await stream('*/*');
  expect(delimited.headers['content-type']).toBe('application/vnd.ksqlapi.delimited.v1');
  expect(delimited.text).toBe(
    '{"queryId":null,"columnNames":["BRAND","CNT","MEAN"],"columnTypes":["STRING","BIGINT","DOUBLE"]}\n["Acme",3,2.5]\n',
  );
  expect((await stream('application/json')).json).toEqual([
    { queryId: null, columnNames: ['BRAND', 'CNT', 'MEAN'], columnTypes: ['STRING', 'BIGINT', 'DOUBLE'] },
    ['Acme', 3, 2.5],
  ]);
  expect((await stream('application/vnd.ksql.v1+json')).json).toMatchObject([{ header: {} }, { row: {} }]);
  expect((await stream('text/html')).status).toBe(406);
});

test('/close-query ends a push query', async () => {
  await ksql('CREATE STREAM s in;');
  const asked = ask(server.router, 'POST', '/query-stream', { sql: 'SELECT s;' });
  await expect.poll(() => queries.pushes.size).toBe(1);
  const queryId = [...queries.pushes.keys()][0];
  expect((await ask(server.router, 'POST', '/close-query', { queryId })).status).toBe(200);
  expect((await asked).text.split('\n')[0]).toContain(queryId);
  const again = await ask(server.router, 'POST', '/close-query', { queryId });
  expect(again).toMatchObject({ status: 400, json: { error_code: 40000, message: `No query with id ${queryId}` } });
});

test('INSERT VALUES and /inserts-stream write records that PRINT shows', async () => {
  await kafka.admin.createTopic({ topic: 'printed', partitions: 1 });
  await ksql('CREATE STREAM p printed; INSERT p Acme 7;');
  const inserted = await ask(
    server.router,
    'POST',
    '/inserts-stream',
    '{"target":"p"}\n{"brand":"Globex","CNT":9007199254740993}\n{"nope":1}\n{',
  );
  expect(
    inserted.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([
    { status: 'ok', seq: 0 },
    { status: 'error', seq: 1, error_code: 40000, message: 'Column name `NOPE` does not exist.' },
    { status: 'error', seq: 2, error_code: 40000, message: 'Invalid JSON in inserts stream' },
  ]);
  const { text } = await ask(server.router, 'POST', '/query', { ksql: 'PRINT printed 2;' });
  const lines = text
    .trim()
    .split('\n')
    .filter((line) => line !== '');
  expect(lines[0]).toBe('Key format: KAFKA_STRING');
  expect(lines[1]).toBe('Value format: JSON or KAFKA_STRING');
  expect(lines).toContain('rowtime: 1970/01/01 00:00:01.234 Z, key: Acme, value: {"CNT":7}, partition: 0');
  expect(lines.at(-1)).toMatch(/key: Globex, value: \{"CNT":9007199254740993\}, partition: 0$/);
});

test('what the server says about itself', async () => {
  const get = async (path: string): Promise<unknown> => (await ask(server.router, 'GET', path)).json;
  expect(await get('/info')).toEqual({
    KsqlServerInfo: {
      version: '1.2.3',
      kafkaClusterId: await kafka.clusterId(),
      ksqlServiceId: config['ksql.service.id'],
      serverStatus: 'RUNNING',
    },
  });
  expect(await get('/healthcheck')).toMatchObject({ isHealthy: true, details: { kafka: { isHealthy: true } } });
  expect(await get('/is_valid_property/auto.offset.reset')).toBe(true);
  expect(await get('/is_valid_property/nope')).toMatchObject({ error_code: 40000 });
  expect(await get('/chc/ready')).toEqual({});
  expect((await ask(server.router, 'GET', '/')).headers['location']).toBe('/info');
  await ksql('CREATE STREAM s in;');
  expect(await get('/status')).toEqual({ commandStatuses: { 'stream/`S`/create': 'SUCCESS' } });
  expect(await get('/status/stream/S/create')).toMatchObject({ status: 'SUCCESS', message: 'Stream created' });
  expect(await get('/status/stream/T/create')).toEqual({
    '@type': 'generic_error',
    error_code: 40400,
    message: 'Command not found',
  });
  expect((await ask(server.router, 'GET', '/nowhere')).status).toBe(404);
  expect((await ask(server.router, 'GET', '/ksql')).status).toBe(405);
});

test('a command that this version does not understand is skipped, and /info says so', async () => {
  const topic = `_confluent-ksql-${config['ksql.service.id']}_command_topic`;
  const producer = await kafka.producer();
  const value = JSON.stringify({ statement: 'CREATE STREAM x in;', plan: { '@type': 'ksqlPlanV1' }, version: 18 });
  await producer.send({ topic, partition: 0, key: Buffer.from('"stream/`X`/create"'), value: Buffer.from(value) });
  await producer.close();
  expect((await ksql('CREATE STREAM s in;')).json).toMatchObject([{ commandStatus: { status: 'SUCCESS' } }]);
  expect((await ask(server.router, 'GET', '/info')).json).toMatchObject({
    KsqlServerInfo: { serverStatus: 'DEGRADED' },
  });
});

test('/ksql/terminate ends and drops everything, and deletes topics that match', async () => {
  await ksql('CREATE STREAM s in; CREATE TABLE gone FROM s;');
  expect((await ask(server.router, 'POST', '/ksql/terminate', { deleteTopicList: ['('] })).json).toMatchObject({
    message: 'Invalid pattern: (',
  });
});
