/** Entry of a thread that runs tasks. All that it needs of the main thread goes through messages (`messages.ts`). */
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { systemRandom } from '../core/random.ts';
import { currentThread } from '../core/threads.ts';
import { errorImage, errorOf } from './messages.ts';
import type { FromWorker, HostCall, ToWorker } from './messages.ts';
import { inlineRunner } from './task-runner.ts';
import type { RunningTask } from './task-runner.ts';
import type { FetchedBatches } from './cluster.ts';
import type { TaskHost } from './task.ts';
import type { SchemaText } from './program.ts';

const { port } = currentThread();
const runner = inlineRunner(systemClock, nodeDisk, systemRandom);
const tasks = new Map<number, RunningTask>();
const calls = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
let nextCall = 1;

port.onMessage((received) => {
  const message = received as ToWorker;
  if (message.type === 'start') return start(message);
  if (message.type === 'answer') {
    const call = calls.get(message.call);
    calls.delete(message.call);
    if ('error' in message) call?.reject(errorOf(message.error));
    else call?.resolve(message.value);
    return;
  }
  const task = tasks.get(message.task);
  if (message.type === 'pull') return pull(task, message);
  if (message.type === 'pause') task?.pause(message.paused);
  else task?.[message.type]();
});

function start({ task: number, spec }: ToWorker & { type: 'start' }): void {
  const task = runner.start(spec, hostOf(number));
  tasks.set(number, task);
  task.opened.then(
    () => post({ type: 'opened', task: number }),
    () => {},
  );
  const end = (error?: unknown): void => {
    tasks.delete(number);
    post({ type: 'ended', task: number, ...(error !== undefined && { error: errorImage(error) }) });
  };
  task.ended.then(() => end(), end);
}

function pull(task: RunningTask | undefined, { task: number, call, request }: ToWorker & { type: 'pull' }): void {
  const gone = new Error('The query is not running now.');
  (task?.pull(request) ?? Promise.reject(gone)).then(
    (value) => post({ type: 'answer', task: number, call, value }),
    (error: unknown) => post({ type: 'answer', task: number, call, error: errorImage(error) }),
  );
}

function hostOf(task: number): TaskHost {
  const ask = (what: HostCall, transfer: readonly ArrayBuffer[] = []): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const call = nextCall++;
      calls.set(call, { resolve, reject });
      port.post({ type: 'call', task, call, ask: what } satisfies FromWorker, transfer);
    });
  return {
    fetch: (topic, partition, offset, isolation) =>
      ask({ method: 'fetch', topic, partition, offset, isolation }) as Promise<FetchedBatches>,
    endOfEpoch: (topic, partition, leaderEpoch) =>
      ask({ method: 'endOfEpoch', topic, partition, leaderEpoch }) as Promise<number | undefined>,
    schema: (id) => ask({ method: 'schema', id }) as Promise<SchemaText>,
    output: async (outputs) => {
      const spare = (await ask({ method: 'output', outputs }, memoryOf(outputs))) as readonly Uint8Array[];
      return spare.map((bytes) => Buffer.from(bytes.buffer));
    },
    commit: (commit) =>
      ask(
        { method: 'commit', commit },
        memoryOf([...commit.outputs, ...(commit.progress ? [commit.progress] : [])]),
      ) as Promise<number>,
    rows: (rows) => post({ type: 'rows', task, rows }),
    errors: (errors) => post({ type: 'errors', task, errors }),
    report: (report) => post({ type: 'report', task, report }),
  };
}

/** Batches own their memory (`BatchWriter.take`): they move to the main thread. */
function memoryOf(outputs: readonly { readonly batch: Buffer }[]): ArrayBuffer[] {
  return outputs.map(({ batch }) => batch.buffer as ArrayBuffer);
}

function post(message: FromWorker): void {
  port.post(message);
}
