/** Mathematical functions. */
import type { SqlType } from '../types.ts';
import type { Overload, ScalarFunction } from './declaration.ts';
import { overload, scalar } from './declaration.ts';
import { parseDecimal, printDecimal } from './decimal.ts';
import type { DecimalType } from './decimal.ts';
import { compareValues } from './values.ts';

const of = (name: string, description: string, ...overloads: readonly Overload[]): ScalarFunction =>
  scalar('MATHEMATICAL', name, description, ...overloads);

const numbers = ['INTEGER', 'BIGINT', 'DOUBLE'];
const first = (args: readonly SqlType[]): SqlType => args[0] as SqlType;
const withScale =
  (scale: number) =>
  (args: readonly SqlType[]): SqlType => {
    const type = args[0] as DecimalType;
    return { kind: 'DECIMAL', precision: Math.max(type.precision - type.scale, 1) + scale, scale };
  };

/** A function of one number to DOUBLE. */
const toDouble = (name: string, description: string, compute: string, parameter = 'value'): ScalarFunction =>
  of(
    name,
    description,
    ...numbers.map((type) =>
      overload(`(${parameter}: ${type}) DOUBLE`, {
        neverNull: true,
        inline: ([x]) => compute.replaceAll('#', numberOf(x as string, type)),
      }),
    ),
  );

function numberOf(x: string, type: string): string {
  return type === 'BIGINT' ? `Number(${x})` : x;
}

const twoNumbers = (
  name: string,
  description: string,
  a: string,
  b: string,
  compute: (a: number, b: number) => number,
): ScalarFunction =>
  of(
    name,
    description,
    ...numbers.map((type) =>
      overload(`(${a}: ${type}, ${b}: ${type}) DOUBLE`, {
        neverNull: true,
        call: (x: number | bigint, y: number | bigint) => compute(Number(x), Number(y)),
      }),
    ),
  );

const decimal = (
  signature: string,
  call: (text: string, places: number) => string,
  returns: NonNullable<Overload['returns']> = first,
): Overload =>
  overload(
    signature,
    { neverNull: true, call: (text: string, places?: number) => call(text, places ?? 0) },
    { returns },
  );

/** Rounds a decimal to places and keeps its scale. */
function rounded(text: string, places: number, how: 'half-up' | 'down' | 'ceil' | 'floor', keep: number): string {
  const number = parseDecimal(text);
  if (number === undefined) return text;
  const { digits, scale } = number;
  const cut = scale - places;
  let value = digits;
  if (cut > 0) {
    const unit = 10n ** BigInt(cut);
    const below = digits / unit - (digits < 0n && digits % unit !== 0n ? 1n : 0n);
    const rest = digits - below * unit;
    // Java's Math.round: halves go up, towards positive.
    const up =
      how === 'half-up'
        ? rest * 2n >= unit
        : how === 'ceil'
          ? rest > 0n
          : how === 'down'
            ? digits < 0n && rest > 0n
            : false;
    value = (up ? below + 1n : below) * unit;
  }
  if (keep >= scale) return printDecimal({ digits: value * 10n ** BigInt(keep - scale), scale: keep });
  return printDecimal({ digits: value / 10n ** BigInt(scale - keep), scale: keep });
}

const scaleOf = (text: string): number => parseDecimal(text)?.scale ?? 0;

/** A double rounded in decimal, as it is printed. */
function roundDouble(value: number, places: number, how: 'half-up' | 'down'): number {
  if (!Number.isFinite(value)) throw new RangeError('Infinite or NaN');
  return Number(rounded(String(value), places, how, Math.max(scaleOf(String(value)), 0)));
}

/** Java's Math.round: to the nearest, halves up, within 64 bits. */
function roundToLong(value: number): number | bigint {
  if (Number.isNaN(value)) return 0;
  return long(Math.floor(value) + (value - Math.floor(value) >= 0.5 ? 1 : 0));
}

function long(value: number): number | bigint {
  if (Number.isSafeInteger(value)) return value + 0;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value <= -(2 ** 63) ? -(2n ** 63n) : BigInt(value);
}

const extremes = ['INTEGER', 'BIGINT', 'DOUBLE', 'STRING', 'BYTES', 'DATE', 'TIME', 'TIMESTAMP', 'DECIMAL'];

function extreme(name: string, description: string, better: (order: number) => boolean): ScalarFunction {
  return of(
    name,
    description,
    ...extremes.map((type) =>
      overload(
        `(val: ${type}, vals: ${type}...) ${type}`,
        {
          nulls: 'handles',
          call: (...values: unknown[]) =>
            values.reduce(
              (best, value) =>
                value === null
                  ? best
                  : best === null || better(compareValues(value, best, type.toLowerCase()))
                    ? value
                    : best,
              null,
            ),
        },
        type === 'DECIMAL' ? { returns: widest } : {},
      ),
    ),
  );
}

