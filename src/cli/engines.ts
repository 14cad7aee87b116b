/** `millrace engines`: real Flink, Spark and Kafka from the package registries, as small clusters on loopback beside the stack. */
import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../core/clock.ts';
import { nodeDisk } from '../core/disk.ts';
import { StackError } from '../core/errors.ts';
import { nodeHttp, nodeHttpStream } from '../core/http.ts';
import { nodeNetwork } from '../core/network.ts';
import { runOnTerminal } from '../core/processes.ts';
import { systemRandom } from '../core/random.ts';
import { clusterStatus, stopCluster } from '../engines/cluster.ts';
import { engineCache, runFolder } from '../engines/engines.ts';
import { flinkSqlClient } from '../engines/flink.ts';
import { install, installedAt, isInstalled, publicRegistries } from '../engines/install.ts';
import { interpretersFor } from '../engines/requirements.ts';
import { engineNames, engineSets } from '../engines/sets.ts';
import type { EngineName, EngineSet } from '../engines/sets.ts';
import { sparkEnvironment, sparkSubmit } from '../engines/spark.ts';
import { homeOf } from './engine-home.ts';
import { startEngine } from './engine-start.ts';
import { progressBar, spinning } from './progress.ts';

const ports = {
  disk: nodeDisk,
  clock: systemClock,
  network: nodeNetwork,
  http: nodeHttp,
  httpStream: nodeHttpStream,
  random: systemRandom,
};
const cache = engineCache(process.env);

/** The command with its subcommands. */
export function enginesCommand(): Command {
  const command = new Command('millrace engines')
    .description('install and run real Flink, Spark and Kafka beside the stack')
    .enablePositionalOptions();
  const engine = (): Argument => new Argument('<engine>').choices(engineNames);
  command
    .command('status', { isDefault: true })
    .description('tell what is installed and what runs')
    .option('--json', 'print JSON')
    .action(status);
  command
    .command('install')
    .description('fetch an engine from the package registries into the cache')
    .addArgument(engine())
    .addOption(
      new Option('--maven-repository <url>', 'a mirror of Maven Central')
        .env('MILLRACE_MAVEN_REPOSITORY')
        .default(publicRegistries.maven),
    )
    .addOption(
      new Option('--python-index <url>', 'a mirror of PyPI').env('PIP_INDEX_URL').default(publicRegistries.pypi),
    )
    .action((name: EngineName, options: { mavenRepository: string; pythonIndex: string }) =>
      installEngine(engineSets[name], { maven: options.mavenRepository, pypi: options.pythonIndex }),
    );
  command
    .command('start')
    .description('start a small cluster on loopback')
    .addArgument(engine())
    .addOption(
      new Option('--port-offset <n>', 'added to every port')
        .argParser(wholeNumber)
        .default(0)
        .env('MILLRACE_PORT_OFFSET'),
    )
    .addOption(new Option('--slots <n>', 'tasks at once').argParser(wholeNumber).default(4))
    .action((name: EngineName, options: { portOffset: number; slots: number }) => start(engineSets[name], options));
  command
    .command('stop')
    .description('stop the cluster that was started')
    .addArgument(engine())
    .action((name: EngineName) => stop(engineSets[name]));
  command
    .command('shell')
    .description("Flink's SQL client or PySpark, with Kafka and Avro at hand; what follows is its own")
    .passThroughOptions()
    .allowUnknownOption()
    .addArgument(new Argument('<engine>').choices(['flink', 'spark']))
    .argument('[arguments...]')
    .action((name: EngineName, args: string[]) => shell(engineSets[name], args));
  return command;
}

async function status({ json = false }: { readonly json?: boolean }): Promise<void> {
  const rows = await Promise.all(
    engineNames.map(async (engine) => {
      const set = engineSets[engine];
      const cluster = await clusterStatus(ports, runFolder(cache, engine));
      return { engine, version: set.version, installed: isInstalled(nodeDisk, cache, set), cluster };
    }),
  );
  if (json) {
    process.stdout.write(`${JSON.stringify(rows.map(({ cluster = null, ...row }) => ({ ...row, cluster })))}\n`);
    return;
  }
  for (const { engine, version, installed, cluster } of rows) {
    const ended = cluster?.ended ?? [];
    const running =
      cluster === undefined
        ? 'not running'
        : ended.length === 0
          ? 'running'
          : `${ended.join(', ')} ended; see ${join(runFolder(cache, engine), 'logs')}`;
    const state = installed ? running : `not installed; "millrace engines install ${engine}" fetches it`;
    process.stdout.write(`${engineSets[engine].title.padEnd(14)} ${version.padEnd(7)} ${state}\n`);
    if (cluster !== undefined && ended.length === 0) process.stdout.write(addressLines(cluster.addresses));
  }
}

async function installEngine(set: EngineSet, registries: typeof publicRegistries): Promise<void> {
  await interpretersFor(set, process.env);
  if (isInstalled(nodeDisk, cache, set)) {
    process.stdout.write(`${set.title} ${set.version} is installed in ${installedAt(cache, set)}.\n`);
    return;
  }
  const bar = progressBar(`${set.title} ${set.version}`);
  try {
    await install(ports, set, cache, registries, bar.update);
  } finally {
    bar.stop();
  }
  process.stdout.write(
    `${set.title} ${set.version} is in ${installedAt(cache, set)}. "millrace engines start ${set.engine}" starts it.\n`,
  );
}

async function start(set: EngineSet, options: { readonly portOffset: number; readonly slots: number }): Promise<void> {
  const cluster = await spinning(systemClock, `${set.title} is starting`, () => startEngine(set, options));
  process.stdout.write(
    `${set.title} ${set.version} is up.\n${addressLines(cluster.addresses)}"millrace engines stop ${set.engine}" stops it.\n`,
  );
}

async function stop(set: EngineSet): Promise<void> {
  const stopped = await stopCluster(ports, runFolder(cache, set.engine));
  process.stdout.write(stopped ? `${set.title} was stopped.\n` : `${set.title} was not running.\n`);
  if (!stopped) process.exitCode = 1;
}

async function shell(set: EngineSet, args: readonly string[]): Promise<void> {
  const { java, python } = await interpretersFor(set, process.env);
  const home = homeOf(set);
  if (set.engine === 'flink') {
    const run = runFolder(cache, 'flink');
    const cluster = await clusterStatus(ports, run);
    if (cluster === undefined || cluster.ended.length > 0)
      throw new StackError('MILLRACE_ENGINE', 'Flink is not running; "millrace engines start flink" starts it.');
    const client = flinkSqlClient({ home, run }, args);
    process.exitCode = await runOnTerminal(java, client.args, { env: client.env });
    return;
  }
  const submit = sparkSubmit(
    home,
    set.jars.map(({ file }) => file),
  );
  process.exitCode = await runOnTerminal(
    submit.command,
    ['pyspark-shell-main', '--name', 'PySparkShell', ...submit.args, ...args],
    {
      env: sparkEnvironment({ home, python }),
    },
  );
}

function addressLines(addresses: Readonly<Record<string, string>>): string {
  return Object.entries(addresses)
    .map(([name, value]) => `  ${name.padEnd(18)} ${value}\n`)
    .join('');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 50_000) throw new InvalidArgumentError('It is a whole number.');
  return value;
}
