/** The types of SQL values, shared by every dialect, the plans and the compiler. Plain data: a plan that holds them can be stored. */

export type SqlType =
  | { readonly kind: 'BOOLEAN' | 'INTEGER' | 'BIGINT' | 'DOUBLE' | 'STRING' | 'BYTES' | 'DATE' | 'TIME' | 'TIMESTAMP' }
  | { readonly kind: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'ARRAY'; readonly element: SqlType }
  | { readonly kind: 'MAP'; readonly key: SqlType; readonly value: SqlType }
  | { readonly kind: 'STRUCT'; readonly fields: readonly SqlField[] };

export interface SqlField {
  readonly name: string;
  readonly type: SqlType;
}

export const sqlTypes: Readonly<
  Record<'boolean' | 'integer' | 'bigint' | 'double' | 'string' | 'bytes' | 'date' | 'time' | 'timestamp', SqlType>
> = {
  boolean: { kind: 'BOOLEAN' },
  integer: { kind: 'INTEGER' },
  bigint: { kind: 'BIGINT' },
  double: { kind: 'DOUBLE' },
  string: { kind: 'STRING' },
  bytes: { kind: 'BYTES' },
  date: { kind: 'DATE' },
  time: { kind: 'TIME' },
  timestamp: { kind: 'TIMESTAMP' },
};

/** Structural equality. */
export function sameType(a: SqlType, b: SqlType): boolean {
  if (a.kind === 'DECIMAL' && b.kind === 'DECIMAL') return a.precision === b.precision && a.scale === b.scale;
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') return sameType(a.element, b.element);
  if (a.kind === 'MAP' && b.kind === 'MAP') return sameType(a.key, b.key) && sameType(a.value, b.value);
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT') {
    return (
      a.fields.length === b.fields.length &&
      a.fields.every((field, i) => {
        const other = b.fields[i];
        return other !== undefined && field.name === other.name && sameType(field.type, other.type);
      })
    );
  }
  return a.kind === b.kind;
}

/** A type as headers, DESCRIBE and errors name it. */
export function typeText(type: SqlType): string {
  switch (type.kind) {
    case 'DECIMAL':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'ARRAY':
      return `ARRAY<${typeText(type.element)}>`;
    case 'MAP':
      return `MAP<${typeText(type.key)}, ${typeText(type.value)}>`;
    case 'STRUCT':
      return `STRUCT<${type.fields.map((field) => `${quoteName(field.name)} ${typeText(field.type)}`).join(', ')}>`;
    default:
      return type.kind;
  }
}

/** A name in back-ticks. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

export function isNumeric(type: SqlType): boolean {
  return type.kind === 'INTEGER' || type.kind === 'BIGINT' || type.kind === 'DECIMAL' || type.kind === 'DOUBLE';
}

export function isTime(type: SqlType): boolean {
  return type.kind === 'DATE' || type.kind === 'TIME' || type.kind === 'TIMESTAMP';
}

/** Does a type contain a MAP, at any depth? */
export function containsMap(type: SqlType): boolean {
  switch (type.kind) {
    case 'MAP':
      return true;
    case 'ARRAY':
      return containsMap(type.element);
    case 'STRUCT':
      return type.fields.some((field) => containsMap(field.type));
    default:
      return false;
  }
}

/** Reads what {@link typeText} wrote; undefined when the text is no type. */
export function parseTypeText(text: string): SqlType | undefined {
  const types = parseTypeList(text);
  return types?.length === 1 ? types[0] : undefined;
}

/** Reads a list of types, separated by commas. */
export function parseTypeList(text: string): SqlType[] | undefined {
  let at = 0;
  const space = (): void => {
    while (text[at] === ' ') at++;
  };
  const eat = (token: string): boolean => {
    space();
    if (!text.startsWith(token, at)) return false;
    at += token.length;
    return true;
  };
  const word = (): string => {
    space();
    const from = at;
    while (/\w/.test(text[at] ?? '')) at++;
    return text.slice(from, at).toUpperCase();
  };
  const name = (): string | undefined => {
    if (!eat('`')) return undefined;
    let out = '';
    for (; at < text.length; at++) {
      if (text[at] === '`') {
        at++;
        if (text[at] !== '`') return out;
      }
      out += text[at] ?? '';
    }
    return undefined;
  };
  const type = (): SqlType | undefined => {
    const kind = word();
    switch (kind) {
      case 'DECIMAL': {
        if (!eat('(')) return undefined;
        const precision = Number(word());
        if (!eat(',')) return undefined;
        const scale = Number(word());
        return eat(')') ? { kind, precision, scale } : undefined;
      }
      case 'ARRAY': {
        const element = eat('<') ? type() : undefined;
        return element !== undefined && eat('>') ? { kind, element } : undefined;
      }
      case 'MAP': {
        const key = eat('<') ? type() : undefined;
        const value = key !== undefined && eat(',') ? type() : undefined;
        return key !== undefined && value !== undefined && eat('>') ? { kind, key, value } : undefined;
      }
      case 'STRUCT': {
        if (!eat('<')) return undefined;
        const fields: SqlField[] = [];
        if (eat('>')) return { kind, fields };
        do {
          const field = name();
          const of = field === undefined ? undefined : type();
          if (field === undefined || of === undefined) return undefined;
          fields.push({ name: field, type: of });
        } while (eat(','));
        return eat('>') ? { kind, fields } : undefined;
      }
      default:
        return sqlTypes[kind.toLowerCase() as keyof typeof sqlTypes];
    }
  };
  const list: SqlType[] = [];
  space();
  if (at === text.length) return list;
  do {
    const one = type();
    if (one === undefined) return undefined;
    list.push(one);
  } while (eat(','));
  space();
  return at === text.length ? list : undefined;
}
