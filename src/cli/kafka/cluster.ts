/** `kafka-cluster`: the id of a cluster, its endpoints, brokers that are gone for good. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { argumentTool } from './arguments.ts';
import type { Argument, Arguments, ArgumentList } from './arguments.ts';
import { readConfig } from './client-config.ts';
import { checkCode, javaError } from './java-errors.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

function connection(more: Readonly<Record<string, Argument>> = {}): ArgumentList {
  return {
    arguments: {
      'bootstrap-server': { short: '-b', metavar: 'BOOTSTRAP_SERVER', help: 'The server(s) to connect to.' },
      'bootstrap-controller': {
        short: '-C',
        metavar: 'BOOTSTRAP_CONTROLLER',
        help: 'The controller(s) to connect to.',
      },
      config: { metavar: 'CONFIG', help: '(DEPRECATED) As --command-config.' },
      'command-config': { short: '-c', metavar: 'COMMAND_CONFIG', help: 'A file with properties of the client.' },
      ...more,
    },
    exclusive: [{ names: ['bootstrap-server', 'bootstrap-controller'], required: true }],
  };
}

export const cluster: KafkaTool = argumentTool({
  program: 'kafka-cluster',
  description: 'The Kafka cluster tool.',
  helpCode: 1,
  arguments: {},
  commands: {
    'cluster-id': {
      ...connection(),
      help: 'Get information about the ID of a cluster.',
      run: (args, env) =>
        connected(args, env, async (client) => {
          env.out(`Cluster ID: ${await client.clusterId()}\n`);
          return 0;
        }),
    },
    unregister: {
      ...connection({
        id: {
          short: '-i',
          metavar: 'ID',
          type: 'Integer',
          required: true,
          help: 'The ID of the broker to unregister.',
        },
      }),
      help: 'Unregister a broker.',
      run: (args, env) =>
        connected(args, env, async (client) => {
          const brokerId = args.number('id') as number;
          const { errorCode, errorMessage } = await client.request('UnregisterBroker', { brokerId });
          checkCode(errorCode, errorMessage);
          env.out(`Broker ${brokerId} is no longer registered.\n`);
          return 0;
        }),
    },
    'list-endpoints': {
      ...connection({
        'include-fenced-brokers': { help: 'Whether to include fenced brokers when listing broker endpoints' },
      }),
      help: 'List endpoints',
      run: (args, env) => connected(args, env, (client) => listEndpoints(client, args, env)),
    },
  },
});

async function connected(
  args: Arguments,
  env: ToolEnvironment,
  use: (client: KafkaClient) => Promise<number>,
): Promise<number> {
  if (args.has('config') && args.has('command-config'))
    throw new StackError('MILLRACE_CONFIG_INVALID', '--config and --command-config cannot be specified together.');
  if (args.has('config'))
    env.out(
      'Option --config has been deprecated and will be removed in a future version. Use --command-config instead.\n',
    );
  const config = readConfig(env, [args.value('command-config') ?? args.value('config')]);
  const server = args.value('bootstrap-server') ?? (args.value('bootstrap-controller') as string);
  try {
    return await withClient(env, server, config, use);
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    env.err(`${error instanceof KafkaError ? javaError(error) : messageOf(error)}\n`);
    return 1;
  }
}

async function listEndpoints(client: KafkaClient, args: Arguments, env: ToolEnvironment): Promise<number> {
  const ofControllers = args.has('bootstrap-controller');
  if (ofControllers && args.has('include-fenced-brokers'))
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      'The option --include-fenced-brokers is only supported with --bootstrap-server option',
    );
  const answer = await client.request('DescribeCluster', {
    includeClusterAuthorizedOperations: false,
    endpointType: ofControllers ? 2 : 1,
    includeFencedBrokers: args.has('include-fenced-brokers'),
  });
  checkCode(answer.errorCode, answer.errorMessage);
  const { brokers } = answer;
  const hosts = Math.max(...brokers.map(({ host }) => host.length));
  const racks = Math.max(...brokers.map(({ rack }) => rack?.length ?? 0)) || 10;
  const row = (id: string, host: string, port: string, rack: string, state: string, type: string): string =>
    `${id.padEnd(10)} ${host.padEnd(hosts)} ${port.padEnd(10)} ${rack.padEnd(racks)} ${ofControllers ? '' : `${state.padEnd(10)} `}${type.padEnd(15)}\n`;
  env.out(row('ID', 'HOST', 'PORT', 'RACK', 'STATE', 'ENDPOINT_TYPE'));
  for (const { brokerId, host, port, rack, isFenced } of brokers) {
    const state = isFenced ? 'fenced' : 'unfenced';
    env.out(row(String(brokerId), host, String(port), rack ?? 'null', state, ofControllers ? 'controller' : 'broker'));
  }
  return 0;
}
