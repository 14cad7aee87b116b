/**
 * Errors that the world causes (bad input, a full disk, a missing peer). Each carries one of our own codes from the table
 * below; each edge maps it once to what its protocol says. A fault of our own is an `AssertionError` instead.
 * `docs/reference/errors.md` lists the table and a test compares the two.
 */

/** Our codes and what each means. */
export const errorCodes = {
  MILLRACE_PORT_IN_USE: 'A port that the stack should listen on is taken.',
  MILLRACE_DATA_DIR_HELD: 'Another process holds the data directory.',
  MILLRACE_DATA_DIR_NEWER: 'The data directory was written by a newer version.',
  MILLRACE_DATA_DIR_UNUSABLE: 'The data directory cannot be created, read or written.',
  MILLRACE_DISK_FULL: 'The disk has no room left.',
  MILLRACE_DISK_FAILED: 'The disk answered with an error.',
  MILLRACE_LOG_CORRUPT: 'A log file holds bytes that no crash can explain.',
  MILLRACE_WIRE_MALFORMED: 'Bytes that do not follow the Kafka protocol.',
  MILLRACE_BATCH_CORRUPT: 'A record batch whose length, magic, checksum or records are wrong.',
  MILLRACE_COMPRESSION_UNSUPPORTED: 'A compression that this version cannot read or write.',
  MILLRACE_KAFKA: 'A Kafka broker answered with an error code.',
  MILLRACE_UNREACHABLE: 'A server did not answer, or closed the connection.',
  MILLRACE_TIMEOUT: 'Something took longer than its limit.',
  MILLRACE_SCHEMA_INVALID: 'A schema that cannot be parsed.',
  MILLRACE_REGISTRY: 'The Schema Registry answered with an error.',
  MILLRACE_DECODE_FAILED: 'A record that does not decode in its format.',
  MILLRACE_EXPRESSION_FAILED: 'An expression that has no value for a record.',
  MILLRACE_CONFIG_INVALID: 'A configuration that cannot be used.',
  MILLRACE_SQL_SYNTAX: 'A statement that the grammar does not allow.',
  MILLRACE_SQL_INVALID: 'A statement that names or combines things wrongly.',
  MILLRACE_QUERY_FAILED: 'A running query had to stop.',
  MILLRACE_ENGINE: 'A real engine that cannot be fetched, started or reached, or that gave up a job.',
  MILLRACE_UNSUPPORTED: 'Something that the real system can do and this version cannot.',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface StackErrorOptions {
  readonly cause?: unknown;
  /** Facts for machines: topic, partition, offset, line, column, Kafka error code … */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What every record of a topic may cause: a stack would take longer than the record. */
const ofData: ReadonlySet<ErrorCode> = new Set(['MILLRACE_DECODE_FAILED', 'MILLRACE_EXPRESSION_FAILED']);

/** An error that the world caused. `message` is a whole sentence for people: what failed, where, what to do. */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: StackErrorOptions = {}) {
    const { stackTraceLimit } = Error;
    if (ofData.has(code)) Error.stackTraceLimit = 0;
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
