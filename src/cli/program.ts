/** The commands of `millrace` itself: one file per subcommand, loaded only when it is the one that was typed. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { toolNames } from './kafka/tools.ts';
import { version } from '../server/version.ts';

const program = new Command('millrace')
  .description('The whole streaming stack in one process: Kafka broker, Schema Registry, Connect, ksqlDB')
  .version(version)
  .showHelpAfterError('(millrace --help shows every command)');

const dataDir = (): Option =>
  new Option(
    '--data-dir <dir>',
    "where everything is kept (default: ./.millrace in a clone, else the platform's data folder)",
  ).env('MILLRACE_DATA_DIR');
const portOffset = (): Option =>
  new Option('--port-offset <n>', 'added to every port').argParser(wholeNumber).default(0).env('MILLRACE_PORT_OFFSET');

function stackOptions(command: Command): Command {
  return command
    .addOption(dataDir())
    .addOption(portOffset())
    .addOption(new Option('--bootstrap-server <host:port>', 'use this Kafka instead of the embedded broker'))
    .addOption(new Option('--schema-registry <url>', 'use this Schema Registry instead of the embedded one'))
    .addOption(
      new Option('--durability <policy>', 'page-cache survives the end of the process, fsync also a loss of power')
        .choices(['page-cache', 'fsync'])
        .default('page-cache'),
    )
    .addOption(new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('warn'));
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
  .option('--json', 'print JSON')
  .action(async (options) => (await import('./status.ts')).status(options));

program
  .command('down')
  .description('stop the stack that holds the data directory')
  .addOption(dataDir())
  .action(async (options) => (await import('./down.ts')).down(options));

program
  .command('reset')
  .description('delete everything that is kept in the data directory')
  .addOption(dataDir())
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
  exec [-it] NAME COMMAND …  run a tool as in the container NAME of the well-known compose files

Kafka's command-line tools, with their own options (each tells them with --help):
${toolNames()
  .map((name) => `  ${name}\n`)
  .join('')}`,
);

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
