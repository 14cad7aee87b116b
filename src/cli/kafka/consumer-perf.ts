/** `kafka-consumer-perf-test`: consumes records and tells how fast they came. */
import { StackError } from '../../core/errors.ts';
import type { Consumer, KafkaClient } from '../../client/kafka-client.ts';
import { checkConfig, consumerOptions, consumerProperties, readConfig } from './client-config.ts';
import { topicPattern } from './topic-pattern.ts';
import { dateFormat } from './date-format.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  'bootstrap-server': {
    argument: 'String: server to connect to',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'command-config': { argument: 'String: config file', help: 'A file with properties of the consumer.' },
  'command-property': { argument: 'String: prop1=val1', help: 'A property of the consumer; wins over the file.' },
  'consumer.config': { argument: 'String: config file', help: '(DEPRECATED) As --command-config.' },
  'date-format': {
    argument: 'String: date format',
    help: 'How times are written, as in Java. (default: yyyy-MM-dd HH:mm:ss:SSS)',
  },
  'fetch-size': { argument: 'Integer: size', help: 'The most bytes of a partition in one answer. (default: 1048576)' },
  'from-latest': { help: 'Begin at the end of the log where the group has no offset, not at its beginning.' },
  group: { argument: 'String: gid', help: 'The group to consume in. (default: perf-consumer-<number>)' },
  help: { help: 'Print usage information.' },
  'hide-header': { help: 'Leave the header out.' },
  include: { argument: 'String: Java regex (String)', help: 'Consume the topics whose names match.' },
  messages: { argument: 'Long: count', help: '(DEPRECATED) As --num-records.' },
  'num-records': { argument: 'Long: count', help: 'REQUIRED: The number of records to consume.' },
  'print-metrics': { help: 'Has no effect here: there are no such metrics.' },
  'reporting-interval': {
    argument: 'Long: interval_ms',
    help: 'The milliseconds from one line of progress to the next. (default: 5000)',
  },
  'show-detailed-stats': { help: 'Tell the progress as it goes on, in place of one line at the end.' },
  'socket-buffer-size': { argument: 'Integer: size', help: 'Has no effect here. (default: 2097152)' },
  timeout: {
    argument: 'Long: milliseconds',
    optional: true,
    help: 'End when no record came for so long. (default: 10000)',
  },
  topic: { argument: 'String: topic', help: 'The topic to consume.' },
  version: { help: 'Display Kafka version.' },
};

const purpose = 'This tool is used to verify the consumer performance';
const mebibyte = 1_048_576;
const pollMs = 100;
const columns = ', rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec\n';

export const consumerPerf: KafkaTool = {
  intro: `${purpose}.`,
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    check(options);
    for (const [older, newer] of [
      ['messages', 'num-records'],
      ['consumer.config', 'command-config'],
    ] as const) {
      if (options.has(older)) env.out(`Warning: --${older} is deprecated. Use --${newer} instead.\n`);
    }
    for (const name of ['print-metrics', 'socket-buffer-size']) {
      if (options.has(name)) env.err(`The option --${name} has no effect here.\n`);
    }
    const config = readConfig(
      env,
      [options.value('consumer.config'), options.value('command-config')],
      options.values('command-property'),
    );
    const format = dateFormat(options.value('date-format') ?? 'yyyy-MM-dd HH:mm:ss:SSS');
    checkConfig(config, consumerProperties, env);
    config.set('auto.offset.reset', options.has('from-latest') ? 'latest' : 'earliest');
    config.set('max.partition.fetch.bytes', String(options.number('fetch-size') ?? mebibyte));
    const isDetailed = options.has('show-detailed-stats');
    if (!options.has('hide-header'))
      env.out(
        `${isDetailed ? 'time, threadId' : 'start.time, end.time'}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec${columns}`,
      );
    return withClient(env, options.value('bootstrap-server') as string, config, (client) =>
      consume(client, config, options, format, env),
    );
  },
};

