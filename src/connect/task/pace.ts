/** When the next record is due: after a pause that is chosen anew for each, whole milliseconds below `max.interval`. */
import type { Clock } from '../../core/clock.ts';
import { randomBelow } from '../../core/random.ts';
import type { Random } from '../../core/random.ts';

/** A task that is later than this (the machine slept) does not make up for it. */
const lagMsMax = 100;

export class Pace {
  private readonly clock: Clock;
  private readonly random: Random;
  private readonly maxIntervalMs: number;
  private dueMs: number;

  constructor(clock: Clock, random: Random, maxIntervalMs: number) {
    this.clock = clock;
    this.random = random;
    this.maxIntervalMs = maxIntervalMs;
    this.dueMs = clock.monotonic();
    this.advance();
  }

  /** Milliseconds until the next record; 0 or less: now. */
  wait(): number {
    return this.maxIntervalMs <= 0 ? 0 : this.dueMs - this.clock.monotonic();
  }

  /** A record was made: chooses the pause before the one after it. */
  advance(): void {
    if (this.maxIntervalMs <= 0) return;
    const now = this.clock.monotonic();
    if (now - this.dueMs > lagMsMax) this.dueMs = now;
    this.dueMs += randomBelow(this.random, this.maxIntervalMs);
  }
}
