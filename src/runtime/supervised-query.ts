/**
 * One persistent query over its lifetime: prepares a task, watches it, starts it again when it fails.
 *
 * A task that failed leaves nothing behind that counts: its producer is closed (with exactly-once the next one fences it), and
 * the next task restores from what is committed. Failures that would come back at once end the query in state ERROR.
 */
import { AssertionError } from '../core/assert.ts';
import type { Timer } from '../core/clock.ts';
import { messageOf, StackError } from '../core/errors.ts';
import { Committer } from './committer.ts';
import type { QueryError, QueryManagerOptions, QueryStatus, PullRequest, Row, StartQuery } from './jobs.ts';
import { sourcesOf } from './plan-facts.ts';
import { changelogTopicOf, groupOf, snapshotFolderOf, taskSpec } from './task-spec.ts';
import type { RunningTask, TaskRunner } from './task-runner.ts';
import { isStateful } from './plan-facts.ts';
import type { TaskHost, TaskReport } from './task.ts';

const backoffMsMin = 100;
const backoffMsMax = 30_000;
/** A task that ran for so long was well: the next failure waits the shortest time again. */
const healthyMs = 60_000;
const errorsMax = 100;
/** How long one fetch waits at the broker for data. */
const fetchWaitMs = 500;
const fetchBytesMax = 1 << 20;

interface Attempt {
  readonly task: RunningTask;
  readonly committer: Committer;
}

export class SupervisedQuery {
  readonly queryId: string;
  readonly topics: ReadonlySet<string>;
  readonly #options: QueryManagerOptions;
  readonly #runner: TaskRunner;
  readonly #query: StartQuery;
  readonly #group: string;
  #state: QueryStatus['state'] = 'STARTING';
  #paused = false;
  #ending = false;
  #attempt: Attempt | undefined;
  #supervision: Promise<void> = Promise.resolve();
  #wakeBackoff: (() => void) | undefined;
  #restarts = 0;
  #errors: QueryError[] = [];
  #report: TaskReport | undefined;

  constructor(options: QueryManagerOptions, runner: TaskRunner, query: StartQuery) {
    this.queryId = query.queryId;
    this.topics = new Set(sourcesOf(query.plan).map((source) => source.topic));
    this.#options = options;
    this.#runner = runner;
    this.#query = query;
    this.#group = groupOf(query.queryId, query.config);
  }

