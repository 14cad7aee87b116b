/**
 * Seeded crashes of the log. A run appends plain, idempotent and transactional batches, rolls, syncs, deletes and reopens, is stopped
 * at a random disk operation, opens the log again and holds it against what was written and what was acknowledged.
 * MILLRACE_SIM_SEEDS=n (or m-n) runs more seeds, MILLRACE_SIM_SEED=n one of them.
 */
import { expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import { StackError } from '../../../src/core/errors.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import type { Random } from '../../../src/core/random.ts';
import { defaultLogConfig } from '../../../src/storage/log-config.ts';
import type { LogConfig } from '../../../src/storage/log-config.ts';
import { PartitionLog } from '../../../src/storage/partition-log.ts';
import { RecordBatchBuilder, endTransactionBatch } from '../../../src/wire/record-batch-builder.ts';
import {
  batchBaseOffset,
  batchControlType,
  batchIsControl,
  batchIsTransactional,
  batchProducerId,
  batchSize,
  decodeRecords,
} from '../../../src/wire/record-batch.ts';
import { seedsFor } from '../seeds.ts';
import { PowerLoss, SimulatedDisk } from '../simulated-disk.ts';

type Policy = LogConfig['durability'];
type Crash = 'kill' | 'power' | 'either';

const seeds = seedsFor('MILLRACE_SIM', 60);

const crashNames: Readonly<Record<Crash, string>> = {
  kill: 'kill -9',
  power: 'loss of power',
  either: 'one or the other',
};

const troubles = { none: '', ENOSPC: ', a disk that is full at times', EIO: ', a disk that fails' } as const;
type Trouble = keyof typeof troubles;

const modes: readonly (readonly [Crash, Trouble])[] = [
  ['kill', 'none'],
  ['power', 'none'],
  ['either', 'none'],
  ['either', 'ENOSPC'],
  ['either', 'EIO'],
];

for (const policy of ['page-cache', 'fsync'] as const) {
  for (const [crash, trouble] of modes) {
    it(
      `${policy}, ${crashNames[crash]}${troubles[trouble]}: ${seeds.length} seeds`,
      async () => {
        let endsCutShort = 0;
        for (const seed of seeds) {
          const run = new Run(seed, policy, crash, trouble);
          try {
            await run.all();
          } catch (error) {
            throw new Error(`seed ${seed}: ${error instanceof Error ? error.message : error}`, { cause: error });
          }
          endsCutShort += run.endsCutShort;
        }
        if (seeds.length >= 60) expect(endsCutShort, 'crashes in the middle of an orderly end').toBeGreaterThan(5);
      },
      60_000 + seeds.length * 500,
    );
  }
}

interface Producer {
  readonly id: number;
  epoch: number;
  sequence: number;
  readonly transactional: boolean;
  open: boolean;
}

class Run {
  private readonly random: Random;
  private disk: SimulatedDisk;
  private readonly policy: Policy;
  private readonly crash: Crash;
  private readonly trouble: Trouble;
  /** Crashes in the middle of an orderly end. */
  endsCutShort = 0;
  private time = 1_700_000_000_000;
  private log!: PartitionLog;
  /** What each offset holds, as it was handed to `append`: `marker` or the value. */
  private written: string[] = [];
  /** Below: sure to be on the disk, because the log said so. */
  private durable = 0;
  /** Records that an append that did not return may have left. */
  private uncertain: string[] = [];
  private startOffset = 0;
  private nextValue = 0;
  private producers: Producer[] = [];

  constructor(seed: number, policy: Policy, crash: Crash, trouble: Trouble) {
    this.random = seededRandom(seed);
    this.disk = new SimulatedDisk(seededRandom(seed + 7_000_000));
    this.policy = policy;
    this.crash = crash;
    this.trouble = trouble;
  }

  async all(): Promise<void> {
    this.disk.makeDirectorySync('/data');
    this.open();
    this.newProducers();
    for (let round = 0; round < 6; round++) {
      this.disk.failAt(1 + randomBelow(this.random, 120));
      try {
        for (let step = 0; step < 200 && !this.ended; step++) {
          if (this.trouble === 'none') await this.step();
          else await this.stepInTrouble();
        }
        this.disk.failAt(Infinity);
      } catch (error) {
        // The log reports a dead disk as its own failure; anything else is a bug.
        if (!(error instanceof PowerLoss) && !((error as Error).cause instanceof PowerLoss)) throw error;
        if (this.closing) this.endsCutShort++;
      }
      const kill = this.crash === 'kill' || (this.crash === 'either' && this.random.float() < 0.5);
      this.disk = kill ? this.disk.kill() : this.disk.losePower();
      this.ended = false;
      this.closing = false;
      this.open();
      this.check(kill);
    }
  }

  private open(): void {
    const clock: Clock = {
      now: () => this.time,
      monotonic: () => this.time,
      setTimer: () => ({ cancel: () => {} }),
      defer: (fn) => fn(),
    };
    this.log = PartitionLog.open({
      disk: this.disk,
      clock,
      logger: silentLogger,
      directory: '/data/p-0',
      config: {
        ...defaultLogConfig,
        segmentBytes: 2000,
        indexIntervalBytes: 200,
        retentionMs: -1,
        durability: this.policy,
      },
    });
  }

  /** A step on a disk that is out of order now and then. What is refused is not there, what was there stays, and it goes on. */
  private async stepInTrouble(): Promise<void> {
    if (this.random.float() < (this.disk.failWith === undefined ? 0.05 : 0.3))
      this.disk.failWith = this.disk.failWith === undefined && this.trouble !== 'none' ? this.trouble : undefined;
    try {
      await this.step();
    } catch (error) {
      const cause = error instanceof StackError ? error.cause : error;
      if (cause instanceof PowerLoss || (cause as NodeJS.ErrnoException).code !== this.trouble) throw error;
      this.refused();
      // A sync that failed ends the log, and so does a close that did; a full disk by itself never does.
      const isFinal = (error as Error).message.includes('until a restart');
      if (this.trouble === 'ENOSPC') expect(isFinal).toBe(false);
      this.ended = this.closing || isFinal;
    }
  }

  /** Nothing of what was refused is in the log, but for a marker, which may be. */
  private refused(): void {
    const { uncertain } = this;
    if (this.log.logEndOffset > this.written.length && /^(commit|abort) /.test(uncertain[0] ?? '')) {
      this.written.push(...uncertain);
      for (const producer of this.producers) if (uncertain[0]?.endsWith(` ${producer.id}`)) producer.open = false;
    }
    this.uncertain = [];
    expect(this.log.logEndOffset).toBe(this.written.length);
    this.startOffset = this.log.logStartOffset;
  }
  /** The log cannot be used any more in this life. */
  private ended = false;
  private closing = false;

  private newProducers(): void {
    const base = 1000 + randomBelow(this.random, 1_000_000) * 10;
    this.producers = [0, 1, 2].map((i) => ({ id: base + i, epoch: 0, sequence: 0, transactional: i > 0, open: false }));
  }

  private async step(): Promise<void> {
    this.time += randomBelow(this.random, 50);
    const dice = this.random.float();
    if (dice < 0.35) await this.appendPlain();
    else if (dice < 0.75) await this.appendProducer();
    else if (dice < 0.9) await this.endTransaction();
    else if (dice < 0.95) await this.flush();
    else if (dice < 0.965) this.deleteSome();
    else if (dice < 0.985) await this.closeAndOpen();
    else if (this.written.length > this.startOffset) this.read();
  }

  /** An orderly end, at times while a sync runs, at times one that a crash cuts short. */
  private async closeAndOpen(): Promise<void> {
    if (this.random.float() < 0.5) this.disk.failAt(1 + randomBelow(this.random, 12));
    if (this.random.float() < 0.5) this.log.flush().catch(() => {});
    this.closing = true;
    await this.log.close();
    this.closing = false;
    this.durable = this.written.length;
    this.open();
    expect(this.log.logEndOffset).toBe(this.written.length);
  }

  private async appendPlain(): Promise<void> {
    const values = this.values();
    await this.append(this.batch(values).build(), values);
  }

  private async appendProducer(): Promise<void> {
    const producer = this.producers[randomBelow(this.random, this.producers.length)];
    if (producer === undefined) return;
    const values = this.values();
    const batch = this.batch(values).build({
      producerId: producer.id,
      producerEpoch: producer.epoch,
      baseSequence: producer.sequence,
      transactional: producer.transactional,
    });
    const copy = Buffer.from(batch);
    const baseOffset = await this.append(batch, values);
    producer.sequence += values.length;
    producer.open = producer.transactional;
    if (this.random.float() < 0.2) {
      const again = this.log.append(copy, { origin: 'client', leaderEpoch: 0 });
      expect(again).toMatchObject({ duplicate: true, baseOffset });
    }
  }

  private async endTransaction(): Promise<void> {
    const producer = this.producers.find(({ open }) => open);
    if (producer === undefined) return;
    const outcome = this.random.float() < 0.5 ? 'commit' : 'abort';
    await this.append(
      endTransactionBatch(producer, outcome, 0, this.time),
      [`${outcome} ${producer.id}`],
      'coordinator',
    );
    producer.open = false;
  }

  private async append(batch: Buffer, values: string[], origin: 'client' | 'coordinator' = 'client'): Promise<number> {
    this.uncertain = values;
    const { baseOffset } = this.log.append(batch, { origin, leaderEpoch: 0 });
    expect(baseOffset).toBe(this.written.length);
    this.written.push(...values);
    this.uncertain = [];
    const end = this.written.length;
    if (this.random.float() < 0.7) {
      await this.log.whenDurable(end);
      if (this.policy === 'fsync') this.durable = Math.max(this.durable, end);
    }
    return baseOffset;
  }

  private async flush(): Promise<void> {
    await this.log.flush();
    this.durable = this.written.length;
  }

  private values(): string[] {
    return Array.from(
      { length: 1 + randomBelow(this.random, 4) },
      () => `v${this.nextValue++}-${'x'.repeat(randomBelow(this.random, 120))}`,
    );
  }

  private batch(values: readonly string[]): RecordBatchBuilder {
    const builder = new RecordBatchBuilder();
    for (const value of values) builder.append(this.time, null, Buffer.from(value));
    return builder;
  }

  private deleteSome(): void {
    const offset = this.startOffset + randomBelow(this.random, Math.max(1, this.log.highWatermark - this.startOffset));
    if (offset <= this.startOffset) return;
    // If it fails in between, the next start may find the log at either.
    this.possibleStarts.add(offset);
    this.log.deleteRecords(offset);
    this.startOffset = offset;
    this.possibleStarts = new Set([offset]);
  }
  private possibleStarts = new Set([0]);

  private read(): void {
    const offset = this.startOffset + randomBelow(this.random, this.written.length - this.startOffset);
    const { records } = this.log.read(offset, 400, { isolation: 'log-end', minOneBatch: true });
    expect(records.length).toBeGreaterThan(0);
    expect(batchBaseOffset(records)).toBeLessThanOrEqual(offset);
  }

  /** Holds the reopened log against what is known. */
  private check(killed: boolean): void {
    const { log } = this;
    expect([...this.possibleStarts]).toContain(log.logStartOffset);
    this.startOffset = log.logStartOffset;
    this.possibleStarts = new Set([this.startOffset]);
    const found = this.content();
    const model = [...this.written, ...this.uncertain];
    const end = log.logEndOffset;
    // What is there is what was written, at its offset: a prefix, without holes.
    for (let offset = this.startOffset; offset < end; offset++)
      if (found.get(offset) !== model[offset])
        expect(`${offset} ${found.get(offset)}`).toBe(`${offset} ${model[offset]}`);
    expect(end).toBeLessThanOrEqual(model.length);
    expect(end).toBeGreaterThanOrEqual(killed ? this.written.length : this.durable);
    expect(log.highWatermark).toBe(end);
    this.checkTransactions();
    this.written = model.slice(0, end);
    this.uncertain = [];
    this.durable = end; // a start makes durable what it found
    // The producers of before are gone with the process; open transactions stay until a coordinator ends them.
    for (const { producerId, epoch, transactionFirstOffset } of log.producers.entries.values()) {
      if (transactionFirstOffset < 0) continue;
      log.append(endTransactionBatch({ id: producerId, epoch }, 'abort', 0, this.time), {
        origin: 'coordinator',
        leaderEpoch: 0,
      });
      this.written.push(`abort ${producerId}`);
    }
    expect(log.lastStableOffset).toBe(log.highWatermark === log.logEndOffset ? log.logEndOffset : log.highWatermark);
    this.newProducers();
  }

  private *batches(): Generator<{ readonly buffer: Buffer; readonly at: number }> {
    for (let offset = this.startOffset; offset < this.log.logEndOffset; ) {
      const { records } = this.log.read(offset, 5000, { isolation: 'log-end', minOneBatch: true });
      let at = 0;
      for (; at + 61 <= records.length && at + batchSize(records, at) <= records.length; at += batchSize(records, at)) {
        yield { buffer: records, at };
        offset = (decodeRecords(records, at).at(-1)?.offset ?? offset) + 1;
      }
      if (at === 0) throw new Error(`nothing at offset ${offset}`);
    }
  }

  private content(): Map<number, string> {
    const found = new Map<number, string>();
    for (const { buffer, at } of this.batches()) {
      for (const { offset, value } of decodeRecords(buffer, at)) {
        found.set(
          offset,
          batchIsControl(buffer, at)
            ? `${batchControlType(buffer, at) === 1 ? 'commit' : 'abort'} ${batchProducerId(buffer, at)}`
            : (value?.toString() ?? ''),
        );
      }
    }
    return found;
  }

  /** The last stable offset and the aborted transactions are those that the log's own bytes tell. */
  private checkTransactions(): void {
    const open = new Map<number, number>();
    const aborted: string[] = [];
    for (const { buffer, at } of this.batches()) {
      const id = batchProducerId(buffer, at);
      if (batchIsControl(buffer, at)) {
        const first = open.get(id);
        if (first !== undefined && batchControlType(buffer, at) === 0)
          aborted.push(`${id} ${first} ${batchBaseOffset(buffer, at)}`);
        open.delete(id);
      } else if (batchIsTransactional(buffer, at) && !open.has(id)) open.set(id, batchBaseOffset(buffer, at));
    }
    // Transactions that began before the log's start are known to the log alone.
    const known = this.log
      .abortedBetween(this.startOffset, this.log.logEndOffset)
      .filter(({ firstOffset }) => firstOffset >= this.startOffset);
    const told = aborted.filter((text) =>
      known.some((entry) => `${entry.producerId} ${entry.firstOffset} ${entry.lastOffset}` === text),
    );
    const startedBefore = aborted.filter((text) => !told.includes(text));
    for (const text of startedBefore) {
      const [id, , marker] = text.split(' ').map(Number);
      const all = this.log.abortedBetween(this.startOffset, this.log.logEndOffset);
      expect(
        all.some(
          (entry) => entry.producerId === id && entry.lastOffset === marker && entry.firstOffset < this.startOffset,
        ),
      ).toBe(true);
    }
    const first = Math.min(this.log.logEndOffset, ...open.values());
    expect(this.log.lastStableOffset).toBeLessThanOrEqual(first);
  }
}
