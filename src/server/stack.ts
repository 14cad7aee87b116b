/**
 * The composition root: from options to a running stack, in the order in which its parts need each other, and back.
 * Holding the data directory comes first and goes last.
 */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Broker } from '../broker/broker.ts';
import { listenForClients } from '../broker/listener.ts';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import { holdDirectory } from './control.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { createLogger } from './logger.ts';
import type { LogLevel } from './logger.ts';
import { version } from './version.ts';

export interface StackOptions {
  /** Everything is kept here; absent: a temporary directory that `stop` removes. */
  readonly dataDir?: string;
  /** 0: free ports instead of the usual ones. */
  readonly ports?: 0;
  /** Added to each of the usual ports. */
  readonly portOffset?: number;
  /** `page-cache` (default) survives the end of the process, `fsync` also a loss of power. */
  readonly durability?: 'page-cache' | 'fsync';
  /** Kafka's broker properties by name. */
  readonly broker?: Readonly<Record<string, string>>;
  /** `silent` by default; lines go to stderr. */
  readonly logLevel?: LogLevel;
}

export interface StackStatus {
  readonly version: string;
  readonly pid: number;
  readonly ready: boolean;
  readonly uptimeMs: number;
  readonly dataDir: string;
  readonly bootstrapServers: string;
}

export interface Stack {
  /** `localhost:9092`, for any Kafka client. */
  readonly bootstrapServers: string;
  readonly dataDir: string;
  status(): StackStatus;
  /** Ends everything in order; resolves when all is on disk. May be called more than once. */
  stop(): Promise<void>;
  /** Resolves when the stack ended, whoever asked for it. */
  readonly stopped: Promise<void>;
}

const usualPorts = { kafka: 9092 } as const;

/**
 * Starts the stack.
 * @throws StackError MILLRACE_PORT_IN_USE, MILLRACE_DATA_DIR_HELD, MILLRACE_DATA_DIR_NEWER, MILLRACE_DATA_DIR_UNUSABLE, MILLRACE_DISK_FULL
 * @example
 *   const stack = await startStack({ ports: 0 });
 *   // … any Kafka client, at stack.bootstrapServers …
 *   await stack.stop();
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const started = systemClock.monotonic();
  const temporary = options.dataDir === undefined;
  const dataDir = resolve(options.dataDir ?? join(tmpdir(), `millrace-${systemRandom.bytes(6).toString('hex')}`));
  const logger =
    (options.logLevel ?? 'silent') === 'silent'
      ? silentLogger
      : await createLogger(options.logLevel as Exclude<LogLevel, 'silent'>);
  const undo: (() => Promise<void>)[] = [];
  let ending: Promise<void> | undefined;
  let ended = (): void => {};
  const stopped = new Promise<void>((done) => {
    ended = done;
  });
  let bootstrapServers = '';
  let ready = false;
  const status = (): StackStatus => ({
    version,
    pid: process.pid,
    ready,
    uptimeMs: systemClock.monotonic() - started,
    dataDir,
    bootstrapServers,
  });
  const stop = (): Promise<void> => {
    ending ??= (async () => {
      ready = false;
      for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
      ended();
    })();
    return ending;
  };

  try {
    prepareDataDirectory(nodeDisk, dataDir);
    if (temporary) undo.push(async () => nodeDisk.removeSync(dataDir));
    const ports = { disk: nodeDisk, network: nodeNetwork, random: systemRandom };
    const held = await holdDirectory(dataDir, ports, async (command) => {
      if (command === 'status') return { status: status() };
      if (command !== 'stop') throw new StackError('MILLRACE_UNSUPPORTED', `There is no command "${command}".`);
      systemClock.defer(() => void stop());
      return {};
    });
    undo.push(() => held.release());
    const broker = await Broker.open({
      disk: nodeDisk,
      clock: systemClock,
      random: systemRandom,
      logger: logger.child({ part: 'broker' }),
      dataDir,
      durability: options.durability ?? 'page-cache',
      ...(options.broker === undefined ? {} : { config: options.broker }),
    });
    undo.push(() => broker.close());
    const port = options.ports === 0 ? 0 : usualPorts.kafka + (options.portOffset ?? 0);
    const listener = await listenOrExplain('Kafka', port, () =>
      listenForClients(broker, { network: nodeNetwork, port }),
    );
    undo.push(() => listener.close());
    bootstrapServers = `localhost:${listener.port}`;
    ready = true;
    return { bootstrapServers, dataDir, status, stop, stopped };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Says which port is taken, and what to do about it. */
async function listenOrExplain<T>(service: string, port: number, listen: () => Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new StackError(
      'MILLRACE_PORT_IN_USE',
      `Port ${port} (${service}) is in use by another program. Stop that one, or move all ports with --port-offset.`,
      { cause: error, details: { port, service } },
    );
  }
}
