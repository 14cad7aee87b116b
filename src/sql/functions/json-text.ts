/** JSON whose numbers stay text, read and written without loss. */

export type JsonValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonValue[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, JsonValue])[] };

const token =
  // oxlint-disable-next-line no-control-regex -- JSON forbids them in strings.
  /\s*(?:([[\]{},:])|(true|false|null)(?![\w])|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"))/y;

/** undefined when the text is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  let at = 0;
  const next = (): RegExpExecArray | undefined => {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match === null) return undefined;
    at = token.lastIndex;
    return match;
  };
  const peek = (symbol: string): boolean => {
    const from = at;
    if (next()?.[1] === symbol) return true;
    at = from;
    return false;
  };
  const value = (depth: number): JsonValue | undefined => {
    const match = next();
    if (match === undefined || depth > 500) return undefined;
    const [, symbol, word, number, string] = match;
    if (string !== undefined) return { kind: 'string', value: JSON.parse(string) as string };
    if (number !== undefined) return { kind: 'number', text: number };
    if (word !== undefined) return word === 'null' ? { kind: 'null' } : { kind: 'boolean', value: word === 'true' };
    if (symbol === '[') return list(depth);
    return symbol === '{' ? members(depth) : undefined;
  };
  const list = (depth: number): JsonValue | undefined => {
    const items: JsonValue[] = [];
    if (peek(']')) return { kind: 'array', items };
    do {
      const item = value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
    } while (peek(','));
    return peek(']') ? { kind: 'array', items } : undefined;
  };
  const members = (depth: number): JsonValue | undefined => {
    const found = new Map<string, JsonValue>();
    if (peek('}')) return { kind: 'object', members: [] };
    do {
      const name = next()?.[4];
      const one = name !== undefined && peek(':') ? value(depth + 1) : undefined;
      if (name === undefined || one === undefined) return undefined;
      found.set(JSON.parse(name) as string, one);
    } while (peek(','));
    return peek('}') ? { kind: 'object', members: [...found] } : undefined;
  };
  const result = value(0);
  return result !== undefined && text.slice(at).trim() === '' ? result : undefined;
}

export function printJson(value: JsonValue): string {
  switch (value.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(value.value);
    case 'number':
      return value.text;
    case 'string':
      return JSON.stringify(value.value);
    case 'array':
      return `[${value.items.map(printJson).join(',')}]`;
    case 'object':
      return `{${value.members.map(([name, one]) => `${JSON.stringify(name)}:${printJson(one)}`).join(',')}}`;
  }
}
