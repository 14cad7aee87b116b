/**
 * Starting, watching and stopping the processes of an engine's cluster. What runs is kept in `cluster.json` of its run folder, and
 * every process carries the run's id on its command line, so that no other process of the same number is ever ended.
 */
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { sleep } from '../core/clock.ts';
import { readFileSync, replaceFileSync } from '../core/disk.ts';
import type { Disk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import type { HttpClient } from '../core/http.ts';
import type { Network } from '../core/network.ts';
import { commandLineOf, endProcess, processIsAlive, runProcess, startDetached } from '../core/processes.ts';
import type { Random } from '../core/random.ts';
import type { ClusterPlace, ClusterSpec } from './cluster-spec.ts';
import { rootCause } from './root-cause.ts';
import type { EngineSet } from './sets.ts';

export interface ClusterPorts {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly network: Network;
  readonly http: HttpClient;
  readonly random: Random;
}

/** `cluster.json`. */
export interface RunningCluster {
  readonly runId: string;
  readonly version: string;
  readonly startedMs: number;
  readonly processes: readonly { readonly name: string; readonly pid: number; readonly log: string }[];
  readonly addresses: Readonly<Record<string, string>>;
}

export interface ClusterStatus extends RunningCluster {
  /** Names of the processes that are gone. */
  readonly ended: readonly string[];
}

const startTimeoutMs = 120_000;
const stopTimeoutMs = 10_000;

/**
 * Starts a cluster and resolves once it answers; when it does not, nothing of it is left running.
 * @throws StackError MILLRACE_ENGINE with the engine's own reason, MILLRACE_PORT_IN_USE
 */
export async function startCluster(
  ports: ClusterPorts,
  set: EngineSet,
  spec: ClusterSpec,
  { run, java }: Pick<ClusterPlace, 'run'> & { readonly java: string },
): Promise<RunningCluster> {
  const { disk, clock } = ports;
  const before = await clusterStatus(ports, run);
  if (before !== undefined && before.ended.length < before.processes.length)
    throw new StackError(
      'MILLRACE_ENGINE',
      `${set.title} is running already; "millrace engines stop ${set.engine}" stops it.`,
    );
  await checkPorts(ports.network, spec);
  for (const folder of ['conf', 'logs', 'tmp']) disk.makeDirectorySync(join(run, folder));
  for (const { path, content } of spec.files) replaceFileSync(disk, join(run, path), Buffer.from(content));
  for (const { name, args, env } of spec.prepare ?? []) {
    const { code, stdout, stderr } = await runProcess(java, args, { ...(env && { env }) });
    if (code !== 0)
      throw new StackError('MILLRACE_ENGINE', `${set.title} could not ${name}: ${rootCause(stdout + stderr)}`);
  }
  const runId = `millrace.engine=${ports.random.bytes(8).toString('hex')}`;
  const cluster: RunningCluster = {
    runId,
    version: set.version,
    startedMs: clock.now(),
    processes: spec.processes.map(({ name, args, env }) => {
      const log = join(run, 'logs', `${name}.log`);
      disk.removeSync(log);
      const pid = startDetached(java, [`-D${runId}`, ...args], log, { cwd: run, ...(env && { env }) });
      return { name, pid, log };
    }),
    addresses: spec.addresses,
  };
  replaceFileSync(disk, statePath(run), Buffer.from(JSON.stringify(cluster)));
  try {
    await untilReady(ports, set, spec, cluster);
  } catch (error) {
    await stopCluster(ports, run);
    throw error;
  }
  return cluster;
}

/** The cluster of a run folder, undefined when none was started there or it was stopped. */
export async function clusterStatus(
  { disk }: Pick<ClusterPorts, 'disk'>,
  run: string,
): Promise<ClusterStatus | undefined> {
  if (!disk.existsSync(statePath(run))) return undefined;
  const cluster = JSON.parse(readFileSync(disk, statePath(run)).toString('utf8')) as RunningCluster;
  const ended: string[] = [];
  for (const { name, pid } of cluster.processes) if (!(await isOurs(pid, cluster.runId))) ended.push(name);
  return { ...cluster, ended };
}

/** Ends the processes of a cluster, asking first. False when there was none. */
export async function stopCluster(ports: Pick<ClusterPorts, 'disk' | 'clock'>, run: string): Promise<boolean> {
  const cluster = await clusterStatus(ports, run);
  if (cluster === undefined) return false;
  const { clock } = ports;
  // The last one started depends on the others.
  const alive = cluster.processes.filter(({ name }) => !cluster.ended.includes(name)).toReversed();
  for (const { pid } of alive) endProcess(pid, 'ask');
  const limit = clock.monotonic() + stopTimeoutMs;
  while (alive.some(({ pid }) => processIsAlive(pid))) {
    if (clock.monotonic() > limit) for (const { pid } of alive) endProcess(pid, 'at-once');
    await sleep(clock, 50);
  }
  ports.disk.removeSync(statePath(run));
  return alive.length > 0;
}

async function isOurs(pid: number, runId: string): Promise<boolean> {
  if (!processIsAlive(pid)) return false;
  return process.platform === 'win32' || (await commandLineOf(pid)).includes(runId);
}

function statePath(run: string): string {
  return join(run, 'cluster.json');
}

async function checkPorts(network: Network, { ports }: ClusterSpec): Promise<void> {
  for (const { name, port } of ports) {
    try {
      await (await network.listen(['127.0.0.1'], port, () => {})).close();
    } catch (error) {
      throw new StackError(
        'MILLRACE_PORT_IN_USE',
        `Port ${port}, which ${name} needs, is taken. Free it, or move all ports with --port-offset.`,
        { cause: error },
      );
    }
  }
}

async function untilReady(
  ports: ClusterPorts,
  set: EngineSet,
  spec: ClusterSpec,
  cluster: RunningCluster,
): Promise<void> {
  const { clock, disk } = ports;
  const started = clock.monotonic();
  for (;;) {
    if (await answers(ports, spec)) return;
    const elapsed = clock.monotonic() - started;
    const dead = cluster.processes.find(({ pid }) => pid === 0 || !processIsAlive(pid));
    const reason = (log: string): string => rootCause(readFileSync(disk, log).toString('utf8'));
    if (dead !== undefined)
      throw new StackError(
        'MILLRACE_ENGINE',
        `${set.title}'s ${dead.name} ended while it started: ${reason(dead.log)}`,
      );
    if (elapsed > startTimeoutMs)
      throw new StackError('MILLRACE_ENGINE', `${set.title} did not answer within ${startTimeoutMs / 1000} s.`);
    await sleep(clock, 200);
  }
}

async function answers({ http, network }: ClusterPorts, spec: ClusterSpec): Promise<boolean> {
  try {
    if (spec.answers.length === 0) {
      for (const { port } of spec.ports) (await network.connect('127.0.0.1', port)).stream.destroy();
      return true;
    }
    for (const { url, matches } of spec.answers) {
      const { status, body } = await http({ method: 'GET', url, timeoutMs: 2000 });
      if (status !== 200 || !matches.test(body)) return false;
    }
    return true;
  } catch {
    return false;
  }
}
