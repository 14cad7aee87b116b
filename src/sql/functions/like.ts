/** LIKE: `%` any text, `_` one character, an optional character that takes their meaning away. */

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

function likeExpression(pattern: string, escape: string | undefined): RegExp {
  let source = '';
  let escaped = false;
  for (const character of pattern) {
    if (!escaped && character === escape) {
      escaped = true;
      continue;
    }
    if (!escaped && character === '%') source += '[^]*?';
    else if (!escaped && character === '_') source += '[^]';
    else source += character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
    escaped = false;
  }
  return new RegExp(`^${source}$`, 'u');
}
