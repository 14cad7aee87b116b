/**
 * The physical plan: what the runtime executes, as plain data that can be printed, stored with the query and compared.
 *
 * A plan is a tree of nodes from sources to one sink; only joins have two inputs. Columns are addressed by position: each
 * node puts out a row of columns, and the expressions of the node above name them by index. Everything the dialects mean
 * differently is a property here; no node knows which dialect it came from.
 *
 * Kinds of node: source, filter, project, aggregate, flat-map, stream-join, lookup-join, table-join, foreign-key-join;
 * expressions are in `../expression.ts`. What a row is besides its columns: a time, a changelog sign (on an `upsert` node a
 * row replaces the one of its key, or withdraws it), and the headers of the record that it came from.
 */
import type { PlanExpression } from '../expression.ts';
import type { NullableRepresentation } from '../protobuf-text.ts';
import type { SqlType } from '../types.ts';

export type { PlanExpression, PlanLiteral } from '../expression.ts';

export interface PhysicalPlan {
  /** Version of this structure, stored with the query. */
  readonly version: 1;
  readonly root: PhysicalSink;
  /** A cast, an argument or an item that fails makes the whole column null; absent: itself alone. */
  readonly failsWhole?: boolean;
}

export type PhysicalNode =
  | PhysicalSource
  | PhysicalFilter
  | PhysicalProject
  | PhysicalAggregate
  | PhysicalFlatMap
  | PhysicalJoin;

/** Nodes with two inputs. */
export type PhysicalJoin = PhysicalStreamJoin | PhysicalLookupJoin | PhysicalTableJoin | PhysicalForeignKeyJoin;

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
      readonly writer?: WriterSchema;
    }
  | {
      /** JSON behind the registry's framing. */
      readonly format: 'JSON_SR';
      readonly wrapped: boolean;
      readonly writer?: WriterSchema;
    }
  | {
      /** Protobuf behind the registry's framing and the indexes of the message. */
      readonly format: 'PROTOBUF';
      readonly wrapped: true;
      readonly writer?: WriterSchema;
      /** Full name of the message that is written; absent: the first one. */
      readonly message?: string;
      readonly nullable?: NullableRepresentation;
    }
  | {
      /** Protobuf without framing: the first message of this schema. */
      readonly format: 'PROTOBUF_NOSR';
      readonly wrapped: true;
      readonly schema: string;
      readonly nullable?: NullableRepresentation;
    };

