/**
 * Tasks in worker threads: a thread is started with the first task that needs it and ended when its last task has ended. A
 * thread that dies takes its tasks with it; each ends with an error, and whoever supervises it starts it again elsewhere.
 */
import { StackError } from '../core/errors.ts';
import type { Thread, Threads } from '../core/threads.ts';
import { errorImage, errorOf } from './messages.ts';
import type { FromWorker, HostCall, ToWorker } from './messages.ts';
import type { Row } from './jobs.ts';
import type { RunningTask, TaskRunner } from './task-runner.ts';
import type { TaskHost, TaskSpec } from './task.ts';

interface RemoteTask {
  readonly host: TaskHost;
  readonly opened: PromiseWithResolvers;
  readonly ended: PromiseWithResolvers;
  readonly pulls: Map<number, { resolve: (rows: Row[]) => void; reject: (error: unknown) => void }>;
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Worker {
  readonly thread: Thread;
  readonly tasks: Map<number, RemoteTask>;
}

export interface WorkerPoolOptions {
  readonly threads: Threads;
  readonly entry: URL;
  readonly workersMax: number;
}

export function workerPool({ threads, entry, workersMax }: WorkerPoolOptions): TaskRunner {
  const workers = new Set<Worker>();
  let nextWorker = 1;
  let nextTask = 1;
  let nextCall = 1;

  const startWorker = (): Worker => {
    const thread = threads.start(entry, `millrace-query-${nextWorker++}`, undefined);
    const worker: Worker = { thread, tasks: new Map() };
    workers.add(worker);
    thread.onMessage((message) => receive(worker, message as FromWorker));
    thread.onExit((error) => {
      workers.delete(worker);
      const failure = new StackError(
        'MILLRACE_QUERY_FAILED',
        `The thread that ran the query ended${error === undefined ? '' : `: ${error.message}`}.`,
        { cause: error },
      );
      for (const [number, task] of [...worker.tasks]) finish(worker, number, task, failure);
    });
    return worker;
  };

  const leastBusy = (): Worker => {
    if (workers.size < workersMax) return startWorker();
    return [...workers].reduce((a, b) => (b.tasks.size < a.tasks.size ? b : a));
  };

  const finish = (worker: Worker, number: number, task: RemoteTask, error: unknown): void => {
    worker.tasks.delete(number);
    if (error === undefined) {
      task.opened.resolve();
      task.ended.resolve();
    } else {
      task.opened.reject(error);
      task.ended.reject(error);
    }
    for (const pull of task.pulls.values()) pull.reject(error ?? ended());
    task.pulls.clear();
    if (worker.tasks.size === 0 && workers.delete(worker)) void worker.thread.terminate();
  };

  const receive = (worker: Worker, message: FromWorker): void => {
    const task = worker.tasks.get(message.task);
    if (task === undefined) return;
    switch (message.type) {
      case 'opened':
        task.opened.resolve();
        return;
      case 'ended':
        finish(worker, message.task, task, message.error === undefined ? undefined : errorOf(message.error));
        return;
      case 'rows':
        task.host.rows(message.rows);
        return;
      case 'errors':
        task.host.errors(message.errors);
        return;
      case 'report':
        task.host.report(message.report);
        return;
      case 'call':
        void answer(worker.thread, message.task, message.call, call(task.host, message.ask));
        return;
      case 'answer': {
        const pull = task.pulls.get(message.call);
        task.pulls.delete(message.call);
        if ('error' in message) pull?.reject(errorOf(message.error));
        else pull?.resolve(message.value as Row[]);
      }
    }
  };

  return {
    start(spec: TaskSpec, host: TaskHost): RunningTask {
      const worker = leastBusy();
      const number = nextTask++;
      const task: RemoteTask = { host, opened: withResolvers(), ended: withResolvers(), pulls: new Map() };
      worker.tasks.set(number, task);
      const post = (message: ToWorker): void => {
        if (worker.tasks.has(number)) worker.thread.post(message);
      };
      post({ type: 'start', task: number, spec });
      return {
        opened: task.opened.promise,
        ended: task.ended.promise,
        wake: () => post({ type: 'wake', task: number }),
        pause: (paused) => post({ type: 'pause', task: number, paused }),
        stop: () => post({ type: 'stop', task: number }),
        abandon: () => post({ type: 'abandon', task: number }),
        pull: (request) =>
          new Promise((resolve, reject) => {
            if (!worker.tasks.has(number)) return reject(ended());
            const id = nextCall++;
            task.pulls.set(id, { resolve, reject });
            post({ type: 'pull', task: number, call: id, request });
          }),
      };
    },
    async close() {
      await Promise.all([...workers].map((worker) => worker.thread.terminate()));
    },
  };
}

async function answer(thread: Thread, task: number, call: number, result: Promise<unknown>): Promise<void> {
  let message: ToWorker;
  try {
    message = { type: 'answer', task, call, value: await result };
  } catch (error) {
    message = { type: 'answer', task, call, error: errorImage(error) };
  }
  thread.post(message, 'value' in message ? memoryOf(message.value) : []);
}

/** What an answer moves instead of copying it: records that were fetched, memory that a task may use again. */
function memoryOf(value: unknown): ArrayBuffer[] {
  const { records } = (value ?? {}) as { readonly records?: Uint8Array };
  const all = Array.isArray(value) ? (value as readonly Uint8Array[]) : records === undefined ? [] : [records];
  return all.map((bytes) => bytes.buffer as ArrayBuffer);
}

function call(host: TaskHost, ask: HostCall): Promise<unknown> {
  switch (ask.method) {
    case 'fetch':
      // A clone would take all of the buffer that the records lie in.
      return host
        .fetch(ask.topic, ask.partition, ask.offset, ask.isolation)
        .then((fetched) => ({ ...fetched, records: new Uint8Array(fetched.records) }));
    case 'endOfEpoch':
      return host.endOfEpoch(ask.topic, ask.partition, ask.leaderEpoch);
    case 'schema':
      return host.schema(ask.id);
    case 'output':
      return host.output(ask.outputs.map(withBuffer));
    case 'commit':
      // A clone makes plain byte arrays of buffers.
      return host.commit({
        ...ask.commit,
        outputs: ask.commit.outputs.map(withBuffer),
        ...(ask.commit.progress !== undefined && { progress: withBuffer(ask.commit.progress) }),
      });
  }
}

function withBuffer<T extends { readonly batch: Uint8Array }>(one: T): T & { readonly batch: Buffer } {
  const { buffer, byteOffset, byteLength } = one.batch;
  return { ...one, batch: Buffer.from(buffer, byteOffset, byteLength) };
}

function withResolvers(): PromiseWithResolvers {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((ok, no) => {
    resolve = ok;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

function ended(): StackError {
  return new StackError('MILLRACE_QUERY_FAILED', 'The query is not running now; ask again in a moment.');
}
