/**
 * Record batches under construction: rows are appended as bytes, the header and the checksum are written once.
 *
 * `appendRecord` is called from generated loops with primitives only. A batch that is full is moved aside; `take` hands
 * all of them over in buffers of their own, so that they can be transferred to another thread.
 */
import { assert } from '../core/assert.ts';
import { StackError } from '../core/errors.ts';
import type { RecordHeader } from '../wire/record-batch.ts';

const noHeaders: readonly RecordHeader[] = [];

const headerBytes = 61;
/** A batch is closed once it has so many bytes; below Kafka's `message.max.bytes` of 1,048,588. */
const batchBytesTarget = 900_000;
/** A record that makes a batch longer than that goes into the next one. */
const batchBytesMax = 1_000_000;
const recordBytesMax = 100 * 2 ** 20;
const bufferBytesMin = 4096;
const bufferBytesKept = 4 * batchBytesTarget;

/**
 * Batches under construction. Generated code writes a record where it will lie: `begin`, then its fields, then `endKey`, `endValue`
 * and `end`, which put lengths in front of what was written. A length takes as many bytes as that of the record before: where
 * this was wrong, what is behind it moves. Nothing counts before `end`.
 */
export class BatchWriter {
  buffer: Buffer = Buffer.allocUnsafeSlow(bufferBytesMin);
  view: DataView = viewOf(this.buffer);
  position: number = headerBytes;
  count = 0;
  baseTimestamp = 0;
  maxTimestamp = 0;
  /** Bytes of the finished batches. */
  finishedBytes = 0;
  /** Bytes to leave for the lengths of the next record, its key and its value. */
  recordLengthBytes = 1;
  keyLengthBytes = 1;
  valueLengthBytes = 1;
  readonly #spare: Buffer[];
  #finished: Buffer[] = [];

  /** `spare`: memory to use before new one is asked for. */
  constructor(spare: Buffer[] = []) {
    this.#spare = spare;
  }

  /** Everything written since the last call, as whole batches. */
  take(): Buffer[] {
    if (this.count > 0) this.finish();
    return this.takeFinished();
  }

  /** The batches that are full. */
  takeFinished(): Buffer[] {
    const finished = this.#finished;
    this.#finished = [];
    this.finishedBytes = 0;
    return finished;
  }

  get pendingBytes(): number {
    return this.finishedBytes + (this.count > 0 ? this.position : 0);
  }

  /** Makes room for `bytes` at `position`, keeping what is before it. */
  ensure(position: number, bytes: number): Buffer {
    const needed = position + bytes;
    if (needed > this.buffer.length) {
      const buffer = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
      this.buffer.copy(buffer, 0, 0, position);
      this.#use(buffer);
    }
    return this.buffer;
  }

  /** Where the next record begins; there is room for all that comes before its key. */
  begin(time: number): number {
    if (this.count === 0 || this.position > batchBytesTarget) this.#open(time);
    if (this.position + 64 > this.buffer.length) this.ensure(this.position, 64);
    return this.position;
  }

  /** `length` of the key that ends at `end`, −1 without one; returns the end. */
  endKey(at: number, length: number, end: number): number {
    const z = (length << 1) ^ (length >> 31);
    if (z > 127 || this.keyLengthBytes !== 1) {
      const bytes = this.keyLengthBytes;
      this.keyLengthBytes = varintLength(z);
      return this.#putLength(at, bytes, z, end);
    }
    this.buffer[at] = z;
    return end;
  }

  /** As `endKey`, of the value. */
  endValue(at: number, length: number, end: number): number {
    const z = (length << 1) ^ (length >> 31);
    if (z > 127 || this.valueLengthBytes !== 1) {
      const bytes = this.valueLengthBytes;
      this.valueLengthBytes = varintLength(z);
      return this.#putLength(at, bytes, z, end);
    }
    this.buffer[at] = z;
    return end;
  }

  /** The record that began at `at` ends with no headers at `end`. */
  end(at: number, end: number, time: number): void {
    if (end >= this.buffer.length) this.ensure(end, 8);
    this.buffer[end] = 0;
    this.#endRecord(at, end + 1, time);
  }

  /** As `end`, with headers as they lie in `b[from, to)` of another record. */
  endWithHeaders(at: number, end: number, time: number, b: Buffer, from: number, to: number): void {
    this.ensure(end, to - from);
    this.#endRecord(at, copyBytes(b, from, to - from, this.buffer, end), time);
  }

