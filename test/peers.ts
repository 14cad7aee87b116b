/**
 * The foreign clients that judge us (scripts/install-peers.sh). A test that needs one that is not there is skipped by name, and fails in CI.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it } from 'vitest';

const folder = process.env['MILLRACE_PEERS'] ?? join(homedir(), '.cache', 'millrace-peers');
const kafkaLibs = join(folder, 'kafka-4.3.1', 'libs');
const python = join(folder, 'venv', 'bin', 'python');
const ksqlPython = join(folder, 'ksql', 'bin', 'python');
const ksqldbPython = join(folder, 'ksqldb', 'bin', 'python');
const ksqldbNode = join(folder, 'ksqldb-client');

/** Where `millrace engines install` puts the real engines. */
export const installedEngines: string =
  process.env['MILLRACE_ENGINES'] ?? join(homedir(), '.cache', 'millrace', 'engines');

/** `ksql` stands on `hyper`, which looks for names where Python before 3.10 had them. */
const ksqlPreamble =
  'import collections, collections.abc\nfor n in ("Iterable", "Mapping", "MutableMapping", "Callable", "Sequence", "MutableSet"): setattr(collections, n, getattr(collections.abc, n))\n';

function hasJavaLibraries(name: string): boolean {
  return existsSync(join(folder, name, '.ready')) && spawnSync('java', ['-version']).error === undefined;
}

const here = {
  kcat: () => spawnSync('kcat', ['-V']).error === undefined,
  'confluent-kafka': () => existsSync(python),
  curl: () => spawnSync('curl', ['--version']).error === undefined,
  ksql: () => existsSync(ksqlPython),
  ksqldb: () => existsSync(ksqldbPython),
  'ksqldb-client': () => existsSync(join(ksqldbNode, 'node_modules', 'ksqldb-client')),
  'kafka-tools': () => hasJavaLibraries('kafka-4.3.1'),
  flink: () => existsSync(join(installedEngines, 'flink-2.2.1')),
  spark: () => existsSync(join(installedEngines, 'spark-4.1.1')),
  'kafka-clients-2.8.0': () => hasJavaLibraries('kafka-clients-2.8.0'),
} as const;
export type Peer = keyof typeof here;

/** A `describe` whose tests are driven by a foreign client. */
export function describePeer(peer: Peer, name: string, body: () => void): void {
  if (here[peer]()) describe(`${peer}: ${name}`, body);
  else if (process.env['CI']) {
    it(`${peer}: ${name}`, () => {
      throw new Error(`${peer} is missing; in CI it has to be there (.ci/run installs it)`);
    });
  } else describe.skip(`${peer}: ${name} (skipped: ${peer} is not installed, .ci/run tells how)`, body);
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

const run = promisify(execFile);

async function output(command: string, args: readonly string[], input = ''): Promise<Output> {
  const running = run(command, args, { timeout: 60_000, maxBuffer: 64 << 20 });
  running.child.stdin?.end(input);
  try {
    return { ...(await running), code: 0 };
  } catch (error) {
    const { stdout = '', stderr = '', code } = error as { stdout?: string; stderr?: string; code?: unknown };
    return { stdout, stderr: stderr || String(error), code: typeof code === 'number' ? code : 1 };
  }
}

export function kcat(args: readonly string[], input?: string): Promise<Output> {
  return output('kcat', args, input);
}

/** Runs a Python program with confluent-kafka; what follows it are its arguments. */
export function confluentKafka(program: string, ...args: string[]): Promise<Output> {
  return output(python, ['-c', program, ...args]);
}

export function curl(args: readonly string[]): Promise<Output> {
  return output('curl', ['-s', ...args]);
}

/** Runs a Python program with PyPI's client for ksqlDB. */
export function ksqlClient(program: string, ...args: string[]): Promise<Output> {
  return output(ksqlPython, ['-c', `${ksqlPreamble}${program}`, ...args]);
}

/** Runs a Python program with PyPI's `ksqldb`, which speaks HTTP/2. */
export function ksqldbPythonClient(program: string, ...args: string[]): Promise<Output> {
  return output(ksqldbPython, ['-c', program, ...args]);
}

/** Runs a CommonJS program with npm's `ksqldb-client`, which speaks HTTP/2. */
export function ksqldbNodeClient(program: string, ...args: string[]): Promise<Output> {
  const found = `module.paths.unshift(${JSON.stringify(join(ksqldbNode, 'node_modules'))});\n`;
  return output(process.execPath, ['-e', `${found}${program}`, ...args]);
}

export interface PeerProcess {
  /** What it printed so far, line by line. */
  lines(): string[];
  /** Ends it at once, without a word to anybody (kill -9). */
  kill(): Promise<void>;
  /** Sends an empty line, which such a program takes as the sign to end, and waits until it has. */
  finish(): Promise<void>;
}

/** Starts a Python program with confluent-kafka that runs until it is told to finish. */
export function confluentKafkaProcess(program: string, ...args: string[]): PeerProcess {
  return peerProcess(python, ['-c', program, ...args]);
}

function peerProcess(command: string, args: readonly string[]): PeerProcess {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => {}); // it ended by itself
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    lines: () => Buffer.concat(chunks).toString('utf8').trim().split('\n'),
    kill: () => {
      child.kill('SIGKILL');
      return ended;
    },
    finish: () => {
      child.stdin.end('\n');
      return ended;
    },
  };
}

