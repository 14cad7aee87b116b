/**
 * The records of a changelog topic (`docs/internals/state-format.md`): rows, deleted rows, progress.
 */
import { createHash } from 'node:crypto';
import { StackError } from '../../core/errors.ts';
import { cursor, readVarint } from '../compiler/bytes.ts';
import type { Scratch } from '../compiler/bytes.ts';
import { writeInt64, writeVarint } from '../compiler/group-key.ts';
import type { Pipeline } from '../compiler/pipeline.ts';
import type { ProgramState } from '../program.ts';
import { flagEmitted, flagLive, flagsCell, timeCell } from './table.ts';
import type { AggregateTable } from './table.ts';

export const rowKeyByte = 0;
export const progressKeyByte = 1;
export const windowTimeKeyByte = 3;
export const rowVersion = 1;
export const deletedVersion = 2;
const progressVersion = 2;

/** How far the input is contained in the state, as of one commit. */
export interface Progress {
  readonly commitId: number;
  readonly planHash: string;
  readonly streamTime: number;
  readonly offsets: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    /** Of the record in front of the offset; −1 when that is not known. */
    readonly leaderEpoch: number;
  }[];
}

/** Identifies the layout of a query's state: a changelog of another layout is not ours. 16 hex digits. */
export function stateHash(pipeline: Pipeline): string {
  const { aggregate, source } = pipeline;
  const facts = {
    topic: source.topic,
    keys: aggregate?.keys.map((key) => [key.type, key.expression]),
    nullKey: aggregate?.nullKey,
    window: aggregate?.window,
    aggregates: aggregate?.aggregates.map((one) => [one.aggregate.id, one.aggregate.args]),
    before: pipeline.before,
    fields: pipeline.layout.fields,
  };
  return layoutHash(facts);
}

