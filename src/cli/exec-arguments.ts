/** The words behind `millrace exec`: Docker's flags in front of a container's name, then a command. */
import { StackError } from '../core/errors.ts';

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

export const execUsage: string = `Usage: millrace exec [OPTIONS] NAME COMMAND [ARGUMENT …]

Runs a command as in the container NAME of the well-known compose files: ${[...containers].join(', ')}.
There localhost:9092, broker:29092, schema-registry:8081 and the like mean the stack that runs.

  -i, --interactive      keep standard input open (it always is)
  -t, --tty              for a terminal (which is noticed without it)
  -e, --env NAME=VALUE   an environment variable of the command
      --env-file FILE    environment variables, one a line
  -w, --workdir DIR      the directory to run in
  -u, --user NAME        has no effect: there are no containers
      --privileged       has no effect
      --data-dir DIR     the data directory of the stack that is meant
      --config FILE      the configuration file that names it
  -h, --help             show this

Commands are Kafka's tools with and without .sh (millrace --help lists them), ksql, curl, and bash or sh, alone or with -c.`;

export interface ExecArguments {
  readonly name: string;
  readonly command: string;
  readonly rest: readonly string[];
  readonly dataDir: string | undefined;
  readonly config: string | undefined;
  readonly directory: string | undefined;
  readonly env: readonly string[];
  readonly envFiles: readonly string[];
  /** Flags that do nothing here. */
  readonly withoutEffect: readonly string[];
}

/** Flags with a value, by what they are. */
const valued: Readonly<Record<string, keyof Values>> = {
  '--data-dir': 'dataDir',
  '--config': 'config',
  '-w': 'directory',
  '--workdir': 'directory',
  '-e': 'env',
  '--env': 'env',
  '--env-file': 'envFiles',
  '-u': 'user',
  '--user': 'user',
  '--detach-keys': 'detachKeys',
};

interface Values {
  dataDir: string[];
  config: string[];
  directory: string[];
  env: string[];
  envFiles: string[];
  user: string[];
  detachKeys: string[];
}

/** Undefined: help was asked for. @throws StackError MILLRACE_CONFIG_INVALID */
export function parseExec(args: readonly string[]): ExecArguments | undefined {
  const values: Values = {
    dataDir: [],
    config: [],
    directory: [],
    env: [],
    envFiles: [],
    user: [],
    detachKeys: [],
  };
  const withoutEffect: string[] = [];
  const words = [...args];
  while (words[0]?.startsWith('-') === true) {
    const flag = words.shift() as string;
    if (flag === '-h' || flag === '--help') return undefined;
    if (flag === '-d' || flag === '--detach' || /^-[it]*d[it]*$/.test(flag))
      throw invalid('exec -d is not supported: let the shell run it in the background, with & at the end.');
    if (/^-[it]+$|^--(interactive|tty)$/.test(flag)) continue;
    if (flag === '--privileged') {
      withoutEffect.push(flag);
      continue;
    }
    const equals = flag.startsWith('--') ? flag.indexOf('=') : -1;
    const bare = equals < 0 ? flag : flag.slice(0, equals);
    // `-uroot`, and `-ite NAME=VALUE`: the last of several letters may take the value.
    const glued = /^-([it]*)([ewu])(.*)$/s.exec(flag);
    const kind = valued[bare] ?? (glued === null ? undefined : valued[`-${glued[2]}`]);
    if (kind === undefined) throw invalid(`exec: unknown flag ${flag}.\n${usageLine}`);
    const attached = equals >= 0 ? flag.slice(equals + 1) : valued[bare] === undefined ? glued?.[3] : undefined;
    const value = attached === undefined || attached === '' ? words.shift() : attached;
    if (value === undefined) throw invalid(`exec: ${bare} needs a value.\n${usageLine}`);
    values[kind].push(value);
    if (kind === 'user' || kind === 'detachKeys') withoutEffect.push(bare);
  }
  const [name, command, ...rest] = words;
  if (name === undefined || command === undefined)
    throw invalid(`exec needs the name of a container and a command.\n${usageLine}`);
  if (!containers.has(name))
    throw invalid(
      `No such container: ${name}\nThe names are those of the compose file: ${[...containers].join(', ')}.`,
    );
  return {
    name,
    command,
    rest,
    dataDir: values.dataDir.at(-1),
    config: values.config.at(-1),
    directory: values.directory.at(-1),
    env: values.env,
    envFiles: values.envFiles,
    withoutEffect,
  };
}

const usageLine = 'Usage: millrace exec [-it] [OPTIONS] NAME COMMAND [ARGUMENT …]   (--help tells the options)';

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

/** `NAME=VALUE` words and lines as variables; a name alone takes the value that it has outside. */
export function environmentOf(
  words: readonly string[],
  outside: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? outside[name] : word.slice(equals + 1);
    if (name === '') throw invalid(`invalid environment variable: ${word}`);
    if (value !== undefined) variables[name] = value;
  }
  return variables;
}
