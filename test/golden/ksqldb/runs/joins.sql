-- Joins of streams and tables; sides that come late, go, and come again.
CREATE STREAM orders (id INT KEY, customer INT, amount DECIMAL(10, 2)) WITH (KAFKA_TOPIC='orders', PARTITIONS=1, FORMAT='JSON');
CREATE STREAM payments (id INT KEY, paid DOUBLE) WITH (KAFKA_TOPIC='payments', PARTITIONS=1, FORMAT='JSON');
CREATE TABLE customers (id INT PRIMARY KEY, name STRING) WITH (KAFKA_TOPIC='customers', PARTITIONS=1, FORMAT='JSON');
CREATE TABLE regions (id INT PRIMARY KEY, customer INT, region STRING) WITH (KAFKA_TOPIC='regions', PARTITIONS=1, FORMAT='JSON');
CREATE STREAM settled AS SELECT o.id, o.amount, p.paid FROM orders o JOIN payments p WITHIN 10 SECONDS GRACE PERIOD 2 SECONDS ON o.id = p.id;
CREATE STREAM unsettled AS SELECT o.id, o.amount, p.paid FROM orders o LEFT JOIN payments p WITHIN 5 SECONDS GRACE PERIOD 1 SECOND ON o.id = p.id;
CREATE STREAM either_side AS SELECT ROWKEY AS id, o.amount, p.paid FROM orders o FULL OUTER JOIN payments p WITHIN 5 SECONDS GRACE PERIOD 1 SECOND ON o.id = p.id;
CREATE STREAM named AS SELECT o.customer, o.id, c.name FROM orders o LEFT JOIN customers c ON o.customer = c.id;
CREATE TABLE both_tables AS SELECT ROWKEY AS id, c.name, r.region FROM customers c FULL OUTER JOIN regions r ON c.id = r.id;
CREATE TABLE by_foreign_key AS SELECT r.id, r.region, c.name FROM regions r JOIN customers c ON r.customer = c.id;
CREATE TABLE by_foreign_key_left AS SELECT r.id, r.region, c.name FROM regions r LEFT JOIN customers c ON r.customer = c.id;
-- > customers 1 {"NAME": "Ann"} @0
-- > orders 100 {"CUSTOMER": 1, "AMOUNT": 10.00} @1000
-- > payments 100 {"PAID": 4.0} @3000
-- > orders 101 {"CUSTOMER": 2, "AMOUNT": 5.5} @2000
-- > regions 7 {"CUSTOMER": 1, "REGION": "north"} @100
-- > regions 1 {"CUSTOMER": 2, "REGION": "south"} @200
-- > customers 2 {"NAME": "Bob"} @300
-- > payments 100 {"PAID": 6.0} @4000
-- > payments 102 {"PAID": 1.0} @9000
-- > orders 102 {"CUSTOMER": 1, "AMOUNT": 1} @8000
-- > customers 1 {"NAME": "Anna"} @400
-- > regions 7 {"CUSTOMER": 2, "REGION": "north"} @500
-- > customers 2 null @600
-- > orders 103 {"CUSTOMER": 2, "AMOUNT": 2.25} @20000
-- > payments 101 {"PAID": 5.5} @21000
-- > regions 1 null @700
-- > payments 104 {"PAID": 2.0} @40000
