import { expect, test } from 'vitest';
import { placeOf, withExcerpt } from '../../../../src/sql/syntax/excerpt.ts';

test('the line with a caret; the place is told once', () => {
  const text = 'SELECT id,\n   nam FROM s;';
  expect(withExcerpt("Line: 2, Col: 4: SELECT column 'NAM' cannot be resolved.", text, { line: 2, column: 4 })).toBe(
    "Line: 2, Col: 4: SELECT column 'NAM' cannot be resolved.\n   nam FROM s;\n   ^",
  );
  expect(withExcerpt('Unknown.', text, { line: 1, column: 8 })).toBe(
    'Unknown.\nAt line 1, column 8:\nSELECT id,\n       ^',
  );
});

test('a long line is shown around the column', () => {
  const text = `${'a'.repeat(200)}X${'b'.repeat(200)}`;
  const [, , shown = '', caret = ''] = withExcerpt('No.', text, { line: 1, column: 201 }).split('\n');
  expect(shown.length).toBe(102);
  expect(shown[caret.indexOf('^')]).toBe('X');
});

test('a place outside of the text is left out', () => {
  expect(withExcerpt('No.', 'SELECT', { line: 2, column: 1 })).toBe('No.');
  expect(withExcerpt('No.', 'SELECT', { line: 1, column: 99 })).toBe('No.');
  expect(placeOf({ line: 0, column: 0 })).toBeUndefined();
});
