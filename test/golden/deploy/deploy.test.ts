/** What pipelines become for Flink and Spark, as files beside this one: `npx vitest run test/golden/deploy --update` writes them anew. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SourceFields } from '../../../src/deploy/fields.ts';
import { flinkScript, flinkScriptText } from '../../../src/deploy/flink/script.ts';
import type { Note } from '../../../src/deploy/notes.ts';
import { planPipeline } from '../../../src/deploy/pipeline.ts';
import type { Pipeline } from '../../../src/deploy/pipeline.ts';
import { sparkJob } from '../../../src/deploy/spark/job.ts';
import { planStatement } from '../../../src/sql/dialects/ksqldb/planner.ts';

const here = new URL('./', import.meta.url);

const commercials = JSON.stringify({
  type: 'record',
  name: 'commercialrating',
  fields: [
    { name: 'brand', type: 'string' },
    { name: 'duration', type: 'int' },
    { name: 'rating', type: 'int' },
  ],
});

/** As a registry would answer that knows the walk-through's topic alone. */
function planned(text: string): Promise<Pipeline> {
  const schemas = new Map([
    ['commercials_avro-value', { id: 7, schemaType: 'AVRO' as const, schema: commercials, references: [] }],
  ]);
  return planPipeline(text, (statement, context) =>
    Promise.resolve(planStatement(statement, { ...context, schemas, text: statement.maskedText })),
  );
}

const fields = new Map<string, SourceFields>([
  [
    'METRICS_BRAND_STREAM',
    {
      spelling: new Map(['brand', 'duration', 'rating'].map((name) => [name.toUpperCase(), name])),
      schemas: [{ id: 7, schema: commercials }],
      partitions: 2,
    },
  ],
  [
    'ORDERS',
    {
      spelling: new Map(['customer', 'price', 'Pieces'].map((name) => [name.toUpperCase(), name])),
      schemas: [],
      partitions: 1,
    },
  ],
]);

function toFlink(pipeline: Pipeline, faithful = true): string {
  const script = flinkScript(pipeline, fields, {
    bootstrapServers: 'localhost:9092',
    schemaRegistryUrl: 'http://localhost:8081',
    faithful,
    bounded: false,
    exactlyOnce: pipeline.settings['processing.guarantee'] !== undefined,
    groupId: 'millrace-test',
    sinkTopic: ({ logical }) => logical.topic,
  });
  return flinkScriptText(script) + notesText(script.notes, '--');
}

function toSpark(pipeline: Pipeline, faithful = true): string {
  const job = sparkJob(pipeline, fields, {
    bootstrapServers: 'localhost:9092',
    faithful,
    bounded: false,
    checkpoints: 'checkpoints',
    sinkTopic: ({ logical }) => logical.topic,
    sinkSchema: ({ registrations }) => registrations.map(({ schema }) => ({ id: 9, schema }))[0],
  });
  return job.python + notesText(job.notes, '#');
}

function notesText(notes: readonly Note[], mark: string): string {
  return notes.map(({ name, text }) => `\n${mark} ${name}: ${text}`).join('');
}

describe.each(readdirSync(here).filter((name) => name.endsWith('.ksql')))('%s', (file) => {
  const text = readFileSync(new URL(file, here), 'utf8');
  const name = basename(file, '.ksql');

  test('as a script for Flink', async () => {
    await expect(toFlink(await planned(text))).toMatchFileSnapshot(`${name}.flink.sql`);
  });

  test('as a job for Spark', async () => {
    const pipeline = await planned(text);
    // Spark has no distinct counts over streams: the refusal is the result.
    const job = name === 'chain' ? refusal(() => toSpark(pipeline)) : toSpark(pipeline);
    await expect(job).toMatchFileSnapshot(`${name}.spark.py`);
  });
});

function refusal(run: () => string): string {
  try {
    return run();
  } catch (error) {
    return `# refused: ${(error as Error).message}\n`;
  }
}

test("as written, functions have the engine's own meaning, and each difference is named", async () => {
  const pipeline = await planned(readFileSync(new URL('walkthrough.ksql', here), 'utf8'));
  expect(toFlink(pipeline, false)).toContain('CAST(AVG(`duration`) AS DOUBLE)');
  expect(toFlink(pipeline, false)).toContain(
    '-- average-of-integers: AVG(`duration`) is over whole numbers: Flink cuts it to one.',
  );
  expect(toSpark(pipeline, false)).toContain('# null-keys: ');
});

test.each([
  [
    'a join',
    'CREATE STREAM j AS SELECT a.k, a.v FROM s a JOIN s2 b WITHIN 1 HOUR ON a.k = b.k;',
    'A join of this statement cannot be expressed in Flink SQL.',
  ],
  [
    'a lambda',
    'CREATE STREAM l AS SELECT k, TRANSFORM(ARRAY[v], x => x + 1) AS r FROM s;',
    'A lambda cannot be expressed in Flink SQL.',
  ],
  ['a function', 'CREATE STREAM f AS SELECT k, MASK(t) AS r FROM s;', 'MASK(STRING) cannot be expressed in Flink SQL.'],
  [
    'an aggregate',
    'CREATE TABLE h AS SELECT k, HISTOGRAM(t) AS r FROM s GROUP BY k;',
    'The aggregate HISTOGRAM cannot be expressed in Flink SQL.',
  ],
  [
    'a table function',
    'CREATE STREAM e AS SELECT k, EXPLODE(ARRAY[v]) AS r FROM s;',
    'A table function cannot be expressed in Flink SQL.',
  ],
  [
    'a format',
    "CREATE STREAM p WITH (VALUE_FORMAT='PROTOBUF_NOSR') AS SELECT * FROM s;",
    'The format PROTOBUF_NOSR cannot be expressed in Flink SQL.',
  ],
])('%s is refused before anything is submitted', async (_what, query, message) => {
  const sources = ['s', 's2']
    .map(
      (name) =>
        `CREATE STREAM ${name} (k STRING KEY, v INT, t STRING) WITH (KAFKA_TOPIC='${name}', VALUE_FORMAT='JSON');`,
    )
    .join('\n');
  const pipeline = await planned(`${sources}\n${query}`);
  expect(() => toFlink(pipeline)).toThrow(message);
});

test('a file without a query, and a statement that is none of a pipeline, are refused with their place', async () => {
  const source = "CREATE STREAM s (v INT) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON');";
  await expect(planned(source)).rejects.toThrow(/^The file starts no query/);
  await expect(planned(`${source}\nLIST STREAMS;`)).rejects.toThrow(/^line 2:1: a pipeline is made of/);
});
