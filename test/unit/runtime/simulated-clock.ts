/** A clock that moves to the next timer when nothing else is left to do: a simulation runs as fast as it can, and replays. */
import type { Clock, Timer } from '../../../src/core/clock.ts';

interface Waiting {
  readonly at: number;
  readonly order: number;
  readonly fn: () => void;
}

export class SimulatedClock implements Clock {
  time = 1_700_000_000_000;
  #timers: Waiting[] = [];
  #order = 0;

  /** Whole milliseconds, as every clock; timers may be due in between. */
  now(): number {
    return Math.floor(this.time);
  }

  monotonic(): number {
    return this.time;
  }

  setTimer(fn: () => void, delayMs: number): Timer {
    const timer = { at: this.time + Math.max(delayMs, 0), order: this.#order++, fn };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  defer(fn: () => void): void {
    queueMicrotask(fn);
  }

  /** Lets everything run, moving time on, until `done` holds; fails after so much simulated time. */
  async runUntil(done: () => boolean, limitMs = 600_000): Promise<void> {
    const end = this.time + limitMs;
    for (;;) {
      // Promises that wait for nothing but each other.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (done()) return;
      const [next] = this.#timers.sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined) throw new Error('Nothing is left to wait for.');
      if (next.at > end) throw new Error(`Not done after ${limitMs} ms of simulated time.`);
      this.#timers.shift();
      this.time = next.at;
      next.fn();
    }
  }

  /** Waits for a promise, moving time on. */
  async wait<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    promise.then(
      () => (settled = true),
      () => (settled = true),
    );
    await this.runUntil(() => settled);
    return await promise;
  }
}
