/** `millrace down`: asks the stack that holds the data directory to stop, and waits until it let go of it. */
import { systemClock, sleep } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import { nodeNetwork } from '../core/network.ts';
import { askHolder } from '../server/control.ts';
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';

const stopTimeoutMs = 60_000;

export async function down(options: DataDirOption): Promise<void> {
  const directory = await chosenDataDirectory(options);
  const answer = await askHolder(directory, 'stop', nodeNetwork);
  if (answer === null) {
    process.stdout.write(`Nothing is running on ${directory}.\n`);
    return;
  }
  const deadline = systemClock.monotonic() + stopTimeoutMs;
  while ((await statusOf(directory)) !== null) {
    if (systemClock.monotonic() > deadline) {
      throw new StackError(
        'MILLRACE_TIMEOUT',
        `The stack on ${directory} did not stop within ${stopTimeoutMs / 1000} s.`,
      );
    }
    await sleep(systemClock, 20);
  }
  process.stdout.write('Stopped.\n');
}
