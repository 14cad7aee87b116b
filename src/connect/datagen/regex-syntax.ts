/**
 * Regular expressions as Java writes them, so far as a generator can follow: literals, `.`, classes with ranges and negation, `\d \w \s` and
 * their negations, groups, `|`, and `? * + {n} {n,} {n,m}`. `.` and negated classes stand for printable ASCII. `^` at the start and `$` at the
 * end say nothing here. What only a matcher can do (look-around, back references, `\b`) is refused.
 */
import { StackError } from '../../core/errors.ts';

/** Inclusive ranges of UTF-16 code units, ascending, disjoint. */
export type CharRanges = readonly (readonly [number, number])[];

export type RegexNode =
  | { readonly kind: 'chars'; readonly ranges: CharRanges }
  | { readonly kind: 'sequence'; readonly parts: readonly RegexNode[] }
  | { readonly kind: 'choice'; readonly branches: readonly RegexNode[] }
  /** `max` is Infinity for `*`, `+` and `{n,}`. */
  | { readonly kind: 'repeat'; readonly of: RegexNode; readonly min: number; readonly max: number };

const printable: CharRanges = [[0x20, 0x7e]];
const classes: Readonly<Record<string, CharRanges>> = {
  d: [[0x30, 0x39]],
  w: [
    [0x30, 0x39],
    [0x41, 0x5a],
    [0x5f, 0x5f],
    [0x61, 0x7a],
  ],
  s: [
    [0x09, 0x0a],
    [0x0c, 0x0d],
    [0x20, 0x20],
  ],
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, f: 12, r: 13, a: 7, e: 27 };
const repeatMax = 10_000;

/** Throws MILLRACE_CONFIG_INVALID, saying where, for what it cannot read. */
export function parseRegex(pattern: string): RegexNode {
  const parser = new Parser(pattern);
  const node = parser.choice();
  if (parser.at < pattern.length) throw parser.wrong('a ) without (');
  return node;
}

class Parser {
  private readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  wrong(why: string): StackError {
    return new StackError(
      'MILLRACE_CONFIG_INVALID',
      `The regex ${JSON.stringify(this.text)} cannot be generated from: ${why} at position ${this.at}.`,
    );
  }

  choice(): RegexNode {
    const branches = [this.sequence()];
    while (this.text[this.at] === '|') {
      this.at++;
      branches.push(this.sequence());
    }
    const [only] = branches;
    return branches.length === 1 && only !== undefined ? only : { kind: 'choice', branches };
  }

