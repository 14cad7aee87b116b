SET 'table.local-time-zone' = 'UTC';

SET 'pipeline.name' = 'LARGE, PER_HOUR, VISITS';

SET 'execution.checkpointing.mode' = 'EXACTLY_ONCE';

CREATE TABLE `ORDERS` (
  `key_ID` BIGINT,
  `customer` STRING,
  `price` DOUBLE,
  `Pieces` INT,
  `event_time` TIMESTAMP_LTZ(3) METADATA FROM 'timestamp' VIRTUAL,
  `row_partition` INT METADATA FROM 'partition' VIRTUAL,
  `row_offset` BIGINT METADATA FROM 'offset' VIRTUAL,
  WATERMARK FOR `event_time` AS `event_time` - INTERVAL '0 23:30:00.000' DAY TO SECOND(3)
) WITH (
  'connector' = 'kafka',
  'topic' = 'orders',
  'properties.bootstrap.servers' = 'localhost:9092',
  'properties.group.id' = 'millrace-test',
  'scan.startup.mode' = 'latest-offset',
  'scan.watermark.emit.strategy' = 'on-event',
  'key.fields' = 'key_ID',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.ignore-parse-errors' = 'true',
  'value.json.encode.decimal-as-plain-number' = 'true'
);

CREATE TABLE `LARGE_SINK` (
  `key_ID` BIGINT,
  `CUSTOMER` STRING,
  `TOTAL` DOUBLE,
  `HALVES` INT,
  `REMARK` STRING
) WITH (
  'connector' = 'kafka',
  'topic' = 'LARGE',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.fields' = 'key_ID',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.ignore-parse-errors' = 'true',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'millrace-test-LARGE',
  'properties.transaction.timeout.ms' = '600000'
);

CREATE TEMPORARY VIEW `LARGE_ROWS` AS
SELECT
  `key_ID` AS `ID`,
  UPPER(`customer`) AS `CUSTOMER`,
  (`price` * CAST(`Pieces` AS DOUBLE)) AS `TOTAL`,
  (`Pieces` / NULLIF(2, 0)) AS `HALVES`,
  'it''s' AS `REMARK`,
  `event_time`
FROM `ORDERS`
WHERE (((`price` * CAST(`Pieces` AS DOUBLE)) > CAST(100 AS DOUBLE)) AND (`customer` LIKE 'A%'));

CREATE TABLE `PER_HOUR_SINK` (
  `key_KEY` BYTES NOT NULL,
  `TOTAL` DOUBLE,
  `MOST` INT,
  `REMARKS` BIGINT,
  PRIMARY KEY (`key_KEY`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'PER_HOUR',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'json',
  'value.json.ignore-parse-errors' = 'true',
  'value.json.encode.decimal-as-plain-number' = 'true',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'millrace-test-PER_HOUR',
  'properties.transaction.timeout.ms' = '600000'
);

CREATE TABLE `VISITS_SINK` (
  `key_KEY` BYTES NOT NULL,
  `N` BIGINT,
  `SINCE` BIGINT,
  PRIMARY KEY (`key_KEY`) NOT ENFORCED
) WITH (
  'connector' = 'upsert-kafka',
  'topic' = 'VISITS',
  'properties.bootstrap.servers' = 'localhost:9092',
  'key.fields-prefix' = 'key_',
  'value.fields-include' = 'EXCEPT_KEY',
  'key.format' = 'raw',
  'value.format' = 'csv',
  'value.csv.ignore-parse-errors' = 'true',
  'value.csv.field-delimiter' = ',',
  'sink.delivery-guarantee' = 'exactly-once',
  'sink.transactional-id-prefix' = 'millrace-test-VISITS',
  'properties.transaction.timeout.ms' = '600000'
);

EXECUTE STATEMENT SET BEGIN
INSERT INTO `LARGE_SINK`
SELECT
  `key_ID`,
  UPPER(`customer`) AS `CUSTOMER`,
  (`price` * CAST(`Pieces` AS DOUBLE)) AS `TOTAL`,
  (`Pieces` / NULLIF(2, 0)) AS `HALVES`,
  'it''s' AS `REMARK`
FROM `ORDERS`
WHERE (((`price` * CAST(`Pieces` AS DOUBLE)) > CAST(100 AS DOUBLE)) AND (`customer` LIKE 'A%'));
INSERT INTO `PER_HOUR_SINK`
SELECT
  UNHEX(HEX(`CUSTOMER`) || LPAD(HEX((1000 * EXTRACT(EPOCH FROM window_start) + EXTRACT(MILLISECOND FROM window_start))), 16, '0')) AS `key_KEY`,
  COALESCE(CAST(SUM(`TOTAL`) AS DOUBLE), 0) AS `TOTAL`,
  MAX(`HALVES`) AS `MOST`,
  COUNT(DISTINCT `REMARK`) AS `REMARKS`
FROM TABLE(HOP(TABLE `LARGE_ROWS`, DESCRIPTOR(`event_time`), INTERVAL '10' MINUTE, INTERVAL '1' HOUR))
WHERE `CUSTOMER` IS NOT NULL
GROUP BY `CUSTOMER`, window_start, window_end;
INSERT INTO `VISITS_SINK`
SELECT
  UNHEX(HEX(`customer`) || LPAD(HEX(((1000 * EXTRACT(EPOCH FROM window_end) + EXTRACT(MILLISECOND FROM window_end)) - 1800000)), 16, '0') || LPAD(HEX((1000 * EXTRACT(EPOCH FROM window_start) + EXTRACT(MILLISECOND FROM window_start))), 16, '0')) AS `key_KEY`,
  COUNT(*) AS `N`,
  (1000 * EXTRACT(EPOCH FROM window_start) + EXTRACT(MILLISECOND FROM window_start)) AS `SINCE`
FROM TABLE(SESSION(TABLE `ORDERS` PARTITION BY `customer`, DESCRIPTOR(`event_time`), INTERVAL '30' MINUTE))
WHERE `customer` IS NOT NULL
GROUP BY `customer`, window_start, window_end;
END;

-- bad-fields: A field of orders that is not of its type is null in Flink; the statement skips the record.
-- order-of-partitions: Flink reads partitions side by side by their times, so rows of PER_HOUR may be counted that are late where one partition is read ahead of another.
-- emission-on-close: Flink emits a session once, when it closes.
-- order-of-partitions: Flink reads partitions side by side by their times, so rows of VISITS may be counted that are late where one partition is read ahead of another.