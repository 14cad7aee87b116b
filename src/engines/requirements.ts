/** Java and Python, which the engines run on: found and checked before anything is fetched or started. */
import { join } from 'node:path';
import { StackError } from '../core/errors.ts';
import { runProcess } from '../core/processes.ts';
import type { EngineSet } from './sets.ts';

export interface Interpreters {
  /** The `java` to run. */
  readonly java: string;
  /** The `python3` to run; empty where the set needs none. */
  readonly python: string;
}

/** @throws StackError MILLRACE_ENGINE: which one is missing or too old, and what is needed */
export async function interpretersFor(set: EngineSet, environment: NodeJS.ProcessEnv): Promise<Interpreters> {
  const java = environment['JAVA_HOME'] ? join(environment['JAVA_HOME'], 'bin', 'java') : 'java';
  await checkJava(java, set);
  if (set.python === undefined) return { java, python: '' };
  const python = environment['PYSPARK_PYTHON'] ?? (process.platform === 'win32' ? 'python' : 'python3');
  await checkPython(python, set.python, set);
  return { java, python };
}

async function checkJava(java: string, { title, version, java: needed }: EngineSet): Promise<void> {
  const found = /version "(\d+)(?:\.(\d+))?/.exec(await said(java, ['-version']));
  // Java 8 calls itself 1.8.
  const major = found === null ? undefined : Number(found[1] === '1' ? found[2] : found[1]);
  const need = `${title} ${version} needs Java ${needed} or newer`;
  if (major === undefined)
    throw new StackError(
      'MILLRACE_ENGINE',
      `${need}, and "${java} -version" does not answer. Install one, or set JAVA_HOME.`,
    );
  if (major < needed)
    throw new StackError('MILLRACE_ENGINE', `${need}, and "${java}" is Java ${major}. Set JAVA_HOME to a newer one.`);
}

async function checkPython(
  python: string,
  [needMajor, needMinor]: readonly [number, number],
  set: EngineSet,
): Promise<void> {
  const found = /Python (\d+)\.(\d+)/.exec(await said(python, ['--version']));
  const need = `${set.title} ${set.version} needs Python ${needMajor}.${needMinor} or newer`;
  if (found === null)
    throw new StackError(
      'MILLRACE_ENGINE',
      `${need}, and "${python} --version" does not answer. Install one, or set PYSPARK_PYTHON.`,
    );
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < needMajor || (major === needMajor && minor < needMinor))
    throw new StackError(
      'MILLRACE_ENGINE',
      `${need}, and "${python}" is Python ${major}.${minor}. Set PYSPARK_PYTHON to a newer one.`,
    );
}

async function said(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await runProcess(command, args);
    return stdout + stderr;
  } catch {
    return '';
  }
}
