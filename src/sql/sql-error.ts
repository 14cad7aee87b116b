/** Errors of meaning: a statement that names or combines things wrongly. The real system's text comes first. */
import { StackError } from '../core/errors.ts';
import type { Span } from './syntax/lexer.ts';

/** A `StackError` MILLRACE_SQL_INVALID; `details` has line and column of `span`. */
export function invalid(message: string, span?: Span): StackError {
  return new StackError('MILLRACE_SQL_INVALID', message, {
    ...(span && { details: { line: span.line, column: span.column } }),
  });
}
