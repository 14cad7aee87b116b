/** The conversions behind CAST that need more than an expression. null is the result of text that is not a value of the type. */
import type { SqlType } from '../../sql/types.ts';

type Convert = (value: never) => unknown;

/** The function of a pair of types, from plain values to plain values; BIGINT comes as number when safe, else as bigint. */
export function castFunction(from: SqlType, to: SqlType): Convert | undefined {
  switch (`${from.kind} ${to.kind}`) {
    case 'STRING INTEGER':
      return parseInteger as Convert;
    case 'STRING BIGINT':
      return parseBigint as Convert;
    case 'STRING DOUBLE':
      return parseDouble as Convert;
    case 'STRING BOOLEAN':
      return parseBoolean as Convert;
    case 'INTEGER STRING':
    case 'BIGINT STRING':
    case 'BOOLEAN STRING':
      return ((value: unknown) => String(value)) as Convert;
    case 'DOUBLE STRING':
      return javaDouble as Convert;
    case 'DOUBLE INTEGER':
      return saturateInt as Convert;
    case 'DOUBLE BIGINT':
      return saturateLong as Convert;
    case 'DATE STRING':
      return ((days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10)) as Convert;
    case 'TIMESTAMP STRING':
      return ((ms: number) => new Date(ms).toISOString().slice(0, 23)) as Convert;
    default:
      return undefined;
  }
}

function parseInteger(text: string): number | null {
  const value = parseBigint(text);
  return value !== null && value >= -(2 ** 31) && value < 2 ** 31 ? Number(value) : null;
}

function parseBigint(text: string): number | bigint | null {
  const trimmed = text.trim();
  if (!/^[+-]?\d{1,20}$/.test(trimmed)) return null;
  const value = BigInt(trimmed.startsWith('+') ? trimmed.slice(1) : trimmed);
  if (BigInt.asIntN(64, value) !== value) return null;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function parseDouble(text: string): number | null {
  const trimmed = text.trim();
  if (/^[+-]?(Infinity|NaN)$/.test(trimmed)) return trimmed.endsWith('NaN') ? Number.NaN : Number(trimmed);
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/.test(trimmed) ? Number.parseFloat(trimmed) : null;
}

function parseBoolean(text: string): boolean | null {
  const trimmed = text.trim().toLowerCase();
  if (trimmed.length === 0) return null;
  return 'true'.startsWith(trimmed) || 'yes'.startsWith(trimmed);
}

function saturateInt(value: number): number {
  if (Number.isNaN(value)) return 0;
  return Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) + 0;
}

function saturateLong(value: number): number | bigint {
  if (Number.isNaN(value)) return 0;
  const whole = Math.trunc(value);
  if (Number.isSafeInteger(whole)) return whole + 0;
  if (whole >= 2 ** 63) return 2n ** 63n - 1n;
  if (whole <= -(2 ** 63)) return -(2n ** 63n);
  return BigInt(whole);
}

/** A double as Java's `Double.toString` writes it: always a fraction, exponent form outside 10^-3 … 10^7. */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes('.') ? text : `${text}.0`;
  }
  const [digits = '', exponent = '0'] = value.toExponential().split('e');
  return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
}
