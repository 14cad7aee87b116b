/**
 * A scan of a JSON text for the members that a query uses. Nothing is built for the rest; numbers keep all their digits.
 *
 * The scanner leaves, for each wanted name, where the value begins and ends; the readers below turn one into a value.
 */
import type { SqlType } from '../../sql/types.ts';
import { cursor, malformed } from './bytes.ts';
import { decimalText } from './cast-functions.ts';

const depthMax = 500;
const placesMax = 1000;

export class JsonScanner {
  /** Per wanted member: start and end of the value's text; start −1 when missing. */
  readonly spans: Int32Array;
  readonly #names: readonly string[];
  readonly #byText = new Map<string, number>();
  /** The members of the last object, in their order: those of the next are mostly the same. */
  readonly #last: { readonly name: Buffer; readonly index: number }[] = [];

  /** @param names wanted member names, matched without regard to case. */
  constructor(names: readonly string[]) {
    this.#names = names.map((name) => name.toUpperCase());
    this.spans = new Int32Array(names.length * 2);
  }

  /** Finds the wanted members of the object at `b[at, end)`. False when the text is `null`. */
  object(b: Buffer, start: number, end: number): boolean {
    this.spans.fill(-1);
    let at = space(b, start, end);
    if (peek(b, at, end) === 0x6e) {
      if (space(b, skipValue(b, at, end, 0), end) !== end) throw malformed('text follows the JSON value');
      return false;
    }
    if (peek(b, at, end) !== 0x7b) throw malformed('it is not a JSON object');
    at = space(b, at + 1, end);
    if (peek(b, at, end) === 0x7d) at++;
    else {
      for (let place = 0; ; place++) {
        if (peek(b, at, end) !== 0x22) throw malformed('a member of the JSON object has no name');
        const close = skipString(b, at, end);
        const wanted = this.#wanted(b, at + 1, close - 1, place);
        at = space(b, close, end);
        if (peek(b, at, end) !== 0x3a) throw malformed('a colon is missing in the JSON object');
        at = space(b, at + 1, end);
        const from = at;
        at = skipValue(b, at, end, 0);
        if (wanted >= 0) {
          this.spans[wanted * 2] = from;
          this.spans[wanted * 2 + 1] = at;
        }
        at = space(b, at, end);
        if (peek(b, at, end) === 0x7d) {
          at++;
          break;
        }
        if (peek(b, at, end) !== 0x2c) throw malformed('a comma is missing in the JSON object');
        at = space(b, at + 1, end);
      }
    }
    if (space(b, at, end) !== end) throw malformed('text follows the JSON object');
    return true;
  }

  #wanted(b: Buffer, from: number, to: number, place: number): number {
    const last = this.#last[place];
    if (last !== undefined && isSame(b, from, to, last.name)) return last.index;
    const index = this.#find(b, from, to);
    if (place < placesMax) this.#last[place] = { name: Buffer.from(b.subarray(from, to)), index };
    return index;
  }

  #find(b: Buffer, from: number, to: number): number {
    const text = b.toString('latin1', from, to);
    let index = this.#byText.get(text);
    if (index === undefined) {
      const raw = b.toString('utf8', from, to);
      const name = (raw.includes('\\') ? (JSON.parse(`"${raw}"`) as string) : raw).toUpperCase();
      index = this.#names.indexOf(name);
      if (this.#byText.size < 1000) this.#byText.set(text, index);
    }
    return index;
  }
}

/** The byte at a position; −1 behind the text, where other bytes may lie. */
function peek(b: Buffer, at: number, end: number): number {
  return at < end ? (b[at] as number) : -1;
}

function isSame(b: Buffer, from: number, to: number, name: Buffer): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i++) if (b[from + i] !== name[i]) return false;
  return true;
}

function space(b: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const c = b[at];
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) break;
    at++;
  }
  return at;
}

function skipString(b: Buffer, start: number, end: number): number {
  for (let at = start + 1; at < end; at++) {
    const c = b[at] as number;
    if (c === 0x22) return at + 1;
    if (c === 0x5c) at++;
    else if (c < 0x20) throw malformed('a JSON text holds a control character');
  }
  throw malformed('a JSON text does not end');
}

