/** The parts of a regular expression of RE2's language, as far as matching whole names needs them. */

/** Tells whether a character, as a code point, is one of a class. */
export type CharTest = (char: number) => boolean;

export type RegexNode =
  | { readonly type: 'char'; readonly test: CharTest }
  | { readonly type: 'begin' | 'end' | 'wordBoundary' | 'noWordBoundary' }
  | { readonly type: 'concat' | 'alternate'; readonly nodes: readonly RegexNode[] }
  /** `max` is Infinity where there is none. */
  | { readonly type: 'repeat'; readonly node: RegexNode; readonly min: number; readonly max: number };

/** What is wrong with an expression, in RE2/J's words. */
export class RegexSyntaxError extends Error {
  override readonly name = 'RegexSyntaxError';
}

export function isWordChar(char: number): boolean {
  return (
    (char >= 0x30 && char <= 0x39) || (char >= 0x41 && char <= 0x5a) || char === 0x5f || (char >= 0x61 && char <= 0x7a)
  );
}
