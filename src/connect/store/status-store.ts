/** What connectors and tasks are doing, and which topics they wrote to: the `status.storage.topic`. */
import type { KafkaClient, Producer } from '../../client/kafka-client.ts';
import { CompactedTopic } from './compacted-topic.ts';
import type { CompactedTopicOptions } from './compacted-topic.ts';

export type State = 'RUNNING' | 'PAUSED' | 'STOPPED' | 'FAILED' | 'UNASSIGNED' | 'RESTARTING';

export interface Status {
  readonly state: State;
  readonly workerId: string;
  readonly version: string | null;
  /** Only when it failed. */
  readonly trace?: string;
  /** Of a task that failed because it had done all that was asked for. */
  readonly completed?: boolean;
}

export class StatusStore {
  private topic: CompactedTopic | undefined;
  private readonly connectors = new Map<string, Status>();
  /** Connector → task → status. */
  private readonly tasks = new Map<string, Map<number, Status>>();
  /** Connector → topics, in the order of their first records. */
  private readonly topics = new Map<string, Set<string>>();
  private generation = 0;

  static async open(kafka: KafkaClient, producer: Producer, options: CompactedTopicOptions): Promise<StatusStore> {
    const store = new StatusStore();
    store.topic = await CompactedTopic.open(kafka, producer, options, (key, value) => store.apply(key, value));
    store.generation++;
    return store;
  }

  connector(name: string): Status | undefined {
    return this.connectors.get(name);
  }

  /** By task, ascending. */
  tasksOf(name: string): (readonly [number, Status])[] {
    return [...(this.tasks.get(name) ?? [])].sort(([a], [b]) => a - b);
  }

  task(name: string, task: number): Status | undefined {
    return this.tasks.get(name)?.get(task);
  }

  topicsOf(name: string): string[] {
    return [...(this.topics.get(name) ?? [])];
  }

  putConnector(name: string, status: Status): Promise<void> {
    return this.write(`status-connector-${name}`, this.recordOf(status));
  }

  putTask(name: string, task: number, status: Status): Promise<void> {
    return this.write(`status-task-${name}-${task}`, this.recordOf(status));
  }

  removeTask(name: string, task: number): Promise<void> {
    return this.write(`status-task-${name}-${task}`, null);
  }

  async putTopic(name: string, task: number, topic: string, nowMs: number): Promise<void> {
    await this.write(`status-topic-${topic}:connector-${name}`, {
      topic: { name: topic, connector: name, task, discoverTimestamp: nowMs },
    });
  }

  async resetTopics(name: string): Promise<void> {
    await Promise.all(this.topicsOf(name).map((topic) => this.write(`status-topic-${topic}:connector-${name}`, null)));
  }

  /** Forgets all that is known about a connector. */
  async remove(name: string): Promise<void> {
    await Promise.all([
      this.write(`status-connector-${name}`, null),
      ...this.tasksOf(name).map(([task]) => this.removeTask(name, task)),
      this.resetTopics(name),
    ]);
  }

  private recordOf({ state, trace, workerId, version, completed }: Status): object {
    return {
      state,
      trace: trace ?? null,
      worker_id: workerId,
      generation: this.generation,
      version,
      ...(completed === undefined ? {} : { completed }),
    };
  }

  /** What is asked for afterwards is the new status at once; the record follows. */
  private async write(key: string, value: object | null): Promise<void> {
    const text = value === null ? null : JSON.stringify(value);
    this.apply(key, text);
    await this.topic?.write(key, text);
  }

  private apply(key: string, text: string | null): void {
    let value: Readonly<Record<string, unknown>> | null;
    try {
      value = text === null ? null : (JSON.parse(text) as Record<string, unknown>);
    } catch {
      return; // nobody's record: a worker skips it
    }
    const topic = /^status-topic-(.*):connector-(.*)$/s.exec(key);
    const task = /^status-task-(.*)-(\d+)$/s.exec(key);
    if (topic !== null) {
      const [, name = '', connector = ''] = topic;
      if (value === null) this.topics.get(connector)?.delete(name);
      else this.topics.set(connector, (this.topics.get(connector) ?? new Set()).add(name));
    } else if (task !== null) {
      const [, connector = '', id] = task;
      const known = this.tasks.get(connector) ?? new Map<number, Status>();
      this.tasks.set(connector, known);
      if (value === null) known.delete(Number(id));
      else known.set(Number(id), this.statusOf(value));
    } else if (key.startsWith('status-connector-')) {
      const connector = key.slice('status-connector-'.length);
      if (value === null) this.connectors.delete(connector);
      else this.connectors.set(connector, this.statusOf(value));
    }
  }

  private statusOf(value: Readonly<Record<string, unknown>>): Status {
    const { state, trace, worker_id: workerId, generation, version, completed } = value;
    if (typeof generation === 'number' && generation > this.generation) this.generation = generation;
    return {
      state: typeof state === 'string' ? (state as State) : 'UNASSIGNED',
      workerId: typeof workerId === 'string' ? workerId : '',
      version: typeof version === 'string' ? version : null,
      ...(typeof trace === 'string' ? { trace } : {}),
      ...(completed === true ? { completed } : {}),
    };
  }
}
