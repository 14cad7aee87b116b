/**
 * `millrace exec [-it] NAME COMMAND …`, for `docker exec` of the well-known compose files: the tools that people type into the containers,
 * where `localhost:9092`, `broker:29092`, `schema-registry:8081` and the like mean the stack that runs.
 */
import { resolve } from 'node:path';
import { nodeDisk, readFileSync } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { runOnTerminal } from '../core/processes.ts';
import { createUrlAliases } from '../client/url-aliases.ts';
import type { AliasedService } from '../client/url-aliases.ts';
import type { StackStatus } from '../server/stack.ts';
import { chosenDataDirectory, statusOf } from './data-dir.ts';
import type { DataDirOption } from './data-dir.ts';
import { environmentOf, execUsage, parseExec } from './exec-arguments.ts';
import type { ExecArguments } from './exec-arguments.ts';
import { addressesAsTyped, nodeEnvironment } from './kafka/node-environment.ts';
import type { Addresses } from './kafka/node-environment.ts';
import { runTool } from './kafka/tool.ts';
import { toolNamed, toolNames } from './kafka/tools.ts';
import { releaseStdin, toolExitCode } from './terminal.ts';

/** Resolves with the exit code. */
export async function exec(args: readonly string[]): Promise<number> {
  const parsed = parseExec(args);
  if (parsed === undefined) {
    process.stdout.write(`${execUsage}\n`);
    return 0;
  }
  const { name, command, rest, directory, withoutEffect } = parsed;
  for (const flag of withoutEffect)
    process.stderr.write(`exec: ${flag} has no effect: there are no containers here.\n`);
  const env = environment(parsed);
  Object.assign(process.env, env);
  if (directory !== undefined) enter(directory);
  const bare = command.replace(/^.*\//, '');
  if (bare === 'bash' || bare === 'sh') {
    const { runShell } = await import('./exec-shell.ts');
    const commands = ['ksql', 'curl', ...toolNames()];
    return runShell(rest, {
      container: name,
      commands,
      main: process.argv[1] ?? '',
      env: { ...env, ...chosen(parsed) },
    });
  }
  const running = await statusOf(await chosenDataDirectory(chosenOption(parsed)));
  const addresses = running === null ? addressesAsTyped : addressesOf(running);
  if (bare === 'ksql') {
    const { ksqlCli, onTerminal } = await import('./ksql/main.ts');
    return ksqlCli(rest, onTerminal(addresses.url));
  }
  if (bare === 'curl') return curl(rest, addresses);
  const tool = toolNamed(bare);
  if (tool === undefined) {
    throw new StackError(
      'MILLRACE_UNSUPPORTED',
      `exec: "${command}" is not a command of ${name} here. There are ksql, curl, bash, ${toolNames().join(', ')}.`,
    );
  }
  const code = await runTool(await tool(), rest, nodeEnvironment(addresses));
  releaseStdin();
  return toolExitCode(code);
}

function environment({ env, envFiles }: ExecArguments): Record<string, string> {
  const lines = envFiles.flatMap((file) =>
    readFileSync(nodeDisk, file)
      .toString('utf8')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );
  return environmentOf([...lines, ...env], process.env);
}

function enter(directory: string): void {
  try {
    process.chdir(directory);
  } catch (error) {
    throw new StackError('MILLRACE_CONFIG_INVALID', `exec: there is no directory ${directory} here.`, { cause: error });
  }
}

function chosenOption({ dataDir, config }: ExecArguments): DataDirOption {
  return { ...(dataDir === undefined ? {} : { dataDir }), ...(config === undefined ? {} : { config }) };
}

/** The same stack for the commands of a shell. */
function chosen({ dataDir, config }: ExecArguments): Record<string, string> {
  return {
    ...(dataDir === undefined ? {} : { MILLRACE_DATA_DIR: resolve(dataDir) }),
    ...(config === undefined ? {} : { MILLRACE_CONFIG: resolve(config) }),
  };
}

/** The machine's own, for the addresses that are meant. */
async function curl(args: readonly string[], addresses: Addresses): Promise<number> {
  const urls = args.map((word) => {
    if (/^https?:/i.test(word)) return addresses.url(word);
    return /^[\w.-]+:\d+(\/|$)/.test(word) ? addresses.url(`http://${word}`) : word;
  });
  try {
    return await runOnTerminal('curl', urls);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
    throw new StackError('MILLRACE_UNSUPPORTED', 'exec … curl needs a curl on this machine, and there is none.', {
      cause: error,
    });
  }
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
