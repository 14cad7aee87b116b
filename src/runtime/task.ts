/**
 * A task: one query's loop over its input partitions, its state and its commits.
 *
 * Everything it does is a function of its input, its state and its plan; what it needs of the world comes through `TaskHost`
 * (main thread, or its stand-in in the same thread) and the clock. A task that fails is thrown away; a new one restores.
 */
import { dirname } from 'node:path';
import { AssertionError } from '../core/assert.ts';
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import { messageOf, StackError } from '../core/errors.ts';
import type { PhysicalPlan } from '../sql/physical/plan.ts';
import { batchIsControl, batchLastOffset, batchSize, decodeRecords } from '../wire/record-batch.ts';
import { AbortedFilter } from './batches.ts';
import type { FetchedBatches, Isolation, ReaderDescriptor, TopicPartitionOffset } from './cluster.ts';
import type { FunctionLookup } from './compiler/code.ts';
import { fetchInput, segmentInput } from './input.ts';
import type { InputRun, PartitionInput } from './input.ts';
import { isFailure, whyOf } from './compiler/failures.ts';
import type { OperatorCounters, PullRequest, QueryError, Row } from './jobs.ts';
import { makeProgram } from './make-program.ts';
import { appendRecord, BatchWriter } from './output.ts';
import { readAheadMs, sourcesOf } from './plan-facts.ts';
import type { InputPosition } from './position.ts';
import type { Program, SchemaText } from './program.ts';
import { ChangelogReplay, encodeProgress, progressKeyByte } from './state/changelog.ts';
import type { Progress } from './state/changelog.ts';
import { loadSnapshot, writeSnapshot } from './state/snapshot.ts';
import type { SnapshotPosition } from './state/snapshot.ts';

/** An offset, and the leader epoch of the record in front of it: −1 when that is not known. */
export interface StartPosition {
  readonly offset: number;
  readonly leaderEpoch: number;
}

/** What a task is, as plain data. */
export interface TaskSpec {
  readonly taskId: string;
  readonly queryId: string;
  readonly plan: PhysicalPlan;
  readonly isolation: Isolation;
  readonly commitIntervalMs: number;
  /** Overrides what the plan's source says. */
  readonly failOnBadRecord?: boolean;
  /** Partitions of the plan's sources. */
  readonly inputs: readonly {
    readonly topic: string;
    readonly partition: number;
    /** Where to begin when the state does not say otherwise; and when there should be a state, and is none. */
    readonly start: StartPosition;
    readonly startWithoutState: StartPosition;
    readonly earliest: number;
    readonly latest: number;
    readonly reader?: ReaderDescriptor;
  }[];
  readonly outputPartitions: number;
  /** Absent for push queries, which commit nothing, and queries without state. */
  readonly changelog?: {
    readonly topic: string;
    readonly topicId: string;
    readonly clusterId: string;
    readonly earliest: number;
    readonly end: number;
    /** Of its leader; −1 when the cluster does not tell. */
    readonly leaderEpoch: number;
    readonly reader?: ReaderDescriptor;
    readonly snapshotPath: string;
  };
  readonly transient: boolean;
  /** Uncommitted output and state changes at most before a commit, in bytes. */
  readonly commitBytes?: number;
}

export interface TaskOutput {
  readonly topic: string;
  readonly partition: number;
  readonly batch: Buffer;
}

export interface TaskCommit {
  readonly outputs: readonly TaskOutput[];
  /** Goes out behind `outputs`; at-least-once only when those are acknowledged. */
  readonly progress?: { readonly topic: string; readonly batch: Buffer };
  readonly offsets: readonly TopicPartitionOffset[];
}

export interface TaskReport {
  readonly operators: readonly OperatorCounters[];
  readonly positions: readonly { readonly partition: number; readonly position: number; readonly committed: number }[];
  readonly stateRows: number;
  readonly stateBytes: number;
  readonly commits: number;
  readonly streamTimeMs: number;
  readonly busyMs: number;
}

