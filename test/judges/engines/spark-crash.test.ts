/**
 * kill -9 in the middle of Spark's jobs: of Millrace, which is their broker, and of the driver. Spark's Kafka sink is at-least-once (Spark
 * documentation, "Structured Streaming + Kafka Integration Guide"): a batch whose commit was not written is written again. So no result is
 * missing, and with keys the final table is right; what came twice is counted.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startBench } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';
import { startPySpark } from '../../conformance/engines/pyspark.ts';
import type { SparkProgram } from '../../conformance/engines/pyspark.ts';
import { pause } from '../../eventually.ts';
import { describePeer } from '../../peers.ts';
import { fillNumbers, fullKills, groupCounts, kills, lastCounts, readJson } from './numbers.ts';
import { record } from './record.ts';

const program = readFileSync(new URL('spark-crash.py', import.meta.url), 'utf8');
const patienceMs = 180_000 + kills * 90_000;

describePeer('spark', 'kill -9 in the middle of jobs with checkpoints', () => {
  let bench: EngineBench;
  let driver: SparkProgram | undefined;

  beforeEach(async () => {
    bench = await startBench('spark-4.1.1');
    await bench.createTopic('numbers', 2);
  });

  afterEach(async () => {
    await driver?.kill();
    await bench?.close();
  });

  test(`of Millrace, ${kills} times`, { timeout: patienceMs }, async () => {
    const count = 6000 * kills;
    await fillNumbers(bench.bootstrapServers, count);
    driver = start();
    for (let i = 0; i < kills; i++) {
      if (i % 3 !== 2) await anotherBatch();
      await pause(Math.random() * 1500);
      await bench.crash(Math.random() * 1500);
    }
    expect(driver.stdout()).not.toContain('failures');
    expect(await driver.ended, driver.stderr().slice(-4000)).toBe(0);
    const failures = /failures (\d+)/.exec(driver.stdout())?.[1];
    await judged(
      'Spark, at least once: kill -9 of Millrace',
      count,
      `${failures} failures of a query, which then began again`,
    );
  });

  test(`of the driver, ${kills} times`, { timeout: patienceMs }, async () => {
    const count = 2000 * kills;
    await fillNumbers(bench.bootstrapServers, count);
    for (let i = 0; i < kills; i++) {
      driver = start();
      await anotherBatch();
      await pause(Math.random() * 1500);
      expect(driver.stdout()).not.toContain('failures');
      await driver.kill();
    }
    driver = start();
    expect(await driver.ended, driver.stderr().slice(-4000)).toBe(0);
    await judged('Spark, at least once: kill -9 of the driver', count, 'begun again from its checkpoint each time');
  });

  /** Tasks may fail four times, as on a cluster. */
  function start(): SparkProgram {
    return startPySpark(join(bench.folder, 'spark'), program, [bench.bootstrapServers, bench.folder], 'local[2,4]');
  }

  /** The job works: one of its queries has committed another batch. */
  async function anotherBatch(): Promise<void> {
    const before = batches();
    await expect
      .poll(
        () => {
          expect(driver?.stdout()).not.toContain('failures');
          return batches();
        },
        { timeout: patienceMs, interval: 100 },
      )
      .toBeGreaterThan(before);
  }

  function batches(): number {
    return ['doubled', 'counts']
      .map((query) => join(bench.folder, 'checkpoints', query, 'commits'))
      .filter((folder) => existsSync(folder))
      .reduce((sum, folder) => sum + readdirSync(folder).filter((name) => /^\d+$/.test(name)).length, 0);
  }

  async function judged(title: string, count: number, how: string): Promise<void> {
    const rows = await readJson(bench.bootstrapServers, 'doubled', 'read_committed');
    const byKey = new Map(rows.map(([key, value]) => [key, value]));
    expect(byKey.size).toBe(count);
    expect([...byKey].every(([key, { n, twice }]) => Number(key) === n && twice === 2 * Number(n))).toBe(true);
    const counts = await readJson(bench.bootstrapServers, 'counts', 'read_committed');
    expect(lastCounts(counts, true)).toEqual(groupCounts(count));
    const figures = `${count} records read, ${kills} kills, ${how}, ${batches()} batches committed: no result is missing, ${rows.length - count} of ${rows.length} came twice, and by their keys all are right. The ${counts.length} records of the table that counts end in the right counts.`;
    console.log(figures);
    if (kills >= fullKills) record(title, 'Spark 4.1.1', [figures]);
  }
});
