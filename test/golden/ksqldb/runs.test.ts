/**
 * Statements with records (`runs/*.sql`, records in comments `-- > topic key value @time`): what each query writes is in the `.out`
 * beside it. Each case runs again with a process that dies after each record at another step of its work, and a second one that
 * finishes it and dies too: with exactly-once the topics hold the same records, with at-least-once the same last record of each key,
 * and the tables are the same. `npx vitest run test/golden --update` writes the outputs anew; read the difference before committing.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { literalValue, sideEncoder } from '../../../src/gateways/ksqldb/record-encoder.ts';
import type { InsertValue } from '../../../src/sql/dialects/ksqldb/plan.ts';
import type { QueryConfig, QueryManager, Row } from '../../../src/runtime/jobs.ts';
import { createQueryManager } from '../../../src/runtime/manager.ts';
import { sourcesOf } from '../../../src/runtime/plan-facts.ts';
import { Catalog } from '../../../src/sql/catalog/catalog.ts';
import { keyColumns } from '../../../src/sql/catalog/source.ts';
import { parseKsql } from '../../../src/sql/dialects/ksqldb/parser.ts';
import type { PersistentQueryPlan, RegisteredSchema } from '../../../src/sql/dialects/ksqldb/plan.ts';
import { planStatement, withSchemaIds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';
import { FakeCluster } from '../../unit/runtime/fake-cluster.ts';
import { MortalProcess } from '../../unit/runtime/mortal-process.ts';
import { SimulatedClock } from '../../unit/runtime/simulated-clock.ts';
import { avroCommercial } from '../../unit/runtime/walkthrough.ts';
import type { Commercial } from '../../unit/runtime/walkthrough.ts';

const folder = new URL('runs/', import.meta.url);
type Guarantee = QueryConfig['processingGuarantee'];

/** What Connect registers for the walk-through's records. */
const commercials =
  '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}],"connect.name":"commercialrating"}';

interface Input {
  readonly topic: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly timestamp: number;
}

interface GoldenCase {
  readonly queries: readonly PersistentQueryPlan[];
  readonly inputs: readonly Input[];
  readonly schemas: ReadonlyMap<number, string>;
}

describe('ksqlDB queries', () => {
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()) {
    const one = readCase(readFileSync(new URL(file, folder), 'utf8'));
    it(file, async () => {
      const straight = await run(one, 'exactly_once_v2', false);
      await expect(straight.text).toMatchFileSnapshot(`runs/${file.replace('.sql', '.out')}`);
    });
    it.each<Guarantee>(['exactly_once_v2', 'at_least_once'])(`${file}, with crashes, %s`, async (guarantee) => {
      const straight = await run(one, guarantee, false);
      const crashed = await run(one, guarantee, true);
      expect(crashed.deaths).toBeGreaterThan(one.inputs.length);
      expect(crashed.tables).toEqual(straight.tables);
      if (guarantee === 'exactly_once_v2') expect(crashed.text).toBe(straight.text);
      else expect(lastOfEachKey(crashed)).toEqual(lastOfEachKey(straight));
    });
  }
});

function readCase(text: string): GoldenCase {
  const schemas = new Map<string, RegisteredSchema>([
    ['commercials_avro-value', { id: 1, schemaType: 'AVRO', schema: commercials }],
  ]);
  let catalog = Catalog.empty;
  const queries: PersistentQueryPlan[] = [];
  const session = { 'cache.max.bytes.buffering': '0', 'auto.offset.reset': 'earliest' };
  for (const parsed of parseKsql(text)) {
    const plan = planStatement(parsed, {
      catalog,
      session,
      schemas,
      nextQueryNumber: queries.length,
      text: parsed.text,
    });
    if (plan.do !== 'ddl' && plan.do !== 'start-query') throw new Error(`no part of a run: ${parsed.text}`);
    catalog = catalog.with(...plan.changes);
    if (plan.do === 'ddl') continue;
    for (const { subject, schemaType, schema } of plan.registrations)
      schemas.set(subject, { id: schemas.size + 1, schemaType, schema });
    queries.push(withSchemaIds(plan, new Map([...schemas].map(([subject, { id }]) => [subject, id]))).query);
  }
  const inputs = [...text.matchAll(/^-- > (\S+) (\S+) (.*) @(\d+)$/gm)].map((match): Input => {
    const [, topic = '', key = '', value = '', time = ''] = match;
    const source = [...catalog.sources.values()].find((found) => found.topic === topic);
    if (source === undefined) throw new Error(`no source reads ${topic}`);
    const columns = keyColumns(source);
    const encode = sideEncoder('key', columns, source.keyFormat, undefined);
    const type = columns[0]?.type ?? { kind: 'STRING' };
    const literal: InsertValue = type.kind === 'STRING' || type.kind === 'BIGINT' ? key : Number(key);
    return {
      topic,
      key: key === 'null' || columns.length === 0 ? null : encode([literalValue(literal, type)]),
      value:
        value === 'null'
          ? null
          : source.valueFormat.format === 'AVRO'
            ? avroCommercial(JSON.parse(value) as Commercial)
            : Buffer.from(value),
      timestamp: Number(time),
    };
  });
  return { queries, inputs, schemas: new Map([...schemas.values()].map(({ id, schema }) => [id, schema])) };
}

