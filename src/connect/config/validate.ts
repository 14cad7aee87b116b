/** A connector's configuration as a whole: framework, converters, connector. Its answer is that of `PUT …/config/validate`. */
import { evaluate } from './config-def.ts';
import type { Config, DefinedValue } from './config-def.ts';
import { sourceConnectorKeys } from './connector-config.ts';
import type { DefaultConverters } from './connector-config.ts';
import { validateDatagen } from '../datagen/datagen-config.ts';
import type { ReadFile } from '../datagen/datagen-config.ts';
import { converters, findPlugin, headerConverters } from '../plugins.ts';
import { evaluateTransforms } from '../transforms/chain.ts';

export interface Validation {
  readonly groups: readonly string[];
  readonly values: readonly DefinedValue[];
  /** All texts, in the order of the keys. */
  readonly errors: readonly string[];
}

const frameworkGroups = [
  'Common',
  'Transforms',
  'Predicates',
  'Error Handling',
  'Topic Creation',
  'Exactly Once Support',
  'offsets.topic',
];

export interface ValidationContext {
  readonly defaults: DefaultConverters;
  readonly readFile: ReadFile;
}

/** `config` may hold nulls, as requests do. */
export function validateConnector(
  config: Readonly<Record<string, string | null>>,
  { defaults, readFile }: ValidationContext,
): Validation {
  const present: Record<string, string> = {};
  const nulls: string[] = [];
  for (const [name, value] of Object.entries(config)) {
    if (value === null) nulls.push(name);
    else present[name] = value;
  }
  const chosen = {
    key: present['key.converter'],
    value: present['value.converter'],
    header: present['header.converter'],
  };
  const framework = evaluate(sourceConnectorKeys(defaults, chosen), present);
  const connector = validateDatagen(present, readFile);
  const ofConverters = (['key', 'value', 'header'] as const).flatMap((side) => validateConverter(side, present));
  const transforms = evaluateTransforms(present);
  const values = [...framework, ...transforms.values, ...connector, ...ofConverters];
  // Kafka gives an error for a null without a definition its own line.
  for (const name of nulls) {
    const known = values.find(({ value }) => value.name === name);
    const error = 'Null value can not be supplied as the configuration value.';
    if (known !== undefined) known.value.errors.splice(0, known.value.errors.length, error);
    else
      values.push({
        key: { name, type: 'STRING', default: null, importance: 'LOW', documentation: '' },
        value: { name, value: null, recommended: [], errors: [error] },
      });
  }
  const groups = [
    ...frameworkGroups,
    ...transforms.groups,
    ...new Set(ofConverters.flatMap(({ key }) => key.group ?? [])),
  ];
  return { groups, values, errors: values.flatMap(({ value }) => value.errors) };
}

/** The options of a converter that the connector names itself; those of the worker's own were looked at when it started. */
function validateConverter(side: 'key' | 'value' | 'header', config: Config): DefinedValue[] {
  const name = config[`${side}.converter`]?.trim();
  if (name === undefined) return [];
  const plugin = findPlugin(side === 'header' ? headerConverters : converters, name);
  const prefix = `${side}.converter.`;
  return evaluate(plugin?.keys ?? [], { [`${prefix}converter.type`]: side, ...config }, prefix);
}
