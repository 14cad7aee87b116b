/** EXPLAIN's two texts, from plans of real statements. */
import { expect, test } from 'vitest';
import { executionPlanText, topologyText } from '../../../../src/gateways/ksqldb/statements/plan-texts.ts';
import { Catalog } from '../../../../src/sql/catalog/catalog.ts';
import { parseKsql } from '../../../../src/sql/dialects/ksqldb/parser.ts';
import { planStatement } from '../../../../src/sql/dialects/ksqldb/planner.ts';
import type { PhysicalSink } from '../../../../src/sql/physical/plan.ts';

function rootOf(text: string): PhysicalSink {
  let catalog = Catalog.empty;
  for (const [nextQueryNumber, parsed] of parseKsql(text).entries()) {
    const plan = planStatement(parsed, {
      catalog,
      session: {},
      schemas: new Map(),
      nextQueryNumber,
      text: parsed.text,
    });
    if (plan.do === 'start-query') return plan.query.plan.root;
    if (plan.do === 'ddl') catalog = catalog.with(...plan.changes);
  }
  throw new Error('no query');
}

const stream = "CREATE STREAM s (id INT KEY, name STRING) WITH (kafka_topic='s', value_format='JSON', partitions=1);";

test('steps with their schemas, inputs two tabs deeper', () => {
  const root = rootOf(`${stream} CREATE TABLE t AS SELECT name, COUNT(*) AS c FROM s WHERE id > 1 GROUP BY name;`);
  const lines = executionPlanText(root, 'CTAS_T_1').split('\n');
  expect(lines[0]).toBe(' > [ SINK ] | Schema: `NAME` STRING KEY, `C` BIGINT | Logger: CTAS_T_1.T');
  expect(lines.map((line) => /^(\t*) > \[ (\w+) \]/.exec(line)?.slice(1)).slice(0, -1)).toEqual([
    ['', 'SINK'],
    ['\t'.repeat(2), 'PROJECT'],
    ['\t'.repeat(4), 'AGGREGATE'],
    ['\t'.repeat(6), 'GROUP_BY'],
    ['\t'.repeat(8), 'FILTER'],
    ['\t'.repeat(10), 'SOURCE'],
  ]);
});

test('a topology tells who feeds whom, also where two inputs meet', () => {
  const table =
    "CREATE TABLE p (id INT PRIMARY KEY, x STRING) WITH (kafka_topic='p', value_format='JSON', partitions=1);";
  const text = topologyText(
    rootOf(`${stream} ${table} CREATE STREAM j AS SELECT s.id, x FROM s JOIN p ON s.id = p.id;`),
  );
  expect(text).toContain(
    '    Processor: KSTREAM-JOIN-0000000002 (stores: [KafkaTopic_Left-Reduce, KafkaTopic_Right-Reduce])\n' +
      '      --> KSTREAM-TRANSFORMVALUES-0000000003\n' +
      '      <-- KSTREAM-SOURCE-0000000000, KTABLE-SOURCE-0000000001\n',
  );
  expect(text).toMatch(/Sink: KSTREAM-SINK-0000000004 \(topic: J\)\n {6}<-- KSTREAM-TRANSFORMVALUES-0000000003\n\n$/);
});
