/** What the worker can run: the Datagen connector and the converters, by class name and by Kafka's aliases for it. */
import { avroConverter } from './converters/avro-converter.ts';
import { protobufConverter } from './converters/protobuf-converter.ts';
import type { RegistryOptions, SubjectStrategy } from './converters/registered-schema.ts';
import type { Converter, ConverterContext } from './converters/converter.ts';
import { jsonConverter } from './converters/json-converter.ts';
import { jsonSchemaConverter } from './converters/json-schema-converter.ts';
import {
  booleanConverter,
  byteArrayConverter,
  numberConverter,
  stringConverter,
  stringEncodings,
} from './converters/plain-converters.ts';
import { evaluate, invalidValue } from './config/config-def.ts';
import type { Config, ConfigKey } from './config/config-def.ts';
import { datagenKeys, datagenVersion } from './datagen/datagen-config.ts';
import { kafkaVersion } from './version.ts';

export type PluginType = 'source' | 'sink' | 'converter' | 'header_converter' | 'transformation' | 'predicate';

export interface Plugin {
  readonly class: string;
  readonly type: PluginType;
  readonly version: string;
  readonly keys: readonly ConfigKey[];
}

export interface ConverterPlugin extends Plugin {
  /** `options` have no prefix. */
  readonly create: (options: Config, context: ConverterContext) => Converter;
}

export const datagenClass = 'io.confluent.kafka.connect.datagen.DatagenConnector';
export const datagenTaskClass = 'io.confluent.kafka.connect.datagen.DatagenTask';
export const simpleHeaderConverter = 'org.apache.kafka.connect.storage.SimpleHeaderConverter';

export const datagen: Plugin = { class: datagenClass, type: 'source', version: datagenVersion, keys: datagenKeys };

const converterType: ConfigKey = {
  name: 'converter.type',
  type: 'STRING',
  importance: 'LOW',
  documentation: 'Whether the converter is for keys, values or headers.',
  check: (value) =>
    value === null || ['key', 'value', 'header'].includes(value)
      ? undefined
      : invalidValue(value, 'converter.type', 'String must be one of: key, value, header'),
};

const decimalFormat: ConfigKey = {
  name: 'decimal.format',
  type: 'STRING',
  default: 'BASE64',
  importance: 'LOW',
  documentation: 'How decimals are written: BASE64 (their bytes) or NUMERIC.',
  group: 'Serialization',
  order: 0,
  width: 'MEDIUM',
  displayName: 'Decimal Format',
  check: (value) =>
    value !== null && ['BASE64', 'NUMERIC'].includes(value.toUpperCase())
      ? undefined
      : invalidValue(value, 'decimal.format', 'String must be one of (case insensitive): BASE64, NUMERIC'),
};

const jsonKeys: readonly ConfigKey[] = [
  converterType,
  {
    name: 'schemas.enable',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'HIGH',
    documentation: 'Put the schema beside each value, in an envelope.',
    group: 'Schemas',
    order: 0,
    width: 'MEDIUM',
    displayName: 'Enable Schemas',
  },
  {
    name: 'schemas.cache.size',
    type: 'INT',
    default: '1000',
    importance: 'HIGH',
    documentation: 'How many schemas are kept.',
    group: 'Schemas',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Schema Cache Size',
  },
  {
    name: 'schema.content',
    type: 'STRING',
    default: null,
    importance: 'HIGH',
    documentation: 'The schema of all values; for sinks only.',
    group: 'Schemas',
    order: 2,
    width: 'MEDIUM',
    displayName: 'Schema Content',
  },
  decimalFormat,
  {
    name: 'replace.null.with.default',
    type: 'BOOLEAN',
    default: 'true',
    importance: 'LOW',
    documentation: "Write a field's default where its value is null.",
    group: 'Serialization',
    order: 1,
    width: 'MEDIUM',
    displayName: 'Replace null with default',
  },
];

