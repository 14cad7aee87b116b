/**
 * JSON read with numbers as they are written: configuration values become strings digit by digit (`1.50` stays `1.50`), and an int64
 * keeps all its digits. Complaints are worded as Jackson words them, since Connect's clients see them.
 */

/** A number, in the digits it was written with. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;
export type JsonObject = ReadonlyMap<string, Json>;

/** What is wrong with a text that is not JSON, in Jackson's words. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/** Objects deeper than this are refused (Jackson's own limit). */
const depthMax = 1000;

/** Reads one JSON value; what follows it is not looked at, as Jackson does. Throws {@link JsonTextError}. */
export function parseJsonText(text: string): Json {
  return new Reader(text).value(0);
}

const source = ' at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: ';

class Reader {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Json {
    if (depth > depthMax)
      throw this.error(`Document nesting depth (${depth}) exceeds the maximum allowed (${depthMax})`);
    const c = this.next();
    if (c === '{') return this.object(depth);
    if (c === '[') return this.array(depth);
    if (c === '"') return this.string();
    if (c === '-' || (c !== undefined && c >= '0' && c <= '9')) return this.number();
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    if (c === undefined) throw this.error('No content to map due to end-of-input', 0);
    const token = /^[A-Za-z_$][\w$]*/.exec(this.text.slice(this.at, this.at + 256))?.[0];
    if (token !== undefined) {
      throw this.error(
        `Unrecognized token '${token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')`,
        token.length,
      );
    }
    throw this.unexpected(
      c,
      "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
    );
  }

  private object(depth: number): JsonObject {
    this.at++;
    const members = new Map<string, Json>();
    if (this.next() === '}') {
      this.at++;
      return members;
    }
    for (;;) {
      const c = this.next();
      if (c !== '"') throw this.unexpected(c, 'was expecting double-quote to start field name');
      const name = this.string();
      const colon = this.next();
      if (colon !== ':') throw this.unexpected(colon, 'was expecting a colon to separate field name and value');
      this.at++;
      members.set(name, this.value(depth + 1));
      const end = this.next();
      if (end !== ',' && end !== '}') throw this.unexpected(end, 'was expecting comma to separate Object entries');
      this.at++;
      if (end === '}') return members;
    }
  }

  private array(depth: number): Json[] {
    this.at++;
    const items: Json[] = [];
    if (this.next() === ']') {
      this.at++;
      return items;
    }
    for (;;) {
      items.push(this.value(depth + 1));
      const end = this.next();
      if (end !== ',' && end !== ']') throw this.unexpected(end, 'was expecting comma to separate Array entries');
      this.at++;
      if (end === ']') return items;
    }
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (Number.isNaN(code))
        throw this.error('Unexpected end-of-input: was expecting closing quote for a string value', 0);
      if (code < 0x20)
        throw this.error(
          `Illegal unquoted character ((CTRL-CHAR, code ${code})): has to be escaped using backslash to be included in string value`,
        );
      this.at += code === 0x5c ? 2 : 1;
      if (code === 0x22) break;
    }
    try {
      return JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      throw this.error('Unrecognized character escape', 0);
    }
  }

  private number(): JsonNumber {
    const text = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(this.text.slice(this.at, this.at + 1100))?.[0];
    if (text === undefined) {
      this.at++;
      throw this.unexpected(this.text[this.at], 'Expected digit (0-9) to follow minus sign, for valid numeric value');
    }
    this.at += text.length;
    const after = this.text[this.at];
    if (after !== undefined && /[\w.]/.test(after))
      throw this.unexpected(after, 'Expected space separating root-level values');
    return new JsonNumber(text);
  }

  /** The next character that is no white space, not taken. */
  private next(): string | undefined {
    for (;;) {
      const c = this.text[this.at];
      if (c !== ' ' && c !== '\n' && c !== '\r' && c !== '\t') return c;
      this.at++;
    }
  }

  private unexpected(c: string | undefined, wanted: string): JsonTextError {
    if (c === undefined) return this.error(`Unexpected end-of-input: ${wanted}`, 0);
    return this.error(`Unexpected character ('${c}' (code ${c.charCodeAt(0)})): ${wanted}`);
  }

  /** `ahead`: how far past the current character Jackson has read when it complains. */
  private error(what: string, ahead = 1): JsonTextError {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    const column = this.at - before.lastIndexOf('\n') - 1 + ahead;
    return new JsonTextError(`${what}\n${source}${line}, column: ${column}]`);
  }
}

const words = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const;

/** Writes a value; the digits of numbers stay as they were read. */
export function printJsonText(value: Json): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(printJsonText).join(',')}]`;
  if (value instanceof Map) {
    const members = [...(value as JsonObject)].map(
      ([name, member]) => `${JSON.stringify(name)}:${printJsonText(member)}`,
    );
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}
