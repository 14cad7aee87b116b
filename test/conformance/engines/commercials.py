"""Fills `commercials_avro` by the walk-through's schema, with plain text as keys: `SERVERS REGISTRY START_MS COUNT PARTITIONS KIND`."""
import json
import random
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

servers, registry, start, count, partitions, kind = sys.argv[1:7]
start, count, partitions = int(start), int(count), int(partitions)
schema = json.dumps({"type": "record", "name": "commercialrating", "fields": [
    {"name": "brand", "type": "string"}, {"name": "duration", "type": "int"}, {"name": "rating", "type": "int"}]})
encode = AvroSerializer(SchemaRegistryClient({"url": registry}), schema)
brands = ["Acme", "Globex"]
# There are few different rows: each is encoded once.
encoded = {
    (brand, duration, rating): encode(
        {"brand": brand, "duration": duration, "rating": rating}, SerializationContext("commercials_avro", MessageField.VALUE))
    for brand in brands for duration in (30, 45, 60) for rating in (1, 2, 3, 4)
}


def regular():
    """One each half second, in turn over all partitions."""
    for i in range(count):
        yield start + i * 500, i % partitions, (brands[i % 2], (30, 45, 60, 60)[i % 4], 1 + i % 4)


def drawn():
    """As Datagen with max.interval=1000 draws them, always the same."""
    rows, draw, at = list(encoded), random.Random(7), start
    for i in range(count):
        at += int(draw.random() * 1000)
        yield at, i % partitions, rows[int(draw.random() * len(rows))]


producer = Producer({"bootstrap.servers": servers, "linger.ms": 20})
for at, partition, row in {"regular": regular, "drawn": drawn}[kind]():
    while True:
        try:
            producer.produce("commercials_avro", encoded[row], key=row[0], timestamp=at, partition=partition)
            break
        except BufferError:
            producer.poll(0.1)
producer.flush()