function check(options: Options): void {
  for (const [a, b] of [
    ['topic', 'include'],
    ['messages', 'num-records'],
  ] as const) {
    if (options.has(a) === options.has(b))
      throw new UsageError(`Exactly one of the following arguments is required: [${a}], [${b}]`);
  }
  if (options.has('consumer.config') && options.has('command-config'))
    throw new UsageError('Option "[consumer.config]" can\'t be used with option "[command-config]"');
  for (const name of ['fetch-size', 'socket-buffer-size', 'messages', 'num-records', 'timeout']) options.number(name);
  if (options.has('reporting-interval') && (options.number('reporting-interval') ?? 0) <= 0)
    throw new StackError('MILLRACE_CONFIG_INVALID', 'Reporting interval must be greater than 0.');
}

/** What was counted up to a moment. */
interface Counted {
  readonly at: number;
  readonly bytes: number;
  readonly records: number;
  /** How long the group took to share the partitions, since the moment before. */
  readonly joinMs: number;
}

async function consume(
  client: KafkaClient,
  config: ReadonlyMap<string, string>,
  options: Options,
  format: (timeMs: number) => string,
  env: ToolEnvironment,
): Promise<number> {
  const { clock, signal } = env;
  const wanted = options.number('num-records') ?? (options.number('messages') as number);
  const timeoutMs = options.number('timeout') ?? 10_000;
  const intervalMs = options.number('reporting-interval') ?? 5000;
  const start = clock.now();
  let joinStart = start;
  let joinMs = 0;
  let joinMsOfRound = 0;
  const topic = options.value('topic');
  const consumer: Consumer = client.consumer({
    ...consumerOptions(config),
    group: options.value('group') ?? `perf-consumer-${Math.floor(env.random.float() * 100_000)}`,
    topics: topic === undefined ? topicPattern(options.value('include') as string) : [topic],
    onAssigned: () => {
      joinMs += clock.now() - joinStart;
      joinMsOfRound += clock.now() - joinStart;
      joinStart = clock.now();
    },
    onRevoked: () => {
      joinStart = clock.now();
    },
  });
  let bytes = 0;
  let records = 0;
  let reported: Counted = { at: start, bytes: 0, records: 0, joinMs: 0 };
  let last = start;
  let now = start;
  try {
    while (records < wanted && now - last <= timeoutMs && !signal.aborted) {
      const found = await consumer.poll(pollMs);
      now = clock.now();
      if (found.length > 0) last = now;
      for (const { key, value } of found) {
        records++;
        bytes += (key?.length ?? 0) + (value?.length ?? 0);
      }
      if (found.length === 0 || now - reported.at < intervalMs) continue;
      const counted = { at: now, bytes, records, joinMs: joinMsOfRound };
      if (options.has('show-detailed-stats')) env.out(`${format(now)}, 0, ${row(reported, counted)}\n`);
      reported = counted;
      joinMsOfRound = 0;
    }
    if (records < wanted && !signal.aborted)
      env.out(
        `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.\n`,
      );
    const end = clock.now();
    const all = { at: end, bytes, records, joinMs };
    if (!options.has('show-detailed-stats'))
      env.out(`${format(start)}, ${format(end)}, ${row({ at: start, bytes: 0, records: 0, joinMs: 0 }, all)}\n`);
    return 0;
  } finally {
    await consumer.close();
  }
}

/** The columns from `data.consumed.in.MB` on: totals, rates of the time since `before`, and these without the time to join. */
function row(before: Counted, { at, bytes, records, joinMs }: Counted): string {
  const seconds = (at - before.at) / 1000;
  const fetchMs = at - before.at - joinMs;
  const megabytes = (bytes - before.bytes) / mebibyte;
  const count = records - before.records;
  const perFetchSecond = (value: number): string => decimal(fetchMs <= 0 ? 0 : value / (fetchMs / 1000));
  return [
    decimal(bytes / mebibyte),
    decimal(megabytes / seconds),
    records,
    decimal(count / seconds),
    joinMs,
    fetchMs,
    perFetchSecond(megabytes),
    perFetchSecond(count),
  ].join(', ');
}

/** As Java's `%.4f`. */
function decimal(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : String(value);
}
