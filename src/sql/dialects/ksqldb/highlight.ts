/** Tokens with classes, for editors that colour ksqlDB's text while it is being written. */
import { tokenize } from '../../syntax/lexer.ts';
import type { Span, Token } from '../../syntax/lexer.ts';
import { keywords } from './keywords.ts';
import { reservedWords } from './reserved-words.ts';

export type TokenClass =
  | 'keyword'
  | 'type'
  | 'function'
  | 'name'
  | 'string'
  | 'number'
  | 'operator'
  | 'punctuation'
  | 'variable'
  | 'comment'
  /** Belongs to no token, or does not end. */
  | 'error';

export interface ClassifiedToken {
  readonly class: TokenClass;
  readonly span: Span;
}

const keywordSet: ReadonlySet<string> = new Set(keywords);
const typeNames: ReadonlySet<string> = new Set(
  'BOOLEAN INT INTEGER BIGINT DOUBLE DECIMAL VARCHAR STRING BYTES DATE TIME TIMESTAMP ARRAY MAP STRUCT'.split(' '),
);

/** Everything of the text but white space. Never fails. */
export function classifyTokens(text: string): ClassifiedToken[] {
  const tokens = tokenize(text, { comments: true }).filter(({ kind }) => kind !== 'end');
  return tokens.map((token, i) => {
    const { start, end, line, column } = token;
    return { class: classOf(token, tokens[i - 1], tokens[i + 1]), span: { start, end, line, column } };
  });
}

function classOf(token: Token, before: Token | undefined, after: Token | undefined): TokenClass {
  switch (token.kind) {
    case 'word':
      return classOfWord(token, before, after);
    case 'integer':
    case 'decimal':
    case 'double':
      return 'number';
    case 'string':
    case 'variable':
    case 'comment':
      return token.kind;
    case 'symbol':
      return '(),.;[]{}:'.includes(token.value) ? 'punctuation' : 'operator';
    case 'unfinished':
    case 'unknown':
      return 'error';
    default:
      return 'name';
  }
}

/** Words that may be names are judged by their neighbours. */
function classOfWord({ value }: Token, before: Token | undefined, after: Token | undefined): TokenClass {
  if (before?.kind === 'symbol' && (before.value === '.' || before.value === '->')) return 'name';
  if (typeNames.has(value)) return 'type';
  const calls = after?.kind === 'symbol' && after.value === '(';
  if (calls && !reservedWords.has(value) && value !== 'SESSION' && value !== 'HEADER') return 'function';
  return keywordSet.has(value) ? 'keyword' : 'name';
}
