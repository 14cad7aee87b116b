/** `kafka-consumer-groups`: its command line, the list of groups and their end; the rest is in files of their own. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { KafkaClient } from '../../client/kafka-client.ts';
import { KafkaError } from '../../wire/error-codes.ts';
import { readConfig } from './client-config.ts';
import { deleteOffsets } from './delete-offsets.ts';
import { describeGroups } from './describe-groups.ts';
import { listGroups } from './group-facts.ts';
import { checkCode, javaError } from './java-errors.ts';
import { OptionValueError, Options, UsageError } from './options.ts';
import type { OptionSpecs } from './options.ts';
import { resetOffsets, resetScenarios } from './reset-offsets.ts';
import { withClient } from './tool.ts';
import type { KafkaTool, ToolEnvironment } from './tool.ts';

const specs: OptionSpecs = {
  'all-groups': { help: 'Apply to all consumer groups.' },
  'all-topics': { help: 'With --reset-offsets: all topics of the group.' },
  'bootstrap-server': {
    argument: 'String: server to connect to',
    help: 'REQUIRED: The server(s) to connect to.',
  },
  'by-duration': { argument: 'String: duration', help: "Reset to the time that lies so long back: 'PnDTnHnMnS'." },
  'command-config': { argument: 'String: command config property file', help: 'A file with properties of the client.' },
  delete: { help: 'Delete groups with all of their offsets.' },
  'delete-offsets': { help: 'Delete the offsets of a group in topics that it does not consume.' },
  describe: { help: 'Describe a group and its lag.' },
  'dry-run': { help: 'Only show what --reset-offsets would do (the default).' },
  execute: { help: 'Do what --reset-offsets says.' },
  export: { help: 'Print what --reset-offsets would do as CSV.' },
  'from-file': { argument: 'String: path to CSV file', help: 'Reset to the offsets of a file as --export prints it.' },
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
  'validate-regex': { argument: 'String', help: 'Tell whether a regular expression is valid.' },
  type: { argument: 'String', optional: true, help: 'With --list: the types, or only groups of these.' },
  verbose: { help: 'Tell more.' },
  version: { help: 'Display Kafka version.' },
};

const actions = ['list', 'describe', 'delete', 'reset-offsets', 'delete-offsets', 'validate-regex'] as const;
const scopes = ['group', 'all-groups'] as const;

export const consumerGroups: KafkaTool = {
  intro:
    'This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.',
  specs,
  run: async (args, env) => {
    const options = Options.parse(specs, args);
    check(options, env);
    const pattern = options.value('validate-regex');
    if (pattern !== undefined) {
      env.out(validated(pattern));
      return 0;
    }
    const config = readConfig(env, [options.value('command-config')]);
    try {
      for (const name of ['to-offset', 'shift-by']) options.number(name);
      const timeoutMs = options.number('timeout');
      if (timeoutMs !== undefined) config.set('request.timeout.ms', String(timeoutMs));
      return await withClient(env, options.value('bootstrap-server') as string, config, async (client) => {
        if (options.has('list')) return list(client, options, env);
        if (options.has('delete-offsets')) return deleteOffsets(client, options, env);
        const groups = options.has('all-groups')
          ? (await listGroups(client)).map(({ group }) => group)
          : [...new Set(options.values('group'))];
        if (options.has('describe')) return describeGroups(client, groups, options, env);
        return options.has('delete') ? remove(client, groups, env) : resetOffsets(client, groups, options, env);
      });
    } catch (error) {
      const usage = error instanceof UsageError && !(error instanceof OptionValueError);
      if (!(error instanceof StackError) || usage) throw error;
      const text = error instanceof KafkaError ? javaError(error) : messageOf(error);
      env.out(`\nError: Executing consumer group command failed due to ${text}\n`);
      return 0; // as Kafka's tool does
    }
  },
};

function check(options: Options, env: ToolEnvironment): void {
  if (!options.has('validate-regex') && !options.has('bootstrap-server'))
    throw new UsageError('Missing required argument "[bootstrap-server]"');
  const needScope = (action: string): void => {
    if (!scopes.some((scope) => options.has(scope)))
      throw new UsageError(`Option [${action}] takes one of these options: [group], [all-groups]`);
  };
  if (options.has('describe')) {
    needScope('describe');
    if (['members', 'offsets', 'state'].filter((name) => options.has(name)).length > 1)
      throw new UsageError('Option [describe] takes at most one of these options: [members], [offsets], [state]');
    if (options.value('state') !== undefined)
      throw new UsageError('Option [describe] does not take a value for [state]');
  }
  if (options.has('delete')) {
    needScope('delete');
    if (options.has('topic'))
      throw new UsageError('The consumer does not support topic-specific offset deletion from a consumer group.');
  }
  if (options.has('delete-offsets') && !(options.has('group') && options.has('topic')))
    throw new UsageError('Option [delete-offsets] takes the following options: [group], [topic]');
  if (options.has('reset-offsets')) checkReset(options, env, needScope);
  const never: readonly (readonly [string, readonly string[]])[] = [
    ['group', ['all-groups', 'list']],
    ['topic', ['list', 'describe']],
  ];
  for (const [option, others] of never) {
    const other = options.has(option) ? others.find((one) => options.has(one)) : undefined;
    if (other !== undefined) throw new UsageError(`Option "[${option}]" can't be used with option "[${other}]"`);
  }
  if (actions.filter((action) => options.has(action)).length !== 1)
    throw new UsageError(
      `Command must include exactly one action: ${actions.map((action) => `--${action}`).join(', ')}`,
    );
}

function checkReset(options: Options, env: ToolEnvironment, needScope: (action: string) => void): void {
  if (options.has('dry-run') && options.has('execute'))
    throw new UsageError('Option [reset-offsets] only accepts one of [execute] and [dry-run]');
  if (!options.has('dry-run') && !options.has('execute'))
    env.err(
      'WARN: No action will be performed as the --execute option is missing. In version 5.0, this command will require either --dry-run or --execute to be specified. You should add the --dry-run option explicitly if you are scripting this command and want to keep the current default behavior without prompting.\n',
    );
  needScope('reset-offsets');
  const [first, second] = resetScenarios.filter((name) => options.has(name));
  if (second !== undefined) throw new UsageError(`Option "[${first}]" can't be used with option "[${second}]"`);
}

function validated(pattern: string): string {
  try {
    const { source } = new RegExp(pattern);
    return `The regular expression \`${source}\` is valid.\n`;
  } catch (error) {
    return `The regular expression \`${pattern}\` is invalid: ${messageOf(error).replace(/^.*: /, '')}.\n`;
  }
}

const states = ['PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead', 'Empty', 'Assigning', 'Reconciling'];
const types = ['Consumer', 'Classic'];

async function list(client: KafkaClient, options: Options, env: ToolEnvironment): Promise<number> {
  const wantedStates = wanted(options.value('state'), states, 'state list', 'states');
  const wantedTypes = wanted(options.value('type'), types, 'types list', 'types');
  const all = await listGroups(client);
  const groups = all.filter(
    ({ state, type }) =>
      (wantedStates.size === 0 || wantedStates.has(state.toLowerCase())) &&
      (wantedTypes.size === 0 || wantedTypes.has(type.toLowerCase())),
  );
  const columns = (['type', 'state'] as const).filter((name) => options.has(name));
  if (columns.length === 0) {
    env.out(groups.map(({ group }) => `${group}\n`).join(''));
    return 0;
  }
  const width = Math.max(15, ...groups.map(({ group }) => group.length)) + 10;
  const rows = groups.map((found) => [found.group, ...columns.map((name) => found[name])]);
  for (const [group = '', ...rest] of [['GROUP', ...columns.map((name) => name.toUpperCase())], ...rows])
    env.out(`${group.padEnd(width)} ${rest.map((cell) => cell.padEnd(20)).join(' ')}\n`);
  return 0;
}

/** Words of a list with commas, in small letters. */
function wanted(text: string | undefined, known: readonly string[], name: string, plural: string): Set<string> {
  const words = (text ?? '')
    .toLowerCase()
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.some((word) => !known.some((one) => one.toLowerCase() === word)))
    throw new UsageError(`Invalid ${name} '${text}'. Valid ${plural} are: ${known.join(', ')}`);
  return new Set(words);
}

async function remove(client: KafkaClient, groups: readonly string[], env: ToolEnvironment): Promise<number> {
  const failures: string[] = [];
  const deleted: string[] = [];
  for (const group of groups) {
    const answer = await client.request('DeleteGroups', { groupsNames: [group] }, undefined, { group });
    try {
      checkCode(answer.results[0]?.errorCode);
      deleted.push(`'${group}'`);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      failures.push(`* Group '${group}' could not be deleted due to: ${javaError(error)}\n`);
    }
  }
  if (failures.length === 0) {
    env.out(`Deletion of requested consumer groups (${deleted.join(', ')}) was successful.\n`);
    return 0;
  }
  env.out(`\nError: Deletion of some consumer groups failed:\n${failures.join('')}`);
  if (deleted.length > 0) env.out(`\nThese consumer groups were deleted successfully: ${deleted.join(', ')}\n`);
  return 0; // as Kafka's tool does
}
