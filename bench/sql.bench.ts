/**
 * Queries of the walk-through over five million of its records, each through the whole embedded stack: a statement to the ksqlDB server,
 * one worker thread, and the time from the statement to the last committed result (TERMINATE answers when all is committed).
 * What starting and ending a query takes is known from the same over 500 records, before each round: the first rate is without
 * it, from the beginning of the log to its end, the second with it. The ratio is that of the first rate to a loop written by hand for
 * exactly these records, which runs over the same bytes before each round: that of ../shared when it is there, else ours, which has the
 * first query only.
 */
import { execFile } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectKafka } from '../src/client/kafka.ts';
import { systemClock } from '../src/core/clock.ts';
import { nodeNetwork } from '../src/core/network.ts';
import { systemRandom } from '../src/core/random.ts';
import { startStack } from '../src/server/stack.ts';
import type { Stack } from '../src/server/stack.ts';
import { generateCommercials, registerCommercials } from './fixtures/commercials.ts';
import { runHandWrittenLoop } from './fixtures/hand-written-loop.ts';
import { execute, readRows } from './fixtures/ksql-client.ts';
import { line, median } from './fixtures/measure.ts';

interface Case {
  readonly name: string;
  /** Of the loops of ../shared. */
  readonly loop: 'q1' | 'q2' | 'q3';
  readonly select: string;
  readonly table: boolean;
  readonly properties: Readonly<Record<string, string>>;
  readonly rounds: number;
}

