/** A push query: a task without commits whose rows go to whoever asked. It ends at its limit, when it is cancelled, or when it fails. */
import { AssertionError } from '../core/assert.ts';
import { messageOf, StackError } from '../core/errors.ts';
import type { PushQuery, PushRequest, QueryError, QueryManagerOptions } from './jobs.ts';
import { sourcesOf } from './plan-facts.ts';
import { groupOf, taskSpec } from './task-spec.ts';
import type { RunningTask, TaskRunner } from './task-runner.ts';

const fetchWaitMs = 500;
const fetchBytesMax = 1 << 20;

export interface RunningPush extends PushQuery {
  readonly topics: ReadonlySet<string>;
  wake(): void;
  /** Resolves after `onEnd` was called. */
  readonly ended: Promise<void>;
}

/** Resolves once the query reads. Rejects when it cannot start; `onEnd` is not called then. */
export async function startPush(
  options: QueryManagerOptions,
  runner: TaskRunner,
  request: PushRequest,
): Promise<RunningPush> {
  const { cluster, schema, stateDirectory, clock } = options;
  const { queryId, plan, config = {}, onRows, onPositions, onEnd } = request;
  const spec = await taskSpec({
    cluster,
    queryId,
    plan,
    config,
    group: groupOf(queryId, config),
    stateDirectory,
    transient: true,
  });
  let task: RunningTask | undefined;
  let over = false;
  task = runner.start(spec, {
    fetch: (topic, partition, offset, isolation) =>
      cluster.fetch(topic, partition, offset, { maxBytes: fetchBytesMax, waitMs: fetchWaitMs, isolation }),
    endOfEpoch: (topic, partition, leaderEpoch) => cluster.endOfEpoch(topic, partition, leaderEpoch),
    schema,
    output: () => Promise.reject(new AssertionError('a push query writes nothing')),
    commit: () => Promise.reject(new AssertionError('a push query commits nothing')),
    rows: (rows) => {
      if (!over) onRows(rows);
    },
    errors: (errors) => {
      if (!over) options.onErrors?.(queryId, errors);
    },
    report: ({ positions }) => {
      if (!over) onPositions?.(positions);
    },
  });
  await task.opened;
  const finish = (error: unknown): void => {
    if (over) return;
    over = true;
    onEnd(error === undefined ? undefined : queryError(error, clock.now()));
  };
  const ended = task.ended.then(() => finish(undefined), finish);
  return {
    queryId,
    topics: new Set(sourcesOf(plan).map((source) => source.topic)),
    wake: () => task.wake(),
    ended,
    async cancel() {
      task.abandon();
      await ended;
    },
  };
}

function queryError(error: unknown, timeMs: number): QueryError {
  const { topic, partition, offset } = error instanceof StackError ? error.details : {};
  return {
    timeMs,
    kind: 'query',
    message: messageOf(error),
    ...(typeof topic === 'string' && { topic }),
    ...(typeof partition === 'number' && { partition }),
    ...(typeof offset === 'number' && { offset }),
  };
}