const tools = {
  'kafka-topics': 'org.apache.kafka.tools.TopicCommand',
  'kafka-console-producer': 'org.apache.kafka.tools.ConsoleProducer',
  'kafka-console-consumer': 'org.apache.kafka.tools.consumer.ConsoleConsumer',
  'kafka-consumer-groups': 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand',
  'kafka-configs': 'kafka.admin.ConfigCommand',
  'kafka-dump-log': 'org.apache.kafka.tools.DumpLogSegments',
} as const;

const javaFlags = ['-Xmx256m', '-XX:TieredStopAtLevel=1'];

/** Where Kafka's own classes are. */
export const javaClasspath = join(kafkaLibs, '*');

/** Runs the main method of one of Kafka's classes. */
export function javaMain(main: string, args: readonly string[], input?: string): Promise<Output> {
  return output('java', [...javaFlags, '-cp', javaClasspath, main, ...args], input);
}

/** Compiles one Java file against the library of a peer; `classes`: a folder for what the compiler makes. */
export async function compileJava(source: string, classes: string, peer: JavaPeer): Promise<JavaClass> {
  const libraries = peer === 'kafka-tools' ? javaClasspath : join(folder, peer, 'libs', '*');
  const compiled = await output('javac', ['-nowarn', '-d', classes, '-cp', libraries, source]);
  if (compiled.code !== 0) throw new Error(compiled.stderr);
  const classpath = [classes, libraries].join(delimiter);
  return { arguments: [...javaFlags, '-cp', classpath, basename(source, '.java')] };
}

type JavaPeer = 'kafka-tools' | 'kafka-clients-2.8.0';

/** A class whose main method can be run. */
export interface JavaClass {
  readonly arguments: readonly string[];
}

/** Compiles one Java file and runs it to its end. */
export async function javaProgram(source: string, classes: string, peer: JavaPeer, ...args: string[]): Promise<Output> {
  const program = await compileJava(source, classes, peer);
  return output('java', [...program.arguments, ...args]);
}

/** Runs a compiled program to its end. */
export function javaOutput(program: JavaClass, input: string, ...args: string[]): Promise<Output> {
  return output('java', [...program.arguments, ...args], input);
}

/** Starts a program that runs until it is told to finish. */
export function javaProcess(program: JavaClass, ...args: string[]): PeerProcess {
  return peerProcess('java', [...program.arguments, ...args]);
}

/** Runs one of Kafka's own Java tools. */
export function kafkaTool(tool: keyof typeof tools, args: readonly string[], input?: string): Promise<Output> {
  return javaMain(tools[tool], args, input);
}
