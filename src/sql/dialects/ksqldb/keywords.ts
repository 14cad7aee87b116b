/** The words that ksqlDB's grammar knows, in the order in which its messages list them. `reserved-words.ts` has those that cannot be names. */
export const keywords: readonly string[] =
  `EMIT CHANGES FINAL SELECT FROM AS ALL DISTINCT WHERE WITHIN WINDOW GROUP BY HAVING LIMIT AT OR AND IN NOT EXISTS BETWEEN LIKE ESCAPE
IS NULL TRUE FALSE INTEGER DATE TIME TIMESTAMP INTERVAL YEAR MONTH DAY HOUR MINUTE SECOND MILLISECOND YEARS MONTHS DAYS HOURS MINUTES
SECONDS MILLISECONDS ZONE TUMBLING HOPPING SIZE ADVANCE RETENTION GRACE PERIOD CASE WHEN THEN ELSE END JOIN FULL OUTER INNER LEFT
RIGHT ON PARTITION STRUCT WITH VALUES CREATE TABLE TOPIC STREAM STREAMS INSERT DELETE INTO DESCRIBE EXTENDED PRINT EXPLAIN ANALYZE
TYPE TYPES CAST SHOW LIST TABLES TOPICS QUERY QUERIES TERMINATE PAUSE RESUME LOAD COLUMNS COLUMN PARTITIONS FUNCTIONS FUNCTION DROP TO
RENAME ARRAY MAP SET DEFINE UNDEFINE RESET SESSION SAMPLE EXPORT CATALOG PROPERTIES BEGINNING UNSET RUN SCRIPT DECIMAL KEY CONNECTOR
CONNECTORS SINK SOURCE NAMESPACE MATERIALIZED VIEW PRIMARY REPLACE ASSERT ADD ALTER VARIABLES PLUGINS HEADERS HEADER SYSTEM TIMEOUT
SCHEMA SUBJECT ID IF`.split(/\s+/);

/** Symbols before the words, symbols and kinds of tokens behind them, as in ksqlDB's messages. */
const before = [';', ',', '(', ')', '.', '[', ']', 'STRING'];
const behind = ['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '/', '%', '||', ':=', '->', '=>'];

/** Where an expected thing (`'FROM'`, `STRING`) stands in ksqlDB's lists. */
export function expectationOrder(expected: string): number {
  return order.get(expected) ?? order.size;
}
const order: ReadonlyMap<string, number> = new Map(
  [...[...before, ...keywords, ...behind].map((text) => `'${text}'`), 'STRING', 'INTEGER_VALUE'].map((text, i) => [
    text,
    i,
  ]),
);

/** The words that begin a statement, as ksqlDB compares them with a mistyped one. */
export const commands: readonly string[] =
  'SELECT CREATE INSERT DESCRIBE PRINT EXPLAIN SHOW LIST TERMINATE PAUSE RESUME DROP SET DEFINE UNDEFINE UNSET ASSERT ALTER'.split(
    ' ',
  );
