/**
 * The walk-through's chapters against each other (WALKTHROUGH, section 8): over the same offsets of one topic chapter 2 on Millrace's ksqlDB,
 * chapter 3 as PySpark on a real Spark and chapter 4 in the SQL client of a real Flink. And what is seen in each row of chapters 3 and 4.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chapter2Metrics, chapter2Stream, chapter2Windows } from '../../conformance/engines/chapter-2.ts';
import { runOverCommercials } from '../../conformance/engines/chapter-3.ts';
import {
  cells,
  flinkBatch,
  flinkMetrics,
  flinkSource,
  flinkWindows,
  typeIntoFlink,
  windowRows,
} from '../../conformance/engines/chapter-4.ts';
import { produceCommercials } from '../../conformance/engines/commercials.ts';
import { anHourAgo, startBench } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';
import { describePeer } from '../../peers.ts';
import { chapterRows } from './chapter-rows.ts';
import { record } from './record.ts';

const versions = 'Flink 2.2.1, Spark 4.1.1';
const partitions = 3;
const count = 10_000;

describePeer('flink', 'the chapters against each other', () => {
  let bench: EngineBench;
  const startMs = anHourAgo(count * 500);

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1', 'spark-4.1.1');
    await bench.createTopic('commercials_avro', partitions);
    await bench.startFlink();
  });

  afterAll(() => bench?.close());

  test('2.5, 3.6 and 4.9: the same counts; 2.8, 3.9 and 4.13: the same windows; the means of 4.9 are cut', async () => {
    await produceCommercials(bench, { startMs, count, partitions, kind: 'drawn' });
    const until = Array.from({ length: partitions }, (_, i) => Math.ceil((count - i) / partitions));

    await bench.ksql(chapter2Stream + chapter2Metrics + chapter2Windows, { 'auto.offset.reset': 'earliest' });
    const pull = (columns: string, table: string): Promise<unknown[][]> =>
      bench.pull(`SELECT ${columns} FROM ${table};`);
    const counted = async (): Promise<number> => {
      const metrics = await pull('BRAND, CNT', 'metrics_per_brand');
      return metrics.reduce((sum, [, cnt]) => sum + Number(cnt), 0);
    };
    await expect.poll(counted, { timeout: 60_000 }).toBe(count);

    const program = readFileSync(new URL('cross-checks.py', import.meta.url), 'utf8');
    const spark = await runOverCommercials(bench, 'cross-checks.py', program, JSON.stringify({ ...until }));
    const { stdout } = await typeIntoFlink(bench, flinkSource(until) + flinkBatch + flinkMetrics + flinkWindows);
    const flinkRows = cells(stdout);

    const metrics = await pull('BRAND, CNT, DURATION_MEAN, RATING_MEAN', 'metrics_per_brand');
    const [acme = [], globex = []] = metrics;
    expect(metrics).toHaveLength(2);
    expect(spark.told.get('3.6')).toEqual(metrics.map(([brand, cnt]) => [brand, cnt]));
    expect(spark.told.get('3.10')).toEqual(metrics.map(([brand, , duration, rating]) => [brand, duration, rating]));
    const cut = metrics.map(([brand, cnt, ...means]) => [brand, cnt, ...means.map((mean) => Math.trunc(Number(mean)))]);
    for (const row of cut) expect(flinkRows).toContainEqual(row.map(String));
    // Had the means no fraction, cutting it would show nothing.
    expect(metrics.flatMap(([, , ...means]) => means).some((mean) => !Number.isInteger(mean))).toBe(true);

    const windows = windowRows(flinkRows);
    const sparkWindows = (spark.told.get('3.9') as unknown[][]).toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
    expect(sparkWindows).toEqual(windows);
    await expect.poll(() => pull('BRAND, WINDOWSTART, KSQL_COL_0', 'metrics_per_brand_windowed')).toEqual(windows);
    const all = new Set(windows.map(([, start]) => start)).size;
    const inWindows = windows.reduce((sum, [, , cnt]) => sum + Number(cnt), 0);

    const text = (rows: readonly (readonly unknown[])[]): string =>
      rows.map(([brand, ...values]) => `${String(brand)} ${values.map(shortened).join(', ')}`).join('; ');
    record('The chapters against each other', versions, [
      `${count} records as Datagen draws them, in ${partitions} partitions up to the offsets ${until.join(', ')}, read by each engine from the same topic: counts and windows are`,
      'the same, and the means of 4.9, which are those of an INT, are the whole parts of those of 2.5.',
      '',
      '| row | engine | seen |',
      '| --- | --- | --- |',
      `| 2.5 | Millrace, ksqlDB | ${text([acme, globex])} |`,
      `| 3.6 | Spark | ${text(spark.told.get('3.6') as unknown[][])} |`,
      `| 3.10 | Spark | ${text(spark.told.get('3.10') as unknown[][])} |`,
      `| 4.9 | Flink | ${text(cut)} |`,
      ...[
        ['2.8', 'Millrace, ksqlDB'],
        ['3.9', 'Spark'],
        ['4.13', 'Flink'],
      ].map(
        ([row, engine]) =>
          `| ${row} | ${engine} | ${windows.length} counts above 3 in ${all} windows, ${inWindows} records in them |`,
      ),
    ]);
  });
});

describePeer('flink', 'chapters 3 and 4, row by row', () => {
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1', 'spark-4.1.1');
  });

  afterAll(() => bench?.close());

  test('what was typed and what was seen', async () => {
    const rows = await chapterRows(bench);
    for (const { row, seen } of rows) expect(seen, row).not.toBe('');
    record('Chapters 3 and 4 of the walk-through, row by row', versions, [
      'A hundred records, a half second apart, 50 of each brand; Spark by PySpark, whose `from_avro` and `to_avro` stand for ABRiS, Flink by its `sql-client.sh`.',
      'What is asserted of each row is in test/conformance/engines.',
      '',
      '| row | typed | seen |',
      '| --- | --- | --- |',
      ...rows.map(({ row, typed, seen }) => `| ${row} | ${typed} | ${seen.replaceAll('|', '\\|')} |`),
    ]);
  });
});

function shortened(value: unknown): string {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(4) : String(value);
}