const widest = (args: readonly SqlType[]): SqlType => {
  const all = args.filter((type): type is DecimalType => type.kind === 'DECIMAL');
  const scale = Math.max(...all.map((type) => type.scale));
  return { kind: 'DECIMAL', precision: Math.max(...all.map((type) => type.precision - type.scale)) + scale, scale };
};

export const mathFunctions: readonly ScalarFunction[] = [
  of(
    'Abs',
    'The number without its sign.',
    overload('(val: INTEGER) INTEGER', { neverNull: true, inline: ([x]) => `(Math.abs(${x}) | 0)` }),
    overload('(val: BIGINT) BIGINT', {
      neverNull: true,
      inline: ([x], exact) => (exact ? `(${x} < 0n ? -${x} : ${x})` : `Math.abs(${x})`),
    }),
    overload('(val: DOUBLE) DOUBLE', { neverNull: true, inline: ([x]) => `Math.abs(${x})` }),
    decimal('(val: DECIMAL) DECIMAL', (text) => text.replace(/^-/, '')),
  ),
  ...(['Ceil', 'Floor'] as const).map((name) =>
    of(
      name,
      name === 'Ceil' ? 'The smallest whole number that is not below.' : 'The largest whole number that is not above.',
      overload('(val: INTEGER) INTEGER', { neverNull: true, inline: ([x]) => x as string }),
      overload('(val: BIGINT) BIGINT', { neverNull: true, inline: ([x]) => x as string }),
      overload('(val: DOUBLE) DOUBLE', { neverNull: true, inline: ([x]) => `Math.${name.toLowerCase()}(${x})` }),
      decimal('(val: DECIMAL) DECIMAL', (text) => rounded(text, 0, name.toLowerCase() as 'ceil', scaleOf(text))),
    ),
  ),
  of(
    'Round',
    'The nearest number with so many decimal places, halves upwards.',
    overload('(val: BIGINT) BIGINT', { neverNull: true, inline: ([x]) => x as string }),
    overload('(val: INTEGER) BIGINT', {
      neverNull: true,
      inline: ([x], exact) => (exact ? `BigInt(${x})` : (x as string)),
    }),
    overload('(val: DOUBLE) BIGINT', { neverNull: true, call: roundToLong }),
    overload('(val: DOUBLE, decimalPlaces: INTEGER) DOUBLE', {
      neverNull: true,
      call: (value: number, places: number) => roundDouble(value, places, 'half-up'),
    }),
    decimal('(val: DECIMAL) DECIMAL', (text) => rounded(text, 0, 'half-up', 0), withScale(0)),
    decimal('(val: DECIMAL, decimalPlaces: INTEGER) DECIMAL', (text, places) =>
      rounded(text, places, 'half-up', scaleOf(text)),
    ),
  ),
  of(
    'trunc',
    'The number cut to so many decimal places.',
    overload('(val: BIGINT) BIGINT', { neverNull: true, inline: ([x]) => x as string }),
    overload('(val: INTEGER) BIGINT', {
      neverNull: true,
      inline: ([x], exact) => (exact ? `BigInt(${x})` : (x as string)),
    }),
    overload('(val: DOUBLE) BIGINT', {
      neverNull: true,
      call: (value: number) => (Number.isNaN(value) ? 0 : long(Math.trunc(value))),
    }),
    overload('(val: DOUBLE, decimalPlaces: INTEGER) DOUBLE', {
      neverNull: true,
      call: (value: number, places: number) => roundDouble(value, places, 'down'),
    }),
    decimal('(val: DECIMAL) DECIMAL', (text) => rounded(text, 0, 'down', 0), withScale(0)),
    decimal('(val: DECIMAL, decimalPlaces: INTEGER) DECIMAL', (text, places) =>
      rounded(text, places, 'down', scaleOf(text)),
    ),
  ),
  of(
    'sign',
    'Minus one, zero or one.',
    ...numbers.map((type) =>
      overload(`(value: ${type}) INTEGER`, { neverNull: true, inline: ([x]) => `(Math.sign(Number(${x})) + 0 | 0)` }),
    ),
  ),
  toDouble('sqrt', 'The square root.', 'Math.sqrt(#)'),
  toDouble('cbrt', 'The cube root.', 'Math.cbrt(#)'),
  toDouble('exp', "Euler's number to a power.", 'Math.exp(#)', 'exponent'),
  toDouble('ln', 'The natural logarithm.', 'Math.log(#)'),
  of(
    'log',
    'The natural logarithm, or the one to a base.',
    ...numbers.map((type) =>
      overload(`(value: ${type}) DOUBLE`, { neverNull: true, call: (x: number | bigint) => Math.log(Number(x)) }),
    ),
    ...numbers.map((type) =>
      overload(`(base: ${type}, value: ${type}) DOUBLE`, {
        neverNull: true,
        call: (base: number | bigint, x: number | bigint) => logarithm(Number(base), Number(x)),
      }),
    ),
  ),
  twoNumbers('power', 'A number to a power.', 'base', 'exponent', (a, b) => a ** b),
  toDouble('sin', 'The sine of an angle in radians.', 'Math.sin(#)'),
  toDouble('cos', 'The cosine of an angle in radians.', 'Math.cos(#)'),
  toDouble('tan', 'The tangent of an angle in radians.', 'Math.tan(#)'),
  toDouble('cot', 'The cotangent of an angle in radians.', '(1 / Math.tan(#))'),
  toDouble('sinh', 'The hyperbolic sine.', 'Math.sinh(#)'),
  toDouble('cosh', 'The hyperbolic cosine.', 'Math.cosh(#)'),
  toDouble('tanh', 'The hyperbolic tangent.', 'Math.tanh(#)'),
  toDouble('asin', 'The inverse sine.', 'Math.asin(#)'),
  toDouble('acos', 'The inverse cosine.', 'Math.acos(#)'),
  toDouble('atan', 'The inverse tangent.', 'Math.atan(#)'),
  twoNumbers('atan2', 'The angle of a point.', 'y', 'x', Math.atan2),
  toDouble('degrees', 'Radians as degrees.', '(# * 57.29577951308232)'),
  toDouble('radians', 'Degrees as radians.', '(# * 0.017453292519943295)'),
  of('pi', 'The number pi.', overload('() DOUBLE', { neverNull: true, inline: () => 'Math.PI' })),
  of(
    'random',
    'A random number from 0 up to 1.',
    overload('() DOUBLE', (_, context) => ({ neverNull: true, call: () => context.random() })),
  ),
  extreme('greatest', 'The largest of the values; nulls are left out.', (order) => order > 0),
  extreme('least', 'The smallest of the values; nulls are left out.', (order) => order < 0),
  scalar(
    'OTHER',
    'geo_distance',
    'The distance on the great circle between two points in degrees, in kilometres or miles.',
    overload('(lat1: DOUBLE, lon1: DOUBLE, lat2: DOUBLE, lon2: DOUBLE, units: STRING) DOUBLE', {
      nulls: 'handles',
      call: (a: number | null, b: number | null, c: number | null, d: number | null, units: string | null) =>
        a === null || b === null || c === null || d === null ? null : geoDistance(a, b, c, d, units),
    }),
    overload('(lat1: DOUBLE, lon1: DOUBLE, lat2: DOUBLE, lon2: DOUBLE) DOUBLE', {
      call: (a: number, b: number, c: number, d: number) => geoDistance(a, b, c, d, 'KM'),
    }),
  ),
];

