/**
 * Commands as the walk-through has them, typed into a shell. `docker-compose up` and `docker exec` become `millrace up` and `millrace exec`;
 * the usual ports become those of the stack of the test, so that it runs beside another one. Nothing else is changed.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli, freePortOffset, startProcess } from '../stack-process.ts';
import type { StackProcess } from '../stack-process.ts';

export interface Typed {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

export interface Walkthrough {
  /** What the stack printed when it came up. */
  readonly process: StackProcess;
  /** `localhost:9092`, with the port of this stack; likewise in any text. */
  here(text: string): string;
  /** Writes a file into the folder where commands are typed. */
  file(name: string, text: string): void;
  /** Types a command and waits for its end. */
  type(command: string): Promise<Typed>;
  /** Types a command, waits until it has printed what `enough` wants, presses Ctrl-C and waits for its end. */
  typeUntil(command: string, enough: (stdout: string) => boolean): Promise<Typed>;
  close(): Promise<void>;
}

const usualPorts = [9092, 8081, 8083, 8088];
/** `| jq` only lays out what is there. */
const hasJq = spawnSync('jq', ['--version']).error === undefined;
const patienceMs = 30_000;

/** 0.1: a fresh stack. */
export async function startWalkthrough(): Promise<Walkthrough> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-walkthrough-'));
  const dataDir = join(folder, 'data');
  const offset = await freePortOffset();
  const stack = await startProcess(dataDir, offset);
  const here = (text: string): string =>
    text.replace(/\blocalhost:(\d+)/g, (whole, port: string) =>
      usualPorts.includes(Number(port)) ? `localhost:${Number(port) + offset}` : whole,
    );
  const shell = (command: string): [string, string[], object] => {
    const millrace = `'${process.execPath}' '${cli}'`;
    const text = here(hasJq ? command : command.replace(/ \| jq$/, ''))
      .replace(/^docker exec\b/, `exec ${millrace} exec`)
      .replace(/^millrace\b/, `exec ${millrace}`);
    return ['bash', ['-c', text], { cwd: folder, env: { ...process.env, MILLRACE_DATA_DIR: dataDir } }];
  };
  return {
    process: stack,
    here,
    file: (name, text) => writeFileSync(join(folder, name), text),
    type: (command) =>
      new Promise((resolve) => {
        const [program, args, options] = shell(command);
        const child = execFile(program, args, { ...options, timeout: patienceMs }, (error, stdout, stderr) => {
          resolve({
            stdout: String(stdout),
            stderr: String(stderr),
            code: error === null ? 0 : Number(error.code ?? 1),
          });
        });
        child.stdin?.end();
      }),
    typeUntil: (command, enough) =>
      new Promise((resolve) => {
        const [program, args, options] = shell(command);
        const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
        const out: Buffer[] = [];
        const err: Buffer[] = [];
        let pressed = false;
        const press = (): void => {
          if (!pressed) child.kill('SIGINT');
          pressed = true;
        };
        const patience = setTimeout(press, patienceMs);
        child.stdout.on('data', (chunk: Buffer) => {
          out.push(chunk);
          if (enough(Buffer.concat(out).toString('latin1'))) press();
        });
        child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
        child.once('close', (code) => {
          clearTimeout(patience);
          const [stdout = '', stderr = ''] = [out, err].map((chunks) => Buffer.concat(chunks).toString('latin1'));
          resolve({ stdout, stderr, code: code ?? 1 });
        });
      }),
    close: async () => {
      await stack.interrupt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
