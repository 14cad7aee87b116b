/**
 * The one worker: runs connectors and their tasks as the stored configurations and target states say. Whatever changes a connector goes
 * through one queue, so that two requests never meet halfway.
 */
import type { Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Disk } from '../core/disk.ts';
import { readFileSync } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { Config } from './config/config-def.ts';
import type { SchemaRegistrar } from './converters/converter.ts';
import { startSourceTask } from './task/start-task.ts';
import type { SourceTask } from './task/source-task.ts';
import { topicCreationOf } from './topic-creation.ts';
import { ConnectException, traceOf } from './errors.ts';
import type { ConfigStore, TargetState } from './store/config-store.ts';
import type { OffsetStore } from './store/offset-store.ts';
import type { State, Status, StatusStore } from './store/status-store.ts';
import { datagen, datagenTaskClass } from './plugins.ts';
import type { WorkerConfig } from './worker-config.ts';

export interface WorkerPorts {
  readonly kafka: KafkaClient;
  readonly registryAt: (url: string) => SchemaRegistrar;
  readonly clock: Clock;
  readonly random: Random;
  readonly disk: Disk;
  readonly logger: Logger;
}

export interface Stores {
  readonly configs: ConfigStore;
  readonly offsets: OffsetStore;
  readonly statuses: StatusStore;
}

interface Running {
  readonly tasks: Map<number, SourceTask>;
}

export class Worker {
  readonly id: string;
  readonly config: WorkerConfig;
  readonly stores: Stores;
  readonly ports: WorkerPorts;
  private readonly running = new Map<string, Running>();
  private queue: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(id: string, config: WorkerConfig, stores: Stores, ports: WorkerPorts) {
    this.id = id;
    this.config = config;
    this.stores = stores;
    this.ports = ports;
  }

  /** Reads a file that a connector names. */
  readonly readFile = (path: string): Buffer => readFileSync(this.ports.disk, path);

  /** Runs one change after all those before it. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const result = this.queue.then(change);
    this.queue = result.catch(() => {});
    return result;
  }

  /** Starts whatever the stores say should run. */
  async startAll(): Promise<void> {
    for (const name of this.stores.configs.connectors()) await this.exclusively(() => this.start(name));
  }

  /**
   * Starts a connector and, behind the returned promise, its tasks. Outside of {@link Worker.exclusively} only for who is in it.
   */
  async start(name: string): Promise<void> {
    if (await this.startConnector(name)) await this.startTasks(name);
  }

  /** Sets the connector's own status; true when its tasks should run. */
  async startConnector(name: string): Promise<boolean> {
    const { configs } = this.stores;
    const config = configs.config(name);
    if (config === undefined || this.closed) return false;
    const target = configs.targetState(name);
    if (target === 'STOPPED') {
      await this.putConnector(name, 'STOPPED');
      return false;
    }
    try {
      topicCreationOf(config, this.config.topicCreation);
    } catch (error) {
      await this.putConnector(name, 'FAILED', traceOf(error));
      return false;
    }
    if (config['generate.timeout'] !== undefined)
      this.ports.logger.warn('generate.timeout has no effect: no released Datagen connector knows it.', {
        connector: name,
      });
    await this.putConnector(name, target === 'PAUSED' ? 'PAUSED' : 'RUNNING');
    // One that was paused from the start gets its tasks when it is resumed.
    return target !== 'PAUSED' || configs.tasks(name).length > 0;
  }

  /** Writes down which tasks there are and starts them. */
  async startTasks(name: string): Promise<void> {
    const { configs, statuses } = this.stores;
    const config = configs.config(name);
    if (config === undefined || this.closed) return;
    const wanted = taskConfigs(config);
    if (!sameConfigs(wanted, configs.tasks(name))) await configs.putTasks(name, wanted);
    for (const [task] of statuses.tasksOf(name)) if (task >= wanted.length) await statuses.removeTask(name, task);
    for (const [task, one] of wanted.entries()) this.startTask(name, task, one);
  }

