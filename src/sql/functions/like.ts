/** LIKE: `%` any text of one line, `_` one character of it, an optional character that takes their meaning away. */
import { StackError } from '../../core/errors.ts';

/** A matcher that keeps what it made of its last pattern. */
export function likeMatcher(): (text: string, pattern: string, escape: string | undefined) => boolean {
  let lastPattern: string | undefined;
  let lastEscape: string | undefined;
  let expression = /^$/;
  return (text, pattern, escape) => {
    if (pattern !== lastPattern || escape !== lastEscape) {
      expression = likeExpression(pattern, escape);
      lastPattern = pattern;
      lastEscape = escape;
    }
    return expression.test(text);
  };
}

/** As Java's dot, which does not cross the end of a line. */
const inLine = String.raw`[^\n\r\u0085\u2028\u2029]`;

function likeExpression(pattern: string, escape: string | undefined): RegExp {
  let source = '';
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === escape) {
      escaped = true;
      continue;
    }
    if (!escaped && character === '%') source += `${inLine}*?`;
    else if (!escaped && character === '_') source += inLine;
    else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    escaped = false;
  }
  if (escaped) throw new StackError('MILLRACE_EXPRESSION_FAILED', 'LIKE pattern must not end with escape character');
  return new RegExp(`^${source}$`, 'u');
}
