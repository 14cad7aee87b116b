/**
 * What a stack takes when there is much of something: topics, and keys of a query's table. The stack is a process of its own; memory
 * and processor time are read from /proc.
 */
import { connectKafka } from '../src/client/kafka.ts';
import type { KafkaClient } from '../src/client/kafka-client.ts';
import { systemClock } from '../src/core/clock.ts';
import { nodeNetwork } from '../src/core/network.ts';
import { systemRandom } from '../src/core/random.ts';
import { RecordBatchBuilder } from '../src/wire/record-batch-builder.ts';
import { startMillrace } from './fixtures/brokers.ts';
import type { BrokerProcess } from './fixtures/brokers.ts';
import { execute } from './fixtures/ksql-client.ts';
import { cpuMs, line, pause, residentMiB } from './fixtures/measure.ts';

const topics = Number(process.env['BENCH_TOPICS'] ?? 1000);
const keyCounts = (process.env['BENCH_KEYS'] ?? '1000000,5000000').split(',').map(Number);
const partitions = 3;
const idleSeconds = 10;

await manyTopics();
for (const keys of keyCounts) await manyKeys(keys);

async function manyTopics(): Promise<void> {
  let stack = await startMillrace();
  line('resident memory, empty', memory(stack));
  const kafka = await client(stack);
  const started = performance.now();
  for (let i = 0; i < topics; i++) await kafka.admin.createTopic({ topic: `topic-${i}`, partitions });
  const created = performance.now();
  const producer = await kafka.producer();
  for (let i = 0; i < topics; i++)
    for (let partition = 0; partition < partitions; partition++)
      void producer.send({ topic: `topic-${i}`, partition, key: null, value: Buffer.from('a record') });
  await producer.flush();
  const written = performance.now();
  await kafka.close();
  const name = `${topics} topics of ${partitions} partitions`;
  line(`${name}: created`, `${((created - started) / 1000).toFixed(1)} s`);
  line('… a record in each partition', `${((written - created) / 1000).toFixed(1)} s`);
  await pause(3000);
  const before = cpuMs(stack.pid) ?? 0;
  await pause(idleSeconds * 1000);
  const idle = ((cpuMs(stack.pid) ?? 0) - before) / (idleSeconds * 10);
  line('… idle', `${memory(stack)}   ${idle.toFixed(2)} % of a core`);
  const stopping = performance.now();
  await stack.end();
  const stopped = performance.now();
  stack = await startMillrace(stack.folder);
  line(
    '… stopped, and started again',
    `${seconds(stopped - stopping)}   ${seconds(performance.now() - stopped)}   ${memory(stack)}`,
  );
  await stack.stop();
}

/** Query 2.5 over two records of each key. */
async function manyKeys(keys: number): Promise<void> {
  let stack = await startMillrace();
  const kafka = await client(stack);
  await kafka.admin.createTopic({ topic: 'commercials', partitions: 1, config: { 'retention.ms': '-1' } });
  await produceKeys(kafka, keys);
  const before = residentMiB(stack.pid) ?? 0;
  const started = performance.now();
  await execute(
    stack,
    `CREATE STREAM commercials (brand STRING, duration INT, rating INT) WITH (KAFKA_TOPIC = 'commercials', VALUE_FORMAT = 'JSON');`,
  );
  await execute(
    stack,
    `CREATE TABLE many WITH (VALUE_FORMAT = 'JSON') AS SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
     FROM commercials GROUP BY brand EMIT CHANGES;`,
    { 'auto.offset.reset': 'earliest', 'ksql.streams.cache.max.bytes.buffering': '10485760' },
  );
  const group = await committed(kafka, keys * 2);
  const ms = performance.now() - started;
  const after = residentMiB(stack.pid) ?? 0;
  line(
    `query with ${keys / 1e6} M keys`,
    `${((keys * 2) / ms / 1000).toFixed(2)} M records/s`,
    `${after.toFixed(0)} MiB`,
    `${(((after - before) * 2 ** 20) / keys).toFixed(0)} bytes a key`,
  );
  await kafka.close();
  const stopping = performance.now();
  await stack.end();
  const stopped = performance.now();
  stack = await startMillrace(stack.folder);
  const again = await client(stack);
  const beginning = performance.now();
  // A record more is counted once the state is there again.
  await produceKeys(again, 1);
  await committed(again, keys * 2 + 2, group);
  line('… stopped, and going on', seconds(stopped - stopping), seconds(performance.now() - beginning), memory(stack));
  await again.close();
  await stack.stop();
}

async function produceKeys(kafka: KafkaClient, keys: number): Promise<void> {
  const producer = await kafka.producer();
  const sent: Promise<number>[] = [];
  for (let at = 0; at < keys * 2; at += 10_000) {
    const builder = new RecordBatchBuilder(1 << 19);
    for (let i = at; i < Math.min(at + 10_000, keys * 2); i++)
      builder.append(
        1_700_000_000_000 + i,
        null,
        Buffer.from(`{"BRAND":"brand-${i % keys}","DURATION":${30 + (i % 3) * 15},"RATING":${1 + (i % 4)}}`),
      );
    sent.push(producer.produceBatch('commercials', 0, builder.build()));
    if (sent.length === 10) await Promise.all(sent.splice(0));
  }
  await Promise.all(sent);
  await producer.close();
}

/** Waits until the only query has committed that much; gives its group. */
async function committed(kafka: KafkaClient, offset: number, known?: string): Promise<string> {
  for (;;) {
    const group = known ?? (await kafka.admin.groups()).find(({ group: name }) => name.includes('CTAS_MANY'))?.group;
    if (group !== undefined && (await kafka.admin.committed(group, 'commercials')).get(0) === offset) return group;
    await pause(20);
  }
}

function client({ address }: BrokerProcess): Promise<KafkaClient> {
  return connectKafka({ clock: systemClock, random: systemRandom, network: nodeNetwork, bootstrapServers: address });
}

function memory({ pid }: BrokerProcess): string {
  return `${residentMiB(pid)?.toFixed(0) ?? '?'} MiB`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
