/** `kafka-log-dirs --describe`: what lies in the brokers' log directories, as JSON. */
import { StackError } from '../../core/errors.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { readConfig } from './client-config.ts';
import { checkCode, javaError } from './java-errors.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { brokersOf } from './tables.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: The server(s) to use for bootstrapping',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'broker-list': { argument: 'String: Broker list', help: 'Only these brokers, separated by commas. (default: all)' },
  'command-config': { argument: 'String: Admin client property file', help: 'A file with properties of the client.' },
  describe: { required: true, help: 'Describe the log directories.' },
  help: { help: 'Print usage information.' },
  'topic-list': { argument: 'String: Topic list', help: 'Only these topics, separated by commas. (default: all)' },
  version: { help: 'Display Kafka version.' },
};

export const logDirs: KafkaTool = {
  intro: 'This tool helps to query log directory usage on the specified brokers.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    const list = (name: string): string[] =>
      (options.value(name) ?? '')
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== '');
    const wanted = list('broker-list').map((word) => {
      if (!/^-?\d+$/.test(word)) throw new UsageError(`For input string: "${word}"`);
      return Number(word);
    });
    const topics = new Set(list('topic-list'));
    const config = readConfig(env, [options.value('command-config')]);
    return withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
      const known = (await brokersOf(client)).map(({ nodeId }) => nodeId);
      const unknown = wanted.filter((id) => !known.includes(id));
      if (unknown.length > 0)
        throw new StackError(
          'MILLRACE_CONFIG_INVALID',
          `ERROR: The given brokers do not exist from --broker-list: ${unknown.join(',')}. Current existent brokers: ${known.join(',')}`,
        );
      const asked = wanted.length === 0 ? known : known.filter((id) => wanted.includes(id));
      env.out('Querying brokers for log directories information\n');
      const brokers = [];
      for (const broker of asked) brokers.push({ broker, logDirs: await directoriesOf(client, broker, topics) });
      env.out(`Received log directory information from brokers ${asked.join(',')}\n`);
      env.out(`${JSON.stringify({ brokers, version: 1 })}\n`);
      return 0;
    });
  },
};

async function directoriesOf(client: KafkaClient, node: number, topics: ReadonlySet<string>): Promise<object[]> {
  const answer = await client.request('DescribeLogDirs', { topics: null }, undefined, { node });
  checkCode(answer.errorCode);
  return answer.results.map(({ logDir, errorCode, topics: found }) => ({
    partitions: found
      .filter(({ name }) => topics.size === 0 || topics.has(name))
      .flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, partitionSize, offsetLag, isFutureKey }) => ({
          partition: `${name}-${partitionIndex}`,
          size: Number(partitionSize),
          offsetLag: Number(offsetLag),
          isFuture: isFutureKey,
        })),
      ),
    error: errorCode === 0 ? null : javaError(new KafkaError(errorCode)).replace(/:.*$/, ''),
    logDir,
  }));
}
