"""Produces for ever with acks=all and idempotence; prints `offset seq brand duration rating` for each acknowledged record.

Arguments: bootstrap servers, topic, schema id. A line on stdin ends it after everything is flushed.
"""
import random, sys, threading
from confluent_kafka import Producer

servers, topic, schema_id = sys.argv[1], sys.argv[2], int(sys.argv[3])
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stop.set()), daemon=True).start()
producer = Producer({
    "bootstrap.servers": servers, "acks": "all", "enable.idempotence": True, "linger.ms": 2,
    "message.timeout.ms": 120000, "reconnect.backoff.max.ms": 200, "retry.backoff.ms": 50, "broker.address.family": "v4",
})


def zigzag(number):
    number = number << 1
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def report(seq, brand, duration, rating):
    def delivered(error, message):
        if error is not None:
            print("error", error, flush=True)
        else:
            print(message.offset(), seq, brand, duration, rating, flush=False)
    return delivered


seq = 0
while not stop.is_set():
    brand, duration, rating = random.choice(["Acme", "Globex"]), random.choice([30, 45, 60]), random.randint(1, 4)
    name = brand.encode()
    value = b"\0" + schema_id.to_bytes(4, "big") + zigzag(len(name)) + name + zigzag(duration) + zigzag(rating)
    while True:
        try:
            producer.produce(topic, key=name, value=value, headers={"seq": str(seq)},
                             on_delivery=report(seq, brand, duration, rating))
            break
        except BufferError:
            producer.poll(0.05)
    seq += 1
    producer.poll(0.0005)
print("unsent", producer.flush(60), flush=True)
