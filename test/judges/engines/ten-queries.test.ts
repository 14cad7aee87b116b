/**
 * Eleven queries over records that are easy to get wrong (nasty.py), on Millrace, a real Flink and a real Spark: each answer is equal, or
 * its difference is one that is known here by its name. And what functions by their names make of whole numbers (`--as-written`), and a
 * million records.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countByName } from '../../../src/deploy/compare/comparison.ts';
import type { Comparison } from '../../../src/deploy/compare/comparison.ts';
import { startBench } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';
import { confluentKafka, describePeer } from '../../peers.ts';
import { fillNumbers } from './numbers.ts';
import { record } from './record.ts';

const file = (name: string): string => readFileSync(new URL(name, import.meta.url), 'utf8');
const million = Number(process.env['MILLRACE_RECORDS'] ?? 1_000_000);

describePeer('flink', 'ten queries', () => {
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1', 'spark-4.1.1');
    const topic = ['--create', '--topic', 'nasty', '--partitions', '1'];
    await bench.millrace('kafka-topics', '--bootstrap-server', bench.bootstrapServers, ...topic);
    const start = Math.floor((Date.now() - 3_600_000) / 60_000) * 60_000;
    const made = await confluentKafka(file('nasty.py'), bench.bootstrapServers, String(start));
    expect(made.code, made.stderr).toBe(0);
    const up = await bench.millrace('engines', 'start', 'flink', '--port-offset', String(bench.portOffset));
    expect(up.code, up.stderr).toBe(0);
  });

  afterAll(async () => {
    await bench?.millrace('engines', 'stop', 'flink');
    await bench?.close();
  });

  async function compare(pipeline: string, ...flags: string[]): Promise<{ text: string; comparison: Comparison }> {
    bench.file('pipeline.ksql', pipeline);
    const where = ['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl];
    const { stdout, stderr } = await bench.millrace(
      ...['compare', 'pipeline.ksql', ...where, '--flink', `http://localhost:${8090 + bench.portOffset}`],
      ...['--json', 'comparison.json', ...flags],
    );
    const comparison = JSON.parse(readFileSync(join(bench.folder, 'comparison.json'), 'utf8')) as Comparison;
    expect(comparison.failures, stdout + stderr).toEqual([]);
    return { text: stdout, comparison };
  }

  /** By query: what each engine does otherwise, and how often. */
  function named({ queries }: Comparison): Record<string, Record<string, Record<string, number>>> {
    return Object.fromEntries(
      queries.map(({ name, differences }) => [
        name,
        Object.fromEntries(
          Object.entries(differences).map(([engine, list]) => [engine, Object.fromEntries(countByName(list))]),
        ),
      ]),
    );
  }

  test('nulls, emptiness, extremes, Unicode, late and bad records', async () => {
    const { comparison } = await compare(file('ten-queries.ksql'));
    // Six records have a text where a number should be: Flink keeps them, without the number.
    const kept = { 'bad-fields': 6 };
    expect(named(comparison)).toEqual({
      // An emoji is two UTF-16 units and one code point.
      TEXTS: { flink: { characters: expect.any(Number), ...kept }, spark: { characters: expect.any(Number) } },
      CASTS: { flink: kept, spark: {} },
      NUMBERS: { flink: {}, spark: {} },
      CHOICES: { flink: kept, spark: {} },
      FALLBACKS: { flink: kept, spark: {} },
      ROUNDING: { flink: {}, spark: {} },
      PER_NAME: { flink: { 'bad-fields': 1 }, spark: {} },
      // Spark reads all of it in one batch, before its watermark moves: the late row is in its three windows and its session.
      HOPS: { flink: { 'bad-fields': expect.any(Number) }, spark: { 'late-rows': 3 } },
      SESSIONS: { flink: kept, spark: { 'late-rows': 1 } },
      RARE: { flink: { 'bad-fields': 1 }, spark: {} },
      THIRDS: { flink: {}, spark: {} },
    });
  });

  test('functions as written: means of whole numbers are cut by Flink, fractions kept by Spark', async () => {
    const { comparison } = await compare(
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

  test(`${million} records`, { timeout: 1_200_000 }, async () => {
    const topic = ['--create', '--topic', 'numbers', '--partitions', '2'];
    await bench.millrace('kafka-topics', '--bootstrap-server', bench.bootstrapServers, ...topic);
    await fillNumbers(bench.bootstrapServers, million);
    const { comparison, text } = await compare(
      `CREATE STREAM numbers (n BIGINT, g STRING) WITH (KAFKA_TOPIC='numbers', VALUE_FORMAT='JSON');
CREATE TABLE groups WITH (VALUE_FORMAT='JSON') AS SELECT g, COUNT(*) AS cnt, SUM(n) AS total, AVG(n) AS mean, MAX(n) AS most FROM numbers GROUP BY g;
CREATE STREAM even WITH (VALUE_FORMAT='JSON') AS SELECT n, n / 7 AS seventh FROM numbers WHERE n % 2 = 0;`,
    );
    expect(named(comparison)).toEqual({ GROUPS: { flink: {}, spark: {} }, EVEN: { flink: {}, spark: {} } });
    const rows = comparison.runs.map(
      ({ title, firstResultMs, totalMs, memoryBytes }) =>
        `| ${title} | ${(firstResultMs / 1000).toFixed(2)} | ${(totalMs / 1000).toFixed(2)} | ${Math.round(comparison.records / (totalMs / 1000))} | ${Math.round(memoryBytes / 2 ** 20)} |`,
    );
    console.log(text.slice(0, 1500));
    if (million >= 1_000_000)
      record(`The same two queries over ${million} records`, 'Flink 2.2.1, Spark 4.1.1', [
        'A count, sum, mean and maximum of seven groups, and every second record projected; JSON, two partitions, `millrace compare`. All answers are',
        'equal. Times are from the submission; those of Spark include the start of its JVM, those of Flink not. Memory is of all processes of an engine.',
        '',
        '| | first result, s | all results, s | records/s | memory, MiB |',
        '| --- | --- | --- | --- | --- |',
        ...rows,
      ]);
  });
});
