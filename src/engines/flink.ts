/** A Flink cluster on loopback: JobManager, one TaskManager, SQL gateway (Flink documentation, "Standalone", "SQL Gateway"). */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ClusterPlace, ClusterSpec } from './cluster-spec.ts';

/** Flink's REST is on 8089 in the walk-through, as 8081 is the registry's. */
const defaultPorts = { rest: 8089, gateway: 8090, rpc: 6123 } as const;

/** The packages that Flink's serialisers reach into (`env.java.opts.all` of its default configuration). */
const opened = [
  'java.lang',
  'java.net',
  'java.io',
  'java.nio',
  'java.lang.reflect',
  'java.text',
  'java.time',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
  'java.util.concurrent.locks',
];
const jvmOptions: readonly string[] = [
  '--add-exports=java.rmi/sun.rmi.registry=ALL-UNNAMED',
  '--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED',
  ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
];

/** Memory of the TaskManager in MiB, as its options and the JVM's have to agree on it. */
const memory = {
  taskHeap: 640,
  managed: 384,
  network: 128,
  frameworkHeap: 128,
  frameworkOffHeap: 128,
  metaspace: 256,
} as const;

export function flinkCluster({ home, run, portOffset, slots }: ClusterPlace): ClusterSpec {
  const rest = defaultPorts.rest + portOffset;
  const gateway = defaultPorts.gateway + portOffset;
  const rpc = defaultPorts.rpc + portOffset;
  const conf = join(run, 'conf');
  const logging = `-Dlog4j.configurationFile=${join(conf, 'log4j.properties')}`;
  const env = { FLINK_CONF_DIR: conf };
  const heap = memory.frameworkHeap + memory.taskHeap;
  return {
    files: [
      { path: 'conf/config.yaml', content: configuration({ run, rest, gateway, rpc, slots }) },
      { path: 'conf/log4j.properties', content: log4j },
      { path: 'conf/log4j-client.properties', content: clientLog4j(join(run, 'logs', 'sql-client.log')) },
    ],
    processes: [
      {
        name: 'jobmanager',
        args: [
          '-Xmx768m',
          ...jvmOptions,
          logging,
          '-cp',
          classPath(home),
          'org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint',
          '--configDir',
          conf,
        ],
        env,
      },
      {
        name: 'taskmanager',
        args: [
          `-Xmx${heap}m`,
          `-XX:MaxDirectMemorySize=${memory.frameworkOffHeap + memory.network}m`,
          `-XX:MaxMetaspaceSize=${memory.metaspace}m`,
          ...jvmOptions,
          logging,
          '-cp',
          classPath(home),
          'org.apache.flink.runtime.taskexecutor.TaskManagerRunner',
          '--configDir',
          conf,
        ],
        env,
      },
      {
        name: 'sql-gateway',
        args: ['-Xmx512m', ...jvmOptions, logging, '-cp', classPath(home), 'org.apache.flink.table.gateway.SqlGateway'],
        env,
      },
    ],
    ports: [
      { name: "Flink's REST", port: rest },
      { name: "Flink's SQL gateway", port: gateway },
      { name: "Flink's RPC", port: rpc },
    ],
    addresses: { 'Web UI and REST': `http://localhost:${rest}`, 'SQL gateway': `http://localhost:${gateway}` },
    answers: [
      { url: `http://127.0.0.1:${rest}/overview`, matches: /"taskmanagers":[1-9]/ },
      { url: `http://127.0.0.1:${gateway}/v1/info`, matches: /productName/ },
    ],
  };
}

/** Arguments of `java` for Flink's own SQL client, against the cluster of `run`; without `-f` it is a prompt. */
export function flinkSqlClient(
  { home, run }: Pick<ClusterPlace, 'home' | 'run'>,
  args: readonly string[],
): { args: string[]; env: Record<string, string> } {
  const conf = join(run, 'conf');
  return {
    args: [
      '-Xmx512m',
      ...jvmOptions,
      `-Dlog4j.configurationFile=${join(conf, 'log4j-client.properties')}`,
      '-cp',
      `${classPath(home)}${separator}${join(home, 'deps', 'opt', '*')}`,
      'org.apache.flink.table.client.SqlClient',
      'embedded',
      ...args,
    ],
    env: { FLINK_CONF_DIR: conf },
  };
}

const separator = process.platform === 'win32' ? ';' : ':';

function classPath(home: string): string {
  return [join(home, 'deps', 'lib', '*'), join(home, 'jars', '*')].join(separator);
}

interface Settings {
  readonly run: string;
  readonly rest: number;
  readonly gateway: number;
  readonly rpc: number;
  readonly slots: number;
}

function configuration({ run, rest, gateway, rpc, slots }: Settings): string {
  const folder = (name: string): string => pathToFileURL(join(run, name)).href;
  return `jobmanager.rpc.address: 127.0.0.1
jobmanager.rpc.port: ${rpc}
jobmanager.bind-host: 127.0.0.1
jobmanager.memory.process.size: 1600m
taskmanager.host: 127.0.0.1
taskmanager.bind-host: 127.0.0.1
taskmanager.numberOfTaskSlots: ${slots}
taskmanager.cpu.cores: ${slots}
taskmanager.memory.framework.heap.size: ${memory.frameworkHeap}m
taskmanager.memory.framework.off-heap.size: ${memory.frameworkOffHeap}m
taskmanager.memory.task.heap.size: ${memory.taskHeap}m
taskmanager.memory.task.off-heap.size: 0m
taskmanager.memory.managed.size: ${memory.managed}m
taskmanager.memory.network.min: ${memory.network}m
taskmanager.memory.network.max: ${memory.network}m
taskmanager.memory.jvm-metaspace.size: ${memory.metaspace}m
taskmanager.memory.jvm-overhead.min: 192m
taskmanager.memory.jvm-overhead.max: 192m
parallelism.default: 1
rest.address: 127.0.0.1
rest.bind-address: 127.0.0.1
rest.port: ${rest}
sql-gateway.endpoint.rest.address: 127.0.0.1
sql-gateway.endpoint.rest.bind-address: 127.0.0.1
sql-gateway.endpoint.rest.port: ${gateway}
io.tmp.dirs: ${join(run, 'tmp')}
execution.checkpointing.interval: 10s
execution.checkpointing.dir: ${folder('checkpoints')}
execution.checkpointing.savepoint-dir: ${folder('savepoints')}
`;
}

const log4j = `rootLogger.level = INFO
rootLogger.appenderRef.console.ref = Console
appender.console.name = Console
appender.console.type = CONSOLE
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
`;

/** The terminal is the client's own: what it logs goes to a file. */
function clientLog4j(file: string): string {
  return `rootLogger.level = INFO
rootLogger.appenderRef.file.ref = File
appender.file.name = File
appender.file.type = FILE
appender.file.fileName = ${file.replaceAll('\\', '/')}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{yyyy-MM-dd HH:mm:ss,SSS} %-5p %-60c %x - %m%n
`;
}