  finish(): void {
    const b = this.buffer;
    const end = this.position;
    b.fill(0, 0, 8);
    b.writeInt32BE(end - 12, 8);
    b.writeInt32BE(-1, 12);
    b[16] = 2;
    // The producer's identity comes under the checksum, so the producer makes it.
    b.fill(0, 17, 23);
    b.writeInt32BE(this.count - 1, 23);
    b.writeBigInt64BE(BigInt(this.baseTimestamp), 27);
    b.writeBigInt64BE(BigInt(this.maxTimestamp), 35);
    b.writeBigInt64BE(-1n, 43);
    b.writeInt16BE(-1, 51);
    b.writeInt32BE(-1, 53);
    b.writeInt32BE(this.count, 57);
    if (end > b.length / 2) {
      this.#finished.push(b.subarray(0, end));
      this.#use(this.#spare.pop() ?? Buffer.allocUnsafeSlow(Math.min(b.length, bufferBytesKept)));
    } else {
      const batch = Buffer.allocUnsafeSlow(end);
      b.copy(batch, 0, 0, end);
      this.#finished.push(batch);
    }
    this.finishedBytes += end;
    this.count = 0;
    this.position = headerBytes;
  }

  #endRecord(at: number, end: number, time: number): void {
    let next = end;
    const length = next - at - this.recordLengthBytes;
    if (length > 63 || this.recordLengthBytes !== 1) {
      if (length > recordBytesMax)
        throw new StackError('MILLRACE_QUERY_FAILED', `An output record of ${length} bytes is too large.`);
      const bytes = this.recordLengthBytes;
      this.recordLengthBytes = varintLength(length << 1);
      next = this.#putLength(at, bytes, length << 1, next);
    } else this.buffer[at] = length << 1;
    if (next > batchBytesMax && this.count > 0) {
      this.#moveToNext(at, next, time);
      return;
    }
    if (time > this.maxTimestamp) this.maxTimestamp = time;
    this.position = next;
    this.count++;
  }

  #use(buffer: Buffer): void {
    this.buffer = buffer;
    this.view = viewOf(buffer);
  }

  #open(time: number): void {
    if (this.count > 0) this.finish();
    this.baseTimestamp = this.maxTimestamp = time;
  }

  /** Puts a length where `bytes` were left for it. */
  #putLength(at: number, bytes: number, z: number, end: number): number {
    const needed = varintLength(z);
    if (needed !== bytes) this.ensure(end, 8).copyWithin(at + needed, at + bytes, end);
    writeVarint(this.buffer, at, z);
    return end + needed - bytes;
  }

  /** Closes the batch before the record that lies at `at`, and makes it the first of the next one. */
  #moveToNext(at: number, end: number, time: number): void {
    const record = Buffer.from(this.buffer.subarray(at, end));
    this.finish();
    this.#open(time);
    const afterLength = varintEnd(record, 0);
    const key = varintEnd(record, varintEnd(record, afterLength + 1));
    // Attributes, and no distance to the batch's time and offset.
    const length = 3 + record.length - key;
    let p = writeVarint(this.ensure(headerBytes, length + 5), headerBytes, length << 1);
    this.buffer.fill(0, p, p + 3);
    p += 3;
    record.copy(this.buffer, p, key);
    this.position = p + record.length - key;
    this.count = 1;
  }
}

/** What the writers of the output partitions hold. */
export function outputsOf(
  writers: readonly BatchWriter[],
  full: 'full' | undefined,
): { readonly partition: number; readonly batch: Buffer }[] {
  return writers.flatMap((writer, partition) =>
    (full === undefined ? writer.take() : writer.takeFinished()).map((batch) => ({ partition, batch })),
  );
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
}

function varintEnd(b: Buffer, at: number): number {
  let end = at;
  while ((b[end++] as number) > 127);
  return end;
}

/** Appends one record. A length of -1 is a null key or value. */
export function appendRecord(
  writer: BatchWriter,
  timestamp: number,
  key: Uint8Array,
  keyOffset: number,
  keyLength: number,
  value: Uint8Array,
  valueOffset: number,
  valueLength: number,
  headers: readonly RecordHeader[] = noHeaders,
): void {
  let n = writer.count;
  if (n === 0) {
    writer.baseTimestamp = writer.maxTimestamp = timestamp;
  } else if (writer.position + keyLength + valueLength > batchBytesTarget) {
    writer.finish();
    n = 0;
    writer.baseTimestamp = writer.maxTimestamp = timestamp;
  } else if (timestamp > writer.maxTimestamp) writer.maxTimestamp = timestamp;
  const delta = timestamp - writer.baseTimestamp;
  const extra = headers === noHeaders ? 1 : headersLength(headers);
  // Almost always everything is small: whole numbers of 32 bits in zigzag form, of one or two bytes.
  const small = delta >= -0x2000_0000 && delta < 0x2000_0000;
  const zDelta = small ? (delta << 1) ^ (delta >> 31) : 0;
  const zCount = n << 1;
  const zKey = (keyLength << 1) ^ (keyLength >> 31);
  const zValue = (valueLength << 1) ^ (valueLength >> 31);
  const size =
    1 +
    (small ? varintLength(zDelta) : zigzagLength(delta)) +
    varintLength(zCount) +
    varintLength(zKey) +
    varintLength(zValue) +
    (keyLength > 0 ? keyLength : 0) +
    (valueLength > 0 ? valueLength : 0) +
    extra;
  if (size > recordBytesMax)
    throw new StackError('MILLRACE_QUERY_FAILED', `An output record of ${size} bytes is too large.`);
  if (writer.position + size + 10 > writer.buffer.length) writer.ensure(writer.position, size + 10);
  const b = writer.buffer;
  let p = writeVarint(b, writer.position, size << 1);
  b[p++] = 0;
  p = small ? writeVarint(b, p, zDelta) : writeZigzag(b, p, delta);
  p = writeVarint(b, p, zCount);
  p = writeVarint(b, p, zKey);
  for (let i = 0; i < keyLength; i++) b[p + i] = key[keyOffset + i] as number;
  if (keyLength > 0) p += keyLength;
  p = writeVarint(b, p, zValue);
  if (valueLength > 0) p = copyBytes(value, valueOffset, valueLength, b, p);
  if (extra === 1) b[p++] = 0;
  else p = writeHeaders(b, p, headers);
  writer.position = p;
  writer.count = n + 1;
}

