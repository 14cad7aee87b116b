/** The same statements on Millrace, a real Flink and a real Spark: `millrace compare`, and the clusters of `millrace engines`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Comparison } from '../../../src/deploy/compare/comparison.ts';
import { describePeer } from '../../peers.ts';
import { anHourAgo, startBench } from './engine-tests.ts';
import type { EngineBench } from './engine-tests.ts';

const source =
  "CREATE STREAM ratings (brand VARCHAR, duration INT, rating INT) WITH (KAFKA_TOPIC='ratings', VALUE_FORMAT='AVRO', PARTITIONS=1);";

const start = anHourAgo();

/** Rows over half a minute, two of them without a brand, one late beyond every grace, numbers negative and large. */
function rows(): string {
  const values: string[] = [];
  for (let i = 0; i < 240; i++) {
    const brand = i % 97 === 5 ? 'NULL' : `'${['Acme', 'Globex', 'Ünïcode & <b>'][i % 3] ?? ''}'`;
    const rating = i % 50 === 7 ? 'NULL' : String(((i * 7919) % 5) - 1);
    values.push(
      `INSERT INTO ratings (ROWTIME, brand, duration, rating) VALUES (${start + i * 125}, ${brand}, ${30 + 15 * (i % 3)}, ${rating});`,
    );
  }
  values.push(
    `INSERT INTO ratings (ROWTIME, brand, duration, rating) VALUES (${start - 7_200_000}, 'Acme', 2147483647, 1);`,
  );
  return values.join('\n');
}

const pipeline = `SET 'auto.offset.reset' = 'earliest';
CREATE STREAM ratings WITH (KAFKA_TOPIC='ratings', VALUE_FORMAT='AVRO');
CREATE TABLE per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, SUM(rating) AS total, MIN(rating) AS least, SUM(duration) AS wraps
  FROM ratings GROUP BY brand EMIT CHANGES;
CREATE TABLE per_window WITH (VALUE_FORMAT='JSON') AS
  SELECT brand, COUNT(*) AS cnt FROM ratings WINDOW TUMBLING (SIZE 5 SECONDS, GRACE PERIOD 1 HOUR) GROUP BY brand HAVING COUNT(*) > 3;
CREATE STREAM good WITH (VALUE_FORMAT='DELIMITED') AS
  SELECT UCASE(brand) AS brand, duration / 4 AS quarters, rating * 2 AS twice, LEN(brand) AS letters FROM ratings WHERE rating >= 2 EMIT CHANGES;
`;

