/**
 * Query 2.5 of the walk-through over five million of its records, from an embedded log to its end, by one worker: with emission at
 * commit (a cache of 10 MB, commits every 2 s) and with emission of every change (no cache). The ratio is to a loop written by
 * hand for exactly these records, run over the same bytes in the same run: the one of ../shared when that is there, else ours.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../src/core/clock.ts';
import { nodeDisk } from '../src/core/disk.ts';
import { silentLogger } from '../src/core/logger.ts';
import { nodeThreads } from '../src/core/threads.ts';
import { createQueryManager } from '../src/runtime/manager.ts';
import { commercialsSchema, generateCommercials } from './fixtures/commercials.ts';
import { runHandWrittenLoop } from './fixtures/hand-written-loop.ts';
import { logCluster } from './fixtures/log-cluster.ts';
import type { LogCluster } from './fixtures/log-cluster.ts';
import { query25 } from './fixtures/query-2-5.ts';

const records = Number(process.env['BENCH_RECORDS'] ?? 5_000_000);
const rounds = 5;
const root = process.env['BENCH_ROOT'] ?? fileURLToPath(new URL('../../', import.meta.url));
const sharedLoop = join(root, '..', 'shared', 'peers', 'limit', 'loop.mjs');
const folder = mkdtempSync(join(tmpdir(), 'millrace-sql-'));
const source = 'commercials_avro';

try {
  const file = join(folder, 'batches');
  const cluster = logCluster(join(folder, 'logs'));
  generate(file, cluster);
  const { name, rate: limit } = yardstick(file);
  line(name, `${limit.toFixed(1)} M records/s`);
  for (const emit of ['commit', 'change'] as const) {
    const rates: number[] = [];
    for (let round = 0; round < rounds; round++) rates.push(await runQuery(cluster, emit, round));
    const rate = median(rates);
    line(
      `query 2.5, emission at ${emit}`,
      `${rate.toFixed(1)} M records/s`,
      `${(rate / limit).toFixed(2)} × the loop`,
      `(${rates.map((one) => one.toFixed(1)).join(' ')})`,
    );
  }
  cluster.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes the records to a file for the loop, and through a partition log for the engine. */
function generate(file: string, cluster: LogCluster): void {
  const out = openSync(file, 'w');
  const log = cluster.log(source);
  let waiting: Buffer[] = [];
  let bytes = 0;
  const flush = (): void => {
    if (bytes > 0) log.append(Buffer.concat(waiting), { origin: 'client', leaderEpoch: 0 });
    waiting = [];
    bytes = 0;
  };
  generateCommercials(records, (batch) => {
    writeSync(out, batch);
    waiting.push(Buffer.from(batch));
    bytes += batch.length;
    if (bytes > 2 ** 20) flush();
  });
  flush();
  closeSync(out);
}

function yardstick(file: string): { name: string; rate: number } {
  if (existsSync(sharedLoop)) {
    const { stdout } = spawnSync(process.execPath, [sharedLoop, file, root, String(rounds)], { encoding: 'utf8' });
    const rate = /^q1\s+([\d.]+) M/m.exec(stdout)?.[1];
    if (rate !== undefined) return { name: 'JavaScript loop of ../shared', rate: Number(rate) };
  }
  const rates = Array.from({ length: rounds }, () => {
    const { ms, records: counted } = runHandWrittenLoop(file);
    if (counted !== records) throw new Error(`The loop counted ${counted} records.`);
    return records / ms / 1000;
  });
  return { name: 'loop written by hand', rate: median(rates) };
}

/** From the moment that the query reads to its last commit; gives millions of records a second. */
async function runQuery(cluster: LogCluster, emit: 'commit' | 'change', round: number): Promise<number> {
  const queryId = `CTAS_${emit}_${round}`;
  const sink = `METRICS_${emit}_${round}`;
  cluster.log(sink);
  const manager = createQueryManager({
    clock: systemClock,
    disk: nodeDisk,
    logger: silentLogger,
    threads: nodeThreads,
    workerEntry: new URL('../runtime/worker.js', import.meta.url),
    stateDirectory: join(folder, 'state'),
    cluster,
    schema: async () => ({ text: commercialsSchema }),
  });
  await manager.start({
    queryId,
    plan: query25(emit, source, sink),
    config: { processingGuarantee: 'at_least_once', commitIntervalMs: 2000 },
  });
  const started = performance.now();
  for (;;) {
    const status = manager.status(queryId);
    if (status?.state !== 'RUNNING' || status.errors.length > 0) throw new Error(JSON.stringify(status));
    if (status.positions[0]?.position === records) break;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await manager.stop(queryId);
  const ms = performance.now() - started;
  await manager.close();
  return records / ms / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function line(name: string, ...figures: string[]): void {
  process.stdout.write(`${name.padEnd(34)} ${figures.join('   ')}\n`);
}