export interface TaskHost {
  fetch(topic: string, partition: number, offset: number, isolation: Isolation): Promise<FetchedBatches>;
  /** Where a leader epoch ends in a partition; undefined when nobody knows. */
  endOfEpoch(topic: string, partition: number, leaderEpoch: number): Promise<number | undefined>;
  schema(id: number): Promise<SchemaText>;
  /** Writes ahead of the commit that they belong to; resolves with memory to use again once they are written. */
  output(outputs: readonly TaskOutput[]): Promise<readonly Buffer[]>;
  /** Resolves once everything is committed, with the changelog offset of the progress record (−1 without one). */
  commit(commit: TaskCommit): Promise<number>;
  rows(rows: readonly Row[]): void;
  errors(errors: readonly QueryError[]): void;
  report(report: TaskReport): void;
}

const commitBytesDefault = 16 * 2 ** 20;
/** Output that is handed over and not yet written, at most. */
const outputBytesAhead = 8 * 2 ** 20;
const snapshotIntervalMs = 60_000;
const reportIntervalMs = 500;
/** So long rows of several inputs are run in order before commands and timers have their turn. */
const turnMs = 5;
const errorsKept = 100;

interface Input extends InputPosition {
  readonly topic: string;
  readonly partition: number;
  readonly input: PartitionInput;
  readonly aborted: AbortedFilter;
  committed: number;
  run: InputRun | undefined;
  /** Where the partition ended when the task began. */
  readonly end: number;
  at: number;
  /** Row time of the record in front of which a run ended last: what comes is hardly older. */
  time: number;
}

export class Task {
  readonly spec: TaskSpec;
  readonly #host: TaskHost;
  readonly #clock: Clock;
  readonly #disk: Disk;
  readonly #program: Program;
  readonly #changelogWriter = new BatchWriter();
  readonly #inputs: Input[] = [];
  /** How far one input may be read ahead of the others, ms of row time; undefined: their order does not count. */
  readonly #readAheadMs: number | undefined;
  #errors: QueryError[] = [];
  #commits = 0;
  #busyMs = 0;
  #lastSnapshot = 0;
  #snapshotDue = false;
  #nextCommit = 0;
  #nextReport = 0;
  #mustCommit = false;
  #reported = false;
  #paused = false;
  #stopping = false;
  #abandoned = false;
  #awake = true;
  #wait: (() => void) | undefined;
  #position: SnapshotPosition | undefined;
  #rowsOut = 0;
  /** Output that is being written ahead of its commit. */
  #ahead: { readonly bytes: number; readonly written: Promise<void> }[] = [];
  /** The changelog holds the state of another plan. */
  #isReplaced = false;

  constructor(spec: TaskSpec, host: TaskHost, clock: Clock, disk: Disk, functions: FunctionLookup) {
    this.spec = spec;
    this.#host = host;
    this.#clock = clock;
    this.#disk = disk;
    this.#readAheadMs = readAheadMs(spec.plan);
    this.#program = makeProgram(spec.plan, spec.outputPartitions, functions, (...fault) => this.#fault(...fault));
  }

