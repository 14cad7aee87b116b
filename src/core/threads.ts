/** Threads as a port: query tasks run in worker threads, or in the calling thread under a simulation. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import type { TransferListItem } from 'node:worker_threads';
import { assert } from './assert.ts';

/** One end of a pair of ports: what one side posts the other side's handler receives, in order. */
export interface MessagePort {
  post(message: unknown, transfer?: readonly TransferListItem[]): void;
  onMessage(handler: (message: unknown) => void): void;
}

export interface Thread extends MessagePort {
  /** Called once when the thread ended by itself or by an error that it did not catch. */
  onExit(handler: (error: Error | undefined) => void): void;
  /** Ends the thread where it stands. */
  terminate(): Promise<void>;
}

export interface Threads {
  /** Starts a thread on a module file; `data` is given to it as `workerData`. */
  start(entry: URL, name: string, data: unknown): Thread;
}

export const nodeThreads: Threads = {
  start(entry, name, data) {
    const worker = new Worker(entry, { name, workerData: data });
    let failure: Error | undefined;
    worker.on('error', (error: Error) => {
      failure = error;
    });
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: (handler) => void worker.on('message', handler),
      onExit: (handler) => void worker.once('exit', () => handler(failure)),
      terminate: async () => void (await worker.terminate()),
    };
  },
};

/** The calling thread's own end, and the data that it was started with; only in a thread that {@link nodeThreads} started. */
export function currentThread(): { readonly port: MessagePort; readonly data: unknown } {
  const port = parentPort;
  assert(port !== null, 'a thread that was started by another');
  return {
    port: {
      post: (message, transfer) => port.postMessage(message, transfer),
      onMessage: (handler) => void port.on('message', handler),
    },
    data: workerData,
  };
}
