/** Functions with regular expressions in Java's syntax, which is JavaScript's but for possessive parts and some classes. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

const of = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('REGULAR EXPRESSION', name, description, ...overloads);

export const regularExpressionFunctions: readonly ScalarFunction[] = [
  of(
    'regexp_extract',
    'The first match of a pattern, or of one of its groups.',
    overload('(pattern: STRING, input: STRING) STRING', {
      call: (pattern: string, text: string) => extract(pattern, text, 0),
    }),
    overload('(pattern: STRING, input: STRING, group: INTEGER) STRING', { call: extract }),
  ),
  of(
    'regexp_extract_all',
    'All matches of a pattern, or of one of its groups.',
    overload('(pattern: STRING, input: STRING) ARRAY<STRING>', {
      call: (pattern: string, text: string) => extractAll(pattern, text, 0),
    }),
    overload('(pattern: STRING, input: STRING, group: INTEGER) ARRAY<STRING>', { call: extractAll }),
  ),
  of(
    'regexp_replace',
    'The text with each match of a pattern replaced.',
    overload('(str: STRING, regexp: STRING, newStr: STRING) STRING', {
      neverNull: true,
      call: (text: string, pattern: string, next: string) => {
        const expression = javaPattern(pattern);
        const parts = replacementParts(next, groups(expression));
        return text.replace(expression, (...match: unknown[]) => parts.map((part) => partText(part, match)).join(''));
      },
    }),
  ),
  of(
    'regexp_split_to_array',
    'The parts between the matches of a pattern.',
    overload('(string: STRING, regexp: STRING) ARRAY<STRING>', { neverNull: true, call: splitBy }),
  ),
];

const patterns = new Map<string, RegExp>();

/** A Java pattern as a RegExp that finds all matches. */
function javaPattern(pattern: string): RegExp {
  let found = patterns.get(pattern);
  if (found === undefined) {
    let flags = 'g';
    let source = pattern;
    const inline = /^\(\?([imsux]+)\)/.exec(source);
    if (inline !== null) {
      flags += [...(inline[1] ?? '')].filter((flag) => 'ims'.includes(flag)).join('');
      source = source.slice(inline[0].length);
    }
    source = source
      .replace(/\\p\{(Alpha|Lower|Upper|Digit|Alnum|Punct|Space|XDigit)\}/g, (_, name: string) => classes[name] ?? '')
      .replace(/\\A/g, '^')
      .replace(/\\[zZ]/g, '$')
      .replace(/\\Q([^]*?)(?:\\E|$)/g, (_, text: string) => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'))
      .replace(/([*+?}])\+/g, '$1');
    found = compiled(source, flags);
    if (patterns.size > 1000) patterns.clear();
    patterns.set(pattern, found);
  }
  found.lastIndex = 0;
  return found;
}

/** By code points, as Java does it, where the syntax of the two allows it. */
function compiled(source: string, flags: string): RegExp {
  const sparing = source.replace(/\\([^])/g, (escape, character: string) =>
    /[A-Za-z0-9^$\\.*+?()[\]{}|/-]/.test(character) ? escape : character,
  );
  try {
    return new RegExp(sparing, `${flags}u`);
  } catch {
    return new RegExp(source, flags);
  }
}

const classes: Readonly<Record<string, string>> = {
  Alpha: '[A-Za-z]',
  Lower: '[a-z]',
  Upper: '[A-Z]',
  Digit: '[0-9]',
  Alnum: '[A-Za-z0-9]',
  Punct: '[!-/:-@[-`{-~]',
  Space: '[ \\t\\n\\x0B\\f\\r]',
  XDigit: '[0-9a-fA-F]',
};

/** Text, the number of a group, or its name. */
type ReplacementPart = string | number | { readonly name: string };

/** A replacement as Java reads it: `$12` is as many digits as there are groups for, a backslash takes the next character as it is. */
function replacementParts(text: string, count: number): ReplacementPart[] {
  const parts: ReplacementPart[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === '\\') {
      const next = text[++i];
      if (next === undefined) throw new RangeError('character to be escaped is missing');
      parts.push(next);
    } else if (character !== '$') parts.push(character);
    else {
      const name = /^\{([a-zA-Z][a-zA-Z0-9]*)\}/.exec(text.slice(i + 1));
      if (name !== null) {
        parts.push({ name: name[1] as string });
        i += name[0].length;
        continue;
      }
      const [digits] = /^\d+/.exec(text.slice(i + 1)) ?? [];
      if (digits === undefined) throw new RangeError('Illegal group reference');
      let length = 1;
      while (length < digits.length && Number(digits.slice(0, length + 1)) <= count) length++;
      const group = Number(digits.slice(0, length));
      if (group > count) throw new RangeError(`No group ${group}`);
      parts.push(group);
      i += length;
    }
  }
  return parts;
}

/** `match`: what `replace` gives its function. */
function partText(part: ReplacementPart, match: readonly unknown[]): string {
  if (typeof part === 'string') return part;
  if (typeof part === 'number') return (match[part] as string | undefined) ?? '';
  const named = match.at(-1) as Readonly<Record<string, string | undefined>> | string;
  if (typeof named === 'string' || !(part.name in named)) throw new RangeError(`No group with name {${part.name}}`);
  return named[part.name] ?? '';
}

function groups(expression: RegExp): number {
  return (new RegExp(`${expression.source}|`).exec('')?.length ?? 1) - 1;
}

function extract(pattern: string, text: string, group: number): string | null {
  const expression = javaPattern(pattern);
  if (group > groups(expression)) return null;
  return expression.exec(text)?.[group] ?? null;
}

function extractAll(pattern: string, text: string, group: number): (string | null)[] | null {
  const expression = javaPattern(pattern);
  if (group > groups(expression)) return null;
  return [...text.matchAll(expression)].map((match) => match[group] ?? null);
}

function splitBy(text: string, pattern: string): string[] {
  const expression = javaPattern(pattern);
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(expression)) {
    if (match[0] === '' && (match.index === 0 || match.index >= text.length)) continue;
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  // Of a pattern that may match nothing, Java's own split is taken, which leaves out empty ends.
  if (parts.length > 1 && new RegExp(`^(?:${expression.source})$`, expression.flags).test(''))
    while (parts.at(-1) === '') parts.pop();
  return parts;
}
