-- Chapter 2 of the walk-through.
CREATE OR REPLACE STREAM metrics_brand_stream WITH (KAFKA_TOPIC='commercials_avro', PARTITIONS=1, VALUE_FORMAT='AVRO');
CREATE OR REPLACE TABLE metrics_per_brand AS SELECT brand, COUNT(*) AS cnt, AVG(duration) AS duration_mean, AVG(rating) AS rating_mean FROM metrics_brand_stream GROUP BY brand EMIT CHANGES;
CREATE OR REPLACE TABLE metrics_per_brand_windowed AS SELECT BRAND, count(*) FROM metrics_brand_stream WINDOW TUMBLING (SIZE 5 SECONDS) GROUP BY BRAND HAVING count(*) > 1;
-- > commercials_avro Acme {"brand": "Acme", "duration": 30, "rating": 3} @1000
-- > commercials_avro Globex {"brand": "Globex", "duration": 45, "rating": 1} @2000
-- > commercials_avro Acme {"brand": "Acme", "duration": 60, "rating": 2} @3000
-- > commercials_avro Acme {"brand": "Acme", "duration": 30, "rating": 4} @6000
-- > commercials_avro Acme {"brand": "Acme", "duration": 45, "rating": 4} @7000
