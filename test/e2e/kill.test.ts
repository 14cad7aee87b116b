/**
 * kill -9 at random moments, under a foreign producer with acks=all and a table that counts exactly once: every acknowledged
 * record is there once, in order, where it was said to be, and the committed table equals the count of the log.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { confluentKafka, confluentKafkaProcess, describePeer } from '../peers.ts';
import { freePortOffset, startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';
import { eventually, pause } from '../eventually.ts';

const kills = Number(process.env['MILLRACE_KILLS'] ?? 20);
const program = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');

describePeer('confluent-kafka', `${kills} times kill -9`, () => {
  let folder = '';
  let stack: StackProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-kill-'));
  });
  afterEach(async () => {
    await stack?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing that was acknowledged and counts each record once', { timeout: 300_000 }, async () => {
    const offset = await freePortOffset();
    const bootstrap = `localhost:${9092 + offset}`;
    const ksql = `http://localhost:${8088 + offset}`;
    stack = await startProcess(folder, offset);
    const { id } = await post(`http://localhost:${8081 + offset}/subjects/commercials_avro-value/versions`, {
      schema: JSON.stringify({
        type: 'record',
        name: 'commercialrating',
        fields: [
          { name: 'brand', type: 'string' },
          { name: 'duration', type: 'int' },
          { name: 'rating', type: 'int' },
        ],
      }),
    });
    const producer = confluentKafkaProcess(program('kill-producer.py'), bootstrap, 'commercials_avro', String(id));
    try {
      const streamsProperties = { 'auto.offset.reset': 'earliest', 'processing.guarantee': 'exactly_once_v2' };
      const create = (ksqlText: string): Promise<unknown> =>
        post(`${ksql}/ksql`, { ksql: ksqlText, streamsProperties });
      await eventually(() =>
        create(
          "CREATE OR REPLACE STREAM metrics_brand_stream WITH (KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO');",
        ),
      );
      await create(
        `CREATE OR REPLACE TABLE metrics_per_brand AS
           SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
           FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;`,
      );
      for (let i = 0; i < kills; i++) {
        await pause(100 + Math.random() * 900);
        await stack.kill();
        stack = await startProcess(folder, offset);
      }
      await pause(500);
    } finally {
      await producer.finish();
    }
    const acknowledged = producer.lines().filter((line) => /^\d/.test(line));
    expect(producer.lines().filter((line) => line.startsWith('error'))).toEqual([]);
    expect(producer.lines().at(-1)).toBe('unsent 0');
    expect(acknowledged.length).toBeGreaterThan(1000);

    const log = await readTopic(bootstrap, 'commercials_avro');
    const sequence = log.map(({ seq }) => Number(seq));
    expect(sequence).toEqual(sequence.map((_, i) => i)); // once, in order, without a gap
    const offsetOf = new Map(log.map(({ offset: at, seq }) => [seq, at]));
    for (const line of acknowledged) {
      const [at = '', seq = ''] = line.split(' ');
      expect(offsetOf.get(seq)).toBe(at);
    }

    const counted = new Map<string, { cnt: number; duration: number; rating: number }>();
    for (const { key, value } of log) {
      const brand = Buffer.from(key, 'hex').toString('utf8');
      const [duration = 0, rating = 0] = [...Buffer.from(value, 'hex').subarray(-2)].map((byte) => byte >> 1);
      const sum = counted.get(brand) ?? { cnt: 0, duration: 0, rating: 0 };
      counted.set(brand, { cnt: sum.cnt + 1, duration: sum.duration + duration, rating: sum.rating + rating });
    }
    const expected = [...counted]
      .map(([brand, { cnt, duration, rating }]) => [brand, cnt, duration / cnt, rating / cnt])
      .sort();
    await eventually(async () => {
      expect((await pull(ksql, 'SELECT * FROM metrics_per_brand;')).sort()).toEqual(expected);
    });

    // The topic itself, read committed: the last record of each key is the count, and no count goes back.
    const counts = new Map<string, number>();
    for (const { key, value } of await readTopic(bootstrap, 'METRICS_PER_BRAND')) {
      const brand = Buffer.from(key, 'hex').toString('utf8');
      const cnt = firstLong(Buffer.from(value, 'hex'));
      expect(cnt).toBeGreaterThan(counts.get(brand) ?? 0);
      counts.set(brand, cnt);
    }
    expect(counts).toEqual(new Map([...counted].map(([brand, { cnt }]) => [brand, cnt])));
  });
});

interface TopicRecord {
  readonly offset: string;
  readonly seq: string;
  readonly key: string;
  readonly value: string;
}

async function readTopic(bootstrap: string, topic: string): Promise<TopicRecord[]> {
  const { stdout, stderr, code } = await confluentKafka(program('read-topic.py'), bootstrap, topic);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stdout
    .trim()
    .split('\n')
    .map((line) => {
      const [offset = '', seq = '', key = '', value = ''] = line.split(' ');
      return { offset, seq, key, value };
    });
}

/** CNT, the first field of the table's Avro value: frame, union branch 1, zig-zag varint. */
function firstLong(value: Buffer): number {
  expect(value[5]).toBe(2);
  let number = 0;
  let scale = 1;
  for (let at = 6; ; at++) {
    const byte = value[at] ?? 0;
    number += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) return number / 2;
  }
}

async function pull(ksql: string, sql: string): Promise<unknown[][]> {
  const response = await fetch(`${ksql}/query-stream`, { method: 'POST', body: JSON.stringify({ sql }) });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line) as unknown[]);
}

async function post(url: string, body: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (!response.ok) throw new Error(`${url}: ${JSON.stringify(answer)}`);
  return answer;
}
