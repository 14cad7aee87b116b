/** `cub kafka-ready` and `cub sr-ready`: wait until a service answers, as scripts of the Confluent images do. */
import { sleep } from '../../core/clock.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import { readConfig } from './client-config.ts';
import { UsageError } from './options.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const intro = `Usage: cub kafka-ready -b HOST:PORT,… [-c CONFIG_FILE] BROKERS TIMEOUT_SECONDS
       cub sr-ready HOST PORT TIMEOUT_SECONDS
`;
const pauseMs = 200;

export const cub: KafkaTool = {
  intro,
  specs: {},
  run: async (args, env) => {
    const [command, ...rest] = args;
    if (command === 'kafka-ready') return kafkaReady(rest, env);
    if (command === 'sr-ready') return registryReady(rest, env);
    if (command === '-h' || command === '--help') {
      env.out(intro);
      return 0;
    }
    throw new UsageError(`cub: ${command === undefined ? 'a command is missing' : `${command} is not a command here`}`);
  },
};

async function kafkaReady(args: readonly string[], env: ToolEnvironment): Promise<number> {
  const words: string[] = [];
  let servers: string | undefined;
  let file: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const word = args[i] as string;
    if (word === '-b' || word === '--bootstrap-servers') servers = args[++i];
    else if (word === '-c' || word === '--config') file = args[++i];
    else words.push(word);
  }
  if (servers === undefined) throw new UsageError('cub kafka-ready: -b HOST:PORT is missing');
  const expected = whole(words[0], 'the number of brokers');
  const seconds = whole(words[1], 'the timeout in seconds');
  const config = readConfig(env, [file]);
  const bootstrapServers = servers;
  let found = 0;
  return until(
    env,
    seconds,
    async () => {
      const client = await env.connect(bootstrapServers, config);
      try {
        found = (await client.request('Metadata', { topics: [], allowAutoTopicCreation: false })).brokers.length;
        return found >= expected;
      } finally {
        await client.close();
      }
    },
    () => `Expected ${expected} brokers but found only ${found}.`,
  );
}

async function registryReady(args: readonly string[], env: ToolEnvironment): Promise<number> {
  const [host, port, timeout] = args;
  if (host === undefined) throw new UsageError('cub sr-ready: the host is missing');
  const url = env.url(`http://${host}:${whole(port, 'the port')}/config`);
  const seconds = whole(timeout, 'the timeout in seconds');
  let last = '';
  return until(
    env,
    seconds,
    async () => {
      const { status } = await env.http({ method: 'GET', url, timeoutMs: 5000 });
      last = `it answered with status ${status}`;
      return status === 200;
    },
    () => `${host} at port ${port} is not ready as a Schema Registry${last === '' ? '' : `: ${last}`}.`,
  );
}

/** 0 once `isReady`, 1 when the time is over. */
async function until(
  env: ToolEnvironment,
  seconds: number,
  isReady: () => Promise<boolean>,
  why: () => string,
): Promise<number> {
  const deadline = env.clock.monotonic() + seconds * 1000;
  let failure = '';
  while (!env.signal.aborted) {
    try {
      if (await isReady()) return 0;
      failure = '';
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      failure = messageOf(error);
    }
    if (env.clock.monotonic() >= deadline) break;
    await sleep(env.clock, pauseMs, env.signal).catch(() => {});
  }
  env.err(`${why()}\n${failure === '' ? '' : `${failure}\n`}`);
  return 1;
}

function whole(text: string | undefined, what: string): number {
  if (text !== undefined && /^\d+$/.test(text)) return Number(text);
  if (text === undefined) throw new UsageError(`cub: ${what} is missing`);
  throw new StackError('MILLRACE_CONFIG_INVALID', `cub: ${what} is a whole number, not ${text}.`);
}
