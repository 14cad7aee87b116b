/** Whose configuration a command line of `kafka-configs` is about, and what shall change. */
import { StackError } from '../../core/errors.ts';
import { fileOf, parseProperties } from './client-config.ts';
import type { Options } from './options.ts';
import type { ToolEnvironment } from './tool.ts';

const entityTypes = [
  'topics',
  'clients',
  'users',
  'brokers',
  'ips',
  'client-metrics',
  'groups',
  'broker-loggers',
] as const;
export type EntityType = (typeof entityTypes)[number];

export interface ConfigEntity {
  readonly type: EntityType;
  /** Empty: the default of the type; absent: all of the type. */
  readonly name: string | undefined;
}

export interface ConfigChanges {
  readonly set: ReadonlyMap<string, string>;
  readonly remove: readonly string[];
}

/** Options that are a type and a name in one. */
const flags: Readonly<Record<string, EntityType>> = {
  topic: 'topics',
  client: 'clients',
  user: 'users',
  broker: 'brokers',
  'broker-logger': 'broker-loggers',
  ip: 'ips',
  'client-metrics': 'client-metrics',
  group: 'groups',
};
const defaultFlags: Readonly<Record<string, EntityType>> = {
  'client-defaults': 'clients',
  'user-defaults': 'users',
  'broker-defaults': 'brokers',
  'ip-defaults': 'ips',
};
const withDefaults: readonly EntityType[] = ['users', 'clients', 'brokers', 'ips'];

/** One entity, or a user and a client. @throws StackError in the words of Kafka's tool */
export function entitiesOf(options: Options): readonly [ConfigEntity, ...ConfigEntity[]] {
  const flagged = Object.keys(flags).filter((flag) => options.has(flag));
  const flaggedDefaults = Object.keys(defaultFlags).filter((flag) => options.has(flag));
  const types = [
    ...options.values('entity-type'),
    ...flagged.map((flag) => flags[flag] as string),
    ...flaggedDefaults.map((flag) => defaultFlags[flag] as string),
  ];
  const names = [
    ...options.values('entity-name'),
    ...(options.has('entity-default') ? [''] : []),
    ...flagged.map((flag) => options.value(flag) as string),
    ...flaggedDefaults.map(() => ''),
  ];
  const twice = types.filter((type, i) => types.indexOf(type) !== i);
  if (twice.length > 0) throw invalid(`Duplicate entity type(s) specified: ${twice.join(',')}`);
  if (!options.has('bootstrap-server') && !options.has('bootstrap-controller'))
    throw invalid('Either --bootstrap-server or --bootstrap-controller must be specified.');
  const known = types.map((type) => {
    const found = entityTypes.find((one) => one === type);
    if (found === undefined)
      throw invalid(
        `Invalid entity type ${type}, the entity type must be one of ${entityTypes.join(', ')} with a --bootstrap-server or --bootstrap-controller argument`,
      );
    return found;
  });
  const [first] = known;
  if (first === undefined) throw invalid('At least one entity type must be specified');
  if (known.length > 1 && !known.every((type) => type === 'users' || type === 'clients'))
    throw invalid("Only 'users' and 'clients' entity types may be specified together");
  const isGeneral = ['entity-name', 'entity-type', 'entity-default'].some((name) => options.has(name));
  if (isGeneral && flagged.length + flaggedDefaults.length > 0)
    throw invalid('--entity-{type,name,default} should not be used in conjunction with specific entity flags');
  if (options.has('bootstrap-server') && options.has('bootstrap-controller'))
    throw invalid('Only one of --bootstrap-server or --bootstrap-controller can be specified');
  checkNames(options, known, names);
  return known.map((type, i) => ({ type, name: names[i] })) as unknown as readonly [ConfigEntity, ...ConfigEntity[]];
}

function checkNames(options: Options, types: readonly EntityType[], names: readonly string[]): void {
  const list = types.join(',');
  const hasName = names.some((name) => name !== '');
  const isOf = (...some: readonly EntityType[]): boolean => types.some((type) => some.includes(type));
  if (isOf('brokers', 'broker-loggers')) {
    const bad = names.find((name) => name !== '' && !/^-?\d+$/.test(name));
    if (bad !== undefined)
      throw invalid(`The entity name for ${types[0]} must be a valid integer broker id, but it is: ${bad}`);
  }
  if (options.has('describe')) {
    if (!isOf(...withDefaults) && options.has('entity-default'))
      throw invalid(`--entity-default must not be specified with --describe of ${list}`);
    if (isOf('broker-loggers') && !hasName)
      throw invalid(`An entity name must be specified with --describe of ${list}`);
    return;
  }
  if (isOf(...withDefaults)) {
    if (names.length === 0)
      throw invalid(
        'An entity-name or default entity must be specified with --alter of users, clients, brokers or ips',
      );
  } else if (!hasName) throw invalid(`An entity name must be specified with --alter of ${list}`);
  if (options.has('add-config') && options.has('add-config-file'))
    throw invalid('Only one of --add-config or --add-config-file must be specified');
  if (!['add-config', 'add-config-file', 'delete-config'].some((name) => options.has(name)))
    throw invalid('At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter');
}

/** What `--add-config`, `--add-config-file` and `--delete-config` say. */
export function configChanges(options: Options, env: ToolEnvironment): ConfigChanges {
  const file = options.value('add-config-file');
  const set = file === undefined ? new Map<string, string>() : parseProperties(fileOf(env, file).toString('utf8'));
  // A comma within brackets parts nothing.
  const outside = '(?=[^\\]]*(?:\\[|$))';
  for (const pair of options.value('add-config')?.split(new RegExp(`,${outside}`)) ?? []) {
    const [name, value, ...more] = pair.split(new RegExp(`\\s*=\\s*${outside}`));
    if (name === undefined || value === undefined || more.length > 0)
      throw invalid(
        'requirement failed: Invalid entity config: all configs to be added must be in the format "key=val" or  "key=[val1,val2]" to group values which contain commas.',
      );
    set.set(name.trim(), value.replace(/[[\]]/g, '').trim());
  }
  for (const name of set.keys()) {
    if (!/^[a-zA-Z0-9._-]*$/.test(name)) throw invalid(`Invalid character found for config key: ${name}`);
  }
  const remove = options.values('delete-config').flatMap((text) => text.split(',').map((name) => name.trim()));
  return { set, remove };
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}
