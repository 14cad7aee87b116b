/** Bound expressions with what only the binder needs to know: that NULL has no type yet, and literals. */
import {
  asDecimalType,
  decimalTypeOf,
  fitsDecimal,
  parseDecimal,
  printDecimal,
  rescale,
} from '../../functions/decimal.ts';
import type { PlanExpression, PlanLiteral } from '../../expression.ts';
import type { Expression } from '../../syntax/ast.ts';
import { isNumeric, isTime, sameType, sqlTypes, typeText } from '../../types.ts';
import type { SqlType } from '../../types.ts';
import { javaDouble } from '../../functions/java-double.ts';
import { invalid } from '../../sql-error.ts';
import { parseTimeText } from '../../functions/time-text.ts';

export interface Bound {
  readonly expression: PlanExpression;
  /** Absent: the literal NULL. */
  readonly type: SqlType | undefined;
}

export function bound(expression: PlanExpression): Bound {
  return { expression, type: expression.type };
}

export function literal(value: PlanLiteral, type: SqlType): PlanExpression {
  return { kind: 'literal', value, type };
}

/** The type of an operand as messages name it. */
export function boundTypeText({ type }: Bound): string {
  return type === undefined ? 'null' : typeText(type);
}

/** The value as the type: itself, a NULL of the type, a converted literal, or a cast. */
export function castTo(value: Bound, type: SqlType): PlanExpression {
  if (value.type === undefined) return literal(null, type);
  if (sameType(value.type, type)) return value.expression;
  if (value.expression.kind === 'literal') {
    const converted = convertLiteral(value.expression.value, value.type, type);
    if (converted !== undefined) return literal(converted, type);
  }
  return { kind: 'cast', operand: value.expression, type };
}

/** As `castTo`, of an operand: what fails in it fails its operator. */
export function widenTo(value: Bound, type: SqlType): PlanExpression {
  const cast = castTo(value, type);
  return cast.kind === 'cast' && cast !== value.expression ? { ...cast, implicit: true } : cast;
}

/** A literal in another type; undefined when it has to be converted at run time or cannot be. */
export function convertLiteral(value: PlanLiteral, from: SqlType, to: SqlType): PlanLiteral | undefined {
  if (value === null) return null;
  if (sameType(from, to)) return value;
  if (isNumeric(from)) return convertNumber(value, from, to);
  if (from.kind === 'BOOLEAN' && to.kind === 'STRING') return String(value);
  if (from.kind !== 'STRING') return undefined;
  const text = String(value);
  if (isTime(to)) return parseTimeText(text, to);
  switch (to.kind) {
    case 'INTEGER':
    case 'BIGINT':
    case 'DECIMAL': {
      const number = parseDecimal(text);
      return number === undefined || (to.kind !== 'DECIMAL' && number.scale > 0)
        ? undefined
        : convertNumber(printDecimal(number), decimalTypeOf(number), to);
    }
    case 'DOUBLE':
      return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text) ? Number(text) : undefined;
    case 'BOOLEAN':
      return parseBooleanText(text);
    default:
      return undefined;
  }
}

/** `true`, `yes` and their beginnings, likewise `false` and `no`. */
export function parseBooleanText(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase();
  if (lower === '') return undefined;
  if ('true'.startsWith(lower) || 'yes'.startsWith(lower)) return true;
  return 'false'.startsWith(lower) || 'no'.startsWith(lower) ? false : undefined;
}

function convertNumber(value: PlanLiteral, from: SqlType, to: SqlType): PlanLiteral | undefined {
  const text = from.kind === 'DOUBLE' ? String(value) : String(value);
  const number = parseDecimal(text);
  if (number === undefined) return undefined;
  switch (to.kind) {
    case 'INTEGER':
    case 'BIGINT': {
      const whole = number.digits / 10n ** BigInt(number.scale);
      const bits = to.kind === 'INTEGER' ? 32 : 64;
      if (BigInt.asIntN(bits, whole) !== whole) return undefined;
      return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole);
    }
    case 'DOUBLE':
      return Number(value);
    case 'DECIMAL':
      return fitsDecimal(number, to) ? printDecimal(rescale(number, to.scale)) : undefined;
    case 'STRING':
      return from.kind === 'DOUBLE' ? javaDouble(Number(value)) : String(value);
    default:
      return undefined;
  }
}

/** The type that both numbers widen to. */
export function widerNumber(a: SqlType, b: SqlType): SqlType {
  if (a.kind === 'DOUBLE' || b.kind === 'DOUBLE') return sqlTypes.double;
  const [x, y] = [asDecimalType(a), asDecimalType(b)];
  if ((a.kind === 'DECIMAL' || b.kind === 'DECIMAL') && x !== undefined && y !== undefined) {
    const scale = Math.max(x.scale, y.scale);
    return { kind: 'DECIMAL', precision: Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale };
  }
  return a.kind === 'BIGINT' || b.kind === 'BIGINT' ? sqlTypes.bigint : sqlTypes.integer;
}

/** Literals of the text as plan literals. */
export function bindLiteral(expression: Expression): Bound | undefined {
  switch (expression.kind) {
    case 'null':
      return { expression: literal(null, sqlTypes.string), type: undefined };
    case 'boolean':
      return bound(literal(expression.value, sqlTypes.boolean));
    case 'integer':
      return bound(literal(expression.value, sqlTypes.integer));
    case 'long': {
      const value = Number(expression.value);
      return bound(literal(Number.isSafeInteger(value) ? value : expression.value, sqlTypes.bigint));
    }
    case 'decimal': {
      const number = parseDecimal(expression.value);
      if (number === undefined) throw invalid(`Invalid numeric literal: ${expression.value}`, expression.span);
      return bound(literal(printDecimal(number), decimalTypeOf(number)));
    }
    case 'double':
      return bound(literal(expression.value, sqlTypes.double));
    case 'string':
      return bound(literal(expression.value, sqlTypes.string));
    case 'sign': {
      const operand = bindLiteral(expression.operand);
      if (operand?.type === undefined || !isNumeric(operand.type) || operand.expression.kind !== 'literal')
        return undefined;
      if (expression.sign === '+') return operand;
      const { value } = operand.expression;
      if (typeof value === 'number')
        return bound(literal(value === 0 && operand.type.kind !== 'DOUBLE' ? 0 : -value, operand.type));
      const text = String(value);
      return bound(
        literal(text.startsWith('-') ? text.slice(1) : /[1-9]/.test(text) ? `-${text}` : text, operand.type),
      );
    }
    default:
      return undefined;
  }
}
