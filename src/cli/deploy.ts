/** `millrace deploy FILE --to flink|spark|ksqldb`: a pipeline of ksqlDB statements as a job of a real engine. */
import { join, resolve } from 'node:path';
import type { KafkaClient } from '../client/kafka-client.ts';
import { connectKafka } from '../client/kafka.ts';
import { httpRegistry } from '../client/schema-registry.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { systemClock } from '../core/clock.ts';
import { nodeDisk, replaceFileSync } from '../core/disk.ts';
import { nodeHttp } from '../core/http.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { sourceFields } from '../deploy/fields.ts';
import type { SourceFields } from '../deploy/fields.ts';
import { flinkScript, flinkScriptText } from '../deploy/flink/script.ts';
import { FlinkGateway } from '../deploy/flink/sql-gateway.ts';
import { submitKsql } from '../deploy/ksqldb.ts';
import type { Note } from '../deploy/notes.ts';
import { planPipeline } from '../deploy/pipeline.ts';
import type { Pipeline, PipelineQuery } from '../deploy/pipeline.ts';
import { checkSources, prepare } from '../deploy/prepare.ts';
import { sparkJob } from '../deploy/spark/job.ts';
import { engineSets } from '../engines/sets.ts';
import { pipelinePlanner } from '../server/pipeline-planner.ts';
import { flinkJobRuns, sparkJobStarted } from './job-start.ts';
import { readPipelineFile } from './pipeline-file.ts';
import { spinning } from './progress.ts';
import { startSparkJob } from './spark-jobs.ts';
import { clusterAddresses } from './stack-addresses.ts';
import type { ClusterAddresses, ClusterFlags } from './stack-addresses.ts';

export interface DeployOptions extends ClusterFlags {
  readonly to: 'flink' | 'spark' | 'ksqldb';
  readonly address?: string;
  readonly dryRun?: string | true;
  readonly asWritten?: boolean;
}

/** Where the engines listen when `millrace engines` started them. */
const defaultAddresses = { flink: 'http://localhost:8090', spark: 'spark://127.0.0.1:7077' };

interface Job {
  readonly pipeline: Pipeline;
  readonly text: string;
  readonly fields: ReadonlyMap<string, SourceFields>;
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  readonly addresses: ClusterAddresses;
  readonly options: DeployOptions;
}

export async function deploy(file: string, options: DeployOptions): Promise<void> {
  const text = readPipelineFile(file);
  const addresses = await clusterAddresses(options);
  const registry = httpRegistry(addresses.schemaRegistryUrl, nodeHttp);
  const kafka = await connectKafka({
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    bootstrapServers: addresses.bootstrapServers,
  });
  try {
    const pipeline = await planPipeline(text, pipelinePlanner(registry));
    await checkSources(kafka.admin, pipeline);
    const fields = new Map<string, SourceFields>();
    for (const source of pipeline.sources) fields.set(source.name, await sourceFields(kafka, registry, source));
    const job = { pipeline, text, fields, kafka, registry, addresses, options };
    if (options.to === 'flink') await toFlink(job);
    else if (options.to === 'spark') await toSpark(job);
    else await toKsqlDb(job);
  } finally {
    await kafka.close();
  }
}

async function toFlink({ pipeline, fields, kafka, registry, addresses, options }: Job): Promise<void> {
  const script = flinkScript(pipeline, fields, {
    bootstrapServers: addresses.bootstrapServers,
    schemaRegistryUrl: addresses.schemaRegistryUrl,
    faithful: options.asWritten !== true,
    bounded: false,
    exactlyOnce: isExactlyOnce(pipeline),
    groupId: `millrace-${sinkTopic(pipeline.queries[0] as PipelineQuery)}`,
    sinkTopic,
  });
  if (options.dryRun !== undefined) {
    const { title, version, jars } = engineSets.flink;
    const needs = jars.map(({ file }) => file).filter((name) => !name.includes('gateway'));
    return artefacts(
      options.dryRun,
      pipeline,
      { 'job.sql': flinkScriptText(script) },
      `${title} ${version}`,
      needs,
      script.notes,
    );
  }
  const gateway = await FlinkGateway.open(nodeHttp, systemClock, options.address ?? defaultAddresses.flink);
  try {
    await prepare(kafka.admin, registry, pipeline, sinkTopic);
    const id = await spinning(systemClock, 'Flink starts the job', async () => {
      const job = await gateway.submit(script);
      await flinkJobRuns(gateway, job);
      return job;
    });
    process.stdout.write(`Flink runs job ${id}; it writes ${topics(pipeline)}.\n${notesText(script.notes)}`);
  } finally {
    await gateway.close();
  }
}