const stringKeys: readonly ConfigKey[] = [
  converterType,
  {
    name: 'converter.encoding',
    type: 'STRING',
    default: 'UTF-8',
    importance: 'HIGH',
    documentation: 'The character set of the texts, by its Java name.',
    width: 'MEDIUM',
    displayName: 'Encoding',
    check: (value) =>
      value !== null && stringEncodings[value.toUpperCase()] !== undefined
        ? undefined
        : invalidValue(
            value,
            'converter.encoding',
            `This worker knows the encodings ${Object.keys(stringEncodings).join(', ')}`,
          ),
  },
];

const strategies = 'io.confluent.kafka.serializers.subject.';

function strategyKey(side: 'key' | 'value'): ConfigKey {
  return {
    name: `${side}.subject.name.strategy`,
    type: 'STRING',
    default: `${strategies}TopicNameStrategy`,
    importance: 'MEDIUM',
    documentation: `How the subject of the ${side}'s schema is named.`,
    check: (value) =>
      strategyOf(value ?? '') === undefined
        ? invalidValue(value, `${side}.subject.name.strategy`, `Class ${value} could not be found.`)
        : undefined,
  };
}

function strategyOf(name: string): SubjectStrategy | undefined {
  const simple = name.startsWith(strategies) ? name.slice(strategies.length) : '';
  return simple === 'TopicNameStrategy' || simple === 'RecordNameStrategy' || simple === 'TopicRecordNameStrategy'
    ? simple
    : undefined;
}

function flag(name: string, byDefault: boolean, documentation: string): ConfigKey {
  return { name, type: 'BOOLEAN', default: String(byDefault), importance: 'MEDIUM', documentation };
}

/** Keys of the converters that use a registry. */
const registryKeys: readonly ConfigKey[] = [
  {
    name: 'schema.registry.url',
    type: 'LIST',
    importance: 'HIGH',
    documentation: 'Addresses of the Schema Registry, separated by commas.',
    check: (value) =>
      value === '' ? invalidValue('[]', 'schema.registry.url', 'At least one address is needed') : undefined,
  },
  flag('auto.register.schemas', true, 'Register a schema that the registry does not know yet.'),
  refusedWhenTrue(
    'use.latest.version',
    'Write with the newest schema of the subject; not supported.',
    'This worker always writes with the schema of its data; use false',
  ),
];

const avroKeys: readonly ConfigKey[] = [
  ...registryKeys,
  flag('enhanced.avro.schema.support', false, 'Keep enums and package names of records.'),
  flag('connect.meta.data', true, "Write Connect's own attributes (connect.name and the like) into the schema."),
  strategyKey('key'),
  strategyKey('value'),
];

const protobufKeys: readonly ConfigKey[] = [
  ...registryKeys,
  ...['enhanced.protobuf.schema.support', 'scrub.invalid.names', 'optional.for.nullables', 'wrapper.for.nullables'].map(
    (name) =>
      refusedWhenTrue(
        name,
        'Other forms of messages; not supported.',
        'This worker writes the default form; use false',
      ),
  ),
  strategyKey('key'),
  strategyKey('value'),
];

const jsonSchemaKeys: readonly ConfigKey[] = [
  ...registryKeys,
  decimalFormat,
  flag('object.additional.properties', true, 'Objects may have other members than those of the schema.'),
  flag('ignore.default.for.nullables', false, "Write null, not the field's default, where a value is null."),
  flag('use.optional.for.nonrequired', false, 'For sinks only: what is not required is optional.'),
  ...['scrub.invalid.names', 'generalized.sum.type.support'].map((name) =>
    refusedWhenTrue(name, 'Other forms of schemas; not supported.', 'This worker writes the default form; use false'),
  ),
  strategyKey('key'),
  strategyKey('value'),
];

function refusedWhenTrue(name: string, documentation: string, why: string): ConfigKey {
  return {
    ...flag(name, false, documentation),
    check: (value) => (value === 'true' ? invalidValue(value, name, why) : undefined),
  };
}

function registryOptions(options: Readonly<Record<string, string | null>>, context: ConverterContext): RegistryOptions {
  return {
    registryUrl: options['schema.registry.url'] ?? '',
    autoRegister: options['auto.register.schemas'] !== 'false',
    subjectStrategy:
      strategyOf(options[`${context.isKey ? 'key' : 'value'}.subject.name.strategy`] ?? '') ?? 'TopicNameStrategy',
  };
}

