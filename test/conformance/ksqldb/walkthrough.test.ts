/** Chapter 2 of the walk-through, up to the table: statements by PyPI's client for ksqlDB, records in and out by confluent-kafka. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { confluentKafka, curl, describePeer, ksqlClient } from '../../peers.ts';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

const produce = `
import sys
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import SerializationContext, MessageField
bootstrap, registry, rows = sys.argv[1], sys.argv[2], sys.argv[3]
schema = '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}]}'
serialize = AvroSerializer(SchemaRegistryClient({'url': registry}), schema)
producer = Producer({'bootstrap.servers': bootstrap})
for row in rows.split(' '):
    brand, duration, rating = row.split(',')
    value = serialize({'brand': brand, 'duration': int(duration), 'rating': int(rating)}, SerializationContext('commercials_avro', MessageField.VALUE))
    producer.produce('commercials_avro', key=brand, value=value)
producer.flush()
`;

const consume = `
import sys, json
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
bootstrap, registry, topic, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
deserialize = AvroDeserializer(SchemaRegistryClient({'url': registry}))
consumer = Consumer({'bootstrap.servers': bootstrap, 'group.id': 'g', 'auto.offset.reset': 'earliest', 'isolation.level': 'read_committed', 'enable.auto.commit': False})
consumer.subscribe([topic])
out = []
for _ in range(300):
    message = consumer.poll(0.1)
    if message is None or message.error(): continue
    out.append([message.key().decode(), deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))])
    if len(out) == count: break
consumer.close()
print(json.dumps(out))
`;

const statement = `
import sys, json
from ksql import KSQLAPI
client = KSQLAPI(sys.argv[1])
print(json.dumps(client.ksql(sys.argv[2], stream_properties=json.loads(sys.argv[3]))))
`;

const query = `
import sys, json
from ksql import KSQLAPI
client = KSQLAPI(sys.argv[1])
try:
    for chunk in client.query(sys.argv[2], stream_properties=json.loads(sys.argv[3])):
        sys.stdout.write(chunk)
except RuntimeError:
    pass
`;

const earliest = { 'auto.offset.reset': 'earliest' };

describePeer('ksql', 'the walk-through', () => {
  let ksql: TestKsql;
  const write = (rows: string): Promise<unknown> =>
    confluentKafka(produce, ksql.bootstrapServers, ksql.registryUrl, rows);
  const run = async (text: string, properties: object = {}): Promise<Record<string, unknown>[]> => {
    const { stdout, stderr } = await ksqlClient(statement, ksql.url, text, JSON.stringify(properties));
    return JSON.parse(stdout || JSON.stringify([{ stderr }])) as Record<string, unknown>[];
  };
  const ask = async (text: string, properties: object = {}): Promise<unknown[]> => {
    const { stdout, stderr } = await ksqlClient(query, ksql.url, text, JSON.stringify(properties));
    return JSON.parse(stdout || JSON.stringify([stderr])) as unknown[];
  };

  beforeAll(async () => {
    ksql = await startKsql();
    await ksql.kafka.admin.createTopic({ topic: 'commercials_avro', partitions: 1 });
    await write('Acme,30,1 Globex,45,2 Acme,60,4');
  });
  afterAll(() => ksql.close());

  it('2.1: a stream whose columns come from the registry', async () => {
    const text =
      "CREATE OR REPLACE STREAM metrics_brand_stream WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );";
    for (let i = 0; i < 2; i++)
      expect(await run(text)).toMatchObject([
        { '@type': 'currentStatus', commandStatus: { status: 'SUCCESS', message: 'Stream created' } },
      ]);
    expect(await run('DESCRIBE metrics_brand_stream')).toMatchObject([
      {
        sourceDescription: {
          keyFormat: 'KAFKA',
          valueFormat: 'AVRO',
          fields: [
            { name: 'BRAND', schema: { type: 'STRING' } },
            { name: 'DURATION', schema: { type: 'INTEGER' } },
            { name: 'RATING', schema: { type: 'INTEGER' } },
          ],
        },
      },
    ]);
  });

  it('2.4: a push query gives a row per change', async () => {
    const text = 'SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES LIMIT 3;';
    expect(await ask(text, earliest)).toMatchObject([
      { header: { schema: '`BRAND` STRING, `CNT` BIGINT' } },
      { row: { columns: ['Acme', 1] } },
      { row: { columns: ['Globex', 1] } },
      { row: { columns: ['Acme', 2] } },
      { finalMessage: 'Limit Reached' },
    ]);
  });

  it('2.5, 2.9: a table, exactly once, its key in the record key alone', async () => {
    const text =
      'CREATE OR REPLACE TABLE metrics_per_brand AS SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;';
    const [made] = await run(text, { ...earliest, 'processing.guarantee': 'exactly_once' });
    const status = made?.['commandStatus'] as { message: string; queryId: string };
    expect(status.queryId).toMatch(/^CTAS_METRICS_PER_BRAND_\d+$/);
    expect(status.message).toBe(`Created query with ID ${status.queryId}`);
    const { stdout } = await confluentKafka(consume, ksql.bootstrapServers, ksql.registryUrl, 'METRICS_PER_BRAND', '3');
    expect(JSON.parse(stdout)).toEqual([
      ['Acme', { CNT: 1, DURATION_MEAN: 30, RATING_MEAN: 1 }],
      ['Globex', { CNT: 1, DURATION_MEAN: 45, RATING_MEAN: 2 }],
      ['Acme', { CNT: 2, DURATION_MEAN: 45, RATING_MEAN: 2.5 }],
    ]);
  });

  it('2.3: a pull query gives what is there now, also after a restart', async () => {
    const row = async (): Promise<unknown> => (await ask("SELECT * FROM metrics_per_brand WHERE brand='Acme';"))[1];
    await expect.poll(row, { timeout: 10_000 }).toEqual({ row: { columns: ['Acme', 2, 45, 2.5] } });
    await ksql.restart();
    await write('Acme,45,1');
    await expect.poll(row, { timeout: 10_000 }).toEqual({ row: { columns: ['Acme', 3, 45, 2] } });
  });

  it('the same over HTTP/2', async () => {
    const body = JSON.stringify({ sql: 'SELECT brand, cnt FROM metrics_per_brand;' });
    const { stdout } = await curl(['--http2-prior-knowledge', '-d', body, `${ksql.url}/query-stream`]);
    const [head, ...rows] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    expect(head).toEqual({ queryId: null, columnNames: ['BRAND', 'CNT'], columnTypes: ['STRING', 'BIGINT'] });
    expect(rows).toHaveLength(2);
    expect(rows).toContainEqual(['Acme', 3]);
  });
});
