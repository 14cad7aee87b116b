/**
 * Compaction: of all records with one key the last one stays (docs/internals/disk-format.md, "Compaction"). Offsets, and the bytes of the
 * records that stay, do not change. It goes as Kafka's cleaner does:
 *
 * 1. the batches that no round has seen are read, and the last offset of each key is noted, as far as the memory reaches;
 * 2. every sealed segment below that is written anew without the records that a later one replaces, without aborted records, and without
 *    tombstones and transaction markers whose time is over.
 *
 * A tombstone, and the marker of a transaction without records, gets a delete horizon the first time it is met: `delete.retention.ms` from
 * then on, kept in the batch's base timestamp and announced by bit 6 of its attributes (KIP-534). Past it, it goes. The last batch of a
 * producer that is still known stays, without its records if need be, so that its sequence can be told from the log.
 */
import { decompressedBytesMax, prepareCompression, compress } from '../wire/compression.ts';
import { crc32c } from '../wire/crc32c.ts';
import {
  batchBaseOffset,
  batchBaseTimestamp,
  batchCompression,
  batchControlType,
  batchHasAppendTime,
  batchHeaderBytes,
  batchIsControl,
  batchIsTransactional,
  batchLastOffset,
  batchMaxTimestamp,
  batchPrefixBytes,
  batchProducerEpoch,
  batchProducerId,
  batchRecordBytes,
  batchRecordCount,
  batchSize,
  controlTypes,
} from '../wire/record-batch.ts';
import { KeyOffsets } from './key-offsets.ts';
import type { AbortedTransaction, ProducerState } from './producer-state.ts';
import { RecordScanner } from './record-scanner.ts';
import type { Segment } from './segment.ts';
import { scanBatches } from './segment-scan.ts';

export const deleteHorizonBit = 0x40;

/** Bytes between two pauses, so that compaction does not keep the broker's thread. */
const chunkBytes = 256 * 1024;
const flushBytes = 1 << 20;

export interface CompactionInput {
  /** Aborted transactions of the whole log, by first offset. */
  readonly aborted: readonly AbortedTransaction[];
  /** Those that are still known. */
  readonly producers: ProducerState;
  readonly now: number;
  readonly deleteRetentionMs: number;
  /** Bytes of the table of keys. */
  readonly memoryBytes: number;
  /** Resolves when other work was done. Throws to end the compaction. */
  readonly pause: () => Promise<void>;
}

export interface CompactionStats {
  batchesRead: number;
  batchesKept: number;
  recordsKept: number;
  recordsRemoved: number;
}

export class Compaction {
  /** Did the segments copied since this was last set to false lose or change anything? */
  changed = false;
  readonly stats: CompactionStats = { batchesRead: 0, batchesKept: 0, recordsKept: 0, recordsRemoved: 0 };
  private readonly input: CompactionInput;
  private readonly scanner = new RecordScanner();
  private keys: KeyOffsets = new KeyOffsets(1, 0, 1);
  /** Below: every record's key is in the table. */
  private mappedTo = 0;
  private transactions: Transactions;

  constructor(input: CompactionInput) {
    this.input = input;
    this.transactions = new Transactions(input.aborted);
  }

  /** Notes the keys of the records from `from` on; returns how far the memory reached. */
  async noteKeys(segments: readonly Segment[], from: number, to: number): Promise<number> {
    const transactions = new Transactions(this.input.aborted, from);
    let table: KeyOffsets | undefined;
    let read = 0;
    this.mappedTo = from;
    for (const segment of segments) {
      for (const { buffer, at } of scanBatches(segment, segment.positionBefore(from), chunkBytes)) {
        if (batchLastOffset(buffer, at) < from) continue;
        const count = batchRecordCount(buffer, at);
        table ??= new KeyOffsets(to - from, this.input.memoryBytes, count);
        if (table.size + count > table.capacity) {
          this.keys = table;
          return this.mappedTo;
        }
        if (!transactions.discards(buffer, at)) this.noteBatch(table, buffer, at);
        this.mappedTo = batchLastOffset(buffer, at) + 1;
        if ((read += batchSize(buffer, at)) >= chunkBytes) {
          read = 0;
          await this.input.pause();
        }
      }
    }
    if (table !== undefined) this.keys = table;
    this.mappedTo = to;
    return to;
  }

  private noteBatch(table: KeyOffsets, buffer: Buffer, at: number): void {
    if (batchIsControl(buffer, at)) return;
    const { scanner } = this;
    const baseOffset = batchBaseOffset(buffer, at);
    scanner.begin(batchRecordBytes(buffer, at, decompressedBytesMax), batchRecordCount(buffer, at));
    while (scanner.next()) {
      if (scanner.keyLength >= 0) table.set(keyOf(scanner), baseOffset + scanner.offsetDelta);
    }
  }

  /** Begins to write the segments anew, from the first one of the log on. */
  begin(): void {
    this.transactions = new Transactions(this.input.aborted);
  }

