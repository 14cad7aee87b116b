/**
 * Lists of expressions that need one type: IN, ARRAY[…], MAP(…). The first that is not null leads; numbers widen, text literals
 * are parsed into what is wanted, structures are compared field by field.
 */
import { decimalTypeOf, parseDecimal } from '../../functions/decimal.ts';
import type { PlanExpression } from '../../expression.ts';
import { invalid } from '../../sql-error.ts';
import type { Expression } from '../../syntax/ast.ts';
import { isNumeric, isTime, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlField, SqlType } from '../../types.ts';
import { castTo, literal, parseBooleanText, widerNumber } from './bound.ts';
import type { Bound } from './bound.ts';
import type { BindContext } from './expressions.ts';
import { printExpression } from './print.ts';

type Bind = (expression: Expression, context: BindContext) => Bound;

/** The common type (absent when all are NULL) and every expression in it. */
export function coerceList(
  expressions: readonly Expression[],
  context: BindContext,
  bind: Bind,
  prefix = '',
): { readonly type: SqlType | undefined; readonly values: readonly PlanExpression[] } {
  const typeOf = (expression: Expression): SqlType | undefined => bind(expression, context).type;
  let type: SqlType | undefined;
  for (const expression of expressions) type = common(expression, typeOf(expression), type, typeOf, prefix);
  const values = expressions.map((expression) => {
    if (type === undefined) return literal(null, sqlTypes.string);
    return build(expression, type, context, bind, prefix);
  });
  return { type, values };
}

function common(
  expression: Expression,
  type: SqlType | undefined,
  target: SqlType | undefined,
  typeOf: (expression: Expression) => SqlType | undefined,
  prefix: string,
): SqlType | undefined {
  if (target === undefined) return type;
  if (type === undefined) return target;
  const fail = (): Error =>
    invalid(
      `${prefix}operator does not exist: ${typeText(target)} = ${typeText(type)} (${printExpression(expression)})\nHint: You might need to add explicit type casts.`,
      expression.span,
    );
  const next = (one: Expression, to: SqlType): SqlType => common(one, typeOf(one), to, typeOf, prefix) as SqlType;
  switch (expression.kind) {
    case 'array':
      if (target.kind !== 'ARRAY') throw fail();
      return {
        kind: 'ARRAY',
        element: nested(() => expression.items.reduce((to, one) => next(one, to), target.element), fail),
      };
    case 'map': {
      if (target.kind !== 'MAP') throw fail();
      return nested(
        () => ({
          kind: 'MAP',
          key: expression.entries.reduce((to, { key }) => next(key, to), target.key),
          value: expression.entries.reduce((to, { value }) => next(value, to), target.value),
        }),
        fail,
      );
    }
    case 'struct':
      if (target.kind !== 'STRUCT') throw fail();
      return nested(() => commonStruct(expression.fields, target.fields, typeOf, next), fail);
    case 'string':
      if (isNumeric(target)) return fromText(expression.value, target, prefix, expression);
      if (target.kind === 'BOOLEAN') {
        if (parseBooleanText(expression.value) === undefined)
          throw badText(expression.value, target, prefix, expression);
        return target;
      }
      break;
    default:
  }
  return commonSimple(type, target, isLiteral(expression)) ?? thrown(fail());
}

/** A mismatch inside a structure is told of the whole structure; what is wrong with a text stays as it is. */
function nested<T>(work: () => T, fail: () => Error): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Error && error.message.includes('operator does not exist')) throw fail();
    throw error;
  }
}

function thrown(error: Error): never {
  throw error;
}

