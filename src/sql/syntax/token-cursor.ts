/**
 * Walks over the tokens of a text for a recursive-descent parser, and remembers what the parser asked for at the present
 * token: that is what was expected when nothing fits.
 */
import { tokenize } from './lexer.ts';
import type { Span, Token, TokenKind } from './lexer.ts';
import { SqlSyntaxError } from './syntax-error.ts';

/** The questions that the shared parsers ask of a dialect. */
export interface SyntaxDialect {
  /** True when the word (upper case) cannot be a name without quotes. */
  isReserved(word: string): boolean;
  /** A word without quotes as the name that it means. */
  foldName(word: string): string;
  /** The unit of time that a word (upper case) names in its one spelling, e.g. `DAYS` for `DAY`. */
  unitOf(word: string): string | undefined;
  /** The dialect's words for a failure, without the place. */
  describe(failure: SyntaxFailure): string;
}

export interface SyntaxFailure {
  readonly token: Token;
  /**
   * - `no-viable`: several forms were possible up to here and none goes on like this
   * - `mismatch`: one form was left and wants something else
   * - `missing`: the one thing expected was left out
   * - `unwanted`: the token stands before what was expected
   */
  readonly kind: 'no-viable' | 'mismatch' | 'missing' | 'unwanted';
  /** Keywords and symbols in quotes, otherwise kinds: `identifier`, `expression`, `STRING` … */
  readonly expected: readonly string[];
}

/** Levels of brackets that a statement may have; deeper ones would exhaust the stack of what comes after the parser. */
const depthMax = 400;

export class TokenCursor {
  readonly dialect: SyntaxDialect;
  /** Several forms are still possible: a failure is `no-viable`. The parser sets it. */
  undecided = false;
  readonly #tokens: readonly Token[];
  readonly #expected = new Set<string>();
  #at = 0;
  #depth = 0;

  constructor(text: string, dialect: SyntaxDialect) {
    this.#tokens = tokenize(text);
    this.dialect = dialect;
  }

  get token(): Token {
    return this.peek(0);
  }

  /** The token behind the last one taken begins where `previous` ends. */
  get previous(): Token {
    return this.#tokens[Math.max(this.#at - 1, 0)] as Token;
  }

  peek(ahead: number): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  advance(): Token {
    const token = this.token;
    if (this.#at < this.#tokens.length - 1) this.#at++;
    this.#expected.clear();
    return token;
  }

  /** From the first character of `start` to the last one taken. */
  spanFrom(start: Span): Span {
    return {
      start: start.start,
      end: Math.max(this.previous.end, start.start),
      line: start.line,
      column: start.column,
    };
  }

  isWord(...words: readonly string[]): boolean {
    for (const word of words) this.#expected.add(`'${word}'`);
    return this.token.kind === 'word' && words.includes(this.token.value);
  }

  isSymbol(...symbols: readonly string[]): boolean {
    for (const symbol of symbols) this.#expected.add(`'${symbol}'`);
    return this.token.kind === 'symbol' && symbols.includes(this.token.value);
  }

  isKind(kind: TokenKind, name: string): boolean {
    this.#expected.add(name);
    return this.token.kind === kind;
  }

  /** Notes that something could stand here, for the message if nothing fits. */
  couldBe(what: string): void {
    this.#expected.add(what);
  }

  /** True when the words stand here one after the other; not noted as expected. */
  looksAt(...words: readonly string[]): boolean {
    return words.every((word, i) => this.peek(i).kind === 'word' && this.peek(i).value === word);
  }

  looksAtSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === 'symbol' && token.value === symbol;
  }

  takeWord(...words: readonly string[]): Token | undefined {
    return this.isWord(...words) ? this.advance() : undefined;
  }

  takeSymbol(...symbols: readonly string[]): Token | undefined {
    return this.isSymbol(...symbols) ? this.advance() : undefined;
  }

  /** The words one after the other, or a failure. */
  expectWords(...words: readonly string[]): Token {
    let last = this.token;
    for (const word of words)
      last = this.takeWord(word) ?? this.fail((token) => token.kind === 'word' && token.value === word);
    return last;
  }

  expectSymbol(symbol: string): Token {
    return this.takeSymbol(symbol) ?? this.fail((token) => token.kind === 'symbol' && token.value === symbol);
  }

  expectKind(kind: TokenKind, name: string): Token {
    return this.isKind(kind, name) ? this.advance() : this.fail((token) => token.kind === kind);
  }

  isName(): boolean {
    this.#expected.add('identifier');
    return this.isNameToken(this.token);
  }

  isNameToken(token: Token): boolean {
    switch (token.kind) {
      case 'word':
        return !this.dialect.isReserved(token.value);
      case 'quoted':
      case 'digit-word':
      case 'variable':
        return true;
      default:
        return false;
    }
  }

  /** A name's token, or a failure. */
  expectName(): Token {
    return this.isName() ? this.advance() : this.fail((token) => this.isNameToken(token));
  }

  /** What a name's token means. */
  nameOf(token: Token): string {
    return token.kind === 'quoted' || token.kind === 'variable' ? token.value : this.dialect.foldName(token.text);
  }

  /** One or more, with commas between. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeSymbol(',') !== undefined) items.push(item());
    return items;
  }

  /** One level of brackets deeper. */
  nested<T>(body: () => T): T {
    if (++this.#depth > depthMax) {
      const reason =
        'Error processing statement: Statement is too large to parse. This may be caused by having too many nested expressions in the statement.';
      throw new SqlSyntaxError(reason, this.token, reason);
    }
    const result = body();
    this.#depth--;
    return result;
  }

  /**
   * What stands here does not fit.
   * @param wanted whether a token is the one thing that was expected, when it was one
   */
  fail(wanted?: (token: Token) => boolean): never {
    const { token } = this;
    let kind: SyntaxFailure['kind'] = this.undecided ? 'no-viable' : 'mismatch';
    if (kind === 'mismatch' && wanted?.(this.peek(1)) === true) kind = 'unwanted';
    else if (
      kind === 'mismatch' &&
      this.#expected.has("')'") &&
      (this.looksAtSymbol(',') || this.looksAtSymbol(';')) &&
      wanted !== undefined
    ) {
      kind = 'missing';
    }
    const failure: SyntaxFailure = { token, kind, expected: [...this.#expected] };
    throw new SqlSyntaxError(this.dialect.describe(failure), token);
  }
}
