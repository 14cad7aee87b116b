/** Commands as they lie in the command topic (docs/internals/command-topic.md). */
import { StackError, messageOf } from '../../core/errors.ts';
import type { StatementPlan } from '../../sql/dialects/ksqldb/plan.ts';
import type { Statement } from '../../sql/dialects/ksqldb/ast.ts';
import { quoteName } from '../../sql/types.ts';
import type { Settings } from './properties.ts';

/** ksqlDB's `Command.VERSION` that the layout follows. */
export const commandVersion = 18;
const planType = 'millracePlanV1';

/** Plans that are stored; the others are carried out by whoever was asked. */
export type CommandPlan = Extract<StatementPlan, { do: 'ddl' | 'start-query' | 'nothing' }>;

export interface Command {
  /** `stream/FOO/create`; names of sources in back-ticks. */
  readonly id: string;
  readonly statement: string;
  readonly streamsProperties: Settings;
  readonly originalProperties: Settings;
  readonly plan: CommandPlan | undefined;
}

export function encodeCommand({ id, plan, ...rest }: Command): { key: Buffer; value: Buffer } {
  const stored = plan === undefined ? null : { '@type': planType, ...plan };
  const value = { ...rest, plan: stored, version: commandVersion };
  return { key: Buffer.from(JSON.stringify(id)), value: Buffer.from(JSON.stringify(value)) };
}

/** @throws StackError MILLRACE_DECODE_FAILED when it is none, or one that this version does not understand */
export function decodeCommand(key: Buffer | null, value: Buffer | null): Command {
  if (key === null || value === null) throw undecodable('it has no key or no value');
  let id: unknown;
  let content: Partial<Record<string, unknown>>;
  try {
    id = JSON.parse(key.toString('utf8'));
    content = JSON.parse(value.toString('utf8')) as Partial<Record<string, unknown>>;
  } catch (error) {
    throw undecodable(messageOf(error));
  }
  const { statement, version = 0, plan } = content ?? {};
  if (typeof id !== 'string' || typeof statement !== 'string') throw undecodable('its id or its statement is missing');
  if (Number(version) > commandVersion) {
    throw undecodable(`Expected version less than or equal to ${commandVersion} but got ${String(version)}`);
  }
  const stored = (plan ?? undefined) as ({ '@type'?: string } & CommandPlan) | undefined;
  if (stored !== undefined && stored['@type'] !== planType)
    throw undecodable(
      `its plan is a ${stored['@type'] ?? 'plan without @type'}, which only the engine that wrote it can run`,
    );
  return {
    id,
    statement,
    streamsProperties: settingsOf(content['streamsProperties']),
    originalProperties: settingsOf(content['originalProperties']),
    plan: stored,
  };
}

function settingsOf(value: unknown): Settings {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Record<string, unknown>).map(([name, one]) => [name, String(one)]),
  );
}

function undecodable(why: string): StackError {
  return new StackError('MILLRACE_DECODE_FAILED', `A record of the command topic cannot be applied: ${why}.`);
}

/** The id under which a statement's command is stored; undefined for statements that are no commands. */
export function commandIdOf(statement: Statement): string | undefined {
  switch (statement.kind) {
    case 'create-source':
    case 'create-as':
      return `${statement.source.toLowerCase()}/${quoteName(statement.name)}/create`;
    case 'insert-query':
      return `stream/${quoteName(statement.target)}/create`;
    case 'drop-source':
      return `${statement.source.toLowerCase()}/${statement.name}/drop`;
    case 'alter-source':
      return `${statement.source.toLowerCase()}/${statement.name}/alter`;
    case 'create-type':
      return `type/${statement.name}/create`;
    case 'drop-type':
      return `type/${statement.name}/drop`;
    case 'terminate':
    case 'pause':
    case 'resume':
      return `${statement.kind}/${statement.queryId ?? 'ALL'}/execute`;
    default:
      return undefined;
  }
}
