/** `kafka-delete-records`: deletes the records of partitions up to an offset. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient, TopicPartitionOffset } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { checkCode, javaError } from './java-errors.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { readPartitionFile } from './partition-files.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: server(s) to use for bootstrapping',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'command-config': {
    argument: 'String: command config property file path',
    help: 'A file with properties of the client.',
  },
  help: { help: 'Print usage information.' },
  'offset-json-file': {
    argument: 'String: Offset json file path',
    required: true,
    help: 'A JSON file: {"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1}. Records before the offset are deleted; -1 stands for the end.',
  },
  version: { help: 'Display Kafka version.' },
};

export const deleteRecords: KafkaTool = {
  intro: 'This tool helps to delete records of the given partitions down to the specified offset.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    const config = readConfig(env, [options.value('command-config')]);
    const targets = readPartitionFile(env, options.value('offset-json-file') as string, 'offset').map(
      ({ topic, partition, offset }) => ({ topic, partition, offset: offset as number }),
    );
    const names = targets.map(({ topic, partition }) => `${topic}-${partition}`);
    const twice = [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
    if (twice.length > 0)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        `Offset json file contains duplicate topic partitions: ${twice.join(',')}`,
      );
    return withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
      env.out('Executing records delete operation\nRecords delete operation completed:\n');
      for (const target of targets) {
        const result = await deleteBefore(client, target);
        env.out(`partition: ${target.topic}-${target.partition}\t${result}\n`);
      }
      return 0;
    });
  },
};

async function deleteBefore(client: KafkaClient, { topic, partition, offset }: TopicPartitionOffset): Promise<string> {
  try {
    const answer = await client.request(
      'DeleteRecords',
      { topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset }] }], timeoutMs: 30_000 },
      undefined,
      { topic, partition },
    );
    const [result] = answer.topics[0]?.partitions ?? [];
    checkCode(result?.errorCode);
    return `low_watermark: ${result?.lowWatermark}`;
  } catch (error) {
    if (!(error instanceof StackError) || error instanceof UsageError) throw error;
    return `error: ${error instanceof KafkaError ? javaError(error) : messageOf(error)}`;
  }
}
