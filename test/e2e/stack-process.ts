/** A stack in a process of its own, as a user starts it (`millrace up`), for tests that end it the hard way. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const cli: string = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Of a stack, and of the Flink that some tests start beside it. */
const usualPorts = [9092, 29_092, 8081, 8083, 8088, 8089, 8090, 6123];

export interface StackProcess {
  readonly pid: number;
  /** What it printed so far, both outputs. */
  output(): string;
  /** kill -9, and waits until it is gone. */
  kill(): Promise<void>;
  /** Ends it as Ctrl-C does and resolves with its exit code. */
  interrupt(): Promise<number | null>;
}

/** Runs `millrace up` and resolves when it says that it is up; rejects with its output when it ends before. */
export async function startProcess(
  dataDir: string,
  portOffset: number,
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<StackProcess> {
  const child = spawn(
    process.execPath,
    [cli, 'up', '--data-dir', dataDir, '--port-offset', String(portOffset), ...flags],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } },
  );
  let text = '';
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const up = new Promise<void>((resolve) => {
    const read = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      if (text.includes(' is up')) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  const gone = await Promise.race([up, ended.then(() => true)]);
  if (gone === true) throw new Error(`millrace up ended: ${text}`);
  const signal = async (name: 'SIGKILL' | 'SIGINT'): Promise<number | null> => {
    child.kill(name);
    return ended;
  };
  return {
    pid: child.pid ?? 0,
    output: () => text,
    kill: async () => void (await signal('SIGKILL')),
    interrupt: () => signal('SIGINT'),
  };
}

/** An offset under which all ports are free now, and those of most tests below 32768, where Linux gives ports to outgoing connections. */
export async function freePortOffset(): Promise<number> {
  for (;;) {
    const offset = 10_000 + Math.floor(Math.random() * 13_000);
    const free = await Promise.all(usualPorts.map((port) => isFree(port + offset)));
    if (free.every(Boolean)) return offset;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
