/**
 * A seeded history of the spine: lives of a process that end in the middle of anything, and what must hold behind each end.
 *
 * `kill` leaves all that was written; `power` leaves what was synced and any part of the rest. Each record has a number of its
 * own as its key, so that the log tells which are there.
 */
import { expect } from 'vitest';
import { StackError } from '../../../src/core/errors.ts';
import { randomBelow, seededRandom } from '../../../src/core/random.ts';
import type { Random } from '../../../src/core/random.ts';
import type { IncomingRecord, KafkaClient, Producer } from '../../../src/client/kafka-client.ts';
import { SimulatedClock } from '../../unit/runtime/simulated-clock.ts';
import { avroCommercial, expectedMetrics, readMetrics } from '../../unit/runtime/walkthrough.ts';
import type { BrandMetrics, Commercial } from '../../unit/runtime/walkthrough.ts';
import { SimulatedDisk } from '../simulated-disk.ts';
import { partitions, queryId, sinkTopic, sourceTopic, StackProcess } from './process.ts';
import type { Durability } from './process.ts';

const brands = ['Acme', 'Globex', 'Initech', 'Umbrella'];

/** What is wrong with the disk at times: it is full, or it fails. */
export type Trouble = SimulatedDisk['failWith'];

interface Sent {
  readonly id: number;
  /** Set once acknowledged. */
  offset: number | undefined;
}

export class StackRun {
  readonly #durability: Durability;
  readonly #crash: 'kill' | 'power';
  readonly #trouble: Trouble;
  readonly #random: Random;
  readonly #clock = new SimulatedClock();
  #disk: SimulatedDisk;
  #process: StackProcess;
  readonly #rows = new Map<number, Commercial>();
  /** By partition: what was there after the last crash, then what was sent in this life, in order. */
  #sent: Sent[][] = Array.from({ length: partitions }, () => []);
  /** What is under way of this life; its failures are those of a dead process, or bugs. */
  #faults: unknown[] = [];
  /** Number of the life; what was begun in another one does not go on. */
  #lifeNumber = 0;
  /** Before the first life got so far nothing is sure. */
  #hasTopics = false;
  acknowledged = 0;
  /** Crashes in the middle of an orderly end. */
  endsCutShort = 0;

  constructor(seed: number, durability: Durability, crash: 'kill' | 'power', trouble: Trouble) {
    this.#random = seededRandom(seed);
    this.#durability = durability;
    this.#crash = crash;
    this.#trouble = trouble;
    this.#disk = new SimulatedDisk(seededRandom(seed + 7_000_000));
    this.#process = this.#newProcess();
  }

  async all(): Promise<void> {
    const lives = (this.#durable ? 3 : 1) + randomBelow(this.#random, 4);
    for (let life = 0; life < lives; life++) {
      this.#disk.failAt(1 + randomBelow(this.#random, life === 0 ? 400 : 250));
      await this.#live(20 + randomBelow(this.#random, 4000));
      if (this.#random.float() < 0.3) await this.#orderlyEnd();
      this.#end();
      if (this.#random.float() < 0.2) this.#clock.time += 2 * 3600 * 1000;
    }
    await this.#lastLife();
  }

  #newProcess(): StackProcess {
    const { disk, clock, random, durability } = {
      disk: this.#disk,
      clock: this.#clock,
      random: this.#random,
      durability: this.#durability,
    };
    return new StackProcess({ disk, clock, random, durability });
  }

  /** Starts, checks what is there, produces; until the disk stops, or so much time is over. */
  async #live(durationMs: number): Promise<void> {
    this.#faults = [];
    const end = this.#clock.time + durationMs;
    let stopped = false;
    const number = this.#lifeNumber;
    const life = this.#work().then(
      () => (stopped = true),
      (error: unknown) => {
        if (number === this.#lifeNumber) this.#faults.push(error);
        stopped = true;
      },
    );
    this.#clock.setTimer(() => {}, durationMs);
    await this.#clock.runUntil(() => stopped || this.#disk.isDead || this.#clock.time >= end);
    void life;
    if (!this.#disk.isDead) for (const fault of this.#faults) if (!this.#isOfDisk(fault)) throw fault;
  }

  /** An orderly end while everybody is at work; mostly the crash cuts it short, else it comes right behind. */
  async #orderlyEnd(): Promise<void> {
    if (this.#disk.isDead) return;
    let over = false;
    this.#disk.failAt(1 + randomBelow(this.#random, 80));
    this.#process.close().then(
      () => (over = true),
      () => (over = true),
    );
    this.#clock.setTimer(() => (over = true), 10_000);
    await this.#clock.runUntil(() => over || this.#disk.isDead);
    if (this.#disk.isDead) this.endsCutShort++;
  }

  /** The crash. */
  #end(): void {
    this.#lifeNumber++;
    this.#process.end();
    this.#disk = this.#crash === 'kill' ? this.#disk.kill() : this.#disk.losePower();
    this.#process = this.#newProcess();
  }

  async #start(): Promise<void> {
    const process = this.#process;
    const life = this.#lifeNumber;
    await process.openBroker();
    if (this.#hasTopics && this.#durable) {
      for (const topic of [sourceTopic, sinkTopic])
        expect(await process.kafka.admin.describeTopic(topic)).toBeDefined();
    }
    await process.createTopics();
    if (life !== this.#lifeNumber) return;
    this.#hasTopics = true;
    await this.#checkLog(process.kafka);
    await process.startQuery();
  }

  /** Nothing that was acknowledged may be gone. */
  get #durable(): boolean {
    return this.#crash === 'kill' || this.#durability === 'fsync';
  }

