CREATE OR REPLACE STREAM metrics_brand_stream WITH (KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO');
SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;
CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;
CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;
CREATE OR REPLACE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;
SELECT * FROM metrics_per_brand;
SELECT * FROM metrics_per_brand WHERE BRAND='Acme';
CREATE OR REPLACE TABLE metrics_per_brand_windowed AS
SELECT BRAND, count(*) FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY BRAND HAVING count(*) > 3;
SELECT * FROM metrics_per_brand_windowed WHERE BRAND='Acme';
SET 'cache.max.bytes.buffering'='10000000';
CREATE TABLE metrics_at_commit AS SELECT brand, COUNT(*) AS cnt, AS_VALUE(brand) AS brand_copy FROM metrics_brand_stream GROUP BY brand;