async function toSpark({ pipeline, fields, kafka, registry, addresses, options }: Job): Promise<void> {
  const target = {
    bootstrapServers: addresses.bootstrapServers,
    faithful: options.asWritten !== true,
    bounded: false,
    checkpoints: resolve('spark-checkpoints'),
    sinkTopic,
  };
  // What Spark cannot do is refused before a topic or schema is made.
  const refused = sparkJob(pipeline, fields, {
    ...target,
    sinkSchema: ({ registrations }) => placeholder(registrations),
  });
  if (options.dryRun !== undefined) {
    const { title, version, jars } = engineSets.spark;
    const needs = jars.map(({ file }) => file);
    return artefacts(
      options.dryRun,
      pipeline,
      { 'job.py': refused.python },
      `${title} ${version}`,
      needs,
      refused.notes,
    );
  }
  const schemas = await prepare(kafka.admin, registry, pipeline, sinkTopic);
  const job = sparkJob(pipeline, fields, { ...target, sinkSchema: ({ name }) => schemas.get(name) });
  const { pid, log } = await spinning(systemClock, 'Spark starts the job', async () => {
    const started = await startSparkJob(job.python, options.address ?? defaultAddresses.spark);
    await sparkJobStarted(started);
    return started;
  });
  process.stdout.write(
    `Spark runs the job in process ${pid}, which logs to ${log}; it writes ${topics(pipeline)}.\n${notesText(job.notes)}`,
  );
}

/** In a dry run the id is not known: it is 0, and the file says so by its name in the registry. */
function placeholder(registrations: PipelineQuery['registrations']): { id: number; schema: string } | undefined {
  const value = registrations.find(({ side }) => side === 'value');
  return value === undefined ? undefined : { id: 0, schema: value.schema };
}

async function toKsqlDb({ pipeline, addresses, options }: Job): Promise<void> {
  if (options.dryRun !== undefined) {
    const script = pipeline.statements.map(({ text }) => `${text.trim()}\n`).join('\n');
    return artefacts(options.dryRun, pipeline, { 'statements.sql': script }, 'a ksqlDB server', [], []);
  }
  for (const message of await submitKsql(nodeHttp, options.address ?? addresses.ksqlUrl, pipeline))
    process.stdout.write(`${message}\n`);
}

function sinkTopic({ logical }: PipelineQuery): string {
  return logical.topic;
}

function topics({ queries }: Pipeline): string {
  return queries.map(sinkTopic).join(', ');
}

function isExactlyOnce({ settings }: Pipeline): boolean {
  return settings['processing.guarantee']?.startsWith('exactly_once') === true;
}

/** Writes what would be submitted into a folder, or the terminal. */
function artefacts(
  to: string | true,
  pipeline: Pipeline,
  files: Readonly<Record<string, string>>,
  engine: string,
  jars: readonly string[],
  notes: readonly Note[],
): void {
  const needs = [
    `Topics: ${pipeline.queries.map((query) => `${sinkTopic(query)} ${JSON.stringify(query.topic?.config ?? {})}`).join(', ')}`,
    ...pipeline.queries.flatMap(({ registrations }) =>
      registrations.map(({ subject, schemaType, schema }) => `Schema: ${subject} (${schemaType}) ${schema}`),
    ),
    `Engine: ${engine}`,
    ...(jars.length > 0 ? [`Jars: ${jars.join(', ')}`] : []),
  ];
  const all = { ...files, 'needs.txt': `${needs.join('\n')}\n\n${notesText(notes)}` };
  if (to === true) {
    for (const [name, content] of Object.entries(all)) process.stdout.write(`-- ${name}\n${content}\n`);
    return;
  }
  const folder = resolve(to);
  nodeDisk.makeDirectorySync(folder);
  for (const [name, content] of Object.entries(all))
    replaceFileSync(nodeDisk, join(folder, name), Buffer.from(content));
  process.stdout.write(`${Object.keys(all).join(', ')} are in ${folder}; nothing was submitted.\n`);
}

/** What the engine does otherwise, a line each. */
function notesText(notes: readonly Note[]): string {
  const lines = new Set(notes.map(({ name, text }) => `  ${name}: ${text}\n`));
  return lines.size === 0 ? '' : `What is otherwise than the statements say:\n${[...lines].join('')}`;
}
