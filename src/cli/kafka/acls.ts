/**
 * `kafka-acls`: lists, adds and removes access control lists. Our broker has no authorizer and answers as Kafka without one does;
 * with a real one behind `--bootstrap-server` the lists are its own.
 */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import type { ResponseBody } from '../../wire/codecs.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { aclOperations, entryText, resourceEntriesOf, resourcesOf, resourceText, wildcard } from './acl-bindings.ts';
import type { AclEntry, AclResource } from './acl-bindings.ts';
import { readConfig } from './client-config.ts';
import { checkCode, javaError } from './java-errors.ts';
import { lineGroups } from './lines.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  add: { help: 'Add access control lists.' },
  'allow-host': {
    argument: 'String: allow-host',
    help: 'The host that the allowed principals may come from. (default: *)',
  },
  'allow-principal': { argument: 'String: allow-principal', help: "Who is allowed: type:name, as User:'*'." },
  'bootstrap-controller': { argument: 'String: controller to connect to', help: 'The controller(s) to connect to.' },
  'bootstrap-server': { argument: 'String: server to connect to', help: 'The server(s) to connect to.' },
  cluster: { help: 'The cluster as the resource.' },
  'command-config': {
    argument: 'String: command-config',
    optional: true,
    help: 'A file with properties of the client.',
  },
  consumer: { help: 'What a consumer needs: READ and DESCRIBE on topics, READ on groups.' },
  'delegation-token': {
    argument: 'String: delegation-token',
    help: 'The delegation token as the resource; * for all.',
  },
  'deny-host': {
    argument: 'String: deny-host',
    help: 'The host that the denied principals may come from. (default: *)',
  },
  'deny-principal': { argument: 'String: deny-principal', help: 'Who is denied: type:name.' },
  force: { help: 'Answer every question with yes.' },
  group: { argument: 'String: group', help: 'The consumer group as the resource; * for all.' },
  help: { help: 'Print usage information.' },
  idempotent: { help: 'With --producer: IDEMPOTENT_WRITE on the cluster too.' },
  list: { help: 'List access control lists.' },
  operation: {
    argument: 'String',
    help: `What is allowed or denied: ${aclOperations.slice(wildcard + 1).join(', ')}. (default: ALL)`,
  },
  principal: { argument: 'String: principal', optional: true, help: 'With --list: only these principals.' },
  producer: { help: 'What a producer needs: WRITE, DESCRIBE and CREATE on topics.' },
  remove: { help: 'Remove access control lists.' },
  'resource-pattern-type': {
    argument: 'String',
    help: 'How names of resources are meant: ANY, MATCH, LITERAL, PREFIXED. (default: LITERAL)',
  },
  topic: { argument: 'String: topic', help: 'The topic as the resource; * for all.' },
  'transactional-id': {
    argument: 'String: transactional-id',
    help: 'The transactional id as the resource; * for all.',
  },
  'user-principal': { argument: 'String: user-principal', help: 'A user as the resource: type:name.' },
  version: { help: 'Display Kafka version.' },
};

export const acls: KafkaTool = {
  intro: 'This tool helps to manage acls on kafka.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    check(options);
    const server = options.value('bootstrap-server') ?? (options.value('bootstrap-controller') as string);
    try {
      const config = readConfig(env, [options.value('command-config')]);
      return await withClient(env, server, config, (client) => {
        if (options.has('add')) return add(client, options, env);
        return options.has('remove') ? remove(client, options, env) : list(client, options, env);
      });
    } catch (error) {
      if (!(error instanceof StackError) || error instanceof UsageError) throw error;
      const text = error instanceof KafkaError ? javaError(error) : messageOf(error);
      env.out(`Error while executing ACL command: ${text}\n`);
      return 1;
    }
  },
};

function check(options: Options): void {
  if (options.has('bootstrap-server') && options.has('bootstrap-controller'))
    throw new UsageError('Only one of --bootstrap-server or --bootstrap-controller must be specified');
  if (!options.has('bootstrap-server') && !options.has('bootstrap-controller'))
    throw new UsageError('One of --bootstrap-server or --bootstrap-controller must be specified');
  if (['add', 'remove', 'list'].filter((action) => options.has(action)).length !== 1)
    throw new UsageError('Command must include exactly one action: --list, --add, --remove. ');
  const hosts = ['allow-host', 'allow-principal', 'deny-host', 'deny-principal'];
  const excluded: Readonly<Record<string, readonly string[]>> = {
    list: ['producer', 'consumer', ...hosts],
    producer: ['operation', 'deny-principal', 'deny-host'],
    consumer: ['operation', 'deny-principal', 'deny-host'],
  };
  for (const [option, others] of Object.entries(excluded)) {
    const other = options.has(option) ? others.find((one) => options.has(one)) : undefined;
    if (other !== undefined) throw new UsageError(`Option "[${option}]" can't be used with option "[${other}]"`);
  }
  if (options.has('principal') && !options.has('list'))
    throw new UsageError('The --principal option is only available if --list is set');
  if (options.has('producer') && !options.has('topic'))
    throw new UsageError('With --producer you must specify a --topic');
  if (options.has('idempotent') && !options.has('producer'))
    throw new UsageError('The --idempotent option is only available if --producer is set');
  const alone = !options.has('producer') && (options.has('cluster') || options.has('transactional-id'));
  if (options.has('consumer') && (!options.has('topic') || !options.has('group') || alone))
    throw new UsageError(
      'With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should be specified.',
    );
}

