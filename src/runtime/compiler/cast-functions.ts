/** The conversions behind CAST that need more than an expression. null is the result of text that is not a value of the type. */
import { fitsDecimal, parseDecimal, printDecimal, rescale } from '../../sql/functions/decimal.ts';
import { base64Bytes } from '../../sql/functions/bytes.ts';
import { javaDouble } from '../../sql/functions/java-double.ts';
import { dateText, parseTimeText, timeText } from '../../sql/functions/time-text.ts';
import { sameType } from '../../sql/types.ts';
import type { SqlType } from '../../sql/types.ts';
import type { StackError } from '../../core/errors.ts';
import { malformed } from './bytes.ts';
import { failure } from './failures.ts';

type Convert = (value: never) => unknown;

/** The function of a pair of types, from plain values to plain values; BIGINT comes as number when safe, else as bigint. */
export function castFunction(from: SqlType, to: SqlType): Convert | undefined {
  const nested = castNested(from, to) ?? castDecimal(from, to);
  if (nested !== undefined) return nested;
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
      return dateText as Convert;
    case 'TIME STRING':
      return timeText as Convert;
    case 'TIMESTAMP STRING':
      return ((ms: number) => new Date(ms).toISOString().slice(0, 23)) as Convert;
    case 'STRING DATE':
    case 'STRING TIME':
    case 'STRING TIMESTAMP':
      return ((text: string) => {
        const value = parseTimeText(text, to);
        if (value === undefined) throw noValue(`${JSON.stringify(text)} is not a ${to.kind}`);
        return value;
      }) as Convert;
    case 'TIMESTAMP DATE':
      return ((ms: number) => Math.floor(ms / 86_400_000)) as Convert;
    case 'TIMESTAMP TIME':
      return ((ms: number) => ((ms % 86_400_000) + 86_400_000) % 86_400_000) as Convert;
    case 'DATE TIMESTAMP':
      return ((days: number) => days * 86_400_000) as Convert;
    case 'STRING BYTES':
      return ((text: string) => base64Bytes(text.trim())) as Convert;
    case 'BYTES STRING':
      return ((bytes: Uint8Array) => Buffer.from(bytes).toString('base64')) as Convert;
    default:
      return undefined;
  }
}

/** Whether a value that is not null may have none in the other type: the function gives null or throws. */
export function castCanFail(from: SqlType, to: SqlType): boolean {
  if (from.kind === 'ARRAY' || from.kind === 'MAP' || from.kind === 'STRUCT') return to.kind === from.kind;
  return to.kind === 'DECIMAL' || (from.kind === 'STRING' && to.kind !== 'BOOLEAN');
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
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[dDfF]?$/.test(trimmed)) return null;
  const value = Number.parseFloat(trimmed);
  return Number.isFinite(value) ? value : null;
}

