/**
 * The physical plan: what the runtime executes, as plain data that can be printed, stored with the query and compared.
 *
 * A plan is a chain of nodes from one source to one sink (joins will give a node two inputs). Columns are addressed by
 * position: each node puts out a row of columns, and the expressions of the node above name them by index. Everything the
 * dialects mean differently is a property here; no node knows which dialect it came from.
 */
import type { SqlType } from '../types.ts';

export interface PhysicalPlan {
  /** Version of this structure, stored with the query. */
  readonly version: 1;
  readonly root: PhysicalSink;
}

export type PhysicalNode = PhysicalSource | PhysicalFilter | PhysicalProject | PhysicalAggregate;

export interface PhysicalColumn {
  readonly name: string;
  readonly type: SqlType;
}

/** How the key or the value of a record is written. `wrapped`: a record or object with named fields, else one bare value. */
export type SerdeFormat =
  | { readonly format: 'NONE' | 'KAFKA'; readonly wrapped: false }
  | { readonly format: 'JSON'; readonly wrapped: boolean }
  | { readonly format: 'DELIMITED'; readonly wrapped: true; readonly delimiter: string }
  | {
      readonly format: 'AVRO';
      readonly wrapped: boolean;
      /** What this side writes with, as registered; absent on a source, where each record names its own schema. */
      readonly writer?: { readonly schemaId: number; readonly schema: string };
    };

/** Where a source column comes from. `name` is the field's name in the format, matched without regard to case. */
export type SourceColumnOrigin =
  | { readonly from: 'key' | 'value'; readonly name: string }
  | { readonly from: 'rowtime' | 'partition' | 'offset' }
  | { readonly from: 'headers' };

export interface PhysicalSource {
  readonly node: 'source';
  readonly topic: string;
  readonly keyFormat: SerdeFormat;
  readonly valueFormat: SerdeFormat;
  /** Every declared column with its place; the compiler decodes those that the plan above uses. */
  readonly columns: readonly (PhysicalColumn & { readonly origin: SourceColumnOrigin })[];
  /** Index of the column whose value is the row's time; absent = the record's timestamp. `format` is a Java pattern for strings. */
  readonly rowtime?: { readonly column: number; readonly format?: string };
  /** `append`: each record is a new row. `upsert`: a record replaces the row of its key, a null value deletes it. */
  readonly changelog: 'append' | 'upsert';
  /** A record that does not decode: note it in the query's error channel and go on, or stop the query. */
  readonly badRecord: 'skip' | 'fail';
  /** A record without key on an `upsert` source is dropped, on an `append` source its key columns are null. */
  readonly autoOffsetReset: 'earliest' | 'latest';
}

export interface PhysicalFilter {
  readonly node: 'filter';
  readonly input: PhysicalNode;
  /** BOOLEAN; a row passes when it is true (not null). */
  readonly predicate: PlanExpression;
  /** On an upsert input, a row that stops passing is withdrawn by a tombstone. */
  readonly changelog: 'append' | 'upsert';
}

export interface PhysicalProject {
  readonly node: 'project';
  readonly input: PhysicalNode;
  readonly columns: readonly (PhysicalColumn & { readonly expression: PlanExpression })[];
}

export interface PhysicalAggregate {
  readonly node: 'aggregate';
  readonly input: PhysicalNode;
  /** The group: at least one expression. */
  readonly keys: readonly (PhysicalColumn & { readonly expression: PlanExpression })[];
  /** A row one of whose key values is null is left out. */
  readonly nullKey: 'drop' | 'keep';
  readonly window?: PlanWindow;
  readonly aggregates: readonly (PhysicalColumn & { readonly aggregate: PlanAggregate })[];
  /**
   * When a changed row comes out: for each input row (`change`), at the commit that covers it unless the cache holds it
   * longer (`commit`), or once when its window closes (`close`). `change` or `commit` is chosen from the query's cache size.
   */
  readonly emit: 'change' | 'commit' | 'close';
  /** Is the row's stream time the highest seen in the group; the row's rowtime when it is put out. */
  readonly rowtime: 'max';
}
// The aggregate's output columns are: keys, then aggregates, then (windowed only) WINDOWSTART BIGINT and WINDOWEND BIGINT.

export type PlanWindow =
  | { readonly type: 'TUMBLING'; readonly sizeMs: number; readonly graceMs: number; readonly retentionMs: number }
  | {
      readonly type: 'HOPPING';
      readonly sizeMs: number;
      readonly advanceMs: number;
      readonly graceMs: number;
      readonly retentionMs: number;
    }
  | { readonly type: 'SESSION'; readonly gapMs: number; readonly graceMs: number; readonly retentionMs: number };

/** One aggregate, already resolved to one meaning: `count:star`, `count:value`, `sum:bigint`, `avg:double` … (`functions/aggregates.ts`). */
export interface PlanAggregate {
  readonly id: string;
  readonly args: readonly PlanExpression[];
}

export type PhysicalSink =
  | {
      readonly node: 'topic-sink';
      readonly input: PhysicalNode;
      readonly topic: string;
      readonly keyFormat: SerdeFormat;
      readonly valueFormat: SerdeFormat;
      /** Input columns that make the record key, with their names in the format; empty = null key. */
      readonly key: readonly SinkColumn[];
      readonly value: readonly SinkColumn[];
      /** Input column that is written as the record's timestamp; absent = the row's time. */
      readonly timestamp?: number;
      /** Windowed keys carry the window behind the key's bytes: start (time windows), or end and start (sessions). */
      readonly windowedKey?: 'time' | 'session';
    }
  | {
      /** A transient (push) query: rows go to whoever asked, as encoded batches of rows. */
      readonly node: 'result-sink';
      readonly input: PhysicalNode;
      /** Input column of each result column. */
      readonly columns: readonly SinkColumn[];
      /** The query completes after so many rows. */
      readonly limit?: number;
    };

export interface SinkColumn extends PhysicalColumn {
  readonly column: number;
}

/** A bound expression over the columns of the node below: names, types, overloads and coercions are settled. */
export type PlanExpression =
  | { readonly kind: 'column'; readonly index: number; readonly type: SqlType }
  | { readonly kind: 'literal'; readonly value: PlanLiteral; readonly type: SqlType }
  /** Three-valued logic. */
  | {
      readonly kind: 'and' | 'or';
      readonly left: PlanExpression;
      readonly right: PlanExpression;
      readonly type: SqlType;
    }
  | { readonly kind: 'not'; readonly operand: PlanExpression; readonly type: SqlType }
  | { readonly kind: 'is-null'; readonly operand: PlanExpression; readonly negated: boolean; readonly type: SqlType }
  | {
      /** Lazy: a branch is evaluated only when its condition is reached and true. */
      readonly kind: 'case';
      readonly branches: readonly { readonly when: PlanExpression; readonly then: PlanExpression }[];
      readonly otherwise?: PlanExpression;
      readonly type: SqlType;
    }
  /** A function resolved to one overload, by its id in the function table (`add:bigint`, `ucase:string`, `compare-lt:double` …). */
  | {
      readonly kind: 'call';
      readonly function: string;
      readonly args: readonly PlanExpression[];
      readonly type: SqlType;
    }
  | { readonly kind: 'cast'; readonly operand: PlanExpression; readonly type: SqlType }
  | { readonly kind: 'field'; readonly operand: PlanExpression; readonly name: string; readonly type: SqlType };

/** BIGINT literals beyond 2^53 and DECIMALs are kept as decimal text, BYTES as base64. */
export type PlanLiteral = null | boolean | number | string;