async function add(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const pattern = options.value('resource-pattern-type')?.toUpperCase() ?? 'LITERAL';
  if (pattern !== 'LITERAL' && pattern !== 'PREFIXED')
    throw new UsageError(`A '--resource-pattern-type' value of '${pattern}' is not valid when adding acls.`);
  const wanted = resourceEntriesOf(options);
  if (wanted.some(({ entries }) => entries.length === 0))
    throw new UsageError('You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.');
  for (const { resource, entries } of wanted) {
    const { patternType, ...named } = resource;
    const existing = new Set((await entriesIn(client, resource)).map(entryText));
    const pattern = resourceText(resource);
    for (const text of entries.map(entryText).filter((one) => existing.has(one)))
      env.out(`Acl (pattern=${pattern}, entry=${text}) already exists.\n`);
    const missing = entries.filter((entry) => !existing.has(entryText(entry)));
    if (missing.length === 0) continue;
    env.out(`Adding ACLs for resource \`${pattern}\`: \n ${lines(missing)}\n\n`);
    const answer = await client.request('CreateAcls', {
      creations: missing.map((entry) => ({ ...named, resourcePatternType: patternType, ...entry })),
    });
    for (const { errorCode, errorMessage } of answer.results) checkCode(errorCode, errorMessage);
  }
  return 0;
}

async function remove(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  for (const { resource, entries } of resourceEntriesOf(options)) {
    const name = `resource filter \`${resourceText(resource)}\``;
    const question =
      entries.length === 0
        ? `Are you sure you want to delete all ACLs for ${name}? (y/n)`
        : `Are you sure you want to remove ACLs: \n ${lines(entries)}\n from ${name}? (y/n)`;
    if (!options.has('force') && !(await isSure(question, env))) continue;
    const { resourceType, resourceName, patternType } = resource;
    const every = { principal: null, host: null, operation: wildcard, permissionType: wildcard };
    const answer = await client.request('DeleteAcls', {
      filters: (entries.length === 0 ? [every] : entries).map((entry) => ({
        resourceTypeFilter: resourceType,
        resourceNameFilter: resourceName,
        patternTypeFilter: patternType,
        principalFilter: entry.principal,
        hostFilter: entry.host,
        operation: entry.operation,
        permissionType: entry.permissionType,
      })),
    });
    for (const { errorCode, errorMessage } of answer.filterResults) checkCode(errorCode, errorMessage);
  }
  return 0;
}

async function isSure(question: string, env: ToolEnvironment): Promise<boolean> {
  env.out(`${question}\n`);
  for await (const [line] of lineGroups(env.stdin)) return line?.toString('utf8').trim().toLowerCase() === 'y';
  return false;
}

async function list(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const found = await aclsOf(client, options);
  const print = (isWanted: (entry: AclEntry) => boolean): void => {
    for (const [resource, all] of found) {
      const entries = all.filter(isWanted);
      if (entries.length > 0) env.out(`Current ACLs for resource \`${resource}\`:\n${lines(entries)}\n\n`);
    }
  };
  const principals = options.values('principal');
  if (principals.length === 0) print(() => true);
  for (const principal of principals) {
    env.out(`ACLs for principal \`${principal}\`\n`);
    print((entry) => entry.principal === principal);
  }
  return 0;
}

/** The lists of the resources that the options name, or of all, by the text of their resource. */
async function aclsOf(client: KafkaClient, options: Options): Promise<Map<string, AclEntry[]>> {
  const named = resourcesOf(options);
  const everything = { resourceType: wildcard, resourceName: null, patternType: wildcard };
  const found = new Map<string, AclEntry[]>();
  for (const filter of named.length === 0 ? [everything] : named) {
    for (const { acls: entries, ...resource } of await describe(client, filter)) {
      const name = resourceText(resource);
      found.set(name, [...(found.get(name) ?? []), ...entries]);
    }
  }
  return found;
}

async function entriesIn(client: KafkaClient, resource: AclResource): Promise<readonly AclEntry[]> {
  return (await describe(client, resource)).flatMap(({ acls: entries }) => entries);
}

type Filter = Omit<AclResource, 'resourceName'> & { readonly resourceName: string | null };

async function describe(
  client: KafkaClient,
  { resourceType, resourceName, patternType }: Filter,
): Promise<ResponseBody<'DescribeAcls'>['resources']> {
  const answer = await client.request('DescribeAcls', {
    resourceTypeFilter: resourceType,
    resourceNameFilter: resourceName,
    patternTypeFilter: patternType,
    principalFilter: null,
    hostFilter: null,
    operation: wildcard,
    permissionType: wildcard,
  });
  checkCode(answer.errorCode, answer.errorMessage);
  return answer.resources;
}

function lines(entries: readonly AclEntry[]): string {
  return entries.map((entry) => `\t${entryText(entry)}`).join('\n');
}
