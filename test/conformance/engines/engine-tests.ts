/** What tests with real engines share: a folder of engines with run state of its own, and commands typed there. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, freePortOffset, startProcess } from '../../e2e/stack-process.ts';
import type { StackProcess } from '../../e2e/stack-process.ts';
import { installedEngines } from '../../peers.ts';

export interface Typed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface EngineBench {
  readonly folder: string;
  readonly portOffset: number;
  readonly bootstrapServers: string;
  readonly schemaRegistryUrl: string;
  /** Runs `millrace …` in the folder, with engines whose clusters are this test's own. */
  millrace(...args: readonly string[]): Promise<Typed>;
  file(name: string, text: string): void;
  /** Sends statements to the stack's ksqlDB server. */
  ksql(text: string, properties?: Readonly<Record<string, string>>): Promise<void>;
  /** kill -9 of the stack, and a new one over its files after a while. */
  crash(downMs: number): Promise<void>;
  /** The rows of a pull query, sorted. */
  pull(sql: string): Promise<unknown[][]>;
  close(): Promise<void>;
}

const patienceMs = 240_000;

/** A stack and a place for engines beside it. */
export async function startBench(...engines: readonly string[]): Promise<EngineBench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-engines-'));
  const cache = join(folder, 'engines');
  mkdirSync(cache);
  for (const engine of engines) symlinkSync(join(installedEngines, engine), join(cache, engine));
  const portOffset = await freePortOffset();
  const dataDir = join(folder, 'data');
  let stack: StackProcess = await startProcess(dataDir, portOffset);
  return {
    folder,
    portOffset,
    bootstrapServers: `localhost:${9092 + portOffset}`,
    schemaRegistryUrl: `http://localhost:${8081 + portOffset}`,
    millrace: (...args) =>
      new Promise((resolve) => {
        const options = { cwd: folder, env: { ...process.env, MILLRACE_ENGINES: cache }, timeout: patienceMs };
        const child = execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) =>
          resolve({ stdout, stderr, code: error === null ? 0 : (child.exitCode ?? 1) }),
        );
      }),
    file: (name, text) => writeFileSync(join(folder, name), text),
    ksql: async (text, streamsProperties = {}) => {
      const answer = await fetch(`http://localhost:${8088 + portOffset}/ksql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ksql: text, streamsProperties }),
      });
      if (!answer.ok) throw new Error(await answer.text());
    },
    crash: async (downMs) => {
      await stack.kill();
      await pause(downMs);
      stack = await startProcess(dataDir, portOffset);
    },
    pull: async (sql) => {
      const answer = await fetch(`http://localhost:${8088 + portOffset}/query-stream`, {
        method: 'POST',
        body: JSON.stringify({ sql }),
      });
      const text = await answer.text();
      if (!answer.ok) throw new Error(text);
      const [, ...rows] = text.trim().split('\n');
      return rows.map((row) => JSON.parse(row) as unknown[]).toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
    },
    close: async () => {
      await stack.interrupt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
