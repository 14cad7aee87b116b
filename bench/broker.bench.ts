/**
 * The broker under other people's clients, beside the real Kafka in the same run: throughput of the official Java tools, kcat and
 * confluent-kafka, latency from end to end, and what the broker's process takes for a record. A client that is not installed leaves its lines out.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { javaClasspath, python, startKafka, startMillrace } from './fixtures/brokers.ts';
import type { BrokerProcess } from './fixtures/brokers.ts';
import { cpuMs, line, median, residentMiB } from './fixtures/measure.ts';

/** One way to use a broker; gives records a second, or ms for what is a latency. */
interface Case {
  readonly name: string;
  readonly records: number;
  readonly unit: 'k/s' | 'ms';
  run(broker: BrokerProcess, topic: string): Promise<readonly number[]>;
}

const scale = Number(process.env['BENCH_SCALE'] ?? 1);
const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const folder = mkdtempSync(join(tmpdir(), 'millrace-broker-'));
const lines = join(folder, 'lines');
const execute = promisify(execFile);

const pythonProducer = `
import sys, time
from confluent_kafka import Producer
address, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
producer, value = Producer({'bootstrap.servers': address, 'linger.ms': 5, 'acks': 'all'}), b'x' * 100
start = time.monotonic()
for i in range(count):
    while True:
        try: producer.produce(topic, value); break
        except BufferError: producer.poll(0.1)
    if i % 1000 == 0: producer.poll(0)
producer.flush()
print(count / (time.monotonic() - start))
`;

const pythonConsumer = `
import sys, time
from confluent_kafka import Consumer, TopicPartition
address, topic, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
consumer = Consumer({'bootstrap.servers': address, 'group.id': 'bench', 'enable.auto.commit': False})
consumer.assign([TopicPartition(topic, 0, 0)])
start, left = time.monotonic(), count
while left > 0: left -= len(consumer.consume(min(left, 10000), 1.0))
print(count / (time.monotonic() - start))
`;

const brokers: BrokerProcess[] = [];
try {
  brokers.push(await startMillrace());
  const kafka = await startKafka();
  if (kafka === undefined) process.stdout.write('(Kafka 4.3.1 is not installed: scripts/install-peers.sh does)\n');
  else brokers.push(kafka);
  for (const one of [
    ...javaCases(100, 1_000_000),
    ...javaCases(1000, 200_000),
    ...(await kcatCases()),
    ...pythonCases(),
  ])
    await compare(one);
  for (const { name, pid } of brokers) line(`resident memory of ${name}`, `${residentMiB(pid)?.toFixed(0) ?? '?'} MiB`);
} finally {
  await Promise.all(brokers.map((broker) => broker.stop()));
  rmSync(folder, { recursive: true, force: true });
}

async function compare({ name, records, unit, run }: Case): Promise<void> {
  const values = brokers.map((): number[][] => []);
  const cpu = brokers.map(() => 0);
  // In turn, so that what else happens on the machine happens to both.
  for (let round = 0; round < rounds; round++) {
    for (const [i, broker] of brokers.entries()) {
      const before = cpuMs(broker.pid) ?? 0;
      values[i]?.push([...(await run(broker, `bench-${name.replaceAll(/\W+/g, '-')}`))]);
      cpu[i] = (cpu[i] ?? 0) + (cpuMs(broker.pid) ?? 0) - before;
    }
  }
  const columns = values[0]?.[0]?.length ?? 0;
  const figures = values.map((list) =>
    Array.from({ length: columns }, (_, at) => median(list.map((row) => row[at] ?? 0))),
  );
  const [ours = [], theirs] = figures;
  const shown = (list: readonly number[]): string =>
    `${list.map((value) => (unit === 'ms' ? value.toFixed(2) : (value / 1000).toFixed(0))).join(' / ')} ${unit}`;
  const perRecord = cpu.map((ms) => `${((ms * 1000) / (records * rounds)).toFixed(2)}`).join(' : ');
  line(
    name,
    shown(ours),
    ...(theirs === undefined
      ? []
      : [`Kafka ${shown(theirs)}`, `${ours.map((value, i) => (value / (theirs[i] ?? 1)).toFixed(2)).join(' / ')} ×`]),
    `${perRecord} µs broker CPU a record`,
  );
}

