/** Gathers records into batches: one open batch for each partition, closed when it is full or its linger is over. */
import type { Clock } from '../core/clock.ts';
import type { CompressionName } from '../wire/compression.ts';
import { RecordBatchBuilder } from '../wire/record-batch-builder.ts';
import type { RecordHeader } from './kafka-client.ts';

/** `batch.size`: a batch is closed before it grows beyond this. */
const batchBytesMax = 16_384;
/** Length, attributes, deltas and lengths of a record, generously. */
const recordOverheadBytes = 32;

export interface AccumulatorOptions {
  readonly clock: Clock;
  readonly lingerMs: number;
  readonly compression: CompressionName;
  /** Takes a closed batch; resolves with its base offset. */
  readonly onBatch: (topic: string, partition: number, bytes: Buffer) => Promise<number>;
}

interface RecordContent {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

interface Waiting {
  readonly resolve: (offset: number) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenBatch {
  readonly topic: string;
  readonly partition: number;
  readonly builder: RecordBatchBuilder;
  readonly waiting: Waiting[];
}

export class Accumulator {
  private readonly options: AccumulatorOptions;
  private readonly open = new Map<string, OpenBatch>();

  constructor(options: AccumulatorOptions) {
    this.options = options;
  }

  /** Resolves with the record's offset. */
  append(topic: string, partition: number, record: RecordContent): Promise<number> {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + recordOverheadBytes;
    let batch = this.open.get(`${topic} ${partition}`);
    if (batch !== undefined && batch.builder.length + bytes > batchBytesMax) {
      this.finish(batch);
      batch = undefined;
    }
    batch ??= this.begin(topic, partition);
    batch.builder.append(record.timestamp, record.key, record.value, record.headers);
    const { waiting } = batch;
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  }

  close(topic: string, partition: number): void {
    const batch = this.open.get(`${topic} ${partition}`);
    if (batch !== undefined) this.finish(batch);
  }

  closeAll(): void {
    for (const batch of [...this.open.values()]) this.finish(batch);
  }

  /** Drops what is open. */
  fail(error: unknown): void {
    for (const { waiting } of this.open.values()) for (const { reject } of waiting) reject(error);
    this.open.clear();
  }

  private begin(topic: string, partition: number): OpenBatch {
    const { clock, lingerMs } = this.options;
    const batch = { topic, partition, builder: new RecordBatchBuilder(), waiting: [] };
    this.open.set(`${topic} ${partition}`, batch);
    const due = (): void => this.finish(batch);
    // With a linger of 0 what is sent in the same turn of the event loop still shares a batch.
    if (lingerMs <= 0) clock.defer(due);
    else clock.setTimer(due, lingerMs, true);
    return batch;
  }

  private finish(batch: OpenBatch): void {
    const { topic, partition, builder, waiting } = batch;
    const key = `${topic} ${partition}`;
    if (this.open.get(key) !== batch) return; // closed before
    this.open.delete(key);
    const { compression, onBatch } = this.options;
    onBatch(topic, partition, builder.build({ compression })).then(
      (base) => waiting.forEach(({ resolve }, i) => resolve(base < 0 ? base : base + i)),
      (error: unknown) => waiting.forEach(({ reject }) => reject(error)),
    );
  }
}
