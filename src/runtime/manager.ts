/** The query manager: see `jobs.ts` for what it promises. Keeps who runs; how one query lives is in `supervised-query.ts`. */
import { assert } from '../core/assert.ts';
import { StackError } from '../core/errors.ts';
import { systemRandom } from '../core/random.ts';
import { taskFunctions } from './functions.ts';
import type { QueryManager, QueryManagerOptions } from './jobs.ts';
import { makeProgram } from './make-program.ts';
import { startPush } from './push-query.ts';
import type { RunningPush } from './push-query.ts';
import { SupervisedQuery } from './supervised-query.ts';
import { inlineRunner } from './task-runner.ts';
import { workerPool } from './worker-pool.ts';

export function createQueryManager(options: QueryManagerOptions): QueryManager {
  const { clock, disk, random = systemRandom, threads, workerEntry, workersMax = 1 } = options;
  assert(threads === undefined || workerEntry !== undefined, 'threads come with the entry of a worker');
  const runner =
    threads === undefined || workerEntry === undefined
      ? inlineRunner(clock, disk, random)
      : workerPool({ threads, entry: workerEntry, workersMax });
  const queries = new Map<string, SupervisedQuery>();
  const pushes = new Set<RunningPush>();
  let closed = false;

  const find = (queryId: string): SupervisedQuery => {
    const query = queries.get(queryId);
    if (query === undefined) throw new StackError('MILLRACE_QUERY_FAILED', `There is no running query ${queryId}.`);
    return query;
  };

  return {
    check(plan) {
      makeProgram(plan, 1, taskFunctions(clock, random), () => {});
    },
    async start(query) {
      if (closed) throw new StackError('MILLRACE_QUERY_FAILED', 'The engine is shutting down.');
      if (queries.has(query.queryId)) {
        throw new StackError('MILLRACE_QUERY_FAILED', `Query ${query.queryId} is running already.`);
      }
      const supervised = new SupervisedQuery(options, runner, query);
      queries.set(query.queryId, supervised);
      try {
        await supervised.start();
      } catch (error) {
        queries.delete(query.queryId);
        throw error;
      }
    },
    async stop(queryId, { dispose = false } = {}) {
      const query = find(queryId);
      await query.stop(dispose);
      queries.delete(queryId);
    },
    async pause(queryId) {
      find(queryId).pause(true);
    },
    async resume(queryId) {
      find(queryId).pause(false);
    },
    status: (queryId) => queries.get(queryId)?.status(),
    list: () => [...queries.values()].map((query) => query.status()),
    pull: async (request) => await find(request.queryId).pull(request),
    async push(request) {
      if (closed) throw new StackError('MILLRACE_QUERY_FAILED', 'The engine is shutting down.');
      const push = await startPush(options, runner, request);
      pushes.add(push);
      void push.ended.then(() => pushes.delete(push));
      return push;
    },
    wake(topic) {
      for (const query of queries.values()) if (query.topics.has(topic)) query.wake();
      for (const push of pushes) if (push.topics.has(topic)) push.wake();
    },
    async close() {
      closed = true;
      await Promise.all([
        ...[...queries.values()].map((query) => query.stop(false)),
        ...[...pushes].map((push) => push.cancel()),
      ]);
      queries.clear();
      await runner.close();
    },
  };
}
