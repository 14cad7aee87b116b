/**
 * `millrace compare FILE`: a pipeline of ksqlDB statements run by Millrace, by a real Flink and by a real Spark over the same records,
 * with the answers and the figures side by side. The sources are copied into a stack of its own, so that nothing is left behind.
 */
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { KafkaClient } from '../client/kafka-client.ts';
import { connectKafka } from '../client/kafka.ts';
import { httpRegistry } from '../client/schema-registry.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { sleep, systemClock } from '../core/clock.ts';
import { nodeDisk, readFileSync, replaceFileSync } from '../core/disk.ts';
import { messageOf, StackError } from '../core/errors.ts';
import { nodeHttp } from '../core/http.ts';
import { nodeNetwork } from '../core/network.ts';
import { endProcess, processIsAlive, startDetachedNode } from '../core/processes.ts';
import { systemRandom } from '../core/random.ts';
import { compareResults } from '../deploy/compare/compare-results.ts';
import type { Answers, ComparedResults } from '../deploy/compare/compare-results.ts';
import type { ComparedEngine, Comparison, EngineFailure, EngineRun } from '../deploy/compare/comparison.ts';
import { copySchemas, copyTopic } from '../deploy/compare/copy-input.ts';
import { untilDrained } from '../deploy/compare/drained.ts';
import { comparisonPage } from '../deploy/compare/page.ts';
import { comparisonText } from '../deploy/compare/report.ts';
import { watch } from '../deploy/compare/watch.ts';
import { sourceFields } from '../deploy/fields.ts';
import type { SourceFields } from '../deploy/fields.ts';
import { flinkScript } from '../deploy/flink/script.ts';
import { FlinkGateway } from '../deploy/flink/sql-gateway.ts';
import { submitKsql } from '../deploy/ksqldb.ts';
import { planPipeline } from '../deploy/pipeline.ts';
import type { Pipeline, PipelineQuery } from '../deploy/pipeline.ts';
import { checkSources, prepare } from '../deploy/prepare.ts';
import { sparkJob } from '../deploy/spark/job.ts';
import { clusterStatus, stopCluster } from '../engines/cluster.ts';
import { engineCache, runFolder } from '../engines/engines.ts';
import { engineSets } from '../engines/sets.ts';
import { pipelinePlanner } from '../server/pipeline-planner.ts';
import { version } from '../server/version.ts';
import { statusOf } from './data-dir.ts';
import { startEngine } from './engine-start.ts';
import { readPipelineFile } from './pipeline-file.ts';
import { countBar, spinning } from './progress.ts';
import { runSparkJob } from './spark-jobs.ts';
import { clusterAddresses } from './stack-addresses.ts';
import type { ClusterFlags } from './stack-addresses.ts';
import { stopSignal } from './terminal.ts';

export interface CompareOptions extends ClusterFlags {
  readonly engines: readonly ComparedEngine[];
  /** Flink's SQL gateway, when it is not the one of `millrace engines`. */
  readonly flink?: string;
  /** Spark's master. */
  readonly spark: string;
  readonly limit: number;
  readonly asWritten?: boolean;
  readonly json?: string;
  readonly html?: string;
}

/** A stack of its own, in a process of its own. */
interface PrivateStack {
  readonly pid: number;
  readonly bootstrapServers: string;
  readonly schemaRegistryUrl: string;
  readonly ksqlUrl: string;
  readonly kafka: KafkaClient;
  readonly registry: SchemaRegistryClient;
  stop(): Promise<void>;
}

interface Task {
  readonly stack: PrivateStack;
  readonly pipeline: Pipeline;
  readonly fields: ReadonlyMap<string, SourceFields>;
  readonly options: CompareOptions;
  readonly folder: string;
  /** Somebody wants the comparison to end. */
  readonly ended: AbortSignal;
}

export async function compare(file: string, options: CompareOptions): Promise<void> {
  const text = readPipelineFile(file);
  const addresses = await clusterAddresses(options);
  const registry = httpRegistry(addresses.schemaRegistryUrl, nodeHttp);
  const kafka = await connected(addresses.bootstrapServers);
  const folder = join(tmpdir(), `millrace-compare-${systemRandom.bytes(6).toString('hex')}`);
  const stops: (() => Promise<void>)[] = [async () => nodeDisk.removeSync(folder), () => kafka.close()];
  const ended = stopSignal();
  try {
    const planner = pipelinePlanner(registry);
    const pipeline = await planPipeline(text, planner, { 'auto.offset.reset': 'earliest' });
    await checkSources(kafka.admin, pipeline);
    const stack = await startPrivateStack(join(folder, 'data'));
    stops.push(() => stack.stop());
    ended.addEventListener('abort', () => endProcess(stack.pid, 'ask'));
    const records = await copyInput(kafka, registry, stack, pipeline, options.limit);
    const fields = new Map<string, SourceFields>();
    for (const source of pipeline.sources)
      fields.set(source.name, await sourceFields(stack.kafka, stack.registry, source));
    const { computed, failures } = await runAll({ stack, pipeline, fields, options, folder, ended }, stops);
    const { queries, results } = await answersOf(stack, pipeline, computed);
    const comparison: Comparison = {
      startedMs: systemClock.now(),
      pipeline: text,
      records,
      machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
      runs: computed.map(({ topic: _, ...run }) => ({ ...run, results: results.get(run.engine) ?? {} })),
      failures,
      queries,
    };
    output(comparison, options);
  } finally {
    for (const stop of stops.toReversed()) await stop();
  }
}

