/** A connector's transformations: the keys that its `transforms` and `predicates` bring, and the chain that its records go through. */
import { evaluate, listOf, missingValue } from '../config/config-def.ts';
import type { Config, ConfigKey, DefinedValue } from '../config/config-def.ts';
import { ConnectException } from '../errors.ts';
import { kafkaVersion } from '../version.ts';
import { predicates } from './predicates.ts';
import { PluginValues } from './transformation.ts';
import type { Predicate, PredicatePlugin, Transform, TransformationPlugin } from './transformation.ts';
import { transformations } from './transformations.ts';

type AnyPlugin = TransformationPlugin | PredicatePlugin;

interface Kind {
  /** `transforms` */
  readonly property: 'transforms' | 'predicates';
  /** `Transforms` */
  readonly group: string;
  readonly title: string;
  readonly plugins: readonly AnyPlugin[];
  readonly javaInterface: string;
}

const kinds: readonly Kind[] = [
  {
    property: 'transforms',
    group: 'Transforms',
    title: 'Transformation',
    plugins: transformations,
    javaInterface: 'Transformation',
  },
  { property: 'predicates', group: 'Predicates', title: 'Predicate', plugins: predicates, javaInterface: 'Predicate' },
];

/** All plugins of both kinds. */
const everything: readonly AnyPlugin[] = [...transformations, ...predicates];

/** By full name, or by the last part of one that is no half of a pair (`Filter`, `TopicNameMatches`). */
function pluginNamed(name: string): AnyPlugin | undefined {
  return everything.find(
    (plugin) => plugin.class === name || (!plugin.class.includes('$') && plugin.class.endsWith(`.${name}`)),
  );
}

/** What a validation says about them: the keys of each alias, in order, and the groups that they make. */
export function evaluateTransforms(config: Config): { readonly groups: string[]; readonly values: DefinedValue[] } {
  const groups: string[] = [];
  const values: DefinedValue[] = [];
  for (const kind of kinds) {
    for (const alias of new Set(listOf(config[kind.property] ?? ''))) {
      groups.push(`${kind.group}: ${alias}`);
      values.push(...evaluateAlias(kind, alias, config));
    }
  }
  return { groups, values };
}

function evaluateAlias(kind: Kind, alias: string, config: Config): DefinedValue[] {
  const prefix = `${kind.property}.${alias}.`;
  const group = `${kind.group}: ${alias}`;
  const named = config[`${prefix}type`]?.trim();
  const plugin = named === undefined ? undefined : pluginNamed(named);
  const fits = plugin !== undefined && kind.plugins.includes(plugin);
  const place = (order: number, displayName: string): Partial<ConfigKey> => ({
    group,
    order,
    width: 'LONG',
    displayName,
  });
  const keys: ConfigKey[] = [
    {
      name: `${prefix}type`,
      type: 'CLASS',
      importance: 'HIGH',
      documentation: `The class of ${alias}.`,
      ...place(0, `${kind.title} type for ${alias}`),
      recommended: kind.plugins.map((one) => one.class),
      classOf: (name) => pluginNamed(name)?.class ?? (halvesOf(kind, name).length > 0 ? name : undefined),
      check: (value) => typeProblem(kind, alias, value, plugin, fits, config),
    },
    {
      name: `${prefix}plugin.version`,
      type: 'STRING',
      default: fits ? kafkaVersion : null,
      importance: 'HIGH',
      documentation: 'The version of the plugin; this worker has one of each.',
      ...place(1, `${kind.title} version for ${alias}`),
      recommended: fits ? [kafkaVersion] : [],
    },
  ];
  if (!fits) return evaluate(keys, config);
  const own = [...plugin.keys, ...(kind.property === 'transforms' ? conditionKeys : [])]
    .sort((one, other) => (rankOf(one) < rankOf(other) ? -1 : 1))
    .map((one, i) => ({ ...one, group, order: i + 2, displayName: one.name }));
  return [...evaluate(keys, config), ...evaluate(own, config, prefix, { fullNames: true })];
}

