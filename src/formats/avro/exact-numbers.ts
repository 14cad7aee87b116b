/**
 * Numbers of a schema's JSON that JavaScript would print otherwise than Java: `1.0` (here 1), 1e-5 (1.0E-5), integers above 2^53. They stand for
 * themselves as marked texts while a schema is read; who reads a default or an attribute gets a plain value, and printing puts their digits back.
 */

const mark = '\u0000number:';
const marked = /"\\u0000number:(-?\d+(?:\.\d+)?(?:E-?\d+)?)"/g;
/** A text, or a number. */
const tokens = /("(?:\\.|[^"\\])*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** The value of a JSON text, with marked texts for such numbers. Throws what `JSON.parse` throws. */
export function parseMarkingNumbers(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!/\d[.eE]|\d{16}/.test(text)) return value;
  const replaced = text.replace(tokens, (token: string, string?: string) => {
    if (string !== undefined) return string;
    const exact = inJava(token);
    return exact === JSON.stringify(Number(token)) ? token : JSON.stringify(mark + exact);
  });
  return JSON.parse(replaced);
}

/** The value as everybody else knows it. */
export function withoutMarks(value: unknown): unknown {
  if (typeof value === 'string') return isMarked(value) ? Number(value.slice(mark.length)) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutMarks);
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withoutMarks(part)]));
}

/** Is there a marked text in the value? */
export function hasMarks(value: unknown): boolean {
  if (typeof value === 'string') return isMarked(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasMarks);
}

/** Nobody else's text begins like this; if it does, it has to look like a number too. */
function isMarked(text: string): boolean {
  return text.startsWith(mark) && /^-?\d+(?:\.\d+)?(?:E-?\d+)?$/.test(text.slice(mark.length));
}

/** The JSON text, with the digits of marked numbers. */
export function printMarkedNumbers(value: unknown): string {
  return JSON.stringify(value).replace(marked, '$1');
}

/** As `Double.toString` prints, or the digits of an integer. */
function inJava(token: string): string {
  if (/^-?\d+$/.test(token)) return token === '-0' ? '0' : token;
  const number = Number(token);
  const size = Math.abs(number);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) {
    const [digits = '', exponent = ''] = number.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${exponent.replace('+', '')}`;
  }
  const plain = Object.is(number, -0) ? '-0' : String(number);
  return plain.includes('.') ? plain : `${plain}.0`;
}
