/** `kafka-producer-perf-test`: sends records and tells rates and latencies as they come. */
import { sleep } from '../../core/clock.ts';
import { StackError, messageOf } from '../../core/errors.ts';
import type { Producer } from '../../client/kafka-client.ts';
import { argumentTool, wrongArguments } from './arguments.ts';
import type { Arguments, ArgumentTool } from './arguments.ts';
import { checkConfig, producerOptions, producerProperties, readConfig } from './client-config.ts';
import { LatencyStats } from './latency-stats.ts';
import { payloads } from './perf-payloads.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const transactionDurationMsDefault = 3000;
/** `buffer.memory`: so many bytes may wait for their acknowledgement. */
const bufferBytesDefault = 33_554_432;
/** After so many records the answers of the brokers are looked at. */
const turnRecords = 100;

const purpose = 'This tool is used to verify the producer performance';

const tool: ArgumentTool = {
  program: 'kafka-producer-perf-test',
  description: `${purpose}.`,
  helpCode: 1,
  arguments: {
    'bootstrap-server': { metavar: 'BOOTSTRAP-SERVER', help: 'The server(s) to connect to.' },
    topic: { metavar: 'TOPIC', required: true, help: 'The topic to produce to.' },
    'num-records': { metavar: 'NUM-RECORDS', type: 'Long', required: true, help: 'The number of records to produce.' },
    'payload-delimiter': {
      metavar: 'PAYLOAD-DELIMITER',
      help: 'What parts the payloads of --payload-file. (default: \\n)',
    },
    throughput: {
      metavar: 'THROUGHPUT',
      type: 'Double',
      required: true,
      help: 'At most about so many records a second; -1: as many as go.',
    },
    'producer-props': { metavar: 'PROP-NAME=PROP-VALUE', many: true, help: '(DEPRECATED) As --command-property.' },
    'command-property': {
      metavar: 'PROP-NAME=PROP-VALUE',
      many: true,
      help: 'Properties of the producer; win over the file.',
    },
    'producer.config': { metavar: 'CONFIG-FILE', help: '(DEPRECATED) As --command-config.' },
    'command-config': { metavar: 'CONFIG-FILE', help: 'A file with properties of the producer.' },
    'print-metrics': { help: 'Has no effect here: there are no such metrics.' },
    'transactional-id': { metavar: 'TRANSACTIONAL-ID', help: 'Send in transactions of this id.' },
    'transaction-duration-ms': {
      metavar: 'TRANSACTION-DURATION',
      type: 'Long',
      help: 'So long is a transaction. (default with an id: 3000)',
    },
    'warmup-records': {
      metavar: 'WARMUP-RECORDS',
      type: 'Long',
      help: 'The first records, which the summary of the steady state leaves out. (default: 0)',
    },
    'reporting-interval': {
      metavar: 'INTERVAL-MS',
      type: 'Long',
      help: 'The milliseconds from one line of progress to the next. (default: 5000)',
    },
    'record-size': { metavar: 'RECORD-SIZE', type: 'Integer', help: 'Random letters, so many a record.' },
    'payload-file': { metavar: 'PAYLOAD-FILE', help: 'A text file with payloads, of which each record takes one.' },
    'payload-monotonic': { help: 'The number of the record as its payload.' },
  },
  exclusive: [{ names: ['record-size', 'payload-file', 'payload-monotonic'], required: true }],
  run: async (args, env) => {
    check(args);
    const payload = payloads(args, env);
    const config = configOf(args, env);
    const bootstrapServers = args.value('bootstrap-server') ?? config.get('bootstrap.servers');
    if (bootstrapServers === undefined)
      throw new StackError(
        'MILLRACE_CONFIG_INVALID',
        'Missing required configuration "bootstrap.servers" which has no default value.',
      );
    checkConfig(config, new Set([...producerProperties, 'buffer.memory']), env);
    if (args.has('print-metrics')) env.err('The option --print-metrics has no effect here.\n');
    return withClient(env, bootstrapServers, config, async (client) => {
      const producer = await client.producer(producerOptions(config));
      await send(producer, args, config, payload, env);
      return 0;
    });
  },
};

export const producerPerf: KafkaTool = argumentTool(tool);

function invalid(message: string): StackError {
  return new StackError('MILLRACE_CONFIG_INVALID', message);
}

