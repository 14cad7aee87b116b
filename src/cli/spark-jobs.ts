/** PySpark jobs as processes of their own, through `spark-submit` of the installed set or of `SPARK_HOME`. */
import { join } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { nodeDisk, replaceFileSync } from '../core/disk.ts';
import { startDetached } from '../core/processes.ts';
import { engineCache } from '../engines/engines.ts';
import { interpretersFor } from '../engines/requirements.ts';
import { engineSets } from '../engines/sets.ts';
import { sparkEnvironment, sparkSubmit } from '../engines/spark.ts';
import { homeOf } from './engine-home.ts';

export interface SparkProcess {
  readonly pid: number;
  readonly log: string;
  readonly script: string;
}

/** Starts a job and leaves it running. @throws StackError MILLRACE_ENGINE when Spark, Java or Python is missing */
export async function startSparkJob(python: string, master: string): Promise<SparkProcess> {
  const set = engineSets.spark;
  const interpreters = await interpretersFor(set, process.env);
  const home = homeOf(set);
  const folder = join(engineCache(process.env), 'run', 'spark', 'jobs', String(systemClock.now()));
  nodeDisk.makeDirectorySync(folder);
  const [script, log] = [join(folder, 'job.py'), join(folder, 'job.log')];
  replaceFileSync(nodeDisk, script, Buffer.from(python));
  const submit = sparkSubmit(
    home,
    set.jars.map(({ file }) => file),
  );
  const args = [
    '--master',
    master,
    '--conf',
    'spark.driver.host=127.0.0.1',
    '--conf',
    'spark.driver.bindAddress=127.0.0.1',
    '--conf',
    'spark.sql.shuffle.partitions=2',
  ];
  const pid = startDetached(submit.command, [...args, ...submit.args, script], log, {
    cwd: folder,
    env: sparkEnvironment({ home, python: interpreters.python }),
  });
  return { pid, log, script };
}
