/**
 * kill -9 in the middle of Flink's exactly-once job: of Millrace, which is its broker and keeps its transactions, and of the
 * TaskManager. In the end a consumer of committed records sees each result once.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeHttp } from '../../../src/core/http.ts';
import { endProcess } from '../../../src/core/processes.ts';
import { FlinkGateway } from '../../../src/deploy/flink/sql-gateway.ts';
import type { RunningCluster } from '../../../src/engines/cluster.ts';
import { startBench } from '../../conformance/engines/engine-tests.ts';
import type { EngineBench } from '../../conformance/engines/engine-tests.ts';
import { pause } from '../../eventually.ts';
import { describePeer } from '../../peers.ts';
import { fillNumbers, fullKills, groupCounts, kills, lastCounts, readJson } from './numbers.ts';
import { record } from './record.ts';

/** At the pace that the source is held to, each kill hits the job while it is at work. */
const recordsPerKill = 6000;
const count = recordsPerKill * kills;
const patienceMs = 120_000 + kills * 90_000;

/** A fetch waits for more than it may bring, so that it brings one batch of each partition and takes its full time. */
const pace = `'properties.fetch.min.bytes'='1000000', 'properties.fetch.max.wait.ms'='100', 'properties.max.partition.fetch.bytes'='3000'`;

