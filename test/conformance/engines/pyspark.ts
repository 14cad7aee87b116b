/** PySpark programs on the real Spark, submitted as people submit them (`spark-submit`), with everything in one process. */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineSets } from '../../../src/engines/sets.ts';
import { sparkEnvironment, sparkSubmit } from '../../../src/engines/spark.ts';
import { installedEngines } from '../../peers.ts';

export interface SparkProgram {
  readonly pid: number;
  /** What it printed so far. */
  stdout(): string;
  stderr(): string;
  /** Its exit code, null when it was killed. */
  readonly ended: Promise<number | null>;
  /** kill -9 of the driver, which is the executor as well; resolves when it is gone. */
  kill(): Promise<void>;
}

const home = join(installedEngines, 'spark-4.1.1');

/** Lets `master` be `local[2]`, or with tasks that are tried again. */
export function startPySpark(
  folder: string,
  program: string,
  args: readonly string[],
  master = 'local[2]',
): SparkProgram {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'program.py');
  writeFileSync(file, program);
  const { command, args: connectors } = sparkSubmit(
    home,
    engineSets.spark.jars.map((jar) => jar.file),
  );
  const settings = [
    'spark.driver.host=127.0.0.1',
    'spark.driver.bindAddress=127.0.0.1',
    'spark.sql.shuffle.partitions=2',
    'spark.ui.enabled=false',
  ].flatMap((setting) => ['--conf', setting]);
  // The script becomes the driver's Java by exec.
  const child = spawn(command, ['--master', master, ...settings, ...connectors, file, ...args], {
    cwd: folder,
    env: { ...process.env, ...sparkEnvironment({ home, python: 'python3' }) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    ended,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Runs a program to its end, which has to be a good one; resolves with what it printed. */
export async function runPySpark(folder: string, program: string, args: readonly string[]): Promise<string> {
  const running = startPySpark(folder, program, args);
  const code = await running.ended;
  if (code !== 0) {
    const reason = running
      .stderr()
      .split('\n')
      .filter((line) => !/^\s+at |INFO/.test(line));
    throw new Error(`PySpark ended with ${code}:\n${running.stdout()}\n${reason.slice(-60).join('\n')}`);
  }
  return running.stdout();
}
