/** Changing configurations: the rules for each kind of resource, for AlterConfigs and IncrementalAlterConfigs alike. */
import { kafkaError } from '../../wire/error-codes.ts';
import { checkTopicName } from '../metadata/topic-names.ts';
import type { MetadataRecord } from '../metadata/metadata-log.ts';
import type { Services } from '../services.ts';
import { brokerConfigs } from './broker-config.ts';
import { checkConfigValue, listElements, resourceTypes } from './definition.ts';
import type { ConfigDefinition } from './definition.ts';
import { checkClientMetricsConfig, checkGroupConfig, clientMetricsConfigs, groupConfigs } from './other-configs.ts';
import { checkTopicConfig, topicConfigs, topicConfigValue } from './topic-config.ts';

export const configOperations = { set: 0, delete: 1, append: 2, subtract: 3 } as const;

export interface ConfigChange {
  readonly name: string;
  readonly operation: number;
  readonly value: string | null;
}

/** A kind of resource: what is set now, its keys, and the check of a whole configuration. */
interface Target {
  readonly current: ReadonlyMap<string, string>;
  readonly definitions: ReadonlyMap<string, ConfigDefinition>;
  /** The value that holds when nothing is set: what APPEND and SUBTRACT begin with. */
  readonly effective: (name: string) => string;
  readonly check: (next: ReadonlyMap<string, string>, changed: readonly string[]) => void;
}

/**
 * The records that make `changes` of a resource. With `replace` everything that is not among them is unset.
 * Throws KafkaError.
 */
export function planConfigChange(
  services: Services,
  resourceType: number,
  resourceName: string,
  changes: readonly ConfigChange[],
  replace: boolean,
): MetadataRecord[] {
  const target = targetOf(services, resourceType, resourceName);
  if (new Set(changes.map(({ name }) => name)).size < changes.length)
    throw kafkaError('INVALID_REQUEST', 'Error due to duplicate config keys');
  const without = changes.find(({ operation, value }) => operation !== configOperations.delete && value === null);
  if (without !== undefined) throw kafkaError('INVALID_REQUEST', `Null value not supported for : ${without.name}`);
  const next = new Map(replace ? [] : target.current);
  for (const change of changes) applyChange(next, change, target);
  target.check(
    next,
    changes.filter(({ operation }) => operation !== configOperations.delete).map(({ name }) => name),
  );
  const records: MetadataRecord[] = [];
  const record = (name: string, value: string | null): void =>
    void records.push({ name: 'ConfigRecord', body: { resourceType, resourceName, name, value } });
  for (const [name, value] of next) if (target.current.get(name) !== value) record(name, value);
  for (const name of target.current.keys()) if (!next.has(name)) record(name, null);
  return records;
}

function applyChange(next: Map<string, string>, { name, operation, value }: ConfigChange, target: Target): void {
  if (operation === configOperations.delete) {
    next.delete(name);
    return;
  }
  const text = value ?? '';
  if (operation === configOperations.set) {
    next.set(name, text);
    return;
  }
  if (operation !== configOperations.append && operation !== configOperations.subtract)
    throw kafkaError('UNKNOWN_SERVER_ERROR');
  if (target.definitions.get(name)?.type !== 'list') {
    const verb = operation === configOperations.append ? 'APPEND' : 'SUBTRACT';
    throw kafkaError('INVALID_CONFIG', `Can't ${verb} to key ${name} because its type is not LIST.`);
  }
  const elements = listElements(next.get(name) ?? target.effective(name));
  const given = listElements(text);
  const result =
    operation === configOperations.append
      ? [...elements, ...given.filter((element) => !elements.includes(element))]
      : elements.filter((element) => !given.includes(element));
  next.set(name, result.join(','));
}

const nothingSet: ReadonlyMap<string, string> = new Map();

