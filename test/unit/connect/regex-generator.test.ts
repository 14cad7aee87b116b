import { expect, it } from 'vitest';
import { JavaRandom } from '../../../src/connect/datagen/java-random.ts';
import { regexGenerator } from '../../../src/connect/datagen/regex-generator.ts';

function samples(pattern: string, min = 8, max = 15, count = 300): string[] {
  const random = new JavaRandom();
  random.setSeed(7n);
  const next = regexGenerator(pattern, min, max);
  return Array.from({ length: count }, () => next(random));
}

it.each([
  ['User_[1-9]', 6, 6],
  ['Page_[1-9][0-9]', 7, 7],
  ['Item_[1-9][0-9]{0,2}', 8, 8], // as long as possible, since eight are wanted
  ['[A-Z][1-9]{8,8}', 9, 9],
  ['[a-z ]{10,15}', 10, 15],
  ['[A-Z]{2}\\d{6}[A-Z]', 9, 9],
  ['https://www[.]acme[.]com/product/[a-z]{5}', 34, 34],
  ['\\[[0-9][0-9],[0-9][0-9]\\]', 7, 7],
  ['a*', 8, 15],
  ['(ab|c)+', 8, 15],
  ['[^a-z]{9}', 9, 9],
  ['^(?:\\w|\\s){8,}$', 8, 15],
  ['.{3}', 3, 3],
  ['(x{20}|y)', 1, 1], // what can end in time is preferred
  ['z{20}', 20, 20], // nothing else can
  ['\\x41\\u0042\\t', 3, 3],
  ['a{0}', 0, 0],
])('%s', (pattern, shortest, longest) => {
  const texts = samples(pattern);
  for (const text of texts) expect(text).toMatch(new RegExp(`^(?:${pattern})$`));
  const lengths = texts.map((text) => text.length);
  expect([Math.min(...lengths), Math.max(...lengths)]).toEqual([shortest, longest]);
});

it('every character of a class comes', () => {
  expect(new Set(samples('[a-dx]', 1, 1)).size).toBe(5);
});

it.each([
  '(',
  ')',
  '[a',
  'a{2',
  '*a',
  '(?=a)',
  '\\bword',
  '(a)\\1',
  'a{3,1}',
  '[z-a]',
  'a^b',
  '[^ -~]',
  'x{99999}',
  '((a{900}){900}){9}',
])('refuses %s, saying where', (pattern) => {
  expect(() => regexGenerator(pattern, 8, 15)).toThrow(/^The regex /);
});
