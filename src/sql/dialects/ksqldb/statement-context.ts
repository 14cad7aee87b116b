/** What the parsers of one statement share: the cursor, expressions, names, WITH clauses, and complaints that come after the grammar's. */
import { ExpressionParser } from '../../syntax/expression-parser.ts';
import type { Span, Token } from '../../syntax/lexer.ts';
import { SqlSyntaxError } from '../../syntax/syntax-error.ts';
import type { TokenCursor } from '../../syntax/token-cursor.ts';
import { parseNumberText } from '../../syntax/type-parser.ts';
import type { Duration, Properties, PropertyValue } from './ast.ts';

export class StatementContext {
  readonly cursor: TokenCursor;
  readonly expressions: ExpressionParser;
  /** What may stand before the dot of `source.column`. */
  readonly sources: Set<string> = new Set();
  readonly #qualifiers: { readonly name: string; readonly token: Token }[] = [];
  /** ksqlDB finds these only after the syntax of the whole text; the first one counts. */
  #complaint: SqlSyntaxError | undefined;

  constructor(cursor: TokenCursor) {
    this.cursor = cursor;
    this.expressions = new ExpressionParser(cursor, {
      qualified: (name, token) => this.qualified(name, token),
      invalid: (reason, token, place) => this.#invalid(reason, token, place),
    });
  }

  /** The statement is of the grammar but cannot be meant: said in ksqlDB's words. */
  complain(reason: string, span: Span, message: string = `Failed to prepare statement: ${reason}`): void {
    this.#complaint ??= new SqlSyntaxError(reason, span, message);
  }

  /** The first complaint; to be asked at the statement's end. */
  complaint(): SqlSyntaxError | undefined {
    const unknown = this.#qualifiers.find(({ name }) => !this.sources.has(name));
    if (unknown !== undefined) {
      this.complain(`'${unknown.name}' is not a valid stream/table name or alias.`, unknown.token);
    }
    return this.#complaint;
  }

  qualified(name: string, token: Token): void {
    this.#qualifiers.push({ name, token });
  }

  /** ksqlDB counts the column of a literal from 2. */
  #invalid(reason: string, token: Span, place: 'literal' | 'token' | 'none'): void {
    const { line, column } = token;
    const message =
      place === 'literal'
        ? `line ${line}:${column + 1}: ${reason}`
        : place === 'token'
          ? `${locationOf(token)}: ${reason}`
          : `${reason}, location:Optional[${locationOf(token)}]`;
    this.complain(reason, token, `Failed to prepare statement: ${message}`);
  }

  name(): string {
    return this.cursor.nameOf(this.cursor.expectName());
  }

  /** A stream's or table's name, whose letters Kafka has to allow. */
  sourceName(): string {
    const token = this.cursor.expectName();
    const name = this.cursor.nameOf(token);
    if (token.kind !== 'variable' && !/^[a-zA-Z0-9_-]*$/.test(name)) {
      const reason = `Illegal argument at ${locationOf(token)}. Source names may only contain alphanumeric values, '_' or '-'. Got: '${name}'`;
      this.complain(reason, token, reason);
    }
    return name;
  }

  /** `IF NOT EXISTS`. */
  ifNotExists(): boolean {
    if (this.cursor.takeWord('IF') === undefined) return false;
    this.cursor.expectWords('NOT', 'EXISTS');
    return true;
  }

  /** `IF EXISTS`. */
  ifExists(): boolean {
    if (this.cursor.takeWord('IF') === undefined) return false;
    this.cursor.expectWords('EXISTS');
    return true;
  }

  string(): string {
    return this.cursor.expectKind('string', 'STRING').value;
  }

  /** A topic or subject: a name, whose case counts, or a string. */
  resourceName(): string {
    const { cursor } = this;
    if (cursor.isKind('string', 'STRING')) return cursor.advance().value;
    const token = cursor.expectName();
    return token.kind === 'quoted' ? token.value : token.text;
  }

  integer(clause: string): number {
    const start = this.cursor.token;
    const text = parseNumberText(this.cursor);
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value !== (value | 0)) {
      this.complain(`Value must be integer for command: ${clause}`, start);
    }
    return value;
  }

  duration(): Duration {
    const { cursor } = this;
    const start = cursor.token;
    const text = parseNumberText(cursor);
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(value)) this.complain(`For input string: "${text}"`, start);
    for (const unit of ['DAY', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND']) cursor.isWord(unit, `${unit}S`);
    const unit = cursor.token.kind === 'word' ? cursor.dialect.unitOf(cursor.token.value) : undefined;
    if (unit === undefined) return cursor.fail();
    cursor.advance();
    return { value, unit };
  }

  /** `WITH (name = literal, …)`, if it is there. */
  properties(names: 'upper-case' | 'as-written'): Properties {
    return this.cursor.takeWord('WITH') === undefined ? new Map() : this.propertyList(names);
  }

  propertyList(names: 'upper-case' | 'as-written'): Properties {
    const { cursor } = this;
    const properties = new Map<string, PropertyValue>();
    cursor.expectSymbol('(');
    cursor.list(() => {
      const start = cursor.token;
      const written = cursor.isKind('string', 'STRING') ? cursor.advance().value : this.name();
      const name = names === 'upper-case' ? written.toUpperCase() : written;
      cursor.expectSymbol('=');
      const value = this.#literal();
      const other = properties.get(name);
      if (other !== undefined) {
        const entry = (of: PropertyValue): string => `${name}=${of.kind === 'string' ? `'${of.value}'` : of.value}`;
        this.complain(`Multiple entries with same key: ${entry(value)} and ${entry(other)}`, start);
      }
      properties.set(name, value);
    });
    cursor.expectSymbol(')');
    return properties;
  }

  #literal(): PropertyValue {
    const { cursor } = this;
    const start = cursor.token;
    const taken = (kind: PropertyValue['kind'], value: string): PropertyValue => ({
      kind,
      value,
      span: cursor.spanFrom(start),
    });
    if (cursor.isKind('string', 'STRING') || cursor.isKind('variable', 'VARIABLE'))
      return taken('string', cursor.advance().value);
    if (cursor.takeWord('NULL') !== undefined) return taken('null', 'null');
    if (cursor.isWord('TRUE', 'FALSE')) return taken('boolean', cursor.advance().value.toLowerCase());
    return taken('number', parseNumberText(cursor));
  }
}

/** A place as ksqlDB writes it in messages of this kind. */
export function locationOf({ line, column }: Span): string {
  return `Line: ${line}, Col: ${column}`;
}
