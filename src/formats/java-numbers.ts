/** Numbers as Java prints them (`Double.toString`, `Float.toString` since JDK 19): always with a point, with an exponent from 10^7 on and below 10^-3. */

export function javaDouble(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7 && !Object.is(value, -0)) return `${value}.0`;
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '-0.0';
  // Two digits at least, also of the smallest number of all.
  if (Math.abs(value) === Number.MIN_VALUE) return value < 0 ? '-4.9E-324' : '4.9E-324';
  return layOut(value.toExponential());
}

export function javaFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e7 && !Object.is(value, -0)) return `${value}.0`;
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '-0.0';
  return layOut(shortestFloat(value));
}

/** The fewest digits that still mean the same float. */
function shortestFloat(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toExponential(digits);
    if (Math.fround(Number(text)) === value) return text;
  }
  return value.toExponential(8);
}

/** From `d.ddde±n`. */
function layOut(exponential: string): string {
  const at = exponential.indexOf('e');
  const exponent = Number(exponential.slice(at + 1));
  const negative = exponential.startsWith('-');
  const digits =
    exponential
      .slice(negative ? 1 : 0, at)
      .replace('.', '')
      .replace(/0+$/, '') || '0';
  const sign = negative ? '-' : '';
  if (exponent >= 7 || exponent < -3) return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`;
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}
