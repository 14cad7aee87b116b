/** Records of the Protobuf and the JSON Schema converter, read by confluent-kafka's deserializers through our registry, and by ksqlDB. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { eventually } from '../../eventually.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { walkThroughSchema } from '../../walk-through-files.ts';

/** Builds the message class as a compiler would from the registered text. */
const protobuf = `
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
file = descriptor_pb2.FileDescriptorProto(name='c.proto', syntax='proto3')
message = file.message_type.add(name='commercialrating')
for i, (name, kind) in enumerate([('brand', 9), ('duration', 5), ('rating', 5)]):
    message.field.add(name=name, number=i + 1, type=kind, label=1)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
cls = message_factory.GetMessageClass(pool.FindMessageTypeByName('commercialrating'))
protobuf = ProtobufDeserializer(cls, {'use.deprecated.format': False})
def deserialize(bytes, context):
    value = protobuf(bytes, context)
    return [value.brand, value.duration, value.rating]
`;

/** Validates each record against the registered schema, which is the deserializer's own default. */
const jsonSchema = `
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.json_schema import JSONDeserializer
json_schema = JSONDeserializer(None, schema_registry_client=SchemaRegistryClient({'url': sys.argv[4]}))
def deserialize(bytes, context):
    value = json_schema(bytes, context)
    return [value['brand'], value['duration'], value['rating']]
`;

const read = (deserializer: string): string => `
import sys, json
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.serialization import SerializationContext, MessageField
${deserializer}
servers, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({'bootstrap.servers': servers, 'group.id': 'p'})
consumer.assign([TopicPartition(topic, 0, 0)])
for _ in range(count):
    record = consumer.poll(20)
    print(json.dumps([record.key().decode(), *deserialize(record.value(), SerializationContext(topic, MessageField.VALUE))]))
consumer.close()
`;

interface Format {
  readonly converter: string;
  readonly ksqlFormat: string;
  readonly deserializer: string;
  readonly schemaType: string;
  readonly schema: string;
}

const formats: readonly Format[] = [
  {
    converter: 'ProtobufConverter',
    ksqlFormat: 'PROTOBUF',
    deserializer: protobuf,
    schemaType: 'PROTOBUF',
    schema:
      'syntax = "proto3";\n\nmessage commercialrating {\n  string brand = 1;\n  int32 duration = 2;\n  int32 rating = 3;\n}\n',
  },
  {
    converter: 'io.confluent.connect.json.JsonSchemaConverter',
    ksqlFormat: 'JSON_SR',
    deserializer: jsonSchema,
    schemaType: 'JSON',
    schema:
      '{"type":"object","title":"commercialrating","properties":{"brand":{"type":"string","connect.index":0},"duration":{"type":"integer","connect.type":"int32","connect.index":1},"rating":{"type":"integer","connect.type":"int32","connect.index":2}}}',
  },
];
const count = 30;

describePeer('confluent-kafka', "Connect's converters with a registry", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ ports: 0 });
    for (const { converter, ksqlFormat } of formats) {
      const config = {
        'connector.class': 'Datagen',
        'kafka.topic': ksqlFormat,
        'schema.string': walkThroughSchema,
        'schema.keyfield': 'brand',
        'value.converter': converter,
        'value.converter.schema.registry.url': 'http://schema-registry:8081',
        'max.interval': 0,
        iterations: count,
      };
      await ask(`${stack.connectUrl}/connectors`, { name: ksqlFormat, config });
    }
  });
  afterAll(() => stack.stop());

  async function ask(url: string, body?: object): Promise<unknown> {
    const response = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    return response.json();
  }

  it.each(formats)('$ksqlFormat: registers its schema', async ({ ksqlFormat, schemaType, schema }) => {
    await eventually(async () =>
      expect(await ask(`${stack.schemaRegistryUrl}/subjects/${ksqlFormat}-value/versions/latest`)).toMatchObject({
        schemaType,
        schema,
      }),
    );
  });

  it.each(formats)('$ksqlFormat: is read by its deserializer', async ({ ksqlFormat, deserializer }) => {
    const { stdout, stderr, code } = await confluentKafka(
      read(deserializer),
      stack.bootstrapServers,
      ksqlFormat,
      String(count),
      stack.schemaRegistryUrl,
    );
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [string, string, number, number]);
    expect(rows).toHaveLength(count);
    for (const [key, brand, duration, rating] of rows) {
      expect(key).toBe(brand);
      expect([30, 45, 60]).toContain(duration);
      expect([1, 2, 3, 4]).toContain(rating);
    }
  });

  it.each(formats)('$ksqlFormat: is read by ksqlDB', async ({ ksqlFormat }) => {
    const streamsProperties = { 'auto.offset.reset': 'earliest' };
    const table = `COUNTS_${ksqlFormat}`;
    await ask(`${stack.ksqlUrl}/ksql`, {
      ksql: `CREATE STREAM S_${ksqlFormat} WITH (KAFKA_TOPIC='${ksqlFormat}', VALUE_FORMAT='${ksqlFormat}'); CREATE TABLE ${table} AS SELECT brand, COUNT(*) AS cnt FROM S_${ksqlFormat} GROUP BY brand;`,
      streamsProperties,
    });
    await eventually(async () => {
      const response = await fetch(`${stack.ksqlUrl}/query-stream`, {
        method: 'POST',
        body: JSON.stringify({ sql: `SELECT * FROM ${table};` }),
      });
      const rows = (await response.text()).trim().split('\n').slice(1);
      const counts = rows.map((row) => (JSON.parse(row) as [string, number])[1]);
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
    });
  });
});
