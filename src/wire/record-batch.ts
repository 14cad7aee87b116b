/**
 * Record batches (magic 2, KIP-98), as they lie on the wire and in the log:
 *
 *      0  baseOffset            int64      43  producerId        int64
 *      8  batchLength           int32      51  producerEpoch     int16      batchLength: bytes behind itself
 *     12  partitionLeaderEpoch  int32      53  baseSequence      int32      crc: CRC-32C of the bytes from 21 on
 *     16  magic = 2             int8       57  records           int32
 *     17  crc                   uint32     61  the records, compressed as one block
 *     21  attributes            int16          attributes: bits 0–2 compression, 3 timestamp type (0 create, 1 append),
 *     23  lastOffsetDelta       int32          4 transactional, 5 control, 6 delete horizon in baseTimestamp
 *     27  baseTimestamp         int64
 *     35  maxTimestamp          int64
 *
 * A record: length varint │ attributes int8 │ timestampDelta varlong │ offsetDelta varint │ keyLength varint (−1 null) │ key │
 * valueLength varint │ value │ headers varint │ { keyLength varint │ key │ valueLength varint │ value }…
 *
 * On the data path offsets, timestamps and ids are numbers; `verifyBatch` refuses a batch where one would not be exact.
 */
import { StackError } from '../core/errors.ts';
import { compressionCodecs, decompress } from './compression.ts';
import type { CompressionName } from './compression.ts';
import { crc32c } from './crc32c.ts';

export const batchHeaderBytes = 61;
/** Bytes of a batch before what `batchLength` counts. */
export const batchPrefixBytes = 12;
/** Where the checksum's bytes begin. */
const checkedFrom = 21;

export const transactionalBit = 0x10;
export const controlBit = 0x20;
const appendTimeBit = 0x08;

export interface RecordHeader {
  readonly key: string;
  readonly value: Buffer | null;
}

/** Key and value are views of the batch, or of its decompressed content. */
export interface DecodedRecord {
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

// A 64-bit field as a number; it is exact up to 2^53, which verifyBatch makes sure of.
function int64At(b: Buffer, at: number): number {
  return b.readInt32BE(at) * 0x100000000 + b.readUInt32BE(at + 4);
}

function setInt64At(b: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x100000000);
  b.writeInt32BE(high, at);
  b.writeUInt32BE(value - high * 0x100000000, at + 4);
}

export const batchBaseOffset = (b: Buffer, at = 0): number => int64At(b, at);
/** Bytes of the whole batch. */
export const batchSize = (b: Buffer, at = 0): number => b.readInt32BE(at + 8) + batchPrefixBytes;
export const batchLeaderEpoch = (b: Buffer, at = 0): number => b.readInt32BE(at + 12);
export const batchMagic = (b: Buffer, at = 0): number => b.readInt8(at + 16);
export const batchCrc = (b: Buffer, at = 0): number => b.readUInt32BE(at + 17);
export const batchAttributes = (b: Buffer, at = 0): number => b.readInt16BE(at + 21);
export const batchLastOffsetDelta = (b: Buffer, at = 0): number => b.readInt32BE(at + 23);
export const batchLastOffset = (b: Buffer, at = 0): number => int64At(b, at) + b.readInt32BE(at + 23);
export const batchBaseTimestamp = (b: Buffer, at = 0): number => int64At(b, at + 27);
export const batchMaxTimestamp = (b: Buffer, at = 0): number => int64At(b, at + 35);
export const batchProducerId = (b: Buffer, at = 0): number => int64At(b, at + 43);
export const batchProducerEpoch = (b: Buffer, at = 0): number => b.readInt16BE(at + 51);
export const batchBaseSequence = (b: Buffer, at = 0): number => b.readInt32BE(at + 53);
export const batchRecordCount = (b: Buffer, at = 0): number => b.readInt32BE(at + 57);
export const batchIsTransactional = (b: Buffer, at = 0): boolean => (b.readInt16BE(at + 21) & transactionalBit) !== 0;
export const batchIsControl = (b: Buffer, at = 0): boolean => (b.readInt16BE(at + 21) & controlBit) !== 0;
export const batchHasAppendTime = (b: Buffer, at = 0): boolean => (b.readInt16BE(at + 21) & appendTimeBit) !== 0;
/** The name of the batch's compression; `undefined` for numbers that nobody has given a meaning. */
export const batchCompression = (b: Buffer, at = 0): CompressionName | undefined =>
  compressionCodecs[b.readInt16BE(at + 21) & 7];