/** Of what a layout follows from; how failures are told and where they end is no part of it. */
export function layoutHash(facts: unknown): string {
  const text = JSON.stringify(facts, (name, value: unknown) =>
    name === 'failure' || name === 'failures' || name === 'implicit' ? undefined : value,
  );
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** Writes a row's value into the scratch buffer; returns its length. */
export function encodeRow(table: AggregateTable, slot: number, commitId: number, scratch: Scratch): number {
  const rows = table.current;
  let x = scratch.ensure(0, 32 + table.layout.fields.length * 10);
  x[0] = rowVersion;
  writeInt64(x, 1, commitId);
  x[9] = (rows.cell(slot, flagsCell) & flagEmitted) === 0 ? 0 : 1;
  let p = writeInt64(x, 10, rows.cell(slot, timeCell));
  for (const field of rows.fields) {
    x = scratch.ensure(p, 16);
    const { kind, nullable } = field.layout;
    const object = kind === 'text' || kind === 'binary' ? (field.objects[slot] ?? null) : undefined;
    if (nullable) {
      const present = object === undefined ? rows.cell(slot, field.present) === 1 : object !== null;
      x[p++] = present ? 1 : 0;
      if (!present) continue;
    }
    if (kind === 'double') p = x.writeDoubleBE(rows.cell(slot, field.value), p);
    else if (kind === 'long') {
      const value = field.long(slot);
      p = typeof value === 'bigint' ? x.writeBigInt64BE(value, p) : writeInt64(x, p, value);
    } else {
      const bytes = typeof object === 'string' ? Buffer.from(object) : Buffer.from(object ?? []);
      x = scratch.ensure(p, bytes.length + 5);
      p = writeVarint(x, p, bytes.length);
      x.set(bytes, p);
      p += bytes.length;
    }
  }
  return p;
}

/** The commit that a row's value belongs to. */
export function rowCommitId(value: Buffer): number {
  const version = value[0];
  if (version !== rowVersion && version !== deletedVersion) throw newer(version);
  return Number(value.readBigInt64BE(1));
}

/** Puts a row from a changelog or a snapshot into the table. The slot counts as committed. */
export function applyRow(table: AggregateTable, key: Buffer, value: Buffer): void {
  const slot = table.keys.id(key, 0, key.length);
  table.ensure(slot);
  const rows = table.current;
  if (value[0] === deletedVersion) {
    rows.reset(slot);
    return;
  }
  rows.setCell(slot, flagsCell, flagLive | (value[9] === 1 ? flagEmitted : 0));
  rows.setCell(slot, timeCell, Number(value.readBigInt64BE(10)));
  let p = 18;
  for (const field of rows.fields) {
    const { kind, nullable } = field.layout;
    const present = !nullable || value[p++] === 1;
    if (kind === 'text' || kind === 'binary') {
      if (!present) {
        field.objects[slot] = null;
        continue;
      }
      const length = readVarint(value, p);
      p = cursor.at + length;
      const bytes = value.subarray(cursor.at, p);
      field.objects[slot] = kind === 'text' ? bytes.toString('utf8') : Buffer.from(bytes);
      continue;
    }
    if (nullable) rows.setCell(slot, field.present, present ? 1 : 0);
    if (!present) continue;
    if (kind === 'double') rows.setCell(slot, field.value, value.readDoubleBE(p));
    else field.setLong(slot, value.readBigInt64BE(p));
    p += 8;
  }
}

export function encodeProgress(progress: Progress): Buffer {
  const head = Buffer.alloc(25);
  head[0] = progressVersion;
  writeInt64(head, 1, progress.commitId);
  head.write(progress.planHash, 9, 'hex');
  writeInt64(head, 17, progress.streamTime);
  const parts: Buffer[] = [head, varint(progress.offsets.length)];
  for (const { topic, partition, offset, leaderEpoch } of progress.offsets) {
    const name = Buffer.from(topic);
    const at = Buffer.alloc(12);
    writeInt64(at, 0, offset);
    at.writeInt32BE(leaderEpoch, 8);
    parts.push(varint(name.length), name, varint(partition), at);
  }
  return Buffer.concat(parts);
}

export function decodeProgress(value: Buffer): Progress {
  const [version = 0] = value;
  if (version < 1 || version > progressVersion) throw newer(version);
  let p = 25;
  const next = (): number => {
    const read = readVarint(value, p);
    p = cursor.at;
    return read;
  };
  const offsets = [];
  for (let left = next(); left > 0; left--) {
    const length = next();
    const topic = value.toString('utf8', p, p + length);
    p += length;
    const partition = next();
    const offset = Number(value.readBigInt64BE(p));
    // Version 1 had no epochs.
    offsets.push({ topic, partition, offset, leaderEpoch: version < 2 ? -1 : value.readInt32BE(p + 8) });
    p += version < 2 ? 8 : 12;
  }
  return {
    commitId: Number(value.readBigInt64BE(1)),
    planHash: value.toString('hex', 9, 17),
    streamTime: Number(value.readBigInt64BE(17)),
    offsets,
  };
}

function varint(value: number): Buffer {
  const out = Buffer.alloc(5);
  return out.subarray(0, writeVarint(out, 0, value));
}

function newer(version: number | undefined): StackError {
  return new StackError(
    'MILLRACE_QUERY_FAILED',
    `The query's changelog has records of version ${version}, which this version of Millrace cannot read.`,
  );
}

/**
 * Replays changelog records into a state. Rows wait for the next progress record, which vouches for all before it: rows of a
 * torn commit among them were written again by the commit that this record ends. What is left at the end is torn.
 */
export class ChangelogReplay {
  readonly #state: ProgramState;
  #waiting: { key: Buffer; value: Buffer }[] = [];
  /** Keys that a torn commit wrote: the next commit must write their rows again. */
  torn: Buffer[] = [];
  progress: Progress | undefined;
  /** The changelog holds the state of another plan, which was ignored. */
  foreign = false;

  constructor(state: ProgramState, progress?: Progress) {
    this.#state = state;
    this.progress = progress;
  }

  record(key: Buffer | null, value: Buffer | null): void {
    if (key === null || key.length === 0 || value === null) return;
    if (key[0] !== progressKeyByte) {
      rowCommitId(value);
      this.#waiting.push({ key: Buffer.from(key), value: Buffer.from(value) });
      return;
    }
    const progress = decodeProgress(value);
    this.foreign = progress.planHash !== this.#state.hash;
    if (this.foreign) {
      this.#state.clear();
      this.progress = undefined;
    } else {
      for (const row of this.#waiting) this.#state.apply(row.key, row.value);
      this.progress = progress;
    }
    this.#waiting = [];
  }

  /** After the last record. */
  end(): void {
    this.torn = this.#waiting.map((row) => row.key);
    this.#waiting = [];
  }
}

/** Writes the value of a row that does not exist. */
export function encodeDeleted(commitId: number, scratch: Scratch): number {
  const x = scratch.ensure(0, 16);
  x[0] = deletedVersion;
  return writeInt64(x, 1, commitId);
}
