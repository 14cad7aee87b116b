/** `kafka-consumer-groups --reset-offsets`: where a group shall go on. */
import { StackError } from '../../core/errors.ts';
import type { KafkaClient, TopicPartition, TopicPartitionOffset } from '../../client/kafka-client.ts';
import { describeGroup } from './group-facts.ts';
import { committedOf, topicArgument } from './group-offsets.ts';
import type { Committed } from './group-offsets.ts';
import { earliestTime, latestTime, offsetAt } from './list-offsets.ts';
import { UsageError } from './options.ts';
import type { Options } from './options.ts';
import { readResetPlan } from './reset-plan.ts';
import { dateTime, duration } from './times.ts';
import { topicsMetadata } from './tables.ts';
import type { ToolEnvironment } from './tool.ts';

export const resetScenarios = [
  'to-offset',
  'shift-by',
  'to-datetime',
  'by-duration',
  'to-earliest',
  'to-latest',
  'to-current',
  'from-file',
] as const;
type Scenario = (typeof resetScenarios)[number];

interface Reset {
  readonly client: KafkaClient;
  readonly options: Options;
  readonly env: ToolEnvironment;
  readonly scenario: Scenario | undefined;
}

export async function resetOffsets(
  client: KafkaClient,
  groups: readonly string[],
  options: Options,
  env: ToolEnvironment,
): Promise<number> {
  const reset = { client, options, env, scenario: resetScenarios.find((name) => options.has(name)) };
  const plan = new Map<string, readonly TopicPartitionOffset[]>();
  for (const group of groups) {
    const state = (await describeGroup(client, group))?.state ?? 'Dead';
    if (state === 'Empty' || state === 'Dead') {
      const offsets = await offsetsOf(reset, group);
      if (options.has('execute')) await client.admin.commitOffsets(group, offsets);
      plan.set(group, offsets);
      continue;
    }
    env.out(
      `\nError: Assignments can only be reset if the group '${group}' is inactive, but the current state is ${state}.\n`,
    );
    plan.set(group, []);
  }
  if (options.has('export')) env.out(`${exported(plan, options.values('group').length !== 1)}\n`);
  else env.out(tableOf(plan));
  return 0;
}

function exported(plan: ReadonlyMap<string, readonly TopicPartitionOffset[]>, withGroup: boolean): string {
  let text = '';
  for (const [group, offsets] of plan) {
    for (const { topic, partition, offset } of offsets)
      text += `${[...(withGroup ? [group] : []), topic, partition, offset].join(',')}\n`;
  }
  return text;
}

function tableOf(plan: ReadonlyMap<string, readonly TopicPartitionOffset[]>): string {
  const all = [...plan.values()].flat();
  const groupWidth = Math.max(15, ...Array.from(plan.keys(), (group) => group.length));
  const topicWidth = Math.max(15, ...all.map(({ topic }) => topic.length));
  const line = (group: string, topic: string, partition: string, offset: string): string =>
    `\n${group.padEnd(groupWidth)} ${topic.padEnd(topicWidth)} ${partition.padEnd(10)} ${offset}`;
  let text = plan.size === 0 ? '' : line('GROUP', 'TOPIC', 'PARTITION', 'NEW-OFFSET');
  for (const [group, offsets] of plan) {
    for (const { topic, partition, offset } of offsets) text += line(group, topic, String(partition), String(offset));
  }
  return `${text}\n`;
}

async function offsetsOf(reset: Reset, group: string): Promise<readonly TopicPartitionOffset[]> {
  const { client, options, env, scenario } = reset;
  const committed = await committedOf(client, group);
  const partitions = await partitionsOf(client, committed, options);
  await checkExist(client, partitions);
  if (scenario === undefined)
    throw new UsageError(
      `Option '[reset-offsets]' requires one of the following scenarios: [${resetScenarios.map((name) => `[${name}]`).join(', ')}]`,
    );
  if (scenario === 'from-file') {
    const planned = readResetPlan(env, options.value('from-file') as string, options.values('group')).get(group);
    if (planned !== undefined) return Promise.all(planned.map((target) => inRange(reset, target)));
    env.out(`\nError: No reset plan for group ${group} found\n`);
    return [];
  }
  const offsets: TopicPartitionOffset[] = [];
  for (const target of partitions)
    offsets.push({ ...target, offset: await wantedOffset(reset, scenario, target, committed) });
  return offsets;
}

