/** What a command line of `kafka-acls` names: resources, and who may do what to them; and how Kafka's tool writes both. */
import { StackError } from '../../core/errors.ts';
import { UsageError } from './options.ts';
import type { Options } from './options.ts';

/** The names of the protocol's numbers, from 0 on. */
const resourceTypes = [
  'UNKNOWN',
  'ANY',
  'TOPIC',
  'GROUP',
  'CLUSTER',
  'TRANSACTIONAL_ID',
  'DELEGATION_TOKEN',
  'USER',
] as const;
const patternTypes = ['UNKNOWN', 'ANY', 'MATCH', 'LITERAL', 'PREFIXED'] as const;
export const aclOperations = [
  'UNKNOWN',
  'ANY',
  'ALL',
  'READ',
  'WRITE',
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
  'CREATE_TOKENS',
  'DESCRIBE_TOKENS',
  'TWO_PHASE_COMMIT',
] as const;
const permissions = ['UNKNOWN', 'ANY', 'DENY', 'ALLOW'] as const;

/** `Any` of the protocol: in a filter for every operation, and for every permission. */
export const wildcard = 1;

type ResourceType = (typeof resourceTypes)[number];
type Operation = (typeof aclOperations)[number];

/** What can be done to a resource, beside ALL. */
const supported: Partial<Record<ResourceType, readonly Operation[]>> = {
  TOPIC: ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  GROUP: ['READ', 'DELETE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'],
  CLUSTER: ['CREATE', 'ALTER', 'DESCRIBE', 'CLUSTER_ACTION', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS', 'IDEMPOTENT_WRITE'],
  TRANSACTIONAL_ID: ['WRITE', 'DESCRIBE', 'TWO_PHASE_COMMIT'],
  DELEGATION_TOKEN: ['DESCRIBE'],
  USER: ['CREATE_TOKENS', 'DESCRIBE_TOKENS'],
};

export interface AclResource {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly patternType: number;
}

export interface AclEntry {
  readonly principal: string;
  readonly host: string;
  readonly operation: number;
  readonly permissionType: number;
}

/** A resource and what the command line says of it. */
export interface ResourceEntries {
  readonly resource: AclResource;
  readonly entries: readonly AclEntry[];
}

/** The resources that the options name; `--list` may name none. */
export function resourcesOf(options: Options): readonly AclResource[] {
  const typed = options.value('resource-pattern-type')?.toUpperCase() ?? 'LITERAL';
  const patternType = patternTypes.findIndex((name) => name === typed && name !== 'UNKNOWN');
  if (patternType < 0)
    throw new UsageError(
      `Cannot parse argument '${options.value('resource-pattern-type')}' of option resource-pattern-type`,
    );
  const named = (option: string, type: ResourceType): AclResource[] =>
    options.values(option).map((name) => ({ ...resource(type, name.trim()), patternType }));
  const cluster = typed === 'LITERAL' && (options.has('cluster') || options.has('idempotent'));
  return [
    ...named('topic', 'TOPIC'),
    ...(cluster ? [resource('CLUSTER', 'kafka-cluster')] : []),
    ...named('group', 'GROUP'),
    ...named('transactional-id', 'TRANSACTIONAL_ID'),
    ...named('delegation-token', 'DELEGATION_TOKEN'),
    ...named('user-principal', 'USER'),
  ];
}

/** What `--add` and `--remove` are about. @throws UsageError in the words of Kafka's tool */
export function resourceEntriesOf(options: Options): readonly ResourceEntries[] {
  const resources = resourcesOf(options);
  if (resources.length === 0)
    throw new UsageError(
      'You must provide at least one resource: --topic <topic> or --cluster or --group <group> or --delegation-token <Delegation Token ID>',
    );
  const isOf = (...types: readonly ResourceType[]): readonly AclResource[] =>
    resources.filter(({ resourceType }) => types.includes(resourceTypes[resourceType] ?? 'UNKNOWN'));
  const wanted: { readonly resource: AclResource; readonly allowed: readonly Operation[] }[] = [];
  const want = (list: readonly AclResource[], ...allowed: readonly Operation[]): void =>
    void wanted.push(...list.map((one) => ({ resource: one, allowed })));
  if (options.has('producer')) {
    want(isOf('TOPIC'), 'WRITE', 'DESCRIBE', 'CREATE');
    want(isOf('TRANSACTIONAL_ID'), 'WRITE', 'DESCRIBE');
    if (options.has('idempotent')) want([resource('CLUSTER', 'kafka-cluster')], 'IDEMPOTENT_WRITE');
  }
  if (options.has('consumer')) {
    want(isOf('TOPIC'), 'READ', 'DESCRIBE');
    want(isOf('GROUP'), 'READ');
  }
  if (!options.has('producer') && !options.has('consumer')) want(resources, ...operationsOf(options));
  return wanted.map(({ resource: one, allowed }) => {
    const entries = entriesOf(options, allowed);
    if (entries.length > 0) checkOperations(one, allowed);
    return { resource: one, entries };
  });
}

function checkOperations({ resourceType }: AclResource, wanted: readonly Operation[]): void {
  const type = resourceTypes[resourceType] ?? 'UNKNOWN';
  const valid: readonly Operation[] = [...(supported[type] ?? []), 'ALL'];
  if (wanted.some((operation) => !valid.includes(operation)))
    throw new UsageError(`ResourceType ${type} only supports operations [${valid.join(', ')}]`);
}

function resource(type: ResourceType, resourceName: string): AclResource {
  return { resourceType: resourceTypes.indexOf(type), resourceName, patternType: patternTypes.indexOf('LITERAL') };
}

function operationsOf(options: Options): readonly Operation[] {
  const typed = options.values('operation');
  if (typed.length === 0) return ['ALL'];
  return typed.map((text) => {
    const bare = text.trim().replaceAll('_', '').toUpperCase();
    return aclOperations.slice(wildcard + 1).find((name) => name.replaceAll('_', '') === bare) ?? 'UNKNOWN';
  });
}

function entriesOf(options: Options, allowed: readonly Operation[]): AclEntry[] {
  const entries: AclEntry[] = [];
  for (const [word, permission] of [
    ['allow', 'ALLOW'],
    ['deny', 'DENY'],
  ] as const) {
    const hosts = options.values(`${word}-host`).map((host) => host.trim());
    for (const principal of options.values(`${word}-principal`)) {
      if (!/^[^:]+:./.test(principal.trim()))
        throw new StackError(
          'MILLRACE_CONFIG_INVALID',
          `expected a string in format principalType:principalName but got ${principal}`,
        );
      for (const operation of allowed) {
        for (const host of hosts.length === 0 ? ['*'] : hosts) {
          entries.push({
            principal: principal.trim(),
            host,
            operation: aclOperations.indexOf(operation),
            permissionType: permissions.indexOf(permission),
          });
        }
      }
    }
  }
  return entries;
}

export function resourceText({ resourceType, resourceName, patternType }: AclResource): string {
  return `ResourcePattern(resourceType=${resourceTypes[resourceType]}, name=${resourceName}, patternType=${patternTypes[patternType]})`;
}

export function entryText({ principal, host, operation, permissionType }: AclEntry): string {
  return `(principal=${principal}, host=${host}, operation=${aclOperations[operation]}, permissionType=${permissions[permissionType]})`;
}
