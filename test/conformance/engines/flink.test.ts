/** Chapter 4 of the walk-through, typed into Flink's own SQL client over a real Flink cluster, against our broker and our registry. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describePeer } from '../../peers.ts';
import { produceCommercials } from './commercials.ts';
import { startBench } from './engine-tests.ts';
import type { EngineBench, Typed } from './engine-tests.ts';

describePeer('flink', 'chapter 4 of the walk-through', () => {
  let bench: EngineBench;
  const start = Math.floor((Date.now() - 3_600_000) / 60_000) * 60_000;

  beforeAll(async () => {
    bench = await startBench('flink-2.2.1');
    await produceCommercials(bench, start);
    const up = await bench.millrace('engines', 'start', 'flink', '--port-offset', String(bench.portOffset));
    expect(up.stderr + up.stdout).toContain('Apache Flink 2.2.1 is up.');
  });

  afterAll(async () => {
    await bench?.millrace('engines', 'stop', 'flink');
    await bench?.close();
  });

  /** Types statements into `sql-client.sh -f`, with the stack's addresses for the usual ones. */
  function client(text: string): Promise<Typed> {
    const here = text
      .replaceAll('localhost:9092', bench.bootstrapServers)
      .replaceAll('http://localhost:8081', bench.schemaRegistryUrl);
    bench.file('statements.sql', here);
    return bench.millrace('engines', 'shell', 'flink', '-f', 'statements.sql');
  }

  const settings = `SET 'sql-client.execution.result-mode' = 'tableau';
SET 'table.local-time-zone' = 'UTC';
SET 'parallelism.default' = '1';
`;
  const commercials = (columns: string): string => `${columns}
) WITH ( 'connector'='kafka', 'topic'='commercials_avro', 'scan.startup.mode'='earliest-offset', 'scan.bounded.mode'='latest-offset',
  'format'='avro-confluent', 'avro-confluent.schema-registry.url'='http://localhost:8081/',
  'properties.group.id'='flink-test-001', 'properties.bootstrap.servers'='localhost:9092' );
`;
  const source = commercials(`CREATE TABLE metrics_brand_stream (
  \`event_time\` TIMESTAMP(3) METADATA FROM 'timestamp',
  WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE,
  \`partition\` BIGINT METADATA VIRTUAL, \`offset\` BIGINT METADATA VIRTUAL,
  brand string, duration int, rating int`);

  test('4.5–4.9, 4.13: metadata columns, promotion of the reader, means cut and not, updates, windows', {
    timeout: 240_000,
  }, async () => {
    const { stdout, stderr } = await client(`${settings}${source}
${commercials('CREATE TABLE ms (brand string, duration DOUBLE, rating DOUBLE')}
SELECT event_time, \`partition\`, \`offset\`, brand, duration, rating FROM metrics_brand_stream LIMIT 2;
SET 'execution.runtime-mode' = 'batch';
SELECT AVG(duration) AS duration_mean, AVG(CAST(rating AS DOUBLE)) AS rating_mean FROM metrics_brand_stream;
SELECT AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM ms;
SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM metrics_brand_stream GROUP BY brand;
SELECT COUNT(*) AS windows, SUM(cnt) AS counted FROM (
  SELECT brand, window_start, COUNT(*) AS cnt FROM TABLE(TUMBLE(TABLE metrics_brand_stream, DESCRIPTOR(event_time), INTERVAL '5' SECOND))
  GROUP BY brand, window_start, window_end HAVING COUNT(*) > 3);
`);
    const rows = cells(stdout);
    const first = new Date(start).toISOString().replace('T', ' ').replace('Z', '');
    expect(stdout + stderr).toContain('[INFO] Execute statement succeed');
    expect(rows).toContainEqual(['+I', first, '0', '0', 'Acme', '30', '1']);
    // 4.8: an INT's mean is an INT; DOUBLE columns over the writer's int are DOUBLE.
    expect(rows).toContainEqual(['48', '2.5']);
    expect(rows).toContainEqual(['48.75', '2.5']);
    expect(rows).toContainEqual(['Acme', '50', '45', '2']);
    expect(rows).toContainEqual(['Globex', '50', '52', '3']);
    // 10 records in 5 seconds, 5 of each brand.
    expect(rows).toContainEqual(['20', '100']);
  });

  test('4.10, 4.11, 4.12: upserts with Avro keys and values, schemas registered; what is not there is an error', {
    timeout: 240_000,
  }, async () => {
    const { stdout } = await client(`${settings}${source}
SET 'state.checkpoints.dir'='hdfs:///my/streaming_app/checkpoints/';
SET 'execution.checkpointing.mode'='EXACTLY_ONCE';
RESET 'state.checkpoints.dir';
CREATE TABLE metrics_per_brand ( brand string, cnt BIGINT, duration_mean DOUBLE, rating_mean DOUBLE, PRIMARY KEY (brand) NOT ENFORCED )
WITH ( 'connector'='upsert-kafka', 'topic'='metrics_per_brand_flink', 'properties.group.id'='flink-test-001', 'properties.bootstrap.servers'='localhost:9092',
  'key.format'='avro-confluent', 'key.avro-confluent.schema-registry.subject'='metrics_per_brand_flink-key', 'key.avro-confluent.schema-registry.url'='http://localhost:8081/',
  'value.format'='avro-confluent', 'value.avro-confluent.schema-registry.subject'='metrics_per_brand_flink-value', 'value.avro-confluent.schema-registry.url'='http://localhost:8081/' );
SET 'table.dml-sync' = 'true';
INSERT INTO metrics_per_brand SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM metrics_brand_stream GROUP BY brand;
select * from country_target;
`);
    expect(stdout.match(/Execute statement succeeded/g)?.length).toBeGreaterThanOrEqual(7);
    expect(stdout).toContain('[INFO] Complete execution of the SQL update statement.');
    expect(stdout).toContain("Object 'country_target' not found");
    const subjects = (await (await fetch(`${bench.schemaRegistryUrl}/subjects`)).json()) as string[];
    expect(subjects).toEqual(expect.arrayContaining(['metrics_per_brand_flink-key', 'metrics_per_brand_flink-value']));
    const consumed = await bench.millrace(
      ...[
        'kafka-avro-console-consumer',
        '--bootstrap-server',
        bench.bootstrapServers,
        '--topic',
        'metrics_per_brand_flink',
      ],
      ...[
        '--from-beginning',
        '--timeout-ms',
        '3000',
        '--property',
        'print.key=true',
        '--property',
        `schema.registry.url=${bench.schemaRegistryUrl}`,
      ],
    );
    const last = new Map(consumed.stdout.split('\n').map((line) => line.split('\t') as [string, string]));
    expect(last.get('{"brand":"Acme"}')).toBe(
      '{"brand":"Acme","cnt":{"long":50},"duration_mean":{"double":45.0},"rating_mean":{"double":2.0}}',
    );
  });
});

/** The cells of tableau results. */
function cells(output: string): string[][] {
  return output
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
