/** What a failure means to a client: the one place where errors become Kafka's codes. */
import { AssertionError } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import { messageOf, StackError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { errorCode, KafkaError } from '../wire/error-codes.ts';
import type { KafkaErrorName } from '../wire/error-codes.ts';

/** Everything the disk may say; a client is to try again, or to tell its people. */
const storageErrors = new Set([
  'MILLRACE_DISK_FULL',
  'MILLRACE_DISK_FAILED',
  'MILLRACE_LOG_CORRUPT',
  'MILLRACE_DATA_DIR_NEWER',
]);

/** Did the disk fail? Errors of the platform carry its `errno`. */
export function isStorageError(error: unknown): boolean {
  if (error instanceof StackError) return storageErrors.has(error.code);
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string' && 'errno' in error;
}

/** The code for an error that a handler met. Our own bugs are thrown again: nobody can answer for them. */
export function codeOf(error: unknown): number {
  if (error instanceof KafkaError) return error.errorCode;
  if (isStorageError(error)) return errorCode('KAFKA_STORAGE_ERROR');
  if (error instanceof AssertionError) throw error;
  return errorCode('UNKNOWN_SERVER_ERROR');
}

const told = new WeakMap<Logger, number>();
const toldAgainMs = 60_000;

/** Tells the log, once a minute, that the disk refuses records: clients try again without a word, and their people wonder why nothing happens. */
export function tellOfStorageError({ logger, clock }: TellOptions, partition: string, error: unknown): void {
  const last = told.get(logger);
  if (!isStorageError(error) || (last !== undefined && clock.now() - last < toldAgainMs)) return;
  told.set(logger, clock.now());
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const full = code === 'ENOSPC' || code === 'EDQUOT' || code === 'MILLRACE_DISK_FULL';
  const what = full
    ? 'the disk is full: records are refused until there is room'
    : 'the disk fails: records are refused';
  logger.warn(what, { partition, error: messageOf(error) });
}

interface TellOptions {
  readonly logger: Logger;
  readonly clock: Clock;
}

/** The code for an error of a coordinator: one that its clients try again when the disk failed. */
export function coordinatorCodeOf(error: unknown): number {
  return isStorageError(error) ? errorCode('COORDINATOR_NOT_AVAILABLE') : codeOf(error);
}

/** Kafka's own text of some errors, which its tools print. */
const texts: Partial<Record<KafkaErrorName, string>> = {
  UNKNOWN_TOPIC_OR_PARTITION: 'This server does not host this topic-partition.',
  UNKNOWN_TOPIC_ID: 'This server does not host this topic ID.',
  INVALID_REQUEST:
    'This most likely occurs because of a request being malformed by the client library or the message was sent to an incompatible broker. See the broker logs for more details.',
  ELECTION_NOT_NEEDED: 'Leader election not needed for topic partition.',
};

export function kafkaText(name: KafkaErrorName): string {
  return texts[name] ?? name;
}

/** The text that goes with {@link codeOf}: that of the error, null when it has none of its own. */
export function textOf(error: unknown): string | null {
  if (error instanceof KafkaError) return error.message === error.errorName ? null : error.message;
  return error instanceof Error ? error.message : String(error);
}
