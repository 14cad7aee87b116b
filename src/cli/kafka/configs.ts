/** `kafka-configs`: describes and alters what topics, brokers, groups, users, clients … are configured to. */
import { StackError, messageOf } from '../../core/errors.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { configChanges, entitiesOf } from './config-entities.ts';
import type { ConfigEntity } from './config-entities.ts';
import { alterQuotas, describeQuotas } from './config-quotas.ts';
import { alterResource, describeResources } from './config-resources.ts';
import { javaError } from './java-errors.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { withClient } from './tool.ts';
import type { KafkaTool } from './tool.ts';

const specs: OptionSpecs = {
  'add-config': {
    argument: 'String',
    help: "Configurations to set, as 'k1=v1,k2=[v1,v2],k3=v3'; brackets hold values with commas together.",
  },
  'add-config-file': { argument: 'String', help: 'A properties file with configurations to set.' },
  all: { help: 'With --describe: all configurations, also those that nobody set.' },
  alter: { help: 'Alter the configuration of the entity.' },
  'bootstrap-controller': { argument: 'String: controller to connect to', help: 'The controller(s) to connect to.' },
  'bootstrap-server': { argument: 'String: server to connect to', help: 'The server(s) to connect to.' },
  broker: { argument: 'String', help: 'The id of a broker.' },
  'broker-defaults': { help: 'The defaults of all brokers.' },
  'broker-logger': { argument: 'String', help: 'The id of a broker, for its loggers.' },
  client: { argument: 'String', help: 'The id of a client.' },
  'client-defaults': { help: 'The defaults of all clients.' },
  'client-metrics': { argument: 'String', help: 'The name of a configuration of client metrics.' },
  'command-config': { argument: 'String: command config property file', help: 'A file with properties of the client.' },
  'delete-config': { argument: 'String', help: "Configurations to take away, as 'k1,k2'." },
  describe: { help: 'Describe the configurations of the entity.' },
  'entity-default': { help: 'The default of --entity-type clients, users, brokers or ips.' },
  'entity-name': { argument: 'String', help: 'The name of the entity.' },
  'entity-type': {
    argument: 'String',
    help: 'topics, clients, users, brokers, broker-loggers, ips, client-metrics or groups.',
  },
  group: { argument: 'String', help: 'The id of a group.' },
  help: { help: 'Print usage information.' },
  ip: { argument: 'String', help: 'An IP address.' },
  'ip-defaults': { help: 'The defaults of all IP addresses.' },
  topic: { argument: 'String', help: 'The name of a topic.' },
  user: { argument: 'String', help: 'The name of a user.' },
  'user-defaults': { help: 'The defaults of all users.' },
  version: { help: 'Display Kafka version.' },
};

export const configs: KafkaTool = {
  intro:
    'This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, client-metrics or group',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    const isAlter = options.has('alter');
    checkActions(options);
    const entities = entitiesOf(options);
    const failure = (detail: string): number => {
      env.err(`Error while executing config command with args '${args.join(' ')}'\n${detail}\n`);
      return 1;
    };
    const server = options.value('bootstrap-server') ?? (options.value('bootstrap-controller') as string);
    try {
      const changes = isAlter ? configChanges(options, env) : undefined;
      const config = readConfig(env, [options.value('command-config')]);
      return await withClient(env, server, config, async (client) => {
        if (changes !== undefined) {
          await (isQuota(entities)
            ? alterQuotas(client, entities, changes)
            : alterResource(client, entities[0], changes));
          env.out(updated(entities[0]));
        } else if (isQuota(entities)) env.out(await describeQuotas(client, entities));
        else env.out(await describeResources(client, entities[0], options.has('all')));
        return 0;
      });
    } catch (error) {
      if (error instanceof KafkaError) return failure(javaError(error));
      if (error instanceof StackError && error.code === 'MILLRACE_UNREACHABLE') return failure(messageOf(error));
      throw error;
    }
  },
};

function checkActions(options: Options): void {
  if (options.has('alter') === options.has('describe'))
    throw new UsageError('Command must include exactly one action: --describe, --alter');
  const other = ['add-config', 'delete-config'].find((name) => options.has(name));
  if (options.has('describe') && other !== undefined)
    throw new UsageError(`Option "[describe]" can't be used with option "[${other}]"`);
}

function isQuota([{ type }]: readonly [ConfigEntity, ...ConfigEntity[]]): boolean {
  return type === 'users' || type === 'clients' || type === 'ips';
}

function updated({ type, name }: ConfigEntity): string {
  return name === ''
    ? `Completed updating default config for ${type} in the cluster.\n`
    : `Completed updating config for ${type.replace(/s$/, '')} ${name}.\n`;
}
