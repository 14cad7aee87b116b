/**
 * What ksqlDB says of a text that its grammar does not allow: its own words first, then ours where it says nothing that helps.
 * Which of its forms appears depends on how far its parser had decided; `SyntaxFailure.kind` carries that.
 */
import type { Token } from '../../syntax/lexer.ts';
import type { SyntaxDialect, SyntaxFailure } from '../../syntax/token-cursor.ts';
import { commands, expectationOrder } from './keywords.ts';
import { reservedWords } from './reserved-words.ts';

const units: ReadonlySet<string> = new Set(['DAYS', 'HOURS', 'MINUTES', 'SECONDS', 'MILLISECONDS']);

/** The answers of ksqlDB to the questions of the shared parsers. */
export const ksqlSyntax: SyntaxDialect = {
  isReserved: (word) => reservedWords.has(word),
  foldName: (word) => word.toUpperCase(),
  unitOf: (word) => {
    const unit = word.endsWith('S') ? word : `${word}S`;
    return units.has(unit) ? unit : undefined;
  },
  describe: (failure) => `Syntax Error\n${describe(failure)}`,
};

/** A mistyped beginning of a statement. */
export function describeUnknownStatement(token: Token): string {
  const [closest] = byDistance(token.value, commands);
  return `Syntax Error\nUnknown statement '${token.text}'\nDid you mean '${closest?.word}'?`;
}

function describe({ token, kind, expected }: SyntaxFailure): string {
  const list = [...expected].sort((a, b) => expectationOrder(a) - expectationOrder(b));
  if (token.kind === 'unfinished') return `${near(token)}\n${token.value}`;
  if (kind === 'unwanted' && token.kind === 'word' && reservedWords.has(token.value)) {
    const { text } = token;
    return `"${text}" is a reserved keyword and it can't be used as an identifier. You can use it as an identifier by escaping it as '${text}' `;
  }
  if (kind === 'no-viable') return withHint(near(token), token, list);
  if (kind === 'missing') return `missing ')' at '${token.text}'`;
  if (token.kind === 'end') return `Syntax error at or near ";"\n'}', ']', or ')' is missing\n${ours(list)}`;
  // Names and expressions stand for so many tokens that ksqlDB lists nothing.
  const long =
    list.length > 3 || list.some((item) => item === 'identifier' || item === 'expression' || item === 'number');
  if (long) return withHint(ours(list), token, list);
  return withHint(`Expecting ${list.length === 1 ? list[0] : `{${list.join(', ')}}`}`, token, list);
}

function near(token: Token): string {
  return `Syntax error at or near '${token.text === '' ? token.value : token.text}' at line ${token.line}:${token.column}`;
}

/** Our own list: short enough to be read. */
function ours(list: readonly string[]): string {
  if (list.includes('expression')) return 'Expecting an expression';
  const words = list.map((item) => (item === 'identifier' ? 'a name' : item === 'number' ? 'a number' : item));
  const rest = words.length > 8 ? ' …' : '';
  return `Expecting ${words.length > 1 ? 'one of ' : ''}${words.slice(0, 8).join(', ')}${rest}`;
}

function withHint(text: string, token: Token, list: readonly string[]): string {
  if (token.kind !== 'word') return text;
  const words = list.filter((item) => /^'[A-Z]+'$/.test(item)).map((item) => item.slice(1, -1));
  const [closest] = byDistance(token.value, words);
  if (closest === undefined || closest.distance > Math.min(2, token.value.length - 1) || closest.distance === 0)
    return text;
  return `${text}\nDid you mean '${closest.word}'?`;
}

function byDistance(
  word: string,
  candidates: readonly string[],
): { readonly word: string; readonly distance: number }[] {
  return candidates
    .map((candidate) => ({ word: candidate, distance: distance(word.slice(0, 64), candidate) }))
    .sort((a, b) => a.distance - b.distance);
}

/** Insertions, deletions and exchanges of letters that make one word of the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const exchange = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] as number) + 1, (next[j - 1] as number) + 1, exchange));
    }
    row = next;
  }
  return row[b.length] as number;
}