/** Of an unsigned number of 31 bits. */
function varintLength(z: number): number {
  return z < 128 ? 1 : z < 16384 ? 2 : z < 2097152 ? 3 : z < 268435456 ? 4 : 5;
}

function writeVarint(b: Buffer, position: number, value: number): number {
  let p = position;
  let z = value;
  while (z > 127) {
    b[p++] = (z & 127) | 128;
    z >>>= 7;
  }
  b[p++] = z;
  return p;
}

function headersLength(headers: readonly RecordHeader[]): number {
  let length = zigzagLength(headers.length);
  for (const { key, value } of headers) {
    const keyLength = Buffer.byteLength(key);
    const valueLength = value === null ? -1 : value.length;
    length += zigzagLength(keyLength) + keyLength + zigzagLength(valueLength) + Math.max(valueLength, 0);
  }
  return length;
}

function writeHeaders(b: Buffer, position: number, headers: readonly RecordHeader[]): number {
  let p = writeZigzag(b, position, headers.length);
  for (const { key, value } of headers) {
    p = writeZigzag(b, p, Buffer.byteLength(key));
    p += b.write(key, p, 'utf8');
    p = writeZigzag(b, p, value === null ? -1 : value.length);
    if (value !== null) p = copyBytes(value, 0, value.length, b, p);
  }
  return p;
}

/** Copies bytes; returns the position behind them. A loop beats a call for what is short. */
export function copyBytes(source: Uint8Array, from: number, length: number, target: Buffer, p: number): number {
  if (length > 48) {
    target.set(source.subarray(from, from + length), p);
    return p + length;
  }
  for (let i = 0; i < length; i++) target[p++] = source[from + i] as number;
  return p;
}

function zigzagLength(value: number): number {
  if (value >= -64 && value < 64) return 1;
  if (value >= -8192 && value < 8192) return 2;
  let magnitude = value < 0 ? -value - 1 : value;
  let length = 1;
  for (magnitude = Math.floor(magnitude / 64); magnitude > 0; magnitude = Math.floor(magnitude / 128)) length++;
  return length;
}

/** Writes a safe integer as a zigzag varint (varlong); returns the position behind it. */
export function writeZigzag(b: Uint8Array, position: number, value: number): number {
  let p = position;
  if (value >= -0x4000_0000 && value < 0x4000_0000) {
    let z = ((value << 1) ^ (value >> 31)) >>> 0;
    while (z > 127) {
      b[p++] = (z & 127) | 128;
      z >>>= 7;
    }
    b[p++] = z;
    return p;
  }
  assert(Number.isSafeInteger(value), 'a varint of a safe integer');
  return writeZigzagBigint(b, p, BigInt(value));
}

const halves = new BigInt64Array(1);
const halfWords = new Uint32Array(halves.buffer);

/** As {@link writeZigzag}, for all 64 bits. */
export function writeZigzagBigint(b: Uint8Array, position: number, value: bigint): number {
  let p = position;
  halves[0] = BigInt.asIntN(64, (value << 1n) ^ (value >> 63n));
  let low = halfWords[0] as number;
  let high = halfWords[1] as number;
  while (high > 0 || low > 127) {
    b[p++] = (low & 127) | 128;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  b[p++] = low;
  return p;
}

/** Kafka's default partitioner: murmur2 of the key's bytes, made positive, modulo the partitions. */
export function partitionOf(key: Uint8Array, offset: number, length: number, partitions: number): number {
  if (partitions === 1) return 0;
  const m = 0x5bd1e995;
  let h = 0x9747b28c ^ length;
  let i = offset;
  for (const end = offset + (length & ~3); i < end; i += 4) {
    let k =
      (key[i] as number) |
      ((key[i + 1] as number) << 8) |
      ((key[i + 2] as number) << 16) |
      ((key[i + 3] as number) << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = length & 3;
  if (rest === 3) h ^= (key[i + 2] as number) << 16;
  if (rest >= 2) h ^= (key[i + 1] as number) << 8;
  if (rest >= 1) h = Math.imul(h ^ (key[i] as number), m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  h ^= h >>> 15;
  return (h & 0x7fffffff) % partitions;
}
