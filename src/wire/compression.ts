/**
 * The five compressions of record batches. Everything is synchronous once `prepareCompression` was awaited, which only writing
 * zstd needs, and only where Node.js has no zstd of its own (before 22.15). Packages are loaded with the first batch that needs them:
 * most processes never meet one, and must start at once.
 *
 * snappy is read raw (librdkafka) or in xerial frames (Java) and written in xerial frames:
 *     82 'S' 'N' 'A' 'P' 'P' 'Y' 00 │ version int32 = 1 │ compatible int32 = 1 │ { length int32 │ raw snappy block }…
 */
import { createRequire } from 'node:module';
import zlib from 'node:zlib';
import type * as wasmUtils from '@platformatic/wasm-utils';
import type { Decompress } from 'fzstd';
import { assert } from '../core/assert.ts';
import { StackError, messageOf } from '../core/errors.ts';

/** The codec in the attributes of a batch (bits 0–2). */
export const compressionCodecs = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
export type CompressionName = (typeof compressionCodecs)[number];

/** Largest result of decompressing one batch unless the caller says otherwise. */
export const decompressedBytesMax: number = 256 * 1024 * 1024;

// The package's declarations ask for more than its code does (a buffer over an unshared ArrayBuffer).
type WasmCodecs = Record<
  keyof Pick<typeof wasmUtils, 'lz4Compress' | 'lz4Decompress' | 'snappyCompress' | 'snappyDecompress'>,
  (bytes: Buffer) => Buffer
>;
let wasmCodecs: WasmCodecs | undefined;

function wasm(): WasmCodecs {
  wasmCodecs ??= createRequire(import.meta.url)('@platformatic/wasm-utils') as WasmCodecs;
  return wasmCodecs;
}

interface ZlibZstd {
  zstdCompressSync?(bytes: Uint8Array): Buffer;
  zstdDecompressSync?(bytes: Uint8Array, options: { maxOutputLength: number }): Buffer;
}
const { zstdCompressSync, zstdDecompressSync } = zlib as ZlibZstd;
let zstdWasmCompress: ((bytes: Uint8Array) => Uint8Array) | undefined;

/** Makes a compression ready to write. Resolves at once for all but zstd on Node.js before 22.15. */
export async function prepareCompression(codec: CompressionName): Promise<void> {
  if (codec !== 'zstd' || zstdCompressSync !== undefined || zstdWasmCompress !== undefined) return;
  const { default: zstd } = await import('@bokuweb/zstd-wasm');
  await zstd.init();
  zstdWasmCompress = (bytes) => zstd.compress(bytes, 3);
}

export function compress(codec: CompressionName, bytes: Buffer): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return zlib.gzipSync(bytes);
    case 'snappy':
      return xerial(bytes);
    case 'lz4':
      return wasm().lz4Compress(bytes);
    case 'zstd': {
      if (zstdCompressSync !== undefined) return zstdCompressSync(bytes);
      assert(zstdWasmCompress !== undefined, 'prepareCompression("zstd") must be awaited before zstd is written');
      return Buffer.from(zstdWasmCompress(bytes));
    }
  }
}

/** Throws MILLRACE_BATCH_CORRUPT for bytes that are not of that compression, or whose content is over `bytesMax`. */
export function decompress(codec: CompressionName, bytes: Buffer, bytesMax: number = decompressedBytesMax): Buffer {
  let content: Buffer;
  try {
    content = decompressUnchecked(codec, bytes, bytesMax);
  } catch (error) {
    if (error instanceof StackError) throw error;
    throw new StackError(
      'MILLRACE_BATCH_CORRUPT',
      `Bytes that should be ${codec} do not decompress: ${messageOf(error)}.`,
      { cause: error },
    );
  }
  if (content.length > bytesMax) throw tooLarge(codec, bytesMax);
  return content;
}

function decompressUnchecked(codec: CompressionName, bytes: Buffer, bytesMax: number): Buffer {
  switch (codec) {
    case 'none':
      return bytes;
    case 'gzip':
      return zlib.gunzipSync(bytes, { maxOutputLength: bytesMax });
    case 'snappy':
      return isXerial(bytes) ? unxerial(bytes, bytesMax) : snappyBlock(bytes, bytesMax);
    case 'lz4':
      if (lz4ContentBytesMax(bytes) > bytesMax) throw tooLarge(codec, bytesMax);
      return wasm().lz4Decompress(bytes);
    case 'zstd':
      return zstdDecompressSync === undefined
        ? zstdStreamed(bytes, bytesMax)
        : zstdDecompressSync(bytes, { maxOutputLength: bytesMax });
  }
}

function tooLarge(codec: CompressionName, bytesMax: number): StackError {
  return new StackError(
    'MILLRACE_BATCH_CORRUPT',
    `A ${codec} batch is larger than ${bytesMax} bytes when decompressed.`,
  );
}

const xerialMagic = Buffer.from('82534e4150505900', 'hex');
const xerialHeaderBytes = 16;
const xerialBlockBytes = 32 * 1024;

function isXerial(bytes: Buffer): boolean {
  return bytes.length >= xerialHeaderBytes && bytes.subarray(0, 8).equals(xerialMagic);
}

function xerial(bytes: Buffer): Buffer {
  const header = Buffer.alloc(xerialHeaderBytes);
  xerialMagic.copy(header);
  header.writeInt32BE(1, 8);
  header.writeInt32BE(1, 12);
  const parts: Buffer[] = [header];
  for (let at = 0; at < bytes.length; at += xerialBlockBytes) {
    const block = wasm().snappyCompress(bytes.subarray(at, at + xerialBlockBytes));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

function unxerial(bytes: Buffer, bytesMax: number): Buffer {
  const parts: Buffer[] = [];
  let left = bytesMax;
  for (let at = xerialHeaderBytes; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    if (length < 0 || length > bytes.length - at - 4) throw new RangeError('a block ends behind the batch');
    const block = snappyBlock(bytes.subarray(at + 4, at + 4 + length), left);
    left -= block.length;
    parts.push(block);
    at += 4 + length;
  }
  return Buffer.concat(parts);
}

/** A raw snappy block begins with the length of its content as a varint. */
function snappyBlock(bytes: Buffer, bytesMax: number): Buffer {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = bytes[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  if (length > bytesMax) throw tooLarge('snappy', bytesMax);
  return wasm().snappyDecompress(bytes);
}

/** Upper bound of what an LZ4 frame holds: its blocks but the last, each at its largest (LZ4 frame format 1.6). */
function lz4ContentBytesMax(bytes: Buffer): number {
  const flags = bytes[4] ?? 0;
  const blockBytesMax = 1 << (8 + 2 * (((bytes[5] ?? 0) >> 4) & 7));
  let blocks = 0;
  for (let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0); at + 4 <= bytes.length; blocks++) {
    const size = bytes.readUInt32LE(at) & 0x7fffffff;
    if (size === 0) break;
    at += 4 + size + (flags & 0x10 ? 4 : 0);
  }
  return Math.max(0, blocks - 1) * blockBytesMax;
}

function zstdStreamed(bytes: Buffer, bytesMax: number): Buffer {
  const parts: Uint8Array[] = [];
  let length = 0;
  const fzstd = createRequire(import.meta.url)('fzstd') as { readonly Decompress: typeof Decompress };
  const stream = new fzstd.Decompress((chunk) => {
    length += chunk.length;
    if (length > bytesMax) throw tooLarge('zstd', bytesMax);
    parts.push(chunk.slice());
  });
  stream.push(new Uint8Array(bytes), true);
  return Buffer.concat(parts, length);
}
