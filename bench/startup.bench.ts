/**
 * From nothing to all ports answering, and what an idle stack takes. The peer in the same run is Node.js itself: `node -e 0`.
 * Memory and processor time are read from /proc; elsewhere those lines say so.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack } from '../src/server/stack.ts';
import { cpuMs, line, median, pause, residentMiB } from './fixtures/measure.ts';

const cli = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const rounds = 10;
const idleSeconds = 20;
const portOffset = 21_000 + Math.floor(Math.random() * 5000);
const ports = [9092, 8081, 8083, 8088].map((port) => port + portOffset);
const folder = mkdtempSync(join(tmpdir(), 'millrace-startup-'));

try {
  const bare = median(Array.from({ length: rounds }, bareMs));
  const up: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { ms, end } = await startProcess();
    up.push(ms);
    await end();
  }
  line('node -e 0', `${bare.toFixed(0)} ms`);
  line('millrace up, all ports answer', `${median(up).toFixed(0)} ms`, `${(median(up) / bare).toFixed(1)} × node -e 0`);

  const inProcess: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    const stack = await startStack({ ports: 0 });
    inProcess.push(performance.now() - started);
    await stack.stop();
  }
  line('await start(), first', `${(inProcess[0] ?? 0).toFixed(0)} ms`);
  line('await start(), median', `${median(inProcess).toFixed(0)} ms`);

  const { pid, end } = await startProcess();
  await pause(3000);
  const before = cpuMs(pid);
  await pause(idleSeconds * 1000);
  const after = cpuMs(pid);
  line('idle resident memory', `${residentMiB(pid)?.toFixed(0) ?? '?'} MiB`);
  line(
    'idle processor time',
    before === undefined || after === undefined
      ? 'not measured here'
      : `${((after - before) / (idleSeconds * 10)).toFixed(2)} % of a core`,
  );
  tools();
  await end();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function bareMs(): number {
  return elapsed(() => execFileSync(process.execPath, ['-e', '0']));
}

/** What each of Kafka's tools takes longer than Node.js itself, from typing it to its end; the two by turns, as the machine's speed changes. */
function tools(): void {
  const [broker, registry, , ksql] = ports.map((port) => `localhost:${port}`) as [string, string, string, string];
  const at = ['--bootstrap-server', broker];
  const run = (args: readonly string[], input = ''): void =>
    void execFileSync(process.execPath, [cli, ...args], { input, stdio: ['pipe', 'ignore', 'ignore'] });
  run(['kafka-topics', ...at, '--create', '--topic', 'tools']);
  run(['kafka-console-producer', ...at, '--topic', 'tools'], 'one\ntwo\n');
  const avro = ['--property', `schema.registry.url=http://${registry}`, '--property', 'value.schema={"type":"string"}'];
  const typed: readonly (readonly [args: readonly string[], input?: string])[] = [
    [['kafka-topics', ...at, '--list']],
    [['kafka-console-producer', ...at, '--topic', 'tools'], 'three\n'],
    [['kafka-console-consumer', ...at, '--topic', 'tools', '--from-beginning', '--max-messages', '1']],
    [['kafka-avro-console-producer', ...at, '--topic', 'avro', ...avro], '"four"\n'],
    [['kafka-consumer-groups', ...at, '--list']],
    [['kafka-configs', ...at, '--describe', '--topic', 'tools']],
    [['kafka-get-offsets', ...at, '--topic', 'tools']],
    [['kafka-log-dirs', ...at, '--describe']],
    [['kafka-transactions', ...at, 'list']],
    [['kafka-broker-api-versions', ...at]],
    [['kafka-consumer-perf-test', ...at, '--topic', 'tools', '--messages', '1']],
    [['cub', 'kafka-ready', '-b', broker, '1', '5']],
    [['exec', '-it', 'broker', 'kafka-topics', ...at, '--list']],
    [['ksql', `http://${ksql}`, '-e', 'SHOW STREAMS;']],
  ];
  for (const [args, input] of typed) {
    const more = Array.from({ length: rounds }, () => elapsed(() => run(args, input)) - bareMs());
    const name = args.filter((arg, at) => at === 0 || (args[0] === 'exec' && at < 4)).join(' ');
    line(`millrace ${name}`, `node -e 0 + ${median(more).toFixed(0)} ms`);
  }
}

async function startProcess(): Promise<{ pid: number; ms: number; end: () => Promise<void> }> {
  const started = performance.now();
  const child = spawn(process.execPath, [cli, 'up', '--data-dir', folder, '--port-offset', String(portOffset)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await Promise.all(ports.map(answers));
  const ms = performance.now() - started;
  const end = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
  };
  return { pid: child.pid ?? 0, ms, end };
}

async function answers(port: number): Promise<void> {
  for (let left = 5000; left > 0; left--) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await pause(2);
  }
  throw new Error(`Nothing listens on port ${port}.`);
}

function elapsed(action: () => void): number {
  const started = performance.now();
  action();
  return performance.now() - started;
}
