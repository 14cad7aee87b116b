/**
 * 2.9, 2.10: what consumers see while transactions commit and abort, in both isolation levels: kcat, confluent-kafka, Kafka's console
 * consumer and ours. Each starts before the first record is there and ends with the last that it should see.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { confluentKafka, describePeer, kafkaTool, kcat } from '../../peers.ts';
import { startWalkthrough } from './typed.ts';
import type { Walkthrough } from './typed.ts';

const transactions = 20;
const recordsEach = 3;

/** Commits each even transaction and aborts each odd one, and says which records it wrote; the last one commits. */
const produce = `
import sys, time
from confluent_kafka import Producer
servers, topic, count, each = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
producer = Producer({'bootstrap.servers': servers, 'transactional.id': topic, 'broker.address.family': 'v4'})
producer.init_transactions()
for number in range(count + 1):
    producer.begin_transaction()
    for i in range(each):
        producer.produce(topic, f'{number}-{i}', partition=0)
    producer.flush()
    time.sleep(0.02)
    if number % 2: producer.abort_transaction()
    else: producer.commit_transaction()
`;

const consume = `
import sys
from confluent_kafka import Consumer, TopicPartition
servers, topic, isolation, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
consumer = Consumer({'bootstrap.servers': servers, 'group.id': 'isolation', 'isolation.level': isolation, 'broker.address.family': 'v4'})
consumer.assign([TopicPartition(topic, 0, 0)])
left = count
while left:
    message = consumer.poll(20)
    if message is None or message.error(): sys.exit(str(message and message.error()))
    print(message.value().decode())
    left -= 1
consumer.close()
`;

const written = Array.from({ length: transactions + 1 }, (_, number) =>
  Array.from({ length: recordsEach }, (__, i) => ({ value: `${number}-${i}`, committed: number % 2 === 0 })),
).flat();
const expected = {
  read_committed: written.filter(({ committed }) => committed).map(({ value }) => value),
  read_uncommitted: written.map(({ value }) => value),
} as const;

describePeer('confluent-kafka', 'walk-through 2.10, isolation', () => {
  let stack: Walkthrough;
  let servers = '';
  beforeAll(async () => {
    stack = await startWalkthrough();
    servers = stack.here('localhost:9092');
  });
  afterAll(() => stack.close());

  type Level = keyof typeof expected;
  type Consume = (topic: string, level: Level, count: number) => Promise<{ stdout: string; stderr: string }>;
  const typed = (topic: string, level: Level, count: number): string[] =>
    ['--topic', topic, '--partition', '0', '--offset', 'earliest'].concat([
      '--isolation-level',
      level,
      '--max-messages',
      String(count),
      '--timeout-ms',
      '20000',
    ]);
  const consumers: Record<string, Consume> = {
    kcat: (topic, level, count) =>
      kcat([
        '-C',
        '-b',
        servers,
        '-t',
        topic,
        '-p',
        '0',
        '-o',
        'beginning',
        '-c',
        String(count),
        '-q',
        '-X',
        `isolation.level=${level}`,
      ]),
    'confluent-kafka': (topic, level, count) => confluentKafka(consume, servers, topic, level, String(count)),
    'the Java console consumer': (topic, level, count) =>
      kafkaTool('kafka-console-consumer', ['--bootstrap-server', servers, ...typed(topic, level, count)]),
    'our console consumer': (topic, level, count) =>
      stack.type(
        `docker exec -it broker kafka-console-consumer --bootstrap-server localhost:9092 ${typed(topic, level, count).join(' ')}`,
      ),
  };

  const cases = Object.keys(consumers).flatMap((name) =>
    (['read_committed', 'read_uncommitted'] as const).map((level) => ({ name, level })),
  );
  it.each(cases)('2.10 $name, $level', async ({ name, level }) => {
    const topic = `${name.replaceAll(' ', '-')}-${level}`;
    const created = await stack.type(
      `docker exec -it broker kafka-topics --bootstrap-server localhost:9092 --create --topic ${topic}`,
    );
    expect(created).toMatchObject({ code: 0 });
    const [seen, produced] = await Promise.all([
      consumers[name]?.(topic, level, expected[level].length),
      confluentKafka(produce, servers, topic, String(transactions), String(recordsEach)),
    ]);
    expect(produced).toMatchObject({ code: 0 });
    expect(seen?.stdout.trim().split('\n')).toEqual(expected[level]);
  });
});