/** Position behind the value at `at`. */
export function skipValue(b: Buffer, start: number, end: number, depth: number): number {
  if (depth > depthMax) throw malformed('the JSON is nested too deeply');
  let at = start;
  switch (peek(b, at, end)) {
    case 0x22:
      return skipString(b, at, end);
    case 0x7b:
    case 0x5b: {
      const object = peek(b, at, end) === 0x7b;
      const close = object ? 0x7d : 0x5d;
      at = space(b, at + 1, end);
      if (peek(b, at, end) === close) return at + 1;
      for (;;) {
        if (object) {
          if (peek(b, at, end) !== 0x22) throw malformed('a member of a JSON object has no name');
          at = space(b, skipString(b, at, end), end);
          if (peek(b, at, end) !== 0x3a) throw malformed('a colon is missing in a JSON object');
          at = space(b, at + 1, end);
        }
        at = space(b, skipValue(b, at, end, depth + 1), end);
        if (at >= end) throw malformed('the JSON ends too early');
        if (peek(b, at, end) === close) return at + 1;
        if (peek(b, at, end) !== 0x2c) throw malformed('a comma is missing in the JSON');
        at = space(b, at + 1, end);
      }
    }
    case 0x74:
      return skipWord(b, at, end, 'true');
    case 0x66:
      return skipWord(b, at, end, 'false');
    case 0x6e:
      return skipWord(b, at, end, 'null');
    default:
      return skipNumber(b, at, end);
  }
}

function skipWord(b: Buffer, start: number, end: number, word: string): number {
  const to = start + word.length;
  for (let at = start; at < to; at++) if (peek(b, at, end) !== word.charCodeAt(at - start)) throw noValue();
  return endOfScalar(b, to, end);
}

function skipNumber(b: Buffer, start: number, end: number): number {
  let at = peek(b, start, end) === 0x2d ? start + 1 : start;
  at = peek(b, at, end) === 0x30 ? at + 1 : skipDigits(b, at, end);
  if (peek(b, at, end) === 0x2e) at = skipDigits(b, at + 1, end);
  if ((peek(b, at, end) | 0x20) === 0x65) {
    const sign = peek(b, at + 1, end);
    at = skipDigits(b, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1, end);
  }
  return endOfScalar(b, at, end);
}

/** At least one. */
function skipDigits(b: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && (b[at] as number) >= 0x30 && (b[at] as number) <= 0x39) at++;
  if (at === start) throw noValue();
  return at;
}

function endOfScalar(b: Buffer, at: number, end: number): number {
  const c = peek(b, at, end);
  if (c > 0x20 && c !== 0x2c && c !== 0x7d && c !== 0x5d) throw noValue();
  return at;
}

function noValue(): Error {
  return malformed('the JSON holds something that is not a value');
}

/** The text of a JSON string with its quotation marks. */
function stringOf(b: Buffer, from: number, to: number): string {
  if (!hasEscape(b, from, to)) return b.toString('utf8', from + 1, to - 1);
  return JSON.parse(b.toString('utf8', from, to)) as string;
}

const powersOfTen = Array.from({ length: 16 }, (_, i) => 10 ** i);

/** What `[-]digits[.digits]` of up to 15 digits is: an integer and a power of ten are exact, so that their quotient is right. NaN for more. */
function shortNumber(b: Buffer, from: number, to: number): number {
  const minus = b[from] === 0x2d;
  let at = minus ? from + 1 : from;
  if (to - at > 15) return Number.NaN;
  let value = 0;
  let point = to;
  for (; at < to; at++) {
    const c = b[at] as number;
    if (c >= 0x30 && c <= 0x39) value = value * 10 + (c - 0x30);
    else if (c === 0x2e) point = at + 1;
    else return Number.NaN;
  }
  value /= powersOfTen[to - point] as number;
  return minus ? -value : value;
}

