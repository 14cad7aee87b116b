/** Logs on a simulated disk, and batches for them. */
import type { Clock } from '../../../src/core/clock.ts';
import type { Disk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import type { LogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import type { AppendResult } from '../../../src/storage/partition-log.ts';
import { RecordBatchBuilder } from '../../../src/wire/record-batch-builder.ts';
import type { BatchOptions } from '../../../src/wire/record-batch-builder.ts';
import { batchIsControl, batchSize, decodeRecords } from '../../../src/wire/record-batch.ts';
import { SimulatedDisk } from '../../sim/simulated-disk.ts';

export const directory = '/data/topic-0';
export const startMs = 1_700_000_000_000;

/** A clock that stands still until it is moved; timers fire by `advance`, what is deferred runs at once. */
export class ManualClock implements Clock {
  time: number = startMs;
  private timers: { readonly at: number; readonly fn: () => void }[] = [];

  now(): number {
    return this.time;
  }
  monotonic(): number {
    return this.time;
  }
  setTimer(fn: () => void, delayMs: number): { cancel(): void } {
    const timer = { at: this.time + delayMs, fn };
    this.timers.push(timer);
    return { cancel: () => void (this.timers = this.timers.filter((other) => other !== timer)) };
  }
  defer(fn: () => void): void {
    queueMicrotask(fn);
  }
  advance(ms: number): void {
    this.time += ms;
    const due = this.timers.filter(({ at }) => at <= this.time);
    this.timers = this.timers.filter(({ at }) => at > this.time);
    for (const { fn } of due) fn();
  }
}

export interface Fixture {
  readonly disk: Disk;
  readonly clock: ManualClock;
  log: PartitionLog;
  readonly config: LogConfig;
}

export function openLog(config: Partial<LogConfig> = {}, seed = 1): Fixture {
  const disk = new SimulatedDisk(seededRandom(seed));
  disk.makeDirectorySync('/data');
  const fixture = { disk, clock: new ManualClock(), config: { ...defaultLogConfig, ...config } };
  return { ...fixture, log: reopened(fixture) };
}

export function reopened({ disk, clock, config }: Omit<Fixture, 'log'>): PartitionLog {
  return PartitionLog.open({ disk, clock, logger: silentLogger, directory, config });
}

export type Row = readonly [key: string | null, value: string | null];

/** A batch of one record per row, at the clock's start unless told otherwise. */
export function batchOf(rows: readonly Row[], options: BatchOptions & { readonly timestamp?: number } = {}): Buffer {
  const builder = new RecordBatchBuilder();
  for (const [key, value] of rows) {
    builder.append(
      options.timestamp ?? startMs,
      key === null ? null : Buffer.from(key),
      value === null ? null : Buffer.from(value),
    );
  }
  return builder.build(options);
}

export function append(log: PartitionLog, batch: Buffer, origin: 'client' | 'coordinator' = 'client'): AppendResult {
  return log.append(batch, { origin, leaderEpoch: 0 });
}

/** Records of a run of batches as `offset key=value`; markers as `offset marker`. */
export function textOf(records: Buffer): string[] {
  const rows: string[] = [];
  for (let at = 0; at < records.length; at += batchSize(records, at)) {
    for (const { offset, key, value } of decodeRecords(records, at)) {
      rows.push(batchIsControl(records, at) ? `${offset} marker` : `${offset} ${key}=${value}`);
    }
  }
  return rows;
}

/** Everything from `offset` to the log's end, as {@link textOf} shows it. */
export function contentOf(log: PartitionLog, offset: number = log.logStartOffset): string[] {
  const rows: string[] = [];
  while (offset < log.logEndOffset) {
    const { records } = log.read(offset, 1 << 20, { isolation: 'log-end', minOneBatch: true });
    if (records.length === 0) break;
    rows.push(...textOf(records).filter((row) => Number.parseInt(row, 10) >= offset));
    offset = endOf(records);
  }
  return rows;
}

/** The offset behind the last batch of a run. */
export function endOf(records: Buffer): number {
  let end = 0;
  for (let at = 0; at < records.length; at += batchSize(records, at)) {
    end = Number(records.readBigInt64BE(at)) + records.readInt32BE(at + 23) + 1;
  }
  return end;
}
