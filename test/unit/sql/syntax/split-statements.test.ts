import { expect, it } from 'vitest';
import { splitStatements } from '../../../../src/sql/syntax/split-statements.ts';

function parts(text: string): [string, boolean][] {
  return splitStatements(text).map((part) => [part.text, part.complete]);
}

it('separates at semicolons outside of strings, names and comments', () => {
  expect(parts("SELECT ';' FROM `a;b`; -- no; statement\n/* ; */ SHOW\nSTREAMS ;")).toEqual([
    ["SELECT ';' FROM `a;b`;", true],
    ['SHOW\nSTREAMS ;', true],
  ]);
});

it('knows when the last statement goes on', () => {
  expect(parts('SHOW STREAMS; SELECT *')).toEqual([
    ['SHOW STREAMS;', true],
    ['SELECT *', false],
  ]);
  expect(parts("SELECT 'a;")).toEqual([["SELECT 'a;", false]]);
  expect(parts('SELECT a /* ;')).toEqual([['SELECT a /* ;', false]]);
  expect(parts('SHOW STREAMS; -- done')).toEqual([['SHOW STREAMS;', true]]);
  expect(parts(' \n')).toEqual([]);
});

it('places each statement', () => {
  expect(splitStatements('A;\n B')[1]?.span).toEqual({ start: 4, end: 5, line: 2, column: 2 });
});
