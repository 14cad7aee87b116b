"""Fills the topic `numbers`, or prints what a topic holds: `fill SERVERS COUNT`, `read SERVERS TOPIC ISOLATION`."""
import json
import sys

from confluent_kafka import Consumer, Producer, TopicPartition

what, servers = sys.argv[1:3]


def fill(count):
    """Over two partitions in small batches, so that a fetch of a few KiB is a batch and a job can be slowed down."""
    producer = Producer({"bootstrap.servers": servers, "batch.num.messages": 100, "linger.ms": 50, "enable.idempotence": True})
    for n in range(count):
        producer.poll(0)
        while True:
            try:
                producer.produce("numbers", json.dumps({"n": n, "g": f"g{n % 7}"}), partition=n % 2)
                break
            except BufferError:
                producer.poll(1)
    producer.flush()


def read(topic, isolation):
    consumer = Consumer({
        "bootstrap.servers": servers, "group.id": "reader", "enable.auto.commit": False, "enable.partition.eof": True,
        "isolation.level": isolation, "auto.offset.reset": "earliest",
    })
    partitions = consumer.list_topics(topic).topics[topic].partitions
    consumer.assign([TopicPartition(topic, partition, 0) for partition in partitions])
    left = set(partitions)
    lines = []
    while left:
        for message in consumer.consume(10000, 1.0):
            if message.error():
                assert message.error().name() == "_PARTITION_EOF", message.error()
                left.discard(message.partition())
            else:
                key = None if message.key() is None else message.key().decode()
                lines.append(json.dumps([key, json.loads(message.value())]))
    consumer.close()
    print("\n".join(lines))


if what == "fill":
    fill(int(sys.argv[3]))
else:
    read(*sys.argv[3:5])
