/** What can be typed at the prompt besides statements; none of these needs a semicolon, nor quotes around a file's name. */
import { StackError } from '../../core/errors.ts';
import { version } from '../../server/version.ts';
import { outputFormat } from './arguments.ts';
import { textOf } from './entities.ts';
import type { KsqlRestClient } from './rest-client.ts';
import type { KsqlSession } from './session.ts';

export interface PromptContext {
  readonly session: KsqlSession;
  readonly print: (text: string) => void;
  /** A client for another server. */
  readonly connect: (url: string) => KsqlRestClient;
  /** Lines that were typed, oldest first. */
  readonly history: () => readonly string[];
}

type PromptCommand = (context: PromptContext, argument: string, signal: AbortSignal) => Promise<void> | void;

const help = `Statements end with a semicolon and may go over several lines. A query that runs is ended with Ctrl-C.
At the prompt there are also, in capitals or not:

  CLEAR                 empty the screen
  EXIT, QUIT            leave
  HELP                  this text
  HISTORY               what was typed
  OUTPUT [TABULAR|JSON] tell or change how answers are printed
  SERVER [URL]          tell or change the server
  VERSION               tell the version
  SET CLI WRAP ON|OFF   let long values go on in the next line, or cut them off
  SET CLI COLUMN-WIDTH N
                        the width of a column; 0: an equal share of the terminal
  REQUEST-PIPELINING [ON|OFF]
                        do not wait until the statements before are done
  RUN SCRIPT FILE       do the statements of a file
  SPOOL FILE            write what is typed and printed to a file too, until SPOOL OFF
`;

export const promptCommands: ReadonlyMap<string, PromptCommand> = new Map<string, PromptCommand>([
  ['HELP', ({ print }) => print(help)],
  ['VERSION', ({ print }) => print(`Version: ${version}\n`)],
  ['CLEAR', ({ print }) => print('\u001b[2J\u001b[H')],
  [
    'HISTORY',
    ({ print, history }) => {
      for (const [i, line] of history().entries()) print(`${String(i + 1).padStart(4)}: ${line}\n`);
    },
  ],
  [
    'OUTPUT',
    ({ session, print }, argument) => {
      if (argument === '') return print(`Current output format: ${session.format}\n`);
      session.format = outputFormat(argument);
      print(`Output format set to ${session.format}\n`);
    },
  ],
  [
    'SET CLI',
    ({ session }, argument) => {
      const [property, value, ...more] = argument.split(/\s+/).map((word) => word.replace(/^'(.*)'$/, '$1'));
      if (property === undefined || value === undefined || more.length > 0)
        throw new StackError('MILLRACE_CONFIG_INVALID', 'SET CLI takes a property and its value.');
      session.setCli(property, value);
    },
  ],
  [
    'REQUEST-PIPELINING',
    ({ session, print }, argument) => {
      const setting = argument.toUpperCase();
      if (argument === '') {
        print(`Current request-pipelining configuration: ${session.pipelining ? 'ON' : 'OFF'}\n`);
      } else if (setting === 'ON' || setting === 'OFF') {
        session.pipelining = setting === 'ON';
        print(`request-pipelining configuration is now ${setting}\n`);
      } else print(`Invalid request-pipelining setting: ${argument}. Valid options are 'ON' and 'OFF'.\n`);
    },
  ],
  [
    'SERVER',
    async ({ session, print, connect }, argument) => {
      if (argument === '') return print(`${session.client.url}\n`);
      const client = connect(argument);
      await client.info();
      session.useServer(client);
      print(`Server now: ${client.url}\n`);
    },
  ],
  ['RUN SCRIPT', async ({ session }, file, signal) => void (await session.run(`RUN SCRIPT ${named(file)};`, signal))],
  [
    'SPOOL',
    async ({ session }, file, signal) => {
      const where = file.toUpperCase() === 'OFF' ? 'OFF' : named(file);
      await session.run(`SPOOL ${where};`, signal);
    },
  ],
]);

/** A file's name as a string of SQL. */
function named(file: string): string {
  if (file === '') throw new StackError('MILLRACE_CONFIG_INVALID', 'This command takes the name of a file.');
  return /^'.*'$/.test(file) ? file : `'${file.replaceAll("'", "''")}'`;
}

/** What is shown before the first prompt. */
export async function bannerText(client: KsqlRestClient): Promise<string> {
  const info = await client.info();
  return [
    `CLI v${version}, Server v${textOf(info, 'version')} located at ${client.url}`,
    `Server Status: ${textOf(info, 'serverStatus')}`,
    '',
    "Having trouble? Type 'help' (case-insensitive) for a rundown of how things work!",
    '',
    '',
  ].join('\n');
}

/** The command that a line begins with, and the rest of the line; undefined when it is none. */
export function promptCommandOf(line: string): { readonly name: string; readonly argument: string } | undefined {
  const [, word = '', argument = ''] =
    /^\s*(set\s+cli|run\s+script|[A-Za-z-]+)(?![A-Za-z-])\s*(.*?)[\s;]*$/i.exec(line) ?? [];
  // More statements on the line: it is for the parser.
  if (argument.replaceAll(/'[^']*'/g, '').includes(';')) return undefined;
  const name = word.toUpperCase().replace(/\s+/, ' ');
  return name === 'EXIT' || name === 'QUIT' || promptCommands.has(name) ? { name, argument } : undefined;
}
