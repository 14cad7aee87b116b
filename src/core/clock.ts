/**
 * Time as a port: everything that waits or reads a clock takes a `Clock`, so that a simulation can move time itself.
 * This file is the only place that touches the clock and timers of the platform.
 */

/** A pending timer. */
export interface Timer {
  /** Takes the timer back; does nothing once it fired. */
  cancel(): void;
}

export interface Clock {
  /** Wall clock: milliseconds since the epoch, an integer. */
  now(): number;
  /** Milliseconds from an arbitrary start, never going back; with fractions. */
  monotonic(): number;
  /** Calls `fn` once after `delayMs`. A timer does not keep the process alive unless `keepAlive`. */
  setTimer(fn: () => void, delayMs: number, keepAlive?: boolean): Timer;
  /** Runs `fn` after the input that is already waiting was handled (`setImmediate`). */
  defer(fn: () => void): void;
}

/** Longest delay that the platform's timers take; longer ones are cut in pieces. */
const timerDelayMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(fn, delayMs, keepAlive = false) {
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      handle = setTimeout(
        () => (leftMs > timerDelayMsMax ? arm(leftMs - timerDelayMsMax) : fn()),
        Math.min(Math.max(leftMs, 0), timerDelayMsMax),
      );
      if (!keepAlive) handle.unref();
    };
    arm(delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  defer: (fn) => void setImmediate(fn),
};

/** Resolves after `delayMs` of the clock's time, at once when `signal` aborts. Keeps the process alive while it waits. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      timer.cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = clock.setTimer(done, delayMs, true);
    signal?.addEventListener('abort', done);
  });
}
