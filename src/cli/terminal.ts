/** What every command does alike on a terminal: failures as one sentence, waiting for Ctrl-C, asking. */
import { StackError, messageOf } from '../core/errors.ts';

/** Prints a failure as a sentence and makes the exit code 1; a stack trace only for a fault of our own. */
export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  if (error instanceof StackError || (error instanceof Error && 'code' in error)) {
    process.stderr.write(`millrace: ${messageOf(error)}\n`);
    return;
  }
  process.stderr.write(`millrace: an internal error: ${messageOf(error)}\nPlease report it with what you did.\n`);
  if (process.env['MILLRACE_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  else process.stderr.write('MILLRACE_DEBUG=1 shows where it happened.\n');
}

let stoppedBy: number | undefined;

/** What a tool of Kafka ends with: 130 after Ctrl-C, as Java programs do, whatever came out until then. */
export function toolExitCode(code: number): number {
  return stoppedBy === undefined ? code : 128 + stoppedBy;
}

/** Lets go of stdin, which keeps the process alive: on a terminal there is always more to come. */
export function releaseStdin(): void {
  if (process.stdin.isTTY) process.stdin.unref();
  else process.stdin.destroy();
}

/** Aborts on the first Ctrl-C or termination; a second Ctrl-C ends the process at once. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (_name: string, number: number): void => {
    if (controller.signal.aborted) process.exit(128 + number);
    stoppedBy = number;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  process.on('SIGHUP', onSignal);
  return controller.signal;
}

/** Resolves when `signal` aborts. Keeps no process alive: a running stack does. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Asks a yes-or-no question on the terminal; no without a terminal. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const { createInterface } = await import('node:readline/promises'); // which most commands do without
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
