/** `millrace up`: the stack in the foreground until Ctrl-C, or with `-d` in the background. */
import { join } from 'node:path';
import { sleep, systemClock } from '../core/clock.ts';
import { nodeDisk, readFileSync } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { processIsAlive, startDetachedNode } from '../core/processes.ts';
import { prepareDataDirectory } from '../server/data-directory.ts';
import { startStack } from '../server/stack.ts';
import type { Stack } from '../server/stack.ts';
import { version } from '../server/version.ts';
import { addressLines } from './addresses.ts';
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';
import { aborted, stopSignal } from './terminal.ts';

export interface StackCliOptions extends DataDirOption {
  readonly portOffset: number;
  readonly bootstrapServer?: string;
  readonly schemaRegistry?: string;
  readonly durability: 'page-cache' | 'fsync';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export async function up(options: StackCliOptions & { readonly detach?: boolean }): Promise<void> {
  if (options.detach) return upDetached(options);
  const signal = stopSignal();
  const stack = await startFromCli(options);
  const { status } = stack;
  process.stdout.write(
    `Millrace ${version} is up (${Math.round(process.uptime() * 1000)} ms).\n${addressLines(status())}Ctrl-C stops it.\n`,
  );
  await Promise.race([aborted(signal), stack.stopped]);
  await stack.stop();
}

/** Starts the stack as the flags say. */
export function startFromCli(options: StackCliOptions): Promise<Stack> {
  return startStack({
    dataDir: chosenDataDirectory(options),
    portOffset: options.portOffset,
    durability: options.durability,
    logLevel: options.logLevel,
    ...(options.bootstrapServer === undefined ? {} : { bootstrapServers: options.bootstrapServer }),
    ...(options.schemaRegistry === undefined ? {} : { schemaRegistryUrl: options.schemaRegistry }),
  });
}

const detachedStartTimeoutMs = 30_000;

async function upDetached(options: StackCliOptions): Promise<void> {
  const directory = chosenDataDirectory(options);
  const running = await statusOf(directory);
  if (running !== null) {
    throw new StackError(
      'MILLRACE_DATA_DIR_HELD',
      `The stack is running already on ${directory} (process ${running.pid}).`,
    );
  }
  prepareDataDirectory(nodeDisk, directory);
  const logPath = join(directory, 'millrace.out');
  nodeDisk.removeSync(logPath);
  const main = process.argv[1] ?? '';
  const pid = startDetachedNode(main, ['up', ...flagsOf({ ...options, dataDir: directory })], logPath);
  const deadline = systemClock.monotonic() + detachedStartTimeoutMs;
  for (;;) {
    const status = await statusOf(directory);
    if (status?.ready) {
      process.stdout.write(
        `Millrace ${version} is up, process ${status.pid}.\n${addressLines(status)}"millrace down" stops it.\n`,
      );
      return;
    }
    if (!processIsAlive(pid) || systemClock.monotonic() > deadline) {
      const said = readFileSync(nodeDisk, logPath)
        .toString('utf8')
        .trim()
        .replace(/^millrace: /, '');
      throw new StackError('MILLRACE_UNREACHABLE', said === '' ? 'The stack did not start.' : said);
    }
    await sleep(systemClock, 15);
  }
}

function flagsOf(options: StackCliOptions): string[] {
  const flags = [
    '--port-offset',
    String(options.portOffset),
    '--durability',
    options.durability,
    '--log-level',
    options.logLevel,
  ];
  if (options.dataDir !== undefined) flags.push('--data-dir', options.dataDir);
  if (options.bootstrapServer !== undefined) flags.push('--bootstrap-server', options.bootstrapServer);
  if (options.schemaRegistry !== undefined) flags.push('--schema-registry', options.schemaRegistry);
  return flags;
}
