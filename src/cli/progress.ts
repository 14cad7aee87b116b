/** Progress on the terminal: a bar that fills, or the time that something takes; plain lines where there is no terminal. */
import progress from 'cli-progress';
import { sleep } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';

export interface ProgressBar {
  update(done: number, total: number, what: string): void;
  stop(): void;
}

const mebibyte = 2 ** 20;

/** A bar over bytes. */
export function progressBar(title: string): ProgressBar {
  if (!process.stderr.isTTY) return plainBar(title);
  const bar = new progress.SingleBar({
    format: `${title} {bar} {percentage} %  {value} of {total} MiB  {what}`,
    barsize: 30,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
  });
  let started = false;
  return {
    update(done, total, what) {
      const [value, all] = [Math.round(done / mebibyte), Math.ceil(total / mebibyte)];
      if (started) bar.update(value, { what });
      else bar.start(all, value, { what });
      started = true;
    },
    stop: () => bar.stop(),
  };
}

/** A line for each tenth of the way. */
function plainBar(title: string): ProgressBar {
  let tenths = 0;
  return {
    update(done, total) {
      const now = Math.floor((done / total) * 10);
      if (now <= tenths) return;
      tenths = now;
      process.stderr.write(`${title}: ${now * 10} %\n`);
    },
    stop() {},
  };
}

/** How many there are so far, where the end is not known. */
export function countBar(title: string): { update(count: number): void; stop(): void } {
  const terminal = process.stderr.isTTY;
  let shown = 0;
  return {
    update(count) {
      if (!terminal || count - shown < 10_000) return;
      shown = count;
      process.stderr.write(`\r${title}: ${count.toLocaleString('en-US')} records`);
    },
    stop() {
      if (terminal) process.stderr.write('\r\u001b[K');
    },
  };
}

/** Does something of unknown length and shows the seconds that it takes so far. */
export async function spinning<T>(clock: Clock, title: string, action: () => Promise<T>): Promise<T> {
  const terminal = process.stderr.isTTY;
  if (!terminal) process.stderr.write(`${title} …\n`);
  const started = clock.monotonic();
  const done = new AbortController();
  const tick = async (): Promise<void> => {
    while (!done.signal.aborted) {
      process.stderr.write(`\r${title} … ${Math.floor((clock.monotonic() - started) / 1000)} s`);
      await sleep(clock, 500, done.signal);
    }
  };
  const ticks = terminal ? tick() : undefined;
  try {
    return await action();
  } finally {
    done.abort();
    await ticks;
    if (terminal) process.stderr.write('\r\u001b[K');
  }
}
