/**
 * `millrace exec [-it] NAME COMMAND …`, for `docker exec` of the well-known compose files: the tools that people type into the containers,
 * where `localhost:9092`, `broker:29092`, `schema-registry:8081` and the like mean the stack that runs.
 */
import { StackError } from '../core/errors.ts';
import { createUrlAliases } from '../client/url-aliases.ts';
import type { AliasedService } from '../client/url-aliases.ts';
import type { StackStatus } from '../server/stack.ts';
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import { addressesAsTyped, nodeEnvironment } from './kafka/node-environment.ts';
import type { Addresses } from './kafka/node-environment.ts';
import { runTool } from './kafka/tool.ts';
import { toolNamed, toolNames } from './kafka/tools.ts';

const containers: ReadonlySet<string> = new Set([
  'zookeeper',
  'broker',
  'kafka',
  'schema-registry',
  'connect',
  'control-center',
  'ksqldb-server',
  'ksqldb-cli',
  'ksql-datagen',
  'rest-proxy',
]);

const usage = 'Usage: millrace exec [-it] [--data-dir DIR] NAME COMMAND [ARGUMENT …]';

/** Resolves with the exit code. */
export async function exec(args: readonly string[]): Promise<number> {
  const { name, command, rest, dataDir } = parse(args);
  const running = await statusOf(await chosenDataDirectory(dataDir === undefined ? {} : { dataDir }));
  const addresses = running === null ? addressesAsTyped : addressesOf(running);
  const bare = command.replace(/^.*\//, '');
  if (bare === 'ksql') {
    const { ksqlCli, onTerminal } = await import('./ksql/main.ts');
    return ksqlCli(rest, onTerminal(addresses.url));
  }
  const tool = toolNamed(bare);
  if (tool === undefined) {
    throw new StackError(
      'MILLRACE_UNSUPPORTED',
      `exec: "${command}" is not a command of ${name} here. There are ksql, ${toolNames().join(', ')}.`,
    );
  }
  const code = await runTool(await tool(), rest, nodeEnvironment(addresses));
  if (process.stdin.isTTY !== true) process.stdin.destroy();
  return code;
}

function parse(args: readonly string[]): {
  readonly name: string;
  readonly command: string;
  readonly rest: readonly string[];
  readonly dataDir: string | undefined;
} {
  let dataDir: string | undefined;
  let i = 0;
  for (; args[i]?.startsWith('-') === true; i++) {
    const flag = args[i] as string;
    if (flag === '--data-dir') dataDir = args[++i];
    else if (!/^-[itd]+$|^--(interactive|tty)$/.test(flag) || flag.includes('d')) {
      throw new StackError('MILLRACE_CONFIG_INVALID', `exec: unknown flag ${flag}.\n${usage}`);
    }
  }
  const [name, command, ...rest] = args.slice(i);
  if (name === undefined || command === undefined) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `exec needs the name of a container and a command.\n${usage}`);
  }
  if (!containers.has(name)) {
    throw new StackError(
      'MILLRACE_CONFIG_INVALID',
      `No such container: ${name}\nThe names are those of the compose file: ${[...containers].join(', ')}.`,
    );
  }
  return { name, command, rest, dataDir };
}

const serviceAt: Readonly<Record<string, AliasedService>> = { 8081: 'schemaRegistry', 8083: 'connect', 8088: 'ksql' };

/** Inside of the containers both the compose names and the usual local ports mean the running stack. */
export function addressesOf(status: StackStatus): Addresses {
  const hostOf = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  const embedded: Readonly<Record<AliasedService, string>> = {
    kafka: status.bootstrapServers,
    schemaRegistry: hostOf(status.schemaRegistryUrl),
    connect: hostOf(status.connectUrl),
    ksql: hostOf(status.ksqlUrl),
  };
  const aliases = createUrlAliases(
    Object.fromEntries(Object.entries(embedded).filter(([, address]) => address !== '')),
  );
  const local = (text: string): string =>
    text.replace(/\b(?:localhost|127\.0\.0\.1):(9092|29092|8081|8083|8088)\b/g, (whole, port: string) => {
      const address = embedded[serviceAt[port] ?? 'kafka'];
      return address === '' ? whole : address;
    });
  return {
    url: (text) => aliases.url(/^https?:/i.test(text) ? local(text) : text),
    bootstrapServers: (text) => aliases.bootstrapServers(local(text)),
  };
}
