/** `kafka-consumer-groups --reset-offsets`. */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { describeGroup } from './group-facts.ts';
import { earliestTime, latestTime, offsetAt } from './list-offsets.ts';
import { UsageError } from './options.ts';
import type { Options } from './options.ts';
import { topicsMetadata } from './tables.ts';
import type { ToolEnvironment } from './tool.ts';

const scenarios = [
  'to-earliest',
  'to-latest',
  'to-current',
  'to-offset',
  'shift-by',
  'to-datetime',
  'by-duration',
] as const;

export async function resetOffsets(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const scenario = scenarios.filter((name) => options.has(name));
  const [how] = scenario;
  if (how === undefined || scenario.length > 1)
    throw new UsageError(
      `Option "[reset-offsets]" takes exactly one of these options: ${scenarios.map((name) => `[${name}]`).join(', ')}`,
    );
  if (options.has('topic') === options.has('all-topics'))
    throw new UsageError('Option "[reset-offsets]" takes one of these options: [all-topics], [topic]');
  const group = options.value('group');
  if (group === undefined) throw new StackError('MILLRACE_UNSUPPORTED', '--reset-offsets needs --group here.');
  const facts = await describeGroup(client, group);
  if (facts !== undefined && facts.state !== 'Empty') {
    env.out(
      `\nError: Assignments can only be reset if the group '${group}' is inactive, but the current state is ${facts.state}.\n`,
    );
    return 1;
  }
  const rows: (TopicPartition & { readonly offset: number })[] = [];
  for (const { topic, partition } of await partitionsOf(client, group, options)) {
    const committed = (await client.admin.committed(group, topic)).get(partition);
    const [earliest, latest] = [
      await offsetAt(client, topic, partition, earliestTime),
      await offsetAt(client, topic, partition, latestTime),
    ];
    const wanted = await wantedOffset(client, how, options, env, { topic, partition }, committed, { earliest, latest });
    rows.push({ topic, partition, offset: Math.min(Math.max(wanted, earliest), latest) });
  }
  if (options.has('execute')) await client.admin.commitOffsets(group, rows);
  if (options.has('export')) {
    env.out(rows.map(({ topic, partition, offset }) => `${topic},${partition},${offset}\n`).join('') + '\n');
    return 0;
  }
  const groupWidth = Math.max(15, group.length);
  const topicWidth = Math.max(15, ...rows.map(({ topic }) => topic.length));
  const line = (a: string, b: string, c: string, d: string): string =>
    `\n${a.padEnd(groupWidth)} ${b.padEnd(topicWidth)} ${c.padEnd(10)} ${d.padEnd(15)}`;
  env.out(
    `${line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET')}${rows.map(({ topic, partition, offset }) => line(group, topic, String(partition), String(offset))).join('')}\n`,
  );
  return 0;
}

async function partitionsOf(client: KafkaClient, group: string, options: Options): Promise<TopicPartition[]> {
  const metadata = await topicsMetadata(client, null);
  const wanted = new Map<string, readonly number[] | undefined>();
  if (options.has('all-topics')) {
    for (const { name } of metadata) {
      const committed = await client.admin.committed(group, name ?? '');
      if (committed.size > 0) wanted.set(name ?? '', [...committed.keys()]);
    }
  }
  for (const text of options.values('topic')) {
    const [topic = '', list] = text.split(':');
    wanted.set(
      topic,
      list?.split(',').map((id) => Number(id)),
    );
  }
  return Array.from(wanted).flatMap(([topic, only]) => {
    const found = metadata.find(({ name }) => name === topic);
    if (found === undefined) throw new StackError('MILLRACE_CONFIG_INVALID', `Topic '${topic}' does not exist.`);
    const partitions = only ?? found.partitions.map(({ partitionIndex }) => partitionIndex);
    return [...partitions].sort((a, b) => a - b).map((partition) => ({ topic, partition }));
  });
}

async function wantedOffset(
  client: KafkaClient,
  how: (typeof scenarios)[number],
  options: Options,
  env: ToolEnvironment,
  { topic, partition }: TopicPartition,
  committed: number | undefined,
  { earliest, latest }: { readonly earliest: number; readonly latest: number },
): Promise<number> {
  const atTime = async (time: number): Promise<number> => {
    const offset = await offsetAt(client, topic, partition, time);
    return offset < 0 ? latest : offset;
  };
  switch (how) {
    case 'to-earliest':
      return earliest;
    case 'to-latest':
      return latest;
    case 'to-current':
      return committed ?? latest;
    case 'to-offset':
      return options.number('to-offset') as number;
    case 'shift-by':
      if (committed === undefined)
        throw new StackError(
          'MILLRACE_CONFIG_INVALID',
          `Cannot shift offset for partition ${topic}-${partition} since there is no current committed offset`,
        );
      return committed + (options.number('shift-by') as number);
    case 'to-datetime':
      return atTime(dateTime(options.value('to-datetime') as string));
    case 'by-duration':
      return atTime(env.clock.now() - duration(options.value('by-duration') as string));
  }
}

/** Without a zone it is UTC. */
function dateTime(text: string): number {
  const time = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time)) throw new UsageError(`Invalid datetime ${text}: it is written YYYY-MM-DDTHH:mm:SS.sss.`);
  return time;
}

/** `P1DT2H3M4.5S` in milliseconds. */
function duration(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(text);
  if (match === null) throw new UsageError(`Invalid duration ${text}: it is written PnDTnHnMnS.`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000;
}