  /** Starts one task of a running connector. */
  startTask(name: string, task: number, config: Config): void {
    const { configs } = this.stores;
    const running = this.running.get(name) ?? { tasks: new Map<number, SourceTask>() };
    this.running.set(name, running);
    const report = (state: State, error?: unknown): void => {
      if (this.running.get(name)?.tasks.get(task) !== started && started !== undefined) return; // it was stopped meanwhile
      const done = error instanceof ConnectException && error.completed;
      this.report(
        this.stores.statuses.putTask(name, task, {
          ...this.status(state, error === undefined ? undefined : traceOf(error)),
          ...(done ? { completed: true } : {}),
        }),
      );
      const level = error === undefined || done ? 'info' : 'error';
      this.ports.logger[level](
        `Task ${name}-${task} is ${state}.`,
        error === undefined ? {} : { reason: messageOf(error) },
      );
    };
    let started: SourceTask | undefined;
    try {
      started = startSourceTask(this, name, task, config, configs.targetState(name) === 'PAUSED', {
        running: () => report('RUNNING'),
        paused: () => report('PAUSED'),
        failed: (error) => report('FAILED', error),
        wroteTo: (topic) => this.trackTopic(name, task, topic),
      });
      running.tasks.set(task, started);
    } catch (error) {
      report('FAILED', error);
    }
  }

  /** Ends all tasks of a connector; what they sent is acknowledged and their offsets are written afterwards. */
  async stopTasks(name: string): Promise<void> {
    const tasks = [...(this.running.get(name)?.tasks.values() ?? [])];
    this.running.delete(name);
    await Promise.all(tasks.map((task) => task.stop()));
  }

  async stopTask(name: string, id: number): Promise<void> {
    const tasks = this.running.get(name)?.tasks;
    const task = tasks?.get(id);
    tasks?.delete(id);
    await task?.stop();
  }

  /** The running tasks follow the connector's new target state. */
  async applyTarget(name: string, target: TargetState): Promise<void> {
    const { statuses, configs } = this.stores;
    if (target === 'STOPPED') {
      await this.stopTasks(name);
      for (const [task] of statuses.tasksOf(name)) await statuses.removeTask(name, task);
      await configs.putTasks(name, []);
      await this.putConnector(name, 'STOPPED');
      return;
    }
    const running = this.running.get(name);
    if (running === undefined) return this.start(name);
    if (statuses.connector(name)?.state !== 'FAILED')
      await this.putConnector(name, target === 'PAUSED' ? 'PAUSED' : 'RUNNING');
    for (const task of running.tasks.values()) {
      if (target === 'PAUSED') task.pause();
      else task.resume();
    }
  }

  status(state: State, trace?: string): Status {
    return { state, workerId: this.id, version: datagen.version, ...(trace === undefined ? {} : { trace }) };
  }

  putConnector(name: string, state: State, trace?: string): Promise<void> {
    return this.stores.statuses.putConnector(name, this.status(state, trace));
  }

  /** Stops all tasks; states stay as they are, for the next worker. */
  async close(): Promise<void> {
    this.closed = true;
    await this.exclusively(async () => {
      await Promise.all([...this.running.keys()].map((name) => this.stopTasks(name)));
    });
  }

  private trackTopic(name: string, task: number, topic: string): void {
    if (!this.config.topicTracking || this.stores.statuses.topicsOf(name).includes(topic)) return;
    this.report(this.stores.statuses.putTopic(name, task, topic, this.ports.clock.now()));
  }

  /** A status that cannot be written is logged; what it tells goes on all the same. */
  private report(write: Promise<void>): void {
    write.catch((error: unknown) =>
      this.ports.logger.error('Failed to write status update', { reason: messageOf(error) }),
    );
  }
}

/** One for each task that may be, as the Datagen connector divides its work. */
function taskConfigs(config: Config): Config[] {
  return Array.from({ length: Number(config['tasks.max'] ?? 1) }, (_, i) => ({
    ...config,
    'task.class': datagenTaskClass,
    'task.id': String(i),
  }));
}

function sameConfigs(a: readonly Config[], b: readonly Config[]): boolean {
  const text = (configs: readonly Config[]): string =>
    JSON.stringify(configs.map((config) => Object.entries(config).sort(([x], [y]) => (x < y ? -1 : 1))));
  return text(a) === text(b);
}
