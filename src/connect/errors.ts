/** Failures as Connect tells them: to the REST client, and as the trace of a connector or task. */
import { StackError, messageOf } from '../core/errors.ts';
import { DataException } from './data/schema.ts';
import { GeneratorError } from './datagen/arg-properties.ts';

/** An answer that is no success: status and text as the real worker gives them. */
export class ConnectRestError extends Error {
  override readonly name = 'ConnectRestError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** What ends a task, by its Java class and text; `cause` follows on a line of its own. */
export class ConnectException extends Error {
  override readonly name = 'ConnectException';
  readonly javaClass: string;
  /** The task ended because it had done all that was asked for. */
  readonly completed: boolean;

  constructor(
    message: string,
    options: { readonly javaClass?: string; readonly completed?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.javaClass = options.javaClass ?? 'org.apache.kafka.connect.errors.ConnectException';
    this.completed = options.completed ?? false;
  }
}

export const configException = 'org.apache.kafka.common.config.ConfigException';

/** The `trace` of a status: class and text of the failure and of each of its causes. There are no Java frames to show. */
export function traceOf(error: unknown): string {
  const own = `${javaClassOf(error)}: ${messageOf(error)}`;
  // A data exception's causes stand in its text; those of a StackError are the platform's.
  const cause = error instanceof ConnectException ? error.cause : undefined;
  return cause === undefined ? own : `${own}\nCaused by: ${traceOf(cause)}`;
}

function javaClassOf(error: unknown): string {
  if (error instanceof ConnectException) return error.javaClass;
  if (error instanceof DataException) return DataException.javaClass;
  if (error instanceof GeneratorError) return 'java.lang.RuntimeException';
  if (error instanceof RangeError) return 'java.lang.StackOverflowError';
  if (error instanceof StackError && error.code === 'MILLRACE_CONFIG_INVALID') return configException;
  const kafkaName = error instanceof StackError ? error.details['errorName'] : undefined;
  if (typeof kafkaName === 'string') return kafkaClassOf(kafkaName);
  return 'org.apache.kafka.connect.errors.ConnectException';
}

/** `INVALID_TOPIC_EXCEPTION` → the class of that name. */
function kafkaClassOf(errorName: string): string {
  const words = errorName.toLowerCase().split('_');
  const simple = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
  return `org.apache.kafka.common.errors.${simple.replace(/Exception$/, '')}Exception`;
}
