/** Following a job that was submitted until it runs: one that fails at once is a failure of the command that submitted it. */
import { sleep, systemClock } from '../core/clock.ts';
import { nodeDisk, readFileSync } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { processIsAlive } from '../core/processes.ts';
import type { FlinkGateway } from '../deploy/flink/sql-gateway.ts';
import { sparkJobRuns } from '../deploy/spark/job.ts';
import { rootCause } from '../engines/root-cause.ts';

const lookMs = 200;
/** A job that ran so long has read its first records. */
const steadyMs = 2000;
/** A cluster without free slots lets a job wait for ever. */
const startMsMax = 120_000;

/** @throws StackError MILLRACE_ENGINE with Flink's root cause; the job is cancelled then, since Flink would try again for ever */
export async function flinkJobRuns(gateway: FlinkGateway, id: string): Promise<void> {
  const fail = async (reason: string): Promise<never> => {
    await gateway.cancel(id);
    throw new StackError('MILLRACE_ENGINE', `Flink's job ${id} ${reason}. It was cancelled.`);
  };
  const submitted = systemClock.monotonic();
  let runsSince: number | undefined;
  for (;;) {
    const now = systemClock.monotonic();
    const failure = await gateway.failure(id);
    if (failure !== undefined) return fail(`fails: ${failure}`);
    const { state, tasksRun } = await gateway.job(id);
    if (state === 'FINISHED') return;
    runsSince = state === 'RUNNING' && tasksRun ? (runsSince ?? now) : undefined;
    if (runsSince !== undefined && now - runsSince >= steadyMs) return;
    if (now - submitted > startMsMax)
      return fail(`is ${state} after ${startMsMax / 1000} s; are there free slots in the cluster?`);
    await sleep(systemClock, lookMs);
  }
}

/** @throws StackError MILLRACE_ENGINE with Spark's root cause when the process ended */
export async function sparkJobStarted({ pid, log }: { readonly pid: number; readonly log: string }): Promise<void> {
  let runsSince: number | undefined;
  for (;;) {
    const now = systemClock.monotonic();
    const isAlive = processIsAlive(pid);
    const text = readFileSync(nodeDisk, log).toString('utf8');
    if (!isAlive) throw new StackError('MILLRACE_ENGINE', `Spark's job fails: ${rootCause(text)} (${log})`);
    if (text.includes(sparkJobRuns)) runsSince ??= now;
    if (runsSince !== undefined && now - runsSince >= steadyMs) return;
    await sleep(systemClock, lookMs);
  }
}