const records = Number(process.env['BENCH_RECORDS'] ?? 5_000_000);
const root = process.env['BENCH_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));
const sharedLoop = join(root, '..', 'shared', 'peers', 'limit', 'loop.mjs');
const folder = mkdtempSync(join(tmpdir(), 'millrace-sql-'));
const topic = 'commercials_avro';
const fewTopic = 'commercials_few';
const fewRecords = 500;
const atCommit = { 'ksql.streams.cache.max.bytes.buffering': '10485760', 'ksql.streams.commit.interval.ms': '2000' };
const everyChange = { 'ksql.streams.cache.max.bytes.buffering': '0' };
const exactlyOnce = { 'processing.guarantee': 'exactly_once_v2' };

const means = `SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM commercials GROUP BY brand EMIT CHANGES`;
const windowed = `SELECT brand, COUNT(*) FROM commercials WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY brand
  HAVING COUNT(*) > 3 EMIT CHANGES`;
const filtered = 'SELECT brand, rating FROM commercials WHERE rating >= 3 EMIT CHANGES';
const group = (
  name: string,
  select: string,
  properties: Case['properties'],
  loop: Case['loop'],
  rounds: number,
): Case => ({
  name,
  loop,
  select,
  table: select !== filtered,
  properties,
  rounds,
});
const cases = [
  group('2.5, at commit', means, atCommit, 'q1', 7),
  group('2.5, at commit, exactly once', means, { ...atCommit, ...exactlyOnce }, 'q1', 5),
  group('2.5, every change', means, everyChange, 'q1', 5),
  group('2.5, every change, exactly once', means, { ...everyChange, ...exactlyOnce }, 'q1', 5),
  group('2.8 windowed, at commit', windowed, atCommit, 'q2', 1),
  group('filter and project', filtered, everyChange, 'q3', 5),
].filter(({ name }) => name.includes(process.env['BENCH_CASE'] ?? ''));

const file = join(folder, 'batches');
const stack = await startStack({ ports: 0, dataDir: join(folder, 'data') });
try {
  await preload(stack);
  await execute(stack, `CREATE STREAM few WITH (KAFKA_TOPIC = '${fewTopic}', VALUE_FORMAT = 'AVRO');`);
  await execute(stack, `CREATE STREAM commercials WITH (KAFKA_TOPIC = '${topic}', VALUE_FORMAT = 'AVRO');`);
  for (const one of cases) await compare(one);
  await push();
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Writes the records to a file for the loop, and to a topic. */
async function preload({ bootstrapServers, schemaRegistryUrl }: Stack): Promise<void> {
  await registerCommercials(schemaRegistryUrl, [topic, fewTopic]);
  const kafka = await connectKafka({
    clock: systemClock,
    random: systemRandom,
    network: nodeNetwork,
    bootstrapServers,
  });
  for (const one of [topic, fewTopic])
    await kafka.admin.createTopic({ topic: one, partitions: 1, config: { 'retention.ms': '-1' } });
  const producer = await kafka.producer();
  const out = openSync(file, 'w');
  let sent: Promise<number>[] = [];
  for (const batch of generateCommercials(records)) {
    writeSync(out, batch);
    sent.push(producer.produceBatch(topic, 0, Buffer.from(batch)));
    if (sent.length === 200) await Promise.all(sent.splice(0));
  }
  for (const batch of generateCommercials(fewRecords))
    sent.push(producer.produceBatch(fewTopic, 0, Buffer.from(batch)));
  await Promise.all(sent);
  closeSync(out);
  await kafka.close();
}

async function compare({ name, loop, select, table, properties, rounds }: Case): Promise<void> {
  const rates: number[] = [];
  const whole: number[] = [];
  const cpus: number[] = [];
  const ratios: number[] = [];
  let limit: string | undefined;
  const target = `${table ? 'TABLE' : 'STREAM'} results`;
  for (let round = 0; round < rounds; round++) {
    const yard = await yardstick(loop);
    const few = await run(target, select.replace('commercials', 'few'), properties, fewRecords);
    const all = await run(target, select, properties, records);
    const rate = records / Math.max(all.ms - few.ms, 1) / 1000;
    rates.push(rate);
    whole.push(records / all.ms / 1000);
    cpus.push((all.cpu - few.cpu) / records);
    limit = yard?.name;
    if (yard !== undefined) ratios.push(rate / yard.rate);
  }
  line(
    name,
    `${median(rates).toFixed(2)} M records/s`,
    limit === undefined ? '(no loop: ../shared is missing)' : `${median(ratios).toFixed(2)} × ${limit}`,
    `${median(cpus).toFixed(3)} µs CPU`,
    `with start and end ${median(whole).toFixed(2)} M records/s`,
    `(${ratios.map((ratio) => ratio.toFixed(2)).join(' ')})`,
  );
}

/** Milliseconds from the statement to the end of everything, and µs of processor time of all threads. */
async function run(
  target: string,
  select: string,
  properties: Case['properties'],
  count: number,
): Promise<{ ms: number; cpu: number }> {
  const started = performance.now();
  const before = process.cpuUsage();
  const [answer] = await execute(stack, `CREATE ${target} WITH (VALUE_FORMAT = 'AVRO') AS ${select};`, {
    'ksql.streams.auto.offset.reset': 'earliest',
    ...properties,
  });
  const id = (answer as { commandStatus: { queryId: string } }).commandStatus.queryId;
  while ((await position(id)) < count) await new Promise((resolve) => setTimeout(resolve, 10));
  await execute(stack, `TERMINATE ${id};`);
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  await execute(stack, `DROP ${target} DELETE TOPIC;`);
  return { ms, cpu: user + system };
}

interface Explained {
  readonly queryDescription: {
    readonly tasksMetadata: readonly { readonly topicOffsets: readonly { readonly endOffset: number }[] }[];
    readonly queryErrors: readonly unknown[];
  };
}

async function position(queryId: string): Promise<number> {
  const [answer] = await execute(stack, `EXPLAIN ${queryId};`);
  const { tasksMetadata, queryErrors } = (answer as Explained).queryDescription;
  if (queryErrors.length > 0) throw new Error(JSON.stringify(queryErrors));
  return tasksMetadata[0]?.topicOffsets[0]?.endOffset ?? 0;
}

/** Rows of a push query as they come out of the server's port. */
async function push(): Promise<void> {
  const rows = Math.min(records / 2, 500_000);
  const rates: number[] = [];
  for (let round = 0; round < 3; round++) {
    const started = performance.now();
    const count = await readRows(stack, `SELECT brand, rating FROM commercials EMIT CHANGES LIMIT ${rows};`);
    if (count !== rows) throw new Error(`${count} rows came, ${rows} were asked for.`);
    rates.push(rows / (performance.now() - started) / 1000);
  }
  line(
    'push query over HTTP',
    `${median(rates).toFixed(2)} M rows/s`,
    `(${rates.map((rate) => rate.toFixed(2)).join(' ')})`,
  );
}

/** Millions of records a second of the loop; undefined when there is none for the query. */
async function yardstick(loop: Case['loop']): Promise<{ name: string; rate: number } | undefined> {
  if (existsSync(sharedLoop)) {
    const { stdout } = await promisify(execFile)(process.execPath, [sharedLoop, file, root, '3']);
    const rate = new RegExp(`^${loop}\\s+([\\d.]+) M`, 'm').exec(stdout)?.[1];
    if (rate !== undefined) return { name: 'JavaScript loop of ../shared', rate: Number(rate) };
  }
  if (loop !== 'q1') return undefined;
  const rates = [0, 1, 2].map(() => {
    const { ms, records: counted } = runHandWrittenLoop(file);
    if (counted !== records) throw new Error(`The loop counted ${counted} records.`);
    return records / ms / 1000;
  });
  return { name: 'loop written by hand', rate: median(rates) };
}
