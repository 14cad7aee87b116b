/** `kafka-get-offsets`: `topic:partition:offset` of partitions at a time. */
import { StackError, messageOf } from '../../core/errors.ts';
import { readConfig } from './client-config.ts';
import { topicPattern } from './topic-pattern.ts';
import { offsetAt } from './list-offsets.ts';
import { exactNumber, isJavaInteger, Options } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { topicsMetadata } from './tables.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: HOST1:PORT1,...,HOST3:PORT3',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'command-config': { argument: 'String: config file', help: 'A file with properties of the client.' },
  'exclude-internal-topics': { help: 'Leave internal topics out.' },
  help: { help: 'Print usage information.' },
  partitions: { argument: 'String: partition ids', help: 'Only these partitions, separated by commas.' },
  time: {
    argument: 'String: <timestamp> / -1 or latest / -2 or earliest / -3 or max-timestamp',
    help: 'Which offset: at or after a time in milliseconds, or one of the words. (default: latest)',
  },
  topic: { argument: 'String: topic', help: 'The topic, a regular expression; all without it.' },
  'topic-partitions': {
    argument: 'String: topic1:1,topic2:0-3,...',
    help: 'Topics and partitions, as topic:partition, topic:from-until or topic.',
  },
  version: { help: 'Display Kafka version.' },
};

const words: Readonly<Record<string, number>> = {
  latest: -1,
  earliest: -2,
  'max-timestamp': -3,
  'earliest-local': -4,
  'latest-tiered': -5,
  'earliest-pending-upload': -6,
};

type Filter = (topic: string, partition: number) => boolean;

export const getOffsets: KafkaTool = {
  intro: 'An interactive shell for getting topic-partition offsets.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    try {
      if (options.has('topic-partitions') && (options.has('topic') || options.has('partitions')))
        throw invalid('--topic-partitions cannot be used with --topic or --partitions');
      const time = timeOf(options.value('time') ?? 'latest');
      const wanted = filterOf(options);
      const config = readConfig(env, [options.value('command-config')]);
      return await withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
        const partitions = (await topicsMetadata(client, null))
          .filter(({ isInternal }) => !(isInternal && options.has('exclude-internal-topics')))
          .flatMap(({ name, partitions: of }) =>
            of.map(({ partitionIndex }) => ({ topic: name ?? '', partition: partitionIndex })),
          )
          .filter(({ topic, partition }) => wanted(topic, partition))
          .sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
        if (partitions.length === 0) throw invalid('Could not match any topic-partitions with the specified filters');
        for (const { topic, partition } of partitions) {
          const offset = await offsetAt(client, topic, partition, time);
          if (offset >= 0) env.out(`${topic}:${partition}:${offset}\n`);
        }
        return 0;
      });
    } catch (error) {
      if (!(error instanceof StackError)) throw error;
      env.err(`Error occurred: ${messageOf(error)}\n`);
      return 1;
    }
  },
};

function timeOf(text: string): number {
  const word = words[text];
  if (word !== undefined) return word;
  if (isJavaInteger(text, 64)) return exactNumber(text);
  throw invalid(
    `Malformed time argument ${text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, or a specified long format timestamp`,
  );
}

function filterOf(options: Options): Filter {
  const list = options.value('topic-partitions');
  if (list !== undefined) {
    const filters = list.split(',').map(oneFilter);
    return (topic, partition) => filters.some((filter) => filter(topic, partition));
  }
  const pattern = options.value('topic');
  const whole = pattern === undefined ? undefined : wholeName(pattern);
  const only = partitionIds(options.value('partitions'));
  return (topic, partition) => (whole?.test(topic) ?? true) && (only?.includes(partition) ?? true);
}

/** @throws StackError with Kafka's words when it is no regular expression */
function wholeName(pattern: string): RegExp {
  return new RegExp(`^(?:${topicPattern(pattern).source})$`);
}

function partitionIds(text: string | undefined): readonly number[] | undefined {
  if (text === undefined) return undefined;
  if (!/^\d+(?:,\d+)*$/.test(text))
    throw invalid(`--partitions expects a comma separated list of numeric partition ids, but received: ${text}`);
  return text.split(',').map(Number);
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

/** `topic`, `topic:3`, `topic:1-4` (without 4), `topic:1-`, `:2`. */
function oneFilter(text: string): Filter {
  const match = /^([^:]*)(?::(?:(\d*)(-)?(\d*))?)?$/.exec(text);
  if (match === null) throw invalid(`Invalid rule specification: ${text}`);
  const [, name = '', from = '', dash, until = ''] = match;
  const whole = name === '' ? undefined : wholeName(name);
  return (topic, partition) => {
    if (whole?.test(topic) === false) return false;
    if (dash === undefined) return from === '' || partition === Number(from);
    return partition >= Number(from || '0') && (until === '' || partition < Number(until));
  };
}