function logarithm(base: number, value: number): number {
  if (base <= 0 || base === 1) return Number.NaN;
  return Math.log(value) / Math.log(base);
}

function geoDistance(lat1: number, lon1: number, lat2: number, lon2: number, units: string | null): number {
  for (const latitude of [lat1, lat2]) {
    if (Math.abs(latitude) > 90)
      throw new RangeError(
        `valid latitude values for GeoDistance function are in the range of -90 to 90 decimal degrees; got ${latitude}`,
      );
  }
  for (const longitude of [lon1, lon2]) {
    if (Math.abs(longitude) > 180)
      throw new RangeError(
        `valid longitude values for GeoDistance function are in the range of -180 to +180 decimal degrees; got ${longitude}`,
      );
  }
  const unit = (units ?? '').trim().toLowerCase();
  const radius = /^(?:mi|miles?)$/.test(unit) ? 3959 : /^(?:|km|kilomet(?:er|re)s?)$/.test(unit) ? 6371 : undefined;
  if (radius === undefined)
    throw new RangeError(
      `GeoDistance function units parameter must be one of mi, mile, miles, km, kilometer, kilometers, kilometre or kilometres. Values are case-insensitive. Got ${units}`,
    );
  const radians = (degrees: number): number => degrees * 0.017453292519943295;
  const half = (delta: number): number => Math.sin(radians(delta) / 2) ** 2;
  const a = half(lat2 - lat1) + half(lon2 - lon1) * Math.cos(radians(lat1)) * Math.cos(radians(lat2));
  return 2 * Math.asin(Math.sqrt(a)) * radius;
}
