/** The one error of the parsers: a text that the grammar does not allow, with its place. */
import { StackError } from '../../core/errors.ts';
import type { Span } from './lexer.ts';

export class SqlSyntaxError extends StackError {
  readonly line: number;
  readonly column: number;
  readonly span: Span;
  /** The message without its place. */
  readonly reason: string;

  /** `message` where the real system's text does not begin with the place. */
  constructor(reason: string, span: Span, message: string = `line ${span.line}:${span.column}: ${reason}`) {
    super('MILLRACE_SQL_SYNTAX', message, {
      details: { line: span.line, column: span.column },
    });
    this.line = span.line;
    this.column = span.column;
    this.span = span;
    this.reason = reason;
  }
}
