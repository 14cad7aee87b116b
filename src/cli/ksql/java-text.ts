/** Values as ksqlDB's command line shows them: Java's words for collections and decimals, Jackson's layout for JSON. */
import type { JsonValue } from '../../sql/functions/json-text.ts';

/** The text of a cell: `[1, 2]`, `{a=1}`, `null`. */
export function valueText(value: JsonValue): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return numberText(value.text);
    case 'string':
      return value.value;
    case 'array':
      return `[${value.items.map(valueText).join(', ')}]`;
    case 'object':
      return `{${value.members.map(([name, member]) => `${name}=${valueText(member)}`).join(', ')}}`;
  }
}

/** Digits and exponent of a number's text: its value is `digits * 10^-scale`. */
function decimalParts(text: string): { readonly sign: string; readonly digits: string; readonly scale: number } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+(?=\d)/, '');
  return { sign, digits, scale: fraction.length - Number(exponent) };
}

/** As Java's BigDecimal prints itself; integers stay as they are. */
function numberText(text: string): string {
  if (!/[.eE]/.test(text)) return text;
  const { sign, digits, scale } = decimalParts(text);
  const exponent = digits.length - 1 - scale;
  if (scale >= 0 && exponent >= -6) return sign + plainDigits(digits, scale);
  const mantissa = digits.length > 1 ? `${digits.slice(0, 1)}.${digits.slice(1)}` : digits;
  return `${sign}${mantissa}E${exponent < 0 ? '' : '+'}${exponent}`;
}

/** The number without an exponent. */
function plainNumber(text: string): string {
  if (!/[eE]/.test(text)) return text;
  const { sign, digits, scale } = decimalParts(text);
  return sign + plainDigits(digits, scale);
}

function plainDigits(digits: string, scale: number): string {
  if (scale <= 0) return /^0*$/.test(digits) ? '0' : digits + '0'.repeat(-scale);
  const padded = digits.padStart(scale + 1, '0');
  return `${padded.slice(0, -scale)}.${padded.slice(-scale)}`;
}

/** JSON with a member per line, ` : ` behind names, and arrays that go on in their line. */
export function prettyJson(value: JsonValue, indent = ''): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return plainNumber(value.text);
    case 'string':
      return JSON.stringify(value.value);
    case 'array':
      return value.items.length === 0 ? '[ ]' : `[ ${value.items.map((item) => prettyJson(item, indent)).join(', ')} ]`;
    case 'object': {
      if (value.members.length === 0) return '{ }';
      const inner = `${indent}  `;
      const members = value.members.map(([name, one]) => `${inner}${JSON.stringify(name)} : ${prettyJson(one, inner)}`);
      return `{\n${members.join(',\n')}\n${indent}}`;
    }
  }
}

/** Breaks a text at blanks where it is longer than 80 characters. */
export function wrapped(text: string, lineBreak: string): string {
  return text.replaceAll(/(.{1,80})(?: +|$)/gs, (_all, part: string, at: number) =>
    at === 0 ? part : lineBreak + part,
  );
}
