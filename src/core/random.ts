/** Randomness as a port: ids, jitter and generated data take a `Random`, so that a seed replays a run. */

export interface Random {
  /** Uniform over 0 … 2^32 − 1. */
  uint32(): number;
  /** Uniform over [0, 1) with 53 bits. */
  float(): number;
  /** Fresh random bytes. */
  bytes(length: number): Buffer;
}

/** Randomness of the platform, seeded by the operating system. Not for secrets: `node:crypto` takes 5 ms to load, and there are none. */
export const systemRandom: Random = randomFrom(() => Math.floor(Math.random() * 2 ** 32));

/** Reproducible randomness (xorshift128, Marsaglia 2003), seeded through splitmix32. Not for secrets. */
export function seededRandom(seed: number): Random {
  let s = seed >>> 0;
  const mix = (): number => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  let [a, b, c, d] = [mix(), mix(), mix(), mix() | 1];
  const uint32 = (): number => {
    const t = a ^ (a << 11);
    a = b;
    b = c;
    c = d;
    d = (d ^ (d >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return d;
  };
  return randomFrom(uint32);
}

function randomFrom(uint32: () => number): Random {
  return {
    uint32,
    float: () => ((uint32() >>> 5) * 2 ** 26 + (uint32() >>> 6)) / 2 ** 53,
    bytes: (length) => {
      const out = Buffer.alloc(length);
      for (let i = 0; i < length; i++) out[i] = uint32() & 0xff;
      return out;
    },
  };
}

/** Uniform integer of [0, bound); `bound` is at most 2^53. */
export function randomBelow(random: Random, bound: number): number {
  return Math.floor(random.float() * bound);
}

/** A random (version 4) UUID as its 16 bytes (RFC 9562, section 5.4). */
export function randomUuid(random: Random): Buffer {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
