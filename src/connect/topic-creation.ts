/** `topic.creation.*`: how a topic is made that a connector writes to and that is not there yet. */
import type { NewTopic } from '../client/kafka-client.ts';
import { evaluate, invalidValue, listOf } from './config/config-def.ts';
import type { Config, ConfigKey } from './config/config-def.ts';
import { configException, ConnectException } from './errors.ts';

interface Group {
  readonly include: readonly RegExp[];
  readonly exclude: readonly RegExp[];
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

/** Settings of a topic by its name. */
export type TopicCreation = (topic: string) => NewTopic;

const prefix = 'topic.creation.';

/**
 * Reads the groups of a connector.
 * @throws ConnectException (ConfigException) for a default group that is not complete, or numbers that mean nothing
 */
export function topicCreationOf(config: Config, enabled: boolean): TopicCreation {
  const plain: TopicCreation = (topic) => ({ topic, partitions: -1, replicationFactor: -1 });
  if (!enabled || !Object.keys(config).some((name) => name.startsWith(prefix))) return plain;
  const byDefault = groupOf('default', config, undefined);
  const groups = listOf(config[`${prefix}groups`] ?? '')
    .filter((name) => name !== 'default')
    .map((name) => groupOf(name, config, byDefault));
  return (topic) => {
    const group =
      groups.find(({ include, exclude }) => matches(include, topic) && !matches(exclude, topic)) ?? byDefault;
    return { topic, partitions: group.partitions, replicationFactor: group.replicationFactor, config: group.config };
  };
}

function matches(patterns: readonly RegExp[], topic: string): boolean {
  return patterns.some((pattern) => pattern.test(topic));
}

const replicationText =
  "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the broker's default";
const partitionsText = "Number of partitions must be positive, or -1 to use the broker's default";

function groupOf(name: string, config: Config, byDefault: Group | undefined): Group {
  const own = `${prefix}${name}.`;
  const number = (key: string, fallback: number | undefined, text: string): ConfigKey => ({
    name: key,
    type: key === 'partitions' ? 'INT' : 'SHORT',
    ...(fallback === undefined ? {} : { default: String(fallback) }),
    importance: 'LOW',
    documentation: '',
    check: (value) =>
      value !== null && (Number(value) < -1 || Number(value) === 0) ? invalidValue(value, key, text) : undefined,
  });
  const list = (key: string, fallback: string | undefined): ConfigKey => ({
    name: key,
    type: 'LIST',
    ...(fallback === undefined ? {} : { default: fallback }),
    importance: 'LOW',
    documentation: '',
  });
  const keys = [
    list('include', byDefault === undefined ? '.*' : undefined),
    list('exclude', ''),
    number('replication.factor', byDefault?.replicationFactor, replicationText),
    number('partitions', byDefault?.partitions, partitionsText),
  ];
  const values = new Map<string, string>();
  for (const { key, value } of evaluate(keys, config, own)) {
    const [error] = value.errors;
    if (error !== undefined) {
      // The real worker names a missing key in full, a wrong one without its group.
      const text = error.startsWith('Missing') ? error.replace(/"([^"]+)"/, `"${key.name}"`) : error;
      throw new ConnectException(text, { javaClass: configException });
    }
    values.set(value.name.slice(own.length), value.value ?? '');
  }
  const known = new Set(keys.map((key) => own + key.name));
  const others = Object.entries(config).filter(([key]) => key.startsWith(own) && !known.has(key));
  return {
    include: patternsOf(values.get('include') ?? '', `${own}include`),
    exclude: patternsOf(values.get('exclude') ?? '', `${own}exclude`),
    partitions: Number(values.get('partitions')),
    replicationFactor: Number(values.get('replication.factor')),
    config: Object.fromEntries(others.map(([key, value]) => [key.slice(own.length), value])),
  };
}

function patternsOf(list: string, key: string): RegExp[] {
  return listOf(list).map((pattern) => {
    try {
      return new RegExp(`^(?:${pattern})$`);
    } catch {
      throw new ConnectException(invalidValue(pattern, key, 'Invalid regex'), { javaClass: configException });
    }
  });
}
