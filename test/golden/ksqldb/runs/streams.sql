-- Rows one by one: filters, projections, new keys, lists taken apart, formats, records without key or value.
CREATE TYPE address AS STRUCT<street STRING, city STRING>;
CREATE STREAM people (id BIGINT KEY, name STRING, home address, tags ARRAY<STRING>, born DATE, money DECIMAL(10, 2), map MAP<STRING, INT>) WITH (KAFKA_TOPIC='people', PARTITIONS=1, VALUE_FORMAT='JSON');
CREATE STREAM cities WITH (VALUE_FORMAT='DELIMITED') AS SELECT home->city AS city, id, UCASE(name) AS name, money * 2 AS twice FROM people WHERE home IS NOT NULL AND NOT (name = 'x') PARTITION BY home->city;
CREATE STREAM tags AS SELECT id, EXPLODE(tags) AS tag, TRANSFORM(tags, t => LCASE(t) + '!') AS all_tags FROM people;
CREATE STREAM packed WITH (VALUE_FORMAT='PROTOBUF_NOSR') AS SELECT id, name, home, tags, born, money, map FROM people;
CREATE STREAM computed AS SELECT id, CASE WHEN id > 10 THEN 'many' ELSE 'few' END AS amount, id % 3 AS rest, 5 / 2.0 AS quotient, COALESCE(name, 'nobody') AS who, map['a'] AS a, ARRAY_LENGTH(tags) AS n, CAST(money AS DOUBLE) AS money, FORMAT_DATE(born, 'yyyy') AS year FROM people;
CREATE STREAM keyless AS SELECT id, name FROM people PARTITION BY NULL;
-- > people 1 {"NAME": "Ann", "HOME": {"STREET": "a", "CITY": "Bonn"}, "TAGS": ["X", "y"], "BORN": 18000, "MONEY": 12.34, "MAP": {"a": 1}} @1
-- > people 9007199254740993 {"NAME": "x", "HOME": {"STREET": "b", "CITY": "Köln"}} @2
-- > people null {"NAME": null, "TAGS": [], "MONEY": -0.5} @3
-- > people 12 null @4
-- > people 13 {"NAME": "Zoë", "HOME": {"CITY": "a,\"b\""}, "TAGS": [null, "q"], "MAP": {}} @5