describePeer('flink', 'kill -9 in the middle of an exactly-once job', () => {
  let bench: EngineBench;
  let gateway: FlinkGateway;
  let workers: number[] = [];

  beforeEach(async () => {
    workers = [];
    bench = await startBench('flink-2.2.1');
    await bench.createTopic('numbers', 2);
    await fillNumbers(bench.bootstrapServers, count);
    await bench.startFlink();
    gateway = await FlinkGateway.open(nodeHttp, systemClock, bench.flinkGateway);
  });

  afterEach(async () => {
    for (const pid of workers) endProcess(pid, 'at-once');
    await bench?.close();
  });

  test(`of Millrace, ${kills} times`, { timeout: patienceMs }, async () => {
    const job = await submit('broker');
    for (let i = 0; i < kills; i++) {
      // Every third time in the recovery from the kill before.
      if (i % 3 !== 2) await checkpointAfter(job, await checkpoints(job));
      await pause(Math.random() * 1500);
      expect((await gateway.job(job)).state).not.toBe('FINISHED');
      await bench.crash(Math.random() * 1500);
    }
    await judged(job, 'Flink, exactly once: kill -9 of Millrace');
  });

  test(`of the TaskManager, ${kills} times`, { timeout: patienceMs }, async () => {
    const job = await submit('worker');
    const cluster = JSON.parse(
      readFileSync(join(bench.folder, 'engines', 'run', 'flink', 'cluster.json'), 'utf8'),
    ) as RunningCluster;
    let worker = cluster.processes.find(({ name }) => name === 'taskmanager')?.pid ?? 0;
    const { command, args, env } = commandOf(worker);
    for (let i = 0; i < kills; i++) {
      await checkpointAfter(job, await checkpoints(job));
      await pause(Math.random() * 1500);
      expect((await gateway.job(job)).state).not.toBe('FINISHED');
      process.kill(worker, 'SIGKILL');
      const child = spawn(command, args, { cwd: bench.folder, env, stdio: 'ignore', detached: true });
      child.unref();
      worker = child.pid ?? 0;
      workers.push(worker);
    }
    await judged(job, 'Flink, exactly once: kill -9 of the TaskManager');
  });

  /** Every number doubled, and a count of each group: a sink without state and one of a table. */
  async function submit(prefix: string): Promise<string> {
    const kafka = (topic: string): string =>
      `'topic'='${topic}', 'properties.bootstrap.servers'='${bench.bootstrapServers}'`;
    const once = (name: string): string =>
      `'sink.delivery-guarantee'='exactly-once', 'sink.transactional-id-prefix'='${prefix}-${name}', 'properties.transaction.timeout.ms'='600000'`;
    return gateway.submit({
      settings: {
        'execution.checkpointing.mode': 'EXACTLY_ONCE',
        'execution.checkpointing.interval': '1s',
        'restart-strategy.type': 'fixed-delay',
        'restart-strategy.fixed-delay.attempts': '1000000',
        'restart-strategy.fixed-delay.delay': '500ms',
      },
      definitions: [
        `CREATE TABLE numbers (n BIGINT, g STRING) WITH ('connector'='kafka', ${kafka('numbers')}, 'format'='json',
           'scan.startup.mode'='earliest-offset', 'scan.bounded.mode'='latest-offset', 'properties.group.id'='${prefix}', ${pace})`,
        `CREATE TABLE doubled (n BIGINT, twice BIGINT) WITH ('connector'='kafka', ${kafka('doubled')}, 'format'='json', ${once('rows')})`,
        `CREATE TABLE counts (g STRING, c BIGINT, PRIMARY KEY (g) NOT ENFORCED) WITH ('connector'='upsert-kafka', ${kafka('counts')},
           'key.format'='raw', 'value.format'='json', ${once('table')})`,
      ],
      start: `EXECUTE STATEMENT SET BEGIN
        INSERT INTO doubled SELECT n, n * 2 FROM numbers;
        INSERT INTO counts SELECT g, COUNT(*) FROM numbers GROUP BY g;
        END`,
      notes: [],
    });
  }

  async function checkpoints(job: string): Promise<number> {
    const answer = await fetch(`${bench.flinkRest}/jobs/${job}/checkpoints`);
    return ((await answer.json()) as { counts: { completed: number } }).counts.completed;
  }

  /** The job works: it has completed another checkpoint. */
  async function checkpointAfter(job: string, before: number): Promise<void> {
    await expect.poll(() => checkpoints(job), { timeout: patienceMs, interval: 100 }).toBeGreaterThan(before);
  }

  async function judged(job: string, title: string): Promise<void> {
    for (;;) {
      const { state } = await gateway.job(job);
      if (state === 'FINISHED') break;
      expect(state, await gateway.failure(job)).not.toBe('FAILED');
      await pause(500);
    }
    const rows = await readJson(bench.bootstrapServers, 'doubled', 'read_committed');
    const written = await readJson(bench.bootstrapServers, 'doubled', 'read_uncommitted');
    const numbers = rows.map(([, { n }]) => Number(n)).toSorted((a, b) => a - b);
    expect(numbers.length).toBe(count);
    expect(numbers.every((n, i) => n === i)).toBe(true);
    expect(rows.every(([, { n, twice }]) => twice === 2 * Number(n))).toBe(true);
    const counts = await readJson(bench.bootstrapServers, 'counts', 'read_committed');
    expect(lastCounts(counts)).toEqual(groupCounts(count));
    const restarts = ((await (await fetch(`${bench.flinkRest}/jobs/${job}/exceptions`)).json()) as Exceptions)
      .exceptionHistory.entries.length;
    const figures = `${count} records read, ${kills} kills, ${await checkpoints(job)} checkpoints completed, ${restarts} failures of the job in Flink's history: ${rows.length} committed results, each once; ${written.length - rows.length} more were written and aborted. The ${counts.length} committed records of the table never go back and end in the right counts.`;
    console.log(figures);
    if (kills >= fullKills) record(title, 'Flink 2.2.1', [figures]);
  }
});

interface Exceptions {
  readonly exceptionHistory: { readonly entries: readonly unknown[] };
}

/** How a process was started, by Linux. */
function commandOf(pid: number): { command: string; args: string[]; env: Record<string, string> } {
  const parts = (name: string): string[] => readFileSync(`/proc/${pid}/${name}`, 'utf8').split('\0').slice(0, -1);
  const [command = '', ...args] = parts('cmdline');
  const env = Object.fromEntries(
    parts('environ').map((one) => [one.slice(0, one.indexOf('=')), one.slice(one.indexOf('=') + 1)]),
  );
  return { command, args, env };
}
