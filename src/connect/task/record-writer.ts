/**
 * A task's records as batches of the topic's partitions. Everything that does not change from record to record is made once; a record
 * is converted and appended to the batch of its partition, and nothing else.
 */
import { partitionOfKey, RecordBatchBuilder } from '../../client/record-batches.ts';
import type { Producer, ProducerOptions } from '../../client/kafka-client.ts';
import type { Random } from '../../core/random.ts';
import { randomBelow } from '../../core/random.ts';
import type { Encode } from '../converters/converter.ts';
import type { ConnectStruct } from '../data/schema.ts';

export interface Encoders {
  readonly key: Encode;
  readonly value: Encode;
  /** Two, since both hold their bytes until their next call. */
  readonly constantHeader: Encode;
  readonly iterationHeader: Encode;
}

export interface RecordWriterOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly keyField: string | undefined;
  readonly generation: number;
  readonly taskId: number;
  readonly compression: NonNullable<ProducerOptions['compression']>;
  readonly random: Random;
}

/** Batches that are on their way. */
export interface Sent {
  readonly bytes: number;
  readonly topics: readonly string[];
  readonly acknowledged: Promise<unknown>;
}

interface Header {
  readonly key: string;
  value: Uint8Array | null;
}

/** A batch that is larger is sent off, whatever else is to come. */
const batchBytesMax = 256 * 1024;

export class RecordWriter {
  private readonly options: RecordWriterOptions;
  private readonly encoders: Encoders;
  private readonly builders: (RecordBatchBuilder | undefined)[];
  private readonly headers: readonly Header[];
  private readonly iterationHeader: Header;
  /** Where records without a key go until the next batch. */
  private sticky: number;
  /** Bytes in all open batches. */
  private largest = 0;

  constructor(options: RecordWriterOptions, encoders: Encoders) {
    this.options = options;
    this.encoders = encoders;
    this.builders = Array.from({ length: options.partitions }, () => undefined);
    const constant = (value: number): Uint8Array | null => {
      const bytes = encoders.constantHeader(value);
      return bytes === null ? null : Buffer.from(bytes);
    };
    this.iterationHeader = { key: 'current.iteration', value: null };
    this.headers = [
      { key: 'task.generation', value: constant(options.generation) },
      { key: 'task.id', value: constant(options.taskId) },
      this.iterationHeader,
    ];
    this.sticky = randomBelow(options.random, options.partitions);
  }

  /** Is a batch large enough to be sent? */
  get isFull(): boolean {
    return this.largest >= batchBytesMax;
  }

  /** Converts a record and appends it. Throws what a converter throws; nothing was appended then. */
  append(value: ConnectStruct, iteration: number, nowMs: number): void {
    const { keyField, partitions } = this.options;
    const key = this.encoders.key(keyField === undefined ? null : (value[keyField] ?? null));
    const bytes = this.encoders.value(value);
    this.iterationHeader.value = this.encoders.iterationHeader(iteration);
    const partition = partitions === 1 ? 0 : key === null ? this.sticky : partitionOfKey(key, partitions);
    let builder = this.builders[partition];
    if (builder === undefined) {
      builder = new RecordBatchBuilder(8192);
      this.builders[partition] = builder;
    }
    builder.append(nowMs, key, bytes, this.headers);
    if (builder.length > this.largest) this.largest = builder.length;
  }

  /** Sends what was appended: how many bytes, and a promise for all of them; undefined when there is nothing. */
  send(producer: Producer): Sent | undefined {
    const sent: Promise<number>[] = [];
    let bytes = 0;
    for (const [partition, builder] of this.builders.entries()) {
      if (builder === undefined || builder.recordCount === 0) continue;
      const batch = builder.build({ compression: this.options.compression });
      bytes += batch.length;
      sent.push(producer.produceBatch(this.options.topic, partition, batch));
    }
    this.largest = 0;
    this.sticky = randomBelow(this.options.random, this.options.partitions);
    return sent.length === 0 ? undefined : { bytes, topics: [this.options.topic], acknowledged: Promise.all(sent) };
  }
}
