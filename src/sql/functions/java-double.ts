/**
 * A double as Java's `Double.toString` writes it before version 19: always a fraction, exponent form outside 10^-3 … 10^7, and now and
 * then more digits than are needed to tell the number. ksqlDB runs on such a Java, so its outputs carry them.
 */
export function javaDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    // With up to 15 digits, in the range without an exponent, both languages write the same.
    const text = String(value);
    if (text.length <= 16) return Number.isInteger(value) ? `${text}.0` : text;
  }
  const { digits, exponent } = digitsOf(magnitude);
  const sign = value < 0 ? '-' : '';
  // `exponent` counts the digits before the point.
  if (exponent > -3 && exponent < 8) {
    if (exponent <= 0) return `${sign}0.${'0'.repeat(-exponent)}${digits}`;
    const whole = digits.slice(0, exponent).padEnd(exponent, '0');
    return `${sign}${whole}.${digits.slice(exponent) || '0'}`;
  }
  return `${sign}${digits[0] ?? ''}.${digits.slice(1) || '0'}E${exponent - 1}`;
}

interface Digits {
  readonly digits: string;
  readonly exponent: number;
}

/** The shortest digits where Java has them too: up to 15 of them, but for large whole numbers and small powers of two. */
function digitsOf(value: number): Digits {
  const [mantissa = '', power = '0'] = value.toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const plain = digits.length <= 15 && value < 2 ** 53 && (value > 1e-6 || (value > 2.3e-308 && !isPowerOfTwo(value)));
  return plain ? { digits, exponent: Number(power) + 1 } : javaDigits(value);
}

const bits = new DataView(new ArrayBuffer(8));

function isPowerOfTwo(value: number): boolean {
  bits.setFloat64(0, value);
  return bits.getUint32(4) === 0 && (bits.getUint32(0) & 0xfffff) === 0;
}

/** Java's way, by Steele and White: digits until what is left is less than half a unit of the last place, with its short cuts. */
function javaDigits(value: number): Digits {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const rawExponent = Number(raw >> 52n);
  let fraction = raw & 0xfffffffffffffn;
  let significantBits = 53;
  let binary = rawExponent - 1023;
  if (rawExponent === 0) {
    // Subnormal numbers have fewer bits.
    const shift = 53 - fraction.toString(2).length;
    fraction <<= BigInt(shift);
    binary = -1022 - shift;
    significantBits = 53 - shift;
  } else fraction |= 1n << 52n;
  let tailZeros = 0;
  while (((fraction >> BigInt(tailZeros)) & 1n) === 0n) tailZeros++;
  const fractionBits = 53 - tailZeros;
  const tinyBits = Math.max(0, fractionBits - binary - 1);
  if (binary <= 62 && binary >= -21 && tinyBits === 0) {
    const whole = binary >= 52 ? fraction << BigInt(binary - 52) : fraction >> BigInt(52 - binary);
    return wholeDigits(whole, binary > significantBits ? insignificantDigits(binary - significantBits - 1) : 0);
  }
  return steeleWhite(fraction, { binary, fractionBits, tinyBits, tailZeros, significantBits });
}

/** Decimal digits of 2^p that a double cannot tell: what p bits are worth, rounded down. */
function insignificantDigits(p: number): number {
  return Math.floor(p * Math.log10(2));
}

function wholeDigits(whole: bigint, insignificant: number): Digits {
  const unit = 10n ** BigInt(insignificant);
  const rounded = whole / unit + ((whole % unit) * 2n >= unit && insignificant > 0 ? 1n : 0n);
  const text = String(rounded);
  return { digits: text.replace(/0+$/, '') || '0', exponent: text.length + insignificant };
}

function steeleWhite(
  fraction: bigint,
  of: {
    readonly binary: number;
    readonly fractionBits: number;
    readonly tinyBits: number;
    readonly tailZeros: number;
    readonly significantBits: number;
  },
): Digits {
  const { binary, fractionBits, tinyBits, tailZeros, significantBits } = of;
  let decimal = estimatedExponent(fraction, binary);
  const b5 = Math.max(0, -decimal);
  let b2 = b5 + tinyBits + binary;
  const s5 = Math.max(0, decimal);
  let s2 = s5 + tinyBits;
  let m2 = b2 - significantBits;
  b2 -= fractionBits - 1;
  const common = Math.min(b2, s2);
  b2 -= common;
  s2 -= common;
  m2 -= common;
  // Below a power of two the next number is only half as far away.
  if (fractionBits === 1) m2 -= 1;
  if (m2 < 0) {
    b2 -= m2;
    s2 -= m2;
    m2 = 0;
  }
  let b = ((fraction >> BigInt(tailZeros)) * 5n ** BigInt(b5)) << BigInt(b2);
  const s = (5n ** BigInt(s5)) << BigInt(s2);
  let m = (5n ** BigInt(b5)) << BigInt(m2);
  const tens = s * 10n;
  const bBits = fractionBits + b2 + bitsOf5(b5);
  const tenBits = s2 + 1 + bitsOf5(s5 + 1);
  // Numbers of more than 64 bits take another road there, which also stops at equality.
  const wide = bBits >= 64 || tenBits >= 64;
  const small = bBits < 32 && tenBits < 32;
  const above = (): boolean => (wide ? b + m >= tens : b + m > tens);
  const digits: number[] = [];
  let q = b / s;
  b = 10n * (b % s);
  m *= 10n;
  let low = b < m;
  let high = above();
  if (q === 0n && !high) decimal -= 1;
  else digits.push(Number(q));
  // In exponent form there is always one more digit.
  if (decimal < -3 || decimal >= 8) low = high = false;
  while (!low && !high) {
    q = b / s;
    b = 10n * (b % s);
    m *= 10n;
    // There `m` may overflow, which ends it.
    const overflows = !wide && (small ? BigInt.asIntN(32, m) : BigInt.asIntN(64, m)) <= 0n;
    low = overflows || b < m;
    high = overflows || above();
    digits.push(Number(q));
  }
  if (high && (!low || roundsUp(b * 2n - tens, digits.at(-1) ?? 0))) {
    if (roundUp(digits)) decimal += 1;
  }
  return { digits: digits.join('').replace(/0+$/, '') || '0', exponent: decimal + 1 };
}

function roundsUp(difference: bigint, last: number): boolean {
  return difference === 0n ? last % 2 === 1 : difference > 0n;
}

/** Adds one to the last digit; true when the number became a digit longer. */
function roundUp(digits: number[]): boolean {
  let at = digits.length - 1;
  while (at > 0 && digits[at] === 9) digits[at--] = 0;
  if (digits[at] === 9) {
    digits[at] = 1;
    return true;
  }
  digits[at] = (digits[at] ?? 0) + 1;
  return false;
}

function bitsOf5(power: number): number {
  return power < 27 ? (5n ** BigInt(power)).toString(2).length : power * 3;
}

function estimatedExponent(fraction: bigint, binary: number): number {
  const one = Number(fraction) / 2 ** 52;
  return Math.floor((one - 1.5) * 0.289529654 + 0.176091259 + binary * 0.301029995663981);
}
