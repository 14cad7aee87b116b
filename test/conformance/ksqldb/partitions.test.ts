/** Partitions that are all there already are read in the order of their rows' times: none is so far ahead that others are late. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

const partitions = 3;
const perPartition = 20_000;
const stepMs = 1000;
/** So long ago that retention keeps everything. */
const startMs = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 12 * 3_600_000;

let ksql: TestKsql;
beforeAll(async () => {
  ksql = await startKsql({ config: { 'ksql.streams.commit.interval.ms': '50' } });
  await ksql.kafka.admin.createTopic({ topic: 'events', partitions });
  const producer = await ksql.kafka.producer();
  // One partition after the other, each over the same hours.
  for (let partition = 0; partition < partitions; partition++)
    await Promise.all(
      Array.from({ length: perPartition }, (_, i) =>
        producer.send({
          topic: 'events',
          partition,
          key: null,
          value: Buffer.from(`{"KIND":"k${i % 2}"}`),
          timestamp: startMs + i * stepMs,
        }),
      ),
    );
  await producer.close();
});
afterAll(() => ksql.close());

it.each([
  ['in the generated loop', 'TUMBLING (SIZE 1 MINUTE, GRACE PERIOD 10 MINUTES)'],
  ['row by row', 'SESSION (500 MILLISECONDS, GRACE PERIOD 10 MINUTES)'],
])('every row is counted %s', async (name, window) => {
  const table = name.replaceAll(' ', '_');
  const text = `CREATE STREAM events_${table} (kind STRING) WITH (kafka_topic='events', value_format='JSON');
    CREATE TABLE ${table} AS SELECT kind, COUNT(*) AS cnt FROM events_${table} WINDOW ${window} GROUP BY kind;`;
  const response = await fetch(`${ksql.url}/ksql`, {
    method: 'POST',
    body: JSON.stringify({ ksql: text, streamsProperties: { 'auto.offset.reset': 'earliest' } }),
  });
  expect(response.status, await response.text()).toBe(200);
  await expect
    .poll(() => counted(table.toUpperCase()), { timeout: 40_000, interval: 200 })
    .toBe(partitions * perPartition);
});

it('a stream meets its table as it was at the time of each row', async () => {
  const count = 3000;
  const producer = await ksql.kafka.producer();
  for (const [topic, delayMs] of [
    ['prices', 0],
    ['orders', 500],
  ] as const) {
    await ksql.kafka.admin.createTopic({ topic, partitions: 1 });
    await Promise.all(
      Array.from({ length: count }, (_, i) =>
        producer.send({
          topic,
          partition: 0,
          key: Buffer.from('a'),
          value: Buffer.from(`{"N":${i}}`),
          timestamp: startMs + i * stepMs + delayMs,
        }),
      ),
    );
  }
  await producer.close();
  const text = `CREATE TABLE prices (id STRING PRIMARY KEY, n INT) WITH (kafka_topic='prices', value_format='JSON');
    CREATE STREAM orders (id STRING KEY, n INT) WITH (kafka_topic='orders', value_format='JSON');
    CREATE STREAM priced AS SELECT o.id, o.n AS n, p.n AS price FROM orders o JOIN prices p ON o.id = p.id;`;
  const response = await fetch(`${ksql.url}/ksql`, {
    method: 'POST',
    body: JSON.stringify({ ksql: text, streamsProperties: { 'auto.offset.reset': 'earliest' } }),
  });
  expect(response.status, await response.text()).toBe(200);
  await expect.poll(async () => (await ksql.kafka.admin.offsets('PRICED', 0)).latest, { timeout: 20_000 }).toBe(count);
  const wrong = [];
  for await (const records of ksql.kafka.read('PRICED', 0, { from: 'earliest', to: count }))
    for (const { value } of records) {
      const { N, PRICE } = JSON.parse(String(value)) as { N: number; PRICE: number };
      if (N !== PRICE) wrong.push({ N, PRICE });
    }
  expect(wrong).toEqual([]);
});

/** The counts of all windows together, as the table's topic has them in the end. */
async function counted(topic: string): Promise<number> {
  const counts = new Map<string, number>();
  const description = await ksql.kafka.admin.describeTopic(topic);
  for (let partition = 0; partition < (description?.partitions ?? 0); partition++) {
    const { latest } = await ksql.kafka.admin.offsets(topic, partition);
    if (latest === 0) continue;
    for await (const records of ksql.kafka.read(topic, partition, { from: 'earliest', to: latest }))
      for (const { key, value } of records) {
        const { CNT = 0 } = value === null ? {} : (JSON.parse(String(value)) as { CNT?: number });
        counts.set(String(key?.toString('hex')), CNT);
      }
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
