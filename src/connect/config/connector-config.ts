/** The keys that every source connector has, whatever it connects to. */
import { listOf, atLeast, invalidValue, oneOf, oneOfAnyCase } from './config-def.ts';
import type { ConfigKey } from './config-def.ts';
import { converters, datagen, findPlugin, headerConverters } from '../plugins.ts';
import type { ConverterPlugin } from '../plugins.ts';

/** Classes that the worker uses where a connector names none. */
export interface DefaultConverters {
  readonly key: string;
  readonly value: string;
  readonly header: string;
}

type Attributes = Pick<ConfigKey, 'importance' | 'group' | 'order' | 'width' | 'displayName'>;

function place(
  importance: ConfigKey['importance'],
  group: string,
  order: number,
  width: ConfigKey['width'],
  displayName: string,
): Attributes {
  return { importance, group, order, ...(width === undefined ? {} : { width }), displayName };
}

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const controlCharacters = /[\u0000-\u001f\u007f-\u009f]/;

function nameProblem(value: string | null): string | undefined {
  if (value === null) return undefined;
  if (value === '') return invalidValue(value, 'name', 'String may not be empty');
  if (controlCharacters.test(value)) {
    const codes = [...value].filter((c) => controlCharacters.test(c)).map((c) => c.charCodeAt(0));
    return invalidValue(
      value,
      'name',
      `String may not contain control sequences but had the following ASCII chars: ${codes.join(', ')}`,
    );
  }
  return undefined;
}

function versionKey(
  name: string,
  version: string | null,
  importance: ConfigKey['importance'],
  order: number,
  width: ConfigKey['width'],
  displayName: string,
  pluginClass: string,
): ConfigKey {
  return {
    name,
    type: 'STRING',
    default: version,
    ...place(importance, 'Common', order, width, displayName),
    documentation: 'The version of the plugin; this worker has one of each.',
    ...(version === null ? {} : { recommended: [version] }),
    check: (value) =>
      value === null || version === null || value === version
        ? undefined
        : `Plugin ${pluginClass} not found that matches the version range [${value},${value}], available versions: [${version}]`,
  };
}

function converterKeys(
  side: 'key' | 'value' | 'header',
  order: number,
  title: string,
  byDefault: string,
  plugins: readonly ConverterPlugin[],
  chosen: string | undefined,
): ConfigKey[] {
  const plugin = findPlugin(plugins, chosen ?? byDefault);
  return [
    {
      name: `${side}.converter`,
      type: 'CLASS',
      default: byDefault,
      ...place('LOW', 'Common', order, 'SHORT', `${title} converter class`),
      documentation: `The converter between Connect's data and the bytes of the ${side === 'header' ? 'headers' : side} in Kafka.`,
      recommended: plugins.map((one) => one.class),
      classOf: (name) => findPlugin(plugins, name)?.class,
    },
    versionKey(
      `${side}.converter.plugin.version`,
      plugin?.version ?? null,
      'LOW',
      order + 1,
      'SHORT',
      `${title} converter version`,
      plugin?.class ?? '',
    ),
  ];
}

/** A list of names of which none comes twice. */
function aliases(name: string): NonNullable<ConfigKey['check']> {
  return (value) => {
    const given = listOf(value);
    return new Set(given).size < given.length
      ? invalidValue(`[${given.join(', ')}]`, name, 'Duplicate alias provided.')
      : undefined;
  };
}

