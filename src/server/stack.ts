/**
 * The composition root: from options to a running stack, in the order in which its parts need each other, and back.
 * Holding the data directory comes first and goes last.
 */
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { silentLogger } from '../core/logger.ts';
import type { Logger } from '../core/logger.ts';
import { nodeNetwork } from '../core/network.ts';
import { systemRandom } from '../core/random.ts';
import type { Component } from './configuration/component.ts';
import { planStack } from './configuration/plan.ts';
import { holdDirectory } from './control.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { createLogger } from './logger.ts';
import type { LogLevel } from './logger.ts';
import { startServices } from './services.ts';
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
  /** `host:port,…` of a Kafka cluster to use instead of the embedded broker. */
  readonly bootstrapServers?: string;
  /** A Schema Registry to use instead of the embedded one. */
  readonly schemaRegistryUrl?: string;
  /** A Kafka Connect to use instead of the embedded one. */
  readonly connectUrl?: string;
  /** The parts that run here; all when absent. Those that do not have to be reachable by the properties of those that do. */
  readonly services?: readonly Component[];
  /** Addresses to listen on where no `listeners` say otherwise; loopback when absent. */
  readonly listen?: readonly string[];
  /** Names besides our own by which requests over HTTP may address us. */
  readonly allowedHosts?: readonly string[];
  /** False: names of the compose files (`schema-registry:8081` …) are not taken for our own services. */
  readonly hostAliases?: boolean;
  /** Kafka's broker properties by name. */
  readonly broker?: Readonly<Record<string, string>>;
  /** Properties of the Schema Registry by name. */
  readonly registry?: Readonly<Record<string, string>>;
  /** Properties of the Connect worker by name. */
  readonly connect?: Readonly<Record<string, string>>;
  /** Properties of the ksqlDB server by name. */
  readonly ksql?: Readonly<Record<string, string>>;
  /** `silent` by default; lines go to stderr. */
  readonly logLevel?: LogLevel;
}

/** Where the parts of a stack are reached; an empty text for a part that there is none of. */
export interface StackAddresses {
  /** `localhost:9092`, for any Kafka client. */
  readonly bootstrapServers: string;
  readonly schemaRegistryUrl: string;
  readonly connectUrl: string;
  readonly ksqlUrl: string;
}

export interface StackStatus extends StackAddresses {
  readonly version: string;
  readonly pid: number;
  readonly ready: boolean;
  readonly uptimeMs: number;
  readonly dataDir: string;
}

export interface Stack extends StackAddresses {
  readonly dataDir: string;
  status(): StackStatus;
  /** Ends everything in order; resolves when all is on disk. May be called more than once. */
  stop(): Promise<void>;
  /** Resolves when the stack ended, whoever asked for it. */
  readonly stopped: Promise<void>;
}

/** Steps that take back what was started, newest first. */
export type Undo = (() => Promise<void>)[];

/**
 * Starts the stack.
 * @throws StackError MILLRACE_PORT_IN_USE, MILLRACE_DATA_DIR_HELD, MILLRACE_DATA_DIR_NEWER, MILLRACE_DATA_DIR_UNUSABLE, MILLRACE_DISK_FULL,
 *   MILLRACE_UNREACHABLE (the Kafka or registry that was named does not answer), MILLRACE_CONFIG_INVALID and MILLRACE_UNSUPPORTED (properties)
 * @example
 *   const stack = await startStack({ ports: 0 });
 *   // … any Kafka client, at stack.bootstrapServers …
 *   await stack.stop();
 */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const started = systemClock.monotonic();
  const temporary = options.dataDir === undefined;
  const dataDir = resolve(options.dataDir ?? join(tmpdir(), `millrace-${systemRandom.bytes(6).toString('hex')}`));
  const logger = await loggerFor(options.logLevel ?? 'silent');
  const plan = planStack(options, logger);
  const undo: Undo = [];
  let ending: Promise<void> | undefined;
  let ended = (): void => {};
  const stopped = new Promise<void>((done) => {
    ended = done;
  });
  let addresses: StackAddresses = { bootstrapServers: '', schemaRegistryUrl: '', connectUrl: '', ksqlUrl: '' };
  let ready = false;
  const status = (): StackStatus => ({
    version,
    pid: process.pid,
    ready,
    uptimeMs: systemClock.monotonic() - started,
    dataDir,
    ...addresses,
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
    addresses = await startServices(options, plan, dataDir, logger, undo);
    ready = true;
    return { ...addresses, dataDir, status, stop, stopped };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function loggerFor(level: LogLevel): Promise<Logger> {
  return level === 'silent' ? silentLogger : createLogger(level);
}
