/**
 * What a partition knows of the producers that write to it: the last batches of idempotent producers, so that a batch that is sent
 * again is recognised, and the open transactions, so that the last stable offset is known (KIP-98, KIP-360).
 */
import { crc32c } from '../wire/crc32c.ts';
import { kafkaError } from '../wire/error-codes.ts';
import { sequenceAfter } from '../wire/record-batch.ts';

/** Batches per producer that are recognised when they are sent again. */
const rememberedBatches = 5;
const snapshotVersion = 1;
const snapshotHeaderBytes = 10;
const snapshotEntryBytes = 46;

export interface ProducerBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly timestamp: number;
}

export interface ProducerEntry {
  readonly producerId: number;
  epoch: number;
  /** Oldest first; at most five. */
  batches: ProducerBatch[];
  coordinatorEpoch: number;
  /** First offset of the open transaction; −1 = none. */
  transactionFirstOffset: number;
  lastTimestamp: number;
}

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly lastOffset: number;
  /** The last stable offset when the marker was written: no earlier read needs this entry. */
  readonly lastStableOffset: number;
}

/** One batch of a producer as the log sees it. */
export interface ProducerAppend {
  readonly producerId: number;
  readonly epoch: number;
  readonly baseSequence: number;
  readonly lastOffsetDelta: number;
  readonly timestamp: number;
  readonly transactional: boolean;
}

export class ProducerState {
  readonly entries: Map<number, ProducerEntry> = new Map();
  /** First offsets of the open transactions by producer, oldest first, as they were begun. */
  private readonly open = new Map<number, number>();

  /** First offset of the oldest open transaction, or undefined. */
  firstOpenOffset(): number | undefined {
    for (const offset of this.open.values()) return offset;
    return undefined;
  }

