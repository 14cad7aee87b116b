/**
 * Where tasks run, as the manager sees it: in the calling thread (here), or in worker threads (`worker-pool.ts`). Both give the
 * same handle, so that nothing else depends on the place.
 */
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { Random } from '../core/random.ts';
import type { PullRequest, Row } from './jobs.ts';
import { taskFunctions } from './functions.ts';
import { Task } from './task.ts';
import type { TaskHost, TaskSpec } from './task.ts';

export interface RunningTask {
  /** Resolves once the state is restored and the task reads; rejects like `ended`. */
  readonly opened: Promise<void>;
  /** Resolves after an orderly end, rejects with what ended the task. */
  readonly ended: Promise<void>;
  /** New data. */
  wake(): void;
  pause(paused: boolean): void;
  /** A last commit, then the end. */
  stop(): void;
  /** The end as soon as possible, without a commit. */
  abandon(): void;
  /** The committed rows that a pull query asks for. */
  pull(request: PullRequest): Promise<Row[]>;
}

export interface TaskRunner {
  start(spec: TaskSpec, host: TaskHost): RunningTask;
  /** Ends what is left, without commits. */
  close(): Promise<void>;
}

/** Runs tasks in the calling thread; they give it back between runs of batches. */
export function inlineRunner(clock: Clock, disk: Disk, random: Random): TaskRunner {
  const running = new Set<Task>();
  return {
    start(spec, host) {
      let task: Task | undefined;
      let paused = false;
      let ending: 'stop' | 'abandon' | undefined;
      const opened = (async () => {
        const made = new Task(spec, host, clock, disk, taskFunctions(clock, random));
        running.add(made);
        task = made;
        if (paused) made.pause(true);
        if (ending !== undefined) made[ending]();
        await made.open();
      })();
      const ended = (async () => {
        try {
          await opened;
          await task?.run();
        } finally {
          if (task !== undefined) {
            running.delete(task);
            task.close();
          }
        }
      })();
      // Whoever supervises the task looks at one of the two at a time.
      opened.catch(() => {});
      ended.catch(() => {});
      return {
        opened,
        ended,
        wake: () => task?.wake(),
        pause(to) {
          paused = to;
          task?.pause(to);
        },
        stop() {
          ending ??= 'stop';
          task?.stop();
        },
        abandon() {
          ending = 'abandon';
          task?.abandon();
        },
        pull: async (request) => {
          await opened;
          return (task as Task).pull(request);
        },
      };
    },
    async close() {
      for (const task of running) task.abandon();
    },
  };
}
