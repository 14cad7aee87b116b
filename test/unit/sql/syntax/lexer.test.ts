import { expect, it } from 'vitest';
import { tokenize } from '../../../../src/sql/syntax/lexer.ts';

function kinds(text: string): string[] {
  return tokenize(text).map(({ kind, value }) => `${kind} ${value}`);
}

it('tells tokens apart', () => {
  expect(kinds("a_1@x `b``c` \"D\" 'it''s' 1 1. .5 1e3 1ab ${v} a->b := => != ||")).toEqual([
    'word A_1@X',
    'quoted b`c',
    'quoted D',
    "string it's",
    'integer 1',
    'decimal 1.',
    'decimal .5',
    'double 1e3',
    'digit-word 1AB',
    'variable ${v}',
    'word A',
    'symbol ->',
    'word B',
    'symbol :=',
    'symbol =>',
    'symbol !=',
    'symbol ||',
    'end <EOF>',
  ]);
});

it('counts lines and columns from 1, over comments and strings of several lines', () => {
  const tokens = tokenize("a /* x\n */ 'y\nz' b");
  expect(tokens.map(({ line, column }) => [line, column])).toEqual([
    [1, 1],
    [2, 5],
    [3, 4],
    [3, 5],
  ]);
});

it('keeps what is no token or does not end', () => {
  expect(kinds('a § 😀')).toEqual(['word A', 'unknown §', 'unknown 😀', 'end <EOF>']);
  expect(kinds("'a")).toEqual(["unfinished The string that begins here does not end: 'a", 'end <EOF>']);
  expect(tokenize('a -- b\n c', { comments: true }).map(({ kind }) => kind)).toEqual([
    'word',
    'comment',
    'word',
    'end',
  ]);
});
