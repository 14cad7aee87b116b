/** Records of the Protobuf converter, read by confluent-kafka's ProtobufDeserializer through our registry, and by ksqlDB. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startStack } from '../../../src/server/stack.ts';
import type { Stack } from '../../../src/server/stack.ts';
import { eventually } from '../../eventually.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { walkThroughSchema } from '../../walk-through-files.ts';

/** Builds the message class as a compiler would from the registered text, and reads the topic with it. */
const read = `
import sys, json
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
servers, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
file = descriptor_pb2.FileDescriptorProto(name='c.proto', syntax='proto3')
message = file.message_type.add(name='commercialrating')
for i, (name, kind) in enumerate([('brand', 9), ('duration', 5), ('rating', 5)]):
    message.field.add(name=name, number=i + 1, type=kind, label=1)
pool = descriptor_pool.DescriptorPool()
pool.Add(file)
cls = message_factory.GetMessageClass(pool.FindMessageTypeByName('commercialrating'))
deserialize = ProtobufDeserializer(cls, {'use.deprecated.format': False})
consumer = Consumer({'bootstrap.servers': servers, 'group.id': 'p'})
consumer.assign([TopicPartition(topic, 0, 0)])
for _ in range(count):
    record = consumer.poll(20)
    value = deserialize(record.value(), SerializationContext(topic, MessageField.VALUE))
    print(json.dumps([record.key().decode(), value.brand, value.duration, value.rating]))
consumer.close()
`;
const count = 30;

describePeer('confluent-kafka', "Connect's Protobuf converter", () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ ports: 0 });
    const config = {
      'connector.class': 'Datagen',
      'kafka.topic': 'commercials_proto',
      'schema.string': walkThroughSchema,
      'schema.keyfield': 'brand',
      'value.converter': 'ProtobufConverter',
      'value.converter.schema.registry.url': 'http://schema-registry:8081',
      'max.interval': 0,
      iterations: count,
    };
    await ask(`${stack.connectUrl}/connectors`, { name: 'proto', config });
  });
  afterAll(() => stack.stop());

  async function ask(url: string, body?: object): Promise<unknown> {
    const response = await fetch(url, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    return response.json();
  }

  it('registers the message', async () => {
    await eventually(async () =>
      expect(await ask(`${stack.schemaRegistryUrl}/subjects/commercials_proto-value/versions/latest`)).toMatchObject({
        schemaType: 'PROTOBUF',
        schema:
          'syntax = "proto3";\n\nmessage commercialrating {\n  string brand = 1;\n  int32 duration = 2;\n  int32 rating = 3;\n}\n',
      }),
    );
  });

  it('is read by the ProtobufDeserializer', async () => {
    const { stdout, stderr, code } = await confluentKafka(
      read,
      stack.bootstrapServers,
      'commercials_proto',
      String(count),
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

  it('is read by ksqlDB', async () => {
    const streamsProperties = { 'auto.offset.reset': 'earliest' };
    await ask(`${stack.ksqlUrl}/ksql`, {
      ksql: "CREATE STREAM p WITH (KAFKA_TOPIC='commercials_proto', VALUE_FORMAT='PROTOBUF'); CREATE TABLE c AS SELECT brand, COUNT(*) AS cnt FROM p GROUP BY brand;",
      streamsProperties,
    });
    await eventually(async () => {
      const response = await fetch(`${stack.ksqlUrl}/query-stream`, {
        method: 'POST',
        body: JSON.stringify({ sql: 'SELECT * FROM c;' }),
      });
      const rows = (await response.text()).trim().split('\n').slice(1);
      const counts = rows.map((row) => (JSON.parse(row) as [string, number])[1]);
      expect(counts.reduce((sum, one) => sum + one, 0)).toBe(count);
    });
  });
});
