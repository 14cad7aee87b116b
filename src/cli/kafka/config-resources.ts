/** `kafka-configs` for topics, brokers, their loggers, groups and client metrics. */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient, RequestTarget } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';
import type { ConfigChanges, ConfigEntity, EntityType } from './config-entities.ts';
import { listAllGroups } from './group-facts.ts';
import { checkCode } from './java-errors.ts';
import { brokersOf, topicsMetadata } from './tables.ts';

type Entry = ResponseBody<'DescribeConfigs'>['results'][number]['configs'][number];

/** The protocol's number of a type of resource, and the source of what was set for one of it. */
const resources: Partial<Record<EntityType, { readonly type: number; readonly source?: number }>> = {
  topics: { type: 2, source: 1 },
  brokers: { type: 4, source: 2 },
  'broker-loggers': { type: 8 },
  'client-metrics': { type: 16, source: 7 },
  groups: { type: 32, source: 8 },
};
const defaultBrokerSource = 3;

const sources = [
  'UNKNOWN',
  'DYNAMIC_TOPIC_CONFIG',
  'DYNAMIC_BROKER_CONFIG',
  'DYNAMIC_DEFAULT_BROKER_CONFIG',
  'STATIC_BROKER_CONFIG',
  'DEFAULT_CONFIG',
  'DYNAMIC_BROKER_LOGGER_CONFIG',
  'DYNAMIC_CLIENT_METRICS_CONFIG',
  'DYNAMIC_GROUP_CONFIG',
] as const;

export async function describeResources(
  client: KafkaClient,
  { type, name }: ConfigEntity,
  all: boolean,
): Promise<string> {
  const singular = type.replace(/s$/, '');
  const known = name === undefined || name !== '' ? await namesOf(client, type) : [''];
  if (name !== undefined && name !== '' && !known.includes(name))
    return `The ${singular} '${name}' doesn't exist and doesn't have dynamic config.\n`;
  let text = '';
  for (const one of name === undefined ? known : [name]) {
    const entries = await entriesOf(client, type, one, all);
    const what =
      one === ''
        ? `Default configs for ${type} in the cluster`
        : `${all ? 'All' : 'Dynamic'} configs for ${singular} ${one}`;
    text += `${what} are:\n${entries.map(line).join('')}`;
  }
  return text;
}

async function namesOf(client: KafkaClient, type: EntityType): Promise<readonly string[]> {
  switch (type) {
    case 'topics':
      return (await topicsMetadata(client, null)).map((topic) => topic.name ?? '');
    case 'brokers':
    case 'broker-loggers':
      return [...(await brokersOf(client)).map(({ nodeId }) => String(nodeId)), ''];
    case 'groups': {
      const groups = (await listAllGroups(client)).map(({ group }) => group);
      return [...new Set([...groups, ...(await configured(client, type))])];
    }
    default:
      return configured(client, type);
  }
}

/** Names that something was set for. */
async function configured(client: KafkaClient, type: EntityType): Promise<readonly string[]> {
  const { type: resourceType } = resourceOf(type);
  const answer = await client.request('ListConfigResources', { resourceTypes: [resourceType] });
  checkCode(answer.errorCode);
  return answer.configResources.map(({ resourceName }) => resourceName);
}

function resourceOf(type: EntityType): { readonly type: number; readonly source?: number } {
  const found = resources[type];
  if (found === undefined) throw new StackError('MILLRACE_CONFIG_INVALID', `Unsupported entity type: ${type}`);
  return found;
}

async function entriesOf(client: KafkaClient, type: EntityType, name: string, all: boolean): Promise<Entry[]> {
  const { type: resourceType, source } = resourceOf(type);
  const answer = await client.request(
    'DescribeConfigs',
    { resources: [{ resourceType, resourceName: name, configurationKeys: null }], includeSynonyms: true },
    undefined,
    nodeFor(type, name),
  );
  const [result] = answer.results;
  checkCode(result?.errorCode, result?.errorMessage);
  const wanted = type === 'brokers' && name === '' ? defaultBrokerSource : source;
  return (result?.configs ?? [])
    .filter(({ configSource }) => all || wanted === undefined || configSource === wanted)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What one broker is configured to only that broker tells. */
function nodeFor(type: EntityType, name: string): RequestTarget | undefined {
  return (type === 'brokers' || type === 'broker-loggers') && name !== '' ? { node: Number(name) } : undefined;
}

function line({ name, value, isSensitive, synonyms }: Entry): string {
  const all = synonyms.map((one) => `${sources[one.source] ?? 'UNKNOWN'}:${one.name}=${one.value ?? 'null'}`);
  return `  ${name}=${value ?? 'null'} sensitive=${isSensitive} synonyms={${all.join(', ')}}\n`;
}

const operations = { set: 0, remove: 1 };

export async function alterResource(
  client: KafkaClient,
  { type, name = '' }: ConfigEntity,
  { set, remove }: ConfigChanges,
): Promise<void> {
  if (type === 'broker-loggers') {
    const loggers = (await entriesOf(client, type, name, true)).map((entry) => entry.name);
    const unknown = [...remove, ...set.keys()].filter((logger) => !loggers.includes(logger));
    if (unknown.length > 0)
      throw new StackError('MILLRACE_CONFIG_INVALID', `Invalid broker logger(s): ${unknown.join(',')}`);
  }
  const answer = await client.request(
    'IncrementalAlterConfigs',
    {
      resources: [
        {
          resourceType: resourceOf(type).type,
          resourceName: name,
          configs: [
            ...Array.from(set, ([key, value]) => ({ name: key, configOperation: operations.set, value })),
            ...remove.map((key) => ({ name: key, configOperation: operations.remove, value: '' })),
          ],
        },
      ],
      validateOnly: false,
    },
    undefined,
    nodeFor(type, name),
  );
  const [result] = answer.responses;
  checkCode(result?.errorCode, result?.errorMessage);
}
