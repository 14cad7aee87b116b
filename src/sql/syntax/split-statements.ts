/** Text to statements without knowing their grammar: for command lines and editors, where the last one may be half-written. */
import { tokenize } from './lexer.ts';
import type { Span, Token } from './lexer.ts';

export interface StatementText {
  /** From the first token to the semicolon; comments before it are left out. */
  readonly text: string;
  readonly span: Span;
  /** It has its semicolon. Otherwise it is the last one and may go on. */
  readonly complete: boolean;
}

/** Semicolons inside of strings, quoted names and comments separate nothing. Comments alone are no statement. */
export function splitStatements(text: string): StatementText[] {
  const statements: StatementText[] = [];
  let first: Token | undefined;
  let last: Token | undefined;
  const close = (complete: boolean): void => {
    if (first !== undefined && last !== undefined) {
      const span: Span = { start: first.start, end: last.end, line: first.line, column: first.column };
      statements.push({ text: text.slice(span.start, span.end), span, complete });
    }
    first = last = undefined;
  };
  for (const token of tokenize(text)) {
    if (token.kind === 'end') break;
    first ??= token;
    last = token;
    if (token.kind === 'symbol' && token.value === ';') close(true);
  }
  close(false);
  return statements;
}
