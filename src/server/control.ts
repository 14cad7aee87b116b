/**
 * Holding a data directory, and talking to the process that holds it.
 *
 * Who holds a directory listens at a local socket bound for it; the operating system lets go of it with the process, whatever
 * ends that (a pid file would outlive kill -9). The same socket takes the commands of `millrace status` and `down`:
 * one JSON object a line in, one out.
 *
 *     {"command":"status"}  →  {"ok":true,"status":{…}}
 *     {"command":"stop"}    →  {"ok":true}, once everything is on disk, then the process ends
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Duplex } from 'node:stream';
import { StackError, messageOf } from '../core/errors.ts';
import type { Disk } from '../core/disk.ts';
import type { Network } from '../core/network.ts';
import type { Random } from '../core/random.ts';

export interface ControlHandler {
  /** Answers one command with the fields of its answer; throws for one that it does not know. */
  (command: string): Promise<object>;
}

export interface HeldDirectory {
  release(): Promise<void>;
}

interface Ports {
  readonly disk: Disk;
  readonly network: Network;
  readonly random: Random;
}

/** Longest path that a local socket may have on every platform (Linux takes 107 bytes, macOS 103). */
const socketPathBytesMax = 100;

/**
 * Takes hold of `directory` (which exists) until `release`.
 * @throws StackError MILLRACE_DATA_DIR_HELD when another process has it.
 */
export async function holdDirectory(directory: string, ports: Ports, handler: ControlHandler): Promise<HeldDirectory> {
  const path = controlPath(directory);
  await clearStaleSocket(path, directory, ports);
  try {
    const listener = await ports.network.listenLocal(path, (stream) => serve(stream, handler));
    return { release: () => listener.close() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') throw heldError(directory, error);
    throw error;
  }
}

/** Sends one command to the process that holds `directory`; null when nobody does. */
export async function askHolder(
  directory: string,
  command: string,
  network: Network,
): Promise<Record<string, unknown> | null> {
  let stream: Duplex;
  try {
    stream = await network.connectLocal(controlPath(directory));
  } catch {
    return null;
  }
  stream.write(`${JSON.stringify({ command })}\n`);
  const line = await firstLine(stream);
  stream.destroy();
  return line === null ? null : (JSON.parse(line) as Record<string, unknown>);
}

function controlPath(directory: string): string {
  const full = resolve(directory);
  const name = `millrace-${createHash('sha256').update(full).digest('hex').slice(0, 20)}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  const inside = join(full, 'control.sock');
  return Buffer.byteLength(inside) <= socketPathBytesMax ? inside : join(tmpdir(), `${name}.sock`);
}

/**
 * A socket file whose process is gone stays behind on Unix. It is moved aside before it is tried, so that of two processes
 * that start at the same moment none can remove the socket that the other has just bound.
 */
async function clearStaleSocket(path: string, directory: string, { disk, network, random }: Ports): Promise<void> {
  if (process.platform === 'win32' || !disk.existsSync(path)) return;
  const aside = `${path}.${random.uint32().toString(36)}`;
  disk.renameSync(path, aside);
  try {
    const stream = await network.connectLocal(aside);
    stream.destroy();
  } catch {
    disk.removeSync(aside);
    return;
  }
  disk.renameSync(aside, path);
  throw heldError(directory);
}

function heldError(directory: string, cause?: unknown): StackError {
  return new StackError(
    'MILLRACE_DATA_DIR_HELD',
    `The data directory ${directory} is held by another Millrace process. Use "millrace down" to stop it, or --data-dir for another directory.`,
    { cause, details: { directory } },
  );
}

function serve(stream: Duplex, handler: ControlHandler): void {
  stream.on('error', () => stream.destroy());
  void firstLine(stream).then(async (line) => {
    if (line === null) return;
    let answer: object;
    try {
      const { command } = JSON.parse(line) as { command?: unknown };
      answer = { ok: true, ...(await handler(String(command))) };
    } catch (error) {
      answer = { ok: false, message: messageOf(error) };
    }
    stream.end(`${JSON.stringify(answer)}\n`);
  });
}

/** The first line that arrives, without its end; null when the other side closes before. */
function firstLine(stream: Duplex): Promise<string | null> {
  return new Promise((resolveLine) => {
    let text = '';
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      const end = text.indexOf('\n');
      if (end >= 0) resolveLine(text.slice(0, end));
      else if (text.length > 65_536) stream.destroy();
    });
    stream.once('close', () => resolveLine(null));
    stream.once('error', () => resolveLine(null));
  });
}
