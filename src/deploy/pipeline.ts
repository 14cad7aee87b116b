/** A file of ksqlDB statements, planned: the sources that it declares and the queries that it makes, as logical plans. */
import { StackError } from '../core/errors.ts';
import { Catalog } from '../sql/catalog/catalog.ts';
import type { DataSource } from '../sql/catalog/source.ts';
import type { ParsedStatement } from '../sql/dialects/ksqldb/ast.ts';
import { parseKsql } from '../sql/dialects/ksqldb/parser.ts';
import type { SchemaRegistration, StatementPlan, TopicNeed } from '../sql/dialects/ksqldb/plan.ts';
import type { LogicalAggregate, LogicalWindow } from '../sql/logical/aggregate.ts';
import type { LogicalNode } from '../sql/logical/node.ts';
import type { LogicalSink } from '../sql/logical/sink.ts';
import type { LogicalSource } from '../sql/logical/source.ts';

export type TopicSink = Extract<LogicalSink, { node: 'topic-sink' }>;

export interface PipelineQuery {
  /** Of the stream or table that it fills. */
  readonly name: string;
  readonly sink: DataSource;
  readonly logical: TopicSink;
  readonly topic?: TopicNeed;
  readonly registrations: readonly SchemaRegistration[];
}

export interface Pipeline {
  readonly statements: readonly ParsedStatement[];
  /** What SET said, in the end. */
  readonly settings: Readonly<Record<string, string>>;
  /** Sources over topics that are there already. */
  readonly sources: readonly DataSource[];
  /** Topics that CREATE … WITH (PARTITIONS) asks for. */
  readonly sourceTopics: readonly TopicNeed[];
  readonly queries: readonly PipelineQuery[];
}

/** Plans one statement, with what the registry says of schemas. */
export type Planner = (
  statement: ParsedStatement,
  context: {
    readonly catalog: Catalog;
    readonly session: Readonly<Record<string, string>>;
    readonly nextQueryNumber: number;
  },
) => Promise<StatementPlan>;

/** @throws SqlSyntaxError, StackError MILLRACE_SQL_INVALID, MILLRACE_UNSUPPORTED */
export async function planPipeline(
  text: string,
  plan: Planner,
  defaults: Readonly<Record<string, string>> = {},
): Promise<Pipeline> {
  const statements = parseKsql(text, { variables: {} });
  let catalog = Catalog.empty;
  const settings: Record<string, string> = { ...defaults };
  const sources: DataSource[] = [];
  const sourceTopics: TopicNeed[] = [];
  const queries: PipelineQuery[] = [];
  for (const parsed of statements) {
    const { statement } = parsed;
    if (statement.kind === 'set') settings[statement.name] = statement.value;
    else if (statement.kind === 'unset') delete settings[statement.name];
    else {
      const planned = await plan(parsed, { catalog, session: settings, nextQueryNumber: queries.length });
      if (planned.do === 'nothing') continue;
      if (planned.do !== 'ddl' && planned.do !== 'start-query') throw notInPipeline(parsed);
      catalog = catalog.with(...planned.changes);
      if (planned.do === 'ddl') {
        for (const change of planned.changes) if (change.change === 'put-source') sources.push(change.source);
        if (planned.topic !== undefined && !planned.topic.mustExist) sourceTopics.push(planned.topic);
      } else {
        const { sink, logical } = planned.query;
        if (logical.node !== 'topic-sink') throw notInPipeline(parsed);
        const { topic, registrations } = planned;
        queries.push({ name: sink.name, sink, logical, registrations, ...(topic && { topic }) });
      }
    }
  }
  if (queries.length === 0)
    throw new StackError(
      'MILLRACE_SQL_INVALID',
      'The file starts no query: it needs a CREATE STREAM … AS SELECT, a CREATE TABLE … AS SELECT or an INSERT INTO … SELECT.',
    );
  return { statements, settings, sources, sourceTopics, queries };
}

function notInPipeline({ statement, maskedText }: ParsedStatement): StackError {
  const { line, column } = statement.span;
  return new StackError(
    'MILLRACE_UNSUPPORTED',
    `line ${line}:${column}: a pipeline is made of SET, CREATE STREAM, CREATE TABLE and INSERT INTO … SELECT; this is another statement: ${maskedText}`,
    { details: { line, column } },
  );
}

/** The sources at the leaves of a plan. */
export function sourcesOf(node: LogicalNode): LogicalSource[] {
  if (node.node === 'source') return [node];
  return node.node === 'join' ? [...sourcesOf(node.left), ...sourcesOf(node.right)] : sourcesOf(node.input);
}

/** The windows by which a plan groups rows. */
export function windowsOf(
  node: LogicalNode,
): { readonly window: LogicalWindow; readonly emission: LogicalAggregate['emission'] }[] {
  if (node.node === 'source') return [];
  if (node.node === 'join') return [...windowsOf(node.left), ...windowsOf(node.right)];
  const below = windowsOf(node.input);
  if (node.node !== 'aggregate' || node.timeWindow === undefined) return below;
  return [{ window: node.timeWindow, emission: node.emission }, ...below];
}

/** Does a condition stand over rows that are replaced later, such as HAVING over a group? */
export function filtersTable(node: LogicalNode): boolean {
  if (node.node === 'source' || node.node === 'join') return false;
  return (node.node === 'filter' && node.changelog === 'upsert') || filtersTable(node.input);
}