  /** Appends what stays of `source` to `target`. */
  async copy(source: Segment, target: Segment, indexIntervalBytes: number): Promise<void> {
    let kept: Buffer[] = [];
    let keptBytes = 0;
    let read = 0;
    const flush = (): void => {
      let at = 0;
      const boundaries = kept.map((batch) => (at += batch.length) - batch.length);
      if (kept.length > 0) target.append(Buffer.concat(kept, keptBytes), boundaries, indexIntervalBytes);
      kept = [];
      keptBytes = 0;
    };
    for (const { buffer, at } of scanBatches(source, 0, chunkBytes)) {
      this.stats.batchesRead++;
      if (batchCompression(buffer, at) === 'zstd') await prepareCompression('zstd');
      const batch = this.filter(buffer, at);
      if (batch === undefined) this.changed = true;
      else {
        this.stats.batchesKept++;
        kept.push(batch);
        keptBytes += batch.length;
      }
      if (keptBytes >= flushBytes) flush();
      if ((read += batchSize(buffer, at)) >= chunkBytes) {
        read = 0;
        await this.input.pause();
      }
    }
    flush();
  }

  /** What stays of a batch; undefined when nothing does. */
  private filter(buffer: Buffer, at: number): Buffer | undefined {
    const { now } = this.input;
    const horizon = horizonOf(buffer, at);
    const discardable = this.transactions.discards(buffer, at);
    const isLastOfProducer = this.isLastOfProducer(buffer, at);
    if (batchIsControl(buffer, at)) {
      if (!discardable || isLastOfProducer) return this.whole(buffer, at);
      if (horizon === undefined) return this.rewrite(buffer, at, () => true, true);
      return horizon > now ? this.whole(buffer, at) : undefined;
    }
    if (discardable) {
      this.stats.recordsRemoved += batchRecordCount(buffer, at);
      return isLastOfProducer ? this.emptied(buffer, at) : undefined;
    }
    if (batchRecordCount(buffer, at) === 0) return isLastOfProducer ? this.whole(buffer, at) : undefined;
    const baseOffset = batchBaseOffset(buffer, at);
    const tombstonesStay = horizon === undefined || horizon > now;
    const stays = (scanner: RecordScanner): boolean => {
      const offset = baseOffset + scanner.offsetDelta;
      if (offset >= this.mappedTo) return true;
      if (scanner.keyLength < 0) return false; // from before the topic was compacted
      return offset >= this.keys.get(keyOf(scanner)) && (scanner.valueLength >= 0 || tombstonesStay);
    };
    return (
      this.rewrite(buffer, at, stays, horizon === undefined) ??
      (isLastOfProducer ? this.emptied(buffer, at) : undefined)
    );
  }

  /** Is this what a start would know its producer from: the last data, or, of one without any in its epoch, the marker with the epoch? */
  private isLastOfProducer(buffer: Buffer, at: number): boolean {
    const producer = this.input.producers.entries.get(batchProducerId(buffer, at));
    if (producer === undefined) return false;
    const last = producer.batches.at(-1);
    if (last !== undefined) return last.lastOffset === batchLastOffset(buffer, at);
    return batchIsControl(buffer, at) && batchProducerEpoch(buffer, at) === producer.epoch;
  }

  /** Only the header. Its largest timestamp stays, for the producer's expiration. */
  private emptied(buffer: Buffer, at: number): Buffer {
    this.changed ||= batchRecordCount(buffer, at) > 0;
    return assemble(buffer, at, { records: Buffer.alloc(0), kept: 0, maxTimestamp: batchMaxTimestamp(buffer, at) });
  }

  private whole(buffer: Buffer, at: number): Buffer {
    this.stats.recordsKept += batchRecordCount(buffer, at);
    return Buffer.from(buffer.subarray(at, at + batchSize(buffer, at)));
  }

  /** The batch with those records that stay; with a delete horizon if a tombstone or marker among them has none yet. */
  private rewrite(
    buffer: Buffer,
    at: number,
    stays: (scanner: RecordScanner) => boolean,
    mayNeedHorizon: boolean,
  ): Buffer | undefined {
    const { scanner } = this;
    const count = batchRecordCount(buffer, at);
    const bytes = batchRecordBytes(buffer, at, decompressedBytesMax);
    const baseTimestamp = batchBaseTimestamp(buffer, at);
    const control = batchIsControl(buffer, at);
    const spans: number[] = []; // start and end of each record that stays
    let kept = 0;
    let needsHorizon = false;
    let maxTimestamp = -1;
    scanner.begin(bytes, count);
    while (scanner.next()) {
      if (!stays(scanner)) continue;
      kept++;
      maxTimestamp = Math.max(maxTimestamp, baseTimestamp + scanner.timestampDelta);
      if (mayNeedHorizon && (control || scanner.valueLength < 0)) needsHorizon = true;
      // Records that lie one behind the other are copied as one.
      if (spans.length > 0 && spans.at(-1) === scanner.start) spans[spans.length - 1] = scanner.end;
      else spans.push(scanner.start, scanner.end);
    }
    this.stats.recordsRemoved += count - kept;
    if (kept === 0) return undefined;
    if (kept === count && !needsHorizon) return this.whole(buffer, at);
    this.stats.recordsKept += kept;
    const records: Buffer[] = [];
    for (let i = 0; i < spans.length; i += 2) records.push(bytes.subarray(spans[i], spans[i + 1]));
    const content = { records: Buffer.concat(records), kept, maxTimestamp };
    this.changed = true;
    if (!needsHorizon) return assemble(buffer, at, content);
    const newHorizon = this.input.now + this.input.deleteRetentionMs;
    const shifted = this.shiftTimestamps(content.records, kept, baseTimestamp - newHorizon);
    return assemble(buffer, at, { ...content, records: shifted }, newHorizon);
  }

