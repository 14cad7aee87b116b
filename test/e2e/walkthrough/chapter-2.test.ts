/** Chapter 2: SQL over the generated data, by curl to the ksqlDB server. One test per row, by its number; the rows build on each other. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { confluentKafka, describePeer } from '../../peers.ts';
import { startWalkthrough } from './typed.ts';
import { avroConnector } from '../../walk-through-files.ts';
import type { Walkthrough } from './typed.ts';

const readTopic = readFileSync(new URL('../read-topic.py', import.meta.url), 'utf8');
const interval = 20;
const stream =
  "CREATE OR REPLACE STREAM metrics_brand_stream WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );";
const table = `CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;`;
const windowed = `CREATE OR REPLACE TABLE metrics_per_brand_windowed AS
SELECT BRAND, count(*) FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY BRAND HAVING count(*) > 3;`;

type Row = readonly unknown[];
type Entity = Record<string, unknown>;

describePeer('confluent-kafka', 'walk-through, chapter 2', () => {
  let stack: Walkthrough;
  beforeAll(async () => {
    stack = await startWalkthrough();
    stack.file('avro.json', avroConnector(interval));
    const made = await stack.type(
      'curl -s -X POST -H "Content-Type: application/json" -d @avro.json http://localhost:8083/connectors',
    );
    expect(JSON.parse(made.stdout)).toMatchObject({ name: 'datagen-commercials-avro' });
  });
  afterAll(() => stack.close());

  const submit = async (ksql: string, streamsProperties: object = {}): Promise<Entity[]> => {
    stack.file('statement.json', JSON.stringify({ ksql, streamsProperties }));
    const type = 'application/vnd.ksql.v1+json';
    const { stdout } = await stack.type(
      `curl -s -X POST -H "Content-Type: ${type}" -d @statement.json http://localhost:8088/ksql`,
    );
    return JSON.parse(stdout) as Entity[];
  };
  /** The head and the rows of a query, until it ends or shows `count` rows. */
  const ask = async (sql: string, count: number, properties: object = {}): Promise<{ head: Entity; rows: Row[] }> => {
    stack.file('query.json', JSON.stringify({ sql, properties }));
    const { stdout } = await stack.typeUntil(
      'exec curl -s -N -d @query.json http://localhost:8088/query-stream',
      (text) => text.split('\n').length > count + 1,
    );
    const [head, ...rows] = stdout
      .split('\n')
      .slice(0, count + 1)
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
    return { head: head as Entity, rows: rows as Row[] };
  };
  const records = async (topic: string): Promise<{ key: Buffer; value: Buffer }[]> => {
    const { stdout, stderr } = await confluentKafka(readTopic, stack.here('localhost:9092'), topic);
    expect(stderr).toBe('');
    return stdout
      .trim()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [, , key = '', value = ''] = line.split(' ');
        return { key: Buffer.from(key, 'hex'), value: Buffer.from(value, 'hex') };
      });
  };
  const statusOf = (entity: Entity | undefined): { status: string; message: string; queryId: string } =>
    entity?.['commandStatus'] as { status: string; message: string; queryId: string };

  it('1.6 the data of chapter 1 flows', async () => {
    const registered = async (): Promise<string> => (await stack.type('curl -s http://localhost:8081/subjects')).stdout;
    await expect.poll(registered, { timeout: 10_000 }).toBe('["commercials_avro-value"]');
  });

  it('2.1 a stream, twice; its columns from the registry', async () => {
    for (let i = 0; i < 2; i++)
      expect(statusOf((await submit(stream))[0])).toMatchObject({ status: 'SUCCESS', message: 'Stream created' });
    const [described] = await submit('DESCRIBE metrics_brand_stream;');
    expect(described).toMatchObject({
      sourceDescription: {
        keyFormat: 'KAFKA',
        fields: [
          { name: 'BRAND', schema: { type: 'STRING' } },
          { name: 'DURATION', schema: { type: 'INTEGER' } },
          { name: 'RATING', schema: { type: 'INTEGER' } },
        ],
      },
    });
    const { fields } = (described as Entity)['sourceDescription'] as { fields: { type?: string }[] };
    expect(fields.filter(({ type }) => type === 'KEY')).toEqual([]);
  });

  it('2.2 latest shows no history, earliest does', async () => {
    const sql = 'SELECT brand, ROWOFFSET AS position FROM metrics_brand_stream EMIT CHANGES;';
    const first = async (properties: object): Promise<unknown> => (await ask(sql, 1, properties)).rows[0]?.[1];
    expect(await first({ 'auto.offset.reset': 'earliest' })).toBe(0);
    expect(await first({ 'auto.offset.reset': 'latest' })).toBeGreaterThan(0);
    expect(await first({})).toBeGreaterThan(0);
  });

  it('2.3, 2.4 a push query: one row per record', async () => {
    const sql = 'SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;';
    const { head, rows } = await ask(sql, 60, { 'auto.offset.reset': 'earliest' });
    expect(head).toMatchObject({ columnNames: ['BRAND', 'CNT'], columnTypes: ['STRING', 'BIGINT'] });
    expect(rows).toHaveLength(60);
    const counts = new Map<unknown, number>();
    for (const [brand, cnt] of rows) {
      expect(cnt).toBe((counts.get(brand) ?? 0) + 1);
      counts.set(brand, Number(cnt));
    }
  });

  it('2.5 a table with its topic and its subject; means are not cut off', async () => {
    const { status, message, queryId } = statusOf((await submit(table, { 'auto.offset.reset': 'earliest' }))[0]);
    expect({ status, message }).toEqual({ status: 'SUCCESS', message: `Created query with ID ${queryId}` });
    expect(queryId).toMatch(/^CTAS_METRICS_PER_BRAND_\d+$/);
    const pull = async (): Promise<Row> =>
      (await ask("SELECT * FROM metrics_per_brand WHERE brand='Acme';", 1)).rows[0] ?? [];
    await expect.poll(async () => Number((await pull())[1] ?? 0), { timeout: 15_000 }).toBeGreaterThan(20);
    const [, , durationMean, ratingMean] = await pull();
    for (const [mean, low, high] of [
      [durationMean, 30, 60],
      [ratingMean, 1, 4],
    ] as const) {
      expect(mean).toBeGreaterThan(low);
      expect(mean).toBeLessThan(high);
    }
    const nullable = (type: string): unknown => ['null', type];
    const { stdout } = await stack.type('curl -s http://localhost:8081/subjects/METRICS_PER_BRAND-value/versions/1');
    const { schema } = JSON.parse(stdout) as { schema: string };
    expect((JSON.parse(schema) as { fields: unknown[] }).fields).toMatchObject([
      { name: 'CNT', type: nullable('long') },
      { name: 'DURATION_MEAN', type: nullable('double') },
      { name: 'RATING_MEAN', type: nullable('double') },
    ]);
  });

  it('2.6 the brand is the record key, not part of the value; AS_VALUE adds it', async () => {
    const [first] = await records('METRICS_PER_BRAND');
    expect(['Acme', 'Globex']).toContain(first?.key.toString('utf8'));
    // Frame, CNT (branch and varint), two means (branch and eight bytes each).
    expect(first?.value).toHaveLength(5 + 2 + 9 + 9);
    const copy =
      'CREATE TABLE with_brand AS SELECT brand AS k, AS_VALUE(brand) AS brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;';
    expect(statusOf((await submit(copy, { 'auto.offset.reset': 'earliest' }))[0])).toMatchObject({ status: 'SUCCESS' });
    await expect
      .poll(async () => (await records('WITH_BRAND'))[0]?.value.toString('latin1'), { timeout: 10_000 })
      .toMatch(/Acme|Globex/);
  });

  it.each([
    ['tumbling', 'TUMBLING (SIZE 5 SECONDS)'],
    ['hopping', 'HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS)'],
    ['session', 'SESSION (5 SECONDS)'],
  ])('2.7 %s windows', async (_name, window) => {
    const sql = `SELECT brand, WINDOWSTART, WINDOWEND, COUNT(*) FROM metrics_brand_stream WINDOW ${window} GROUP BY brand EMIT CHANGES;`;
    const { head, rows } = await ask(sql, 5, { 'auto.offset.reset': 'earliest' });
    expect(head).toMatchObject({ columnTypes: ['STRING', 'BIGINT', 'BIGINT', 'BIGINT'] });
    expect(rows.length).toBeGreaterThanOrEqual(5);
  });

  it('2.8 windows of five seconds with more than three records', async () => {
    expect(statusOf((await submit(windowed, { 'auto.offset.reset': 'earliest' }))[0])).toMatchObject({
      status: 'SUCCESS',
    });
    const pull = "SELECT * FROM metrics_per_brand_windowed WHERE BRAND='Acme';";
    await expect.poll(async () => (await ask(pull, 1)).rows.length, { timeout: 15_000 }).toBeGreaterThan(0);
    const { head, rows } = await ask(pull, 100);
    expect(head).toMatchObject({ columnNames: ['BRAND', 'WINDOWSTART', 'WINDOWEND', 'KSQL_COL_0'] });
    for (const [brand, start, end, count] of rows) {
      expect(brand).toBe('Acme');
      expect(Number(start) % 5000).toBe(0);
      expect(Number(end) - Number(start)).toBe(5000);
      expect(count).toBeGreaterThanOrEqual(4);
    }
    const [record] = await records('METRICS_PER_BRAND_WINDOWED');
    const brand = record?.key.subarray(0, -8).toString('utf8');
    expect(['Acme', 'Globex']).toContain(brand);
    expect(Number(record?.key.readBigInt64BE(record.key.length - 8) ?? 1n) % 5000).toBe(0);
  });

  it.each(['exactly_once', 'exactly_once_v2'])(
    '2.9 %s: queries started afterwards write in transactions',
    async (word) => {
      const name = `counted_${word}`;
      const entities = await submit(
        `SET 'processing.guarantee' = '${word}'; SET 'auto.offset.reset'='earliest'; CREATE TABLE ${name} AS SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;`,
      );
      expect(statusOf(entities.at(-1))).toMatchObject({ status: 'SUCCESS' });
      await expect
        .poll(async () => (await records(name.toUpperCase())).length, { timeout: 15_000 })
        .toBeGreaterThan(10);
      // A commit marker takes an offset of its own: the log is longer than what can be read of it.
      const log = `kcat -Q -b localhost:9092 -t ${name.toUpperCase()}:0:-1`;
      const end = Number(/offset (\d+)/.exec((await stack.type(log)).stdout)?.[1]);
      const { stdout } = await confluentKafka(readTopic, stack.here('localhost:9092'), name.toUpperCase());
      const offsets = stdout
        .trim()
        .split('\n')
        .map((line) => Number(line.split(' ')[0]));
      expect(end).toBeGreaterThan(offsets.length);
    },
  );
});