async function partitionsOf(
  client: KafkaClient,
  committed: ReadonlyMap<string, Committed>,
  options: Options,
): Promise<readonly TopicPartition[]> {
  if (options.has('all-topics')) return [...committed.values()].sort(inOrder);
  if (!options.has('topic')) {
    if (options.has('from-file')) return [];
    throw new UsageError('One of the reset scopes should be defined: --all-topics, --topic.');
  }
  const partitions: TopicPartition[] = [];
  for (const { topic, partitions: listed } of options.values('topic').map(topicArgument)) {
    if (listed !== undefined) {
      partitions.push(...listed.map((partition) => ({ topic, partition })));
      continue;
    }
    const [found] = await topicsMetadata(client, [topic]);
    if (found === undefined || found.errorCode !== 0)
      throw new StackError('MILLRACE_CONFIG_INVALID', 'This server does not host this topic-partition.');
    partitions.push(...found.partitions.map(({ partitionIndex }) => ({ topic, partition: partitionIndex })));
  }
  return partitions.sort(inOrder);
}

function inOrder(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}

async function checkExist(client: KafkaClient, partitions: readonly TopicPartition[]): Promise<void> {
  if (partitions.length === 0) return;
  const known = new Set<string>();
  for (const { name, partitions: found } of await topicsMetadata(client, [
    ...new Set(partitions.map(({ topic }) => topic)),
  ])) {
    for (const { partitionIndex } of found) known.add(`${name}-${partitionIndex}`);
  }
  const missing = partitions.map(({ topic, partition }) => `${topic}-${partition}`).filter((name) => !known.has(name));
  if (missing.length > 0)
    throw new StackError('MILLRACE_CONFIG_INVALID', `The partitions "${missing.join(',')}" do not exist`);
}

async function wantedOffset(
  reset: Reset,
  scenario: Exclude<Scenario, 'from-file'>,
  target: TopicPartition,
  committed: ReadonlyMap<string, Committed>,
): Promise<number> {
  const { client, options, env } = reset;
  const { topic, partition } = target;
  const current = committed.get(`${topic} ${partition}`)?.offset;
  switch (scenario) {
    case 'to-earliest':
      return offsetAt(client, topic, partition, earliestTime);
    case 'to-latest':
      return offsetAt(client, topic, partition, latestTime);
    case 'to-current':
      return current ?? offsetAt(client, topic, partition, latestTime);
    case 'to-offset':
      return (await inRange(reset, { ...target, offset: options.number('to-offset') as number })).offset;
    case 'shift-by':
      if (current === undefined)
        throw new UsageError(
          `Cannot shift offset for partition ${topic}-${partition} since there is no current committed offset`,
        );
      return (await inRange(reset, { ...target, offset: current + (options.number('shift-by') as number) })).offset;
    case 'to-datetime':
      return atTime(reset, target, dateTime(options.value('to-datetime') as string));
    case 'by-duration':
      return atTime(reset, target, env.clock.now() - duration(options.value('by-duration') as string));
  }
}

async function atTime({ client, env }: Reset, { topic, partition }: TopicPartition, time: number): Promise<number> {
  const offset = await offsetAt(client, topic, partition, time);
  if (offset >= 0) return offset;
  env.out(`\nWarn: Partition ${partition} from topic ${topic} is empty. Falling back to latest known offset.\n`);
  return offsetAt(client, topic, partition, latestTime);
}

/** The nearest offset that the partition has. */
async function inRange({ client, env }: Reset, target: TopicPartitionOffset): Promise<TopicPartitionOffset> {
  const { topic, partition, offset } = target;
  const moved = (where: string, to: number): TopicPartitionOffset => {
    env.err(
      `New offset (${offset}) is ${where} offset for topic partition ${topic}-${partition}. Value will be set to ${to}\n`,
    );
    return { ...target, offset: to };
  };
  const latest = await offsetAt(client, topic, partition, latestTime);
  if (offset > latest) return moved('higher than latest', latest);
  const earliest = await offsetAt(client, topic, partition, earliestTime);
  return offset < earliest ? moved('lower than earliest', earliest) : target;
}
