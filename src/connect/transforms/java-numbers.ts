/** Numbers as Java parses and narrows them. */
import type { ConnectType } from '../data/schema.ts';

const bits: Readonly<Partial<Record<ConnectType, number>>> = { INT8: 8, INT16: 16, INT32: 32, INT64: 64 };

/** `Integer.parseInt` and its like; undefined when Java would not take the text. */
export function parseJavaNumber(text: string, type: ConnectType): number | bigint | undefined {
  const size = bits[type];
  if (size !== undefined) {
    if (!/^[+-]?\d+$/.test(text)) return undefined;
    const value = BigInt(text.replace(/^\+/, ''));
    return BigInt.asIntN(size, value) === value ? exact(value) : undefined;
  }
  if (type !== 'FLOAT32' && type !== 'FLOAT64') return undefined;
  const trimmed = text.trim().replace(/[fFdD]$/, '');
  if (!/^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/.test(trimmed)) return undefined;
  const value = Number(trimmed);
  return type === 'FLOAT32' ? Math.fround(value) : value;
}

/** As Connect's `Values` makes a number of a text: whole types lose the fraction and their upper bits. */
export function convertedNumber(text: string, type: ConnectType): number | bigint | undefined {
  const size = bits[type];
  if (size === undefined) return parseJavaNumber(text, type);
  const match = /^([+-]?\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text);
  const [, whole = '', fraction = '', exponent = '0'] = match ?? [];
  if (match === null || !/\d/.test(whole + fraction)) return undefined;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  const value = scale <= 0 ? digits * 10n ** BigInt(-scale) : digits / 10n ** BigInt(scale);
  return exact(BigInt.asIntN(size, value));
}

/** `Number.intValue` and its like: whole numbers lose their upper bits, floating ones stop at the limits of int and long first. */
export function narrow(value: number | bigint, type: ConnectType, isFloating: boolean): number | bigint {
  const size = bits[type];
  if (size === undefined) return type === 'FLOAT32' ? Math.fround(Number(value)) : Number(value);
  if (!isFloating) return exact(BigInt.asIntN(size, BigInt(value)));
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  const first = size === 64 ? 64 : 32;
  const limit = 2n ** BigInt(first - 1);
  const whole = Number.isFinite(number) ? BigInt(Math.trunc(number)) : number > 0 ? limit : -limit;
  const saturated = whole >= limit ? limit - 1n : whole < -limit ? -limit : whole;
  return exact(BigInt.asIntN(size, saturated));
}

function exact(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
