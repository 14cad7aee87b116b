/**
 * The generator of `java.util.Random`, bit for bit: a linear congruential generator of 48 bits (Knuth, TAOCP 2, 3.2.1), so that a
 * `random.seed` means the same sequence here as there. The state is kept as two halves of 24 bits, whose products are exact in a
 * double; nothing is allocated but by {@link JavaRandom.nextLong}.
 */

/** 0x5DEECE66D in halves. */
const multiplierHigh = 0x5de;
const multiplierLow = 0xece66d;
const addend = 0xb;
const half = 0x1000000;
const mask24 = 0xffffff;

export class JavaRandom {
  private high = 0;
  private low = 0;

  /** Seeds as Java's `setSeed(long)` does. */
  setSeed(seed: bigint): void {
    const scrambled = BigInt.asUintN(48, seed ^ 0x5deece66dn);
    this.high = Number(scrambled >> 24n);
    this.low = Number(scrambled & 0xffffffn);
  }

  /** Seeds with the long that {@link JavaRandom.nextLong} would give, without making it. Its halves stay readable below. */
  reseed(): void {
    const upper = this.next32();
    const lower = this.next32();
    this.seedUpper = upper;
    this.seedLower = lower;
    // (upper << 32) + lower, low 48 bits: lower is signed, so it borrows from the upper half.
    const top = (upper + (lower < 0 ? -1 : 0)) & 0xffff;
    const bottom = lower >>> 0;
    this.high = (((top << 8) | (bottom >>> 24)) ^ 0x5de) & mask24;
    this.low = (bottom & mask24) ^ 0xece66d;
  }

  /** Of the seed that {@link JavaRandom.reseed} set last. */
  seedUpper = 0;
  seedLower = 0;

  /** The top 32 bits of the next state, signed: Java's `nextInt()`. */
  next32(): number {
    const low = this.low * multiplierLow + addend;
    const carry = Math.floor(low / half);
    // The cross products modulo 2^24; each is below 2^48, so all of this is exact.
    const high = this.high * multiplierLow + this.low * multiplierHigh + carry;
    this.low = low - carry * half;
    this.high = high - Math.floor(high / half) * half;
    return (this.high << 8) | (this.low >>> 16);
  }

  /** The top `bits` bits (1 … 31), not negative. */
  private nextBits(bits: number): number {
    return this.next32() >>> (32 - bits);
  }

  /** Uniform over [0, bound). */
  nextInt(bound: number): number {
    if ((bound & -bound) === bound) return Math.floor((bound * this.nextBits(31)) / 0x80000000);
    for (;;) {
      const bits = this.nextBits(31);
      const value = bits % bound;
      if (bits - value + (bound - 1) <= 0x7fffffff) return value; // else Java's sum overflows: try again
    }
  }

  nextLong(): bigint {
    const upper = this.next32();
    return BigInt.asIntN(64, (BigInt(upper) << 32n) + BigInt(this.next32()));
  }

  nextBoolean(): boolean {
    return this.nextBits(1) !== 0;
  }

  nextFloat(): number {
    return this.nextBits(24) / half;
  }

  nextDouble(): number {
    const upper = this.nextBits(26);
    return (upper * 0x8000000 + this.nextBits(27)) / 2 ** 53;
  }

  /** Fills with random bytes, four of each int from its lowest on. */
  nextBytes(target: Buffer): void {
    for (let i = 0; i < target.length; ) {
      let bits = this.next32();
      for (let n = Math.min(target.length - i, 4); n > 0; n--) {
        target[i++] = bits & 0xff;
        bits >>= 8;
      }
    }
  }
}

/** The long whose halves `reseed` left. */
export function longOfHalves(upper: number, lower: number): bigint {
  return BigInt.asIntN(64, (BigInt(upper) << 32n) + BigInt(lower));
}