  private sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined || c === '|' || c === ')') return { kind: 'sequence', parts };
      if (c === '^' && parts.length === 0) this.at++;
      else if (c === '$' && (this.at + 1 === this.text.length || /[|)]/.test(this.text[this.at + 1] ?? ''))) this.at++;
      else parts.push(this.quantified(this.atom()));
    }
  }

  private quantified(of: RegexNode): RegexNode {
    let node = of;
    for (;;) {
      const c = this.text[this.at];
      if (c === '?') node = this.repeat(node, 0, 1);
      else if (c === '*') node = this.repeat(node, 0, Infinity);
      else if (c === '+') node = this.repeat(node, 1, Infinity);
      else if (c === '{') {
        const match = /^\{(\d+)(?:(,)(\d*))?\}/.exec(this.text.slice(this.at));
        if (match === null) throw this.wrong('a { that begins no {n}, {n,} or {n,m}');
        const min = Number(match[1]);
        const max = match[2] === undefined ? min : match[3] ? Number(match[3]) : Infinity;
        if (max < min || min > repeatMax || (max > repeatMax && max !== Infinity))
          throw this.wrong(`the repetition ${match[0]}`);
        this.at += match[0].length - 1;
        node = this.repeat(node, min, max);
      } else return node;
      // Possessive and reluctant forms generate the same.
      if (c !== '?' && (this.text[this.at] === '?' || this.text[this.at] === '+')) this.at++;
    }
  }

  private repeat(of: RegexNode, min: number, max: number): RegexNode {
    this.at++;
    return { kind: 'repeat', of, min, max };
  }

  private atom(): RegexNode {
    const c = this.text[this.at] ?? '';
    if (c === '(') return this.group();
    if (c === '[') return { kind: 'chars', ranges: this.charClass() };
    if (c === '.') {
      this.at++;
      return { kind: 'chars', ranges: printable };
    }
    if (c === '\\') return { kind: 'chars', ranges: this.escape() };
    if (c === '*' || c === '+' || c === '?') throw this.wrong(`a ${c} with nothing to repeat`);
    if (c === '^' || c === '$') throw this.wrong(`a ${c} in the middle`);
    this.at++;
    return literal(c.charCodeAt(0));
  }

  private group(): RegexNode {
    this.at++;
    const head = /^\?(?::|<[A-Za-z]\w*>)/.exec(this.text.slice(this.at));
    if (head !== null) this.at += head[0].length;
    else if (this.text[this.at] === '?') throw this.wrong('a group that only a matcher can follow');
    const node = this.choice();
    if (this.text[this.at] !== ')') throw this.wrong('a ( without )');
    this.at++;
    return node;
  }

  /** `\` and what follows it. */
  private escape(): CharRanges {
    this.at++;
    const c = this.text[this.at++];
    if (c === undefined) throw this.wrong('a \\ at the end');
    const known = classes[c.toLowerCase()];
    if (known !== undefined) return c === c.toLowerCase() ? known : complement(known);
    const control = controls[c];
    if (control !== undefined) return [[control, control]];
    const hex = c === 'x' ? /^[0-9A-Fa-f]{2}/ : c === 'u' ? /^[0-9A-Fa-f]{4}/ : undefined;
    if (hex !== undefined) {
      const digits = hex.exec(this.text.slice(this.at))?.[0];
      if (digits === undefined) throw this.wrong(`a \\${c} without its digits`);
      this.at += digits.length;
      const code = Number.parseInt(digits, 16);
      return [[code, code]];
    }
    if (/[A-Za-z0-9]/.test(c)) throw this.wrong(`\\${c}, which only a matcher can follow`);
    return [[c.charCodeAt(0), c.charCodeAt(0)]];
  }

  private charClass(): CharRanges {
    this.at++;
    const negated = this.text[this.at] === '^';
    if (negated) this.at++;
    const ranges: (readonly [number, number])[] = [];
    for (let first = true; this.text[this.at] !== ']' || first; first = false) {
      const c = this.text[this.at];
      if (c === undefined) throw this.wrong('a [ without ]');
      if (c === '[') {
        ranges.push(...this.charClass());
        continue;
      }
      if (c === '&' && this.text[this.at + 1] === '&') throw this.wrong('an intersection of classes');
      const low = this.classItem();
      if (
        low.length !== 1 ||
        low[0]?.[0] !== low[0]?.[1] ||
        this.text[this.at] !== '-' ||
        this.text[this.at + 1] === ']'
      ) {
        ranges.push(...low);
        continue;
      }
      this.at++;
      const high = this.classItem()[0];
      const from = low[0]?.[0] ?? 0;
      if (high === undefined || high[0] !== high[1] || high[0] < from) throw this.wrong('a range that runs backwards');
      ranges.push([from, high[0]]);
    }
    this.at++;
    const merged = merge(ranges);
    const result = negated ? complement(merged) : merged;
    if (result.length === 0) throw this.wrong('a class without characters');
    return result;
  }

  private classItem(): CharRanges {
    const c = this.text[this.at] ?? '';
    if (c === '\\') return this.escape();
    this.at++;
    return [[c.charCodeAt(0), c.charCodeAt(0)]];
  }
}

function literal(code: number): RegexNode {
  return { kind: 'chars', ranges: [[code, code]] };
}

function merge(ranges: readonly (readonly [number, number])[]): CharRanges {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** What of printable ASCII is not in the ranges. */
function complement(ranges: CharRanges): CharRanges {
  const out: [number, number][] = [];
  for (const [low, high] of printable) {
    let from = low;
    for (const [a, b] of ranges) {
      if (b < from) continue;
      if (a > high) break;
      if (a > from) out.push([from, a - 1]);
      from = b + 1;
    }
    if (from <= high) out.push([from, high]);
  }
  return out;
}