/** Keys of the framework, in the order in which a validation lists them. `chosen` are the converters that the connector names. */
export function sourceConnectorKeys(
  defaults: DefaultConverters,
  chosen: {
    readonly key?: string | undefined;
    readonly value?: string | undefined;
    readonly header?: string | undefined;
  },
): readonly ConfigKey[] {
  return [
    {
      name: 'name',
      type: 'STRING',
      ...place('HIGH', 'Common', 1, 'MEDIUM', 'Connector name'),
      documentation: 'The name of the connector, which no other one has.',
      check: nameProblem,
    },
    {
      name: 'connector.class',
      type: 'STRING',
      ...place('HIGH', 'Common', 2, 'LONG', 'Connector class'),
      documentation: `The connector's class, by its full name or a short one: ${datagen.class}, DatagenConnector or Datagen.`,
    },
    versionKey('connector.plugin.version', datagen.version, 'MEDIUM', 3, 'MEDIUM', 'Connector version', datagen.class),
    {
      name: 'tasks.max',
      type: 'INT',
      default: '1',
      ...place('HIGH', 'Common', 4, 'SHORT', 'Tasks max'),
      documentation: 'How many tasks the connector may have.',
      check: atLeast('tasks.max', 1),
    },
    {
      name: 'tasks.max.enforce',
      type: 'BOOLEAN',
      default: 'true',
      ...place('LOW', 'Common', 5, 'SHORT', 'Enforce tasks max'),
      documentation: 'Fail a connector that wants more tasks than it may have.',
    },
    ...converterKeys('key', 6, 'Key', defaults.key, converters, chosen.key),
    ...converterKeys('value', 8, 'Value', defaults.value, converters, chosen.value),
    ...converterKeys('header', 10, 'Header', defaults.header, headerConverters, chosen.header),
    {
      name: 'transforms',
      type: 'LIST',
      default: '',
      ...place('LOW', 'Transforms', 12, 'LONG', 'Transforms'),
      documentation: 'Aliases of transformations that each record goes through, in this order.',
      check: aliases('transforms'),
    },
    {
      name: 'predicates',
      type: 'LIST',
      default: '',
      ...place('LOW', 'Predicates', 13, 'LONG', 'Predicates'),
      documentation: 'Aliases of the conditions that transformations name.',
      check: aliases('predicates'),
    },
    {
      name: 'config.action.reload',
      type: 'STRING',
      default: 'restart',
      ...place('LOW', 'Common', 14, 'MEDIUM', 'Reload Action'),
      documentation: 'What a change of an outside configuration does: none or restart.',
      check: oneOf('config.action.reload', ['none', 'restart']),
    },
    ...errorKeys,
    {
      name: 'topic.creation.groups',
      type: 'LIST',
      default: '',
      ...place('LOW', 'Topic Creation', 1, 'LONG', 'Topic Creation Groups'),
      documentation: 'Groups of settings for the topics that the connector creates.',
      check: aliases('topic.creation.groups'),
    },
    ...exactlyOnceKeys,
    {
      name: 'offsets.storage.topic',
      type: 'STRING',
      default: null,
      ...place('LOW', 'offsets.topic', 1, 'LONG', 'Offsets topic'),
      documentation: "A topic of the connector's own for its offsets; not supported.",
      check: (value) => {
        if (value === null) return undefined;
        if (value === '') return invalidValue(value, 'offsets.storage.topic', 'String must be non-empty');
        return invalidValue(
          value,
          'offsets.storage.topic',
          'This worker keeps all offsets in its own topic; leave the key away',
        );
      },
    },
  ];
}

const errorKeys: readonly ConfigKey[] = [
  {
    name: 'errors.retry.timeout',
    type: 'LONG',
    default: '0',
    ...place('MEDIUM', 'Error Handling', 1, 'MEDIUM', 'Retry Timeout for Errors'),
    documentation: 'How long a failed conversion is tried again, in milliseconds; −1: without end.',
  },
  {
    name: 'errors.retry.delay.max.ms',
    type: 'LONG',
    default: '60000',
    ...place('MEDIUM', 'Error Handling', 2, 'MEDIUM', 'Maximum Delay Between Retries for Errors'),
    documentation: 'The longest pause between two tries, in milliseconds.',
  },
  {
    name: 'errors.tolerance',
    type: 'STRING',
    default: 'none',
    ...place('MEDIUM', 'Error Handling', 3, 'SHORT', 'Error Tolerance'),
    documentation: 'none: a record that cannot be converted fails the task; all: it is skipped.',
    check: oneOf('errors.tolerance', ['none', 'all']),
  },
  {
    name: 'errors.log.enable',
    type: 'BOOLEAN',
    default: 'false',
    ...place('MEDIUM', 'Error Handling', 4, 'SHORT', 'Log Errors'),
    documentation: 'Log each record that cannot be converted.',
  },
  {
    name: 'errors.log.include.messages',
    type: 'BOOLEAN',
    default: 'false',
    ...place('MEDIUM', 'Error Handling', 5, 'SHORT', 'Log Error Details'),
    documentation: 'Log where the record was to go as well.',
  },
];

const notExactlyOnce = [
  'This worker does not have exactly-once source support enabled.',
  'The connector does not implement the API required for preflight validation of exactly-once source support. Please consult the documentation for the connector to determine whether it supports exactly-once semantics, and then consider reconfiguring the connector to use the value "requested" for this property (which will disable this preflight check and allow the connector to be created).',
];

const exactlyOnceKeys: readonly ConfigKey[] = [
  {
    name: 'exactly.once.support',
    type: 'STRING',
    default: 'requested',
    ...place('MEDIUM', 'Exactly Once Support', 2, 'SHORT', 'Exactly once support'),
    documentation: 'requested or required; the Datagen connector offers none.',
    check: (value) =>
      oneOfAnyCase('exactly.once.support', ['REQUIRED', 'REQUESTED'])(value) ??
      (value?.toUpperCase() === 'REQUIRED' ? notExactlyOnce : undefined),
  },
  {
    name: 'transaction.boundary',
    type: 'STRING',
    default: 'poll',
    ...place('MEDIUM', 'Exactly Once Support', 3, 'SHORT', 'Transaction Boundary'),
    documentation: 'Where transactions end if there were any: interval, poll or connector.',
    check: oneOfAnyCase('transaction.boundary', ['INTERVAL', 'POLL', 'CONNECTOR']),
  },
  {
    name: 'transaction.boundary.interval.ms',
    type: 'LONG',
    default: null,
    ...place('LOW', 'Exactly Once Support', 4, 'SHORT', 'Transaction boundary interval'),
    documentation: 'How often transactions end with the boundary interval, in milliseconds.',
    check: (value) => (value === null ? undefined : atLeast('transaction.boundary.interval.ms', 0)(value)),
  },
];
