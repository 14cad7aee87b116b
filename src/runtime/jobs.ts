/**
 * Running queries, as the gateways see them: start, stop, pause, status, pull and push.
 *
 * The manager lives on the main thread. It owns what only the main thread can do (producing, committing, creating
 * changelog topics); tasks run in worker threads (`worker.ts`) or, without a `Threads` port, in the calling thread.
 */
import type { Clock } from '../core/clock.ts';
import type { Disk } from '../core/disk.ts';
import type { Logger } from '../core/logger.ts';
import type { Random } from '../core/random.ts';
import type { Threads } from '../core/threads.ts';
import type { PhysicalPlan, PlanExpression, PlanLiteral } from '../sql/physical/plan.ts';
import type { RuntimeCluster } from './cluster.ts';
import type { SchemaText } from './program.ts';

/** A value of a result row: BIGINT is bigint when it is not a safe integer, DECIMAL is text, BYTES a Uint8Array. */
export type RowValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly RowValue[]
  | { readonly [name: string]: RowValue };
export type Row = readonly RowValue[];

export interface QueryManagerOptions {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly logger: Logger;
  /** What RANDOM and UUID draw from in tasks of the calling thread; the system's by default. */
  readonly random?: Random;
  /** Absent: tasks run in the calling thread (simulation, unit tests). */
  readonly threads?: Threads;
  /** Worker threads at most; 1 by default. They start with the first query and end with the last. */
  readonly workersMax?: number;
  /** The built `runtime/worker.js`. */
  readonly workerEntry?: URL;
  /** Folder of the local snapshots of state. */
  readonly stateDirectory: string;
  readonly cluster: RuntimeCluster;
  /** Told of everything that goes wrong in a query, as it does. */
  readonly onErrors?: (queryId: string, errors: readonly QueryError[]) => void;
  /** The text of a registered schema. Rejects with `StackError` when there is none. */
  readonly schema: (id: number) => Promise<SchemaText>;
}

export interface QueryConfig {
  readonly processingGuarantee: 'at_least_once' | 'exactly_once_v2';
  /** Default: 2000 ms at-least-once (100 ms at most where every change comes out), 100 ms exactly-once. */
  readonly commitIntervalMs?: number;
  /** Consumer group of the input offsets; `_confluent-ksql-default_query_<ID>` by default. */
  readonly groupId?: string;
  /** Stop the query at the first record that cannot be processed (`ksql.fail.on.deserialization.error`). Default: the plan says. */
  readonly failOnBadRecord?: boolean;
}

export interface StartQuery {
  readonly queryId: string;
  readonly plan: PhysicalPlan;
  readonly config: QueryConfig;
}

/** What went wrong with one record, or with the query. */
export interface QueryError {
  readonly timeMs: number;
  readonly kind: 'record' | 'query';
  readonly message: string;
  /** Of an expression that has no value (`message` says which): why. */
  readonly cause?: string;
  /** The bytes of the record were wrong, not what was made of them. */
  readonly decoding?: boolean;
  readonly topic?: string;
  readonly partition?: number;
  readonly offset?: number;
}

/** Counters of one operator of the plan, in the order source to sink. */
export interface OperatorCounters {
  readonly operator: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  /** Rows left out, by reason (`null-key`, `predicate`, `bad-record`, `late` …). */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface QueryStatus {
  readonly queryId: string;
  readonly state: 'STARTING' | 'RUNNING' | 'PAUSED' | 'ERROR' | 'STOPPED';
  readonly operators: readonly OperatorCounters[];
  /** Next input offset per partition: read so far and committed. */
  readonly positions: readonly { readonly partition: number; readonly position: number; readonly committed: number }[];
  readonly stateRows: number;
  readonly stateBytes: number;
  readonly commits: number;
  readonly restarts: number;
  readonly streamTimeMs: number;
  readonly busyMs: number;
  /** The last errors, oldest first (100 at most). */
  readonly errors: readonly QueryError[];
}

/**
 * A read of a query's table. Expressions address the table's columns: those of the sink's `key`, then of its `value`
 * (then, windowed only, WINDOWSTART and WINDOWEND), last ROWTIME.
 */
export interface PullRequest {
  readonly queryId: string;
  /** Rows of exactly these keys; absent = scan. Each entry has one literal per key column. */
  readonly keys?: readonly (readonly PlanLiteral[])[];
  readonly predicate?: PlanExpression;
  /** Result columns; absent = all but ROWTIME. */
  readonly columns?: readonly PlanExpression[];
  /** So many rows of a scan, in the order in which the sink's records would lie: by partition, then by the bytes of their keys. */
  readonly limit?: number;
}

export interface PushRequest {
  readonly queryId: string;
  /** A plan whose root is a `result-sink`. */
  readonly plan: PhysicalPlan;
  readonly config?: Partial<QueryConfig>;
  /** Rows in order; called with at least one. A row that an `upsert` plan withdraws has one value more than there are columns: true. */
  readonly onRows: (rows: readonly Row[]) => void;
  /** How far the input was read; the rows of all before it were given. Called now and then, and whenever there is nothing more to read. */
  readonly onPositions?: (positions: QueryStatus['positions']) => void;
  /** Called once: the limit was reached, `cancel` was called, or the query failed. */
  readonly onEnd: (error: QueryError | undefined) => void;
}

export interface PushQuery {
  readonly queryId: string;
  cancel(): Promise<void>;
}

export interface QueryManager {
  /** @throws StackError MILLRACE_UNSUPPORTED when no task could run the plan; asks nobody and starts nothing. */
  check(plan: PhysicalPlan): void;
  /** Resolves once the query's state is restored and it reads its input. */
  start(query: StartQuery): Promise<void>;
  /** Ends a query after a last commit; `dispose` also removes its changelog topic, snapshot and group. */
  stop(queryId: string, options?: { readonly dispose?: boolean }): Promise<void>;
  pause(queryId: string): Promise<void>;
  resume(queryId: string): Promise<void>;
  status(queryId: string): QueryStatus | undefined;
  list(): readonly QueryStatus[];
  /** The committed rows of a running query's table. */
  pull(request: PullRequest): Promise<readonly Row[]>;
  push(request: PushRequest): Promise<PushQuery>;
  /** New data in a topic: wakes the tasks that read it. Called by the embedded broker's event. */
  wake(topic: string, partition: number): void;
  /** Commits and ends everything. */
  close(): Promise<void>;
}