interface Outcome {
  readonly text: string;
  readonly outputs: ReadonlyMap<string, readonly string[]>;
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly deaths: number;
}

async function run(one: GoldenCase, guarantee: Guarantee, crashes: boolean): Promise<Outcome> {
  const clock = new SimulatedClock();
  let disk = new SimulatedDisk(seededRandom(1));
  const cluster = new FakeCluster(clock);
  for (const topic of new Set([
    ...one.inputs.map((input) => input.topic),
    ...one.queries.map(({ sink }) => sink.topic),
  ]))
    cluster.addTopic(topic);
  let deaths = 0;
  const start = (steps: number): { process: MortalProcess; manager: QueryManager } => {
    const process = new MortalProcess(cluster, steps);
    const manager = createQueryManager({
      clock,
      disk,
      logger: silentLogger,
      stateDirectory: '/state',
      cluster: process.cluster,
      schema: async (id) => ({ text: one.schemas.get(id) ?? '' }),
    });
    for (const { queryId, plan } of one.queries)
      manager.start({ queryId, plan, config: { processingGuarantee: guarantee } }).catch(() => {});
    return { process, manager };
  };
  const die = ({ process }: { process: MortalProcess }): void => {
    process.alive = false;
    deaths++;
    disk = deaths % 2 === 0 ? disk.kill() : disk.losePower();
  };
  let running = start(Number.POSITIVE_INFINITY);
  for (const [i, { topic, ...record }] of one.inputs.entries()) {
    if (crashes) {
      // It takes the record in and dies at some step of its work; the next one finishes, and dies when it has committed.
      die(running);
      const doomed = start(3 + ((i * 7) % 23));
      cluster.append(topic, [record]);
      await clock.runUntil(() => !doomed.process.alive || caughtUp(one, cluster));
      die(doomed);
      running = start(Number.POSITIVE_INFINITY);
    } else cluster.append(topic, [record]);
    await clock.runUntil(() => caughtUp(one, cluster));
  }
  const tables: Record<string, string[]> = {};
  for (const { queryId, sink } of one.queries) {
    if (sink.kind !== 'TABLE') continue;
    const rows = await clock.wait(running.manager.pull({ queryId }));
    tables[sink.name] = rows.map(rowText).sort();
  }
  await clock.wait(running.manager.close());
  const outputs = new Map(
    one.queries.map(({ sink }) => [
      sink.name,
      cluster
        .records(sink.topic)
        .map(({ key, value, timestamp }) => `${bytesText(key)} ${bytesText(value)} @${timestamp}`),
    ]),
  );
  const text = [...outputs].map(([name, lines]) => {
    const rows = tables[name];
    const table = rows === undefined ? [] : ['  table:', ...rows.map((row) => `    ${row}`)];
    return [name, ...lines.map((line) => `  ${line}`), ...table].join('\n');
  });
  return { text: `${text.join('\n\n')}\n`, outputs, tables, deaths };
}

function caughtUp({ queries }: GoldenCase, cluster: FakeCluster): boolean {
  return queries.every(({ queryId, plan }) => {
    const offsets = cluster.groups.get(`_confluent-ksql-default_query_${queryId}`);
    return sourcesOf(plan).every(({ topic }) => {
      const { end } = cluster.log(topic);
      return end === 0 || offsets?.get(`${topic}/0`) === end;
    });
  });
}

/** Text where it is text, else hex. */
function bytesText(bytes: Buffer | null): string {
  if (bytes === null) return 'null';
  const text = bytes.toString('utf8');
  return /^[\x20-\x7e\u00a0-\u024f]*$/.test(text) ? text : bytes.toString('hex');
}

function rowText(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

function lastOfEachKey({ outputs }: Outcome): Record<string, Record<string, string>> {
  return Object.fromEntries(
    [...outputs].map(([name, lines]) => [
      name,
      Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(' ')), line])),
    ]),
  );
}
