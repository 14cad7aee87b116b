/** `millrace up`: the stack in the foreground until Ctrl-C, or with `-d` in the background. */
import { join, resolve } from 'node:path';
import { sleep, systemClock } from '../core/clock.ts';
import { nodeDisk, readFileSync } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { processIsAlive, startDetachedNode } from '../core/processes.ts';
import { ownSettings } from '../server/configuration/own-settings.ts';
import { readConfiguration } from '../server/configuration/read.ts';
import { defaultDataDirectory, prepareDataDirectory } from '../server/data-directory.ts';
import { startStack } from '../server/stack.ts';
import type { Stack, StackOptions } from '../server/stack.ts';
import { version } from '../server/version.ts';
import { addressLines } from './addresses.ts';
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';
import { aborted, stopSignal } from './terminal.ts';

/** As commander gives them: our own settings by their flags, all texts. */
export interface StackCliOptions extends DataDirOption {
  readonly services?: string;
  readonly listen?: string;
  readonly allowHost?: string;
  readonly portOffset?: string;
  readonly bootstrapServer?: string;
  readonly schemaRegistry?: string;
  readonly connect?: string;
  /** False by `--no-host-aliases`. */
  readonly hostAliases?: boolean;
  readonly durability?: string;
  readonly logLevel?: string;
  readonly set?: readonly string[];
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

/** Starts the stack as flags, environment and file say. */
export async function startFromCli(options: StackCliOptions): Promise<Stack> {
  const configured = await configurationOf(options);
  return startStack({ ...configured, dataDir: resolve(configured.dataDir ?? defaultDataDirectory(nodeDisk)) });
}

function configurationOf(options: StackCliOptions): Promise<StackOptions> {
  const { config, set } = options;
  return readConfiguration({
    disk: nodeDisk,
    environment: process.env,
    flags: flagsGiven(options),
    ...(set === undefined ? {} : { set }),
    ...(config === undefined ? {} : { file: config }),
  });
}

/** The settings that stand on the command line, by their names. */
function flagsGiven(options: StackCliOptions): Record<string, string | undefined> {
  return {
    'data.dir': options.dataDir,
    services: options.services,
    listen: options.listen,
    'allowed.hosts': options.allowHost,
    'port.offset': options.portOffset,
    'bootstrap.servers': options.bootstrapServer,
    'schema.registry.url': options.schemaRegistry,
    'connect.url': options.connect,
    'host.aliases': options.hostAliases === false ? 'false' : undefined,
    durability: options.durability,
    'log.level': options.logLevel,
  };
}

const detachedStartTimeoutMs = 30_000;

async function upDetached(options: StackCliOptions): Promise<void> {
  const directory = await chosenDataDirectory(options);
  await configurationOf(options); // what is wrong with it is said here
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

/** The command line again, for the process in the background. */
function flagsOf(options: StackCliOptions): string[] {
  const given = flagsGiven(options);
  const flags = ownSettings.flatMap(({ name, flag, kind }) => {
    const value = given[name];
    if (value === undefined) return [];
    return kind === 'flag' ? [flag] : [flag, value];
  });
  for (const entry of options.set ?? []) flags.push('--set', entry);
  if (options.config !== undefined) flags.push('--config', options.config);
  return flags;
}
