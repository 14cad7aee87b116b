/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4), the checksum of record batches. The native package does gigabytes a second but
 * costs a call; short input, and machines that it has no binary for, take the slice-by-8 tables.
 */
import { createRequire } from 'node:module';

type NativeCrc = (input: Uint8Array, initial?: number) => number;

const nativeBytesMin = 300;
let native: NativeCrc | null | undefined;

/** CRC-32C of `bytes[start, end)`, as an unsigned number; `seed` continues an earlier one. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  if (end - start >= nativeBytesMin) {
    if (native === undefined) native = loadNative();
    if (native !== null) return native(bytes.subarray(start, end), seed) >>> 0;
  }
  return crc32cSliced(bytes, start, end, seed);
}

function loadNative(): NativeCrc | null {
  try {
    return (createRequire(import.meta.url)('@node-rs/crc32') as { crc32c: NativeCrc }).crc32c;
  } catch {
    return null;
  }
}

/** Eight tables of 256: the checksum of a byte followed by 0 … 7 zero bytes. */
const tables = new Int32Array(8 * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  tables[n] = c;
}
for (let n = 0; n < 256; n++) {
  let c = tables[n] ?? 0;
  for (let k = 1; k < 8; k++) {
    c = (tables[c & 0xff] ?? 0) ^ (c >>> 8);
    tables[k * 256 + n] = c;
  }
}

/** The same in plain JavaScript. */
export function crc32cSliced(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  const t = tables;
  const b = bytes;
  let c = ~seed;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    const low = c ^ (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24));
    c =
      t[1792 + (low & 0xff)]! ^
      t[1536 + ((low >>> 8) & 0xff)]! ^
      t[1280 + ((low >>> 16) & 0xff)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + b[i + 4]!]! ^
      t[512 + b[i + 5]!]! ^
      t[256 + b[i + 6]!]! ^
      t[b[i + 7]!]!;
  }
  for (; i < end; i++) c = t[(c ^ b[i]!) & 0xff]! ^ (c >>> 8);
  return ~c >>> 0;
}
