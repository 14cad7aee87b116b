SET 'table.local-time-zone' = 'UTC';

SET 'pipeline.name' = 'METRICS_PER_BRAND, METRICS_PER_BRAND_WINDOWED';

CREATE TABLE `METRICS_BRAND_STREAM` (
  `brand` STRING,
  `duration` INT,
  `rating` INT,
  `event_time` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  `row_partition` INT METADATA FROM 'partition' VIRTUAL,
  `row_offset` BIGINT METADATA FROM 'offset' VIRTUAL,
  WATERMARK FOR `event_time` AS `event_time`
) WITH (
  'connector' = 'kafka',
  'topic' = 'commercials_avro',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'millrace-test',
  'scan.startup.mode' = 'earliest-offset',
  'scan.watermark.emit.strategy' = 'on-event',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://localhost:8081'
);

CREATE TABLE `METRICS_PER_BRAND_SINK` (
  `key_BRAND` STRING NOT NULL,
  `CNT` BIGINT,
  `DURATION_MEAN` DOUBLE,
  `RATING_MEAN` DOUBLE,
  PRIMARY KEY (`key_BRAND`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'METRICS_PER_BRAND',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://localhost:8081',
  'value.avro-confluent.schema' = '{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"CNT","type":["null","long"],"default":null},{"name":"DURATION_MEAN","type":["null","double"],"default":null},{"name":"RATING_MEAN","type":["null","double"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"}'
);

CREATE TABLE `METRICS_PER_BRAND_WINDOWED_SINK` (
  `key_KEY` BYTES NOT NULL,
  `KSQL_COL_0` BIGINT,
  PRIMARY KEY (`key_KEY`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'METRICS_PER_BRAND_WINDOWED',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'avro-confluent',
  'value.avro-confluent.url' = 'http://localhost:8081',
  'value.avro-confluent.schema' = '{"type":"record","name":"KsqlDataSourceSchema","namespace":"io.confluent.ksql.avro_schemas","fields":[{"name":"KSQL_COL_0","type":["null","long"],"default":null}],"connect.name":"io.confluent.ksql.avro_schemas.KsqlDataSourceSchema"}',
  'sink.buffer-flush.max-rows' = '1000',
  'sink.buffer-flush.interval' = '1s'
);

EXECUTE STATEMENT SET BEGIN
INSERT INTO `METRICS_PER_BRAND_SINK`
SELECT
  `brand` AS `key_BRAND`,
  COUNT(*) AS `CNT`,
  COALESCE(CAST(SUM(`duration`) AS DOUBLE) / NULLIF(COUNT(`duration`), 0), CAST(0 AS DOUBLE)) AS `DURATION_MEAN`,
  COALESCE(CAST(SUM(`rating`) AS DOUBLE) / NULLIF(COUNT(`rating`), 0), CAST(0 AS DOUBLE)) AS `RATING_MEAN`
FROM `METRICS_BRAND_STREAM`
WHERE `brand` IS NOT NULL
GROUP BY `brand`;
INSERT INTO `METRICS_PER_BRAND_WINDOWED_SINK`
SELECT
  UNHEX(HEX(`brand`) || LPAD(HEX((1000 * EXTRACT(EPOCH FROM window_start) + EXTRACT(MILLISECOND FROM window_start))), 16, '0')) AS `key_KEY`,
  COUNT(*) AS `KSQL_COL_0`
FROM TABLE(TUMBLE(TABLE `METRICS_BRAND_STREAM`, DESCRIPTOR(`event_time`), INTERVAL '5' SECOND))
WHERE `brand` IS NOT NULL
  AND (CURRENT_WATERMARK(`event_time`) IS NULL OR window_end + INTERVAL '0 23:59:55.000' DAY TO SECOND(3) > CURRENT_WATERMARK(`event_time`))
GROUP BY UNHEX(HEX(`brand`) || LPAD(HEX((1000 * EXTRACT(EPOCH FROM window_start) + EXTRACT(MILLISECOND FROM window_start))), 16, '0'))
HAVING (COUNT(*) > CAST(3 AS BIGINT));
END;

-- bad-records: A record of commercials_avro that is no Avro makes Flink's job fail; the statement skips it.
-- emission-by-batch: Flink writes the last value of each group of METRICS_PER_BRAND_WINDOWED once a second, since old and new values come in pairs.
-- order-of-partitions: Flink reads partitions side by side by their times, so rows of METRICS_PER_BRAND_WINDOWED may be counted that are late where one partition is read ahead of another.