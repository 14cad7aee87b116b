/** What a configuration key is: its type, its default, what it allows; and the messages with which Kafka refuses a value. */
import { kafkaError } from '../../wire/error-codes.ts';

export type ConfigType = 'boolean' | 'string' | 'int' | 'short' | 'long' | 'double' | 'list' | 'class' | 'password';

/** The numbers of the types in DescribeConfigs. */
export const configTypeCodes: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

/** The numbers of the sources in DescribeConfigs and CreateTopics. */
export const configSources = {
  topic: 1,
  broker: 2,
  brokerDefault: 3,
  static: 4,
  default: 5,
  brokerLogger: 6,
  clientMetrics: 7,
  group: 8,
} as const;

/** The numbers of the kinds of things that have a configuration. */
export const resourceTypes = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

export interface ConfigDefinition {
  readonly name: string;
  readonly type: ConfigType;
  readonly default: string | null;
  /** Lowest value, for numbers. */
  readonly min?: number;
  /** Highest value, for numbers. */
  readonly max?: number;
  /** The values allowed, for strings and the elements of lists. */
  readonly oneOf?: readonly string[];
  /** Any other rule: returns what is wrong, as Kafka words it. */
  readonly check?: (value: string) => string | undefined;
  /** The broker's key that gives the default. */
  readonly synonym?: string;
  /** May it be changed while the broker runs? */
  readonly dynamic?: boolean;
}

const integerBounds: Partial<Record<ConfigType, readonly [bigint, bigint]>> = {
  short: [-(2n ** 15n), 2n ** 15n - 1n],
  int: [-(2n ** 31n), 2n ** 31n - 1n],
  long: [-(2n ** 63n), 2n ** 63n - 1n],
};

/** Refuses a value that the definition does not allow. Throws INVALID_CONFIG with Kafka's text. */
export function checkConfigValue(definition: ConfigDefinition, value: string): void {
  const problem = problemOf(definition, value);
  if (problem !== undefined)
    throw kafkaError('INVALID_CONFIG', `Invalid value ${value} for configuration ${definition.name}: ${problem}`);
}

function problemOf(definition: ConfigDefinition, value: string): string | undefined {
  const text = value.trim();
  const bounds = integerBounds[definition.type];
  if (definition.type === 'boolean') {
    if (!/^(true|false)$/i.test(text)) return 'Expected value to be either true or false';
  } else if (bounds !== undefined) {
    if (!/^[+-]?\d+$/.test(text) || BigInt(text) < bounds[0] || BigInt(text) > bounds[1])
      return `Not a number of type ${definition.type.toUpperCase()}`;
  } else if (definition.type === 'double' && (text === '' || Number.isNaN(Number(text)))) {
    return 'Not a number of type DOUBLE';
  }
  if (definition.min !== undefined && Number(text) < definition.min) return `Value must be at least ${definition.min}`;
  if (definition.max !== undefined && Number(text) > definition.max)
    return `Value must be no more than ${definition.max}`;
  const elements = definition.type === 'list' ? listElements(text) : [text];
  if (definition.oneOf?.length && elements.some((element) => !definition.oneOf?.includes(element)))
    return `String must be one of: ${definition.oneOf.join(', ')}`;
  return definition.check?.(text);
}

/** The elements of a value of type list. */
export function listElements(value: string): string[] {
  return value
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}
