/** The command line of `ksql`, with the names of ksqlDB's own. */
import { parseArgs } from 'node:util';
import { StackError, messageOf } from '../../core/errors.ts';
import type { OutputFormat } from './session.ts';
import { endsStatement } from './statement-end.ts';

export interface KsqlArguments {
  readonly help: boolean;
  readonly url: string;
  readonly execute?: string;
  readonly file?: string;
  readonly configFile?: string;
  readonly format: OutputFormat;
  /** The value of the Authorization header. */
  readonly authorization?: string;
  readonly queryRowLimit?: number;
  readonly queryTimeoutMs?: number;
  readonly variables: ReadonlyMap<string, string>;
}

export const usage = `Usage: ksql [options] [URL of the server, default http://localhost:8088]

  -e, --execute STATEMENTS     do these statements and end
  -f, --file FILE              do the statements of a file and end
  -d, --define NAME=VALUE      a variable for the session; may be given several times
      --output TABULAR|JSON    how answers are printed
      --config-file FILE       local properties, as a Java properties file
      --query-row-limit N      end a query after so many rows
      --query-timeout MS       end a query after so many milliseconds
  -u, --user NAME  -p, --password PASSWORD
  -t, --token TOKEN            a bearer token instead
  -h, --help
Statements may also be piped in.
`;

/** @throws StackError MILLRACE_CONFIG_INVALID for an unknown option or a value that it cannot have */
export function parseKsqlArguments(args: readonly string[]): KsqlArguments {
  const { values, positionals } = parsed(args);
  if (positionals.length > 1) throw invalid(`Found unexpected parameters: ${positionals.slice(1).join(' ')}`);
  if (values.execute !== undefined && values.file !== undefined)
    throw invalid('--execute and --file cannot be given together.');
  const authorization = authorizationOf(values);
  for (const option of ['confluent-api-key', 'confluent-api-secret'] as const)
    if (values[option] !== undefined)
      throw invalid(`--${option} is for the connectors of Confluent Cloud, which Millrace does not speak to.`);
  const queryRowLimit = positive('--query-row-limit', values['query-row-limit']);
  const queryTimeoutMs = positive('--query-timeout', values['query-timeout']);
  return {
    help: values.help === true,
    url: positionals[0] ?? 'http://localhost:8088',
    ...(values.execute === undefined ? {} : { execute: whole(values.execute) }),
    ...(values.file === undefined ? {} : { file: values.file }),
    ...(values['config-file'] === undefined ? {} : { configFile: values['config-file'] }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(queryRowLimit === undefined ? {} : { queryRowLimit }),
    ...(queryTimeoutMs === undefined ? {} : { queryTimeoutMs }),
    format: outputFormat(values.output ?? 'TABULAR'),
    variables: new Map((values.define ?? []).map(definition)),
  };
}

/** @throws StackError MILLRACE_CONFIG_INVALID for a format that there is not */
export function outputFormat(text: string): OutputFormat {
  const format = text.toUpperCase();
  if (format === 'TABULAR' || format === 'JSON') return format;
  throw invalid(`Invalid output format: '${format}' (valid formats: 'JSON', 'TABULAR')`);
}

// oxlint-disable-next-line explicit-function-return-type -- the type follows from the options.
function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw invalid(messageOf(error));
  }
}

const options = {
  execute: { type: 'string', short: 'e' },
  file: { type: 'string', short: 'f' },
  define: { type: 'string', short: 'd', multiple: true },
  output: { type: 'string' },
  'config-file': { type: 'string' },
  'query-row-limit': { type: 'string' },
  'query-timeout': { type: 'string' },
  user: { type: 'string', short: 'u' },
  password: { type: 'string', short: 'p' },
  token: { type: 'string', short: 't' },
  'confluent-api-key': { type: 'string' },
  'confluent-api-secret': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** The last statement of `--execute` needs no semicolon. */
function whole(statements: string): string {
  return statements.trim() === '' || endsStatement(statements) ? statements : `${statements};`;
}

function authorizationOf({
  user,
  password,
  token,
}: Partial<Record<'user' | 'password' | 'token', string>>): string | undefined {
  if (user !== undefined && token !== undefined)
    throw invalid('Only one of username/password or token can be provided');
  if ((user === undefined) !== (password === undefined)) {
    throw invalid(
      "You must specify both a username and a password. If you don't want to use an authenticated session, don't specify either of the --user or the --password flags on the command line",
    );
  }
  if (token !== undefined) return `Bearer ${token}`;
  return user === undefined ? undefined : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function definition(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  if (equals < 1) throw invalid(`--define takes NAME=VALUE, not '${text}'.`);
  return [text.slice(0, equals), text.slice(equals + 1)];
}

function positive(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw invalid(`${option} takes a number from 1, not '${text}'.`);
  return value;
}

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}
