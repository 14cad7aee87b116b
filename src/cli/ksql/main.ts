/** `millrace ksql [URL]`: ksqlDB's command line, for statements that are given, piped or typed. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk, readFileSync, replaceFileSync } from '../../core/disk.ts';
import { StackError } from '../../core/errors.ts';
import { nodeHttp, nodeHttpStream } from '../../core/http.ts';
import { fileProblem, parseProperties } from '../kafka/client-config.ts';
import { stopSignal } from '../terminal.ts';
import { parseKsqlArguments, usage } from './arguments.ts';
import type { KsqlArguments } from './arguments.ts';
import { wrapped } from './java-text.ts';
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
      await prompt(session, connect, spool);
      return 0;
    }
    if (text.trim() === '') return 0;
    return (await session.run(text, endOf(chosen))) ? 0 : failed;
  } catch (error) {
    if (!(error instanceof StackError) && !(error instanceof Error && 'code' in error)) throw error;
    print(`${error.message}\n`);
    return failed;
  }
}

/** @throws StackError MILLRACE_CONFIG_INVALID when it is no URL of HTTP */
function clientFor(url: string, { authorization }: KsqlArguments): KsqlRestClient {
  if (!/^https?:\/\/[^/]/i.test(url)) {
    const how = 'Server URL must begin with protocol (e.g., http:// or https://)';
    throw new StackError('MILLRACE_CONFIG_INVALID', `The supplied serverAddress is invalid: ${url}\n${how}`);
  }
  const shared = { url, http: nodeHttp, stream: nodeHttpStream };
  return createKsqlRestClient(authorization === undefined ? shared : { ...shared, authorization });
}

/** The prompt on this terminal, with what was typed in earlier sessions. */
async function prompt(
  session: KsqlSession,
  connect: (url: string) => KsqlRestClient,
  { print, typed }: Spool,
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
    typed,
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
  if (file !== undefined) return scriptOf(file);
  if (process.stdin.isTTY === true) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

function scriptOf(path: string): string {
  try {
    return readFileSync(nodeDisk, path).toString('utf8');
  } catch (error) {
    const missing = (error as { code?: unknown }).code === 'ENOENT';
    const message = missing ? `No such script file: ${path}` : `${path} (${fileProblem(error)})`;
    throw new StackError('MILLRACE_CONFIG_INVALID', message, { cause: error });
  }
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
    const what = `Remote server at ${client.url} does not appear to be a valid KSQL server. Please ensure that the URL provided is for an active KSQL server.`;
    const box = [
      '',
      `${'*'.repeat(37)}ERROR${'*'.repeat(38)}`,
      wrapped(what, '\n'),
      '',
      'The server responded with the following error: ',
      error.message,
      '*'.repeat(80),
      '',
    ];
    throw new StackError('MILLRACE_UNREACHABLE', box.join('\n'), { cause: error });
  }
}
