/** Statements of the walk-through's chapter 2 that other chapters are held against: 2.1, 2.5 and 2.8. */

export const chapter2Stream =
  "CREATE OR REPLACE STREAM metrics_brand_stream WITH ( KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO' );";

export const chapter2Metrics = `CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;`;

export const chapter2Windows = `CREATE OR REPLACE TABLE metrics_per_brand_windowed AS
SELECT BRAND, count(*) FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY BRAND HAVING count(*) > 3;`;