function check(args: Arguments): void {
  const wrong = (message: string): StackError => wrongArguments(tool, message);
  const positive = (name: string): void => {
    if ((args.number(name) ?? 1) <= 0) throw wrong(`--${name} should be greater than zero.`);
  };
  positive('num-records');
  if ((args.number('warmup-records') ?? 0) >= (args.number('num-records') ?? 0))
    throw wrong(
      'The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.',
    );
  positive('record-size');
  if (
    !['bootstrap-server', 'command-property', 'producer-props', 'producer.config', 'command-config'].some((name) =>
      args.has(name),
    )
  )
    throw wrong(
      'At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.',
    );
  for (const [a, b] of [
    ['command-property', 'producer-props'],
    ['command-config', 'producer.config'],
  ] as const) {
    if (args.has(a) && args.has(b)) throw wrong(`--${a} and --${b} cannot be specified together.`);
  }
  positive('transaction-duration-ms');
  positive('reporting-interval');
}

function configOf(args: Arguments, env: ToolEnvironment): Map<string, string> {
  for (const [older, newer] of [
    ['producer-props', 'command-property'],
    ['producer.config', 'command-config'],
  ] as const) {
    if (args.has(older))
      env.out(
        `Option --${older} has been deprecated and will be removed in a future version. Use --${newer} instead.\n`,
      );
  }
  const pairs = [...args.values('producer-props'), ...args.values('command-property')];
  const bad = pairs.find((pair) => !/^[^=]+=[^=]+$/.test(pair));
  if (bad !== undefined) throw invalid(`Invalid property: ${bad}`);
  const config = readConfig(env, [args.value('producer.config'), args.value('command-config')], pairs);
  const id = args.value('transactional-id') ?? config.get('transactional.id');
  if (id !== undefined) config.set('transactional.id', id);
  else if (args.has('transaction-duration-ms'))
    config.set('transactional.id', `performance-producer-${env.random.bytes(16).toString('base64url')}`);
  return config;
}

async function send(
  producer: Producer,
  args: Arguments,
  config: ReadonlyMap<string, string>,
  payload: (index: number) => Buffer,
  env: ToolEnvironment,
): Promise<void> {
  const { clock, signal } = env;
  const topic = args.value('topic') as string;
  const recordsMax = args.number('num-records') as number;
  const warmup = Math.max(args.number('warmup-records') ?? 0, 0);
  const rate = args.number('throughput') as number;
  const isTransactional = config.has('transactional.id');
  const transactionMs = args.number('transaction-duration-ms') ?? transactionDurationMsDefault;
  const bufferBytes = Number(config.get('buffer.memory') ?? bufferBytesDefault);
  const statsOf = (count: number, isSteadyState: boolean): LatencyStats =>
    new LatencyStats({
      clock,
      recordsMax: count,
      reportingIntervalMs: args.number('reporting-interval') ?? 5000,
      isSteadyState,
      print: (line) => env.out(`${line}\n`),
    });
  if (warmup > 0)
    env.out(`Warmup first ${warmup} records. Steady state results will print after the complete test summary.\n`);
  const stats = statsOf(recordsMax, false);
  let steady: LatencyStats | undefined;
  let outstanding = 0;
  const start = clock.now();
  let begun: number | undefined;
  for (let i = 0; i < recordsMax && !signal.aborted; i++) {
    const value = payload(i);
    if (isTransactional && begun === undefined) {
      await producer.begin();
      begun = clock.now();
    }
    if (warmup > 0 && i === warmup) {
      steady = statsOf(recordsMax - warmup, true);
      stats.suppressWindows();
    }
    const sent = clock.now();
    const itsSteady = steady;
    outstanding += value.length;
    const acknowledged = producer.send({ topic, key: null, value }).then(
      () => {
        const now = clock.now();
        stats.record(now - sent, value.length, now);
        itsSteady?.record(now - sent, value.length, now);
      },
      (error: unknown) => env.err(`${messageOf(error)}\n`),
    );
    const settled = acknowledged.finally(() => {
      outstanding -= value.length;
    });
    if (begun !== undefined && sent - begun >= transactionMs) {
      await producer.commit();
      begun = undefined;
    }
    if (outstanding >= bufferBytes) await settled;
    else if (i % turnRecords === 0) await new Promise<void>((resolve) => clock.defer(resolve));
    if (rate >= 0) await throttle(i, sent - start);
  }
  if (begun !== undefined) await producer.commit();
  await producer.close();
  stats.printTotal();
  steady?.printTotal();

  /** Waits until `count` records in `elapsedMs` are no more than wanted. */
  async function throttle(count: number, elapsedMs: number): Promise<void> {
    const dueMs = rate === 0 ? Infinity : (count / rate) * 1000;
    if (elapsedMs > 0 && dueMs - elapsedMs >= 2)
      await sleep(clock, Math.min(dueMs - elapsedMs, 60_000), signal).catch(() => {});
  }
}
