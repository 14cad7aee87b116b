/** Other processes as a port. This file is the only place that starts, watches and ends them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Laid over the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface ProcessResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Rejects with the platform's error (`ENOENT`) when it cannot be started. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions & { readonly onStart?: (pid: number) => void } = {},
): Promise<ProcessResult> {
  const child = spawn(command, args, { ...platformOptions(options), stdio: ['ignore', 'pipe', 'pipe'] });
  options.onStart?.(child.pid ?? 0);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return { code: await ended(child), stdout, stderr };
}

/** Runs a program on the terminal of this process; gives its exit code. */
export async function runOnTerminal(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<number> {
  const ignore = (): void => {};
  // Ctrl-C is the program's.
  process.on('SIGINT', ignore);
  try {
    return await ended(spawn(command, args, { ...platformOptions(options), stdio: 'inherit' }));
  } finally {
    process.off('SIGINT', ignore);
  }
}

/** Starts a program that outlives this process, its output appended to a file. Returns the process id, 0 when it could not be started. */
export function startDetached(
  command: string,
  args: readonly string[],
  outputPath: string,
  options: ProcessOptions = {},
): number {
  const output = openSync(outputPath, 'a');
  try {
    const child = spawn(command, args, {
      ...platformOptions(options),
      detached: true,
      stdio: ['ignore', output, output],
    });
    child.on('error', () => {});
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(output);
  }
}

/** As {@link startDetached}, for a Node.js script. */
export function startDetachedNode(script: string, args: readonly string[], outputPath: string): number {
  return startDetached(process.execPath, [script, ...args], outputPath);
}

/** Is there a process of this id? */
export function processIsAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks a process to end, or ends it at once; nothing when it is gone. */
export function endProcess(pid: number, how: 'ask' | 'at-once'): void {
  try {
    process.kill(pid, how === 'ask' ? 'SIGTERM' : 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The command line of a process, empty when there is none or the platform does not tell. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform === 'win32') return '';
  const { stdout } = await runProcess('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return stdout.trim();
}

/** Resident memory of processes and of all that they started, in bytes; 0 where the platform does not tell. */
export async function processTreeMemory(pids: readonly number[]): Promise<number> {
  if (process.platform === 'win32' || pids.length === 0) return 0;
  const { stdout } = await runProcess('ps', ['-e', '-o', 'pid=,ppid=,rss=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const tree = new Set(pids);
  // Children come after their parents in age, not in the list: look until nothing is added.
  for (let size = 0; size !== tree.size; ) {
    size = tree.size;
    for (const [pid = 0, parent = 0] of rows) if (tree.has(parent)) tree.add(pid);
  }
  return rows.reduce((sum, [pid = 0, , kibibytes = 0]) => (tree.has(pid) ? sum + kibibytes * 1024 : sum), 0);
}

function platformOptions({ cwd, env }: ProcessOptions): {
  readonly windowsHide: true;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
} {
  return {
    windowsHide: true,
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env: { ...process.env, ...env } }),
  };
}

/** The exit code; 128 and the signal's number for a process that a signal ended are not told apart from 1. */
function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