/** Keys without a default come first, then those that matter most, then by name. */
function rankOf({ name, importance, default: byDefault }: ConfigKey): string {
  return `${byDefault === undefined ? 0 : 1}${['HIGH', 'MEDIUM', 'LOW'].indexOf(importance)}${name}`;
}

/** When a transformation applies. */
const conditionKeys: readonly ConfigKey[] = [
  {
    name: 'negate',
    type: 'BOOLEAN',
    default: 'false',
    importance: 'MEDIUM',
    documentation: 'Apply it where the predicate does not hold.',
  },
  {
    name: 'predicate',
    type: 'STRING',
    default: null,
    importance: 'MEDIUM',
    documentation: 'The alias of the predicate under which it applies.',
  },
];

function typeProblem(
  kind: Kind,
  alias: string,
  value: string | null,
  plugin: AnyPlugin | undefined,
  fits: boolean,
  config: Config,
): string | undefined {
  if (value === null) return undefined;
  const halves = halvesOf(kind, value);
  if (halves.length > 0) return `This class is abstract and cannot be created. Did you mean ${halves.join(', ')}?`;
  if (plugin !== undefined && !fits)
    return `Class class ${plugin.class} does not implement the ${kind.javaInterface} interface`;
  const prefix = `${kind.property}.${alias}.`;
  if (
    config[`${prefix}negate`] !== undefined &&
    config[`${prefix}predicate`] === undefined &&
    kind.property === 'transforms'
  )
    return `Config '${prefix}negate' was provided but there is no config '${prefix}predicate' defining a predicate to be negated.`;
  return undefined;
}

/** `InsertField` stands for two classes, and is none itself. */
function halvesOf({ plugins }: Kind, name: string): string[] {
  return plugins.flatMap((plugin) => (plugin.class.startsWith(`${name}$`) ? [plugin.class] : []));
}

/**
 * The chain of a connector; undefined when it has none.
 * @throws ConnectException for values that do not go together
 */
export function transformChain(config: Config): Transform | undefined {
  const stages = listOf(config['transforms'] ?? '').map((alias) => stage(alias, config));
  if (stages.length === 0) return undefined;
  return (record) => {
    let current: ReturnType<Transform> = record;
    for (const apply of stages) {
      current = apply(current);
      if (current === null) return null;
    }
    return current;
  };
}

function stage(alias: string, config: Config): Transform {
  const prefix = `transforms.${alias}.`;
  const plugin = transformations.find((one) => one === pluginNamed(config[`${prefix}type`]?.trim() ?? ''));
  if (plugin === undefined) throw new ConnectException(missingValue(`${prefix}type`));
  let transform: Transform;
  try {
    transform = plugin.create(valuesOf(plugin, config, prefix));
  } catch (error) {
    throw wrapped(error);
  }
  const named = config[`${prefix}predicate`];
  if (named === undefined) return transform;
  const holds = predicateNamed(named.trim(), config);
  const negate = config[`${prefix}negate`]?.trim().toLowerCase() === 'true';
  return (record) => (holds(record) === negate ? record : transform(record));
}

function predicateNamed(alias: string, config: Config): Predicate {
  const prefix = `predicates.${alias}.`;
  const isDeclared = listOf(config['predicates'] ?? '').includes(alias);
  const plugin = isDeclared
    ? predicates.find((one) => one === pluginNamed(config[`${prefix}type`]?.trim() ?? ''))
    : undefined;
  if (plugin === undefined)
    throw wrapped(
      new ConnectException(`Unknown configuration '${prefix}type'`, {
        javaClass: 'org.apache.kafka.common.config.ConfigException',
      }),
    );
  return plugin.create(valuesOf(plugin, config, prefix));
}

function valuesOf(plugin: AnyPlugin, config: Config, prefix: string): PluginValues {
  const values = evaluate(plugin.keys, config, prefix).map(
    ({ value }) => [value.name.slice(prefix.length), value.value] as const,
  );
  return new PluginValues(new Map(values));
}

/** As the real worker wraps what a plugin throws while it is configured. */
function wrapped(error: unknown): unknown {
  if (!(error instanceof ConnectException)) return error;
  return new ConnectException(`${error.javaClass}: ${error.message}`, { cause: error });
}
