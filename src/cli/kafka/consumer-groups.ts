/** `kafka-consumer-groups`: list, describe, delete groups. Moving offsets is in `reset-offsets.ts`. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { describeGroup, listGroups } from './group-facts.ts';
import type { GroupFacts, GroupMember } from './group-facts.ts';
import { latestTime, offsetAt } from './list-offsets.ts';
import { Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { resetOffsets } from './reset-offsets.ts';
import { checkCode, javaError } from './java-errors.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  'all-groups': { help: 'Apply to all consumer groups.' },
  'all-topics': { help: 'With --reset-offsets: all topics of the group.' },
  'bootstrap-server': {
    argument: 'String: server to connect to',
    required: true,
    help: 'The server(s) to connect to.',
  },
  'by-duration': { argument: 'String: duration', help: "Reset to the time that lies so long back: 'PnDTnHnMnS'." },
  'command-config': { argument: 'String: command config property file', help: 'A file with properties of the client.' },
  delete: { help: 'Delete groups with all of their offsets.' },
  describe: { help: 'Describe a group and its lag.' },
  'dry-run': { help: 'Only show what --reset-offsets would do (the default).' },
  execute: { help: 'Do what --reset-offsets says.' },
  export: { help: 'Print what --reset-offsets would do as CSV.' },
  group: { argument: 'String: consumer group', help: 'The group.' },
  help: { help: 'Print usage information.' },
  list: { help: 'List all consumer groups.' },
  members: { help: 'With --describe: the members.' },
  offsets: { help: 'With --describe: the offsets and lags (the default).' },
  'reset-offsets': { help: 'Reset the offsets of a group that has no members.' },
  'shift-by': { argument: 'Long: number-of-offsets', help: 'Reset by so many, which may be negative.' },
  state: {
    argument: 'String',
    optional: true,
    help: 'With --describe: the state of the group. With --list: the states, or only groups in these.',
  },
  timeout: { argument: 'Long: timeout (ms)', help: 'So long may requests take. (default: 30000)' },
  'to-current': { help: 'Reset to the current offset.' },
  'to-datetime': { argument: 'String: datetime', help: "Reset to a time: 'YYYY-MM-DDTHH:mm:SS.sss'." },
  'to-earliest': { help: 'Reset to the earliest offset.' },
  'to-latest': { help: 'Reset to the latest offset.' },
  'to-offset': { argument: 'Long: offset', help: 'Reset to this offset.' },
  topic: { argument: 'String: topic', help: 'The topic, or topic:0,1,2, of --reset-offsets.' },
  type: { argument: 'String', optional: true, help: 'With --list: the types, or only groups of these.' },
  verbose: { help: 'Tell more.' },
  version: { help: 'Display Kafka version.' },
};

const actions = ['list', 'describe', 'delete', 'reset-offsets'] as const;

export const consumerGroups: KafkaTool = {
  intro:
    'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    check(options);
    const config = readConfig(env, [options.value('command-config')]);
    const timeoutMs = options.number('timeout');
    if (timeoutMs !== undefined) config.set('request.timeout.ms', String(timeoutMs));
    try {
      return await withClient(env, options.value('bootstrap-server') as string, config, (client) => {
        if (options.has('list')) return list(client, options, env);
        if (options.has('describe')) return describe(client, options, env);
        return options.has('delete') ? remove(client, options, env) : resetOffsets(client, options, env);
      });
    } catch (error) {
      if (!(error instanceof StackError) || error instanceof UsageError) throw error;
      env.out(`\nError: Executing consumer group command failed due to ${messageOf(error)}\n`);
      return 1;
    }
  },
};

function check(options: Options): void {
  if (actions.filter((action) => options.has(action)).length !== 1)
    throw new UsageError(
      'Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets',
    );
  if (options.has('list')) return;
  if (options.has('group') === options.has('all-groups'))
    throw new UsageError(
      options.has('group')
        ? "Option [all-groups] can't be used with option [group]"
        : `Option [${actions.find((action) => options.has(action))}] takes one of these options: [group], [all-groups]`,
    );
  if (options.has('describe') && ['members', 'offsets', 'state'].filter((name) => options.has(name)).length > 1)
    throw new UsageError('Option [describe] takes at most one of these options: [members], [offsets], [state]');
}

async function list(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const wanted = (name: 'state' | 'type'): Set<string> =>
    new Set(
      (options.value(name) ?? '')
        .toLowerCase()
        .split(',')
        .map((word) => word.trim())
        .filter((word) => word !== ''),
    );
  const states = wanted('state');
  const types = wanted('type');
  const groups = (await listGroups(client)).filter(
    ({ state, type }) =>
      (states.size === 0 || states.has(state.toLowerCase())) && (types.size === 0 || types.has(type.toLowerCase())),
  );
  if (!options.has('state') && !options.has('type')) {
    env.out(groups.map(({ group }) => `${group}\n`).join(''));
    return 0;
  }
  const rows = [
    ['GROUP', ...(options.has('type') ? ['TYPE'] : []), ...(options.has('state') ? ['STATE'] : [])],
    ...groups.map(({ group, state, type }) => [
      group,
      ...(options.has('type') ? [type] : []),
      ...(options.has('state') ? [state] : []),
    ]),
  ];
  const width = Math.max(25, ...groups.map(({ group }) => group.length));
  env.out(
    rows
      .map(
        ([group = '', ...rest]) =>
          `${group.padEnd(width)} ${rest.map((cell, i) => (i < rest.length - 1 ? cell.padEnd(20) : cell)).join(' ')}\n`,
      )
      .join(''),
  );
  return 0;
}

async function describe(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const names = options.has('all-groups')
    ? (await listGroups(client)).map(({ group }) => group)
    : options.values('group');
  for (const group of names) {
    const facts = await describeGroup(client, group);
    if (facts === undefined) {
      env.out(
        `\nError: Executing consumer group command failed due to org.apache.kafka.common.errors.GroupIdNotFoundException: Group ${group} not found.\n`,
      );
      return 0; // as Kafka's tool does
    }
    if (facts.members.length === 0 && facts.state !== 'Dead')
      env.err(`\nConsumer group '${group}' has no active members.\n`);
    if (options.has('members')) env.out(membersTable(facts, options.has('verbose')));
    else if (options.has('state')) env.out(stateTable(facts));
    else env.out(await offsetsTable(client, facts));
  }
  return 0;
}

/** Every row begins a line, the table ends with one. Cells but the last have a width; a space parts them. */
function table(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell)).join(' ');
  return `${rows.map((row) => `\n${line(row)}`).join('')}\n`;
}

