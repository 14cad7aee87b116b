/** Configurations as DescribeConfigs and CreateTopics show them: each value, where it comes from, and what lies behind it. */
import type { Input, ResponseBody } from '../../wire/codecs.ts';
import type { Services } from '../services.ts';
import { brokerConfigs } from './broker-config.ts';
import type { BrokerConfig } from './broker-config.ts';
import { configSources, configTypeCodes } from './definition.ts';
import type { ConfigDefinition } from './definition.ts';
import { clientMetricsConfigs, groupConfigs } from './other-configs.ts';
import { brokerValue, topicConfigs } from './topic-config.ts';

export interface Synonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

export interface DescribedConfig {
  readonly definition: ConfigDefinition;
  readonly value: string | null;
  readonly source: number;
  readonly readOnly: boolean;
  /** All values that there are for the key, the one that holds first. */
  readonly synonyms: readonly Synonym[];
}

/** What the broker says about one of its keys, the strongest first; the default last, if there is one. */
function brokerSynonyms(config: BrokerConfig, name: string, fallback?: string | null): Synonym[] {
  const found: Synonym[] = [];
  const add = (value: string | null | undefined, source: number): void => {
    if (value !== undefined && value !== null) found.push({ name, value, source });
  };
  add(config.dynamic.get(name), configSources.broker);
  add(config.dynamicDefaults.get(name), configSources.brokerDefault);
  add(config.staticValue(name), configSources.static);
  const known = brokerConfigs.get(name);
  add(known === undefined ? fallback : known.default, configSources.default);
  return found;
}

export function describeTopicConfig(own: ReadonlyMap<string, string>, broker: BrokerConfig): DescribedConfig[] {
  return Array.from(topicConfigs.values(), (definition) => {
    const { name, synonym } = definition;
    const synonyms = synonym === undefined ? [] : brokerSynonyms(broker, synonym, definition.default);
    const set = own.get(name);
    if (set !== undefined) synonyms.unshift({ name, value: set, source: configSources.topic });
    const first = synonyms[0];
    return {
      definition,
      value: set ?? brokerValue(definition, broker) ?? definition.default,
      source: first?.source ?? configSources.default,
      readOnly: false,
      synonyms,
    };
  });
}

/** The configuration of this broker; `identity` holds what nobody configured but is so. */
export function describeBrokerConfig(broker: BrokerConfig, identity: ReadonlyMap<string, string>): DescribedConfig[] {
  return Array.from(brokerConfigs.values(), (definition) => {
    const { name } = definition;
    const synonyms = brokerSynonyms(broker, name);
    const value = identity.get(name);
    if (value !== undefined && broker.setValue(name) === undefined)
      synonyms.unshift({ name, value, source: configSources.static });
    const first = synonyms[0];
    return {
      definition,
      value: first?.value ?? null,
      source: first?.source ?? configSources.default,
      readOnly: definition.dynamic !== true,
      synonyms,
    };
  });
}

/** What was set for all brokers. */
export function describeBrokerDefaults(broker: BrokerConfig): DescribedConfig[] {
  return Array.from(broker.dynamicDefaults, ([name, value]) => ({
    definition: brokerConfigs.get(name) ?? { name, type: 'string', default: null },
    value,
    source: configSources.brokerDefault,
    readOnly: false,
    synonyms: [{ name, value, source: configSources.brokerDefault }],
  }));
}

export function describeGroupConfig(
  own: ReadonlyMap<string, string> | undefined,
  broker: BrokerConfig,
): DescribedConfig[] {
  return Array.from(groupConfigs.values(), (definition) => {
    const { name, synonym = name } = definition;
    const synonyms = brokerSynonyms(broker, synonym, definition.default);
    const set = own?.get(name);
    if (set !== undefined) synonyms.unshift({ name, value: set, source: configSources.group });
    const first = synonyms[0];
    return {
      definition,
      value: first?.value ?? null,
      source: first?.source ?? configSources.default,
      readOnly: false,
      synonyms,
    };
  });
}

export function describeClientMetricsConfig(own: ReadonlyMap<string, string> | undefined): DescribedConfig[] {
  return Array.from(clientMetricsConfigs.values(), (definition) => {
    const set = own?.get(definition.name);
    return {
      definition,
      value: set ?? definition.default,
      source: set === undefined ? configSources.default : configSources.clientMetrics,
      readOnly: false,
      synonyms: set === undefined ? [] : [{ name: definition.name, value: set, source: configSources.clientMetrics }],
    };
  });
}

/** The configuration of a topic in the answer of CreateTopics. */
export function createdTopicConfig(
  own: ReadonlyMap<string, string>,
  { config }: Services,
): Input<NonNullable<ResponseBody<'CreateTopics'>['topics'][number]['configs']>> {
  return describeTopicConfig(own, config).map(({ definition, value, source, readOnly }) => ({
    name: definition.name,
    value,
    configSource: source,
    readOnly,
    isSensitive: false,
  }));
}

/** One entry in the answer of DescribeConfigs. */
export function describedEntry(
  { definition, value, source, readOnly, synonyms }: DescribedConfig,
  includeSynonyms: boolean,
): Input<ResponseBody<'DescribeConfigs'>['results'][number]['configs'][number]> {
  return {
    name: definition.name,
    value,
    readOnly,
    configSource: source,
    isSensitive: false,
    synonyms: includeSynonyms ? synonyms : [],
    configType: configTypeCodes[definition.type],
    documentation: null,
  };
}
