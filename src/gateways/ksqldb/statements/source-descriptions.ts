/** DESCRIBE: one stream or table, with its topic and the queries around it. */
import { messageOf } from '../../../core/errors.ts';
import type { Catalog } from '../../../sql/catalog/catalog.ts';
import type { DataSource } from '../../../sql/catalog/source.ts';
import type { StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import type { KsqlContext } from '../context.ts';
import { entity, fieldInfo } from '../entities.ts';
import type { KsqlEntity, KsqlWarning } from '../entities.ts';
import { badStatement } from '../errors.ts';
import { consumerGroupId } from '../query-ids.ts';
import { runningQuery } from './query-descriptions.ts';

/** @throws KsqlError 40001 when there is no such source */
export function sourceNamed(catalog: Catalog, name: string, text: string): DataSource {
  const source = catalog.sources.get(name);
  if (source === undefined) throw badStatement(`Could not find STREAM/TABLE '${name}' in the Metastore`, text);
  return source;
}

export async function describeOne(
  context: KsqlContext,
  { name, extended }: StatementOf<'describe-source'>,
  text: string,
): Promise<KsqlEntity> {
  const source = sourceNamed(context.engine.catalog, name, text);
  const { description, warnings } = await describeSource(context, source, extended);
  return entity('sourceDescription', text, { sourceDescription: description }, warnings);
}

export async function describeAll(
  context: KsqlContext,
  { source: kind, extended }: StatementOf<'describe-sources'>,
  text: string,
): Promise<KsqlEntity> {
  const sources = [...context.engine.catalog.sources.values()].filter((one) => one.kind === kind);
  const described = await Promise.all(sources.map((source) => describeSource(context, source, extended)));
  const warnings = described.flatMap((one) => one.warnings);
  return entity('source_descriptions', text, { sourceDescriptions: described.map((one) => one.description) }, warnings);
}

export async function describeSource(
  context: KsqlContext,
  source: DataSource,
  extended: boolean,
): Promise<{ description: Readonly<Record<string, unknown>>; warnings: KsqlWarning[] }> {
  const { catalog, persistent } = context.engine;
  const warnings: KsqlWarning[] = [];
  const running = (ids: readonly { readonly id: string }[]): unknown[] =>
    ids.flatMap(({ id }) => {
      const query = persistent.get(id);
      return query === undefined ? [] : [runningQuery(context, query)];
    });
  const writers = catalog.writersOf(source.name);
  const topic = await context.kafka.admin.describeTopic(source.topic).catch((error: unknown) => {
    warnings.push({ message: `Error from Kafka: ${messageOf(error)}` });
    return undefined;
  });
  if (topic === undefined && warnings.length === 0)
    warnings.push({ message: `Error from Kafka: This server does not host this topic-partition.` });
  const description = {
    name: source.name,
    windowType: source.window?.type ?? null,
    readQueries: running(catalog.readersOf(source.name)),
    writeQueries: running(writers),
    fields: source.columns.map(fieldInfo),
    type: source.kind,
    timestamp: source.timestamp?.column ?? '',
    statistics: extended
      ? statistics(
          context,
          writers.map((one) => one.id),
        )
      : '',
    errorStats: '',
    extended,
    keyFormat: source.keyFormat.format,
    valueFormat: source.valueFormat.format,
    topic: source.topic,
    partitions: topic?.partitions ?? 0,
    replication: topic?.replicationFactor ?? 0,
    statement: source.sqlText,
    queryOffsetSummaries: extended
      ? await offsetSummaries(
          context,
          writers.map((one) => one.id),
        )
      : [],
    sourceConstraints: catalog
      .readersOf(source.name)
      .filter((one) => one.kind === 'CREATE_AS')
      .map((one) => one.sink),
    clusterStatistics: [],
    clusterErrorStats: [],
  };
  return { description, warnings };
}

/** Rows that the writing queries put out so far. */
function statistics(context: KsqlContext, queryIds: readonly string[]): string {
  const rows = queryIds.map((id) => context.queries.status(id)?.operators.at(-1)?.rowsOut ?? 0);
  return queryIds.length === 0 ? '' : `total-messages: ${rows.reduce((sum, one) => sum + one, 0)}`;
}

/** How far the writing queries have read their inputs. */
async function offsetSummaries(context: KsqlContext, queryIds: readonly string[]): Promise<unknown[]> {
  const summaries: unknown[] = [];
  for (const id of queryIds) {
    const topics = context.engine.persistent.get(id)?.query.sources.map((source) => source.topic) ?? [];
    const groupId = consumerGroupId(id, context.settings);
    const topicSummaries = await Promise.all(
      topics.map(async (kafkaTopic) => ({ kafkaTopic, offsets: await partitionOffsets(context, kafkaTopic, groupId) })),
    );
    summaries.push({ groupId, topicSummaries });
  }
  return summaries;
}

async function partitionOffsets(context: KsqlContext, topic: string, group: string): Promise<unknown[]> {
  const { admin } = context.kafka;
  const partitions = (await admin.describeTopic(topic))?.partitions ?? 0;
  const committed = await admin.committed(group, topic);
  return await Promise.all(
    Array.from({ length: partitions }, async (_, partition) => {
      const { earliest, latest } = await admin.offsets(topic, partition);
      return {
        partition,
        logStartOffset: earliest,
        logEndOffset: latest,
        consumerOffset: committed.get(partition) ?? 0,
      };
    }),
  );
}