const widest = (least: number, cells: readonly string[]): number =>
  Math.max(least, ...cells.map((cell) => cell.length));

async function offsetsTable(client: KafkaClient, facts: GroupFacts): Promise<string> {
  const { group, members } = facts;
  const committed = await committedOf(client, group);
  const owners = new Map<string, GroupMember>();
  for (const member of members) {
    for (const { topic, partitions } of member.assigned)
      for (const p of partitions) owners.set(`${topic} ${p}`, member);
  }
  const keys = new Set([...committed.keys(), ...owners.keys()]);
  const partitions = Array.from(keys, (key) => {
    const space = key.lastIndexOf(' ');
    return { key, topic: key.slice(0, space), partition: Number(key.slice(space + 1)) };
  }).sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  const rows: string[][] = [];
  for (const { key, topic, partition } of partitions) {
    const current = committed.get(key);
    const end = await offsetAt(client, topic, partition, latestTime).catch(() => undefined);
    const owner = owners.get(key);
    rows.push([
      group,
      topic,
      String(partition),
      current === undefined ? '-' : String(current),
      end === undefined ? '-' : String(end),
      current === undefined || end === undefined ? '-' : String(end - current),
      owner?.memberId ?? '-',
      owner?.host ?? '-',
      owner?.clientId ?? '-',
    ]);
  }
  if (rows.length === 0) return '';
  const header = [
    'GROUP',
    'TOPIC',
    'PARTITION',
    'CURRENT-OFFSET',
    'LOG-END-OFFSET',
    'LAG',
    'CONSUMER-ID',
    'HOST',
    'CLIENT-ID',
  ];
  const cell = (i: number): string[] => rows.map((row) => row[i] ?? '');
  return table(
    [header, ...rows],
    [widest(15, cell(0)), widest(15, cell(1)), 10, 15, 15, 15, widest(15, cell(6)), widest(15, cell(7))],
  );
}

function membersTable({ group, members }: GroupFacts, verbose: boolean): string {
  const assignment = ({ assigned }: GroupMember): string =>
    assigned
      .map(({ topic, partitions }) => `${topic}(${[...partitions].sort((a, b) => a - b).join(',')})`)
      .join(', ') || '-';
  const rows = members.map((member) => [
    group,
    member.memberId,
    member.host,
    member.clientId,
    String(member.assigned.reduce((sum, { partitions }) => sum + partitions.length, 0)),
    ...(verbose ? [assignment(member)] : []),
  ]);
  const header = ['GROUP', 'CONSUMER-ID', 'HOST', 'CLIENT-ID', '#PARTITIONS', ...(verbose ? ['ASSIGNMENT'] : [])];
  const cell = (i: number): string[] => rows.map((row) => row[i] ?? '');
  const padded = [...[header], ...rows].map((row) => (verbose ? row : [...row, '']));
  return table(padded, [widest(15, cell(0)), widest(15, cell(1)), widest(15, cell(2)), widest(15, cell(3)), 15]);
}

function stateTable({ group, coordinator, assignor, state, members }: GroupFacts): string {
  const header = ['GROUP', 'COORDINATOR (ID)', 'ASSIGNMENT-STRATEGY', 'STATE', '#MEMBERS'];
  const row = [group, coordinator, assignor === '' ? '-' : assignor, state, String(members.length)];
  return table([header, row], [widest(15, [group]), widest(25, [coordinator]), 20, 20]);
}

/** Committed offsets by `topic partition`. */
async function committedOf(client: KafkaClient, group: string): Promise<Map<string, number>> {
  const answer = await client.request(
    'OffsetFetch',
    { groupId: group, topics: null, groups: [{ groupId: group, topics: null }], requireStable: false },
    9,
    { group },
  );
  const offsets = new Map<string, number>();
  for (const { name, partitions } of answer.groups[0]?.topics ?? answer.topics) {
    for (const { partitionIndex, committedOffset } of partitions) {
      if (Number(committedOffset) >= 0) offsets.set(`${name} ${partitionIndex}`, Number(committedOffset));
    }
  }
  return offsets;
}

async function remove(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const names = options.has('all-groups')
    ? (await listGroups(client)).map(({ group }) => group)
    : options.values('group');
  const failures: string[] = [];
  for (const group of names) {
    const answer = await client.request('DeleteGroups', { groupsNames: [group] }, undefined, { group });
    try {
      checkCode(answer.results[0]?.errorCode);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      failures.push(`* Group '${group}' could not be deleted due to: ${javaError(error)}`);
    }
  }
  const quoted = names.map((name) => `'${name}'`).join(', ');
  if (failures.length === 0) {
    env.out(`Deletion of requested consumer groups (${quoted}) was successful.\n`);
    return 0;
  }
  env.out(`\nError: Deletion of some consumer groups failed:\n${failures.join('\n')}\n`);
  return 0; // as Kafka's tool does
}
