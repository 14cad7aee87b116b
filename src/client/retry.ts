/** Tries again what may succeed later, with Kafka's backoff: doubling from `retry.backoff.ms` to `retry.backoff.max.ms`, with jitter. */
import { sleep } from '../core/clock.ts';
import type { Clock } from '../core/clock.ts';
import { StackError } from '../core/errors.ts';
import type { Random } from '../core/random.ts';
import { KafkaError } from '../wire/error-codes.ts';

const backoffMs = 100;
const backoffMsMax = 1000;
/** A transaction that is still being ended is so for a moment only. */
const concurrentTransactionsBackoffMs = 20;
/** A topic that nobody knows is asked for as often: a new one is not known everywhere at once. */
const unknownTopicAttempts = 5;

/** May the same succeed later, without anybody doing something about it? */
export function isRetriable(error: unknown): boolean {
  if (error instanceof KafkaError) return error.retriable;
  return error instanceof StackError && (error.code === 'MILLRACE_UNREACHABLE' || error.code === 'MILLRACE_TIMEOUT');
}

export function isUnknownTopic(error: unknown): boolean {
  return (
    error instanceof KafkaError &&
    (error.errorName === 'UNKNOWN_TOPIC_OR_PARTITION' || error.errorName === 'UNKNOWN_TOPIC_ID')
  );
}

/** How long to wait after the `failures`th failure in a row. */
export function backoffAfter(failures: number, random: Random, error?: unknown): number {
  if (error instanceof KafkaError && error.errorName === 'CONCURRENT_TRANSACTIONS') {
    return Math.min(concurrentTransactionsBackoffMs * failures, backoffMsMax);
  }
  return Math.min(backoffMs * 2 ** (failures - 1), backoffMsMax) * (0.8 + 0.4 * random.float());
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** From the first attempt on; the failure at its end is the one that is thrown. */
  readonly timeoutMs: number;
  /** Called with each failure that is followed by another attempt: to forget what it showed to be old. */
  readonly onFailure?: (error: unknown) => void;
  /** No further attempt begins once one of them is aborted. */
  readonly signals?: readonly AbortSignal[];
}

export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { clock, random, timeoutMs, onFailure, signals = [] } = options;
  const deadline = clock.monotonic() + timeoutMs;
  let unknownTopics = 0;
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isRetriable(error) || signals.some(({ aborted }) => aborted)) throw error;
      if (isUnknownTopic(error) && ++unknownTopics >= unknownTopicAttempts) throw error;
      onFailure?.(error);
      const delayMs = backoffAfter(failures, random, error);
      if (clock.monotonic() + delayMs >= deadline) throw error;
      await sleep(clock, delayMs, AbortSignal.any([...signals]));
    }
  }
}
