/**
 * Why a part of an expression has no value: an operator of a null, a division by zero, a text that is no number, a function that
 * throws. It becomes null up to the nearest cast, argument, item or column around it, the row goes on, and the processing log tells.
 */
import { messageOf, StackError } from '../../core/errors.ts';

/** `where`: what was computed; `why`: what went wrong. Both are ksqlDB's words as far as it has some. */
export function failure(where: string, why: string): StackError {
  return new StackError('MILLRACE_EXPRESSION_FAILED', where, { details: { why } });
}

/** Anything that was thrown, as the failure of what was computed. */
export function failureOf(where: string, thrown: unknown): StackError {
  return failure(where, whyOf(thrown));
}

export function isFailure(error: unknown): error is StackError {
  return error instanceof StackError && error.code === 'MILLRACE_EXPRESSION_FAILED';
}

/** What went wrong, without what was computed. */
export function whyOf(error: unknown): string {
  return isFailure(error) ? String(error.details['why'] ?? error.message) : messageOf(error);
}

export const nullOperand = 'java.lang.NullPointerException: an operand is null';
export const zeroDivisor = '/ by zero';

/** What ksqlDB says of a group that cannot be computed. */
export function groupFailure(index: number): string {
  return `Error calculating group-by column with index ${index}. The source row will be excluded from the table.`;
}

/** What ksqlDB says of a row that is in no group; nothing went wrong with it. */
export function nullGroup(index: number): StackError {
  return failure(
    `Group-by column with index ${index} resolved to null. The source row will be excluded from the table.`,
    '',
  );
}
