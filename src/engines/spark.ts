/** A Spark cluster on loopback: master and one worker (Spark documentation, "Spark Standalone Mode"). */
import { delimiter, join } from 'node:path';
import type { ClusterPlace, ClusterSpec } from './cluster-spec.ts';

/** The master's own, and 8087 and 8088 less the ports that the stack and Flink use. */
const defaultPorts = { master: 7077, masterUi: 8092, workerUi: 8093 } as const;

/** The packages that Spark reaches into (`JavaModuleOptions` of its launcher). */
const opened = [
  'java.lang',
  'java.lang.invoke',
  'java.lang.reflect',
  'java.io',
  'java.net',
  'java.nio',
  'java.util',
  'java.util.concurrent',
  'java.util.concurrent.atomic',
];
const jvmOptions: readonly string[] = [
  '-XX:+IgnoreUnrecognizedVMOptions',
  '--add-modules=jdk.incubator.vector',
  ...opened.map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`),
  '--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.cs=ALL-UNNAMED',
  '--add-opens=java.base/sun.security.action=ALL-UNNAMED',
  '--add-opens=java.base/sun.util.calendar=ALL-UNNAMED',
  '-Djdk.reflect.useDirectMethodHandle=false',
];

export function sparkCluster(place: ClusterPlace): ClusterSpec {
  const { home, run, portOffset, slots } = place;
  const master = defaultPorts.master + portOffset;
  const masterUi = defaultPorts.masterUi + portOffset;
  const workerUi = defaultPorts.workerUi + portOffset;
  const env = sparkEnvironment(place);
  const java = ['-Xmx512m', ...jvmOptions, '-cp', join(home, 'deps', 'jars', '*')];
  const url = `spark://127.0.0.1:${master}`;
  return {
    files: [],
    processes: [
      {
        name: 'master',
        args: [
          ...java,
          'org.apache.spark.deploy.master.Master',
          ...['--host', '127.0.0.1', '--port', String(master), '--webui-port', String(masterUi)],
        ],
        env,
      },
      {
        name: 'worker',
        args: [
          ...java,
          'org.apache.spark.deploy.worker.Worker',
          ...['--host', '127.0.0.1', '--webui-port', String(workerUi), '--cores', String(slots), '--memory', '2g'],
          ...['--work-dir', join(run, 'work'), url],
        ],
        env,
      },
    ],
    ports: [
      { name: "Spark's master", port: master },
      { name: "Spark's web UI", port: masterUi },
      { name: "the web UI of Spark's worker", port: workerUi },
    ],
    addresses: { Master: url, 'Web UI': `http://localhost:${masterUi}` },
    answers: [{ url: `http://127.0.0.1:${masterUi}/json/`, matches: /"aliveworkers"\s*:\s*[1-9]/ }],
  };
}

/** What a process of Spark's, and Python with `pyspark`, needs in its environment. */
export function sparkEnvironment({ home, python }: Pick<ClusterPlace, 'home' | 'python'>): Record<string, string> {
  return {
    SPARK_HOME: join(home, 'deps'),
    // What its own scripts find out before they start anything.
    SPARK_SCALA_VERSION: '2.13',
    SPARK_LOCAL_IP: '127.0.0.1',
    PYSPARK_PYTHON: python,
    PYTHONPATH: [home, join(home, 'lib', 'py4j-0.10.9.9-src.zip')].join(delimiter),
  };
}

/** The script that submits, and its options for the connectors that the set brings. */
export function sparkSubmit(home: string, jars: readonly string[]): { command: string; args: string[] } {
  const script = process.platform === 'win32' ? 'spark-submit.cmd' : 'spark-submit';
  return {
    command: join(home, 'deps', 'bin', script),
    args: ['--jars', jars.map((file) => join(home, 'jars', file)).join(',')],
  };
}
