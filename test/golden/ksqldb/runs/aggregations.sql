-- Groups without windows: every aggregate, HAVING, groups of several columns and of expressions, a table as input.
CREATE STREAM ratings (id BIGINT KEY, brand STRING, rating INT, price DECIMAL(6, 2), tags ARRAY<STRING>) WITH (KAFKA_TOPIC='ratings', PARTITIONS=1, VALUE_FORMAT='JSON');
CREATE TABLE people (id BIGINT PRIMARY KEY, city STRING, age INT) WITH (KAFKA_TOPIC='people', PARTITIONS=1, VALUE_FORMAT='JSON');
CREATE TABLE basics AS SELECT brand, COUNT(*) AS n, SUM(rating) AS total, AVG(rating) AS mean, MIN(price) AS cheapest, MAX(price) AS dearest, SUM(price) AS turnover FROM ratings GROUP BY brand;
CREATE TABLE often WITH (VALUE_FORMAT='DELIMITED') AS SELECT brand, COUNT(*) AS n FROM ratings WHERE rating > 1 GROUP BY brand HAVING COUNT(*) > 1;
CREATE TABLE collected AS SELECT brand, COLLECT_LIST(rating) AS all_ratings, COLLECT_SET(rating) AS ratings, TOPK(rating, 2) AS top, TOPKDISTINCT(rating, 2) AS top_distinct, HISTOGRAM(CAST(rating AS STRING)) AS spread, LATEST_BY_OFFSET(rating) AS latest, EARLIEST_BY_OFFSET(rating, 2) AS first_two, COUNT_DISTINCT(rating) AS different, STDDEV_SAMPLE(rating) AS deviation FROM ratings GROUP BY brand;
CREATE TABLE by_two WITH (KEY_FORMAT='JSON') AS SELECT brand, rating % 2 AS odd, COUNT(*) AS n FROM ratings GROUP BY brand, rating % 2;
CREATE TABLE by_city AS SELECT city, COUNT(*) AS n, SUM(age) AS ages, COLLECT_LIST(id) AS ids FROM people GROUP BY city;
-- > ratings 1 {"BRAND": "Acme", "RATING": 3, "PRICE": 10.50, "TAGS": ["a"]} @10
-- > people 1 {"CITY": "Bonn", "AGE": 30} @10
-- > ratings 2 {"BRAND": "Globex", "RATING": 1, "PRICE": 0.99} @20
-- > ratings 3 {"BRAND": "Acme", "RATING": 3, "PRICE": null} @30
-- > people 2 {"CITY": "Bonn", "AGE": 40} @15
-- > ratings 4 {"BRAND": null, "RATING": 3, "PRICE": 1} @30
-- > people 1 {"CITY": "Köln", "AGE": 31} @25
-- > ratings 5 {"BRAND": "Acme", "RATING": 5, "PRICE": 99.99} @5
-- > ratings 6 null @50
-- > people 2 null @35
-- > ratings 7 no JSON at all @60
-- > ratings 8 {"BRAND": "Globex", "RATING": 4, "PRICE": 7} @70
-- > people 3 {"CITY": "Köln", "AGE": null} @45
