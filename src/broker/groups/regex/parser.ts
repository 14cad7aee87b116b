/**
 * Parses RE2's language as RE2/J does with Perl's extensions: that is what consumers subscribe with (KIP-848). What RE2 refuses, as
 * it could not be matched in linear time (back references, look-around), is refused here in the same words.
 */
import { foldCase, perlClass, posixClass, unicodeClass } from './char-classes.ts';
import { RegexSyntaxError } from './nodes.ts';
import type { CharTest, RegexNode } from './nodes.ts';

const repeatMax = 1000;
/** Deeper than anybody nests; keeps the stack of calls short. */
const depthMax = 200;

/** Throws {@link RegexSyntaxError}. */
export function parseRegex(pattern: string): RegexNode {
  return new Parser(pattern).parse();
}

class Parser {
  private readonly chars: readonly string[];
  private at = 0;
  private ignoreCase = false;
  private depth = 0;
  private readonly names = new Set<string>();
  /** Where the last `:]` begins. */
  private readonly lastNameEnd: number;

  constructor(pattern: string) {
    this.chars = Array.from(pattern);
    this.lastNameEnd = this.chars.findLastIndex((char, i) => char === ':' && this.chars[i + 1] === ']');
  }

  parse(): RegexNode {
    const node = this.alternatives();
    // RE2/J's answer to a parenthesis that closes nothing.
    if (this.at < this.chars.length) throw new RegexSyntaxError('regexp/syntax: internal error');
    return node;
  }

  private peek(ahead = 0): string | undefined {
    return this.chars[this.at + ahead];
  }

  private lookingAt(text: string): boolean {
    return [...text].every((char, i) => this.peek(i) === char);
  }

  /** Up to the end or to a parenthesis that closes. */
  private alternatives(): RegexNode {
    const nodes: RegexNode[] = [this.sequence()];
    while (this.peek() === '|') {
      this.at++;
      nodes.push(this.sequence());
    }
    return nodes.length === 1 && nodes[0] !== undefined ? nodes[0] : { type: 'alternate', nodes };
  }

