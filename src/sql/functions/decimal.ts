/** DECIMAL arithmetic on text: exact, with the types that the results of operations have. */
import { StackError } from '../../core/errors.ts';
import type { SqlType } from '../types.ts';

export type DecimalType = SqlType & { readonly kind: 'DECIMAL' };

/** An unscaled integer with its scale. */
export interface Scaled {
  readonly digits: bigint;
  readonly scale: number;
}

/** Reads decimal text, with or without exponent; undefined when it is not a number. */
export function parseDecimal(text: string): Scaled | undefined {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  if (whole === '' && fraction === '') return undefined;
  const magnitude = BigInt(whole + fraction);
  const digits = sign === '-' ? -magnitude : magnitude;
  const scale = fraction.length - Number(exponent);
  return scale < 0 ? { digits: digits * 10n ** BigInt(-scale), scale: 0 } : { digits, scale };
}

export function printDecimal({ digits, scale }: Scaled): string {
  if (scale === 0) return String(digits);
  const negative = digits < 0n;
  const text = String(negative ? -digits : digits).padStart(scale + 1, '0');
  return `${negative ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** To another scale, halves away from zero. */
export function rescale({ digits, scale }: Scaled, to: number): Scaled {
  if (to >= scale) return { digits: digits * 10n ** BigInt(to - scale), scale: to };
  return { digits: divideHalfUp(digits, 10n ** BigInt(scale - to)), scale: to };
}

export function divideHalfUp(a: bigint, b: bigint): bigint {
  const negative = a < 0n !== b < 0n;
  const dividend = a < 0n ? -a : a;
  const divisor = b < 0n ? -b : b;
  const quotient = (dividend * 2n + divisor) / (divisor * 2n);
  return negative ? -quotient : quotient;
}

/** Does the number fit the type, its fraction aside? */
export function fitsDecimal({ digits, scale }: Scaled, type: DecimalType): boolean {
  const magnitude = digits < 0n ? -digits : digits;
  return magnitude < 10n ** BigInt(type.precision - type.scale + scale);
}

/** The type of a literal: `0.05` has precision 2, not 1. */
export function decimalTypeOf({ digits, scale }: Scaled): DecimalType {
  const count = String(digits < 0n ? -digits : digits).length;
  return { kind: 'DECIMAL', precision: Math.max(count, scale), scale };
}

/** A number as a DECIMAL that holds it. */
export function asDecimalType(type: SqlType): DecimalType | undefined {
  switch (type.kind) {
    case 'DECIMAL':
      return type;
    case 'INTEGER':
      return { kind: 'DECIMAL', precision: 10, scale: 0 };
    case 'BIGINT':
      return { kind: 'DECIMAL', precision: 19, scale: 0 };
    default:
      return undefined;
  }
}

export type DecimalOperation = 'add' | 'subtract' | 'multiply' | 'divide' | 'modulo';

export function decimalResult(operation: DecimalOperation, a: DecimalType, b: DecimalType): DecimalType {
  const scale = Math.max(a.scale, b.scale);
  switch (operation) {
    case 'add':
    case 'subtract':
      return { kind: 'DECIMAL', precision: scale + Math.max(a.precision - a.scale, b.precision - b.scale) + 1, scale };
    case 'multiply':
      return { kind: 'DECIMAL', precision: a.precision + b.precision + 1, scale: a.scale + b.scale };
    case 'divide': {
      const result = Math.max(6, a.scale + b.precision + 1);
      return { kind: 'DECIMAL', precision: a.precision - a.scale + b.scale + result, scale: result };
    }
    case 'modulo':
      return { kind: 'DECIMAL', precision: Math.min(a.precision - a.scale, b.precision - b.scale) + scale, scale };
  }
}

/** Computes to the scale of the result's type. @throws StackError MILLRACE_EXPRESSION_FAILED dividing by zero, or where a quotient would have to be rounded */
export function decimalOperate(
  operation: DecimalOperation,
  left: string,
  right: string,
  result: DecimalType,
): string | null {
  const a = parseDecimal(left);
  const b = parseDecimal(right);
  if (a === undefined || b === undefined) return null;
  const scale = Math.max(a.scale, b.scale);
  const x = rescale(a, scale).digits;
  const y = rescale(b, scale).digits;
  switch (operation) {
    case 'add':
      return printDecimal(rescale({ digits: x + y, scale }, result.scale));
    case 'subtract':
      return printDecimal(rescale({ digits: x - y, scale }, result.scale));
    case 'multiply':
      return printDecimal(rescale({ digits: a.digits * b.digits, scale: a.scale + b.scale }, result.scale));
    case 'divide': {
      if (y === 0n) throw noResult(x === 0n ? 'Division undefined' : 'Division by zero');
      const widened = x * 10n ** BigInt(result.scale);
      // Java's division is told that no rounding is necessary, and complains where it is.
      if (widened % y !== 0n) throw noResult('Rounding necessary');
      return printDecimal({ digits: widened / y, scale: result.scale });
    }
    case 'modulo':
      if (y === 0n) throw noResult('Division by zero');
      return printDecimal(rescale({ digits: x % y, scale }, result.scale));
  }
}

function noResult(why: string): StackError {
  return new StackError('MILLRACE_EXPRESSION_FAILED', why);
}

export function compareDecimals(left: string, right: string): number {
  const a = parseDecimal(left);
  const b = parseDecimal(right);
  if (a === undefined || b === undefined) return 0;
  const scale = Math.max(a.scale, b.scale);
  const x = rescale(a, scale).digits;
  const y = rescale(b, scale).digits;
  return x < y ? -1 : x > y ? 1 : 0;
}
