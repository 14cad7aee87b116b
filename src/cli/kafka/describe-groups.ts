/** `kafka-consumer-groups --describe`: offsets and lags, members, states. */
import type { KafkaClient, TopicPartition } from '../../client/kafka-client.ts';
import { describeGroup } from './group-facts.ts';
import type { GroupFacts, GroupMember } from './group-facts.ts';
import { committedOf } from './group-offsets.ts';
import type { Committed } from './group-offsets.ts';
import { latestTime, offsetAt } from './list-offsets.ts';
import type { Options } from './options.ts';
import type { ToolEnvironment } from './tool.ts';

export async function describeGroups(
  client: KafkaClient,
  groups: readonly string[],
  options: Options,
  env: ToolEnvironment,
): Promise<number> {
  const isVerbose = options.has('verbose');
  const found: GroupFacts[] = [];
  for (const group of groups) {
    const facts = await describeGroup(client, group);
    if (facts === undefined) {
      env.out(
        `\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group ${group} not found.\n`,
      );
      return 0; // as Kafka's tool does
    }
    found.push(facts);
  }
  for (const facts of found.sort((a, b) => (a.group < b.group ? -1 : 1))) {
    sayState(facts, env);
    if (options.has('members')) env.out(membersTable(facts, isVerbose));
    else if (options.has('state')) env.out(stateTable(facts, isVerbose));
    else env.out(await offsetsTable(client, facts, isVerbose));
  }
  return 0;
}

function sayState({ group, state }: GroupFacts, env: ToolEnvironment): void {
  switch (state) {
    case 'Dead':
      env.out(`\nError: Consumer group '${group}' does not exist.\n`);
      break;
    case 'Empty':
      env.err(`\nConsumer group '${group}' has no active members.\n`);
      break;
    case 'Stable':
      break;
    default:
      env.err(`\nWarning: Consumer group '${group}' is rebalancing.\n`);
  }
}

/** Every row begins a line, the table ends with one. Cells but the last have a width; a space parts them. */
function table(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join(' ');
  return `${rows.map((row) => `\n${line(row)}`).join('')}\n`;
}

function widest(least: number, cells: readonly string[]): number {
  return Math.max(least, ...cells.map((cell) => cell.length));
}

const missing = '-';
const nameWidth = 15;
const offsetsHeader = ['CURRENT-OFFSET', 'LOG-END-OFFSET', 'LAG', 'CONSUMER-ID', 'HOST', 'CLIENT-ID'];

async function offsetsTable(client: KafkaClient, facts: GroupFacts, isVerbose: boolean): Promise<string> {
  const { group, members } = facts;
  const committed = await committedOf(client, group);
  const rows: string[][] = [];
  const add = async (partitions: readonly TopicPartition[], member: GroupMember | undefined): Promise<void> => {
    for (const target of [...partitions].sort(inOrder))
      rows.push(await offsetsRow(client, group, target, committed, member, isVerbose));
  };
  const assigned = new Set<string>();
  const busiest = members.filter(({ assigned: own }) => own.length > 0).sort((a, b) => count(b) - count(a));
  for (const member of busiest) {
    const own = partitionsOf(member);
    for (const { topic, partition } of own) assigned.add(`${topic} ${partition}`);
    await add(own, member);
  }
  await add(
    [...committed.values()].filter(({ topic, partition }) => !assigned.has(`${topic} ${partition}`)),
    undefined,
  );
  if (rows.length === 0) return '';
  const header = ['GROUP', 'TOPIC', 'PARTITION', ...(isVerbose ? ['LEADER-EPOCH'] : []), ...offsetsHeader];
  const at = (name: string): string[] => rows.map((row) => row[header.indexOf(name)] ?? '');
  const widths = header.map((name) => {
    if (name === 'PARTITION') return 10;
    return ['GROUP', 'TOPIC', 'CONSUMER-ID', 'HOST'].includes(name) ? widest(nameWidth, at(name)) : nameWidth;
  });
  return table([header, ...rows], widths);
}

function inOrder(a: TopicPartition, b: TopicPartition): number {
  return a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;
}

