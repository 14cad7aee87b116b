/** The walk-through's topic, as its producers fill it: `commercials_avro`, by its schema, with plain text as keys. */
import { confluentKafka } from '../../peers.ts';

const producer = `
import sys, json
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import SerializationContext, MessageField
schema = json.dumps({"type": "record", "name": "commercialrating", "fields": [
  {"name": "brand", "type": "string"}, {"name": "duration", "type": "int"}, {"name": "rating", "type": "int"}]})
encode = AvroSerializer(SchemaRegistryClient({"url": sys.argv[2]}), schema)
producer = Producer({"bootstrap.servers": sys.argv[1]})
start, partitions = int(sys.argv[3]), int(sys.argv[4])
for i in range(100):
    row = {"brand": ["Acme", "Globex"][i % 2], "duration": [30, 45, 60, 60][i % 4], "rating": 1 + i % 4}
    producer.produce("commercials_avro", key=row["brand"], timestamp=start + i * 500, partition=i % partitions,
        value=encode(row, SerializationContext("commercials_avro", MessageField.VALUE)))
producer.flush()
`;

/** 100 records, one each half second from `startMs` on, in turn over the partitions of a topic that is there or made with one. */
export async function produceCommercials(
  { bootstrapServers, schemaRegistryUrl }: { readonly bootstrapServers: string; readonly schemaRegistryUrl: string },
  startMs: number,
  partitions = 1,
): Promise<void> {
  const made = await confluentKafka(producer, bootstrapServers, schemaRegistryUrl, String(startMs), String(partitions));
  if (made.code !== 0) throw new Error(made.stderr);
}
