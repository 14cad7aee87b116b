/** What goes wrong in queries is a stream of the server itself. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

const config = {
  'ksql.streams.auto.offset.reset': 'earliest',
  'ksql.streams.commit.interval.ms': '50',
  'ksql.logging.processing.topic.auto.create': 'true',
  'ksql.logging.processing.stream.auto.create': 'true',
  'ksql.logging.processing.rows.include': 'true',
};

let ksql: TestKsql;

beforeAll(async () => {
  ksql = await startKsql({ config });
});
afterAll(() => ksql.close());

async function post(path: string, body: unknown): Promise<unknown> {
  const headers = { connection: 'close' };
  const response = await fetch(`${ksql.url}${path}`, { method: 'POST', body: JSON.stringify(body), headers });
  return await response.json();
}

const select = (sql: string): Promise<unknown> => post('/query', { ksql: sql });

it('the stream is there, once, also after a restart', async () => {
  const streams = {
    streams: [{ name: 'KSQL_PROCESSING_LOG', topic: 'default_ksql_processing_log', valueFormat: 'JSON' }],
  };
  expect(await post('/ksql', { ksql: 'SHOW STREAMS;' })).toMatchObject([streams]);
  await ksql.restart();
  expect(await post('/ksql', { ksql: 'SHOW STREAMS;' })).toMatchObject([streams]);
});

it('a record that does not decode, and one that cannot be worked on', async () => {
  await post('/ksql', {
    ksql: `CREATE STREAM s (a INT, b STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);
           CREATE STREAM t AS SELECT a, PARSE_DATE(b, 'yyyy-MM-dd') AS c FROM s;`,
  });
  const producer = await ksql.kafka.producer();
  await producer.send({ topic: 's', key: null, value: Buffer.from('no json') });
  await producer.send({ topic: 's', key: null, value: Buffer.from('{"a": 1, "b": "x"}') });
  const rows = (await select(
    `SELECT LOGGER, LEVEL, MESSAGE->\`TYPE\`, MESSAGE->DESERIALIZATIONERROR->\`TOPIC\`, MESSAGE->DESERIALIZATIONERROR->RECORDB64,
       MESSAGE->DESERIALIZATIONERROR->ERRORMESSAGE, MESSAGE->RECORDPROCESSINGERROR->RECORD
     FROM KSQL_PROCESSING_LOG EMIT CHANGES LIMIT 2;`,
  )) as { row?: { columns: unknown[] } }[];
  const [decoding, processing] = rows.flatMap(({ row }) => (row === undefined ? [] : [row.columns]));
  expect(decoding?.slice(0, 5)).toEqual([
    expect.stringMatching(/^processing\.CSAS_T_\d+\.KsqlTopic\.Source\.deserializer$/),
    'ERROR',
    0,
    's',
    Buffer.from('no json').toString('base64'),
  ]);
  expect(decoding?.[5]).toMatch(/^Failed to deserialize value from topic: s\. /);
  expect(processing?.slice(1)).toEqual(['ERROR', 1, null, null, null, '{"a": 1, "b": "x"}']);
});

it('an operator that has no value, and a cast', async () => {
  await post('/ksql', {
    ksql: `CREATE STREAM n (a INT, b INT, c STRING) WITH (kafka_topic='n', value_format='JSON', partitions=1);
           CREATE STREAM m AS SELECT a, a / b AS q, CAST(c AS INT) AS i FROM n WHERE a + 1 > 0;`,
  });
  const producer = await ksql.kafka.producer();
  await producer.send({ topic: 'n', key: null, value: Buffer.from('{"b": 1}') });
  await producer.send({ topic: 'n', key: null, value: Buffer.from('{"a": 1, "b": 0, "c": "x"}') });
  const rows = (await select(
    `SELECT LOGGER, MESSAGE->RECORDPROCESSINGERROR->ERRORMESSAGE, MESSAGE->RECORDPROCESSINGERROR->CAUSE
     FROM KSQL_PROCESSING_LOG WHERE LOGGER LIKE '%CSAS_M_%' EMIT CHANGES LIMIT 3;`,
  )) as { row?: { columns: unknown[] } }[];
  const logger = (step: string): unknown => expect.stringMatching(new RegExp(`^processing\\.CSAS_M_\\d+\\.${step}$`));
  expect(rows.flatMap(({ row }) => (row === undefined ? [] : [row.columns]))).toEqual([
    [
      logger('WhereFilter'),
      'Error evaluating predicate ((A + 1) > 0)',
      ['java.lang.NullPointerException: an operand is null'],
    ],
    [logger('Project'), 'Error computing expression (A / B) for column Q with index 1', ['/ by zero']],
    [logger('Project'), 'Error processing INTEGER', ['For input string: "x"']],
  ]);
});

it('a row without a group has no cause', async () => {
  await post('/ksql', {
    ksql: `CREATE STREAM g (a INT, b INT) WITH (kafka_topic='g', value_format='JSON', partitions=1);
           CREATE TABLE h AS SELECT a, COUNT(*) AS cnt FROM g GROUP BY a;`,
  });
  const producer = await ksql.kafka.producer();
  await producer.send({ topic: 'g', key: null, value: Buffer.from('{"b": 1}') });
  const rows = (await select(
    `SELECT LOGGER, MESSAGE->RECORDPROCESSINGERROR->ERRORMESSAGE, MESSAGE->RECORDPROCESSINGERROR->CAUSE
     FROM KSQL_PROCESSING_LOG WHERE LOGGER LIKE '%CTAS_H_%' EMIT CHANGES LIMIT 1;`,
  )) as { row?: { columns: unknown[] } }[];
  expect(rows.flatMap(({ row }) => (row === undefined ? [] : [row.columns]))).toEqual([
    [
      expect.stringMatching(/^processing\.CTAS_H_\d+\.Aggregate\.GroupBy$/),
      'Group-by column with index 0 resolved to null. The source row will be excluded from the table.',
      [],
    ],
  ]);
});

it('a query over the log that fails on its records does not feed itself', async () => {
  await post('/ksql', {
    ksql: `CREATE STREAM loop AS SELECT PARSE_DATE(LOGGER, 'yyyy-MM-dd') AS d FROM KSQL_PROCESSING_LOG;`,
  });
  const end = async (topic: string): Promise<number> => (await ksql.kafka.admin.offsets(topic, 0)).latest;
  const before = await end('default_ksql_processing_log');
  await expect.poll(() => end('LOOP'), { timeout: 20_000 }).toBe(before);
  // Its own failures would have come within a few commits.
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(await end('LOOP')).toBe(before);
  expect(await end('default_ksql_processing_log')).toBe(before);
});
