/** Builds record batches (layout: record-batch.ts) in one growing buffer. */
import { assert } from '../core/assert.ts';
import { compress, compressionCodecs } from './compression.ts';
import type { CompressionName } from './compression.ts';
import { crc32c } from './crc32c.ts';
import { batchHeaderBytes, batchPrefixBytes, controlBit, controlTypes, transactionalBit } from './record-batch.ts';

export interface BatchOptions {
  readonly compression?: CompressionName;
  /** 0 by default; a broker assigns its own. */
  readonly baseOffset?: number;
  /** −1 (unknown) by default. */
  readonly leaderEpoch?: number;
  readonly producerId?: number;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly transactional?: boolean;
  readonly control?: boolean;
  /** Makes this the time of every record (LogAppendTime). */
  readonly appendTime?: number;
}

interface Header {
  readonly key: string;
  readonly value: Uint8Array | null;
}

const noHeaders: readonly Header[] = [];

export class RecordBatchBuilder {
  private bytes: Buffer;
  private position = batchHeaderBytes;
  private count = 0;
  private baseTimestamp = 0;
  private maxTimestamp = -1;
  private lastOffsetDelta = -1;

  constructor(capacity = 4096) {
    this.bytes = Buffer.allocUnsafe(Math.max(capacity, batchHeaderBytes));
  }

  get recordCount(): number {
    return this.count;
  }

  /** Bytes of the batch so far, before compression. */
  get length(): number {
    return this.position;
  }

  /**
   * Appends a record. `timestamp` in ms; `offsetDelta` only for batches with gaps, as compaction leaves them (rising).
   */
  append(
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly Header[] = noHeaders,
    offsetDelta: number = this.lastOffsetDelta + 1,
  ): void {
    if (this.count === 0) {
      this.baseTimestamp = timestamp;
      this.maxTimestamp = timestamp;
    } else if (timestamp > this.maxTimestamp) this.maxTimestamp = timestamp;
    const timestampDelta = timestamp - this.baseTimestamp;
    let length =
      1 +
      varintBytes(timestampDelta) +
      varintBytes(offsetDelta) +
      fieldBytes(key) +
      fieldBytes(value) +
      varintBytes(headers.length);
    for (const header of headers) length += textBytes(header.key) + fieldBytes(header.value);
    this.reserve(length + 5);
    this.varint(length);
    this.bytes[this.position++] = 0;
    this.varint(timestampDelta);
    this.varint(offsetDelta);
    this.field(key);
    this.field(value);
    this.varint(headers.length);
    for (const header of headers) {
      const keyLength = Buffer.byteLength(header.key);
      this.varint(keyLength);
      this.position += this.bytes.write(header.key, this.position, keyLength, 'utf8');
      this.field(header.value);
    }
    this.lastOffsetDelta = offsetDelta;
    this.count++;
  }

  /**
   * The finished batch, in a buffer of its own; the builder is empty afterwards and can be used again. `lastOffsetDelta` may lie
   * past the last record (compaction keeps the end of a batch).
   */
  build(options: BatchOptions = {}, lastOffsetDelta: number = this.lastOffsetDelta): Buffer {
    assert(this.count > 0 || lastOffsetDelta >= 0, 'a batch without records needs an end');
    const { compression = 'none' } = options;
    let batch: Buffer;
    if (compression === 'none') batch = Buffer.from(this.bytes.subarray(0, this.position));
    else {
      const body = compress(compression, this.bytes.subarray(batchHeaderBytes, this.position));
      batch = Buffer.allocUnsafe(batchHeaderBytes + body.length);
      body.copy(batch, batchHeaderBytes);
    }
    batch.writeBigInt64BE(BigInt(options.baseOffset ?? 0), 0);
    batch.writeInt32BE(batch.length - batchPrefixBytes, 8);
    batch.writeInt32BE(options.leaderEpoch ?? -1, 12);
    batch[16] = 2;
    batch.writeInt16BE(
      compressionCodecs.indexOf(compression) |
        (options.appendTime === undefined ? 0 : 0x08) |
        (options.transactional ? transactionalBit : 0) |
        (options.control ? controlBit : 0),
      21,
    );
    batch.writeInt32BE(lastOffsetDelta, 23);
    batch.writeBigInt64BE(BigInt(this.baseTimestamp), 27);
    batch.writeBigInt64BE(BigInt(options.appendTime ?? this.maxTimestamp), 35);
    batch.writeBigInt64BE(BigInt(options.producerId ?? -1), 43);
    batch.writeInt16BE(options.producerEpoch ?? -1, 51);
    batch.writeInt32BE(options.baseSequence ?? -1, 53);
    batch.writeInt32BE(this.count, 57);
    batch.writeUInt32BE(crc32c(batch, 21), 17);
    this.reset();
    return batch;
  }

  private reset(): void {
    this.position = batchHeaderBytes;
    this.count = 0;
    this.baseTimestamp = 0;
    this.maxTimestamp = -1;
    this.lastOffsetDelta = -1;
  }

  private reserve(length: number): void {
    if (this.position + length <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.position + length));
    this.bytes.copy(grown, 0, 0, this.position);
    this.bytes = grown;
  }

  private field(value: Uint8Array | null): void {
    if (value === null) {
      this.bytes[this.position++] = 1; // −1 in zig-zag
      return;
    }
    this.varint(value.length);
    this.bytes.set(value, this.position);
    this.position += value.length;
  }

  private varint(value: number): void {
    const { bytes } = this;
    let z = value >= 0 ? value * 2 : -value * 2 - 1;
    while (z > 0x7fffffff) {
      bytes[this.position++] = (z % 128) | 0x80;
      z = Math.floor(z / 128);
    }
    while (z > 0x7f) {
      bytes[this.position++] = (z & 0x7f) | 0x80;
      z >>>= 7;
    }
    bytes[this.position++] = z;
  }
}

/** A batch that ends a transaction of `producerId`: one control record, `commit` or `abort` (KIP-98). */
export function endTransactionBatch(
  producer: { readonly id: number; readonly epoch: number },
  outcome: 'commit' | 'abort',
  coordinatorEpoch: number,
  timestamp: number,
): Buffer {
  const key = Buffer.alloc(4);
  key.writeInt16BE(controlTypes[outcome], 2);
  const value = Buffer.alloc(6);
  value.writeInt32BE(coordinatorEpoch, 2);
  const builder = new RecordBatchBuilder(128);
  builder.append(timestamp, key, value);
  return builder.build({ producerId: producer.id, producerEpoch: producer.epoch, transactional: true, control: true });
}

function varintBytes(value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  let bytes = 1;
  while (z > 127) {
    z = Math.floor(z / 128);
    bytes++;
  }
  return bytes;
}

function fieldBytes(value: Uint8Array | null): number {
  return value === null ? 1 : varintBytes(value.length) + value.length;
}

function textBytes(text: string): number {
  const length = Buffer.byteLength(text);
  return varintBytes(length) + length;
}
