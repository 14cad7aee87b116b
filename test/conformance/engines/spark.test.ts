/**
 * Chapter 3 of the walk-through as PySpark on a real Spark, against our broker and our registry. Its decoder ABRiS is not in the package
 * registries: `from_avro` and `to_avro` behind the frame of 5 bytes, with the registry's schemas, do the same.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../../peers.ts';
import { chapter2Stream, chapter2Windows } from './chapter-2.ts';
import { consoleBatch, runChapter3, runChapter3Sink } from './chapter-3.ts';
import { produceCommercials } from './commercials.ts';
import { anHourAgo, startBench } from './engine-tests.ts';
import type { EngineBench } from './engine-tests.ts';

const patienceMs = 420_000;

describePeer('spark', 'chapter 3 of the walk-through', () => {
  let bench: EngineBench;
  const start = anHourAgo();

  beforeAll(async () => {
    bench = await startBench('spark-4.1.1');
    await bench.createTopic('commercials_avro', 3);
    await produceCommercials(bench, { startMs: start, partitions: 3 });
  });

  afterAll(() => bench?.close());

  test('3.2–3.10: offsets, schemas, counts in each mode, windows as those of ksqlDB', {
    timeout: patienceMs,
  }, async () => {
    const { told, part } = await runChapter3(bench, start);
    expect(Object.fromEntries([...told].filter(([row]) => row.startsWith('3.2')))).toEqual({
      // Records 0, 3, 6 … are in partition 0, which has 34; the others have 33.
      '3.2': 100,
      '3.2 earliest': 100,
      '3.2 json': 4 + 33 + 0,
      '3.2 ending': 4 + 31 + 0,
      '3.2 startingTimestamp': 20,
      '3.2 endingTimestamp': 20,
      '3.2 byTimestamp': 7 + 1 + 1,
      '3.2 later': 0,
      '3.2 subscribePattern': 100,
      '3.2 assign': 66,
      '3.2 minPartitions': 100,
      '3.2 group': 100,
      // Of each topic partition parts of about the same size.
      '3.2 partitions': 6,
      '3.2 no such time': true,
    });
    expect(part('3.3')).toContain(`root
 |-- key: binary (nullable = true)
 |-- value: binary (nullable = true)
 |-- topic: string (nullable = true)
 |-- partition: integer (nullable = true)
 |-- offset: long (nullable = true)
 |-- timestamp: timestamp (nullable = true)
 |-- timestampType: integer (nullable = true)
`);
    expect(part('3.4')).toMatch(/^root\n \|-- brand: string.*\n \|-- duration: integer.*\n \|-- rating: integer/);
    expect(part('3.5')).toContain(` |-- data: struct (nullable = true)
 |    |-- brand: string (nullable = false)
 |    |-- duration: integer (nullable = false)
 |    |-- rating: integer (nullable = false)
`);
    expect(part('3.6')).toContain('|  Acme|   50|\n|Globex|   50|\n');
    const console = part('3.6 complete');
    expect(consoleBatch(console, 0)).toEqual(['Acme 50', 'Globex 50']);
    expect(consoleBatch(console, 1)).toEqual(['Acme 51', 'Globex 50']);
    const updates = part('3.7 update');
    expect(consoleBatch(updates, 0)).toEqual(['Acme 51', 'Globex 50']);
    expect(consoleBatch(updates, 1)).toEqual(['Acme 52']);
    expect(told.get('3.7 latest')).toBe(3);
    // 39 + 33 + 23 records in batches of 25, shared over the partitions by what they have.
    const limited = told.get('3.7 limited') as number[];
    expect(limited.reduce((sum, count) => sum + count, 0)).toBe(39 + 33 + 23);
    expect(Math.max(...limited)).toBeLessThanOrEqual(26);

    await bench.ksql(chapter2Stream);
    await bench.ksql(chapter2Windows, { 'auto.offset.reset': 'earliest' });
    const triples = told.get('3.9') as unknown[][];
    // 10 records in 5 seconds, 5 of each brand, and copies among the first.
    expect(triples).toHaveLength(20);
    expect(told.get('3.9 streaming')).toEqual(triples);
    await expect
      .poll(() => bench.pull('SELECT BRAND, WINDOWSTART, KSQL_COL_0 FROM metrics_per_brand_windowed;'), {
        timeout: 30_000,
      })
      .toEqual(triples);
    expect(part('3.10')).toContain('|  Acme|        2.0|         45.0|\n|Globex|        3.0|         52.5|\n');
  });

  test('3.11–3.14: schemas that Spark derives, a sink in update mode, and its restart from the checkpoint', {
    timeout: patienceMs,
  }, async () => {
    const { output: first } = await runChapter3Sink(bench, 1);
    expect(first).toContain(`--- 3.12
root
 |-- key: binary (nullable = true)
 |-- value: binary (nullable = true)
`);
    const { schema } = (await (
      await fetch(`${bench.schemaRegistryUrl}/subjects/metrics_per_brand_spark222-value/versions/latest`)
    ).json()) as { schema: string };
    expect(JSON.parse(schema)).toEqual({
      type: 'record',
      name: 'topLevelRecord',
      fields: [
        { name: 'brand', type: ['string', 'null'] },
        { name: 'rating_mean', type: ['double', 'null'] },
        { name: 'duration_mean', type: ['double', 'null'] },
      ],
    });
    expect((await bench.avroLines('metrics_per_brand_spark222xx')).sort()).toEqual([
      '{"key_brand":{"string":"bar"}}\t{"brand":{"string":"bar"},"rating_mean":{"double":2.0},"duration_mean":{"double":2.0}}',
      '{"key_brand":{"string":"foo"}}\t{"brand":{"string":"foo"},"rating_mean":{"double":1.0},"duration_mean":{"double":1.0}}',
    ]);
    expect(first).toMatch(/--- 3\.14 1\d\d\n/);
    const before = await bench.avroLines('metrics_per_brand_spark222');
    expect(before).toHaveLength(2);

    // Spark goes on where it was: nothing comes twice, and the means know what was read before.
    await produceCommercials(bench, { startMs: start + 120_000, partitions: 3 });
    expect((await runChapter3Sink(bench, 2)).output).toContain('--- 3.14 100\n');
    const after = await bench.avroLines('metrics_per_brand_spark222');
    expect(after).toHaveLength(4);
    expect(after.slice(2).find((line) => line.includes('"Globex"'))).toMatch(
      /"rating_mean":\{"double":3\.0\d*\},"duration_mean":\{"double":52\.5\d*\}/,
    );
  });
});
