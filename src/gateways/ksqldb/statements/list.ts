/** LIST and SHOW: what the server and the cluster hold. */
import type { StatementOf } from '../../../sql/dialects/ksqldb/ast.ts';
import type { KsqlContext, Session } from '../context.ts';
import { effectiveSettings } from '../context.ts';
import { entity, schemaInfo, sourceInfo } from '../entities.ts';
import type { KsqlEntity } from '../entities.ts';
import { definitionOf, settingOf } from '../properties.ts';
import type { Settings } from '../properties.ts';
import { propertyDefinitions } from '../property-definitions.ts';
import { describeQuery, runningQueries } from './query-descriptions.ts';
import { describeSource } from './source-descriptions.ts';

export async function listSources(
  context: KsqlContext,
  { kind, extended }: StatementOf<'list-streams' | 'list-tables'>,
  text: string,
): Promise<KsqlEntity> {
  const wanted = kind === 'list-streams' ? 'STREAM' : 'TABLE';
  const sources = [...context.engine.catalog.sources.values()].filter((source) => source.kind === wanted);
  if (!extended)
    return entity(`${wanted.toLowerCase()}s`, text, { [`${wanted.toLowerCase()}s`]: sources.map(sourceInfo) });
  const described = await Promise.all(sources.map((source) => describeSource(context, source, true)));
  return entity('source_descriptions', text, { sourceDescriptions: described.map((one) => one.description) });
}

export async function listTopics(
  context: KsqlContext,
  { all, extended }: StatementOf<'list-topics'>,
  text: string,
): Promise<KsqlEntity> {
  const hidden = hiddenTopics(context.settings);
  const topics = [...(await context.kafka.admin.topics())]
    .filter((topic) => all || !hidden(topic.topic))
    .sort((a, b) => (a.topic < b.topic ? -1 : 1));
  const infos = topics.map(({ topic: name, partitions, replicationFactor }) => ({
    name,
    replicaInfo: Array.from({ length: partitions }, () => replicationFactor),
  }));
  if (!extended) return entity('kafka_topics', text, { topics: infos });
  const readers = consumerCounts(context);
  const counted = infos.map((info) => ({
    ...info,
    consumerCount: readers(info.name),
    consumerGroupCount: readers(info.name),
  }));
  return entity('kafka_topics_extended', text, { topics: counted });
}

/** Topics that LIST TOPICS leaves out, from the server's list of names and patterns. */
function hiddenTopics(settings: Settings): (topic: string) => boolean {
  const patterns = (settingOf('ksql.hidden.topics', settings) ?? '').split(',').filter((one) => one.trim() !== '');
  const expressions = patterns.map((pattern) => new RegExp(`^(?:${pattern.trim()})$`));
  return (topic) => expressions.some((expression) => expression.test(topic));
}

/** Groups of our own queries that read a topic; each has one consumer. Groups of others are not looked into. */
function consumerCounts(context: KsqlContext): (topic: string) => number {
  const read = context.engine.persistent.all().flatMap(({ query }) => query.sources.map((source) => source.topic));
  return (topic) => read.filter((one) => one === topic).length;
}

export async function listQueries(
  context: KsqlContext,
  { extended }: StatementOf<'list-queries'>,
  text: string,
): Promise<KsqlEntity> {
  if (!extended) return entity('queries', text, { queries: runningQueries(context) });
  const queryDescriptions = context.engine.persistent.all().map((one) => describeQuery(context, one));
  return entity('query_descriptions', text, { queryDescriptions });
}

export function listProperties(context: KsqlContext, session: Session, text: string): KsqlEntity {
  const effective = effectiveSettings(context, session);
  const names = new Set(
    [...propertyDefinitions.values()].filter((one) => one.default !== undefined).map((one) => one.name),
  );
  for (const name of Object.keys(effective)) if (definitionOf(name) !== undefined) names.add(name);
  const properties = [...names].sort().map((name) => ({
    name: shownName(name),
    scope: 'KSQL',
    value: hide(name, settingOf(name, effective)),
    editable: definitionOf(name)?.used === true && definitionOf(name)?.immutable !== true,
    level: queryLevel.has(name) ? 'QUERY' : 'SERVER',
  }));
  const overwritten = [...session.settings].filter(([name, value]) => settingOf(name, context.settings) !== value);
  const defaults = [...names].filter((name) => settingOf(name, effective) === propertyDefinitions.get(name)?.default);
  return entity('properties', text, {
    properties,
    overwrittenProperties: overwritten.map(([name]) => shownName(name)),
    defaultProperties: defaults.map(shownName),
  });
}

const queryLevel = new Set([
  'auto.offset.reset',
  'processing.guarantee',
  'cache.max.bytes.buffering',
  'commit.interval.ms',
]);

function shownName(name: string): string {
  return name.startsWith('ksql.') ? name : `ksql.streams.${name}`;
}

function hide(name: string, value: string | undefined): string | null {
  if (value === undefined) return null;
  return /password|secret|credential|jaas|\bkey\.pem|basic\.auth/i.test(name) ? '[hidden]' : value;
}

export function listTypes(context: KsqlContext, text: string): KsqlEntity {
  const types = [...context.engine.catalog.types].map(([name, type]) => [name, schemaInfo(type)]);
  return entity('type_list', text, { types: Object.fromEntries(types) });
}

export function listVariables(session: Session, text: string): KsqlEntity {
  const variables = [...session.variables].map(([name, value]) => ({ name, value }));
  return entity('variables', text, { variables });
}