function partitionsOf({ assigned }: GroupMember): TopicPartition[] {
  return assigned.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
}

function count(member: GroupMember): number {
  return partitionsOf(member).length;
}

async function offsetsRow(
  client: KafkaClient,
  group: string,
  { topic, partition }: TopicPartition,
  committed: ReadonlyMap<string, Committed>,
  member: GroupMember | undefined,
  isVerbose: boolean,
): Promise<string[]> {
  const current = committed.get(`${topic} ${partition}`);
  const end = await offsetAt(client, topic, partition, latestTime).catch(() => undefined);
  const epoch = current === undefined || current.leaderEpoch < 0 ? missing : String(current.leaderEpoch);
  return [
    group,
    topic,
    String(partition),
    ...(isVerbose ? [epoch] : []),
    String(current?.offset ?? missing),
    String(end ?? missing),
    current === undefined || end === undefined ? missing : String(end - current.offset),
    member?.memberId ?? missing,
    member?.host ?? missing,
    member?.clientId ?? missing,
  ];
}

function membersTable({ group, members }: GroupFacts, isVerbose: boolean): string {
  const hasInstances = members.some(({ instanceId }) => (instanceId ?? '') !== '');
  const header = [
    'GROUP',
    'CONSUMER-ID',
    ...(hasInstances ? ['GROUP-INSTANCE-ID'] : []),
    'HOST',
    'CLIENT-ID',
    '#PARTITIONS',
  ];
  const rows = members.map((member) => [
    group,
    member.memberId,
    ...(hasInstances ? [member.instanceId ?? ''] : []),
    member.host,
    member.clientId,
    String(count(member)),
  ]);
  const more = ['CURRENT-EPOCH', 'CURRENT-ASSIGNMENT', 'TARGET-EPOCH', 'TARGET-ASSIGNMENT'];
  const details = members.map((member) => [
    epochText(member.epoch),
    assignmentText(member.assigned),
    epochText(member.targetEpoch),
    assignmentText(member.target),
  ]);
  const detailWidths = [
    nameWidth,
    widest(
      20,
      details.map((row) => row[1] ?? ''),
    ),
    nameWidth,
    widest(
      20,
      details.map((row) => row[3] ?? ''),
    ),
  ];
  const widths = header.map((name, i) =>
    name === '#PARTITIONS'
      ? nameWidth
      : widest(
          name === 'GROUP-INSTANCE-ID' ? 17 : nameWidth,
          rows.map((row) => row[i] ?? ''),
        ),
  );
  const line = (cells: readonly string[], extra: readonly string[] | undefined): string => {
    const left = cells.map((cell, i) => `${cell.padEnd(widths[i] ?? 0)} `).join('');
    const right = (extra ?? []).map((cell, i) => cell.padEnd(detailWidths[i] ?? 0)).join(' ');
    return `${left}${isVerbose ? right : ''}\n`;
  };
  return `\n${line(header, more)}${rows.map((row, i) => line(row, details[i])).join('')}`;
}

function epochText(epoch: number | undefined): string {
  return epoch === undefined ? missing : String(epoch);
}

/** `topic:0,1;other:2` */
function assignmentText(assigned: GroupMember['assigned'] | undefined): string {
  const texts = (assigned ?? []).map(
    ({ topic, partitions }) => `${topic}:${[...partitions].sort((a, b) => a - b).join(',')}`,
  );
  return texts.sort().join(';') || missing;
}

function stateTable(facts: GroupFacts, isVerbose: boolean): string {
  const { group, coordinator, assignor, state, members } = facts;
  const epochs = isVerbose ? [epochText(facts.epoch), epochText(facts.targetEpoch)] : [];
  const header = [
    ...['GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE'],
    ...(isVerbose ? ['GROUP-EPOCH', 'TARGET-ASSIGNMENT-EPOCH'] : []),
    '#MEMBERS',
  ];
  const row = [group, coordinator, assignor === '' ? missing : assignor, state, ...epochs, String(members.length)];
  return table([header, row], [widest(nameWidth, [group]), widest(25, [coordinator]), 20, 20, nameWidth, 25]);
}
