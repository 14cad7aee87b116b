/** `kafka-configs` for users, clients and IP addresses: quotas. */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';
import type { ConfigChanges, ConfigEntity } from './config-entities.ts';
import { javaDouble } from '../../formats/java-numbers.ts';
import { checkCode } from './java-errors.ts';

type QuotaEntry = NonNullable<ResponseBody<'DescribeClientQuotas'>['entries']>[number];

/** What the protocol calls the types of entities, and what the tool prints. */
const kinds = {
  users: { type: 'user', text: 'user-principal' },
  clients: { type: 'client-id', text: 'client-id' },
  ips: { type: 'ip', text: 'ip' },
} as const;

const rates: readonly string[] = [
  'consumer_byte_rate',
  'controller_mutation_rate',
  'producer_byte_rate',
  'request_percentage',
];
const matches = { exact: 0, default: 1, any: 2 };

function kindOf({ type }: ConfigEntity): (typeof kinds)[keyof typeof kinds] {
  return kinds[type as keyof typeof kinds];
}

export async function describeQuotas(client: KafkaClient, entities: readonly ConfigEntity[]): Promise<string> {
  const quotas = (await quotasOf(client, entities)).map(({ entity, values }) => {
    const names = Object.values(kinds).flatMap(({ type, text }) => {
      const found = entity.find(({ entityType }) => entityType === type);
      if (found === undefined) return [];
      return [found.entityName === null ? `the default ${text}` : `${text} '${found.entityName}'`];
    });
    const sorted = [...values].sort((a, b) => (a.key < b.key ? -1 : 1));
    const configs = sorted.map(({ key, value }) => `${key}=${javaDouble(value)}`);
    return `Quota configs for ${names.join(', ')} are ${configs.join(', ')}\n`;
  });
  return `${quotas.join('')}${await credentials(client, entities)}`;
}

async function quotasOf(client: KafkaClient, entities: readonly ConfigEntity[]): Promise<readonly QuotaEntry[]> {
  const answer = await client.request('DescribeClientQuotas', {
    components: entities.map((entity) => {
      const { name } = entity;
      const entityType = kindOf(entity).type;
      if (name === undefined) return { entityType, matchType: matches.any, match: null };
      return name === ''
        ? { entityType, matchType: matches.default, match: null }
        : { entityType, matchType: matches.exact, match: name };
    }),
    strict: true,
  });
  checkCode(answer.errorCode, answer.errorMessage);
  return answer.entries ?? [];
}

const mechanisms = ['UNKNOWN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;

/** The SCRAM credentials of users, without their secrets. */
async function credentials(client: KafkaClient, [entity, ...more]: readonly ConfigEntity[]): Promise<string> {
  if (entity?.type !== 'users' || more.length > 0 || entity.name === '') return '';
  const users = entity.name === undefined ? [] : [{ name: entity.name }];
  const answer = await client.request('DescribeUserScramCredentials', { users });
  checkCode(answer.errorCode, answer.errorMessage);
  return answer.results
    .filter(({ credentialInfos }) => credentialInfos.length > 0)
    .map(({ user, credentialInfos }) => {
      const infos = credentialInfos.map(
        ({ mechanism, iterations }) => `${mechanisms[mechanism]}=iterations=${iterations}`,
      );
      return `SCRAM credential configs for user-principal '${user}' are ${infos.join(', ')}\n`;
    })
    .join('');
}

export async function alterQuotas(
  client: KafkaClient,
  entities: readonly [ConfigEntity, ...ConfigEntity[]],
  { set, remove }: ConfigChanges,
): Promise<void> {
  const { type } = entities[0];
  if (type === 'users' && [...set.keys(), ...remove].some((name) => name.startsWith('SCRAM-')))
    throw new StackError(
      'MILLRACE_UNSUPPORTED',
      'SCRAM credentials are not set by this tool; the broker takes connections without them.',
    );
  checkNames(type, entities.length, [...set.keys()], 'added');
  checkNames(type, entities.length, remove, 'deleted');
  const known = new Set((await quotasOf(client, entities)).flatMap(({ values }) => values.map(({ key }) => key)));
  const missing = remove.filter((name) => !known.has(name));
  if (missing.length > 0) throw new StackError('MILLRACE_CONFIG_INVALID', `Invalid config(s): ${missing.join(',')}`);
  const answer = await client.request('AlterClientQuotas', {
    entries: [
      {
        entity: entities.map((entity) => ({ entityType: kindOf(entity).type, entityName: entity.name || null })),
        ops: [
          ...Array.from(set, ([key, value]) => ({ key, value: double(key, value), remove: false })),
          ...remove.map((key) => ({ key, value: 0, remove: true })),
        ],
      },
    ],
    validateOnly: false,
  });
  const [result] = answer.entries;
  checkCode(result?.errorCode, result?.errorMessage);
}

function checkNames(
  type: ConfigEntity['type'],
  count: number,
  names: readonly string[],
  what: 'added' | 'deleted',
): void {
  if (type === 'ips') {
    const unknown = names.filter((name) => name !== 'connection_creation_rate');
    if (unknown.length > 0)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Only connection quota configs can be added for 'ips' using --bootstrap-server. Unexpected config names: ${unknown.join(',')}`,
      );
    return;
  }
  const unknown = names.filter((name) => !rates.includes(name));
  if (unknown.length === 0) return;
  const allowed = type === 'clients' || count === 2 ? 'quota configs' : 'quota and SCRAM credential configs';
  throw new StackError(
    'MILLRACE_CONFIG_INVALID',
    `Only ${allowed} can be ${what} for '${count === 2 ? 'clients' : type}' using --bootstrap-server. Unexpected config names: ${what === 'added' ? `Set(${unknown.join(', ')})` : `ArrayBuffer(${unknown.join(', ')})`}`,
  );
}

function double(key: string, value: string): number {
  const number = Number(value);
  if (value.trim() !== '' && !Number.isNaN(number)) return number;
  throw new StackError('MILLRACE_CONFIG_INVALID', `Cannot parse quota configuration value for ${key}: ${value}`);
}
