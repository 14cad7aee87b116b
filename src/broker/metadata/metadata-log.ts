/**
 * The log of the cluster's metadata: what KRaft's `__cluster_metadata` is to Kafka, in the same record formats. A change is one
 * batch, so that a crash keeps all of it or nothing. It is replayed from the first record at start.
 *
 * A record's value:  frame version uvarint = 1 │ record type uvarint │ version uvarint │ the message
 */
import type { Clock } from '../../core/clock.ts';
import type { Disk } from '../../core/disk.ts';
import { StackError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { defaultLogConfig } from '../../storage/log-config.ts';
import { PartitionLog } from '../../storage/partition-log.ts';
import { decodeData, encodeData } from '../../wire/codecs.ts';
import type { DataBody, Input } from '../../wire/codecs.ts';
import { RecordBatchBuilder } from '../../wire/record-batch-builder.ts';
import { forEachRecord } from '../log-records.ts';

/** The records that one node needs, with their type number and the version in which they are written. */
const recordTypes = {
  RegisterBrokerRecord: [0, 0],
  TopicRecord: [2, 0],
  PartitionRecord: [3, 1],
  ConfigRecord: [4, 0],
  RemoveTopicRecord: [9, 0],
  UserScramCredentialRecord: [11, 0],
  FeatureLevelRecord: [12, 0],
  ClientQuotaRecord: [14, 0],
  ProducerIdsRecord: [15, 0],
  RemoveUserScramCredentialRecord: [22, 0],
} as const;

export type MetadataRecordName = keyof typeof recordTypes;

/** A record to be written: fields that are left out are their defaults. */
export type MetadataRecord = {
  [N in MetadataRecordName]: { readonly name: N; readonly body: Input<DataBody<N>> };
}[MetadataRecordName];

/** A record as it is applied: every field there. */
export type AppliedRecord = {
  [N in MetadataRecordName]: { readonly name: N; readonly body: DataBody<N> };
}[MetadataRecordName];

const nameOfType = new Map<number, MetadataRecordName>(
  Object.entries(recordTypes).map(([name, [type]]) => [type, name as MetadataRecordName]),
);

export interface MetadataLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly directory: string;
  readonly durability: 'page-cache' | 'fsync';
}

export class MetadataLog {
  private readonly log: PartitionLog;
  private readonly clock: Clock;
  private readonly logger: Logger;
  private readonly durability: 'page-cache' | 'fsync';

  private constructor(log: PartitionLog, options: MetadataLogOptions) {
    this.log = log;
    this.clock = options.clock;
    this.logger = options.logger;
    this.durability = options.durability;
  }

  /** Opens the log and gives every record in it to `apply`, from the first on. */
  static open(options: MetadataLogOptions, apply: (record: AppliedRecord) => void): MetadataLog {
    const { disk, clock, logger, directory, durability } = options;
    const config = { ...defaultLogConfig, retentionMs: -1, cleanupDelete: false, durability };
    const log = PartitionLog.open({ disk, clock, logger, directory, config });
    forEachRecord(log, ({ value }) => {
      if (value !== null) apply(decodeRecord(value));
    });
    return new MetadataLog(log, options);
  }

  get endOffset(): number {
    return this.log.logEndOffset;
  }

  /** Writes records as one change and returns them as they are applied. The caller applies them once this has returned. */
  append(records: readonly MetadataRecord[]): AppliedRecord[] {
    const builder = new RecordBatchBuilder();
    const now = this.clock.now();
    const values = records.map(encodeRecord);
    for (const value of values) builder.append(now, null, value);
    this.log.append(builder.build(), { origin: 'coordinator', leaderEpoch: 0 });
    // With the page cache nobody waits for the sync, but metadata should not lag behind what depends on it.
    if (this.durability === 'page-cache') {
      this.log.flush().catch((error: unknown) => this.logger.error('cannot sync the metadata log', { error }));
    }
    return values.map(decodeRecord);
  }

  /** Makes everything appended so far durable, whatever the policy. */
  sync(): Promise<void> {
    return this.log.flush();
  }

  /** Resolves once everything appended so far may be acknowledged. */
  whenDurable(): Promise<void> {
    return this.log.whenDurable(this.log.logEndOffset);
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

function encodeRecord({ name, body }: MetadataRecord): Buffer {
  const [type, version] = recordTypes[name];
  // All three numbers are below 128, one byte each as unsigned varints.
  return Buffer.concat([Buffer.from([1, type, version]), encodeData(name, version, body as never)]);
}

function decodeRecord(value: Buffer): AppliedRecord {
  const [frameVersion, type = -1, version = 0] = value;
  const name = nameOfType.get(type);
  if (frameVersion !== 1 || name === undefined) {
    throw new StackError(
      'MILLRACE_DATA_DIR_NEWER',
      `The metadata log holds a record (frame version ${frameVersion}, type ${type}) that this version does not know. Use the newer Millrace that wrote it.`,
    );
  }
  return { name, body: decodeData(name, version, value, 3) } as AppliedRecord;
}
