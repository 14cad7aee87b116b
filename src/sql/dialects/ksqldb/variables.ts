/** `${name}` in a statement: in names, in literals and inside strings. */
import { SqlSyntaxError } from '../../syntax/syntax-error.ts';
import { tokenize } from '../../syntax/lexer.ts';
import type { Token } from '../../syntax/lexer.ts';
import { locationOf } from './statement-context.ts';

const reference = /\$\{([A-Za-z_][A-Za-z0-9_@]*)\}/g;

/** Whether a text may hold variables. */
export function hasVariables(text: string): boolean {
  return text.includes('${');
}

/**
 * The statement with values in place of its variables. Unknown ones inside strings stay as they are.
 * @throws SqlSyntaxError for an unknown variable, and for a value that can be neither a name nor a literal
 */
export function substituteVariables(text: string, variables: ReadonlyMap<string, string>): string {
  let result = '';
  let at = 0;
  for (const token of tokenize(text)) {
    if (token.kind !== 'variable' && token.kind !== 'string') continue;
    result += text.slice(at, token.start);
    result += token.kind === 'variable' ? valueOf(token, variables) : insideString(token.text, variables);
    at = token.end;
  }
  return result + text.slice(at);
}

/** Quotes in the value are doubled, so that it cannot end the string. */
function insideString(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(reference, (written, name: string) => {
    const value = variables.get(name);
    return value === undefined ? written : sanitize(value);
  });
}

/** A quoted string, a name in back-ticks or not, a number or a boolean; anything else could change the statement. */
function valueOf(token: Token, variables: ReadonlyMap<string, string>): string {
  const value = variables.get(token.value.slice(2, -1));
  if (value === undefined) throw illegal(token, token.value);
  const [only, end] = tokenize(value);
  if (end?.kind === 'end' && only !== undefined) {
    if (only.kind === 'string') return sanitize(value);
    if (only.kind === 'quoted' && /^[A-Za-z_][A-Za-z0-9_@]*$/.test(only.value)) return value;
    if (only.kind === 'word' || only.kind === 'integer' || only.kind === 'decimal' || only.kind === 'double')
      return value;
  }
  if (/^[-+]\s*[\d.]/.test(value) && Number.isFinite(Number(value))) return value;
  throw illegal(token, value);
}

function sanitize(value: string): string {
  const quoted = value.length > 1 && value.startsWith("'") && value.endsWith("'");
  return quoted ? `'${value.slice(1, -1).replaceAll("'", "''")}'` : value.replaceAll("'", "''");
}

function illegal(token: Token, value: string): SqlSyntaxError {
  const reason = `Illegal argument at ${locationOf(token)}. Identifier names cannot start with '@' and may only contain alphanumeric values and '_'. Got: '${value}'`;
  return new SqlSyntaxError(reason, token, reason);
}
