/**
 * A task's commits, on the main thread: outputs, changelog, progress and input offsets in the order that makes a crash
 * between any two of them harmless (`docs/internals/state-format.md`).
 */
import type { RuntimeCluster, RuntimeProducer } from './cluster.ts';
import type { QueryConfig } from './jobs.ts';
import type { TaskCommit, TaskOutput } from './task.ts';

export interface CommitterOptions {
  readonly cluster: RuntimeCluster;
  readonly group: string;
  readonly guarantee: QueryConfig['processingGuarantee'];
}

export class Committer {
  readonly #options: CommitterOptions;
  readonly #producer: RuntimeProducer;
  #closed = false;
  /** The transaction that output began ahead of its commit. */
  #begun: Promise<void> | undefined;

  private constructor(options: CommitterOptions, producer: RuntimeProducer) {
    this.#options = options;
    this.#producer = producer;
  }

  /** With exactly-once this fences whoever committed for the task before, and ends its transaction. */
  static async open(options: CommitterOptions): Promise<Committer> {
    const transactional = options.guarantee === 'exactly_once_v2';
    const producer = await options.cluster.producer(transactional ? { transactionalId: `${options.group}-0` } : {});
    return new Committer(options, producer);
  }

  /**
   * Writes ahead of the commit that follows; the task waits for all of it before that. With exactly-once it belongs to the commit's
   * transaction.
   */
  async output(outputs: readonly TaskOutput[]): Promise<void> {
    if (this.#options.guarantee === 'exactly_once_v2') await this.#begin();
    await this.#produce(outputs);
  }

  /** Resolves with the offset of the progress record, −1 without one. */
  commit(commit: TaskCommit): Promise<number> {
    return this.#options.guarantee === 'exactly_once_v2' ? this.#inTransaction(commit) : this.#inOrder(commit);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#producer.close();
  }

  async #inOrder(commit: TaskCommit): Promise<number> {
    await this.#produce(commit.outputs);
    const offset = await this.#progress(commit);
    if (commit.offsets.length > 0) await this.#options.cluster.commit(this.#options.group, commit.offsets);
    return offset;
  }

  async #inTransaction(commit: TaskCommit): Promise<number> {
    const producer = this.#producer;
    await this.#begin();
    this.#begun = undefined;
    try {
      const [, offset] = await Promise.all([this.#produce(commit.outputs), this.#progress(commit)]);
      if (commit.offsets.length > 0) await producer.sendOffsets(this.#options.group, commit.offsets);
      await producer.commit();
      return offset;
    } catch (error) {
      // What was written must not count. If this fails too, the next task's producer ends the transaction.
      await producer.abort().catch(() => {});
      throw error;
    }
  }

  #begin(): Promise<void> {
    this.#begun ??= this.#producer.begin();
    return this.#begun;
  }

  async #produce(outputs: readonly TaskOutput[]): Promise<void> {
    await Promise.all(outputs.map(({ topic, partition, batch }) => this.#producer.produce(topic, partition, batch)));
  }

  async #progress({ progress }: TaskCommit): Promise<number> {
    return progress === undefined ? -1 : await this.#producer.produce(progress.topic, 0, progress.batch);
  }
}
