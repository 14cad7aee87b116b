/** The commands of `millrace` itself: one file per subcommand, loaded only when it is the one that was typed. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { toolNames } from './kafka/tools.ts';
import { assert } from '../core/assert.ts';
import { ownSettings } from '../server/configuration/own-settings.ts';
import type { OwnSetting } from '../server/configuration/own-settings.ts';
import { version } from '../server/version.ts';

const program = new Command('millrace')
  .description('The whole streaming stack in one process: Kafka broker, Schema Registry, Connect, ksqlDB')
  .version(version)
  .showHelpAfterError('(millrace --help shows every command)');

const dataDir = (): Option => new Option('--data-dir <dir>', plain(settingOf('--data-dir').meaning));
const configFile = (): Option =>
  new Option('--config <file>', 'read the configuration from this file (./millrace.yaml, if it is there)');

/** Our own settings as flags; what they are when they are not given, the environment and the file say (docs/reference/configuration.md). */
function stackOptions(command: Command): Command {
  for (const { flag, meaning, kind, oneOf } of ownSettings) {
    const argument = kind === 'flag' ? '' : ` <${oneOf === undefined ? (argumentOf[flag] ?? 'value') : 'one'}>`;
    command.addOption(new Option(flag + argument, kind === 'flag' ? `do not ${plain(meaning)}` : plain(meaning)));
  }
  return command
    .addOption(configFile())
    .addOption(
      new Option(
        '--set <component.property=value>',
        "a property of the real system's, such as broker.num.partitions=3",
      ).argParser((value: string, before: readonly string[] = []) => [...before, value]),
    );
}

const argumentOf: Readonly<Record<string, string>> = {
  '--data-dir': 'dir',
  '--services': 'names',
  '--listen': 'hosts',
  '--allow-host': 'names',
  '--port-offset': 'n',
  '--bootstrap-server': 'host:port',
  '--schema-registry': 'url',
  '--connect': 'url',
};

function settingOf(flag: string): OwnSetting {
  const setting = ownSettings.find((one) => one.flag === flag);
  assert(setting !== undefined, flag);
  return setting;
}

/** Without the marks that are for the reference. */
function plain(meaning: string): string {
  return meaning.replaceAll('`', '');
}

stackOptions(program.command('up').description('start the stack; Ctrl-C ends it'))
  .option('-d, --detach', 'start it in the background and return once it answers')
  .action(async (options) => (await import('./up.ts')).up(options));

stackOptions(
  program
    .command('demo')
    .description("start the stack with the walk-through's data flowing, and watch it being counted"),
)
  .addOption(new Option('--interval <ms>', 'longest pause between two records').argParser(wholeNumber).default(1000))
  .action(async (options) => (await import('./demo.ts')).demo(options));

program
  .command('status')
  .description('tell what is running')
  .addOption(dataDir())
  .addOption(configFile())
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./status.ts')).status(options));

program
  .command('down')
  .description('stop the stack that holds the data directory')
  .addOption(dataDir())
  .addOption(configFile())
  .action(async (options) => (await import('./down.ts')).down(options));

program
  .command('reset')
  .description('delete everything that is kept in the data directory')
  .addOption(dataDir())
  .addOption(configFile())
  .option('-y, --yes', 'do not ask')
  .action(async (options) => (await import('./reset.ts')).reset(options));

program
  .command('engines')
  .description('install and run real Flink, Spark and Kafka beside the stack; --help tells the subcommands')
  .argument('[arguments...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async () => {
    // As typed: what follows `engines shell` is not ours to read.
    await (await import('./engines.ts')).enginesCommand().parseAsync(process.argv.slice(3), { from: 'user' });
  });

program
  .command('deploy')
  .description('run a file of ksqlDB statements as a job of a real Flink, Spark or ksqlDB')
  .argument('<file>')
  .addOption(new Option('--to <engine>').choices(['flink', 'spark', 'ksqldb']).makeOptionMandatory())
  .option(
    '--address <url>',
    'Flink\'s SQL gateway, Spark\'s master or the ksqlDB server (default: where "millrace engines" starts them)',
  )
  .option('--bootstrap-server <host:port>', 'the Kafka that the job reads and writes (default: of the stack that runs)')
  .option('--schema-registry <url>', 'its Schema Registry (default: of the stack that runs)')
  .option('--dry-run [folder]', 'write what would be submitted, and submit nothing')
  .option('--as-written', "take functions by their names, with the engine's own meaning")
  .action(async (file, options) => (await import('./deploy.ts')).deploy(file, options));

program
  .command('compare')
  .description('run a file of ksqlDB statements on Millrace, a real Flink and a real Spark, and compare the answers')
  .argument('<file>')
  .option('--bootstrap-server <host:port>', 'the Kafka that holds the sources (default: of the stack that runs)')
  .option('--schema-registry <url>', 'its Schema Registry (default: of the stack that runs)')
  .addOption(
    new Option('--engines <names...>', 'which to run beside Millrace')
      .choices(['flink', 'spark'])
      .default(['flink', 'spark']),
  )
  .option('--flink <url>', 'an SQL gateway (default: Flink as "millrace engines" starts it)')
  .option('--spark <master>', "Spark's master", 'local[2]')
  .option('--limit <n>', 'records of each partition at most', Number, Number.POSITIVE_INFINITY)
  .option('--as-written', "take functions by their names, with the engine's own meaning")
  .option('--json <file>', 'also write the comparison as JSON')
  .option('--html <file>', 'also write it as a page with plots')
  .action(async (file, options) =>
    (await import('./compare.ts')).compare(file, { ...options, engines: ['millrace', ...options.engines] }),
  );

program
  .command('ksql')
  .description("ksqlDB's command line; --help tells its options")
  .argument('[arguments...]')
  .helpOption(false)
  .allowUnknownOption()
  .action(async (_args, _options, command: Command) => {
    process.exitCode = await (await import('./ksql/main.ts')).ksqlCli(command.args);
  });

program.addHelpText(
  'after',
  `
In place of "docker exec" (exec --help tells its options):
  exec [-it] NAME COMMAND …   run a tool, bash or curl as in the container NAME of the well-known compose files

Kafka's command-line tools, with their own options (each tells them with --help):
${columns(toolNames())}
docs/reference/cli.md has the options of all.`,
);

/** Names side by side. */
function columns(names: readonly string[]): string {
  const half = Math.ceil(names.length / 2);
  const left = names.slice(0, half);
  return left.map((name, i) => `  ${name.padEnd(30)}${names[half + i] ?? ''}`.trimEnd()).join('\n');
}

/** The help of each command, as lines of at most 100 characters: what docs/reference/cli.md is made of. */
export function commandHelp(): readonly { readonly name: string; readonly help: string }[] {
  const wide = { getOutHelpWidth: () => 100, getOutHasColors: () => false };
  return [program, ...program.commands].map((command) => ({
    name: command === program ? '' : command.name(),
    help: command.configureOutput(wide).helpInformation(),
  }));
}

/** Runs the command that was typed. */
export async function runProgram(): Promise<void> {
  await program.parseAsync();
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError('It is a whole number from 0 to 65535.');
  return value;
}