/** Converts the JSON text `b[from, to)` to a plain value of the type; BIGINT is a bigint when it is not safe. */
export function jsonValue(b: Buffer, from: number, to: number, type: SqlType): unknown {
  const first = b[from];
  if (first === 0x6e) return null;
  switch (type.kind) {
    case 'STRING':
      // Other values become their own text, as in the original.
      return first === 0x22 ? stringOf(b, from, to) : b.toString('utf8', from, to);
    case 'BOOLEAN':
      if (first === 0x74) return true;
      if (first === 0x66) return false;
      throw mismatch(type);
    case 'INTEGER':
    case 'BIGINT':
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP': {
      const short = shortNumber(b, from, to);
      const value = Number.isNaN(short)
        ? integer(first === 0x22 ? stringOf(b, from, to).trim() : b.toString('latin1', from, to))
        : Math.trunc(short) + 0;
      if (value === null) throw mismatch(type);
      if (type.kind !== 'BIGINT' && typeof value === 'bigint') throw mismatch(type);
      if (type.kind === 'INTEGER' && (value < -(2 ** 31) || value >= 2 ** 31)) throw mismatch(type);
      return value;
    }
    case 'DOUBLE': {
      const short = shortNumber(b, from, to);
      if (!Number.isNaN(short)) return short;
      const text = first === 0x22 ? stringOf(b, from, to).trim() : b.toString('latin1', from, to);
      const value = Number(text);
      if (text === '' || (Number.isNaN(value) && text !== 'NaN')) throw mismatch(type);
      return value;
    }
    case 'DECIMAL': {
      return decimalText(first === 0x22 ? stringOf(b, from, to) : b.toString('latin1', from, to), type);
    }
    case 'BYTES':
      if (first !== 0x22) throw mismatch(type);
      return Buffer.from(stringOf(b, from, to), 'base64');
    case 'ARRAY': {
      if (first !== 0x5b) throw mismatch(type);
      const out: unknown[] = [];
      let at = space(b, from + 1, to);
      while (b[at] !== 0x5d) {
        const next = skipValue(b, at, to, 0);
        out.push(jsonValue(b, at, next, type.element));
        at = space(b, next, to);
        if (b[at] === 0x2c) at = space(b, at + 1, to);
      }
      return out;
    }
    case 'MAP':
    case 'STRUCT': {
      if (first !== 0x7b) throw mismatch(type);
      const out: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
      if (type.kind === 'STRUCT') for (const field of type.fields) out[field.name] = null;
      let at = space(b, from + 1, to);
      while (b[at] !== 0x7d) {
        const close = skipString(b, at, to);
        const name = stringOf(b, at, close);
        at = space(b, space(b, close, to) + 1, to);
        const next = skipValue(b, at, to, 0);
        const field =
          type.kind === 'STRUCT'
            ? type.fields.find((one) => one.name.toUpperCase() === name.toUpperCase())
            : { name, type: type.value };
        if (field !== undefined) out[field.name] = jsonValue(b, at, next, field.type);
        at = space(b, next, to);
        if (b[at] === 0x2c) at = space(b, at + 1, to);
      }
      return out;
    }
  }
}

/** Throws what `jsonValue` would, without a value where the bytes tell enough. */
export function checkJson(b: Buffer, from: number, to: number, type: SqlType): void {
  const first = b[from] as number;
  switch (type.kind) {
    case 'STRING':
      if (first !== 0x22 || !hasEscape(b, from, to)) return;
      break;
    case 'INTEGER':
      if (to - from < 10 && isDigits(b, from, to)) return;
      break;
    case 'BIGINT':
      if (to - from < 16 && isDigits(b, from, to)) return;
      break;
    default:
  }
  jsonValue(b, from, to, type);
}

function hasEscape(b: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (b[at] === 0x5c) return true;
  return false;
}

function isDigits(b: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((b[at] as number) < 0x30 || (b[at] as number) > 0x39) return false;
  return true;
}

/** A whole text as one bare value. */
export function jsonBare(b: Buffer, start: number, end: number, type: SqlType): unknown {
  const from = space(b, start, end);
  const to = skipValue(b, from, end, 0);
  if (space(b, to, end) !== end) throw malformed('text follows the JSON value');
  cursor.at = end;
  return jsonValue(b, from, to, type);
}

/** The integer part of a JSON number, exact; null when the text is no number. */
function integer(text: string): number | bigint | null {
  const match = /^([+-]?\d+)(?:\.\d*)?$/.exec(text);
  if (match === null) {
    const value = Number(text);
    return text !== '' && Number.isFinite(value) ? Math.trunc(value) : null;
  }
  const value = Number(match[1]);
  if (Number.isSafeInteger(value)) return value + 0;
  const exact = BigInt(match[1] as string);
  return BigInt.asIntN(64, exact) === exact ? exact : null;
}

function mismatch(type: SqlType): Error {
  return malformed(`a JSON value is not a ${type.kind}`);
}