function targetOf(services: Services, type: number, name: string): Target {
  const { catalog, config } = services;
  switch (type) {
    case resourceTypes.topic: {
      if (name === '') throw kafkaError('INVALID_REQUEST', 'Default topic resources are not allowed.');
      checkTopicName(name);
      const topic = catalog.topic(name);
      if (topic === undefined) throw kafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic '${name}' does not exist.`);
      const effective = (key: string): string => topicConfigValue(topic.config, config, key);
      return { current: topic.config, definitions: topicConfigs, effective, check: checkTopicConfig };
    }
    case resourceTypes.broker: {
      const current = name === '' ? config.dynamicDefaults : config.dynamic;
      if (name !== '') checkNodeId(services, name);
      const effective = (key: string): string => config.value(key) ?? '';
      return {
        current,
        definitions: brokerConfigs,
        effective,
        check: (next, changed) => checkBrokerConfig(services, next, changed),
      };
    }
    case resourceTypes.group: {
      if (name === '') throw kafkaError('INVALID_REQUEST', 'Default group resources are not allowed.');
      const current = catalog.groupConfigs.get(name) ?? nothingSet;
      const effective = (key: string): string => config.value(groupConfigs.get(key)?.synonym ?? key) ?? '';
      return { current, definitions: groupConfigs, effective, check: (next) => checkGroupConfig(next, config) };
    }
    case resourceTypes.clientMetrics: {
      if (name === '') throw kafkaError('INVALID_REQUEST', "Subscription name can't be empty");
      const current = catalog.clientMetricsConfigs.get(name) ?? nothingSet;
      return { current, definitions: clientMetricsConfigs, effective: () => '', check: checkClientMetricsConfig };
    }
    case resourceTypes.brokerLogger: {
      checkNodeId(services, name);
      return { current: nothingSet, definitions: new Map(), effective: () => '', check: checkLoggers };
    }
    default:
      throw kafkaError('INVALID_REQUEST', `Unknown resource type ${type}`);
  }
}

function checkNodeId({ nodeId }: Services, name: string): void {
  if (!/^-?\d+$/.test(name)) throw kafkaError('INVALID_REQUEST', `Node id must be an integer, but it is: ${name}`);
  if (Number(name) !== nodeId)
    throw kafkaError('INVALID_REQUEST', `Unexpected broker id, expected ${nodeId}, but received ${name}`);
}

const threadPools = new Set(['num.io.threads', 'num.network.threads', 'log.cleaner.threads']);

function checkBrokerConfig({ config }: Services, next: ReadonlyMap<string, string>, changed: readonly string[]): void {
  const fixed = changed.filter((name) => brokerConfigs.get(name)?.dynamic === false);
  if (fixed.length > 0)
    throw kafkaError('INVALID_REQUEST', `Cannot update these configs dynamically: [${fixed.join(', ')}]`);
  for (const name of changed) {
    const definition = brokerConfigs.get(name);
    const value = next.get(name);
    if (definition === undefined || value === undefined) continue; // Kafka keeps keys that it does not know, for plugins
    checkConfigValue(definition, value);
    if (threadPools.has(name)) checkThreadCount(name, Number(value), config.number(name));
  }
}

/** There are no such threads here; the rule is kept, so that what is accepted here is accepted by Kafka. */
function checkThreadCount(name: string, value: number, current: number): void {
  const problem =
    value > 2 * current
      ? `value should not be greater than double the current value ${current}`
      : value < current / 2
        ? `value should be at least half the current value ${current}`
        : undefined;
  if (problem !== undefined)
    throw kafkaError(
      'INVALID_REQUEST',
      `Dynamic thread count update validation failed for ${name}=${value}, ${problem}`,
    );
}

const logLevels = ['DEBUG', 'ERROR', 'FATAL', 'INFO', 'TRACE', 'WARN'];

function checkLoggers(next: ReadonlyMap<string, string>): void {
  for (const [name, level] of next) {
    if (!logLevels.includes(level)) {
      throw kafkaError(
        'INVALID_CONFIG',
        `Cannot set the log level of ${name} to ${level} as it is not a supported log level. Valid log levels are ${logLevels.join(', ')}`,
      );
    }
    throw kafkaError('INVALID_CONFIG', `The level of the logger ${name} cannot be changed while this broker runs.`);
  }
}
