"""Prints every record of partition 0 of a topic, read committed: `offset seq key value`, key and value in hex, `-` for null."""
import sys
from confluent_kafka import Consumer, TopicPartition

servers, topic = sys.argv[1], sys.argv[2]
consumer = Consumer({
    "bootstrap.servers": servers, "group.id": "reader", "enable.auto.commit": False, "enable.partition.eof": True,
    "isolation.level": "read_committed", "auto.offset.reset": "earliest", "broker.address.family": "v4",
})
consumer.assign([TopicPartition(topic, 0, 0)])
done = False
while not done:
    for message in consumer.consume(10000, 1.0):
        if message.error():
            done = message.error().name() == "_PARTITION_EOF"
            if not done:
                sys.exit(str(message.error()))
            continue
        seq = dict(message.headers() or []).get("seq", b"-").decode()
        text = lambda data: "-" if data is None else data.hex()
        print(message.offset(), seq, text(message.key()), text(message.value()))
consumer.close()
