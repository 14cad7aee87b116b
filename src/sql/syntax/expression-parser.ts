/**
 * Expressions, by precedence climbing. From loose to tight: OR, AND, NOT, one predicate (comparison, BETWEEN, IN, LIKE, IS),
 * `||`, `+ -`, `* / %`, signs, then what follows a value (`[i]`, `->field`). Predicates do not chain: `a = b = c` is an error.
 * Shared by dialects; what they do differently is asked of the cursor's dialect.
 */
import type { ArithmeticOperator, ComparisonOperator, Expression } from './ast.ts';
import type { Span, Token } from './lexer.ts';
import type { TokenCursor } from './token-cursor.ts';
import { parseType } from './type-parser.ts';

/** What a statement's parser wants to hear of while an expression is read. */
export interface ExpressionListener {
  /** `source.column` was read. */
  qualified?(source: string, token: Token): void;
  /** Something that the grammar allows and nothing else can mean: an overflow, an escape of two characters. */
  invalid(reason: string, token: Span, place: 'literal' | 'token' | 'none'): void;
}

/** The most operators in a row; more would exhaust the stack of what walks the tree. */
const chainMax = 2_000;

/** Left binding power of the operators between values. */
const valueOperators: ReadonlyMap<string, number> = new Map([
  ['||', 1],
  ['+', 2],
  ['-', 2],
  ['*', 3],
  ['/', 3],
  ['%', 3],
]);
const comparisons: readonly string[] = ['=', '<>', '!=', '<', '<=', '>', '>='];

export class ExpressionParser {
  readonly #cursor: TokenCursor;
  readonly #listener: ExpressionListener;

  constructor(cursor: TokenCursor, listener: ExpressionListener) {
    this.#cursor = cursor;
    this.#listener = listener;
  }

  /** A whole expression. @throws SqlSyntaxError */
  parse(): Expression {
    return this.#cursor.nested(() => this.#or());
  }

  /** An expression without predicates and logic outside of brackets: what GROUP BY and VALUES take. */
  parseValue(): Expression {
    return this.#cursor.nested(() => this.#value(0));
  }

