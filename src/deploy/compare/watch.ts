/** When results come, and how much memory it takes: looked at from outside, for every engine alike. */
import type { KafkaClient } from '../../client/kafka-client.ts';
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { processTreeMemory } from '../../core/processes.ts';

const lookMs = 25;
const memoryMs = 500;

export interface Watched {
  /** −1 when nothing came. */
  readonly firstResultMs: number;
  readonly totalMs: number;
  readonly memoryBytes: number;
}

/** Watches result topics and processes while `run` is going on. */
export async function watch(
  { kafka, clock }: { readonly kafka: KafkaClient; readonly clock: Clock },
  topics: readonly string[],
  pids: () => readonly number[],
  run: () => Promise<void>,
): Promise<Watched> {
  const started = clock.monotonic();
  const ended = new AbortController();
  let firstResultMs = -1;
  let memoryBytes = 0;
  const results = async (): Promise<void> => {
    while (firstResultMs < 0 && !ended.signal.aborted) {
      if (await anyRecord(kafka, topics)) firstResultMs = clock.monotonic() - started;
      await sleep(clock, lookMs, ended.signal);
    }
  };
  const memory = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      memoryBytes = Math.max(memoryBytes, await processTreeMemory(pids()));
      await sleep(clock, memoryMs, ended.signal);
    }
  };
  const watching = Promise.all([results(), memory()]);
  try {
    await run();
  } finally {
    ended.abort();
    await watching;
  }
  const totalMs = clock.monotonic() - started;
  return {
    firstResultMs: firstResultMs < 0 && (await anyRecord(kafka, topics)) ? totalMs : firstResultMs,
    totalMs,
    memoryBytes,
  };
}

async function anyRecord(kafka: KafkaClient, topics: readonly string[]): Promise<boolean> {
  for (const topic of topics) {
    const description = await kafka.admin.describeTopic(topic);
    for (let partition = 0; partition < (description?.partitions ?? 0); partition++)
      if ((await kafka.admin.offsets(topic, partition)).latest > 0) return true;
  }
  return false;
}
