/**
 * The records of a task that has transformations: each may go to another topic and have other schemas than the one before, so encoders are made
 * when a topic or schema is first seen, and kept.
 */
import { partitionOfKey, RecordBatchBuilder } from '../../client/record-batches.ts';
import type { Producer, ProducerOptions } from '../../client/kafka-client.ts';
import type { Random } from '../../core/random.ts';
import { randomBelow } from '../../core/random.ts';
import type { Converter, Encode } from '../converters/converter.ts';
import { int64 } from '../data/schema.ts';
import type { ConnectSchema, ConnectStruct } from '../data/schema.ts';
import type { ConnectRecord } from '../transforms/record.ts';
import type { Transform } from '../transforms/transformation.ts';
import type { DatagenSource } from '../datagen/datagen-source.ts';
import type { Sent } from './record-writer.ts';

export interface TransformedWriterOptions {
  readonly source: DatagenSource;
  readonly taskId: number;
  readonly transform: Transform;
  readonly converters: { readonly key: Converter; readonly value: Converter; readonly header: Converter };
  readonly compression: NonNullable<ProducerOptions['compression']>;
  readonly random: Random;
  readonly openTopic: (topic: string) => Promise<number>;
}

/** What was prepared for one topic. */
interface TopicState {
  readonly partitions: number;
  readonly builders: (RecordBatchBuilder | undefined)[];
  readonly keys: Map<ConnectSchema, Encode>;
  readonly values: Map<ConnectSchema, Encode>;
  readonly headers: Map<ConnectSchema, Encode>;
  /** Where records without a key go until the next batch. */
  sticky: number;
}

const batchBytesMax = 256 * 1024;

export class TransformedWriter {
  private readonly options: TransformedWriterOptions;
  private readonly topics = new Map<string, TopicState>();
  private largest = 0;

  constructor(options: TransformedWriterOptions) {
    this.options = options;
  }

  get isFull(): boolean {
    return this.largest >= batchBytesMax;
  }

  /** The record as the transformations leave it; null when they take it away. Throws what a transformation throws. */
  transformed(value: ConnectStruct, iteration: number): ConnectRecord | null {
    const { source, taskId, transform } = this.options;
    const { topic, keyField, keySchema, valueSchema, generation } = source;
    return transform({
      topic,
      partition: null,
      timestamp: null,
      keySchema,
      key: keyField === undefined ? null : (value[keyField] ?? null),
      valueSchema,
      value,
      headers: [
        { key: 'task.generation', schema: int64, value: generation },
        { key: 'task.id', schema: int64, value: taskId },
        { key: 'current.iteration', schema: int64, value: iteration },
      ],
    });
  }

  /** Are topic and encoders for the record there? */
  isPrepared({ topic, keySchema, valueSchema, headers }: ConnectRecord): boolean {
    const state = this.topics.get(topic);
    return (
      state !== undefined &&
      state.keys.has(keySchema) &&
      state.values.has(valueSchema) &&
      headers.every(({ schema }) => schema === null || state.headers.has(schema))
    );
  }

  /** Makes encoders, then the topic. Rejects with what converters and the cluster say. */
  async prepare({ topic, keySchema, key, valueSchema, headers }: ConnectRecord): Promise<void> {
    const { converters, source, openTopic, random } = this.options;
    const known = this.topics.get(topic);
    const neverThere = key === null && keySchema === source.keySchema && source.keyField === undefined;
    const forKey = known?.keys.get(keySchema) ?? (await converters.key.prepare(topic, keySchema, neverThere));
    const forValue = known?.values.get(valueSchema) ?? (await converters.value.prepare(topic, valueSchema));
    const forHeaders = new Map<ConnectSchema, Encode>();
    for (const { schema } of headers)
      if (schema !== null && known?.headers.has(schema) !== true && !forHeaders.has(schema))
        forHeaders.set(schema, await converters.header.prepare(topic, schema));
    let state = known;
    if (state === undefined) {
      const partitions = await openTopic(topic);
      const builders = Array.from({ length: partitions }, () => undefined);
      const sticky = randomBelow(random, partitions);
      state = { partitions, builders, keys: new Map(), values: new Map(), headers: new Map(), sticky };
      this.topics.set(topic, state);
    }
    state.keys.set(keySchema, forKey);
    state.values.set(valueSchema, forValue);
    for (const [schema, encode] of forHeaders) state.headers.set(schema, encode);
  }

  /** Converts a prepared record and appends it. Throws what a converter throws; nothing was appended then. */
  append(record: ConnectRecord, nowMs: number): void {
    const state = this.topics.get(record.topic);
    if (state === undefined) return;
    const key = state.keys.get(record.keySchema)?.(record.key) ?? null;
    const value = state.values.get(record.valueSchema)?.(record.value) ?? null;
    const headers = record.headers.map(({ key: name, schema, value: of }) => {
      const bytes = schema === null ? null : (state.headers.get(schema)?.(of) ?? null);
      // The next header of the schema is written over it.
      return { key: name, value: bytes === null ? null : Buffer.from(bytes) };
    });
    const { partitions, builders } = state;
    const partition =
      record.partition ?? (partitions === 1 ? 0 : key === null ? state.sticky : partitionOfKey(key, partitions));
    const builder = (builders[partition] ??= new RecordBatchBuilder(8192));
    builder.append(record.timestamp ?? nowMs, key, value, headers);
    if (builder.length > this.largest) this.largest = builder.length;
  }

  /** Sends what was appended. */
  send(producer: Producer): Sent | undefined {
    const { compression, random } = this.options;
    const sent: Promise<number>[] = [];
    const topics: string[] = [];
    let bytes = 0;
    for (const [topic, state] of this.topics) {
      for (const [partition, builder] of state.builders.entries()) {
        if (builder === undefined || builder.recordCount === 0) continue;
        const batch = builder.build({ compression });
        bytes += batch.length;
        sent.push(producer.produceBatch(topic, partition, batch));
        if (!topics.includes(topic)) topics.push(topic);
      }
      state.sticky = randomBelow(random, state.partitions);
    }
    this.largest = 0;
    return sent.length === 0 ? undefined : { bytes, topics, acknowledged: Promise.all(sent) };
  }
}
