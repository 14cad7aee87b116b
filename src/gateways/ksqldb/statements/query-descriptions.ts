/** Queries as LIST QUERIES, EXPLAIN and DESCRIBE show them. */
import type { QueryStatus } from '../../../runtime/jobs.ts';
import type { PhysicalSink } from '../../../sql/physical/plan.ts';
import type { KsqlContext } from '../context.ts';
import { fieldInfo, schemaInfo } from '../entities.ts';
import type { FieldInfo } from '../entities.ts';
import type { PersistentQuery } from '../persistent-queries.ts';
import { consumerGroupId } from '../query-ids.ts';
import { executionPlanText, topologyText } from './plan-texts.ts';

export interface RunningQuery {
  readonly queryString: string;
  readonly sinks: readonly string[];
  readonly sinkKafkaTopics: readonly string[];
  readonly id: string;
  readonly statusCount: Readonly<Record<string, number>>;
  readonly queryType: 'PERSISTENT' | 'PUSH';
  readonly state: string;
}

export function runningQuery(context: KsqlContext, { query, statementText }: PersistentQuery): RunningQuery {
  const state = context.engine.persistent.stateOf(query.queryId);
  return {
    queryString: statementText,
    sinks: writes(query) ? [query.sink.name] : [],
    sinkKafkaTopics: writes(query) ? [query.sink.topic] : [],
    id: query.queryId,
    statusCount: { [state]: 1 },
    queryType: 'PERSISTENT',
    state,
  };
}

/** The query behind a source table only keeps what it reads. */
function writes({ plan: { root } }: PersistentQuery['query']): boolean {
  return !('silent' in root && root.silent === true);
}

/** All of them, push queries included. */
export function runningQueries(context: KsqlContext): RunningQuery[] {
  const persistent = context.engine.persistent.all().map((one) => runningQuery(context, one));
  const transient = context.transient.all().map(
    ({ queryId: id, statementText: queryString }): RunningQuery => ({
      queryString,
      sinks: [],
      sinkKafkaTopics: [],
      id,
      statusCount: { RUNNING: 1 },
      queryType: 'PUSH',
      state: 'RUNNING',
    }),
  );
  return [...persistent, ...transient];
}

export interface QueryDescription {
  readonly id: string;
  readonly statementText: string;
  readonly windowType: string | null;
  readonly fields: readonly FieldInfo[];
  readonly sources: readonly string[];
  readonly sinks: readonly string[];
  readonly topology: string;
  readonly executionPlan: string;
  readonly overriddenProperties: Readonly<Record<string, string>>;
  readonly ksqlHostQueryStatus: Readonly<Record<string, string>>;
  readonly queryType: 'PERSISTENT' | 'PUSH' | 'PULL';
  readonly queryErrors: readonly { timestamp: number; errorMessage: string; type: string }[];
  readonly tasksMetadata: readonly unknown[];
  readonly consumerGroupId: string | null;
  readonly state: string | null;
}

export function describeQuery(context: KsqlContext, persistent: PersistentQuery): QueryDescription {
  const { query, statementText, overrides, failure } = persistent;
  const { queryId: id, sink, sources } = query;
  const state = context.engine.persistent.stateOf(id);
  const status = context.queries.status(id);
  const errors = (status?.errors ?? []).map(({ timeMs, kind, message }) => ({
    timestamp: timeMs,
    errorMessage: message,
    type: kind === 'record' ? 'USER' : 'SYSTEM',
  }));
  if (failure !== undefined) errors.push({ timestamp: context.clock.now(), errorMessage: failure, type: 'SYSTEM' });
  return {
    id,
    statementText,
    windowType: sink.window?.type ?? null,
    fields: sink.columns.map(fieldInfo),
    sources: sources.map((source) => source.name),
    sinks: writes(query) ? [sink.name] : [],
    topology: topologyText(query.plan.root),
    executionPlan: executionPlanText(query.plan.root, id),
    overriddenProperties: overrides,
    ksqlHostQueryStatus: { [context.host]: state },
    queryType: 'PERSISTENT',
    queryErrors: errors,
    tasksMetadata: tasks(
      status,
      sources.map((source) => source.topic),
    ),
    consumerGroupId: consumerGroupId(id, context.settings),
    state,
  };
}

/** What a query that is only explained looks like. */
export function describeUnstarted(
  statementText: string,
  parts: {
    id?: string;
    columns: readonly { name: string; type: Parameters<typeof schemaInfo>[0] }[];
    sources: readonly string[];
    sinks: readonly string[];
    root?: PhysicalSink;
    /** Of what has no running plan. */
    logical?: string;
    overrides: Readonly<Record<string, string>>;
    queryType: QueryDescription['queryType'];
  },
): QueryDescription {
  return {
    id: parts.id ?? '',
    statementText,
    windowType: null,
    fields: parts.columns.map(({ name, type }) => ({ name, schema: schemaInfo(type) })),
    sources: parts.sources,
    sinks: parts.sinks,
    topology: parts.root === undefined ? '' : topologyText(parts.root),
    executionPlan:
      parts.root === undefined ? (parts.logical ?? '') : executionPlanText(parts.root, parts.id ?? 'transient'),
    overriddenProperties: parts.overrides,
    ksqlHostQueryStatus: {},
    queryType: parts.queryType,
    queryErrors: [],
    tasksMetadata: [],
    consumerGroupId: null,
    state: null,
  };
}

function tasks(status: QueryStatus | undefined, topics: readonly string[]): unknown[] {
  return (status?.positions ?? []).map(({ partition, position, committed }) => ({
    taskId: `0_${partition}`,
    topicOffsets: topics.slice(0, 1).map((topic) => ({
      topicPartitionEntity: { topic, partition },
      endOffset: position,
      committedOffset: committed,
    })),
    timeCurrentIdlingStarted: null,
  }));
}