  /**
   * May this batch of a client be appended? Returns the batch as it lies in the log if it was appended before.
   * @throws KafkaError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER
   */
  check(batch: ProducerAppend): ProducerBatch | undefined {
    const entry = this.entries.get(batch.producerId);
    if (entry === undefined) return undefined; // unknown producers may begin anywhere (KIP-360)
    if (batch.epoch < entry.epoch) {
      throw kafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${batch.producerId} is ${batch.epoch}, which is smaller than the last seen epoch ${entry.epoch}.`,
      );
    }
    if (batch.epoch > entry.epoch) {
      if (batch.baseSequence !== 0 && entry.batches.length > 0) throw outOfOrder(batch, -1);
      return undefined;
    }
    const lastSequence = sequenceAfter(batch.baseSequence, batch.lastOffsetDelta);
    const known = entry.batches.find(
      (other) => other.baseSequence === batch.baseSequence && other.lastSequence === lastSequence,
    );
    if (known !== undefined) return known;
    const last = entry.batches.at(-1);
    if (last !== undefined && batch.baseSequence !== sequenceAfter(last.lastSequence, 1))
      throw outOfOrder(batch, last.lastSequence);
    return undefined;
  }

  /** Takes note of a batch that was appended at `baseOffset`. */
  append(batch: ProducerAppend, baseOffset: number): void {
    const entry = this.entry(batch.producerId, batch.epoch);
    const lastOffset = baseOffset + batch.lastOffsetDelta;
    entry.batches.push({
      baseSequence: batch.baseSequence,
      lastSequence: sequenceAfter(batch.baseSequence, batch.lastOffsetDelta),
      baseOffset,
      lastOffset,
      timestamp: batch.timestamp,
    });
    if (entry.batches.length > rememberedBatches) entry.batches.shift();
    entry.lastTimestamp = batch.timestamp;
    if (batch.transactional && entry.transactionFirstOffset < 0) {
      entry.transactionFirstOffset = baseOffset;
      this.open.set(batch.producerId, baseOffset);
    }
  }

  /** May this transaction marker be appended? Throws INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED. */
  checkMarker(producerId: number, epoch: number, coordinatorEpoch: number): void {
    const entry = this.entries.get(producerId);
    if (entry === undefined) return;
    if (epoch < entry.epoch) {
      throw kafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of the marker of producer ${producerId} is ${epoch}, which is smaller than the last seen epoch ${entry.epoch}.`,
      );
    }
    if (coordinatorEpoch < entry.coordinatorEpoch) {
      throw kafkaError(
        'TRANSACTION_COORDINATOR_FENCED',
        `Coordinator epoch ${coordinatorEpoch} is older than ${entry.coordinatorEpoch}.`,
      );
    }
  }

  /** Ends the open transaction of a producer; returns its first offset, or −1 if it wrote nothing here. */
  endTransaction(producerId: number, epoch: number, coordinatorEpoch: number, timestamp: number): number {
    const entry = this.entry(producerId, epoch);
    const firstOffset = entry.transactionFirstOffset;
    entry.transactionFirstOffset = -1;
    this.open.delete(producerId);
    entry.coordinatorEpoch = coordinatorEpoch;
    entry.lastTimestamp = timestamp;
    return firstOffset;
  }

  /** Forgets producers without open transaction that wrote last before `timestamp`. */
  expire(timestamp: number): void {
    for (const [id, entry] of this.entries) {
      if (entry.transactionFirstOffset < 0 && entry.lastTimestamp < timestamp) this.entries.delete(id);
    }
  }

  clear(): void {
    this.entries.clear();
    this.open.clear();
  }

  private entry(producerId: number, epoch: number): ProducerEntry {
    let entry = this.entries.get(producerId);
    if (entry === undefined) {
      entry = { producerId, epoch, batches: [], coordinatorEpoch: -1, transactionFirstOffset: -1, lastTimestamp: -1 };
      this.entries.set(producerId, entry);
    } else if (entry.epoch !== epoch) {
      entry.epoch = epoch;
      entry.batches = [];
    }
    return entry;
  }

  /** The snapshot's bytes (docs/internals/disk-format.md). */
  encode(): Buffer {
    const bytes = Buffer.alloc(snapshotHeaderBytes + this.entries.size * snapshotEntryBytes);
    bytes.writeInt16BE(snapshotVersion, 0);
    bytes.writeInt32BE(this.entries.size, 6);
    let at = snapshotHeaderBytes;
    for (const entry of this.entries.values()) {
      const last = entry.batches.at(-1);
      at = bytes.writeBigInt64BE(BigInt(entry.producerId), at);
      at = bytes.writeInt16BE(entry.epoch, at);
      at = bytes.writeInt32BE(last?.lastSequence ?? -1, at);
      at = bytes.writeBigInt64BE(BigInt(last?.lastOffset ?? -1), at);
      at = bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.baseOffset, at);
      at = bytes.writeBigInt64BE(BigInt(entry.lastTimestamp), at);
      at = bytes.writeInt32BE(entry.coordinatorEpoch, at);
      at = bytes.writeBigInt64BE(BigInt(entry.transactionFirstOffset), at);
    }
    bytes.writeUInt32BE(crc32c(bytes, 6), 2);
    return bytes;
  }

  /** Reads a snapshot into this state; false, and no change, when it is not one. */
  load(bytes: Buffer): boolean {
    if (
      bytes.length < snapshotHeaderBytes ||
      bytes.readInt16BE(0) !== snapshotVersion ||
      bytes.readUInt32BE(2) !== crc32c(bytes, 6)
    )
      return false;
    const count = bytes.readInt32BE(6);
    if (bytes.length !== snapshotHeaderBytes + count * snapshotEntryBytes) return false;
    this.clear();
    for (let i = 0, at = snapshotHeaderBytes; i < count; i++, at += snapshotEntryBytes) {
      const producerId = Number(bytes.readBigInt64BE(at));
      const lastSequence = bytes.readInt32BE(at + 10);
      const lastOffset = Number(bytes.readBigInt64BE(at + 14));
      const offsetDelta = bytes.readInt32BE(at + 22);
      const timestamp = Number(bytes.readBigInt64BE(at + 26));
      const baseSequence = (lastSequence - offsetDelta + 0x80000000) % 0x80000000;
      this.entries.set(producerId, {
        producerId,
        epoch: bytes.readInt16BE(at + 8),
        batches:
          lastSequence < 0
            ? []
            : [{ baseSequence, lastSequence, baseOffset: lastOffset - offsetDelta, lastOffset, timestamp }],
        coordinatorEpoch: bytes.readInt32BE(at + 34),
        transactionFirstOffset: Number(bytes.readBigInt64BE(at + 38)),
        lastTimestamp: timestamp,
      });
    }
    const open = [...this.entries.values()].filter(({ transactionFirstOffset }) => transactionFirstOffset >= 0);
    open.sort((a, b) => a.transactionFirstOffset - b.transactionFirstOffset);
    for (const { producerId, transactionFirstOffset } of open) this.open.set(producerId, transactionFirstOffset);
    return true;
  }
}

function outOfOrder(batch: ProducerAppend, last: number): Error {
  return kafkaError(
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    `Out of order sequence number for producer ${batch.producerId}: ${batch.baseSequence} (incoming seq. number), ${last} (current end sequence number).`,
  );
}
