"""Fills the topic `nasty` with records that are easy to get wrong: `nasty.py SERVERS START_MS COUNT`."""
import json
import sys

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": sys.argv[1], "linger.ms": 20})
start, count = int(sys.argv[2]), int(sys.argv[3])
names = ["Acme", "", " padded\t", "Ünïcode & <b>", "日本", "😀 two units", "it's; \"q\", \\", "12", "-7", "1e3", None, "acme", "NULL", "a,b"]
ints = [0, 1, -1, 2, 7, -7, 2147483647, -2147483648, None, 100]
bigs = [0, 9223372036854775807, -9223372036854775808, 4294967296, -1, 5, 9007199254740993, None]
doubles = [0.0, 0.5, -0.5, 1.5, 2.5, -2.5, 1e10, -1e300, 1e-7, 123456.789, None]
flags = [True, False, None]


def row(i):
    return json.dumps({
        "name": names[i % len(names)], "n": ints[i % len(ints)], "big": bigs[i % len(bigs)],
        "d": doubles[i % len(doubles)], "ok": flags[i % len(flags)],
    }, ensure_ascii=i % 2 == 0)


# After so many records (the least common multiple of the lists' lengths) they come again.
rows = [row(i) for i in range(9240)]


def send(value, at, key="k"):
    while True:
        try:
            producer.produce("nasty", value, key=key, timestamp=start + at, partition=0)
            return
        except BufferError:
            producer.poll(0.1)


for i in range(count):
    send(rows[i % len(rows)], i * 250, f"k{i % 5}" if i % 11 else None)
    if i % 100 == 50:
        send("this is no JSON", i * 250)
        send("", i * 250)
        send(None, i * 250)
        send('{"name": "bad field", "n": "x"}', i * 250)
        send('{"name": "cut', i * 250)
        send("[1, 2]", i * 250)
        send("{}", i * 250)
        send('{"other": 1, "name": "extra"}', i * 250)
# Late beyond every grace.
send(rows[3], -86_400_000)
producer.flush()
