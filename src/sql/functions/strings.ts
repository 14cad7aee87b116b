/** String functions. */
import type { ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';

const of = (name: string, description: string, ...overloads: ReturnType<typeof overload>[]): ScalarFunction =>
  scalar('STRING', name, description, ...overloads);

export const stringFunctions: readonly ScalarFunction[] = [
  of(
    'ucase',
    'The text in upper case.',
    overload('(input: STRING) STRING', { neverNull: true, call: (text: string) => text.toUpperCase() }),
  ),
  of(
    'lcase',
    'The text in lower case.',
    overload('(input: STRING) STRING', { neverNull: true, call: (text: string) => text.toLowerCase() }),
  ),
  of(
    'initcap',
    'Each word with a capital first letter, the rest in lower case.',
    overload('(str: STRING) STRING', { neverNull: true, call: initcap }),
  ),
  of(
    'trim',
    'The text without blanks at both ends.',
    overload('(input: STRING) STRING', {
      neverNull: true,
      call: (text: string) => text.replace(/^[\0- ]+|[\0- ]+$/g, ''),
    }),
  ),
  of(
    'len',
    'The number of characters, or of bytes.',
    overload('(input: STRING) INTEGER', { neverNull: true, call: (text: string) => text.length }),
    overload('(input: BYTES) INTEGER', { neverNull: true, call: (bytes: Uint8Array) => bytes.length }),
  ),
  of(
    'concat',
    'All arguments one after the other; nulls are left out.',
    overload('(inputs: STRING...) STRING', {
      nulls: 'handles',
      call: (...parts: (string | null)[]) => parts.filter((part) => part !== null).join(''),
    }),
    overload('(inputs: BYTES...) BYTES', {
      nulls: 'handles',
      call: (...parts: (Uint8Array | null)[]) => Buffer.concat(parts.filter((part) => part !== null)),
    }),
  ),
  of(
    'concat_ws',
    'The arguments behind the first one with it between them; nulls are left out.',
    overload('(inputs: STRING...) STRING', { nulls: 'handles', call: concatWs }),
    overload('(inputs: BYTES...) BYTES', { nulls: 'handles', call: concatBytesWs }),
  ),
  of(
    'substring',
    'The part from a position, counted from 1 or from the end, of at most a length.',
    overload('(str: STRING, pos: INTEGER) STRING', {
      neverNull: true,
      call: (text: string, pos: number) => slice(text, pos),
    }),
    overload('(str: STRING, pos: INTEGER, length: INTEGER) STRING', {
      neverNull: true,
      call: (text: string, pos: number, length: number) => slice(text, pos, length),
    }),
    overload('(bytes: BYTES, pos: INTEGER) BYTES', {
      neverNull: true,
      call: (bytes: Uint8Array, pos: number) => slice(bytes, pos),
    }),
    overload('(bytes: BYTES, pos: INTEGER, length: INTEGER) BYTES', {
      neverNull: true,
      call: (bytes: Uint8Array, pos: number, length: number) => slice(bytes, pos, length),
    }),
  ),
  of(
    'instr',
    'The position of a text in another, counted from 1; 0 when it is not there.',
    overload('(str: STRING, substring: STRING) INTEGER', {
      nulls: 'handles',
      call: (text: string | null, part: string | null) => instr(text, part, 1, 1),
    }),
    overload('(str: STRING, substring: STRING, position: INTEGER) INTEGER', {
      nulls: 'handles',
      call: (text: string | null, part: string | null, from: number | null) => instr(text, part, from, 1),
    }),
    overload('(str: STRING, substring: STRING, position: INTEGER, occurrence: INTEGER) INTEGER', {
      nulls: 'handles',
      call: instr,
    }),
  ),
  of(
    'replace',
    'The text with each occurrence of a text replaced.',
    overload('(str: STRING, oldStr: STRING, newStr: STRING) STRING', { neverNull: true, call: replaceText }),
  ),
  of(
    'LPad',
    'The text, filled from the left or cut to a length.',
    overload('(input: STRING, targetLen: INTEGER, padding: STRING) STRING', {
      call: (text: string, length: number, padding: string) => pad(text, length, padding, 'left'),
    }),
    overload('(input: BYTES, targetLen: INTEGER, padding: BYTES) BYTES', {
      call: (bytes: Uint8Array, length: number, padding: Uint8Array) => padBytes(bytes, length, padding, 'left'),
    }),
  ),
  of(
    'RPad',
    'The text, filled from the right or cut to a length.',
    overload('(input: STRING, targetLen: INTEGER, padding: STRING) STRING', {
      call: (text: string, length: number, padding: string) => pad(text, length, padding, 'right'),
    }),
    overload('(input: BYTES, targetLen: INTEGER, padding: BYTES) BYTES', {
      call: (bytes: Uint8Array, length: number, padding: Uint8Array) => padBytes(bytes, length, padding, 'right'),
    }),
  ),
  of(
    'Chr',
    'The character of a code point, or of an escape like \\u004b.',
    overload('(decimalCode: INTEGER) STRING', {
      call: (code: number) => (code >= 0 && code <= 0x10ffff ? String.fromCodePoint(code) : null),
    }),
    overload('(utf16Code: STRING) STRING', { call: unescapeUtf16 }),
  ),
  of(
    'split',
    'The parts between the occurrences of a text.',
    overload('(string: STRING, delimiter: STRING) ARRAY<STRING>', {
      neverNull: true,
      call: (text: string, delimiter: string) => (delimiter === '' && text === '' ? [''] : text.split(delimiter)),
    }),
    overload('(bytes: BYTES, delimiter: BYTES) ARRAY<BYTES>', { neverNull: true, call: splitBytes }),
  ),
  of(
    'split_to_map',
    'A map from text like k1:v1,k2:v2.',
    overload('(input: STRING, entryDelimiter: STRING, kvDelimiter: STRING) MAP<STRING, STRING>', { call: splitToMap }),
  ),
  of(
    'elt',
    'The n-th of the texts, counted from 1.',
    overload('(n: INTEGER, args: STRING...) STRING', {
      nulls: 'handles',
      call: (n: number | null, ...texts: (string | null)[]) => (n === null ? null : (texts[n - 1] ?? null)),
    }),
  ),
  of(
    'field',
    'The position of a text among others, counted from 1; 0 when it is not there.',
    overload('(str: STRING, args: STRING...) INTEGER', {
      nulls: 'handles',
      neverNull: true,
      call: (text: string | null, ...texts: (string | null)[]) => (text === null ? 0 : texts.indexOf(text) + 1),
    }),
  ),
];

function initcap(text: string): string {
  // Blanks in front are lost there.
  const words = text.toLowerCase().match(/\S+\s*/g) ?? [];
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
}

function concatWs(...parts: (string | null)[]): string | null {
  const [separator, ...rest] = parts;
  if (parts.length < 2) throw new RangeError('Function Concat_WS expects at least two input arguments.');
  if (separator === undefined || separator === null) return null;
  return rest.filter((part) => part !== null).join(separator);
}

function concatBytesWs(...parts: (Uint8Array | null)[]): Buffer | null {
  const [separator, ...rest] = parts;
  if (parts.length < 2) throw new RangeError('Function Concat_WS expects at least two input arguments.');
  if (separator === undefined || separator === null) return null;
  return Buffer.concat(
    rest.filter((part) => part !== null).flatMap((part, i) => (i === 0 ? [part] : [separator, part])),
  );
}

function slice<T extends string | Uint8Array>(value: T, pos: number, length = value.length): T {
  const start = pos < 0 ? Math.max(value.length + pos, 0) : Math.max(Math.min(pos - 1, value.length), 0);
  return value.slice(start, Math.max(Math.min(start + length, value.length), start)) as T;
}

function instr(text: string | null, part: string | null, from: number | null, occurrence: number | null): number {
  if (text === null || part === null || from === null || occurrence === null || Math.abs(from) > text.length) return 0;
  if (occurrence < 1 || from === 0) return 0;
  if (part === '') return from > 0 ? from : text.length + from + 2;
  if (from > 0) {
    let at = from - 2;
    for (let n = 0; n < occurrence; n++) {
      at = text.indexOf(part, at + 1);
      if (at < 0) return 0;
    }
    return at + 1;
  }
  let at = text.length + from - part.length + 2;
  for (let n = 0; n < occurrence; n++) {
    if (at <= 0) return 0;
    at = text.lastIndexOf(part, at - 1);
    if (at < 0) return 0;
  }
  return at + 1;
}

function replaceText(text: string, old: string, next: string): string {
  return text.replaceAll(old, () => next);
}

function pad(text: string, length: number, padding: string, side: 'left' | 'right'): string | null {
  if (padding === '' || length < 0) return null;
  if (side === 'right') return text.padEnd(length, padding).slice(0, length);
  return text.padStart(length, padding).slice(0, length);
}

function padBytes(bytes: Uint8Array, length: number, padding: Uint8Array, side: 'left' | 'right'): Buffer | null {
  if (padding.length === 0 || length < 0) return null;
  if (bytes.length >= length) return Buffer.from(bytes.subarray(0, length));
  const fill = Buffer.alloc(length - bytes.length, padding);
  return Buffer.concat(side === 'left' ? [fill, bytes] : [bytes, fill]);
}

/** Text that begins with \u and may have more of Java's escapes behind. */
function unescapeUtf16(text: string): string | null {
  if (!text.startsWith('\\u') || text.length < 6) return null;
  return text.replace(/\\(u+\+?([0-9a-fA-F]{4})|[0-3]?[0-7]{1,2}|[^])/g, (_, escape: string, hex?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (escape.startsWith('u')) throw new RangeError(`Unable to parse unicode value: ${text}`);
    if (/^[0-7]/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8));
    return escapes[escape] ?? escape;
  });
}

const escapes: Readonly<Record<string, string>> = { b: '\b', n: '\n', t: '\t', f: '\f', r: '\r' };

function splitBytes(bytes: Uint8Array, delimiter: Uint8Array): Buffer[] {
  const all = Buffer.from(bytes);
  if (all.length === 0) return [all];
  if (delimiter.length === 0) return Array.from(all, (byte) => Buffer.from([byte]));
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = all.indexOf(delimiter); at >= 0; at = all.indexOf(delimiter, from)) {
    parts.push(all.subarray(from, at));
    from = at + delimiter.length;
  }
  return [...parts, all.subarray(from)];
}

function splitToMap(text: string, entries: string, pairs: string): Record<string, string> | null {
  if (entries === '' || pairs === '' || entries === pairs) return null;
  const map: Record<string, string> = {};
  for (const entry of text.split(entries)) {
    const [key, value] = entry.split(pairs);
    if (key !== undefined && value !== undefined) map[key] = value;
  }
  return map;
}