  /** Restores the state; then `run` may be called. */
  async open(): Promise<void> {
    const { spec } = this;
    const progress = await this.#restore();
    const stateIsLost = spec.changelog !== undefined && progress === undefined;
    for (const one of spec.inputs) {
      const { topic, partition, earliest, latest, reader } = one;
      const known = progress?.offsets.find((other) => other.topic === topic && other.partition === partition);
      const position = known ?? (stateIsLost && !this.#isReplaced ? one.startWithoutState : one.start);
      let from = position.offset;
      const kept = await this.#kept(one, position);
      if (kept < from) {
        this.#note(
          `${topic}-${partition} lost its records from offset ${kept} on, of which those up to ${from} were counted; reading goes on at ${kept}.`,
          topic,
          partition,
          kept,
        );
        from = kept;
      }
      if (from < earliest) {
        if (known !== undefined)
          this.#note(
            `${topic}-${partition} begins at ${earliest}: the records from ${from} on are gone.`,
            topic,
            partition,
            from,
          );
        from = earliest;
      }
      const input =
        reader === undefined
          ? fetchInput(
              (offset) => this.#host.fetch(topic, partition, offset, spec.isolation),
              from,
              () => this.wake(),
            )
          : segmentInput(this.#disk, reader, spec.isolation, from);
      this.#inputs.push({
        topic,
        partition,
        input,
        aborted: new AbortedFilter(),
        next: from,
        leaderEpoch: from === position.offset ? position.leaderEpoch : -1,
        committed: known?.offset ?? -1,
        run: undefined,
        end: latest,
        at: 0,
        time: -1,
        until: Number.POSITIVE_INFINITY,
      });
    }
    this.#mustCommit = !spec.transient;
    this.#nextCommit = this.#clock.monotonic();
    this.#lastSnapshot = this.#clock.monotonic();
  }

  /** Runs until `stop`; rejects with what ended it. */
  async run(): Promise<void> {
    while (!this.#stopping) {
      const started = this.#clock.monotonic();
      let worked = false;
      if (!this.#paused) {
        const isOrdered = this.#readAheadMs !== undefined && this.#inputs.length > 1;
        for (const inputs of isOrdered ? [this.#inputs] : this.#inputs.map((input) => [input])) {
          if (await this.#turn(inputs)) worked = true;
          if (this.#limitReached()) return;
          if (!this.spec.transient) await this.#writeAhead();
          if (!this.spec.transient && this.#program.uncommittedBytes >= (this.spec.commitBytes ?? commitBytesDefault))
            await this.#commit();
        }
      }
      const now = this.#clock.monotonic();
      if (worked) this.#busyMs += now - started;
      if (!this.spec.transient && now >= this.#nextCommit && this.#hasProgress()) await this.#commit();
      if (this.#errors.length > 0) this.#sendErrors();
      if (worked) this.#reported = false;
      if (!this.#reported && (!worked || now >= this.#nextReport)) {
        this.#reported = true;
        this.#nextReport = now + reportIntervalMs;
        this.#host.report(this.report());
      }
      if (worked) await new Promise<void>((resolve) => this.#clock.defer(resolve));
      else await this.#sleep(now);
    }
    if (this.#abandoned) return;
    if (!this.spec.transient) await this.#commit();
    if (this.#position !== undefined) this.#snapshot();
    this.#sendErrors();
    this.#host.report(this.report());
  }

  /** New data, a command: look again. */
  wake(): void {
    this.#awake = true;
    this.#wait?.();
  }

  pause(paused: boolean): void {
    this.#paused = paused;
    this.wake();
  }

  /** Lets `run` end after a last commit. */
  stop(): void {
    this.#stopping = true;
    this.wake();
  }

  /** Lets `run` end as soon as it can, without a commit: somebody else goes on. */
  abandon(): void {
    this.#abandoned = true;
    this.stop();
  }

  close(): void {
    for (const { input } of this.#inputs) input.close();
  }

  /** The committed rows that a pull query asks for. */
  pull(request: PullRequest): Row[] {
    return this.#program.pull(request);
  }

  report(): TaskReport {
    return {
      operators: this.#program.operators(),
      positions: this.#inputs.map(({ partition, next, committed }) => ({ partition, position: next, committed })),
      stateRows: this.#program.state?.rows ?? 0,
      stateBytes: this.#program.state?.bytes ?? 0,
      commits: this.#commits,
      streamTimeMs: this.#program.streamTime,
      busyMs: Math.round(this.#busyMs),
    };
  }

  // ---- reading

  /** Runs what an input has now, or for a while what several have, in order; false when there is nothing. */
  async #turn(inputs: readonly Input[]): Promise<boolean> {
    const end = this.#clock.monotonic() + turnMs;
    let worked = false;
    do {
      const input = this.#oldest(inputs);
      if (input === undefined) break;
      await this.#step(input);
      worked = true;
    } while (inputs.length > 1 && this.#clock.monotonic() < end);
    if (this.#program.hasRows) this.#sendRows();
    return worked;
  }

  /**
   * The input whose next row is the oldest, with the time up to which it is its turn. An input that has not reached the end that it
   * had at the start is waited for: its rows may be older than those of the others.
   */
  #oldest(inputs: readonly Input[]): Input | undefined {
    let oldest: Input | undefined;
    let second = Number.POSITIVE_INFINITY;
    for (const input of inputs) {
      if (!this.#poll(input)) {
        if (inputs.length > 1 && input.next < input.end) return undefined;
      } else if (oldest === undefined || input.time < oldest.time) {
        if (oldest !== undefined) second = oldest.time;
        oldest = input;
      } else second = Math.min(second, input.time);
    }
    if (oldest !== undefined) oldest.until = second + (this.#readAheadMs ?? 0);
    return oldest;
  }

  /** Makes sure that the input's next run is there, if there is one. */
  #poll(input: Input): boolean {
    if (input.run !== undefined) return true;
    const run = input.input.poll();
    if (run === undefined) return false;
    input.run = run;
    input.at = 0;
    input.aborted.expect(run.aborted);
    return true;
  }

  /** Runs what the input's run has left, up to where another input's turn is. */
  async #step(input: Input): Promise<void> {
    const { bytes, nextOffset } = input.run as InputRun;
    for (;;) {
      const end = this.#program.run(bytes, input.at, input, input, input.aborted);
      if (typeof end === 'number') break;
      if ('time' in end) {
        input.at = end.at;
        input.time = end.time;
        return;
      }
      for (const id of end.ids) await this.#findSchema(id);
    }
    if (nextOffset > input.next) input.next = nextOffset;
    input.run = undefined;
  }

  /** A schema that does not exist makes its records bad; a registry that does not answer makes the task fail and start again. */
  async #findSchema(id: number): Promise<void> {
    try {
      this.#program.addSchema(id, await this.#host.schema(id));
    } catch (error) {
      if (!(error instanceof StackError) || error.code !== 'MILLRACE_REGISTRY') throw error;
      this.#program.addSchema(id, { error: `schema ${id} is not to be had: ${messageOf(error)}` });
    }
  }

  #fault(error: unknown, topic: string, partition: number, offset: number): void {
    if (error instanceof AssertionError) throw error;
    // An expression without a value never stops a query, whatever bad records do; and it may be one of each row.
    if (isFailure(error) && this.#errors.length >= errorsKept) return;
    const { badRecord } = sourcesOf(this.spec.plan).find((source) => source.topic === topic) ?? { badRecord: 'skip' };
    if (isFatal(error) || (!isFailure(error) && (this.spec.failOnBadRecord ?? badRecord === 'fail'))) {
      throw new StackError(
        'MILLRACE_QUERY_FAILED',
        `Record ${offset} of ${topic}-${partition} stopped the query: ${messageOf(error)}`,
        { cause: error, details: { topic, partition, offset, fatal: true } },
      );
    }
    if (this.#errors.length < errorsKept) this.#note(error, topic, partition, offset);
  }

  #note(error: unknown, topic: string, partition: number, offset: number): void {
    this.#errors.push({
      timeMs: this.#clock.now(),
      kind: 'record',
      message: messageOf(error),
      ...(isFailure(error) && { cause: whyOf(error) }),
      ...(error instanceof StackError && error.code === 'MILLRACE_DECODE_FAILED' && { decoding: true }),
      ...(topic !== '' && { topic, partition, offset }),
    });
  }

  #sendErrors(): void {
    if (this.#errors.length === 0) return;
    this.#host.errors(this.#errors);
    this.#errors = [];
  }

  #sendRows(): void {
    const rows = this.#program.takeRows();
    const { root } = this.spec.plan;
    const limit = root.node === 'result-sink' ? (root.limit ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
    const left = limit - this.#rowsOut;
    const sent = rows.length > left ? rows.slice(0, left) : rows;
    this.#rowsOut += sent.length;
    if (sent.length > 0) this.#host.rows(sent);
  }

  #limitReached(): boolean {
    const { root } = this.spec.plan;
    if (this.spec.transient) {
      // What changed goes out after each round.
      this.#program.flush();
      this.#program.state?.committed();
      if (this.#program.hasRows) this.#sendRows();
    }
    return root.node === 'result-sink' && root.limit !== undefined && this.#rowsOut >= root.limit;
  }

  #sleep(now: number): Promise<void> {
    if (this.#awake) {
      this.#awake = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const due =
        !this.spec.transient && this.#hasProgress()
          ? Math.max(1, Math.ceil(this.#nextCommit - now))
          : reportIntervalMs * 120;
      const timer = this.#clock.setTimer(() => this.wake(), due);
      this.#wait = () => {
        timer.cancel();
        this.#wait = undefined;
        this.#awake = false;
        resolve();
      };
    });
  }

  // ---- committing

  #hasProgress(): boolean {
    return this.#mustCommit || this.#inputs.some((input) => input.next !== input.committed);
  }

  /** Hands over what is full, so that it is written while the loop goes on. Waits when too much is on its way. */
  async #writeAhead(): Promise<void> {
    const { root } = this.spec.plan;
    if (root.node !== 'topic-sink') return;
    const outputs = this.#program.takeOutputs('full').map((output) => ({ topic: root.topic, ...output }));
    if (outputs.length > 0) {
      const bytes = outputs.reduce((sum, { batch }) => sum + batch.length, 0);
      const written = this.#host.output(outputs).then((spare) => this.#program.giveBack(spare));
      written.catch(() => {}); // whoever waits for it is told
      this.#ahead.push({ bytes, written });
    }
    let ahead = this.#ahead.reduce((sum, { bytes }) => sum + bytes, 0);
    for (let [first] = this.#ahead; first !== undefined && ahead > outputBytesAhead; [first] = this.#ahead) {
      await first.written;
      ahead -= first.bytes;
      this.#ahead.shift();
    }
  }

  async #commit(): Promise<void> {
    this.#nextCommit = this.#clock.monotonic() + this.spec.commitIntervalMs;
    if (!this.#hasProgress()) return;
    const { root } = this.spec.plan;
    this.#program.flush();
    await Promise.all(this.#ahead.map(({ written }) => written));
    this.#ahead = [];
    const outputs: TaskOutput[] = [];
    if (root.node === 'topic-sink') {
      for (const output of this.#program.takeOutputs()) outputs.push({ topic: root.topic, ...output });
    }
    const offsets = this.#inputs.map(({ topic, partition, next, leaderEpoch }) => ({
      topic,
      partition,
      offset: next,
      leaderEpoch,
    }));
    const progress = this.#changelog(outputs, offsets);
    const offset = await this.#host.commit({
      outputs,
      offsets,
      ...(progress !== undefined && { progress: progress.record }),
    });
    this.#program.state?.committed();
    this.#inputs.forEach((input, i) => {
      input.committed = offsets[i]?.offset ?? input.committed;
    });
    this.#mustCommit = false;
    this.#reported = false;
    this.#commits++;
    if (progress !== undefined) {
      const leaderEpoch = this.spec.changelog?.leaderEpoch ?? -1;
      this.#position = { changelogOffset: offset + 1, leaderEpoch, progress: progress.progress };
      this.#snapshotDue = true;
      if (this.#clock.monotonic() - this.#lastSnapshot >= snapshotIntervalMs) this.#snapshot();
    }
  }

  /** Adds the changed rows to the outputs; gives the progress record. */
  #changelog(
    outputs: TaskOutput[],
    offsets: Progress['offsets'],
  ): { progress: Progress; record: { topic: string; batch: Buffer } } | undefined {
    const { changelog } = this.spec;
    const { state, streamTime } = this.#program;
    if (changelog === undefined || state === undefined) return undefined;
    const progress: Progress = {
      commitId: changelog.end + this.#commits,
      planHash: state.hash,
      streamTime,
      offsets,
    };
    const writer = this.#changelogWriter;
    const time = Math.max(0, streamTime);
    state.changes(progress.commitId, (key, keyLength, value, valueLength, rowTime) =>
      appendRecord(writer, rowTime, key, 0, keyLength, value, 0, valueLength),
    );
    for (const batch of writer.take()) outputs.push({ topic: changelog.topic, partition: 0, batch });
    const value = encodeProgress(progress);
    appendRecord(writer, time, Buffer.from([progressKeyByte]), 0, 1, value, 0, value.length);
    return { progress, record: { topic: changelog.topic, batch: writer.take()[0] as Buffer } };
  }

  #snapshot(): void {
    const { changelog } = this.spec;
    this.#lastSnapshot = this.#clock.monotonic();
    const { state } = this.#program;
    if (changelog === undefined || state === undefined || this.#position === undefined || !this.#snapshotDue) return;
    this.#snapshotDue = false;
    try {
      this.#disk.makeDirectorySync(dirname(changelog.snapshotPath));
      writeSnapshot(this.#disk, changelog.snapshotPath, this.#identity(), this.#position, state);
    } catch (error) {
      // It only saves time at the next start.
      this.#note(`The snapshot of the state could not be written: ${messageOf(error)}`, '', -1, -1);
    }
  }

  #identity(): { clusterId: string; changelogTopicId: string; planHash: string } {
    const { changelog } = this.spec;
    return {
      clusterId: changelog?.clusterId ?? '',
      changelogTopicId: changelog?.topicId ?? '',
      planHash: this.#program.state?.hash ?? '',
    };
  }

  // ---- restoring

  async #restore(): Promise<Progress | undefined> {
    const { changelog } = this.spec;
    const { state } = this.#program;
    if (changelog === undefined || state === undefined) return undefined;
    const snapshot = loadSnapshot(this.#disk, changelog.snapshotPath, this.#identity(), state);
    const usable =
      snapshot !== undefined &&
      (await this.#kept(
        { topic: changelog.topic, partition: 0, latest: changelog.end },
        { offset: snapshot.changelogOffset, leaderEpoch: snapshot.leaderEpoch },
      )) === snapshot.changelogOffset;
    if (snapshot !== undefined && !usable) state.clear();
    const replay = new ChangelogReplay(state, usable ? snapshot.progress : undefined);
    const from = Math.max(changelog.earliest, usable ? snapshot.changelogOffset : 0);
    await this.#replay(replay, from);
    const { progress } = replay;
    this.#isReplaced = replay.foreign;
    if (replay.foreign)
      this.#note('The changelog holds the state of another plan; the query starts with no state.', '', -1, -1);
    if (progress !== undefined && (await this.#inputLost(progress))) {
      this.#note(
        'Records that the state contains are gone from the input: the state is built again from the beginning.',
        '',
        -1,
        -1,
      );
      const keys = state.keys();
      state.clear();
      state.markChanged(keys);
      return {
        ...progress,
        offsets: this.spec.inputs.map(({ topic, partition }) => ({ topic, partition, offset: 0, leaderEpoch: -1 })),
      };
    }
    state.markChanged(replay.torn);
    if (progress !== undefined) {
      this.#program.streamTime = progress.streamTime;
      if (usable && replay.torn.length === 0) this.#position = { ...snapshot, progress };
    }
    return progress;
  }

  /** Were records lost that the state contains, and are all that are left still there? */
  async #inputLost(progress: Progress): Promise<boolean> {
    const { inputs } = this.spec;
    if (!inputs.every(({ earliest }) => earliest === 0)) return false;
    for (const input of inputs) {
      const { topic, partition } = input;
      const known = progress.offsets.find((one) => one.topic === topic && one.partition === partition);
      if (known !== undefined && (await this.#kept(input, known)) < known.offset) return true;
    }
    return false;
  }

  /**
   * How much of a partition that was read up to a position is still what was read: the position's offset, or where the loss begins.
   * Other records may lie behind that by now; the epoch in which the last record was read tells (KIP-320).
   */
  async #kept(
    { topic, partition, latest }: { readonly topic: string; readonly partition: number; readonly latest: number },
    { offset, leaderEpoch }: StartPosition,
  ): Promise<number> {
    const end = leaderEpoch < 0 ? undefined : await this.#host.endOfEpoch(topic, partition, leaderEpoch);
    return Math.min(offset, end ?? latest);
  }

  async #replay(replay: ChangelogReplay, from: number): Promise<void> {
    const { changelog } = this.spec;
    if (changelog === undefined || from >= changelog.end) return replay.end();
    let wake: () => void = () => {};
    const input =
      changelog.reader === undefined
        ? fetchInput(
            (offset) => this.#host.fetch(changelog.topic, 0, offset, 'read_committed'),
            from,
            () => wake(),
          )
        : segmentInput(this.#disk, changelog.reader, 'read_committed', from);
    const aborted = new AbortedFilter();
    let next = from;
    try {
      while (next < changelog.end) {
        const arrived = new Promise<void>((resolve) => {
          wake = resolve;
        });
        const run = input.poll();
        if (run === undefined) {
          if (changelog.reader !== undefined) break;
          await arrived;
          continue;
        }
        aborted.expect(run.aborted);
        for (let at = 0; at < run.bytes.length; at += batchSize(run.bytes, at)) {
          if (batchLastOffset(run.bytes, at) < next) continue;
          if (batchIsControl(run.bytes, at)) aborted.control(run.bytes, at);
          else if (!aborted.skips(run.bytes, at)) {
            for (const record of decodeRecords(run.bytes, at))
              if (record.offset >= next) replay.record(record.key, record.value);
          }
        }
        next = run.nextOffset;
      }
    } finally {
      input.close();
    }
    replay.end();
  }
}

function isFatal(error: unknown): boolean {
  return error instanceof StackError && error.details['fatal'] === true;
}