  private sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    let afterRepeat = false;
    for (let char = this.peek(); char !== undefined && char !== '|' && char !== ')'; char = this.peek()) {
      const bounds = this.repetition();
      if (bounds !== undefined) {
        if (afterRepeat) throw new RegexSyntaxError('invalid nested repetition operator');
        const node = nodes.pop();
        if (node === undefined) throw new RegexSyntaxError('missing argument to repetition operator');
        nodes.push({ type: 'repeat', node, ...bounds });
      } else this.atom(char, nodes);
      afterRepeat = bounds !== undefined;
    }
    return { type: 'concat', nodes };
  }

  /** `*`, `+`, `?` or `{…}` with the `?` of the shy ones behind it; undefined when there is none. */
  private repetition(): { readonly min: number; readonly max: number } | undefined {
    const char = this.peek();
    let bounds: { readonly min: number; readonly max: number } | undefined;
    if (char === '*' || char === '+' || char === '?') {
      this.at++;
      bounds = { min: char === '+' ? 1 : 0, max: char === '?' ? 1 : Infinity };
    } else if (char === '{') bounds = this.counted();
    if (bounds !== undefined && this.peek() === '?') this.at++;
    return bounds;
  }

  /** `{2}`, `{2,}`, `{2,3}`; braces around anything else are characters. */
  private counted(): { readonly min: number; readonly max: number } | undefined {
    const match = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.chars.slice(this.at, this.at + 24).join(''));
    if (match === null) return undefined;
    const min = Number(match[1]);
    const max = match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3]);
    if (min > repeatMax || (max > repeatMax && max !== Infinity) || min > max)
      throw new RegexSyntaxError('invalid repeat count');
    this.at += match[0].length;
    return { min, max };
  }

  private atom(char: string, nodes: RegexNode[]): void {
    this.at++;
    switch (char) {
      case '(':
        return this.group(nodes);
      case '[':
        return void nodes.push({ type: 'char', test: this.bracket() });
      case '.':
        return void nodes.push({ type: 'char', test: () => true });
      case '^':
        return void nodes.push({ type: 'begin' });
      case '$':
        return void nodes.push({ type: 'end' });
      case '\\':
        return this.escaped(nodes);
      default:
        nodes.push(this.literal(char));
    }
  }

  private literal(char: string): RegexNode {
    const code = char.codePointAt(0);
    return { type: 'char', test: this.folded((other) => other === code) };
  }

  private folded(test: CharTest): CharTest {
    return this.ignoreCase ? foldCase(test) : test;
  }

  private group(nodes: RegexNode[]): void {
    const { ignoreCase } = this;
    if (this.peek() === '?' && !this.named() && this.flags() === ')') return;
    if (++this.depth > depthMax) throw new RegexSyntaxError('expression nests too deeply');
    const node = this.alternatives();
    if (this.peek() !== ')') throw new RegexSyntaxError('missing closing )');
    this.at++;
    this.depth--;
    this.ignoreCase = ignoreCase;
    nodes.push(node);
  }

  /** `(?P<name>` and `(?<name>`. */
  private named(): boolean {
    const prefix = ['?P<', '?<'].find((text) => this.lookingAt(text));
    if (prefix === undefined) return false;
    const begin = this.at + prefix.length;
    const end = this.chars.indexOf('>', begin);
    const name = this.chars.slice(begin, end).join('');
    if (end === -1 || !/^[0-9A-Za-z_]+$/.test(name)) throw new RegexSyntaxError('invalid named capture');
    if (this.names.has(name)) throw new RegexSyntaxError('duplicate capture group name');
    this.names.add(name);
    this.at = end + 1;
    return true;
  }

  /** `(?i-s:` and `(?i)`: sets the flags and returns what ended them. `m`, `s` and `U` change nothing for whole names. */
  private flags(): ':' | ')' {
    const match = /^\?([imsU]*)(-([imsU]+))?([:)])/.exec(this.chars.slice(this.at, this.at + 32).join(''));
    if (match === null) throw new RegexSyntaxError('invalid or unsupported Perl syntax');
    if (match[1]?.includes('i')) this.ignoreCase = true;
    if (match[3]?.includes('i')) this.ignoreCase = false;
    this.at += match[0].length;
    return match[4] === ':' ? ':' : ')';
  }

  // ---- escapes and classes; the backslash or bracket is behind us

  private escaped(nodes: RegexNode[]): void {
    const char = this.peek();
    if (char === 'A' || char === 'z' || char === 'b' || char === 'B') {
      const types = { A: 'begin', z: 'end', b: 'wordBoundary', B: 'noWordBoundary' } as const;
      this.at++;
      return void nodes.push({ type: types[char] });
    }
    if (char === 'Q') return this.quoted(nodes);
    const test = this.classEscape();
    if (test !== undefined) return void nodes.push({ type: 'char', test });
    nodes.push(this.literal(String.fromCodePoint(this.charEscape())));
  }

  /** `\Q…\E`: everything stands for itself. */
  private quoted(nodes: RegexNode[]): void {
    this.at++;
    while (this.at < this.chars.length && !this.lookingAt('\\E')) nodes.push(this.literal(this.chars[this.at++] ?? ''));
    if (this.lookingAt('\\E')) this.at += 2;
  }

  /** `\d`, `\pL`, `\P{Greek}` and their like. */
  private classEscape(): CharTest | undefined {
    const letter = this.peek();
    if (letter === undefined) return undefined;
    if (letter === 'p' || letter === 'P') return this.unicode(letter === 'P');
    const test = perlClass(letter);
    if (test === undefined) return undefined;
    this.at++;
    return this.folded(test);
  }

  private unicode(negative: boolean): CharTest {
    this.at++;
    let name = this.peek() ?? '';
    this.at++;
    if (name === '{') {
      const end = this.chars.indexOf('}', this.at);
      name = end === -1 ? '' : this.chars.slice(this.at, end).join('');
      this.at = end + 1;
    }
    const caret = name.startsWith('^');
    const found = unicodeClass(caret ? name.slice(1) : name);
    if (found === undefined) throw new RegexSyntaxError('invalid character class range');
    const test = this.folded(found);
    return negative === caret ? test : (char) => !test(char);
  }

  /** A character behind a backslash, as its code point. */
  private charEscape(): number {
    const char = this.peek();
    if (char === undefined) throw new RegexSyntaxError('trailing backslash at end of expression');
    const rest = this.chars.slice(this.at, this.at + 12).join('');
    const octal = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest)?.[0];
    const hex = /^x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]+)\})/.exec(rest);
    const controls: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };
    const control = controls[char];
    if (octal !== undefined) {
      this.at += octal.length;
      return Number.parseInt(octal, 8);
    }
    if (hex !== null) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
      if (code > 0x10ffff) throw new RegexSyntaxError('invalid escape sequence');
      this.at += hex[0].length;
      return code;
    }
    this.at++;
    if (control !== undefined) return control;
    if (/^[0-9A-Za-z]$/.test(char)) throw new RegexSyntaxError('invalid escape sequence');
    return char.codePointAt(0) ?? 0;
  }

  /** `[…]`. */
  private bracket(): CharTest {
    const negative = this.peek() === '^';
    if (negative) this.at++;
    const tests: CharTest[] = [];
    for (let first = true; first || this.peek() !== ']'; first = false) tests.push(this.bracketItem());
    this.at++;
    return (char) => tests.some((test) => test(char)) !== negative;
  }

  private bracketItem(): CharTest {
    if (this.lookingAt('[:') && this.lastNameEnd >= this.at + 2) {
      const rest = this.chars.slice(this.at + 2);
      const name = rest
        .slice(
          0,
          rest.findIndex((char, i) => char === ':' && rest[i + 1] === ']'),
        )
        .join('');
      const test = posixClass(name);
      if (test === undefined) throw new RegexSyntaxError('invalid character class range');
      this.at += name.length + 4;
      return this.folded(test);
    }
    if (this.peek() === '\\') {
      this.at++;
      const test = this.classEscape();
      if (test !== undefined) return test;
      this.at--;
    }
    const from = this.bracketChar();
    let to = from;
    if (this.peek() === '-' && this.peek(1) !== ']') {
      this.at++;
      to = this.bracketChar();
      if (to < from) throw new RegexSyntaxError('invalid character class range');
    }
    return this.folded((char) => char >= from && char <= to);
  }

  private bracketChar(): number {
    const char = this.peek();
    if (char === undefined) throw new RegexSyntaxError('missing closing ]');
    this.at++;
    return char === '\\' ? this.charEscape() : (char.codePointAt(0) ?? 0);
  }
}
