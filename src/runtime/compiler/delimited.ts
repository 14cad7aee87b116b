/** DELIMITED (CSV) records: fields by position, quoted with `"`, doubled inside. */
import type { SqlType } from '../../sql/types.ts';
import { javaDouble } from '../../sql/functions/java-double.ts';
import { castFunction, decimalText } from './cast-functions.ts';
import { malformed } from './bytes.ts';

export class DelimitedScanner {
  readonly #delimiter: string;
  readonly #columns: number;

  constructor(delimiter: string, columns: number) {
    this.#delimiter = delimiter;
    this.#columns = columns;
  }

  /** The fields of a record; a field that is empty and not quoted is null. */
  split(b: Buffer, start: number, end: number): (string | null)[] {
    const text = b.toString('utf8', start, end).replace(/\r?\n$/, '');
    const out: (string | null)[] = [];
    let at = 0;
    for (;;) {
      if (text[at] === '"') {
        let value = '';
        let from = at + 1;
        for (;;) {
          const close = text.indexOf('"', from);
          if (close < 0) throw malformed('a quoted field does not end');
          value += text.slice(from, close);
          if (text[close + 1] !== '"') {
            at = close + 1;
            break;
          }
          value += '"';
          from = close + 2;
        }
        out.push(value);
        if (at < text.length && !text.startsWith(this.#delimiter, at)) throw malformed('text follows a quoted field');
      } else {
        const next = text.indexOf(this.#delimiter, at);
        const to = next < 0 ? text.length : next;
        out.push(to === at ? null : text.slice(at, to));
        at = to;
      }
      if (at >= text.length) break;
      at += this.#delimiter.length;
    }
    if (out.length !== this.#columns) throw malformed(`it has ${out.length} fields, the schema ${this.#columns}`);
    return out;
  }
}

/** A field's text as a plain value of the type. */
export function delimitedValue(text: string | null | undefined, type: SqlType): unknown {
  if (text === null || text === undefined) return null;
  switch (type.kind) {
    case 'STRING':
      return text;
    case 'BYTES':
      return Buffer.from(text, 'base64');
    case 'DECIMAL':
      return decimalText(text, type);
    case 'BOOLEAN':
      return text.trim().toLowerCase() === 'true';
    case 'DATE':
    case 'TIME':
    case 'TIMESTAMP': {
      const value = Number(text);
      if (!Number.isSafeInteger(value)) throw malformed(`${JSON.stringify(text)} is not a ${type.kind}`);
      return value;
    }
    default: {
      // Java's texts for what is no finite number; a cast refuses them.
      if (type.kind === 'DOUBLE' && /^[+-]?(?:Infinity|NaN)$/.test(text.trim()))
        return Number(text.trim().replace(/^.NaN/, 'NaN'));
      const value = castFunction({ kind: 'STRING' }, type)?.(text.trim() as never) ?? null;
      if (value === null) throw malformed(`${JSON.stringify(text)} is not a ${type.kind}`);
      return value;
    }
  }
}

/** A plain value as a field of a DELIMITED record. */
export function delimitedField(value: unknown, delimiter: string, type: SqlType, first: boolean): string {
  if (value === null) return '';
  const text = Buffer.isBuffer(value)
    ? value.toString('base64')
    : type.kind === 'DOUBLE'
      ? javaDouble(value as number)
      : String(value);
  // As Commons CSV does where quotes are needed: also for what begins or ends with a space or a control character, and for a
  // record that would begin with neither letter nor digit.
  return (text === '' ? first : (first && !/^[\dA-Za-z]/.test(text)) || text.charCodeAt(0) <= 0x23) ||
    text.charCodeAt(text.length - 1) <= 0x20 ||
    text.includes('"') ||
    text.includes(delimiter) ||
    /[\r\n]/.test(text)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}
