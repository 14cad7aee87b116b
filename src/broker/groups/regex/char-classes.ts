/** Classes of characters by their names: Perl's (`\d`), POSIX' (`[:alpha:]`) and Unicode's (`\p{Lu}`), as RE2/J has them. */
import { isWordChar } from './nodes.ts';
import type { CharTest } from './nodes.ts';

type Ranges = readonly (readonly [from: number, to: number])[];

const of = (text: string): number => text.codePointAt(0) ?? 0;
const range = (from: string, to: string): readonly [number, number] => [of(from), of(to)];
const one = (text: string): readonly [number, number] => range(text, text);
const digit: Ranges = [range('0', '9')];
const lower: Ranges = [range('a', 'z')];
const upper: Ranges = [range('A', 'Z')];
/** RE2 leaves the vertical tab out of `\s`. */
const perlSpace: Ranges = [range('\t', '\n'), range('\f', '\r'), one(' ')];

const posix: Readonly<Record<string, Ranges>> = {
  alnum: [...digit, ...upper, ...lower],
  alpha: [...upper, ...lower],
  ascii: [range('\0', '\x7f')],
  blank: [one('\t'), one(' ')],
  cntrl: [range('\0', '\x1f'), one('\x7f')],
  digit,
  graph: [range('!', '~')],
  lower,
  print: [range(' ', '~')],
  punct: [range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~')],
  space: [range('\t', '\r'), one(' ')],
  upper,
  word: [...digit, ...upper, one('_'), ...lower],
  xdigit: [...digit, range('A', 'F'), range('a', 'f')],
};

function inRanges(ranges: Ranges): CharTest {
  return (char) => ranges.some(([from, to]) => char >= from && char <= to);
}

const not =
  (test: CharTest): CharTest =>
  (char) =>
    !test(char);

/** Of `\d`, `\S` and their like; undefined when the letter names none. */
export function perlClass(letter: string): CharTest | undefined {
  const tests: Readonly<Record<string, CharTest>> = { d: inRanges(digit), s: inRanges(perlSpace), w: isWordChar };
  const test = tests[letter.toLowerCase()];
  return test === undefined || letter === letter.toLowerCase() ? test : not(test);
}

/** Of `[:alpha:]` and `[:^alpha:]`, by what is between the colons. */
export function posixClass(name: string): CharTest | undefined {
  const negated = name.startsWith('^');
  const ranges = posix[negated ? name.slice(1) : name];
  if (ranges === undefined) return undefined;
  return negated ? not(inRanges(ranges)) : inRanges(ranges);
}

/** A general category (`L`, `Lu`), a script (`Greek`), or `Any`. */
export function unicodeClass(name: string): CharTest | undefined {
  if (name === 'Any') return () => true;
  if (!/^[A-Za-z_]+$/.test(name)) return undefined;
  for (const property of [`General_Category=${name}`, `Script=${name}`]) {
    try {
      const pattern = new RegExp(`^\\p{${property}}$`, 'u');
      // Long names of categories (`Letter`) are JavaScript's, not RE2's.
      if (property.startsWith('G') && name.length > 2) continue;
      return (char) => pattern.test(String.fromCodePoint(char));
    } catch {
      // not a property of this kind
    }
  }
  return undefined;
}

/** The class without regard to case. */
export function foldCase(test: CharTest): CharTest {
  return (char) => {
    if (test(char)) return true;
    const text = String.fromCodePoint(char);
    return [text.toLowerCase(), text.toUpperCase()].some((other) => other.length === text.length && test(of(other)));
  };
}