/** A run whose answers are still in their topics. */
type Computed = Omit<EngineRun, 'results'> & Answers;

async function runAll(
  task: Task,
  stops: (() => Promise<void>)[],
): Promise<{ readonly computed: readonly Computed[]; readonly failures: readonly EngineFailure[] }> {
  const computed: Computed[] = [];
  const failures: EngineFailure[] = [];
  for (const engine of task.options.engines) {
    const title =
      engine === 'millrace'
        ? `Millrace ${version}`
        : `${engineSets[engine].title.replace('Apache ', '')} ${engineSets[engine].version}`;
    try {
      const run = await spinning(systemClock, `${title} is computing`, () => runners[engine](task, stops));
      computed.push({ engine, title, ...run });
    } catch (error) {
      // Millrace's answers are what the others are held against.
      if (engine === 'millrace' || !(error instanceof StackError)) throw error;
      failures.push({ engine, title, reason: messageOf(error) });
    }
  }
  return { computed, failures };
}

type Run = Omit<Computed, 'engine' | 'title'>;

const runners: Readonly<Record<ComparedEngine, (task: Task, stops: (() => Promise<void>)[]) => Promise<Run>>> = {
  millrace: runOnMillrace,
  flink: runOnFlink,
  spark: runOnSpark,
};

async function runOnMillrace({ stack, pipeline }: Task): Promise<Run> {
  const topics = pipeline.queries.map(({ logical }) => logical.topic);
  const watched = await watch(
    { kafka: stack.kafka, clock: systemClock },
    topics,
    () => [stack.pid],
    async () => {
      const messages = await submitKsql(nodeHttp, stack.ksqlUrl, pipeline);
      const ids = messages.flatMap((message) => /^Created query with ID (\S+)$/.exec(message)?.[1] ?? []);
      const queries = pipeline.queries.map((query, i) => ({ query, queryId: ids[i] ?? '' }));
      await untilDrained({ kafka: stack.kafka, clock: systemClock }, queries, () => {});
    },
  );
  return { ...watched, notes: [], topic: (query) => query.logical.topic };
}

async function runOnFlink(
  { stack, pipeline, fields, options, ended }: Task,
  stops: (() => Promise<void>)[],
): Promise<Run> {
  const sinkTopic = (query: PipelineQuery): string => `flink.${query.logical.topic}`;
  const script = flinkScript(pipeline, fields, {
    bootstrapServers: stack.bootstrapServers,
    schemaRegistryUrl: stack.schemaRegistryUrl,
    faithful: options.asWritten !== true,
    bounded: true,
    exactlyOnce: false,
    groupId: 'millrace-compare',
    sinkTopic,
  });
  const address = options.flink ?? (await ensureFlink(stops));
  const cluster = await clusterStatus({ disk: nodeDisk }, runFolder(engineCache(process.env), 'flink'));
  const isOurs = cluster?.addresses['SQL gateway'] === address;
  const pids = isOurs ? cluster.processes.map(({ pid }) => pid) : [];
  await prepare(stack.kafka.admin, stack.registry, pipeline, sinkTopic);
  const gateway = await FlinkGateway.open(nodeHttp, systemClock, address);
  try {
    const topics = pipeline.queries.map(sinkTopic);
    const watched = await watch(
      { kafka: stack.kafka, clock: systemClock },
      topics,
      () => pids,
      async () => {
        const job = await gateway.submit(script);
        for (;;) {
          if (ended.aborted) {
            await gateway.cancel(job);
            throw new StackError('MILLRACE_ENGINE', 'the comparison was ended');
          }
          const { state } = await gateway.job(job);
          if (state === 'FINISHED') break;
          if (state === 'FAILED' || state === 'CANCELED')
            throw new StackError(
              'MILLRACE_ENGINE',
              `the job ${state === 'FAILED' ? 'failed' : 'was cancelled'}: ${(await gateway.failure(job)) ?? 'no reason given'}`,
            );
          await sleep(systemClock, 100);
        }
      },
    );
    return { ...watched, notes: script.notes, topic: sinkTopic };
  } finally {
    await gateway.close();
  }
}

/** The gateway of the cluster that `millrace engines` started; starts one, for this comparison, when there is none. */
async function ensureFlink(stops: (() => Promise<void>)[]): Promise<string> {
  const run = runFolder(engineCache(process.env), 'flink');
  const running = await clusterStatus({ disk: nodeDisk }, run);
  if (running !== undefined && running.ended.length === 0) return running.addresses['SQL gateway'] ?? '';
  const cluster = await startEngine(engineSets.flink, { portOffset: 0, slots: 4 });
  stops.push(async () => void (await stopCluster({ disk: nodeDisk, clock: systemClock }, run)));
  return cluster.addresses['SQL gateway'] ?? '';
}

