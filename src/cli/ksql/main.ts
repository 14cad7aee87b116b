/** `millrace ksql [URL]`: ksqlDB's command line, for statements that are given, piped or typed. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk, readFileSync, replaceFileSync } from '../../core/disk.ts';
import { StackError } from '../../core/errors.ts';
import { nodeHttp, nodeHttpStream } from '../../core/http.ts';
import { parseProperties } from '../kafka/client-config.ts';
import { stopSignal } from '../terminal.ts';
import { parseKsqlArguments, usage } from './arguments.ts';
import type { KsqlArguments } from './arguments.ts';
import { createKsqlRestClient } from './rest-client.ts';
import type { KsqlRestClient } from './rest-client.ts';
import { KsqlSession } from './session.ts';
import { createSpool } from './spool.ts';
import type { Spool } from './spool.ts';

/** What the command line needs of its surroundings. */
export interface KsqlEnvironment {
  /** Prints on stdout. */
  print(text: string): void;
  /** A URL as it is reached from here. */
  url(text: string): string;
}

/** This process's stdout; `url` tells how a URL is reached from here. */
export function onTerminal(url: (text: string) => string = (text) => text): KsqlEnvironment {
  // Who reads our output has seen enough (`| head`): no reason to complain, nor to go on.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  return { print: (text) => void process.stdout.write(text), url };
}

/** The exit code of ksqlDB's own command line after a failure. */
const failed = 255;

/** Resolves with the exit code. Failures are printed where answers are, as ksqlDB's command line does. */
export async function ksqlCli(args: readonly string[], environment: KsqlEnvironment = onTerminal()): Promise<number> {
  const { print } = environment;
  try {
    const chosen = parseKsqlArguments(args);
    if (chosen.help) {
      print(usage);
      return 0;
    }
    const connect = (url: string): KsqlRestClient => clientFor(environment.url(url), chosen);
    const client = connect(chosen.url);
    const spool = createSpool(print, nodeDisk);
    const session = sessionFor(chosen, client, spool);
    const text = await givenText(chosen);
    await checkServer(client);
    if (text === undefined) {
      await prompt(session, connect, spool.print);
      return 0;
    }
    await session.run(text, endOf(chosen));
    return 0;
  } catch (error) {
    if (!(error instanceof StackError) && !(error instanceof Error && 'code' in error)) throw error;
    print(`${error.message}\n`);
    return failed;
  }
}

function clientFor(url: string, { authorization }: KsqlArguments): KsqlRestClient {
  const shared = { url, http: nodeHttp, stream: nodeHttpStream };
  return createKsqlRestClient(authorization === undefined ? shared : { ...shared, authorization });
}

/** The prompt on this terminal, with what was typed in earlier sessions. */
async function prompt(
  session: KsqlSession,
  connect: (url: string) => KsqlRestClient,
  print: (text: string) => void,
): Promise<void> {
  const { interact } = await import('./interactive.ts');
  const { bannerText } = await import('./prompt-commands.ts');
  const directory = join(homedir(), '.millrace');
  const file = join(directory, 'ksql-history');
  const history = nodeDisk.existsSync(file) ? readFileSync(nodeDisk, file).toString('utf8').split('\n') : [];
  print(await bannerText(session.client));
  await interact({
    session,
    connect,
    print,
    input: process.stdin,
    output: process.stdout,
    history,
    keepHistory: (lines) => {
      nodeDisk.makeDirectorySync(directory);
      replaceFileSync(nodeDisk, file, Buffer.from(lines.join('\n')));
    },
  });
}

function sessionFor(chosen: KsqlArguments, client: KsqlRestClient, spool: Spool): KsqlSession {
  const { format, variables, queryRowLimit, configFile } = chosen;
  const readFile = (path: string): Buffer => readFileSync(nodeDisk, path);
  return new KsqlSession({
    client,
    print: spool.print,
    spool: spool.to,
    readFile,
    width: () => process.stdout.columns || 80,
    format,
    variables,
    properties: configFile === undefined ? new Map() : localProperties(readFile(configFile).toString('utf8')),
    ...(queryRowLimit === undefined ? {} : { queryRowLimit }),
  });
}

/** The properties of a file. @throws StackError MILLRACE_CONFIG_INVALID for those of Java's key stores */
function localProperties(text: string): ReadonlyMap<string, string> {
  const properties = parseProperties(text);
  for (const name of properties.keys()) {
    if (!name.startsWith('ssl.')) continue;
    const how = 'a server at https:// is asked with the certificates of the system, and those of NODE_EXTRA_CA_CERTS';
    throw new StackError('MILLRACE_CONFIG_INVALID', `${name}: key stores of Java are not read; ${how}.`);
  }
  return properties;
}

/** The statements that are not typed: of the options, or piped in. */
async function givenText({ execute, file }: KsqlArguments): Promise<string | undefined> {
  if (execute !== undefined) return execute;
  if (file !== undefined) return readFileSync(nodeDisk, file).toString('utf8');
  if (process.stdin.isTTY === true) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** When a query has to end though its rows have not. */
function endOf({ queryTimeoutMs }: KsqlArguments): AbortSignal {
  const stopped = stopSignal();
  return queryTimeoutMs === undefined ? stopped : AbortSignal.any([stopped, AbortSignal.timeout(queryTimeoutMs)]);
}

async function checkServer(client: KsqlRestClient): Promise<void> {
  try {
    await client.info();
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    const stars = '*'.repeat(16);
    throw new StackError(
      'MILLRACE_UNREACHABLE',
      `\n${stars} ERROR ${stars}${'*'.repeat(8)}\nRemote server at ${client.url} does not appear to be a valid KSQL\nserver. Please ensure that the URL provided is for an active KSQL server.\n\nThe server responded with the following error: \n${error.message}\n${'*'.repeat(47)}\n`,
      { cause: error },
    );
  }
}
