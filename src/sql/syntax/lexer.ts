/**
 * SQL text to tokens, each with its place. Words stay words here: which of them are keywords is the dialect's and the
 * parser's affair, so that a name may look like a keyword wherever the grammar leaves no doubt. Every text has tokens: what
 * begins no token or does not end is a token too, which no grammar takes, so that an editor can colour half-written text.
 */
/** Where something stands in the text. Lines and columns count from 1; `end` is behind the last character. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

export type TokenKind =
  | 'word'
  | 'quoted'
  | 'string'
  | 'integer'
  | 'decimal'
  | 'double'
  | 'digit-word'
  | 'symbol'
  | 'variable'
  | 'comment'
  /** A string, name or comment that does not end; `value` says so. */
  | 'unfinished'
  /** A character that begins no token. */
  | 'unknown'
  | 'end';

export interface Token extends Span {
  readonly kind: TokenKind;
  /** As it is written. */
  readonly text: string;
  /** Words in upper case; the content of strings and quoted names; otherwise the text. */
  readonly value: string;
}

const symbols = ['->', ':=', '=>', '<>', '!=', '<=', '>=', '||'];

const wordPattern = /[A-Za-z_][A-Za-z0-9_@]*/y;
const numberPattern = /(?:\d+\.\d*|\.\d+|\d+)([eE][+-]?\d+)?/y;
const digitWordPattern = /\d[A-Za-z0-9_@]+/y;
const variablePattern = /\$\{[A-Za-z_][A-Za-z0-9_@]*\}/y;

/** The tokens of a text, closed by one of kind `end`; comments only when they are asked for. */
export function tokenize(text: string, options: { readonly comments?: boolean } = {}): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let line = 1;
  let lineStart = 0;
  const place = (start: number, end: number): Span => ({ start, end, line, column: start - lineStart + 1 });
  const newlines = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      if (text.charCodeAt(i) !== 10) continue;
      line++;
      lineStart = i + 1;
    }
  };
  const push = (kind: TokenKind, end: number, value?: string): void => {
    const written = text.slice(at, end);
    tokens.push({ kind, text: written, value: value ?? written, ...place(at, end) });
    newlines(at, end);
    at = end;
  };
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  /** A text in `quote`s that are doubled inside. */
  const quoted = (kind: TokenKind, quote: string, what: string): void => {
    for (let from = at + 1; ; from += 2) {
      from = text.indexOf(quote, from);
      if (from < 0)
        return push('unfinished', text.length, `The ${what} that begins here does not end: ${excerpt(text, at)}`);
      if (text[from + 1] !== quote)
        return push(kind, from + 1, text.slice(at + 1, from).replaceAll(quote + quote, quote));
    }
  };
  const comment = (end: number): void => {
    if (options.comments === true) return push('comment', end);
    newlines(at, end);
    at = end;
  };
  while (at < text.length) {
    const c = text[at] as string;
    if (c === ' ' || c === '\t' || c === '\r' || c === '\n') {
      newlines(at, at + 1);
      at++;
    } else if (c === '-' && text[at + 1] === '-') {
      const end = text.indexOf('\n', at);
      comment(end < 0 ? text.length : end);
    } else if (c === '/' && text[at + 1] === '*') {
      const end = text.indexOf('*/', at + 2);
      if (end >= 0) comment(end + 2);
      else push('unfinished', text.length, `The comment that begins here does not end: ${excerpt(text, at)}`);
    } else if (c === "'") {
      quoted('string', "'", 'string');
    } else if (c === '`' || c === '"') {
      quoted('quoted', c, 'quoted name');
    } else if (/[A-Za-z_]/.test(c)) {
      const word = match(wordPattern) as string;
      push('word', at + word.length, word.toUpperCase());
    } else if (/\d/.test(c) || (c === '.' && /\d/.test(text[at + 1] ?? ''))) {
      const number = match(numberPattern) as string;
      const word = match(digitWordPattern) ?? '';
      if (word.length > number.length) push('digit-word', at + word.length, word.toUpperCase());
      else push(/[eE]/.test(number) ? 'double' : number.includes('.') ? 'decimal' : 'integer', at + number.length);
    } else if (c === '$' && match(variablePattern) !== undefined) {
      push('variable', at + (match(variablePattern) as string).length);
    } else {
      const two = text.slice(at, at + 2);
      if (symbols.includes(two)) push('symbol', at + 2);
      else if ('=<>+-*/%,.;()[]{}:'.includes(c)) push('symbol', at + 1);
      else push('unknown', at + ((text.codePointAt(at) as number) > 0xffff ? 2 : 1));
    }
  }
  push('end', text.length, '<EOF>');
  return tokens;
}

function excerpt(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  const line = text.slice(at, end < 0 ? undefined : end);
  return line.length > 40 ? `${line.slice(0, 40)}…` : line;
}
