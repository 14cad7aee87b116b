-- Windows of all kinds: late rows, grace, results that wait until their window closes, sessions that become one.
CREATE STREAM clicks (who STRING KEY, n INT) WITH (KAFKA_TOPIC='clicks', PARTITIONS=1, VALUE_FORMAT='JSON');
CREATE TABLE in_tumbling AS SELECT who, COUNT(*) AS clicks, SUM(n) AS total, WINDOWSTART AS since FROM clicks WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS) GROUP BY who;
CREATE TABLE in_hopping AS SELECT who, COUNT(*) AS clicks FROM clicks WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 5 SECONDS, GRACE PERIOD 0 SECONDS) GROUP BY who;
CREATE TABLE in_sessions AS SELECT who, COUNT(*) AS clicks, COLLECT_LIST(n) AS ns FROM clicks WINDOW SESSION (3 SECONDS, GRACE PERIOD 10 SECONDS) GROUP BY who;
CREATE TABLE finals AS SELECT who, COUNT(*) AS clicks, MAX(n) AS most FROM clicks WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 2 SECONDS) GROUP BY who EMIT FINAL;
CREATE TABLE final_sessions AS SELECT who, COUNT(*) AS clicks FROM clicks WINDOW SESSION (2 SECONDS, GRACE PERIOD 1 SECOND) GROUP BY who EMIT FINAL;
-- > clicks ann {"N": 1} @1000
-- > clicks ann {"N": 2} @2000
-- > clicks bob {"N": 3} @2500
-- > clicks ann {"N": 4} @7500
-- > clicks ann {"N": 5} @5000
-- > clicks bob {"N": 6} @12000
-- > clicks ann {"N": 7} @9000
-- > clicks ann {"N": 8} @11000
-- > clicks bob {"N": 9} @26000
-- > clicks ann {"N": 10} @3000
-- > clicks bob {"N": 11} @41000
