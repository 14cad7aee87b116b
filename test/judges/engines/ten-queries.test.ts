/**
 * Queries on Millrace, a real Flink and a real Spark: eleven over records that are easy to get wrong (nasty.py), and the walk-through's six;
 * each answer is equal, or its difference is one that is known here by its name. Of a million records, and of few. And what functions by
 * their names make of whole numbers (`--as-written`).
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { produceCommercials } from '../../conformance/engines/commercials.ts';
import { anHourAgo, startBench } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { compared, comparisonTables, named } from './comparisons.ts';
import { record } from './record.ts';

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const fullCount = 1_000_000;
const million = Number(process.env['MILLRACE_RECORDS'] ?? fullCount);
const few = 600;
const patienceMs = 3_600_000;

describePeer('flink', 'ten queries', () => {
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1', 'spark-4.1.1');
    await bench.startFlink();
    await makeTopic('nasty');
    await fillNasty(few);
  });

  afterAll(() => bench?.close());

  /** A topic of one partition that keeps records of any time. */
  const makeTopic = (name: string): Promise<void> => bench.createTopic(name, 1, '--config', 'retention.ms=-1');

  /** Over so long a time that its last record is an hour old. */
  async function fillNasty(count: number): Promise<void> {
    const start = anHourAgo(count * 250);
    const made = await confluentKafka(file('nasty.py'), bench.bootstrapServers, String(start), String(count));
    expect(made.code, made.stderr).toBe(0);
  }

  /** With a limit of groups that are rare which about half of the names reach. */
  const tenQueries = (count: number): string =>
    file('ten-queries.ksql').replace('COUNT(*) < 43', `COUNT(*) < ${Math.ceil(count / 14)}`);

  /** What the engines are known to do otherwise. */
  function nastyDifferences(count: number): ReturnType<typeof named> {
    // In every hundred records one has a text where a number should be: Flink keeps it, without the number.
    const kept = { 'bad-fields': Math.ceil((count - 50) / 100) };
    const some: number = expect.any(Number);
    return {
      // An emoji is two UTF-16 units and one code point.
      TEXTS: { flink: { characters: some, ...kept }, spark: { characters: some } },
      CASTS: { flink: kept, spark: {} },
      NUMBERS: { flink: {}, spark: {} },
      CHOICES: { flink: kept, spark: {} },
      FALLBACKS: { flink: kept, spark: {} },
      ROUNDING: { flink: {}, spark: {} },
      PER_NAME: { flink: { 'bad-fields': 1 }, spark: {} },
      // Spark reads all of it in one batch, before its watermark moves: the late row is in its three windows and its session.
      HOPS: { flink: { 'bad-fields': some }, spark: { 'late-rows': 3 } },
      SESSIONS: { flink: kept, spark: { 'late-rows': 1 } },
      RARE: { flink: { 'bad-fields': 1 }, spark: {} },
      THIRDS: { flink: {}, spark: {} },
    };
  }

  test('nulls, emptiness, extremes, Unicode, late and bad records', async () => {
    expect(named(await compared(bench, tenQueries(few)))).toEqual(nastyDifferences(few));
  });

  test('functions as written: means of whole numbers are cut by Flink, fractions kept by Spark', async () => {
    const comparison = await compared(
      bench,
      `CREATE STREAM nasty (id STRING KEY, name STRING, n INT) WITH (KAFKA_TOPIC='nasty', VALUE_FORMAT='JSON');
CREATE TABLE means AS SELECT name, AVG(LEN(name) + 0 * n + n % 3) AS mean, COUNT(*) AS cnt FROM nasty WHERE name IS NOT NULL AND n IS NOT NULL GROUP BY name;
CREATE STREAM halves WITH (VALUE_FORMAT='JSON') AS SELECT id, n / 2 AS half FROM nasty WHERE n > 0;`,
      '--as-written',
    );
    const { MEANS, HALVES } = named(comparison);
    expect(MEANS?.['flink']?.['average-of-integers']).toBeGreaterThan(0);
    expect(HALVES).toEqual({ flink: {}, spark: { 'integer-division': expect.any(Number) } });
    expect(JSON.stringify([MEANS, HALVES])).not.toContain('unexplained');
  });

  test(`the walk-through's six over ${million} records`, { timeout: patienceMs }, async () => {
    await makeTopic('commercials_avro');
    await produceCommercials(bench, { startMs: anHourAgo(million * 500), count: million, kind: 'drawn' });
    const comparison = await compared(bench, file('six-queries.ksql'));
    const equal = { flink: {}, spark: {} };
    expect(named(comparison)).toEqual({
      COUNTS_PER_BRAND: equal,
      METRICS_PER_BRAND: equal,
      METRICS_PER_BRAND_WINDOWED: equal,
      WINDOWS_WITH_WATERMARK: equal,
      RECORDS: equal,
      MEANS: equal,
    });
    write('The queries of the walk-through over a million records', comparison, [
      'Avro by the schema in the registry, one partition, all queries at once (test/judges/engines/six-queries.ksql), `millrace compare`: 2.4 and 3.6, 2.5 and',
      '4.9, 2.8 and 4.13, 3.9, 4.7, 4.8 of the walk-through. All answers are equal.',
    ]);
  });

  test(`ten over ${million} nasty records`, { timeout: patienceMs }, async () => {
    await bench.millrace('kafka-topics', '--bootstrap-server', bench.bootstrapServers, '--delete', '--topic', 'nasty');
    await makeTopic('nasty');
    await fillNasty(million);
    const comparison = await compared(bench, tenQueries(million));
    expect(named(comparison)).toEqual(nastyDifferences(million));
    write('Eleven more queries over a million nasty records', comparison, [
      'JSON with nulls, extremes, Unicode, a late record and records that do not decode, one partition, all queries at once',
      '(test/judges/engines/ten-queries.ksql), `millrace compare`. All answers are equal or differ by a known name.',
    ]);
  });

  function write(title: string, comparison: Parameters<typeof comparisonTables>[0], lines: readonly string[]): void {
    const tables = comparisonTables(comparison);
    console.log(tables.join('\n'));
    if (million < fullCount) return;
    record(title, 'Flink 2.2.1, Spark 4.1.1', [
      ...lines,
      'Times are from the submission; those of Spark include the start of its JVM, those of Flink not. Memory is of all processes of an engine.',
      '',
      ...tables,
    ]);
  }
});
