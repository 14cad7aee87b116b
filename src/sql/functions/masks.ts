/** MASK and its like: characters replaced by what stands for their kind. */
import type { Overload, ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

/** Upper-case letters, lower-case letters, digits, others; null leaves a kind as it is. */
type Masks = readonly [string | null, string | null, string | null, string | null];

const standard: Masks = ['X', 'x', 'n', '-'];

const letters = '(input: STRING, upper: STRING, lower: STRING, digit: STRING, other: STRING) STRING';
const counted = '(input: STRING, numChars: INTEGER) STRING';
const countedLetters =
  '(input: STRING, numChars: INTEGER, upper: STRING, lower: STRING, digit: STRING, other: STRING) STRING';

/** Which characters are masked: those before or behind a cut. */
function parts(cut: (text: string, n: number) => number, masked: 'before' | 'behind'): Overload[] {
  const run = (text: string | null, n: number | null, masks: Masks): string | null => {
    if (text === null) return null;
    if (n === null || n < 0) throw new RangeError('a non-negative number of characters to mask or skip is required');
    const at = cut(text, n);
    const [head, tail] = [text.slice(0, at), text.slice(at)];
    return masked === 'before' ? mask(head, masks) + tail : head + mask(tail, masks);
  };
  return [
    overload(counted, { nulls: 'handles', call: (text: string | null, n: number | null) => run(text, n, standard) }),
    overload(countedLetters, {
      nulls: 'handles',
      call: (text: string | null, n: number | null, ...masks: Masks) => run(text, n, masks),
    }),
  ];
}

const fromLeft = (text: string, n: number): number => Math.min(n, text.length);
const fromRight = (text: string, n: number): number => Math.max(text.length - n, 0);

export const maskFunctions: readonly ScalarFunction[] = [
  scalar(
    'STRING',
    'mask',
    'The text with letters and digits replaced.',
    overload('(input: STRING) STRING', { neverNull: true, call: (text: string) => mask(text, standard) }),
    overload(letters, {
      nulls: 'handles',
      call: (text: string | null, ...masks: Masks) => (text === null ? null : mask(text, masks)),
    }),
  ),
  scalar('STRING', 'mask_left', 'The first characters masked.', ...parts(fromLeft, 'before')),
  scalar('STRING', 'mask_right', 'The last characters masked.', ...parts(fromRight, 'behind')),
  scalar('STRING', 'mask_keep_left', 'All but the first characters masked.', ...parts(fromLeft, 'behind')),
  scalar('STRING', 'mask_keep_right', 'All but the last characters masked.', ...parts(fromRight, 'before')),
];

function mask(text: string, [upper, lower, digit, other]: Masks): string {
  let out = '';
  // Each UTF-16 unit is looked at, with the one behind it: a character of two gives two.
  for (let i = 0; i < text.length; i++) {
    const character = String.fromCodePoint(text.codePointAt(i) as number);
    const by = /\p{Lu}/u.test(character)
      ? upper
      : /\p{Ll}/u.test(character)
        ? lower
        : /\p{Nd}/u.test(character)
          ? digit
          : other;
    if (by !== null && by.length !== 1)
      throw new RangeError(`Invalid mask character. Must be only single character, but was '${by}'`);
    out += by ?? character;
  }
  return out;
}
