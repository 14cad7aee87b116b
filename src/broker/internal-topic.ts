/**
 * The topic in which a coordinator keeps its state, as records of key and value: the last value of a key counts, a null value
 * removes it. What the coordinator has in memory is a cache of it.
 */
import type { Clock } from '../core/clock.ts';
import { decodeData, encodeData } from '../wire/codecs.ts';
import type { DataBody, DataName, Input } from '../wire/codecs.ts';
import { kafkaError } from '../wire/error-codes.ts';
import { RecordBatchBuilder } from '../wire/record-batch-builder.ts';
import { forEachRecord } from './log-records.ts';
import type { LogMarker, LogRecord } from './log-records.ts';
import type { Catalog, Topic } from './metadata/catalog.ts';
import type { TopicManager } from './metadata/topic-manager.ts';
import type { Partition } from './partition.ts';

export interface KeyedRecord {
  readonly key: Buffer;
  /** Null removes the key. */
  readonly value: Buffer | null;
}

/** The transaction that records belong to. */
export interface RecordProducer {
  readonly id: number;
  readonly epoch: number;
}

export interface InternalTopicOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly topics: TopicManager;
}

export class InternalTopic {
  readonly name: string;
  private readonly clock: Clock;
  private readonly catalog: Catalog;
  private readonly topics: TopicManager;
  /** While the topic itself may still be lost with the power. */
  private creation: Promise<void> | undefined;

  constructor(options: InternalTopicOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.catalog = options.catalog;
    this.topics = options.topics;
  }

  /** Makes the topic if it is missing. */
  ensure(): void {
    this.made();
  }

  private made(): Topic {
    const known = this.catalog.topic(this.name);
    if (known !== undefined) return known;
    const topic = this.topics.ensure(this.name);
    const creation = this.topics.whenDurable();
    this.creation = creation;
    creation.then(
      () => {
        if (this.creation === creation) this.creation = undefined;
      },
      () => {}, // whoever writes to the topic hears of it
    );
    return topic;
  }

  /** The partition whose leader coordinates `id`: that of Java's hash of the string, as every Kafka does it. */
  partitionOf(id: string): number {
    const count = this.made().partitions.length;
    const hash = javaHash(id);
    return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % count;
  }

  /** Appends records as one batch. Resolves, or returns undefined at once, when they may be acknowledged. Throws when the disk fails. */
  append(partition: number, records: readonly KeyedRecord[], producer?: RecordProducer): Promise<void> | undefined {
    const { log } = this.partition(partition);
    const builder = new RecordBatchBuilder(256);
    const now = this.clock.now();
    for (const { key, value } of records) builder.append(now, key, value);
    const batch = builder.build(
      producer === undefined
        ? {}
        : // Commits inside a transaction have no sequence: the coordinator itself writes them, once.
          { producerId: producer.id, producerEpoch: producer.epoch, baseSequence: -1, transactional: true },
    );
    const { lastOffset } = log.append(batch, { origin: 'coordinator', leaderEpoch: this.catalog.leaderEpoch });
    if (log.config.durability !== 'fsync') return undefined;
    const durable = log.whenDurable(lastOffset + 1);
    return this.creation === undefined ? durable : Promise.all([durable, this.creation]).then(() => {});
  }

  private partition(index: number): Partition {
    const partition = this.catalog.partition(this.name, index);
    if (partition === undefined) throw kafkaError('COORDINATOR_NOT_AVAILABLE');
    return partition;
  }

  /** Reads everything there is, partition by partition. */
  replay(
    visit: (record: LogRecord, partition: number) => void,
    visitMarker: (marker: LogMarker, partition: number) => void = () => {},
  ): void {
    for (const partition of this.catalog.topic(this.name)?.partitions ?? []) {
      const { index } = partition;
      forEachRecord(
        partition.log,
        (record) => visit(record, index),
        (marker) => visitMarker(marker, index),
      );
    }
  }
}

/** `String.hashCode` of Java. */
export function javaHash(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
}

/** A structure behind the two bytes that tell its type (of a key) or version (of a value). */
export function encodePrefixed<N extends DataName>(
  name: N,
  prefix: number,
  version: number,
  body: Input<DataBody<N>>,
): Buffer {
  const start = Buffer.alloc(2);
  start.writeInt16BE(prefix);
  return Buffer.concat([start, encodeData(name, version, body)]);
}

export function decodePrefixed<N extends DataName>(name: N, version: number, bytes: Buffer): DataBody<N> {
  return decodeData(name, version, bytes, 2);
}