function commonStruct(
  own: readonly { readonly name: string; readonly value: Expression }[],
  target: readonly SqlField[],
  typeOf: (expression: Expression) => SqlType | undefined,
  next: (one: Expression, to: SqlType) => SqlType,
): SqlType {
  const names = [...new Set([...own.map(({ name }) => name), ...target.map(({ name }) => name)])];
  return {
    kind: 'STRUCT',
    fields: names.map((name) => {
      const value = own.find((field) => field.name === name)?.value;
      const wanted = target.find((field) => field.name === name)?.type;
      const type = value === undefined ? wanted : wanted === undefined ? typeOf(value) : next(value, wanted);
      return { name, type: type ?? sqlTypes.string };
    }),
  };
}

function isLiteral(expression: Expression): boolean {
  return ['boolean', 'integer', 'long', 'decimal', 'double', 'string'].includes(expression.kind);
}

function commonSimple(a: SqlType, b: SqlType, lax: boolean): SqlType | undefined {
  if (sameType(a, b)) return a;
  if (isNumeric(a) && isNumeric(b)) return widerNumber(a, b);
  if (lax) {
    // A literal becomes text where text is wanted, and text what is wanted.
    if (b.kind === 'STRING' && (isNumeric(a) || a.kind === 'BOOLEAN')) return b;
    if (a.kind === 'STRING' && isTime(b)) return b;
  }
  if (a.kind === 'ARRAY' && b.kind === 'ARRAY') {
    const element = commonSimple(a.element, b.element, false);
    return element && { kind: 'ARRAY', element };
  }
  if (a.kind === 'MAP' && b.kind === 'MAP') {
    const key = commonSimple(a.key, b.key, false);
    const value = commonSimple(a.value, b.value, false);
    return key && value && { kind: 'MAP', key, value };
  }
  if (a.kind === 'STRUCT' && b.kind === 'STRUCT') {
    const names = [...new Set([...b.fields, ...a.fields].map(({ name }) => name))];
    const fields = names.map((name) => {
      const [own, other] = [a, b].map((type) => type.fields.find((field) => field.name === name)?.type);
      return { name, type: own === undefined ? other : other === undefined ? own : commonSimple(own, other, false) };
    });
    return fields.every((field) => field.type !== undefined)
      ? { kind: 'STRUCT', fields: fields as SqlField[] }
      : undefined;
  }
  return undefined;
}

function fromText(text: string, target: SqlType, prefix: string, expression: Expression): SqlType {
  const number = parseDecimal(text);
  if (number === undefined) throw badText(text, target, prefix, expression);
  const whole = !/[.eE]/.test(text);
  const fits = (bits: number): boolean => BigInt.asIntN(bits, number.digits) === number.digits;
  const type: SqlType =
    whole && fits(32) ? sqlTypes.integer : whole && fits(64) ? sqlTypes.bigint : decimalTypeOf(number);
  return widerNumber(target, type);
}

function badText(text: string, target: SqlType, prefix: string, expression: Expression): Error {
  return invalid(`${prefix}invalid input syntax for type ${target.kind}: "${text}".`, expression.span);
}

/** The expression in the common type; constructors are built with the parts of the type. */
function build(
  expression: Expression,
  type: SqlType,
  context: BindContext,
  bind: Bind,
  prefix: string,
): PlanExpression {
  const value = bind(expression, context);
  if (value.type === undefined || sameType(value.type, type)) return castTo(value, type);
  if (expression.kind === 'struct' && type.kind === 'STRUCT') {
    return {
      kind: 'struct',
      fields: type.fields.map((field) => {
        const own = expression.fields.find(({ name }) => name === field.name);
        return {
          name: field.name,
          value: own === undefined ? literal(null, field.type) : build(own.value, field.type, context, bind, prefix),
        };
      }),
      type,
    };
  }
  if (expression.kind === 'string' && type.kind === 'BOOLEAN') {
    return literal(parseBooleanText(expression.value) as boolean, type);
  }
  if (isTime(type) && value.expression.kind === 'literal') {
    const converted = castTo(value, type);
    if (converted.kind === 'cast') throw badText(String(value.expression.value), type, prefix, expression);
    return converted;
  }
  return castTo(value, type);
}
