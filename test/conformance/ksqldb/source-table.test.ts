/** CREATE SOURCE TABLE: a table over a topic of others that can be read at once, and that writes nothing. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

let ksql: TestKsql;
beforeAll(async () => {
  ksql = await startKsql({ config: { 'ksql.streams.commit.interval.ms': '50' } });
  await ksql.kafka.admin.createTopic({ topic: 'people', partitions: 2 });
  await write('ada', '{"YEAR": 1815}');
  await write('grace', '{"YEAR": 1906}');
  await write('ada', '{"YEAR": 1816}');
});
afterAll(() => ksql.close());

async function write(key: string, value: string | null): Promise<void> {
  const producer = await ksql.kafka.producer();
  await producer.send({ topic: 'people', key: Buffer.from(key), value: value === null ? null : Buffer.from(value) });
  await producer.close();
}

async function post(path: string, ksqlText: string): Promise<unknown> {
  const body = JSON.stringify({ ksql: ksqlText });
  const response = await fetch(`${ksql.url}${path}`, { method: 'POST', body, headers: { connection: 'close' } });
  return await response.json();
}

async function rows(select: string): Promise<unknown> {
  const answer = await post('/query', select);
  if (!Array.isArray(answer)) return answer;
  return (answer as { row?: { columns: unknown[] } }[]).flatMap(({ row }) => (row === undefined ? [] : [row.columns]));
}

it('is read from the beginning, whatever the session says of offsets', async () => {
  const create =
    "CREATE SOURCE TABLE p (name STRING PRIMARY KEY, year INT) WITH (kafka_topic='people', value_format='JSON');";
  expect(await post('/ksql', create)).toMatchObject([
    { commandId: 'table/`P`/create', commandStatus: { status: 'SUCCESS', message: 'Created query with ID CST_P_0' } },
  ]);
  await expect.poll(() => rows("SELECT * FROM p WHERE name = 'ada';"), { timeout: 20_000 }).toEqual([['ada', 1816]]);
  expect(await rows('SELECT name FROM p LIMIT 1;')).toHaveLength(1);
});

it('has a query without a sink, which ends with it', async () => {
  expect(await post('/ksql', 'SHOW QUERIES;')).toMatchObject([
    { queries: [{ id: 'CST_P_0', sinks: [], sinkKafkaTopics: [], state: 'RUNNING', queryType: 'PERSISTENT' }] },
  ]);
  const { latest } = await ksql.kafka.admin.offsets('people', 0);
  const { latest: other } = await ksql.kafka.admin.offsets('people', 1);
  expect(latest + other).toBe(3);
});

it('knows after a restart what it knew, and what came since; rows that were withdrawn are gone', async () => {
  await ksql.restart();
  await write('ada', null);
  await write('edsger', '{"YEAR": 1930}');
  const all = async (): Promise<unknown> =>
    ((await rows('SELECT * FROM p;')) as unknown[]).toString().split(',').sort();
  await expect.poll(all, { timeout: 20_000 }).toEqual(['1906', '1930', 'edsger', 'grace']);
});

it('takes no rows, and goes without a trace in the topic', async () => {
  expect(await post('/ksql', "INSERT INTO p VALUES ('alan', 1912);")).toMatchObject({ error_code: 40001 });
  expect(await post('/ksql', 'DROP TABLE p DELETE TOPIC;')).toMatchObject({
    message: expect.stringContaining('Cannot delete topic for read-only source: P'),
  });
  expect(await post('/ksql', 'DROP TABLE p; SHOW QUERIES;')).toMatchObject([
    { commandStatus: { status: 'SUCCESS' } },
    { queries: [] },
  ]);
  expect(await ksql.kafka.admin.describeTopic('people')).toBeDefined();
});
