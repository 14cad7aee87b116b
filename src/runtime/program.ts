/**
 * What a task runs: a plan made executable. Two ways: `loop-program.ts` (one generated loop over the bytes of batches, for a
 * chain of filters, projections and one aggregation) and `rows/row-program.ts` (row by row, for every shape).
 */
import type { AbortedFilter } from './batches.ts';
import type { OperatorCounters, PullRequest, Row } from './jobs.ts';
import type { InputPosition, RunEnd } from './position.ts';

/** Notes a record that failed, or throws to stop the query. */
export type Fault = (error: unknown, topic: string, partition: number, offset: number) => void;

/** A registered schema, and those that it imports. */
export interface SchemaText {
  readonly text: string;
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

export type SchemaResult = SchemaText | { readonly error: string };

export interface Program {
  /** What must survive the task; undefined when there is nothing. */
  readonly state: ProgramState | undefined;
  /** The highest row time seen; −1 before the first row. */
  streamTime: number;
  /** Result rows since the last `takeRows`. */
  readonly hasRows: boolean;
  /** Bytes of output and state changes that are not committed. */
  readonly uncommittedBytes: number;
  /** Runs batches from `from` on, up to the first record whose row time is behind `position.until`. */
  run(
    bytes: Buffer,
    from: number,
    input: { readonly topic: string; readonly partition: number },
    position: InputPosition,
    aborted: AbortedFilter,
  ): RunEnd;
  addSchema(id: number, schema: SchemaResult): void;
  takeRows(): Row[];
  /** Puts out what waits for a commit. */
  flush(): void;
  /** Batches per output partition: all that was put out, or those that are full. */
  takeOutputs(full?: 'full'): { readonly partition: number; readonly batch: Buffer }[];
  /** Memory of batches that are written, to be used again. */
  giveBack(buffers: readonly Buffer[]): void;
  /** The committed rows that a pull query asks for. */
  pull(request: PullRequest): Row[];
  operators(): OperatorCounters[];
}

/** Rows as they lie in a changelog and in a snapshot (`docs/internals/state-format.md`): keys with their first byte. */
export interface ProgramState {
  /** Of the state's layout, 16 hex digits. */
  readonly hash: string;
  readonly rows: number;
  readonly bytes: number;
  /** Puts a row, or its deletion, into the state as a committed one. */
  apply(key: Buffer, value: Buffer): void;
  clear(): void;
  /** Keys of all rows. */
  keys(): Buffer[];
  /** Makes the next commit write these keys again. */
  markChanged(keys: readonly Buffer[]): void;
  /** Gives what changed since the last commit. Bytes are valid during the call. */
  changes(commitId: number, put: PutRow): void;
  /** All changes are committed. */
  committed(): void;
  /** Gives all rows; there must be no uncommitted change. */
  all(commitId: number, put: PutRow): void;
}

export type PutRow = (key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number, time: number) => void;