/** Options by key, with defaults; without errors, since they were validated before. */
function optionsOf(keys: readonly ConfigKey[], config: Config): Readonly<Record<string, string | null>> {
  return Object.fromEntries(evaluate(keys, config).map(({ value }) => [value.name, value.value]));
}

const connectConverters = 'org.apache.kafka.connect.converters.';

function decimalsOf(options: Readonly<Record<string, string | null>>): 'NUMERIC' | 'BASE64' {
  return options['decimal.format']?.toUpperCase() === 'NUMERIC' ? 'NUMERIC' : 'BASE64';
}

const jsonPlugin = plugin('org.apache.kafka.connect.json.JsonConverter', jsonKeys, (config) => {
  const options = optionsOf(jsonKeys, config);
  return jsonConverter({
    schemasEnable: options['schemas.enable'] !== 'false',
    decimals: decimalsOf(options),
    replaceNull: options['replace.null.with.default'] !== 'false',
  });
});

const stringPlugin = plugin('org.apache.kafka.connect.storage.StringConverter', stringKeys, (config) =>
  stringConverter(stringEncodings[(config['converter.encoding'] ?? 'UTF-8').trim().toUpperCase()]),
);

const numberPlugins = ['Double', 'Float', 'Integer', 'Long', 'Short'].map((kind) =>
  plugin(`${connectConverters}${kind}Converter`, [converterType], () => numberConverter(`${kind}Converter`)),
);

/** Converters of keys and values. */
export const converters: readonly ConverterPlugin[] = [
  {
    ...plugin('io.confluent.connect.avro.AvroConverter', avroKeys, (config, context) => {
      const options = optionsOf(avroKeys, config);
      return avroConverter(
        {
          ...registryOptions(options, context),
          enhanced: options['enhanced.avro.schema.support'] === 'true',
          metaData: options['connect.meta.data'] !== 'false',
        },
        context,
      );
    }),
    version: '8.0.0',
  },
  {
    ...plugin('io.confluent.connect.json.JsonSchemaConverter', jsonSchemaKeys, (config, context) => {
      const options = optionsOf(jsonSchemaKeys, config);
      return jsonSchemaConverter(
        {
          ...registryOptions(options, context),
          decimals: decimalsOf(options),
          replaceNull: options['ignore.default.for.nullables'] !== 'true',
          additionalProperties: options['object.additional.properties'] !== 'false',
        },
        context,
      );
    }),
    version: '8.0.0',
  },
  {
    ...plugin('io.confluent.connect.protobuf.ProtobufConverter', protobufKeys, (config, context) =>
      protobufConverter(registryOptions(optionsOf(protobufKeys, config), context), context),
    ),
    version: '8.0.0',
  },
  plugin(`${connectConverters}BooleanConverter`, [converterType], booleanConverter),
  plugin(`${connectConverters}ByteArrayConverter`, [converterType], byteArrayConverter),
  ...numberPlugins,
  jsonPlugin,
  stringPlugin,
].sort((a, b) => (a.class < b.class ? -1 : 1));

/** Converters of headers: texts of single values by default. */
export const headerConverters: readonly ConverterPlugin[] = [
  ...converters.filter((one) => one.class.startsWith('org.apache.kafka.')),
  plugin(simpleHeaderConverter, [], () => stringConverter()),
]
  .map((one) => ({ ...one, type: 'header_converter' as const }))
  .sort((a, b) => (a.class < b.class ? -1 : 1));

function plugin(
  name: string,
  keys: readonly ConfigKey[],
  create: (options: Config, context: ConverterContext) => Converter,
): ConverterPlugin {
  return { class: name, type: 'converter', version: kafkaVersion, keys, create };
}

/** The plugin that goes by a class name, by its last part, or by that without its kind (`Json` for `…JsonConverter`). */
export function findPlugin<P extends Plugin>(plugins: readonly P[], name: string): P | undefined {
  return plugins.find((one) => {
    const simple = one.class.slice(one.class.lastIndexOf('.') + 1);
    return (
      name === one.class || name === simple || name === simple.replace(/(Connector|HeaderConverter|Converter)$/, '')
    );
  });
}
