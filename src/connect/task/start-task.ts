/** From a task's configuration to a running task: source, converters, topic, producer. */
import type { ProducerOptions } from '../../client/kafka-client.ts';
import { evaluate } from '../config/config-def.ts';
import type { Config } from '../config/config-def.ts';
import { sourceConnectorKeys } from '../config/connector-config.ts';
import type { Converter } from '../converters/converter.ts';
import { readDatagenConfig } from '../datagen/datagen-config.ts';
import { DatagenSource, partitionOfTask } from '../datagen/datagen-source.ts';
import { ConnectException } from '../errors.ts';
import { converters, findPlugin, headerConverters } from '../plugins.ts';
import { transformChain } from '../transforms/chain.ts';
import { topicCreationOf } from '../topic-creation.ts';
import type { Worker } from '../worker.ts';
import { SourceTask } from './source-task.ts';
import type { TaskEvents } from './source-task.ts';

/** Throws what makes a task impossible from the start: a schema that is gone, annotations that contradict themselves. */
export function startSourceTask(
  worker: Worker,
  name: string,
  taskId: number,
  config: Config,
  paused: boolean,
  on: TaskEvents,
): SourceTask {
  const { kafka, clock, random, logger } = worker.ports;
  const { offsets } = worker.stores;
  const own = logger.child({ connector: name, task: taskId });
  const partition = partitionOfTask(taskId);
  const values = new Map(
    evaluate(sourceConnectorKeys(worker.config.defaults, {}), config).map(({ value }) => [value.name, value.value]),
  );
  const creation = topicCreationOf(config, worker.config.topicCreation);
  const source = new DatagenSource({
    config: readDatagenConfig(config, worker.readFile),
    taskId,
    offset: offsets.get(name, partition),
    random,
    readFile: worker.readFile,
  });
  const producer = producerOptions(config, worker.config.properties);
  if (producer.ignored.length > 0)
    own.warn(
      'These producer properties have no effect here: every record is written once, in order and acknowledged by all.',
      {
        properties: producer.ignored,
      },
    );
  const transform = transformChain(config);
  return new SourceTask({
    taskId,
    source,
    ...(transform === undefined ? {} : { transform }),
    converters: {
      key: converterOf('key', config, worker),
      value: converterOf('value', config, worker),
      header: converterOf('header', config, worker),
    },
    errors: {
      tolerate: values.get('errors.tolerance') === 'all',
      log: values.get('errors.log.enable') === 'true',
      logMessages: values.get('errors.log.include.messages') === 'true',
      retryTimeoutMs: Number(values.get('errors.retry.timeout')),
      retryDelayMaxMs: Number(values.get('errors.retry.delay.max.ms')),
    },
    compression: producer.compression,
    offsetFlushIntervalMs: worker.config.offsetFlushIntervalMs,
    shutdownTimeoutMs: worker.config.shutdownTimeoutMs,
    paused,
    clock,
    random,
    logger: own,
    openTopic: async (topic) => {
      try {
        const known = await kafka.admin.describeTopic(topic);
        return (known ?? (await kafka.admin.ensureTopic(creation(topic)))).partitions;
      } catch (error) {
        throw new ConnectException(`Error while attempting to create/find topic(s) '${topic}'`, {
          cause: error,
        });
      }
    },
    openProducer: () => kafka.producer({ compression: producer.compression }),
    writeOffset: (offset) => offsets.put(name, partition, offset),
    on,
  });
}

/** The connector's converter with its options; the worker's, with the worker's options, when it names none. */
function converterOf(side: 'key' | 'value' | 'header', config: Config, worker: Worker): Converter {
  const given = config[`${side}.converter`]?.trim();
  const source = given === undefined ? worker.config.properties : config;
  const plugins = side === 'header' ? headerConverters : converters;
  const plugin = findPlugin(plugins, given ?? worker.config.defaults[side]);
  if (plugin === undefined) throw new ConnectException(`Class ${given} could not be found.`);
  const prefix = `${side}.converter.`;
  const options = Object.fromEntries(
    Object.entries(source).flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    ),
  );
  return plugin.create(options, { isKey: side === 'key', registryAt: worker.ports.registryAt });
}

const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
/** Asks for no more than every record gets here anyway. */
const metByDefault = [
  'acks',
  'enable.idempotence',
  'max.in.flight.requests.per.connection',
  'retries',
  'linger.ms',
  'batch.size',
];

interface OwnProducer {
  readonly compression: NonNullable<ProducerOptions['compression']>;
  readonly ignored: readonly string[];
}

/** `producer.override.*` of the connector over `producer.*` of the worker. */
function producerOptions(config: Config, properties: Config): OwnProducer {
  const given = new Map<string, string>();
  for (const [prefix, source] of [
    ['producer.', properties],
    ['producer.override.', config],
  ] as const)
    for (const [key, value] of Object.entries(source))
      if (key.startsWith(prefix)) given.set(key.slice(prefix.length), value);
  const wanted = given.get('compression.type') ?? 'none';
  const compression = compressions.find((one) => one === wanted.trim());
  if (compression === undefined)
    throw new ConnectException(
      `Invalid value ${wanted} for configuration compression.type: String must be one of: ${['none', 'gzip', 'snappy', 'lz4', 'zstd'].join(', ')}`,
      { javaClass: 'org.apache.kafka.common.config.ConfigException' },
    );
  given.delete('compression.type');
  return { compression, ignored: [...given.keys()].filter((key) => !metByDefault.includes(key)) };
}