  /** The same records relative to another base timestamp. */
  private shiftTimestamps(bytes: Buffer, count: number, shift: number): Buffer {
    const { scanner } = this;
    // The length and the timestamp of a record grow by at most 9 bytes each.
    const out = Buffer.allocUnsafe(bytes.length + count * 18);
    let at = 0;
    scanner.begin(bytes, count);
    while (scanner.next()) {
      const delta = scanner.timestampDelta + shift;
      const rest = scanner.end - scanner.afterTimestamp;
      at = writeVarint(out, at, 1 + varintBytes(delta) + rest);
      out[at++] = 0; // attributes: none are in use
      at = writeVarint(out, at, delta);
      at += bytes.copy(out, at, scanner.afterTimestamp, scanner.end);
    }
    return out.subarray(0, at);
  }
}

/** Which transactions were aborted, and which have still records in the log, while its batches go by in order. */
class Transactions {
  private readonly aborted: readonly AbortedTransaction[];
  private next = 0;
  /** Aborted ones whose marker is still to come: did a batch of it go by? */
  private readonly openAborted = new Map<number, boolean>();
  /** Producers of committed ones with a batch that went by. */
  private readonly openCommitted = new Set<number>();

  /** `from` is the offset that the first batch holds. */
  constructor(aborted: readonly AbortedTransaction[], from = 0) {
    this.aborted = aborted.filter(({ lastOffset }) => lastOffset >= from);
  }

  /** Takes the next batch. True for records of an aborted transaction, and for a marker of one that has no records any more. */
  discards(buffer: Buffer, at: number): boolean {
    const lastOffset = batchLastOffset(buffer, at);
    for (let entry = this.aborted[this.next]; entry !== undefined && entry.firstOffset <= lastOffset; ) {
      this.openAborted.set(entry.producerId, false);
      entry = this.aborted[++this.next];
    }
    const producerId = batchProducerId(buffer, at);
    if (batchIsControl(buffer, at)) {
      switch (batchControlType(buffer, at)) {
        case controlTypes.abort: {
          const seen = this.openAborted.get(producerId) ?? false;
          this.openAborted.delete(producerId);
          // A producer's last batch that an earlier round emptied looks like that of a committed one; its transaction must not seem open.
          return !this.openCommitted.delete(producerId) && !seen;
        }
        case controlTypes.commit:
          return !this.openCommitted.delete(producerId);
        default:
          return false;
      }
    }
    if (!batchIsTransactional(buffer, at)) return false;
    if (this.openAborted.has(producerId)) {
      this.openAborted.set(producerId, true);
      return true;
    }
    this.openCommitted.add(producerId);
    return false;
  }
}

function keyOf(scanner: RecordScanner): Buffer {
  return scanner.bytes.subarray(scanner.keyStart, scanner.keyStart + scanner.keyLength);
}

function horizonOf(buffer: Buffer, at: number): number | undefined {
  return (buffer.readInt16BE(at + 21) & deleteHorizonBit) === 0 ? undefined : batchBaseTimestamp(buffer, at);
}

/** The batch at `at` with other records; base offset, last offset and producer stay. */
function assemble(
  buffer: Buffer,
  at: number,
  content: { readonly records: Buffer; readonly kept: number; readonly maxTimestamp: number },
  horizon?: number,
): Buffer {
  const codec = batchCompression(buffer, at) ?? 'none';
  const body = content.kept === 0 ? content.records : compress(codec, content.records);
  const batch = Buffer.allocUnsafe(batchHeaderBytes + body.length);
  buffer.copy(batch, 0, at, at + batchHeaderBytes);
  body.copy(batch, batchHeaderBytes);
  batch.writeInt32BE(batch.length - batchPrefixBytes, 8);
  if (horizon !== undefined) {
    batch.writeInt16BE(batch.readInt16BE(21) | deleteHorizonBit, 21);
    batch.writeBigInt64BE(BigInt(horizon), 27);
  }
  const maxTimestamp = batchHasAppendTime(buffer, at) ? batchMaxTimestamp(buffer, at) : content.maxTimestamp;
  batch.writeBigInt64BE(BigInt(maxTimestamp), 35);
  batch.writeInt32BE(content.kept, 57);
  batch.writeUInt32BE(crc32c(batch, 21), 17);
  return batch;
}

function varintBytes(value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  let bytes = 1;
  for (; z > 127; z = Math.floor(z / 128)) bytes++;
  return bytes;
}

function writeVarint(target: Buffer, position: number, value: number): number {
  let z = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; z > 127; z = Math.floor(z / 128)) target[position++] = (z % 128) | 0x80;
  target[position++] = z;
  return position;
}