/** The sequence number of the last record; sequences wrap from 2^31 − 1 to 0. */
export const batchLastSequence = (b: Buffer, at = 0): number =>
  sequenceAfter(batchBaseSequence(b, at), batchLastOffsetDelta(b, at));

export const sequenceAfter = (sequence: number, count: number): number => (sequence + count) % 0x80000000;

// What a broker or a producer changes in a finished batch. The first two lie outside the checksum.
export const setBatchBaseOffset = (b: Buffer, at: number, offset: number): void => setInt64At(b, at, offset);
export const setBatchLeaderEpoch = (b: Buffer, at: number, epoch: number): void => void b.writeInt32BE(epoch, at + 12);

/** Makes `timestamp` the time of every record (LogAppendTime) and renews the checksum. */
export function setBatchAppendTime(b: Buffer, at: number, timestamp: number): void {
  b.writeInt16BE(batchAttributes(b, at) | appendTimeBit, at + 21);
  setInt64At(b, at + 35, timestamp);
  renewCrc(b, at);
}

/** Stamps a batch with its producer's state and renews the checksum. */
export function setBatchProducer(
  b: Buffer,
  at: number,
  producer: { readonly id: number; readonly epoch: number; readonly sequence: number; readonly transactional: boolean },
): void {
  const attributes = batchAttributes(b, at);
  b.writeInt16BE(producer.transactional ? attributes | transactionalBit : attributes & ~transactionalBit, at + 21);
  setInt64At(b, at + 43, producer.id);
  b.writeInt16BE(producer.epoch, at + 51);
  b.writeInt32BE(producer.sequence, at + 53);
  renewCrc(b, at);
}

function renewCrc(b: Buffer, at: number): void {
  b.writeUInt32BE(crc32c(b, at + checkedFrom, at + batchSize(b, at)), at + 17);
}

/**
 * Checks a batch that lies at `at`, as far as that can be done without its records: it is whole, of magic 2, its checksum is
 * right and its numbers are ones that we can keep. Returns its size.
 * @throws StackError MILLRACE_BATCH_CORRUPT
 */
export function verifyBatch(b: Buffer, at = 0): number {
  if (b.length - at < batchHeaderBytes) throw corrupt(`${b.length - at} bytes are less than a batch's header`);
  const size = batchSize(b, at);
  if (size < batchHeaderBytes || size > b.length - at)
    throw corrupt(`its length says ${size} bytes, there are ${b.length - at}`);
  if (batchMagic(b, at) !== 2) throw corrupt(`its magic is ${batchMagic(b, at)}, not 2`);
  const crc = crc32c(b, at + checkedFrom, at + size);
  if (crc !== batchCrc(b, at))
    throw corrupt(`its checksum is ${crc.toString(16)}, it says ${batchCrc(b, at).toString(16)}`);
  if (batchLastOffsetDelta(b, at) < 0 || batchRecordCount(b, at) < 0) throw corrupt('it has a negative count');
  for (const field of [0, 27, 35, 43]) {
    if (!Number.isSafeInteger(int64At(b, at + field))) throw corrupt(`a 64-bit field at byte ${field} is beyond 2^53`);
  }
  return size;
}

function corrupt(why: string): StackError {
  return new StackError('MILLRACE_BATCH_CORRUPT', `A record batch is corrupt: ${why}.`);
}

/** The records of a batch as uncompressed bytes: a view of the batch itself when it is not compressed. */
export function batchRecordBytes(b: Buffer, at = 0, bytesMax?: number): Buffer {
  const bytes = b.subarray(at + batchHeaderBytes, at + batchSize(b, at));
  const codec = batchCompression(b, at);
  if (codec === undefined) throw corrupt(`its compression is ${batchAttributes(b, at) & 7}, which does not exist`);
  return codec === 'none' ? bytes : decompress(codec, bytes, bytesMax);
}

