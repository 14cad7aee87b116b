/** What `test/conformance/broker/groups/oracle.test.ts` does not compare with RE2/J: that no pattern can take long or fill the memory. */
import { expect, it } from 'vitest';
import { TopicRegex } from '../../../../src/broker/groups/regex/topic-regex.ts';

const longest = 'a'.repeat(249);

it.each(['(a*)*b', '(a+a+)+b', '(a|aa)*b', '(a?){248}b', '((a*)*)*b'])('%s ends, though it backtracks', (pattern) => {
  expect(new TopicRegex(pattern).matches(longest)).toBe(false);
  expect(new TopicRegex(pattern).matches(`${longest.slice(0, 200)}b`)).toBe(true);
});

it('repetitions of repetitions are refused before they are written out', () => {
  expect(() => new TopicRegex('((a{100}){100}){100}')).toThrow('expression is too large');
});

it.each(['('.repeat(30_000), '[[:'.repeat(10_000), 'a{'.repeat(15_000), '(?P<'.repeat(8000), '\\p{'.repeat(10_000)])(
  'a pattern that is nothing but beginnings (%#)',
  (pattern) => {
    try {
      new TopicRegex(pattern).matches('a');
    } catch (error) {
      expect((error as Error).name).toBe('RegexSyntaxError');
    }
  },
);
