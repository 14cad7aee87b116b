/** Errors of meaning: a statement that names or combines things wrongly. The real system's text comes first. */
import { StackError } from '../core/errors.ts';
import type { Span } from './syntax/lexer.ts';

/** What `make` gives; an error of meaning that does not know its place has that of `span`. */
export function within<T>(span: Span | undefined, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof StackError) || error.code !== 'MILLRACE_SQL_INVALID' || span === undefined) throw error;
    const { line } = error.details;
    if (typeof line === 'number' && line > 0) throw error;
    throw new StackError(error.code, error.message, {
      cause: error.cause,
      details: { ...error.details, line: span.line, column: span.column },
    });
  }
}

/** A `StackError` MILLRACE_SQL_INVALID; `details` has line and column of `span`. */
export function invalid(message: string, span?: Span): StackError {
  return new StackError('MILLRACE_SQL_INVALID', message, {
    ...(span && { details: { line: span.line, column: span.column } }),
  });
}
