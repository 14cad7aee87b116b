/** Our own settings: those that no real system has a name for. Each may stand in `millrace.yaml`, in the environment and on the command line. */

export interface OwnSetting {
  /** As in `millrace.yaml`. */
  readonly name: string;
  /** In the environment. */
  readonly variable: string;
  /** On the command line. */
  readonly flag: string;
  readonly meaning: string;
  readonly oneOf?: readonly string[];
  readonly kind?: 'port' | 'flag' | 'list';
}

function setting(name: string, flag: string, meaning: string, more: Partial<OwnSetting> = {}): OwnSetting {
  return { name, variable: `MILLRACE_${name.replaceAll('.', '_').toUpperCase()}`, flag, meaning, ...more };
}

export const ownSettings: readonly OwnSetting[] = [
  setting(
    'data.dir',
    '--data-dir',
    "where everything is kept (`./.millrace` in a clone, else the platform's data folder)",
  ),
  setting(
    'services',
    '--services',
    'which parts run here: `broker`, `schema-registry`, `connect`, `ksqldb-server` (all)',
    {
      kind: 'list',
    },
  ),
  setting('listen', '--listen', 'addresses to listen on, where no `listeners` say otherwise (`127.0.0.1`, `::1`)', {
    kind: 'list',
  }),
  setting('allowed.hosts', '--allow-host', 'names besides our own by which requests over HTTP may address us (none)', {
    kind: 'list',
  }),
  setting('port.offset', '--port-offset', 'added to every port (0)', { kind: 'port' }),
  setting('bootstrap.servers', '--bootstrap-server', 'a Kafka to use instead of the embedded broker'),
  setting('schema.registry.url', '--schema-registry', 'a Schema Registry to use instead of the embedded one'),
  setting('connect.url', '--connect', 'a Kafka Connect to use instead of the embedded one'),
  setting(
    'host.aliases',
    '--no-host-aliases',
    "take the compose files' names (`schema-registry:8081` …) for our own services (`true`)",
    {
      kind: 'flag',
    },
  ),
  setting(
    'durability',
    '--durability',
    '`page-cache` survives the end of the process, `fsync` also a loss of power (`page-cache`)',
    {
      oneOf: ['page-cache', 'fsync'],
    },
  ),
  setting('log.level', '--log-level', 'what is written to stderr: `debug`, `info`, `warn`, `error` (`warn`)', {
    oneOf: ['debug', 'info', 'warn', 'error'],
  }),
];

/** Variables that begin with `MILLRACE_` and are no settings of a stack: of other commands, for debugging, and of our tests and judges. */
export const otherVariables: ReadonlySet<string> = new Set([
  'MILLRACE_CONFIG',
  'MILLRACE_CONTAINER',
  'MILLRACE_DEBUG',
  'MILLRACE_ENGINES',
  'MILLRACE_KILLS',
  'MILLRACE_MAIN',
  'MILLRACE_MAVEN_REPOSITORY',
  'MILLRACE_NODE',
  'MILLRACE_PEERS',
  'MILLRACE_RECORD_GROUPS',
  'MILLRACE_RECORDS',
  'MILLRACE_REWIND',
  'MILLRACE_SEED',
  'MILLRACE_SEEDS',
  'MILLRACE_SHOW',
  'MILLRACE_SIM_SEED',
  'MILLRACE_SIM_SEEDS',
]);
