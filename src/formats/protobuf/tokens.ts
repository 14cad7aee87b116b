/** The words of a .proto file with their places. */
import { StackError } from '../../core/errors.ts';

interface Token {
  readonly text: string;
  /** Of a string: what it means. */
  readonly value?: string;
  readonly at: number;
}

const pattern =
  /\s+|\/\/[^\n]*|\/\*[^]*?\*\/|("(?:\\[^]|[^"\\\n])*"|'(?:\\[^]|[^'\\\n])*')|([A-Za-z_][\w]*(?:\.[A-Za-z_]\w*)*|\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*|[+-]?\.?\d(?:[\w.]|[eE][+-])*|-[A-Za-z_]\w*|[^\s\w])/gy;

export class ProtoTokens {
  private readonly text: string;
  private readonly tokens: Token[] = [];
  private position = 0;

  constructor(text: string) {
    this.text = text;
    pattern.lastIndex = 0;
    while (pattern.lastIndex < text.length) {
      const at = pattern.lastIndex;
      const match = pattern.exec(text);
      if (match === null) throw this.error(`unexpected character ${JSON.stringify(text[at])}`, at);
      const [, string, word] = match;
      if (string !== undefined) this.tokens.push({ text: string, value: unescaped(string.slice(1, -1)), at });
      else if (word !== undefined) this.tokens.push({ text: word, at });
    }
  }

  get ended(): boolean {
    return this.position >= this.tokens.length;
  }

  get isString(): boolean {
    return this.tokens[this.position]?.value !== undefined;
  }

  peek(): string {
    return this.tokens[this.position]?.text ?? '';
  }

  next(): string {
    const token = this.tokens[this.position];
    if (token === undefined) throw this.error('unexpected end of file', this.text.length);
    this.position++;
    return token.text;
  }

  take(text: string): boolean {
    if (this.peek() !== text) return false;
    this.position++;
    return true;
  }

  expect(text: string): void {
    const found = this.next();
    if (found !== text) throw this.unexpected(found, `expected '${text}'`);
  }

  name(): string {
    const word = this.next();
    if (!/^[A-Za-z_]/.test(word)) throw this.unexpected(word, 'expected a name');
    return word;
  }

  typeName(): string {
    const word = this.next();
    if (!/^\.?[A-Za-z_]/.test(word)) throw this.unexpected(word, 'expected a name');
    return word;
  }

  /** A number, or a word. */
  word(): string {
    const word = this.next();
    if (!/^[\w.+-]/.test(word)) throw this.unexpected(word, 'expected a value');
    return word === '-' || word === '+' ? word + this.word() : word;
  }

  integer(): number {
    const word = this.word();
    const value = Number(/^[+-]?0[0-7]+$/.test(word) ? Number.parseInt(word, 8) : word.replace(/^-(0[xX].*)$/, '$1'));
    if (!Number.isSafeInteger(value)) throw this.unexpected(word, 'expected an integer');
    return /^-0[xX]/.test(word) ? -value : value;
  }

  string(): string {
    const token = this.tokens[this.position];
    if (token?.value === undefined) throw this.unexpected(this.next(), 'expected a string');
    this.position++;
    return token.value;
  }

  /**
   * The word that a declaration inside of a message begins with, taken if it is a keyword there: all of them are names too
   * (`option = 1`, `message.Type field = 1`).
   */
  declaration(): string | undefined {
    const word = this.peek();
    const after = this.tokens[this.position + 1];
    const beyond = this.tokens[this.position + 2]?.text;
    const name = after !== undefined && /^[A-Za-z_]/.test(after.text);
    const is =
      ((word === 'message' || word === 'enum' || word === 'oneof' || word === 'extend') && beyond === '{') ||
      (word === 'extend' && after?.text.startsWith('.') === true) ||
      (word === 'option' && (after?.text === '(' || name)) ||
      ((word === 'reserved' || word === 'extensions') &&
        after !== undefined &&
        (after.value !== undefined || /^-?\d/.test(after.text) || (name && (beyond === ',' || beyond === ';'))));
    if (!is) return undefined;
    this.position++;
    return word;
  }

  unexpected(word: string, why = ''): StackError {
    const at = this.tokens[Math.max(this.position - 1, 0)]?.at ?? this.text.length;
    return this.error(`unexpected '${word}'${why === '' ? '' : `: ${why}`}`, at);
  }

  private error(why: string, at: number): StackError {
    const before = this.text.slice(0, at).split('\n');
    const line = before.length;
    const column = (before.at(-1) ?? '').length + 1;
    return new StackError('MILLRACE_SCHEMA_INVALID', `Syntax error in :${line}:${column}: ${why}`, {
      details: { line, column },
    });
  }
}

const simple: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function unescaped(text: string): string {
  return text.replace(
    /\\(?:[xX]([0-9a-fA-F]{1,2})|([0-7]{1,3})|u([0-9a-fA-F]{4})|([^]))/g,
    (_, hex?: string, octal?: string, unicode?: string, other?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      if (unicode !== undefined) return String.fromCharCode(Number.parseInt(unicode, 16));
      return simple[other ?? ''] ?? other ?? '';
    },
  );
}
