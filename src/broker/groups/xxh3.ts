/**
 * XXH3 with 64 bits and no seed (https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md): Kafka keeps it of what a consumer group
 * knows of its topics, so that another broker sees whether that has changed. Inputs are small and rare, so bigints will do.
 */

const secret: Buffer = Buffer.from(
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
    'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
    'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
    '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e',
  'hex',
);

const mask64 = (1n << 64n) - 1n;
const prime32x1 = 0x9e3779b1n;
const prime32x2 = 0x85ebca77n;
const prime32x3 = 0xc2b2ae3dn;
const prime64x1 = 0x9e3779b185ebca87n;
const prime64x2 = 0xc2b2ae3d27d4eb4fn;
const prime64x3 = 0x165667b19e3779f9n;
const prime64x4 = 0x85ebca77c2b2ae63n;
const prime64x5 = 0x27d4eb2f165667c5n;
const primeMx1 = 0x165667919e3779f9n;
const primeMx2 = 0x9fb21c651e98df25n;

const secret32 = (at: number): bigint => BigInt(secret.readUInt32LE(at));
const secret64 = (at: number): bigint => secret.readBigUInt64LE(at);

/** The hash as a signed 64-bit number, as Java has it. */
export function xxh3(input: Buffer): bigint {
  return BigInt.asIntN(64, hash(input));
}

function hash(input: Buffer): bigint {
  const { length } = input;
  if (length > 240) return hashLong(input);
  if (length > 128) return hash129To240(input);
  if (length > 16) return hash17To128(input);
  if (length > 8) {
    const low = input.readBigUInt64LE(0) ^ secret64(24) ^ secret64(32);
    const high = input.readBigUInt64LE(length - 8) ^ secret64(40) ^ secret64(48);
    return avalanche(BigInt(length) + swap64(low) + high + foldedProduct(low, high));
  }
  if (length >= 4) {
    const both = BigInt(input.readUInt32LE(length - 4)) + (BigInt(input.readUInt32LE(0)) << 32n);
    let h = both ^ secret64(8) ^ secret64(16);
    h = ((h ^ rotate(h, 49n) ^ rotate(h, 24n)) * primeMx2) & mask64;
    h = ((h ^ ((h >> 35n) + BigInt(length))) * primeMx2) & mask64;
    return h ^ (h >> 28n);
  }
  if (length > 0) {
    const [first, middle, last] = [input.readUInt8(0), input.readUInt8(length >> 1), input.readUInt8(length - 1)];
    const combined = (BigInt(first) << 16n) | (BigInt(middle) << 24n) | BigInt(last) | (BigInt(length) << 8n);
    return avalanche64(combined ^ secret32(0) ^ secret32(4));
  }
  return avalanche64(secret64(56) ^ secret64(64));
}

function hash17To128(input: Buffer): bigint {
  const { length } = input;
  let sum = (BigInt(length) * prime64x1) & mask64;
  for (let i = (length - 1) >> 5; i >= 0; i--) {
    sum += mix16(input, i * 16, i * 32);
    sum += mix16(input, length - 16 * (i + 1), i * 32 + 16);
  }
  return avalanche(sum);
}

function hash129To240(input: Buffer): bigint {
  const { length } = input;
  let sum = (BigInt(length) * prime64x1) & mask64;
  for (let i = 0; i < 8; i++) sum += mix16(input, i * 16, i * 16);
  sum = avalanche(sum);
  for (let i = 8; i < length >> 4; i++) sum += mix16(input, i * 16, (i - 8) * 16 + 3);
  sum += mix16(input, length - 16, 136 - 17);
  return avalanche(sum);
}

/** Stripes of 64 bytes go into eight lanes; after each block of sixteen the lanes are scrambled. */
function hashLong(input: Buffer): bigint {
  const { length } = input;
  const lanes = [prime32x3, prime64x1, prime64x2, prime64x3, prime64x4, prime32x2, prime64x5, prime32x1];
  const stripesPerBlock = (secret.length - 64) >> 3;
  const blockBytes = stripesPerBlock * 64;
  const blocks = Math.floor((length - 1) / blockBytes);
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < stripesPerBlock; i++) accumulate(lanes, input, block * blockBytes + i * 64, i * 8);
    scramble(lanes);
  }
  const stripes = (length - 1 - blocks * blockBytes) >> 6;
  for (let i = 0; i < stripes; i++) accumulate(lanes, input, blocks * blockBytes + i * 64, i * 8);
  accumulate(lanes, input, length - 64, secret.length - 64 - 7);
  let result = (BigInt(length) * prime64x1) & mask64;
  for (let i = 0; i < 4; i++) {
    const [a, b] = [lanes[2 * i] ?? 0n, lanes[2 * i + 1] ?? 0n];
    result += foldedProduct(a ^ secret64(11 + 16 * i), b ^ secret64(11 + 16 * i + 8));
  }
  return avalanche(result);
}

function accumulate(lanes: bigint[], input: Buffer, at: number, secretAt: number): void {
  for (let i = 0; i < 8; i++) {
    const value = input.readBigUInt64LE(at + 8 * i);
    const keyed = value ^ secret64(secretAt + 8 * i);
    lanes[i ^ 1] = ((lanes[i ^ 1] ?? 0n) + value) & mask64;
    lanes[i] = ((lanes[i] ?? 0n) + (keyed & 0xffffffffn) * (keyed >> 32n)) & mask64;
  }
}

function scramble(lanes: bigint[]): void {
  for (const [i, lane] of lanes.entries())
    lanes[i] = ((lane ^ (lane >> 47n) ^ secret64(secret.length - 64 + 8 * i)) * prime32x1) & mask64;
}

function mix16(input: Buffer, at: number, secretAt: number): bigint {
  return foldedProduct(
    input.readBigUInt64LE(at) ^ secret64(secretAt),
    input.readBigUInt64LE(at + 8) ^ secret64(secretAt + 8),
  );
}

/** The halves of the 128-bit product, one over the other. */
function foldedProduct(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & mask64) ^ (product >> 64n);
}

function avalanche(sum: bigint): bigint {
  let h = sum & mask64;
  h = ((h ^ (h >> 37n)) * primeMx1) & mask64;
  return h ^ (h >> 32n);
}

/** That of XXH64, which short inputs have. */
function avalanche64(sum: bigint): bigint {
  let h = sum & mask64;
  h = ((h ^ (h >> 33n)) * prime64x2) & mask64;
  h = ((h ^ (h >> 29n)) * prime64x3) & mask64;
  return h ^ (h >> 32n);
}

function rotate(value: bigint, bits: bigint): bigint {
  return ((value << bits) | (value >> (64n - bits))) & mask64;
}

function swap64(value: bigint): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes.readBigUInt64BE(0);
}
