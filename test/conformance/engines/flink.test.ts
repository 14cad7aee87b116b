/** Chapter 4 of the walk-through, typed into Flink's own SQL client over a real Flink cluster, against our broker and our registry. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../../peers.ts';
import { chapter2Metrics, chapter2Stream, chapter2Windows } from './chapter-2.ts';
import {
  cells,
  flinkBatch,
  flinkDoubles,
  flinkMeans,
  flinkMetrics,
  flinkRecords,
  flinkSink,
  flinkSource,
  flinkWindows,
  typeIntoFlink,
  windowRows,
} from './chapter-4.ts';
import { produceCommercials } from './commercials.ts';
import { anHourAgo, startBench } from './engine-tests.ts';
import type { EngineBench } from './engine-tests.ts';

describePeer('flink', 'chapter 4 of the walk-through', () => {
  let bench: EngineBench;
  const start = anHourAgo();

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1');
    await produceCommercials(bench, { startMs: start });
    const up = await bench.startFlink();
    expect(up.stderr + up.stdout).toContain('Apache Flink 2.2.1 is up.');
  });

  afterAll(() => bench?.close());

  test('4.5–4.9, 4.13: metadata columns, promotion of the reader, means cut and not, updates, windows', {
    timeout: 240_000,
  }, async () => {
    const { stdout, stderr } = await typeIntoFlink(
      bench,
      flinkSource() + flinkDoubles + flinkRecords + flinkBatch + flinkMeans + flinkMetrics + flinkWindows,
    );
    const rows = cells(stdout);
    const first = new Date(start).toISOString().replace('T', ' ').replace('Z', '');
    expect(stdout + stderr).toContain('[INFO] Execute statement succeed');
    expect(rows).toContainEqual(['+I', first, '0', '0', 'Acme', '30', '1']);
    // 4.8: an INT's mean is an INT; DOUBLE columns over the writer's int are DOUBLE.
    expect(rows).toContainEqual(['48', '2.5']);
    expect(rows).toContainEqual(['48.75', '2.5']);
    expect(rows).toContainEqual(['Acme', '50', '45', '2']);
    expect(rows).toContainEqual(['Globex', '50', '52', '3']);
    // 10 records in 5 seconds, 5 of each brand: the windows that 2.8 has.
    const windows = windowRows(rows);
    expect(windows).toHaveLength(20);
    await bench.ksql(chapter2Stream + chapter2Metrics + chapter2Windows, { 'auto.offset.reset': 'earliest' });
    await expect
      .poll(() => bench.pull('SELECT BRAND, WINDOWSTART, KSQL_COL_0 FROM metrics_per_brand_windowed;'), {
        timeout: 30_000,
      })
      .toEqual(windows);
    // 2.5 has the counts of 4.9, and the means of which 4.9 has the whole part.
    await expect
      .poll(() => bench.pull('SELECT BRAND, CNT, DURATION_MEAN, RATING_MEAN FROM metrics_per_brand;'), {
        timeout: 30_000,
      })
      .toEqual([
        ['Acme', 50, 45, 2],
        ['Globex', 50, 52.5, 3],
      ]);
  });

  test('4.10, 4.11, 4.12: upserts with Avro keys and values, schemas registered; what is not there is an error', {
    timeout: 240_000,
  }, async () => {
    const { stdout } = await typeIntoFlink(bench, flinkSource() + flinkSink);
    expect(stdout.match(/Execute statement succeeded/g)?.length).toBeGreaterThanOrEqual(11);
    expect(stdout).toContain('[INFO] Complete execution of the SQL update statement.');
    expect(stdout).toContain("Object 'country_target' not found");
    const subjects = (await (await fetch(`${bench.schemaRegistryUrl}/subjects`)).json()) as string[];
    expect(subjects).toEqual(expect.arrayContaining(['metrics_per_brand_flink-key', 'metrics_per_brand_flink-value']));
    const lines = await bench.avroLines('metrics_per_brand_flink');
    const last = new Map(lines.map((line) => line.split('\t') as [string, string]));
    expect(last.get('{"brand":"Acme"}')).toBe(
      '{"brand":"Acme","cnt":{"long":50},"duration_mean":{"double":45.0},"rating_mean":{"double":2.0}}',
    );
  });
});