async function runOnSpark({ stack, pipeline, fields, options, folder }: Task): Promise<Run> {
  const sinkTopic = (query: PipelineQuery): string => `spark.${query.logical.topic}`;
  const target = {
    bootstrapServers: stack.bootstrapServers,
    faithful: options.asWritten !== true,
    bounded: true,
    checkpoints: join(folder, 'checkpoints'),
    sinkTopic,
  };
  const schemas = await prepare(stack.kafka.admin, stack.registry, pipeline, sinkTopic);
  const job = sparkJob(pipeline, fields, { ...target, sinkSchema: ({ name }) => schemas.get(name) });
  let pids: readonly number[] = [];
  const topics = pipeline.queries.map(sinkTopic);
  const watched = await watch(
    { kafka: stack.kafka, clock: systemClock },
    topics,
    () => pids,
    () =>
      runSparkJob(job.python, options.spark, join(folder, 'spark'), (pid) => {
        pids = [pid];
      }),
  );
  return { ...watched, notes: job.notes, topic: sinkTopic };
}

async function answersOf(
  stack: PrivateStack,
  { queries }: Pipeline,
  computed: readonly Computed[],
): Promise<ComparedResults> {
  const bar = countBar('Comparing the answers');
  try {
    return await compareResults(stack, queries, computed, bar.update);
  } finally {
    bar.stop();
  }
}

function output(comparison: Comparison, { json, html }: CompareOptions): void {
  process.stdout.write(comparisonText(comparison));
  for (const [path, content] of [
    [json, () => `${JSON.stringify(comparison, null, 2)}\n`],
    [html, () => comparisonPage(comparison)],
  ] as const) {
    if (path === undefined) continue;
    replaceFileSync(nodeDisk, resolve(path), Buffer.from(content()));
    process.stdout.write(`${resolve(path)} is written.\n`);
  }
  const unexplained = comparison.queries.some(({ differences }) =>
    Object.values(differences).some(({ counts }) => (counts.unexplained ?? 0) > 0),
  );
  if (unexplained || comparison.failures.length > 0) process.exitCode = 1;
}

// ---- the stack

async function copyInput(
  kafka: KafkaClient,
  registry: SchemaRegistryClient,
  stack: PrivateStack,
  { sources }: Pipeline,
  limit: number,
): Promise<number> {
  const topics = [...new Set(sources.map(({ topic }) => topic))];
  await copySchemas(registry, nodeHttp, stack.schemaRegistryUrl, topics);
  let records = 0;
  for (const topic of topics) {
    const bar = countBar(`Copying ${topic}`);
    try {
      records += await copyTopic(kafka, stack.kafka, topic, limit, bar.update);
    } finally {
      bar.stop();
    }
  }
  return records;
}

const startTries = 5;
const startTimeoutMs = 30_000;

/** Records keep their time, which may be long ago. */
const keepAll = ['--set', 'broker.log.retention.ms=-1'];

/** With a port offset that is free. */
async function startPrivateStack(dataDir: string): Promise<PrivateStack> {
  nodeDisk.makeDirectorySync(dataDir);
  const log = join(dataDir, 'millrace.out');
  for (let attempt = 1; ; attempt++) {
    const offset = 10_000 + (systemRandom.uint32() % 250) * 100;
    const pid = startDetachedNode(
      process.argv[1] ?? '',
      ['up', '--data-dir', dataDir, '--port-offset', String(offset), ...keepAll],
      log,
    );
    const limit = systemClock.monotonic() + startTimeoutMs;
    while (processIsAlive(pid) && systemClock.monotonic() < limit) {
      const status = await statusOf(dataDir);
      if (status?.ready) {
        const kafka = await connected(status.bootstrapServers);
        return {
          pid,
          bootstrapServers: status.bootstrapServers,
          schemaRegistryUrl: status.schemaRegistryUrl ?? '',
          ksqlUrl: status.ksqlUrl ?? '',
          kafka,
          registry: httpRegistry(status.schemaRegistryUrl ?? '', nodeHttp),
          stop: async () => {
            await kafka.close();
            endProcess(pid, 'ask');
            while (processIsAlive(pid)) await sleep(systemClock, 20);
          },
        };
      }
      await sleep(systemClock, 20);
    }
    const said = readFileSync(nodeDisk, log).toString('utf8').trim();
    if (attempt === startTries || !said.includes('in use'))
      throw new StackError('MILLRACE_UNREACHABLE', `The stack for the comparison did not start: ${said}`);
  }
}

function connected(bootstrapServers: string): Promise<KafkaClient> {
  return connectKafka({ network: nodeNetwork, clock: systemClock, random: systemRandom, bootstrapServers });
}