/** The records of the batch at `at`, decoded. Throws MILLRACE_BATCH_CORRUPT when they are not what the header says. */
export function decodeRecords(b: Buffer, at = 0, bytesMax?: number): DecodedRecord[] {
  const baseOffset = batchBaseOffset(b, at);
  const baseTimestamp = batchBaseTimestamp(b, at);
  const appendTime = batchHasAppendTime(b, at) ? batchMaxTimestamp(b, at) : undefined;
  return rawRecords(b, at, bytesMax).map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
    offset: baseOffset + offsetDelta,
    timestamp: appendTime ?? baseTimestamp + timestampDelta,
    key,
    value,
    headers,
  }));
}

export interface RawRecord {
  readonly offsetDelta: number;
  readonly timestampDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** The records with their offsets and timestamps relative to the batch, as they are stored. */
export function rawRecords(b: Buffer, at = 0, bytesMax?: number): RawRecord[] {
  const count = batchRecordCount(b, at);
  const bytes = batchRecordBytes(b, at, bytesMax);
  // A record takes seven bytes at least, so that a wrong count cannot make us allocate.
  if (count < 0 || count > bytes.length / 7) throw corrupt(`${count} records do not fit into ${bytes.length} bytes`);
  const cursor = new RecordCursor(bytes);
  const records = new Array<RawRecord>(count);
  for (let i = 0; i < count; i++) records[i] = cursor.record();
  if (cursor.position !== bytes.length)
    throw corrupt(`${bytes.length - cursor.position} bytes are left behind its ${count} records`);
  return records;
}

const noHeaders: readonly RecordHeader[] = [];

class RecordCursor {
  private readonly bytes: Buffer;
  position = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  record(): RawRecord {
    const length = this.varint();
    const start = this.position;
    if (length < 0 || length > this.bytes.length - start)
      throw corrupt(`a record of ${length} bytes at ${start} ends behind it`);
    this.position++;
    const timestampDelta = this.varint();
    const offsetDelta = this.varint();
    const key = this.field();
    const value = this.field();
    const headerCount = this.varint();
    if (headerCount < 0 || headerCount > length) throw corrupt(`a record at ${start} has ${headerCount} headers`);
    const headers = headerCount === 0 ? noHeaders : Array.from({ length: headerCount }, () => this.header());
    if (this.position !== start + length)
      throw corrupt(`a record at ${start} of ${length} bytes takes ${this.position - start}`);
    return { offsetDelta, timestampDelta, key, value, headers };
  }

  private header(): RecordHeader {
    const key = this.field();
    if (key === null) throw corrupt('a header has no key');
    return { key: key.toString('utf8'), value: this.field() };
  }

  private field(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const at = this.position;
    if (length > this.bytes.length - at) throw corrupt(`a field of ${length} bytes at ${at} ends behind it`);
    this.position = at + length;
    return this.bytes.subarray(at, at + length);
  }

  /** Zig-zag varint of up to 64 bits; exact up to 2^53. */
  private varint(): number {
    const { bytes } = this;
    let at = this.position;
    let byte = bytes[at++] ?? -1;
    let value = byte & 0x7f;
    let shift = 7;
    while (byte >= 0x80 && shift < 28) {
      byte = bytes[at++] ?? -1;
      value |= (byte & 0x7f) << shift;
      shift += 7;
    }
    for (let scale = 2 ** 28; byte >= 0x80; scale *= 128) {
      if (at - this.position >= 10) throw corrupt(`a varint at ${this.position} is too long`);
      byte = bytes[at++] ?? -1;
      value += (byte & 0x7f) * scale;
    }
    if (byte < 0) throw corrupt('its records end in the middle of a varint');
    this.position = at;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** What of a control record's key tells its meaning: version int16 │ type int16. */
export const controlTypes = { abort: 0, commit: 1, leaderChange: 2 } as const;

/** The type of the first control record of a control batch (`controlTypes`, or one of KRaft's). */
export function batchControlType(b: Buffer, at = 0): number {
  const key = rawRecords(b, at)[0]?.key;
  if (key === undefined || key === null || key.length < 4) throw corrupt('a control batch without a control record');
  return key.readInt16BE(2);
}
