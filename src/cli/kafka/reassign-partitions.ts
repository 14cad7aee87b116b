/** `kafka-reassign-partitions`: lists the reassignments that go on. Starting one is refused: with one broker there is nowhere to move to. */
import { StackError } from '../../core/errors.ts';
import { readConfig } from './client-config.ts';
import { checkCode } from './java-errors.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: Server(s) to use for bootstrapping',
    help: 'REQUIRED: The server(s) to connect to.',
  },
  'bootstrap-controller': { argument: 'String: bootstrap controller', help: 'The controller(s) to connect to.' },
  cancel: { help: 'Not supported.' },
  'command-config': { argument: 'String: Admin client property file', help: 'A file with properties of the client.' },
  execute: { help: 'Not supported.' },
  generate: { help: 'Not supported.' },
  help: { help: 'Print usage information.' },
  list: { help: 'List all reassignments that go on.' },
  verify: { help: 'Not supported.' },
  version: { help: 'Display Kafka version.' },
};

const actions = ['generate', 'execute', 'verify', 'cancel', 'list'] as const;

export const reassignPartitions: KafkaTool = {
  intro: 'This tool helps to move topic partitions between replicas.',
  specs,
  run: async (args, env) => {
    const action = actions.find((name) => args.includes(`--${name}`));
    if (action !== undefined && action !== 'list')
      throw new StackError(
        'MILLRACE_UNSUPPORTED',
        `kafka-reassign-partitions --${action} is not supported: replicas have one broker to be on. Use Kafka's own tool for a cluster.`,
      );
    const options = Options.parse(specs, args);
    if (action === undefined)
      throw new UsageError(
        'Command must include exactly one action: --generate, --execute, --verify, --cancel, --list',
      );
    const server = options.value('bootstrap-server') ?? options.value('bootstrap-controller');
    if (server === undefined)
      throw new UsageError('Please specify either --bootstrap-server or --bootstrap-controller');
    const config = readConfig(env, [options.value('command-config')]);
    return withClient(env, server, config, async (client) => {
      const answer = await client.request('ListPartitionReassignments', { timeoutMs: 60_000, topics: null });
      checkCode(answer.errorCode, answer.errorMessage);
      const lines = answer.topics.flatMap(({ name, partitions }) =>
        partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => {
          const moves = [
            ...(addingReplicas.length === 0 ? [] : [` adding replicas: ${addingReplicas.join(',')}.`]),
            ...(removingReplicas.length === 0 ? [] : [` removing replicas: ${removingReplicas.join(',')}.`]),
          ];
          return `${name}-${partitionIndex}: replicas: ${replicas.join(',')}.${moves.join('')}\n`;
        }),
      );
      env.out(
        lines.length === 0
          ? 'No partition reassignments found.\n'
          : `Current partition reassignments:\n${lines.join('')}`,
      );
      return 0;
    });
  },
};
