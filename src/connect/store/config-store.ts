/** Configurations of connectors and tasks, and what connectors are wanted to do: the `config.storage.topic`. */
import type { KafkaClient, Producer } from '../../client/kafka-client.ts';
import type { Config } from '../config/config-def.ts';
import { CompactedTopic } from './compacted-topic.ts';
import type { CompactedTopicOptions } from './compacted-topic.ts';

export type TargetState = 'STARTED' | 'PAUSED' | 'STOPPED';

export class ConfigStore {
  private topic: CompactedTopic | undefined;
  private readonly configs = new Map<string, Config>();
  private readonly targets = new Map<string, TargetState>();
  private readonly taskCounts = new Map<string, number>();
  private readonly taskConfigs = new Map<string, Config>();
  /** Levels of loggers that were set for all workers. */
  readonly loggerLevels: Map<string, string> = new Map();

  static async open(kafka: KafkaClient, producer: Producer, options: CompactedTopicOptions): Promise<ConfigStore> {
    const store = new ConfigStore();
    store.topic = await CompactedTopic.open(kafka, producer, options, (key, value) => store.apply(key, value));
    return store;
  }

  /** In the order in which they were first created. */
  connectors(): string[] {
    return [...this.configs.keys()];
  }

  config(name: string): Config | undefined {
    return this.configs.get(name);
  }

  targetState(name: string): TargetState {
    return this.targets.get(name) ?? 'STARTED';
  }

  tasks(name: string): Config[] {
    return Array.from(
      { length: this.taskCounts.get(name) ?? 0 },
      (_, i) => this.taskConfigs.get(taskKey(name, i)) ?? {},
    );
  }

  putConfig(name: string, config: Config): Promise<void> {
    return this.write(`connector-${name}`, { properties: config });
  }

  putTarget(name: string, state: TargetState): Promise<void> {
    return this.write(`target-state-${name}`, {
      state: state === 'STOPPED' ? 'PAUSED' : state,
      'state.v2': state,
    });
  }

  /** Writes the tasks' configurations and what makes them count. */
  async putTasks(name: string, configs: readonly Config[]): Promise<void> {
    const writes = configs.map((config, i) => this.write(taskKey(name, i), { properties: config }));
    await Promise.all(writes);
    await this.write(`commit-${name}`, { tasks: configs.length });
  }

  async remove(name: string): Promise<void> {
    await Promise.all([this.write(`connector-${name}`, null), this.write(`target-state-${name}`, null)]);
    this.taskCounts.delete(name);
  }

  putLoggerLevel(name: string, level: string): Promise<void> {
    return this.write(`logger-cluster-${name}`, { level });
  }

  private async write(key: string, value: object | null): Promise<void> {
    const text = value === null ? null : JSON.stringify(value);
    await this.topic?.write(key, text);
    this.apply(key, text);
  }

  private apply(key: string, text: string | null): void {
    const value = text === null ? null : parse(text);
    if (value === undefined) return; // not ours, or nobody's: a worker skips it
    if (key.startsWith('connector-')) {
      const name = key.slice('connector-'.length);
      if (value === null) this.configs.delete(name);
      else if (isTexts(value['properties'])) this.configs.set(name, value['properties']);
    } else if (key.startsWith('target-state-')) {
      const name = key.slice('target-state-'.length);
      const state = value === null ? undefined : (value['state.v2'] ?? value['state']);
      if (state === 'STARTED' || state === 'PAUSED' || state === 'STOPPED') this.targets.set(name, state);
      else this.targets.delete(name);
    } else if (key.startsWith('task-')) {
      if (value === null) this.taskConfigs.delete(key);
      else if (isTexts(value['properties'])) this.taskConfigs.set(key, value['properties']);
    } else if (key.startsWith('commit-')) {
      const name = key.slice('commit-'.length);
      const count = value?.['tasks'];
      if (typeof count === 'number') this.taskCounts.set(name, count);
      else this.taskCounts.delete(name);
    } else if (key.startsWith('logger-cluster-')) {
      const level = value?.['level'];
      if (typeof level === 'string') this.loggerLevels.set(key.slice('logger-cluster-'.length), level);
    }
  }
}

function taskKey(name: string, task: number): string {
  return `task-${name}-${task}`;
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isTexts(value: unknown): value is Config {
  return typeof value === 'object' && value !== null && Object.values(value).every((one) => typeof one === 'string');
}
