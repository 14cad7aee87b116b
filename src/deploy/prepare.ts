/** What has to be there before a job starts: topics, and the schemas of what is written. */
import type { Admin } from '../client/kafka-client.ts';
import type { SchemaRegistryClient } from '../client/schema-registry.ts';
import { StackError } from '../core/errors.ts';
import { subjectOf } from '../sql/catalog/source.ts';
import { sourcesOf } from './pipeline.ts';
import type { Pipeline, PipelineQuery } from './pipeline.ts';

export interface SinkSchema {
  readonly id: number;
  readonly schema: string;
}

/** @throws StackError MILLRACE_SQL_INVALID when a topic is missing that a query reads */
export async function checkSources(admin: Admin, { sources, sourceTopics }: Pipeline): Promise<void> {
  for (const { topic, name } of sources) {
    if (sourceTopics.some((need) => need.topic === topic && need.partitions !== undefined)) continue;
    if ((await admin.describeTopic(topic)) === undefined)
      throw new StackError('MILLRACE_SQL_INVALID', `The topic ${topic}, which ${name} reads, does not exist.`);
  }
}

/** Creates what is missing; gives the registered schema of each query's value, by the query's name. */
export async function prepare(
  admin: Admin,
  registry: SchemaRegistryClient,
  pipeline: Pipeline,
  sinkTopic: (query: PipelineQuery) => string,
): Promise<ReadonlyMap<string, SinkSchema>> {
  for (const { topic, partitions, replicas, config } of pipeline.sourceTopics)
    if (partitions !== undefined)
      await admin.ensureTopic({
        topic,
        partitions,
        config,
        ...(replicas !== undefined && { replicationFactor: replicas }),
      });
  const schemas = new Map<string, SinkSchema>();
  for (const query of pipeline.queries) {
    await createSinkTopic(admin, query, sinkTopic(query));
    for (const { side, schemaType, schema } of query.registrations) {
      const id = await registry.register(subjectOf(sinkTopic(query), side), { schemaType, schema });
      if (side === 'value') schemas.set(query.name, { id, schema });
    }
  }
  return schemas;
}

async function createSinkTopic(admin: Admin, { topic: need, logical }: PipelineQuery, topic: string): Promise<void> {
  const [first] = sourcesOf(logical.input);
  const like = first === undefined ? undefined : await admin.describeTopic(first.source.topic);
  await admin.ensureTopic({
    topic,
    partitions: need?.partitions ?? like?.partitions ?? -1,
    replicationFactor: need?.replicas ?? like?.replicationFactor ?? -1,
    config: need?.config ?? {},
  });
}