  /**
   * Resolves once the first task reads its input, or failed in a way that may pass: then the query goes on trying.
   * Rejects when the query can never run.
   */
  start(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#supervision = this.#supervise((error) => (error === undefined ? resolve() : reject(error)));
    });
  }

  async stop(dispose: boolean): Promise<void> {
    this.#ending = true;
    this.#wakeBackoff?.();
    this.#attempt?.task.stop();
    await this.#supervision;
    this.#state = 'STOPPED';
    if (!dispose) return;
    const { cluster, disk, stateDirectory } = this.#options;
    if (isStateful(this.#query.plan)) {
      const changelog = changelogTopicOf(this.#group);
      if ((await cluster.describeTopic(changelog)) !== undefined) await cluster.deleteTopic(changelog);
    }
    await cluster.deleteGroup(this.#group);
    disk.removeSync(snapshotFolderOf(stateDirectory, this.queryId));
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.#attempt?.task.pause(paused);
    if (this.#state === 'RUNNING' || this.#state === 'PAUSED') this.#state = paused ? 'PAUSED' : 'RUNNING';
  }

  wake(): void {
    this.#attempt?.task.wake();
  }

  async pull(request: PullRequest): Promise<readonly Row[]> {
    if (this.#attempt === undefined) {
      throw new StackError(
        'MILLRACE_QUERY_FAILED',
        `Query ${this.queryId} is ${this.#state}: its table cannot be read now.`,
      );
    }
    return await this.#attempt.task.pull(request);
  }

  status(): QueryStatus {
    const report = this.#report;
    return {
      queryId: this.queryId,
      state: this.#state,
      operators: report?.operators ?? [],
      positions: report?.positions ?? [],
      stateRows: report?.stateRows ?? 0,
      stateBytes: report?.stateBytes ?? 0,
      commits: report?.commits ?? 0,
      restarts: this.#restarts,
      streamTimeMs: report?.streamTimeMs ?? -1,
      busyMs: report?.busyMs ?? 0,
      errors: this.#errors,
    };
  }

  // ---- supervision

  async #supervise(started: (error?: unknown) => void): Promise<void> {
    let backoffMs = backoffMsMin;
    const { clock, logger } = this.#options;
    while (!this.#ending) {
      const begun = clock.monotonic();
      try {
        await this.#run(started);
        continue;
      } catch (error) {
        if (this.#ending) break;
        this.#note(error);
        if (isFatal(error)) {
          this.#state = 'ERROR';
          logger.error(`Query ${this.queryId} stopped: ${messageOf(error)}`, { error });
          started(error);
          return;
        }
        this.#state = 'STARTING';
        started();
        if (clock.monotonic() - begun > healthyMs) backoffMs = backoffMsMin;
        logger.warn(`Query ${this.queryId} failed and starts again in ${backoffMs} ms: ${messageOf(error)}`);
      }
      await this.#backoff(backoffMs);
      backoffMs = Math.min(backoffMs * 2, backoffMsMax);
      this.#restarts++;
    }
    started();
  }

  /** One task from preparation to its end; rejects with what ended it, also when that was asked for. */
  async #run(started: () => void): Promise<void> {
    const { cluster, stateDirectory } = this.#options;
    const { queryId, plan, config } = this.#query;
    const committer = await Committer.open({ cluster, group: this.#group, guarantee: config.processingGuarantee });
    let over = false;
    try {
      const spec = await taskSpec({
        cluster,
        queryId,
        plan,
        config,
        group: this.#group,
        stateDirectory,
        transient: false,
      });
      if (this.#ending) return;
      const task = this.#runner.start(
        spec,
        this.#host(committer, () => over),
      );
      this.#attempt = { task, committer };
      if (this.#paused) task.pause(true);
      await task.opened;
      this.#state = this.#paused ? 'PAUSED' : 'RUNNING';
      started();
      if (this.#ending) task.stop();
      await task.ended;
    } finally {
      over = true;
      this.#attempt?.task.abandon();
      this.#attempt = undefined;
      await committer.close().catch(() => {});
    }
  }

  /** What a task may do to the world; a task that is over may do nothing more. */
  #host(committer: Committer, over: () => boolean): TaskHost {
    const { cluster, schema } = this.#options;
    return {
      fetch: (topic, partition, offset, isolation) =>
        cluster.fetch(topic, partition, offset, { maxBytes: fetchBytesMax, waitMs: fetchWaitMs, isolation }),
      endOfEpoch: (topic, partition, leaderEpoch) => cluster.endOfEpoch(topic, partition, leaderEpoch),
      schema,
      output: async (outputs) => {
        if (over()) throw replaced();
        await committer.output(outputs);
        return outputs.map(({ batch }) => Buffer.from(batch.buffer));
      },
      commit: async (commit) => {
        if (over()) throw replaced();
        return await committer.commit(commit);
      },
      rows: () => {},
      errors: (errors) => {
        if (!over()) this.#addErrors(errors);
      },
      report: (report) => {
        if (!over()) this.#report = report;
      },
    };
  }

  #backoff(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#ending) return resolve();
      const timer: Timer = this.#options.clock.setTimer(() => this.#wakeBackoff?.(), ms);
      this.#wakeBackoff = () => {
        this.#wakeBackoff = undefined;
        timer.cancel();
        resolve();
      };
    });
  }

  #note(error: unknown): void {
    const details = error instanceof StackError ? error.details : {};
    const { topic, partition, offset } = details;
    this.#addErrors([
      {
        timeMs: this.#options.clock.now(),
        kind: 'query',
        message: messageOf(error),
        ...(typeof topic === 'string' && { topic }),
        ...(typeof partition === 'number' && { partition }),
        ...(typeof offset === 'number' && { offset }),
      },
    ]);
  }

  #addErrors(errors: readonly QueryError[]): void {
    this.#options.onErrors?.(this.queryId, errors);
    this.#errors = [...this.#errors, ...errors].slice(-errorsMax);
  }
}

function replaced(): StackError {
  return new StackError('MILLRACE_QUERY_FAILED', 'The task was replaced.');
}

/** Failures that a new task would meet again: a plan that cannot run, a record that must not be skipped, a fault of our own. */
function isFatal(error: unknown): boolean {
  if (error instanceof AssertionError) return true;
  if (!(error instanceof StackError))
    return error instanceof TypeError || error instanceof SyntaxError || error instanceof ReferenceError;
  return error.code === 'MILLRACE_UNSUPPORTED' || error.details['fatal'] === true;
}
