/**
 * The door of the ksqlDB dialect: a parsed statement and a catalogue to what is to be done.
 *
 * Planning is a pure function and does nothing itself. What it needs of the world comes in two steps: `schemaNeeds` names the
 * registered schemas that a statement depends on, `planStatement` gets them. What it wants done is in the answer: catalogue
 * changes, topics to create, schemas to register, queries to start. A query whose sink has a registered schema is planned
 * with the schema's text and the id −1; `withSchemaIds` puts in the ids once they are known.
 *
 *   const needs = schemaNeeds(parsed, catalog, session);
 *   const plan = planStatement(parsed, { catalog, session, schemas: await fetch(needs), nextQueryNumber: 7 });
 */
import type { Catalog, CatalogChange } from '../../catalog/catalog.ts';
import type { DataSource } from '../../catalog/source.ts';
import type { PlanExpression, PlanLiteral } from '../../expression.ts';
import type { FunctionContext } from '../../functions/declaration.ts';
import type { FunctionRegistry } from '../../functions/registry.ts';
import type { LogicalSink } from '../../logical/sink.ts';
import type { PhysicalPlan } from '../../physical/plan.ts';
import type { SqlType } from '../../types.ts';
import type { Statement } from './ast.ts';

/** A registered schema that a statement needs to be planned. */
export interface SchemaNeed {
  readonly topic: string;
  readonly side: 'key' | 'value';
  readonly subject: string;
  /** A certain schema instead of the subject's latest. */
  readonly id?: number;
  /** True when the statement cannot be planned without; otherwise it is used when it is there. */
  readonly required: boolean;
}

export interface RegisteredSchema {
  readonly id: number;
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly schemaType: string;
  readonly schema: string;
  /** Schemas that this one imports, by the names under which it does. */
  readonly references?: readonly { readonly name: string; readonly schema: string }[];
}

/** Session settings, keyed by name as users write them (`auto.offset.reset`, `ksql.persistence.default.format.value` …). */
export type SessionSettings = Readonly<Record<string, string>>;

export interface PlanContext {
  readonly catalog: Catalog;
  /** The server's settings with the session's laid over them. */
  readonly session: SessionSettings;
  /** By `subject` of the need; absent entry = there is none. */
  readonly schemas: ReadonlyMap<string, RegisteredSchema>;
  /** The number of the next persistent query. */
  readonly nextQueryNumber: number;
  /** The functions that statements may call; default: the built-in ones. */
  readonly functions?: FunctionRegistry;
  /** Time, chance and ids for functions that are computed at once (INSERT VALUES); absent: those functions are refused. */
  readonly world?: FunctionContext;
  /** Exactly as `SHOW`n later: the statement's text. */
  readonly text: string;
}

export interface ResultColumn {
  readonly name: string;
  readonly type: SqlType;
  /** Key columns are marked in the header of pull queries. */
  readonly key: boolean;
}

export interface TopicNeed {
  readonly topic: string;
  /** Absent: as many as `likeTopic` has, or the server's default. */
  readonly partitions?: number;
  readonly replicas?: number;
  readonly likeTopic?: string;
  readonly config: Readonly<Record<string, string>>;
  /** The topic must be there already (CREATE without PARTITIONS). */
  readonly mustExist: boolean;
}

/** A schema to register before the plan runs. */
export interface SchemaRegistration {
  readonly subject: string;
  readonly side: 'key' | 'value';
  readonly schemaType: 'AVRO' | 'JSON' | 'PROTOBUF';
  readonly schema: string;
  /** The schema is registered already, under this id. */
  readonly id?: number;
  /** Of such a schema: those that it imports. */
  readonly references?: RegisteredSchema['references'];
  /** A source's schema: it is registered only when its subject does not exist yet. */
  readonly onlyIfAbsent?: boolean;
}

export interface PersistentQueryPlan {
  readonly queryId: string;
  readonly plan: PhysicalPlan;
  /** What `plan` was made from: for EXPLAIN, and for deploying the query elsewhere. */
  readonly logical: LogicalSink;
  readonly sources: readonly DataSource[];
  readonly sink: DataSource;
}

/** A value of INSERT VALUES: a literal, or a structure of them. */
export type InsertValue = PlanLiteral | readonly InsertValue[] | { readonly [name: string]: InsertValue };

export type StatementPlan =
  /** DDL: sources, types. `message` is the text of the command status. */
  | {
      readonly do: 'ddl';
      readonly changes: readonly CatalogChange[];
      readonly topic?: TopicNeed;
      readonly registrations: readonly SchemaRegistration[];
      /** For DROP … DELETE TOPIC. */
      readonly deleteTopic?: { readonly topic: string; readonly subjects: readonly string[] };
      /** Queries that end with the source they made. */
      readonly terminate: readonly string[];
      readonly message: string;
      /** `stream/FOO/create`, without the back-ticks of the REST answer. */
      readonly entity: {
        readonly type: 'stream' | 'table' | 'type';
        readonly name: string;
        readonly action: 'create' | 'drop' | 'alter';
      };
    }
  /** CREATE … AS SELECT and INSERT INTO … SELECT. */
  | {
      readonly do: 'start-query';
      readonly changes: readonly CatalogChange[];
      readonly topic?: TopicNeed;
      readonly registrations: readonly SchemaRegistration[];
      readonly query: PersistentQueryPlan;
      /** CREATE OR REPLACE of a running query: its id stays, state and offsets are kept. */
      readonly replaces?: string;
      /** The same definition as the running one: nothing is to be done. */
      readonly unchanged: boolean;
      readonly message: string;
      readonly entity: { readonly type: 'stream' | 'table'; readonly name: string; readonly action: 'create' };
    }
  /** IF NOT EXISTS and IF EXISTS that have nothing to do. */
  | { readonly do: 'nothing'; readonly message: string }
  | {
      readonly do: 'insert-values';
      readonly source: DataSource;
      /** Column values in the order of the source's columns, key columns first; absent columns are null. */
      readonly key: readonly InsertValue[];
      readonly value: readonly InsertValue[];
      readonly rowtimeMs?: number;
      readonly registrations: readonly SchemaRegistration[];
    }
  | {
      readonly do: 'push';
      readonly plan: PhysicalPlan;
      readonly logical: string;
      readonly columns: readonly ResultColumn[];
      readonly sources: readonly DataSource[];
    }
  | {
      readonly do: 'pull';
      /** The persistent query whose table is read. */
      readonly queryId: string;
      readonly source: DataSource;
      /** Look-up of these keys; absent = scan. */
      readonly keys?: readonly (readonly PlanLiteral[])[];
      /** Address the table's columns: key, value, WINDOWSTART and WINDOWEND when windowed, and last ROWTIME. */
      readonly predicate?: PlanExpression;
      readonly select: readonly PlanExpression[];
      readonly columns: readonly ResultColumn[];
      readonly limit?: number;
      readonly logical: string;
    }
  /** A pull query on a stream: the push plan that ends where the topic ends now. */
  | {
      readonly do: 'pull-stream';
      readonly plan: PhysicalPlan;
      readonly logical: string;
      readonly columns: readonly ResultColumn[];
      readonly source: DataSource;
    }
  /** EXPLAIN of a statement: its plan, not carried out. */
  | { readonly do: 'explain'; readonly plan: StatementPlan }
  /** Everything else is the gateway's: LIST, DESCRIBE, SET, PRINT, TERMINATE, connectors … */
  | { readonly do: 'other'; readonly statement: Statement };