  #or(): Expression {
    return this.#chain('OR', () => this.#chain('AND', () => this.#not()));
  }

  #chain(operator: 'AND' | 'OR', operand: () => Expression): Expression {
    const cursor = this.#cursor;
    const start = cursor.token;
    let left = operand();
    for (let n = 0; cursor.takeWord(operator) !== undefined; n++) {
      if (n >= chainMax) cursor.nested(() => cursor.fail());
      const right = operand();
      left = { kind: 'logical', operator, left, right, span: cursor.spanFrom(start) };
    }
    return left;
  }

  #not(): Expression {
    const start = this.#cursor.token;
    if (this.#cursor.takeWord('NOT') === undefined) return this.#predicate();
    const operand = this.#cursor.nested(() => this.#not());
    return { kind: 'not', operand, span: this.#cursor.spanFrom(start) };
  }

  #predicate(): Expression {
    const cursor = this.#cursor;
    const start = cursor.token;
    const operand = this.#value(0);
    const comparison = cursor.takeSymbol(...comparisons);
    if (comparison !== undefined) {
      const operator = (comparison.value === '!=' ? '<>' : comparison.value) as ComparisonOperator;
      const right = this.#value(0);
      return { kind: 'comparison', operator, left: operand, right, span: cursor.spanFrom(start) };
    }
    if (cursor.takeWord('IS') !== undefined) return this.#is(operand, start);
    const negated = cursor.takeWord('NOT') !== undefined;
    const predicate = this.#negatable(operand, start);
    if (predicate === undefined) return negated ? cursor.fail() : operand;
    return negated ? { kind: 'not', operand: predicate, span: predicate.span } : predicate;
  }

  /** `IS [NOT] NULL`, `IS [NOT] DISTINCT FROM`. */
  #is(operand: Expression, start: Token): Expression {
    const cursor = this.#cursor;
    const negated = cursor.takeWord('NOT') !== undefined;
    if (cursor.takeWord('NULL') !== undefined)
      return { kind: 'is-null', operand, negated, span: cursor.spanFrom(start) };
    cursor.expectWords('DISTINCT', 'FROM');
    const operator = negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM';
    const right = this.#value(0);
    return { kind: 'comparison', operator, left: operand, right, span: cursor.spanFrom(start) };
  }

  /** The predicates that may have a NOT before them. */
  #negatable(operand: Expression, start: Token): Expression | undefined {
    const cursor = this.#cursor;
    if (cursor.takeWord('BETWEEN') !== undefined) {
      const low = this.#value(0);
      cursor.expectWords('AND');
      const high = this.#value(0);
      return { kind: 'between', operand, low, high, span: cursor.spanFrom(start) };
    }
    if (cursor.takeWord('IN') !== undefined) {
      cursor.expectSymbol('(');
      const values = cursor.list(() => this.parse());
      cursor.expectSymbol(')');
      return { kind: 'in', operand, values, span: cursor.spanFrom(start) };
    }
    if (cursor.takeWord('LIKE') === undefined) return undefined;
    const pattern = this.#value(0);
    if (cursor.takeWord('ESCAPE') === undefined)
      return { kind: 'like', operand, pattern, span: cursor.spanFrom(start) };
    const token = cursor.expectKind('string', 'STRING');
    if (token.value.length !== 1) {
      this.#listener.invalid(`Expected single character escape but got: ${token.value}`, token, 'token');
    }
    return { kind: 'like', operand, pattern, escape: token.value, span: cursor.spanFrom(start) };
  }

  #value(bindingPower: number): Expression {
    const cursor = this.#cursor;
    const start = cursor.token;
    let left = this.#signed();
    for (let n = 0; cursor.isSymbol(...valueOperators.keys()); n++) {
      const power = valueOperators.get(cursor.token.value) as number;
      if (power <= bindingPower) break;
      if (n >= chainMax) cursor.fail();
      const operator = cursor.advance().value;
      const right = this.#value(power);
      const span = cursor.spanFrom(start);
      left =
        operator === '||'
          ? { kind: 'concat', left, right, span }
          : { kind: 'arithmetic', operator: operator as ArithmeticOperator, left, right, span };
    }
    return left;
  }

  /** A sign before a number belongs to the number. */
  #signed(): Expression {
    const cursor = this.#cursor;
    const start = cursor.token;
    const next = cursor.peek(1).kind;
    const numberNext = next === 'integer' || next === 'decimal' || next === 'double';
    const sign = cursor.takeSymbol('-', '+')?.value as '-' | '+' | undefined;
    if (sign === undefined || (sign === '-' && numberNext)) return this.#postfix(start);
    const operand = cursor.nested(() => this.#signed());
    return { kind: 'sign', sign, operand, span: cursor.spanFrom(start) };
  }

  /** A value and what follows it: `[index]`, `->field`. `->*` is left to the caller. */
  #postfix(start: Token): Expression {
    const cursor = this.#cursor;
    let base = this.#primary(start);
    for (let n = 0; ; n++) {
      if (n >= chainMax) cursor.fail();
      if (cursor.takeSymbol('[') !== undefined) {
        const index = this.parseValue();
        cursor.expectSymbol(']');
        base = { kind: 'subscript', base, index, span: cursor.spanFrom(start) };
      } else if (cursor.isSymbol('->') && !cursor.looksAtSymbol('*', 1)) {
        cursor.advance();
        const name = cursor.nameOf(cursor.expectName());
        base = { kind: 'field', base, name, span: cursor.spanFrom(start) };
      } else return base;
    }
  }

  #primary(start: Token): Expression {
    const cursor = this.#cursor;
    const { token } = cursor;
    const negative = start !== token;
    switch (token.kind) {
      case 'integer':
      case 'decimal':
      case 'double':
        return this.#number(cursor.advance(), negative, start);
      case 'string':
        cursor.advance();
        return { kind: 'string', value: token.value, span: cursor.spanFrom(start) };
      case 'word': {
        const special = this.#keyword(token);
        if (special !== undefined) return special;
        break;
      }
      case 'symbol':
        if (token.value !== '(') break;
        cursor.advance();
        return this.#bracketed();
    }
    cursor.couldBe('expression');
    if (!cursor.isName()) return cursor.fail((next) => this.#begins(next));
    return this.#named();
  }

  #begins(token: Token): boolean {
    if (this.#cursor.isNameToken(token)) return true;
    if (token.kind === 'word') return ['NULL', 'TRUE', 'FALSE', 'CASE', 'CAST', 'NOT'].includes(token.value);
    return token.kind === 'string' || token.kind === 'integer' || token.kind === 'decimal' || token.kind === 'double';
  }

  #bracketed(): Expression {
    const inner = this.parse();
    this.#cursor.expectSymbol(')');
    return inner;
  }

  #number(token: Token, negative: boolean, start: Token): Expression {
    const span = this.#cursor.spanFrom(start);
    const text = (negative ? '-' : '') + token.text;
    if (token.kind === 'decimal') return { kind: 'decimal', value: text, span };
    if (token.kind === 'double') {
      const value = Number(text);
      if (!Number.isFinite(value)) this.#listener.invalid(`Number overflows DOUBLE: ${text}`, start, 'literal');
      return { kind: 'double', value, span };
    }
    const value = BigInt(text);
    if (BigInt.asIntN(32, value) === value) return { kind: 'integer', value: Number(value), span };
    if (BigInt.asIntN(64, value) !== value)
      this.#listener.invalid(`Invalid numeric literal: ${text}`, start, 'literal');
    return { kind: 'long', value: String(value), span };
  }

  /** Expressions that begin with a certain word. */
  #keyword(token: Token): Expression | undefined {
    const cursor = this.#cursor;
    const opens = (symbol: string): boolean => cursor.looksAtSymbol(symbol, 1);
    switch (token.value) {
      case 'NULL':
        cursor.advance();
        return { kind: 'null', span: cursor.spanFrom(token) };
      case 'TRUE':
      case 'FALSE':
        cursor.advance();
        return { kind: 'boolean', value: token.value === 'TRUE', span: cursor.spanFrom(token) };
      case 'CASE':
        return this.#case();
      case 'CAST':
        return this.#cast();
      case 'ARRAY':
        return opens('[') ? this.#array() : undefined;
      case 'MAP':
        return opens('(') ? this.#map() : undefined;
      case 'STRUCT':
        return opens('(') ? this.#struct() : undefined;
      default:
        return undefined;
    }
  }

  #case(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    const operand = cursor.isWord('WHEN') ? undefined : this.parseValue();
    const branches: { readonly when: Expression; readonly then: Expression }[] = [];
    do {
      cursor.expectWords('WHEN');
      const when = this.parse();
      cursor.expectWords('THEN');
      // oxlint-disable-next-line unicorn/no-thenable -- The grammar's word; nobody awaits an expression.
      branches.push({ when, then: this.parse() });
    } while (cursor.isWord('WHEN'));
    const otherwise = cursor.takeWord('ELSE') === undefined ? undefined : this.parse();
    cursor.expectWords('END');
    return {
      kind: 'case',
      ...(operand && { operand }),
      branches,
      ...(otherwise && { otherwise }),
      span: cursor.spanFrom(start),
    };
  }

  #cast(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    cursor.expectSymbol('(');
    const operand = this.parse();
    cursor.expectWords('AS');
    const type = parseType(cursor);
    cursor.expectSymbol(')');
    return { kind: 'cast', operand, type, span: cursor.spanFrom(start) };
  }

  #array(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    cursor.advance();
    const items = cursor.isSymbol(']') ? [] : cursor.list(() => this.parse());
    cursor.expectSymbol(']');
    return { kind: 'array', items, span: cursor.spanFrom(start) };
  }

  #map(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    cursor.advance();
    const entry = (): { readonly key: Expression; readonly value: Expression } => {
      const key = this.parse();
      cursor.expectSymbol(':=');
      return { key, value: this.parse() };
    };
    const entries = cursor.isSymbol(')') ? [] : cursor.list(entry);
    cursor.expectSymbol(')');
    return { kind: 'map', entries, span: cursor.spanFrom(start) };
  }

  #struct(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    cursor.advance();
    const field = (): { readonly name: string; readonly value: Expression } => {
      const name = cursor.nameOf(cursor.expectName());
      cursor.expectSymbol(':=');
      return { name, value: this.parse() };
    };
    const fields = cursor.isSymbol(')') ? [] : cursor.list(field);
    cursor.expectSymbol(')');
    return { kind: 'struct', fields, span: cursor.spanFrom(start) };
  }

  /** What begins with a name: a call, a column, `source.column`, `DECIMAL '1.5'`. */
  #named(): Expression {
    const cursor = this.#cursor;
    const start = cursor.advance();
    const name = cursor.nameOf(start);
    if (cursor.takeSymbol('(') !== undefined) return this.#call(name, start);
    if (cursor.token.kind === 'string') {
      const { value } = cursor.advance();
      if (name !== 'DECIMAL') this.#listener.invalid(`Unknown type: ${name}`, start, 'none');
      return { kind: 'decimal', value, span: cursor.spanFrom(start) };
    }
    if (cursor.isSymbol('.') && !cursor.looksAtSymbol('*', 1)) {
      cursor.advance();
      const column = cursor.nameOf(cursor.expectName());
      this.#listener.qualified?.(name, start);
      return { kind: 'column', source: name, name: column, span: cursor.spanFrom(start) };
    }
    return { kind: 'column', name, span: cursor.spanFrom(start) };
  }

  /** Lambdas come last, and not first. */
  #call(name: string, start: Token): Expression {
    const cursor = this.#cursor;
    const args: Expression[] = [];
    if (cursor.takeSymbol('*') !== undefined) {
      cursor.expectSymbol(')');
      return { kind: 'call', name, args, star: true, span: cursor.spanFrom(start) };
    }
    if (cursor.takeSymbol(')') === undefined) {
      let lambdas = false;
      do {
        lambdas = args.length > 0 && (lambdas || this.#lambdaAhead());
        args.push(lambdas ? this.#lambda() : this.#argument());
      } while (cursor.takeSymbol(',') !== undefined);
      cursor.expectSymbol(')');
    }
    return { kind: 'call', name, args, span: cursor.spanFrom(start) };
  }

  /** A unit of time that could be a name is one. */
  #argument(): Expression {
    const cursor = this.#cursor;
    const { token } = cursor;
    const unit = token.kind === 'word' ? cursor.dialect.unitOf(token.value) : undefined;
    if (unit === undefined || !cursor.dialect.isReserved(token.value)) return this.parse();
    cursor.advance();
    return { kind: 'unit', unit, span: cursor.spanFrom(token) };
  }

  #lambdaAhead(): boolean {
    const cursor = this.#cursor;
    let ahead = 0;
    if (!cursor.looksAtSymbol('(')) return cursor.isNameToken(cursor.token) && cursor.looksAtSymbol('=>', 1);
    do {
      if (!cursor.isNameToken(cursor.peek(ahead + 1))) return false;
      ahead += 2;
    } while (cursor.looksAtSymbol(',', ahead));
    return cursor.looksAtSymbol(')', ahead) && cursor.looksAtSymbol('=>', ahead + 1);
  }

  #lambda(): Expression {
    const cursor = this.#cursor;
    const start = cursor.token;
    const name = (): string => cursor.nameOf(cursor.expectName());
    let parameters: readonly string[];
    if (cursor.takeSymbol('(') === undefined) parameters = [name()];
    else {
      parameters = cursor.list(name);
      cursor.expectSymbol(')');
    }
    cursor.expectSymbol('=>');
    return { kind: 'lambda', parameters, body: this.parse(), span: cursor.spanFrom(start) };
  }
}