describePeer('flink', 'the same answers', () => {
  let bench: EngineBench;

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1', 'spark-4.1.1');
    await bench.ksql(source);
    await bench.ksql(rows());
    bench.file('pipeline.sql', pipeline);
  });

  afterAll(async () => {
    await bench?.close();
  });

  test('a cluster starts, tells its addresses, starts no second time, and lets go of its ports', async () => {
    const offset = String(bench.portOffset);
    const started = await bench.startFlink();
    expect(started.stdout).toContain(`Web UI and REST    ${bench.flinkRest}`);
    const again = await bench.millrace('engines', 'start', 'flink', '--port-offset', offset);
    expect(again).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Apache Flink is running already; "millrace engines stop flink" stops it.'),
    });
    expect((await bench.millrace('engines')).stdout).toMatch(/Apache Flink +2\.2\.1 +running\n/);
  });

  test('three engines, one pipeline: every answer is equal or its difference has a name', {
    timeout: 300_000,
  }, async () => {
    const where = ['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl];
    const { stdout, stderr, code } = await bench.millrace(
      ...['compare', 'pipeline.sql', ...where, '--flink', bench.flinkGateway],
      ...['--json', 'comparison.json', '--html', 'comparison.html'],
    );
    expect(code, stdout + stderr).toBe(0);
    const comparison = JSON.parse(readFileSync(join(bench.folder, 'comparison.json'), 'utf8')) as Comparison;
    expect(comparison.records).toBe(241);
    expect(comparison.runs.map(({ engine }) => engine)).toEqual(['millrace', 'flink', 'spark']);
    for (const { results } of comparison.runs) expect(results['PER_BRAND']?.rows).toHaveLength(3);
    const found = comparison.queries.map(({ name, differences }) => [
      name,
      ...Object.entries(differences).map(([engine, { counts }]) => `${engine}: ${Object.keys(counts).join()}`),
    ]);
    expect(found).toEqual([
      // One duration is 2^31 − 1: sums of 32 bits wrap, and so do means.
      ['PER_BRAND', 'flink: ', 'spark: '],
      // The late row: Spark reads all of it in one batch, before its watermark moves.
      ['PER_WINDOW', 'flink: ', 'spark: '],
      ['GOOD', 'flink: ', 'spark: '],
    ]);
    expect(readFileSync(join(bench.folder, 'comparison.html'), 'utf8')).toContain('&lt;b&gt;');
  });

  test('deploy: a job runs on until its cluster ends, one that fails is named with its root cause and cancelled', {
    timeout: 180_000,
  }, async () => {
    const where = ['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl];
    const gateway = ['--to', 'flink', '--address', bench.flinkGateway];
    bench.file('good.sql', pipeline.replaceAll('per_brand', 'deployed').replace(/CREATE TABLE per_window[^]*$/, ''));
    const good = await bench.millrace('deploy', 'good.sql', ...gateway, ...where);
    expect(good, good.stderr).toMatchObject({ code: 0 });
    expect(good.stdout).toMatch(/^Flink runs job [0-9a-f]{32}; it writes DEPLOYED\.\n/);
    const read = ['--topic', 'DEPLOYED', '--from-beginning', '--max-messages', '3', '--timeout-ms', '60000'];
    const written = await bench.millrace(
      'kafka-console-consumer',
      '--bootstrap-server',
      bench.bootstrapServers,
      ...read,
    );
    expect(written.stderr).toContain('Processed a total of 3 messages');

    await bench.ksql(
      "CREATE STREAM texts (name VARCHAR) WITH (KAFKA_TOPIC='texts', VALUE_FORMAT='AVRO', PARTITIONS=1);",
    );
    await bench.ksql("CREATE STREAM raw (name VARCHAR) WITH (KAFKA_TOPIC='texts', VALUE_FORMAT='KAFKA');");
    await bench.ksql("INSERT INTO raw (name) VALUES ('no Avro');");
    bench.file(
      'bad.sql',
      `SET 'auto.offset.reset' = 'earliest';
CREATE STREAM bad (name VARCHAR) WITH (KAFKA_TOPIC='texts', VALUE_FORMAT='AVRO');
CREATE STREAM copy AS SELECT name FROM bad;
`,
    );
    const bad = await bench.millrace('deploy', 'bad.sql', ...gateway, ...where);
    expect(bad).toMatchObject({ code: 1, stdout: '' });
    expect(bad.stderr).toMatch(
      /millrace: Flink's job [0-9a-f]{32} fails: Unknown data format\. Magic number does not match \(IOException\)\. It was cancelled\.\n$/,
    );
    const { jobs } = (await (await fetch(`${bench.flinkRest}/jobs/overview`)).json()) as {
      jobs: readonly { readonly name: string; readonly state: string }[];
    };
    expect(jobs.find(({ name }) => name === 'DEPLOYED')?.state).toBe('RUNNING');
    expect(jobs.find(({ name }) => name === 'COPY')?.state).toMatch(/^CANCEL(L?ED|LING)$/);
    expect(
      await bench.millrace('deploy', 'good.sql', '--to', 'flink', '--address', bench.flinkRest, ...where),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `What answers at ${bench.flinkRest} is not Flink's SQL gateway (Not found: /v1/sessions)`,
      ),
    });
  });

  test('deploy: the same on Spark', { timeout: 240_000 }, async () => {
    const where = ['--bootstrap-server', bench.bootstrapServers, '--schema-registry', bench.schemaRegistryUrl];
    bench.file('spark.sql', pipeline.replaceAll('per_brand', 'on_spark').replace(/CREATE TABLE per_window[^]*$/, ''));
    const good = await bench.millrace('deploy', 'spark.sql', '--to', 'spark', '--address', 'local[2]', ...where);
    expect(good, good.stderr).toMatchObject({ code: 0 });
    const [, pid] =
      /^Spark runs the job in process (\d+), which logs to .*; it writes ON_SPARK\.\n/.exec(good.stdout) ?? [];
    try {
      const read = ['--topic', 'ON_SPARK', '--from-beginning', '--max-messages', '3', '--timeout-ms', '60000'];
      const at = ['--bootstrap-server', bench.bootstrapServers];
      const written = await bench.millrace('kafka-console-consumer', ...at, ...read);
      expect(written.stderr).toContain('Processed a total of 3 messages');
    } finally {
      process.kill(Number(pid), 'SIGTERM');
    }
  });
});
