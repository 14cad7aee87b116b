/** Types as they are written: `DECIMAL(4, 2)`, `ARRAY<STRUCT<a INT>>`, `INT ARRAY`, names of users' types. */
import type { TypeExpression } from './ast.ts';
import type { TokenCursor } from './token-cursor.ts';

/** @throws SqlSyntaxError */
export function parseType(cursor: TokenCursor): TypeExpression {
  return cursor.nested(() => {
    const start = cursor.token;
    let type = parseBaseType(cursor);
    while (cursor.takeWord('ARRAY') !== undefined)
      type = { kind: 'array-of', element: type, span: cursor.spanFrom(start) };
    return type;
  });
}

function parseBaseType(cursor: TokenCursor): TypeExpression {
  const start = cursor.token;
  const generic = cursor.looksAtSymbol('<', 1) ? start.value : '';
  if (start.kind === 'word' && (generic === 'ARRAY' || generic === 'MAP' || generic === 'STRUCT')) {
    cursor.advance();
    cursor.advance();
    return parseGeneric(cursor, generic, start);
  }
  if (cursor.isWord('DECIMAL')) {
    const { text } = cursor.advance();
    cursor.expectSymbol('(');
    const precision = parseNumberText(cursor);
    cursor.expectSymbol(',');
    const scale = parseNumberText(cursor);
    cursor.expectSymbol(')');
    const name = cursor.dialect.foldName(text);
    return { kind: 'named', name, quoted: false, parameters: [precision, scale], span: cursor.spanFrom(start) };
  }
  const token = cursor.expectName();
  const parameters: string[] = [];
  if (cursor.takeSymbol('(') !== undefined) {
    parameters.push(
      ...cursor.list(() => (cursor.takeWord('STRING') ?? cursor.expectKind('integer', 'INTEGER_VALUE')).value),
    );
    cursor.expectSymbol(')');
  }
  const quoted = token.kind === 'quoted';
  return { kind: 'named', name: cursor.nameOf(token), quoted, parameters, span: cursor.spanFrom(start) };
}

function parseGeneric(cursor: TokenCursor, generic: string, start: TokenCursor['token']): TypeExpression {
  if (generic === 'ARRAY') {
    const element = parseType(cursor);
    cursor.expectSymbol('>');
    return { kind: 'array-of', element, span: cursor.spanFrom(start) };
  }
  if (generic === 'MAP') {
    const key = parseType(cursor);
    cursor.expectSymbol(',');
    const value = parseType(cursor);
    cursor.expectSymbol('>');
    return { kind: 'map-of', key, value, span: cursor.spanFrom(start) };
  }
  const field = (): { readonly name: string; readonly type: TypeExpression } => {
    const name = cursor.nameOf(cursor.expectName());
    return { name, type: parseType(cursor) };
  };
  const fields = cursor.isSymbol('>') ? [] : cursor.list(field);
  cursor.expectSymbol('>');
  return { kind: 'struct-of', fields, span: cursor.spanFrom(start) };
}

/** A number with its sign, as text. */
export function parseNumberText(cursor: TokenCursor): string {
  const sign = cursor.takeSymbol('-') === undefined ? '' : '-';
  for (const kind of ['integer', 'decimal', 'double'] as const) {
    if (cursor.isKind(kind, 'number')) return sign + cursor.advance().text;
  }
  return cursor.fail();
}
