/** One partition as the broker has it: its log, opened when it is first needed, and those who wait for it to move. */
import { StackError } from '../core/errors.ts';
import type { LogConfig } from '../storage/log-config.ts';
import type { PartitionLog } from '../storage/partition-log.ts';
import type { Topic } from './metadata/catalog.ts';

export class Partition {
  readonly topic: Topic;
  readonly index: number;
  readonly directory: string;
  private readonly open: (directory: string, config: LogConfig) => PartitionLog;
  private readonly onOpened: (partition: Partition) => void;
  private readonly onMoved: (partition: Partition) => void;
  private readonly listeners = new Set<() => void>();
  private opened: PartitionLog | undefined;
  private failure: unknown;
  private closed = false;

  constructor(
    topic: Topic,
    index: number,
    directory: string,
    open: (directory: string, config: LogConfig) => PartitionLog,
    onOpened: (partition: Partition) => void,
    onMoved: (partition: Partition) => void,
  ) {
    this.topic = topic;
    this.index = index;
    this.directory = directory;
    this.open = open;
    this.onOpened = onOpened;
    this.onMoved = onMoved;
  }

  get name(): string {
    return `${this.topic.name}-${this.index}`;
  }

  /** The log; recovers it on first use. Throws what opening threw, every time. */
  get log(): PartitionLog {
    if (this.opened !== undefined) return this.opened;
    if (this.failure !== undefined) throw this.failure;
    if (this.closed) throw new StackError('MILLRACE_DISK_FAILED', `The log of ${this.name} is closed.`);
    try {
      this.opened = this.open(this.directory, this.topic.logConfig);
    } catch (error) {
      this.failure = error;
      throw error;
    }
    this.opened.whenMoved(() => this.moved());
    this.onOpened(this);
    return this.opened;
  }

  /** The log if it was needed already. */
  get openLog(): PartitionLog | undefined {
    return this.opened;
  }

  /** Takes over the topic's configuration after it changed. */
  configChanged(): void {
    if (this.opened !== undefined) this.opened.config = this.topic.logConfig;
  }

  /** Calls `listener` when high watermark, last stable offset or log start moved, and when the partition is gone. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private moved(): void {
    for (const listener of this.listeners) listener();
    this.onMoved(this);
  }

  /** Ends all waits, and the log in order. */
  async close(): Promise<void> {
    await this.end()?.close();
  }

  /** As {@link Partition.close}, for a log whose files will be removed. */
  discard(): void {
    this.end()?.discard();
  }

  private end(): PartitionLog | undefined {
    this.closed = true;
    const log = this.opened;
    this.opened = undefined;
    for (const listener of this.listeners) listener();
    this.listeners.clear();
    return log;
  }
}
