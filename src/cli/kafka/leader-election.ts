/** `kafka-leader-election`: asks the cluster to elect leaders. With one broker there is nothing to elect, which it says. */
import { StackError } from '../../core/errors.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { checkCode, javaError } from './java-errors.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { readPartitionFile } from './partition-files.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  'admin.config': { argument: 'String: config file', help: '(DEPRECATED) As --command-config.' },
  'all-topic-partitions': { help: 'All partitions that need an election.' },
  'bootstrap-server': { argument: 'String: host:port', help: 'REQUIRED: The server(s) to connect to.' },
  'command-config': { argument: 'String: Config file', help: 'A file with properties of the client.' },
  'election-type': {
    argument: '[PREFERRED,UNCLEAN]: election type',
    help: 'REQUIRED: preferred: the first replica becomes the leader again; unclean: one that is behind, where none else is left.',
  },
  help: { help: 'Print usage information.' },
  partition: { argument: 'Integer: partition id', help: 'The partition of --topic.' },
  'path-to-json-file': {
    argument: 'String: Path to JSON file',
    help: 'A JSON file: {"partitions": [{"topic": "foo", "partition": 1}]}.',
  },
  topic: { argument: 'String: topic name', help: 'The topic; needs --partition.' },
  version: { help: 'Display Kafka version.' },
};

const electionTypes = ['PREFERRED', 'UNCLEAN'] as const;

export const leaderElection: KafkaTool = {
  intro:
    'This tool attempts to elect a new leader for a set of topic partitions. The type of elections supported are preferred replicas and unclean replicas.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    check(options);
    if (options.has('admin.config'))
      env.out(
        'Option --admin.config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
      );
    const config = readConfig(env, [options.value('admin.config'), options.value('command-config')]);
    const electionType = options.value('election-type')?.toUpperCase() as (typeof electionTypes)[number];
    const topicPartitions = partitionsOf(options, env);
    return withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
      const answer = await client.request('ElectLeaders', {
        electionType: electionTypes.indexOf(electionType),
        topicPartitions,
        timeoutMs: 30_000,
      });
      checkCode(answer.errorCode);
      const succeeded: string[] = [];
      const needless: string[] = [];
      const failures: string[] = [];
      for (const { topic, partitionResult } of answer.replicaElectionResults) {
        for (const { partitionId, errorCode, errorMessage } of partitionResult) {
          const name = `${topic}-${partitionId}`;
          try {
            checkCode(errorCode, errorMessage);
            succeeded.push(name);
          } catch (error) {
            if (!(error instanceof KafkaError)) throw error;
            if (error.errorName === 'ELECTION_NOT_NEEDED') needless.push(name);
            else
              failures.push(
                `Error completing leader election (${electionType}) for partition: ${name}: ${javaError(error)}\n`,
              );
          }
        }
      }
      if (succeeded.length > 0)
        env.out(`Successfully completed leader election (${electionType}) for partitions ${succeeded.join(', ')}\n`);
      if (needless.length > 0) env.out(`Valid replica already elected for partitions ${needless.join(', ')}\n`);
      if (failures.length === 0) return 0;
      env.out(failures.join(''));
      env.err(`${failures.length} replica(s) could not be elected\n`);
      return 1;
    });
  },
};

function check(options: Options): void {
  const missing = ['bootstrap-server', 'election-type'].filter((name) => !options.has(name));
  if (missing.length > 0) throw failed(`Missing required option(s): ${missing.join(', ')}`);
  const typed = options.value('election-type') as string;
  if (!electionTypes.some((type) => type === typed.toUpperCase()))
    throw new UsageError(`Cannot parse argument '${typed}' of option election-type`);
  const targets = ['topic', 'all-topic-partitions', 'path-to-json-file'];
  const given = targets.filter((name) => options.has(name));
  if (given.length !== 1) throw failed(`One and only one of the following options is required: ${targets.join(', ')}`);
  options.number('partition');
  if (options.has('topic') && !options.has('partition')) throw failed('Missing required option(s): partition');
  if (!options.has('topic') && options.has('partition'))
    throw failed('Option partition is only allowed if topic is used');
}

function failed(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

function partitionsOf(options: Options, env: ToolEnvironment): { topic: string; partitions: number[] }[] | null {
  const topic = options.value('topic');
  if (topic !== undefined) return [{ topic, partitions: [options.number('partition') as number] }];
  const path = options.value('path-to-json-file');
  if (path === undefined) return null;
  const byTopic = new Map<string, number[]>();
  for (const { topic: name, partition } of readPartitionFile(env, path))
    byTopic.set(name, [...(byTopic.get(name) ?? []), partition]);
  return Array.from(byTopic, ([name, partitions]) => ({ topic: name, partitions }));
}
