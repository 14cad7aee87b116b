/** What tests with real engines share: a folder of engines with run state of its own, and commands typed there. */
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, freePortOffset, startProcess } from '../../e2e/stack-process.ts';
import type { StackProcess } from '../../e2e/stack-process.ts';
import { pause } from '../../eventually.ts';
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
  /** Of the Flink that `startFlink` starts: its REST and its SQL gateway. */
  readonly flinkRest: string;
  readonly flinkGateway: string;
  /** Starts a Flink of this test's own, which ends with the bench; resolves with what was printed. */
  startFlink(): Promise<Typed>;
  /** Runs `millrace …` in the folder, with engines whose clusters are this test's own. */
  millrace(...args: readonly string[]): Promise<Typed>;
  file(name: string, text: string): void;
  createTopic(name: string, partitions: number, ...more: readonly string[]): Promise<void>;
  /** Sends statements to the stack's ksqlDB server. */
  ksql(text: string, properties?: Readonly<Record<string, string>>): Promise<void>;
  /** kill -9 of the stack, and a new one over its files after a while. */
  crash(downMs: number): Promise<void>;
  /** The rows of a pull query, sorted. */
  pull(sql: string): Promise<unknown[][]>;
  /** Key and value of each record of a topic, as `kafka-avro-console-consumer` prints them. */
  avroLines(topic: string): Promise<string[]>;
  close(): Promise<void>;
}

/** A stack and a place for engines beside it. */
export async function startBench(...engines: readonly string[]): Promise<EngineBench> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-engines-'));
  const cache = join(folder, 'engines');
  mkdirSync(cache);
  for (const engine of engines) symlinkSync(join(installedEngines, engine), join(cache, engine));
  const portOffset = await freePortOffset();
  const dataDir = join(folder, 'data');
  let stack: StackProcess = await startProcess(dataDir, portOffset);
  const running = new Set<ChildProcess>();
  const bootstrapServers = `localhost:${9092 + portOffset}`;
  const schemaRegistryUrl = `http://localhost:${8081 + portOffset}`;
  const millrace: EngineBench['millrace'] = (...args) =>
    new Promise((resolve) => {
      const options = { cwd: folder, env: { ...process.env, MILLRACE_ENGINES: cache } };
      const child = execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) => {
        running.delete(child);
        resolve({ stdout, stderr, code: error === null ? 0 : (child.exitCode ?? 1) });
      });
      running.add(child);
    });
  /** What has to succeed. */
  const succeeds = async (...args: readonly string[]): Promise<Typed> => {
    const typed = await millrace(...args);
    if (typed.code !== 0) throw new Error(`${args.join(' ')}: ${typed.stdout}${typed.stderr}`);
    return typed;
  };
  let flinkStarted = false;
  return {
    folder,
    portOffset,
    bootstrapServers,
    schemaRegistryUrl,
    flinkRest: `http://localhost:${8089 + portOffset}`,
    flinkGateway: `http://localhost:${8090 + portOffset}`,
    startFlink: () => {
      flinkStarted = true;
      return succeeds('engines', 'start', 'flink', '--port-offset', String(portOffset));
    },
    millrace,
    file: (name, text) => writeFileSync(join(folder, name), text),
    createTopic: async (name, partitions, ...more) => {
      const create = ['--create', '--topic', name, '--partitions', String(partitions), ...more];
      await succeeds('kafka-topics', '--bootstrap-server', bootstrapServers, ...create);
    },
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
    avroLines: async (topic) => {
      const { stdout } = await millrace(
        ...['kafka-avro-console-consumer', '--bootstrap-server', bootstrapServers, '--topic', topic],
        ...['--from-beginning', '--timeout-ms', '3000', '--property', 'print.key=true'],
        ...['--property', `schema.registry.url=${schemaRegistryUrl}`],
      );
      return stdout.split('\n').filter((line) => line !== '');
    },
    close: async () => {
      // Of a test that took too long.
      for (const child of running) child.kill();
      if (flinkStarted) await millrace('engines', 'stop', 'flink');
      await stack.interrupt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The beginning of a window of a minute, an hour ago and so much longer: older records would fall to a topic's retention some day. */
export function anHourAgo(longerMs = 0): number {
  return Math.floor((Date.now() - 3_600_000 - longerMs) / 60_000) * 60_000;
}