/** A registered schema. The id is −1 until it is known (`withSchemaIds`). */
export interface WriterSchema {
  readonly schemaId: number;
  readonly schema: string;
  /** Schemas that it imports. */
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

/** Where a source column comes from. `name` is the field's name in the format, matched without regard to case. */
export type SourceColumnOrigin =
  | { readonly from: 'key' | 'value'; readonly name: string }
  | { readonly from: 'rowtime' | 'partition' | 'offset' }
  /** Of a source whose keys carry windows. */
  | { readonly from: 'window-start' | 'window-end' }
  /** All headers, ARRAY<STRUCT<`KEY` STRING, `VALUE` BYTES>>; or the last header of this name, BYTES. */
  | { readonly from: 'headers' }
  | { readonly from: 'header'; readonly name: string };

export interface PhysicalSource {
  readonly node: 'source';
  readonly topic: string;
  readonly keyFormat: SerdeFormat;
  readonly valueFormat: SerdeFormat;
  /** Every declared column with its place; the compiler decodes those that the plan above uses. */
  readonly columns: readonly (PhysicalColumn & { readonly origin: SourceColumnOrigin })[];
  /** Index of the column whose value is the row's time; absent = the record's timestamp. `format` is a Java pattern for strings. */
  readonly rowtime?: { readonly column: number; readonly format?: string; readonly badTime: 'skip' | 'fail' };
  /** Keys carry windows: start (time windows), or end and start (sessions), behind the key's bytes. The window is part of the key. */
  readonly window?: { readonly type: 'TUMBLING' | 'HOPPING' | 'SESSION'; readonly sizeMs?: number };
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
  /** What the processing log says when the predicate fails for a row. */
  readonly failure?: string;
  /** On an upsert input, a row that stops passing is withdrawn by a tombstone. */
  readonly changelog: 'append' | 'upsert';
}

export interface PhysicalProject {
  readonly node: 'project';
  readonly input: PhysicalNode;
  /** `failure`: what the processing log says when the expression fails for a row. */
  readonly columns: readonly (PhysicalColumn & { readonly expression: PlanExpression; readonly failure?: string })[];
}

export interface PhysicalAggregate {
  readonly node: 'aggregate';
  readonly input: PhysicalNode;
  /**
   * The input is a table: a changed row is taken out of its old group and put into its new one (one output when they are the
   * same), a deleted row is taken out. Only aggregates that can be undone get here.
   */
  readonly undo?: boolean;
  /** Rows of one group may lie in several input partitions. Absent: the input's key is the group. */
  readonly exchange?: PlanExchange;
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

// A group key that is one literal (an aggregation without GROUP BY) is one group.

/** Table functions: each input row gives as many rows as the longest result; shorter ones are padded with null. */
export interface PhysicalFlatMap {
  readonly node: 'flat-map';
  readonly input: PhysicalNode;
  /** Results stand behind the input's columns. */
  readonly functions: readonly (PhysicalColumn & {
    /** `explode:…`, `cube_explode:…`; a table function gives an array of values, null is no row. */
    readonly function: string;
    readonly args: readonly PlanExpression[];
  })[];
}

/**
 * Rows must be brought together by a new key, through a topic or in memory. `name` is the step's part of the topic's name
 * (`Aggregate-GroupBy`, `Join-left` …). A task that reads all partitions itself may ignore it.
 */
export interface PlanExchange {
  readonly name: string;
  readonly reason: string;
}

interface JoinInputs {
  readonly left: PhysicalNode;
  readonly right: PhysicalNode;
  readonly leftExchange?: PlanExchange;
  readonly rightExchange?: PlanExchange;
  /** Put out behind the columns of both sides: the join key, of whichever side is there. */
  readonly key: PhysicalColumn;
}
// A join's output columns are: those of the left input, those of the right input, then the key. A missing side is all null.

/** Two streams within a window of time. A row whose key is null is left out (inner) or comes out unmatched (its outer side). */
export interface PhysicalStreamJoin extends JoinInputs {
  readonly node: 'stream-join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  readonly leftKey: PlanExpression;
  readonly rightKey: PlanExpression;
  /** A right row matches a left one at t when its time is in [t − before, t + after]. */
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly graceMs: number;
  /** When an outer side without match comes out: at once, and again when a match comes; or when its window closes. */
  readonly unmatched: 'at-once' | 'on-close';
  /** Keys carry windows, which have to be equal too. */
  readonly windowedKeys?: boolean;
  readonly rowtime: 'max';
}

/** Each row of a stream with the row that a table has for its key at that moment. */
export interface PhysicalLookupJoin extends JoinInputs {
  readonly node: 'lookup-join';
  readonly type: 'INNER' | 'LEFT';
  readonly leftKey: PlanExpression;
  readonly rightKey: PlanExpression;
  readonly windowedKeys?: boolean;
  readonly rowtime: 'left';
}

/** Two tables by their primary keys: a table. A change that leaves both sides empty withdraws the row. */
export interface PhysicalTableJoin extends JoinInputs {
  readonly node: 'table-join';
  readonly type: 'INNER' | 'LEFT' | 'RIGHT' | 'OUTER';
  readonly leftKey: PlanExpression;
  readonly rightKey: PlanExpression;
  readonly windowedKeys?: boolean;
  readonly rowtime: 'max';
}

/** A table with another one that its rows point at: a table with the left one's primary key. */
export interface PhysicalForeignKeyJoin extends JoinInputs {
  readonly node: 'foreign-key-join';
  readonly type: 'INNER' | 'LEFT';
  /** Over the left input. */
  readonly foreignKey: PlanExpression;
  /** The right input's primary key. */
  readonly rightKey: PlanExpression;
  /** Columns of the left input that are its primary key. */
  readonly primaryKey: readonly number[];
  readonly rowtime: 'max';
}

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
  /** What the processing log says when an argument fails for a row, for each. */
  readonly failures?: readonly string[];
  /** COLLECT_LIST, COLLECT_SET: how many values it keeps; all by default. */
  readonly limit?: number;
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
      /** The Java pattern of a `timestamp` that is text. */
      readonly timestampFormat?: string;
      /** Windowed keys carry the window behind the key's bytes: start (time windows), or end and start (sessions). */
      readonly windowedKey?: 'time' | 'session';
      /** With `windowedKey`: the input columns that hold the window's bounds (BIGINT). */
      readonly window?: { readonly start: number; readonly end: number };
      /** What a withdrawn row becomes: a record with null value. Absent: the input is a stream. */
      readonly changelog?: 'append' | 'upsert';
      /** Nothing is written: the table is kept to be read, and `topic` is its source's. */
      readonly silent?: boolean;
    }
  | {
      /** A transient (push) query: rows go to whoever asked, as encoded batches of rows. */
      readonly node: 'result-sink';
      readonly input: PhysicalNode;
      /** Input column of each result column. */
      readonly columns: readonly SinkColumn[];
      /** `upsert`: a withdrawn row is told with its key columns and nulls. */
      readonly changelog?: 'append' | 'upsert';
      /** The query completes after so many rows. */
      readonly limit?: number;
    };

export interface SinkColumn extends PhysicalColumn {
  readonly column: number;
}