  async #work(): Promise<void> {
    const life = this.#lifeNumber;
    await this.#start();
    this.#disturb();
    const producer = await this.#process.producer();
    for (;;) {
      if (life !== this.#lifeNumber || this.#disk.isDead) return;
      this.#produce(producer, this.#pick(brands));
      if (this.#random.float() < 0.3) {
        await new Promise<void>((resolve) => void this.#clock.setTimer(resolve, randomBelow(this.#random, 60)));
      }
      if (this.#random.float() < 0.02) await this.#checkTable();
    }
  }

  /** From now to the end of this life the disk is out of order at times. */
  #disturb(): void {
    if (this.#trouble === undefined) return;
    const disk = this.#disk;
    disk.failWith = disk.failWith === undefined ? this.#trouble : undefined;
    this.#clock.setTimer(
      () => {
        if (disk === this.#disk && !disk.isDead) this.#disturb();
      },
      randomBelow(this.#random, disk.failWith === undefined ? 2000 : 300),
    );
  }

  /** On a disk that is out of order much may be refused; what may not happen is looked for afterwards. */
  #isOfDisk(fault: unknown): boolean {
    return this.#trouble !== undefined && fault instanceof StackError;
  }

  #produce(producer: Producer, brand: string): void {
    const life = this.#lifeNumber;
    const id = this.#rows.size;
    const row = { brand, duration: this.#pick([30, 45, 60]), rating: 1 + randomBelow(this.#random, 4) };
    this.#rows.set(id, row);
    const partition = randomBelow(this.#random, partitions);
    const sent: Sent = { id, offset: undefined };
    this.#sent[partition]?.push(sent);
    producer.send({ topic: sourceTopic, partition, key: Buffer.from(`${id}`), value: avroCommercial(row) }).then(
      ({ offset }) => {
        if (life !== this.#lifeNumber) return;
        sent.offset = offset;
        this.acknowledged++;
      },
      (error: unknown) => {
        if (life === this.#lifeNumber) this.#faults.push(error);
      },
    );
  }

  /** The log is what was sent: nothing twice, nothing in another order, no hole, and all that was acknowledged. */
  async #checkLog(kafka: KafkaClient): Promise<void> {
    const found = await this.#readSource(kafka);
    for (const [partition, records] of found.entries()) {
      const sent = this.#sent[partition] as Sent[];
      const name = `${sourceTopic}-${partition}`;
      const ids = records.map(({ key }) => Number(key));
      expect(ids, `${name} is what was sent`).toEqual(sent.slice(0, ids.length).map(({ id }) => id));
      if (!this.#durable) continue;
      for (const [index, { id, offset }] of sent.entries()) {
        if (offset === undefined) continue;
        expect(records[index]?.offset, `${name} has the acknowledged record ${id}`).toBe(offset);
      }
    }
    // From here on it is what it is.
    this.#sent = found.map((records) => records.map(({ key, offset }) => ({ id: Number(key), offset })));
  }

  async #readSource(kafka: KafkaClient): Promise<IncomingRecord[][]> {
    const all: IncomingRecord[][] = [];
    for (let partition = 0; partition < partitions; partition++) all.push(await readAll(kafka, sourceTopic, partition));
    return all;
  }

  /** While it runs: no row of the table counts what is not in the log. */
  async #checkTable(): Promise<void> {
    const status = this.#process.manager.status(queryId);
    if (status?.state !== 'RUNNING') return;
    const rows = await this.#process.manager.pull({ queryId });
    const sent = new Map<string, number>();
    for (const { id } of this.#sent.flat()) {
      const { brand } = this.#rows.get(id) as Commercial;
      sent.set(brand, (sent.get(brand) ?? 0) + 1);
    }
    for (const [brand, count] of rows)
      expect(Number(count), `count of ${String(brand)}`).toBeLessThanOrEqual(sent.get(String(brand)) ?? 0);
  }

  /** Nothing fails any more: everything is counted, and the committed outputs say the same. */
  async #lastLife(): Promise<void> {
    this.#faults = [];
    await this.#clock.wait(this.#start());
    const producer = await this.#clock.wait(this.#process.producer());
    if (this.#trouble === 'ENOSPC') await this.#fillDisk(producer);
    // Outputs that were lost with the power come back when their row changes again.
    for (const brand of this.#durable ? brands.slice(0, 1) : brands) this.#produce(producer, brand);
    await this.#clock.wait(producer.flush());
    const { kafka } = this.#process;
    const log = (await this.#clock.wait(this.#readSource(kafka))).flat();
    const expected = expectedMetrics(log.map(({ key }) => this.#rows.get(Number(key)) as Commercial));
    try {
      await this.#clock.runUntil(() => this.#caughtUp() === log.length, 60_000);
    } catch (error) {
      const status = JSON.stringify(this.#process.manager.status(queryId));
      throw new Error(`The query does not read all ${log.length} records: ${status}`, { cause: error });
    }
    const outputs = await this.#clock.wait(readAll(kafka, sinkTopic, 0));
    await this.#checkTables(outputs, expected);
    if (this.#durable) this.#checkOutputs(outputs);
    expect(this.#faults).toEqual([]);
    await this.#clock.wait(this.#process.close());
  }

  /** A disk that is full for a while: the records wait in the producer, the query starts again and again, and both go on. */
  async #fillDisk(producer: Producer): Promise<void> {
    this.#disk.failWith = 'ENOSPC';
    for (const brand of brands) this.#produce(producer, brand);
    await this.#clock.wait(new Promise<void>((resolve) => void this.#clock.setTimer(resolve, 1500)));
    this.#disk.failWith = undefined;
  }

  /** Pulled and committed rows are those of the log, whatever went with the power, and whatever was written in its place. */
  async #checkTables(outputs: readonly IncomingRecord[], expected: ReadonlyMap<string, BrandMetrics>): Promise<void> {
    const pulled = await this.#clock.wait(this.#process.manager.pull({ queryId }));
    expect(tableOf(pulled), 'the pulled table').toEqual(expected);
    const last = new Map(outputs.map(({ key, value }) => [String(key), readMetrics(value as Buffer)]));
    expect(last, 'the committed outputs').toEqual(expected);
  }

  /** Exactly once: a count only grows. */
  #checkOutputs(outputs: readonly IncomingRecord[]): void {
    const counts = new Map<string, number>();
    for (const { key, value } of outputs) {
      const { cnt } = readMetrics(value as Buffer);
      expect(cnt, `outputs of ${String(key)}`).toBeGreaterThan(counts.get(String(key)) ?? 0);
      counts.set(String(key), cnt);
    }
  }

  #caughtUp(): number {
    const positions = this.#process.manager.status(queryId)?.positions ?? [];
    return positions.reduce((sum, { committed }) => sum + Math.max(0, committed), 0);
  }

  #pick<T>(list: readonly T[]): T {
    return list[randomBelow(this.#random, list.length)] as T;
  }
}

function tableOf(rows: readonly (readonly unknown[])[]): Map<string, BrandMetrics> {
  return new Map(
    rows.map(([brand, cnt, duration, rating]) => [
      String(brand),
      { cnt: Number(cnt), duration: Number(duration), rating: Number(rating) },
    ]),
  );
}

async function readAll(kafka: KafkaClient, topic: string, partition: number): Promise<IncomingRecord[]> {
  const { earliest, latest } = await kafka.admin.offsets(topic, partition);
  const records: IncomingRecord[] = [];
  if (latest > earliest)
    for await (const some of kafka.read(topic, partition, { from: earliest, to: latest })) records.push(...some);
  return records;
}
