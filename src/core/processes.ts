/** Starting other processes. This file is the only place that does. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** Starts a Node.js script that outlives this process, its output appended to a file. Returns the process id. */
export function startDetachedNode(script: string, args: readonly string[], outputPath: string): number {
  const output = openSync(outputPath, 'a');
  try {
    const child = spawn(process.execPath, [script, ...args], {
      detached: true,
      stdio: ['ignore', output, output],
      windowsHide: true,
    });
    child.unref();
    return child.pid ?? 0;
  } finally {
    closeSync(output);
  }
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