/** `true`, `yes` and their beginnings; everything else is false. */
function parseBoolean(text: string): boolean {
  const trimmed = text.trim().toLowerCase();
  return trimmed.length > 0 && ('true'.startsWith(trimmed) || 'yes'.startsWith(trimmed));
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

function castDecimal(from: SqlType, to: SqlType): Convert | undefined {
  if (to.kind === 'DECIMAL' && ['INTEGER', 'BIGINT', 'DOUBLE', 'DECIMAL', 'STRING'].includes(from.kind)) {
    return ((value: unknown) =>
      decimalText(from.kind === 'DOUBLE' ? javaDouble(value as number) : String(value), to, noValue)) as Convert;
  }
  if (from.kind !== 'DECIMAL') return undefined;
  switch (to.kind) {
    case 'DOUBLE':
      return Number as Convert;
    case 'INTEGER':
    case 'BIGINT':
      return ((text: string) => {
        const whole = BigInt(text.replace(/\..*$/, ''));
        if (to.kind === 'INTEGER') return Number(BigInt.asIntN(32, whole));
        const wrapped = BigInt.asIntN(64, whole);
        return Number.isSafeInteger(Number(wrapped)) ? Number(wrapped) : wrapped;
      }) as Convert;
    case 'STRING':
      return String as Convert;
    default:
      return undefined;
  }
}

/** Decimal text at the scale of a type, halves away from zero. @throws what `fault` makes of the reason, when its digits do not fit */
export function decimalText(
  text: string,
  type: SqlType & { readonly kind: 'DECIMAL' },
  fault: (why: string) => StackError = malformed,
): string {
  const parsed = parseDecimal(text.trim());
  if (parsed === undefined) throw fault(`${JSON.stringify(text)} is not a DECIMAL`);
  const scaled = rescale(parsed, type.scale);
  if (!fitsDecimal(scaled, type)) {
    throw fault(
      `Numeric field overflow: A field with precision ${type.precision} and scale ${type.scale} must round to an absolute value less than 10^${type.precision - type.scale}. Got ${text}`,
    );
  }
  return printDecimal(scaled);
}

/** Element by element; and structures as text, in the form that Java's collections print themselves. */
function castNested(from: SqlType, to: SqlType): Convert | undefined {
  if (to.kind === 'STRING' && ['ARRAY', 'MAP', 'STRUCT'].includes(from.kind)) {
    return ((value: unknown) => javaText(value, from)) as Convert;
  }
  if (from.kind === 'ARRAY' && to.kind === 'ARRAY') {
    const element = castElement(from.element, to.element);
    return element && (((list: readonly unknown[]) => list.map(element)) as Convert);
  }
  if (from.kind === 'MAP' && to.kind === 'MAP') {
    const value = castElement(from.value, to.value);
    const mapped = (map: Record<string, unknown>): Record<string, unknown> =>
      Object.fromEntries(Object.entries(map).map(([name, one]) => [name, value?.(one)]));
    return value && (mapped as Convert);
  }
  if (from.kind === 'STRUCT' && to.kind === 'STRUCT') {
    const fields = to.fields.map(({ name, type }) => {
      const own = from.fields.find((field) => field.name === name);
      return { name, cast: own === undefined ? () => null : castElement(own.type, type) };
    });
    if (fields.some(({ cast }) => cast === undefined)) return undefined;
    const mapped = (struct: Record<string, unknown>): Record<string, unknown> =>
      Object.fromEntries(fields.map(({ name, cast }) => [name, cast?.(struct[name] ?? null)]));
    return mapped as Convert;
  }
  return undefined;
}

function castElement(from: SqlType, to: SqlType): ((value: unknown) => unknown) | undefined {
  if (sameType(from, to)) return (value) => value;
  const widens =
    (from.kind === 'INTEGER' && (to.kind === 'BIGINT' || to.kind === 'DOUBLE')) ||
    (from.kind === 'BIGINT' && to.kind === 'DOUBLE');
  const narrows = from.kind === 'BIGINT' && to.kind === 'INTEGER';
  const cast = widens
    ? (value: unknown) => (to.kind === 'DOUBLE' ? Number(value) : value)
    : narrows
      ? // Java's narrowing keeps the low 32 bits.
        (value: unknown) => Number(BigInt.asIntN(32, BigInt(value as number | bigint)))
      : (castFunction(from, to) as ((value: unknown) => unknown) | undefined);
  return (
    cast &&
    ((value) => {
      if (value === null) return null;
      const result = cast(value);
      if (result === null) throw noValue(`For input string: ${JSON.stringify(value)}`);
      return result;
    })
  );
}

function noValue(why: string): StackError {
  return failure(why, why);
}

function javaText(value: unknown, type: SqlType): string {
  if (value === null || value === undefined) return 'null';
  switch (type.kind) {
    case 'ARRAY':
      return `[${(value as unknown[]).map((one) => javaText(one, type.element)).join(', ')}]`;
    case 'MAP':
      return `{${Object.entries(value)
        .map(([name, one]) => `${name}=${javaText(one, type.value)}`)
        .join(', ')}}`;
    case 'STRUCT':
      return `Struct{${type.fields
        .flatMap((field) => {
          const one = (value as Record<string, unknown>)[field.name] ?? null;
          return one === null ? [] : [`${field.name}=${javaText(one, field.type)}`];
        })
        .join(',')}}`;
    case 'DOUBLE':
      return javaDouble(value as number);
    default: {
      const convert = castFunction(type, { kind: 'STRING' }) as ((one: unknown) => unknown) | undefined;
      return String(convert?.(value) ?? value);
    }
  }
}