function javaCases(size: number, count: number): Case[] {
  if (javaClasspath === undefined) return [];
  const records = Math.round(count * scale);
  const java = async (...args: string[]): Promise<string> =>
    (await execute('java', ['-Xmx512M', '-cp', javaClasspath ?? '', ...args], { maxBuffer: 1 << 24 })).stdout;
  const topicOf = `bench-java-${size}`;
  const perf = 'org.apache.kafka.tools';
  const produce: Case = {
    name: `Java producer ${size} B, acks=all`,
    records,
    unit: 'k/s',
    async run({ address }) {
      const out = await java(
        `${perf}.ProducerPerformance`,
        ...['--bootstrap-server', address, '--topic', topicOf, '--num-records', String(records)],
        ...['--record-size', String(size), '--throughput', '-1', '--command-property', 'acks=all', 'linger.ms=5'],
      );
      return [Number(/sent, ([\d.]+) records\/sec[^\n]*\n*$/.exec(out.trim())?.[1] ?? Number.NaN)];
    },
  };
  const consume: Case = {
    name: `Java consumer ${size} B`,
    records,
    unit: 'k/s',
    async run({ address }) {
      const out = await java(
        `${perf}.ConsumerPerformance`,
        ...['--bootstrap-server', address, '--topic', topicOf, '--num-records', String(records), '--hide-header'],
        ...['--timeout', '60000'],
      );
      // start, end, MB, MB a second, records, records a second, rebalance ms, fetch ms, MB and records a second of fetching
      return [Number(out.trim().split('\n').at(-1)?.split(', ')[9] ?? Number.NaN)];
    },
  };
  const latency: Case = {
    name: `end to end ${size} B: mean / p99`,
    records: 2000,
    unit: 'ms',
    async run({ address }) {
      const out = await java(`${perf}.EndToEndLatency`, address, `${topicOf}-latency`, '2000', 'all', String(size));
      const mean = Number(/Avg latency: ([\d.]+)/.exec(out)?.[1] ?? Number.NaN);
      return [mean, Number(/99th = (\d+)/.exec(out)?.[1] ?? Number.NaN)];
    },
  };
  return size === 100 ? [produce, consume, latency] : [produce, consume];
}

async function kcatCases(): Promise<Case[]> {
  if (spawnSync('kcat', ['-V']).error !== undefined) return [];
  const records = Math.round(1_000_000 * scale);
  const file = createWriteStream(lines);
  const text = `${'x'.repeat(99)}\n`.repeat(1000);
  for (let left = records; left > 0; left -= 1000) if (!file.write(text)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
  const timed = async (...args: string[]): Promise<number[]> => {
    const start = performance.now();
    await execute('sh', ['-c', `kcat ${args.join(' ')} > /dev/null 2>&1`]);
    return [(records / (performance.now() - start)) * 1000];
  };
  const topic = 'bench-kcat';
  return [
    {
      name: 'kcat produces 100 B',
      records,
      unit: 'k/s',
      run: ({ address }) => timed('-P', '-b', address, '-t', topic, '-l', lines),
    },
    {
      name: 'kcat consumes 100 B',
      records,
      unit: 'k/s',
      run: ({ address }) =>
        timed('-C', '-b', address, '-t', topic, '-p', '0', '-o', 'beginning', '-c', String(records)),
    },
  ];
}

function pythonCases(): Case[] {
  if (python === undefined) return [];
  const records = Math.round(300_000 * scale);
  const run = async (program: string, { address }: BrokerProcess): Promise<number[]> => {
    const { stdout } = await execute(python ?? '', ['-c', program, address, 'bench-python', String(records)]);
    return [Number(stdout)];
  };
  return [
    { name: 'confluent-kafka produces 100 B', records, unit: 'k/s', run: (broker) => run(pythonProducer, broker) },
    { name: 'confluent-kafka consumes 100 B', records, unit: 'k/s', run: (broker) => run(pythonConsumer, broker) },
  ];
}
