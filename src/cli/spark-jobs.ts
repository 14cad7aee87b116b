/** PySpark jobs as processes of their own, through `spark-submit` of the installed set. */
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { nodeDisk, replaceFileSync } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { nodeNetwork } from '../core/network.ts';
import { runProcess, startDetached } from '../core/processes.ts';
import { engineCache } from '../engines/engines.ts';
import { interpretersFor } from '../engines/requirements.ts';
import { rootCause } from '../engines/root-cause.ts';
import { engineSets } from '../engines/sets.ts';
import { sparkEnvironment, sparkSubmit } from '../engines/spark.ts';
import { homeOf } from './engine-home.ts';

interface Submission {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Starts a job and leaves it running. @throws StackError MILLRACE_ENGINE when Spark, its master, Java or Python is missing */
export async function startSparkJob(
  python: string,
  master: string,
): Promise<{ readonly pid: number; readonly log: string }> {
  const folder = join(engineCache(process.env), 'run', 'spark', 'jobs', String(systemClock.now()));
  const { command, args, env } = await submission(python, master, folder);
  const log = join(folder, 'job.log');
  return { pid: startDetached(command, args, log, { cwd: folder, env }), log };
}

/** Runs a job to its end. @throws StackError MILLRACE_ENGINE also with Spark's reason when it fails */
export async function runSparkJob(
  python: string,
  master: string,
  folder: string,
  onStart: (pid: number) => void,
): Promise<void> {
  const { command, args, env } = await submission(python, master, folder);
  const { code, stdout, stderr } = await runProcess(command, args, { cwd: folder, env, onStart });
  if (code !== 0) throw new StackError('MILLRACE_ENGINE', `the job failed: ${rootCause(stdout + stderr)}`);
}

/** A job whose master is not there would say so after a minute. */
async function checkMaster(master: string): Promise<void> {
  const [, host, port] = /^spark:\/\/([^,/]+):(\d+)$/.exec(master) ?? [];
  if (host === undefined) return;
  try {
    (await nodeNetwork.connect(host, Number(port))).stream.destroy();
  } catch (error) {
    throw new StackError(
      'MILLRACE_ENGINE',
      `No Spark master answers at ${master}. "millrace engines start spark" starts one.`,
      { cause: error },
    );
  }
}

async function submission(python: string, master: string, folder: string): Promise<Submission> {
  await checkMaster(master);
  const set = engineSets.spark;
  const interpreters = await interpretersFor(set, process.env);
  const home = homeOf(set);
  nodeDisk.makeDirectorySync(folder);
  const script = join(folder, 'job.py');
  replaceFileSync(nodeDisk, script, Buffer.from(python));
  const { command, args } = sparkSubmit(
    home,
    set.jars.map(({ file }) => file),
  );
  const settings = [
    'spark.driver.host=127.0.0.1',
    'spark.driver.bindAddress=127.0.0.1',
    'spark.sql.shuffle.partitions=2',
    'spark.ui.enabled=false',
  ];
  return {
    command,
    args: ['--master', master, ...settings.flatMap((setting) => ['--conf', setting]), ...args, script],
    env: sparkEnvironment({ home, python: interpreters.python }),
  };
}
