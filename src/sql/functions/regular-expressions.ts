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
      call: (text: string, pattern: string, next: string) => text.replace(javaPattern(pattern), javaReplacement(next)),
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
    found = new RegExp(source, flags);
    if (patterns.size > 1000) patterns.clear();
    patterns.set(pattern, found);
  }
  found.lastIndex = 0;
  return found;
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

/** In Java a backslash takes the next character as it is; `$1` is a group in both. */
function javaReplacement(text: string): string {
  return text.replace(/\\([^])|\$(?!\d|\{)/g, (_, character?: string) =>
    character === undefined || character === '$' ? '$$' : character,
  );
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
  return [...parts, text.slice(from)];
}
