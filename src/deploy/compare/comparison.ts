/** A comparison as data: what `--json` writes, and what the table and the page are made from. */
import type { Note } from '../notes.ts';
import type { Differences } from './differences.ts';
import type { QueryResult } from './results.ts';

export type ComparedEngine = 'millrace' | 'flink' | 'spark';

export interface EngineRun {
  readonly engine: ComparedEngine;
  /** With its version. */
  readonly title: string;
  /** From the submission to the first record in a result topic, and to the last; milliseconds. */
  readonly firstResultMs: number;
  readonly totalMs: number;
  /** Largest resident memory of the engine's processes, seen while it ran. */
  readonly memoryBytes: number;
  readonly notes: readonly Note[];
  /** By the query's name. */
  readonly results: Readonly<Record<string, QueryResult>>;
}

/** An engine that could not run the pipeline. */
export interface EngineFailure {
  readonly engine: ComparedEngine;
  readonly title: string;
  readonly reason: string;
}

export interface ComparedQuery {
  readonly name: string;
  readonly kind: 'STREAM' | 'TABLE';
  /** Of each engine but Millrace, whose answers are what the others are held against. */
  readonly differences: Readonly<Partial<Record<ComparedEngine, Differences>>>;
}

export interface Comparison {
  readonly startedMs: number;
  readonly pipeline: string;
  /** Records in the sources, together. */
  readonly records: number;
  readonly machine: string;
  readonly runs: readonly EngineRun[];
  readonly failures: readonly EngineFailure[];
  readonly queries: readonly ComparedQuery[];
}
