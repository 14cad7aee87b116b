/** Statements of the walk-through's chapter 4, for Flink's own SQL client, with the addresses that it has there. */
import type { EngineBench, Typed } from './engine-tests.ts';

/** Types statements into `sql-client.sh -f`, with the stack's addresses for the usual ones. */
export function typeIntoFlink(bench: EngineBench, text: string): Promise<Typed> {
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

/** Read to the topic's end, or to given offsets. */
function commercials(columns: string, until?: readonly number[]): string {
  const bounds =
    until === undefined
      ? "'scan.bounded.mode'='latest-offset'"
      : `'scan.bounded.mode'='specific-offsets', 'scan.bounded.specific-offsets'='${until.map((offset, partition) => `partition:${partition},offset:${offset}`).join(';')}'`;
  return `${columns}
) WITH ( 'connector'='kafka', 'topic'='commercials_avro', 'scan.startup.mode'='earliest-offset', ${bounds},
  'format'='avro-confluent', 'avro-confluent.schema-registry.url'='http://localhost:8081/',
  'properties.group.id'='flink-test-001', 'properties.bootstrap.servers'='localhost:9092' );
`;
}

/** 4.5. */
export function flinkSource(until?: readonly number[]): string {
  return `${settings}${commercials(
    `CREATE TABLE metrics_brand_stream (
  \`event_time\` TIMESTAMP(3) METADATA FROM 'timestamp',
  WATERMARK FOR event_time AS event_time - INTERVAL '10' MINUTE,
  \`partition\` BIGINT METADATA VIRTUAL, \`offset\` BIGINT METADATA VIRTUAL,
  brand string, duration int, rating int`,
    until,
  )}`;
}

/** 4.6: the writer's int as DOUBLE. */
export const flinkDoubles: string = commercials('CREATE TABLE ms (brand string, duration DOUBLE, rating DOUBLE');

/** 4.7, of the first two records. */
export const flinkRecords =
  'SELECT event_time, `partition`, `offset`, brand, duration, rating FROM metrics_brand_stream LIMIT 2;\n';

/** What follows is asked once and answered once. */
export const flinkBatch = "SET 'execution.runtime-mode' = 'batch';\n";

/** 4.8: over the int columns, one cast, and over the DOUBLE columns. */
export const flinkMeans = `SELECT AVG(duration) AS duration_mean, AVG(CAST(rating AS DOUBLE)) AS rating_mean FROM metrics_brand_stream;
SELECT AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM ms;
`;

const metrics =
  'SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM metrics_brand_stream GROUP BY brand';

/** 4.9. */
export const flinkMetrics: string = `${metrics};\n`;

/** 4.13: the windows of 2.8. */
export const flinkWindows = `SELECT brand, window_start, COUNT(*) AS cnt FROM TABLE(TUMBLE(TABLE metrics_brand_stream, DESCRIPTOR(event_time), INTERVAL '5' SECOND))
  GROUP BY brand, window_start, window_end HAVING COUNT(*) > 3;
`;

/** 4.10 to 4.12; the folder for checkpoints, which no machine here has, is taken and given back. */
export const flinkSink: string = `SET 'state.checkpoints.dir'='hdfs:///my/streaming_app/checkpoints/';
SET 'execution.checkpointing.mode'='EXACTLY_ONCE';
SET 'execution.checkpointing.interval'='30min';
SET 'execution.checkpointing.min-pause'='20min';
SET 'execution.checkpointing.max-concurrent-checkpoints'='1';
SET 'execution.checkpointing.prefer-checkpoint-for-recovery'='true';
RESET 'state.checkpoints.dir';
CREATE TABLE metrics_per_brand ( brand string, cnt BIGINT, duration_mean DOUBLE, rating_mean DOUBLE, PRIMARY KEY (brand) NOT ENFORCED )
WITH ( 'connector'='upsert-kafka', 'topic'='metrics_per_brand_flink', 'properties.group.id'='flink-test-001', 'properties.bootstrap.servers'='localhost:9092',
  'key.format'='avro-confluent', 'key.avro-confluent.schema-registry.subject'='metrics_per_brand_flink-key', 'key.avro-confluent.schema-registry.url'='http://localhost:8081/',
  'value.format'='avro-confluent', 'value.avro-confluent.schema-registry.subject'='metrics_per_brand_flink-value', 'value.avro-confluent.schema-registry.url'='http://localhost:8081/' );
SET 'table.dml-sync' = 'true';
INSERT INTO metrics_per_brand ${metrics};
select * from country_target;
`;

/** The cells of tableau results. */
export function cells(output: string): string[][] {
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

/** Brand, start in milliseconds and count of each window, sorted by their texts. */
export function windowRows(rows: readonly (readonly string[])[]): unknown[][] {
  return rows
    .flatMap(([brand, start = '', count, ...more]) =>
      more.length === 0 && /^\d{4}-\d\d-\d\d /.test(start)
        ? [[brand, Date.parse(`${start.replace(' ', 'T')}Z`), Number(count)]]
        : [],
    )
    .toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
}
