/**
 * Message sets, the formats before record batches (magic 0 and 1). Only read: brokers of today neither store nor write them.
 *
 *     0  offset int64 │ 8  size int32 (bytes behind itself) │ 12  crc uint32 (CRC-32 of the bytes from 16 on) │ 16  magic int8
 *     17 attributes int8 (bits 0–2 compression, 3 timestamp type) │ magic 1 only: timestamp int64
 *     key length int32 (−1 null) │ key │ value length int32 │ value
 *
 * A compressed message holds a message set. With magic 1 the inner offsets are relative, and the outer offset is that of the last
 * inner message. The timestamps of messages with append time are those of the outer one.
 */
import zlib from 'node:zlib';
import { StackError } from '../core/errors.ts';
import { compressionCodecs, decompress } from './compression.ts';
import type { DecodedRecord } from './record-batch.ts';

export interface DecodedMessage {
  readonly magic: number;
  readonly crc: number;
  readonly valid: boolean;
  readonly sizeInBytes: number;
  readonly compression: string;
  readonly appendTime: boolean;
  /** One for a plain message, all inner ones for a compressed one. */
  readonly records: readonly DecodedRecord[];
}

const crc32 = (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32;

/** The messages of a set; a torn one at the end is left out. Throws MILLRACE_BATCH_CORRUPT. */
export function decodeMessageSet(bytes: Buffer): DecodedMessage[] {
  const messages: DecodedMessage[] = [];
  for (let at = 0; bytes.length - at >= 12; ) {
    const size = bytes.readInt32BE(at + 8) + 12;
    if (size > bytes.length - at) break;
    if (size < 26) throw corrupt(`a message of ${size} bytes`);
    messages.push(decodeMessage(bytes.subarray(at, at + size)));
    at += size;
  }
  return messages;
}

function decodeMessage(message: Buffer): DecodedMessage {
  const magic = message.readInt8(16);
  if (magic !== 0 && magic !== 1) throw corrupt(`magic ${magic}`);
  const attributes = message.readInt8(17);
  const compression = compressionCodecs[attributes & 7];
  if (compression === undefined) throw corrupt(`compression ${attributes & 7}`);
  const offset = Number(message.readBigInt64BE(0));
  const timestamp = magic === 0 ? -1 : Number(message.readBigInt64BE(18));
  const appendTime = magic === 1 && (attributes & 8) !== 0;
  const [key, afterKey] = field(message, magic === 0 ? 18 : 26);
  const [value] = field(message, afterKey);
  const crc = message.readUInt32BE(12);
  const outer = {
    magic,
    crc,
    valid: crc32 === undefined || crc === crc32(message.subarray(16)) >>> 0,
    sizeInBytes: message.length,
    compression,
    appendTime,
  };
  if (compression === 'none') return { ...outer, records: [{ offset, timestamp, key, value, headers: [] }] };
  if (value === null) throw corrupt('a compressed message without a value');
  const content = decompress(compression, magic === 0 && compression === 'lz4' ? withFrameChecksum(value) : value);
  const inner = decodeMessageSet(content).flatMap(({ records }) => records);
  const shift = magic === 1 ? offset - (inner.at(-1)?.offset ?? 0) : 0;
  return {
    ...outer,
    records: inner.map((record) => ({
      ...record,
      offset: record.offset + shift,
      timestamp: appendTime ? timestamp : record.timestamp,
    })),
  };
}

function field(message: Buffer, at: number): [Buffer | null, number] {
  if (message.length - at < 4) throw corrupt('it ends in the middle of a field');
  const length = message.readInt32BE(at);
  if (length < 0) return [null, at + 4];
  if (length > message.length - at - 4) throw corrupt(`a field of ${length} bytes ends behind it`);
  return [message.subarray(at + 4, at + 4 + length), at + 4 + length];
}

function corrupt(why: string): StackError {
  return new StackError('MILLRACE_BATCH_CORRUPT', `A message set is corrupt: ${why}.`);
}

/** Clients of magic 0 computed the checksum of the LZ4 frame header over its magic too (KAFKA-3160); this puts the right one in. */
function withFrameChecksum(frame: Buffer): Buffer {
  const fixed = Buffer.from(frame);
  const flags = fixed[4] ?? 0;
  const end = 6 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  fixed[end] = (xxh32Short(fixed.subarray(4, end)) >>> 8) & 0xff;
  return fixed;
}

/** XXH32 with seed 0 of fewer than 16 bytes, which a frame header is. */
function xxh32Short(bytes: Buffer): number {
  const [p1, p2, p3, p4, p5] = [2654435761, 2246822519, 3266489917, 668265263, 374761393];
  const rotate = (x: number, n: number): number => (x << n) | (x >>> (32 - n));
  let h = (p5 + bytes.length) | 0;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) h = Math.imul(rotate((h + Math.imul(bytes.readUInt32LE(i), p3)) | 0, 17), p4);
  for (; i < bytes.length; i++) h = Math.imul(rotate((h + Math.imul(bytes[i] ?? 0, p5)) | 0, 11), p1);
  h = Math.imul(h ^ (h >>> 15), p2);
  h = Math.imul(h ^ (h >>> 13), p3);
  return h ^ (h >>> 16);
}
