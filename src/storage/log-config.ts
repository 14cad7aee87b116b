/** The topic configuration that a log obeys, in Kafka's terms; −1 = no limit. */
export interface LogConfig {
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly indexIntervalBytes: number;
  readonly retentionBytes: number;
  readonly retentionMs: number;
  readonly cleanupDelete: boolean;
  readonly cleanupCompact: boolean;
  readonly maxMessageBytes: number;
  /** `append`: the broker's clock replaces the timestamps of the producer. */
  readonly timestampType: 'create' | 'append';
  /** How far a producer's timestamp may lie behind or ahead of the broker's clock. */
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
  /** Records are compacted at the latest when they are this old. */
  readonly maxCompactionLagMs?: number;
  /** `page-cache`: acknowledged when written. `fsync`: acknowledged when on the disk. */
  readonly durability: 'page-cache' | 'fsync';
  /** Under `page-cache`: the log is synced, without waiting for it, after so many records, and so long after a record came. */
  readonly flushMessages?: number;
  readonly flushMs?: number;
  /** Producers that wrote nothing for so long are forgotten (`producer.id.expiration.ms`). */
  readonly producerIdExpirationMs: number;
}

export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * 24 * 3600 * 1000,
  indexIntervalBytes: 4096,
  retentionBytes: -1,
  retentionMs: 7 * 24 * 3600 * 1000,
  cleanupDelete: true,
  cleanupCompact: false,
  maxMessageBytes: 1_048_588,
  timestampType: 'create',
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  deleteRetentionMs: 24 * 3600 * 1000,
  minCompactionLagMs: 0,
  minCleanableDirtyRatio: 0.5,
  durability: 'page-cache',
  producerIdExpirationMs: 24 * 3600 * 1000,
};
