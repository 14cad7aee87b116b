-- Chapter 2 of the walk-through: how many commercials each brand has and how they are rated, all together and in five seconds.
SET 'auto.offset.reset' = 'earliest';

CREATE STREAM metrics_brand_stream WITH (KAFKA_TOPIC='commercials_avro', VALUE_FORMAT='AVRO');

CREATE TABLE metrics_per_brand AS
  SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean
  FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;

CREATE TABLE metrics_per_brand_windowed AS
  SELECT brand, COUNT(*) AS cnt
  FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY brand HAVING COUNT(*) > 3;
