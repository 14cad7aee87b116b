/** One case and its verdict: planned, run, compared; or refused as it should be. */
import { messageOf, StackError } from '../../../src/core/errors.ts';
import type { KsqlCase } from './cases.ts';
import { NotRun } from './encode-record.ts';
import { planCase } from './plan-case.ts';
import type { PlannedCase } from './plan-case.ts';
import { checkPost } from './post.ts';
import { runCase } from './run-case.ts';
import type { RunOptions } from './run-case.ts';

export interface Verdict {
  readonly status: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was skipped. */
  readonly why?: string;
  /** Of a case that expects an error: the right statement was refused with the right class, whatever the text. */
  readonly lenient?: boolean;
  /** Names of internal topics that the case expects and that belong to another engine's plan; not compared. */
  readonly foreignTopics?: readonly string[];
}

/** Runs the case. Never throws. */
export function judgeCase(one: KsqlCase, options: Pick<RunOptions, 'crashes' | 'rowsOnly'> = {}): Verdict {
  try {
    if (one.json['responses'] !== undefined || one.json['expectedError'] !== undefined)
      return { status: 'skipped', why: 'a case of the REST interface' };
    const planned = planCase(one);
    if (one.expected !== undefined) return one.hasInputs ? judgeFailure(one, planned) : judgeRefusal(one, planned);
    if (planned.failedAt !== undefined)
      return { status: 'failed', why: `statement ${planned.failedAt + 1}: ${messageOf(planned.error)}` };
    runCase(one, planned, options);
    return { status: 'passed', foreignTopics: checkPost(one, planned) };
  } catch (error) {
    if (error instanceof NotRun) return { status: 'skipped', why: error.message };
    return { status: 'failed', why: messageOf(error) };
  }
}

/** Real classes, each with those that it extends. */
const classes: Readonly<Record<string, readonly string[]>> = {
  MILLRACE_SQL_SYNTAX: ['ParseFailedException', 'KsqlStatementException', 'KsqlException', 'RuntimeException'],
  MILLRACE_SQL_INVALID: ['KsqlStatementException', 'KsqlException', 'RuntimeException'],
  MILLRACE_UNSUPPORTED: [],
  MILLRACE_QUERY_FAILED: ['StreamsException'],
};

function rightClass(error: unknown, { expected }: KsqlCase): boolean {
  const chain = error instanceof StackError ? (classes[error.code] ?? []) : [];
  return chain.length > 0 && (expected?.type === '' || chain.includes(expected?.type ?? ''));
}

/** A statement is refused, and it is the last one. */
function judgeRefusal(one: KsqlCase, { failedAt, error, count }: PlannedCase): Verdict {
  if (failedAt === undefined) return { status: 'failed', why: 'no statement was refused', lenient: false };
  if (count > 0 && failedAt !== count - 1)
    return { status: 'failed', why: `statement ${failedAt + 1} of ${count}: ${messageOf(error)}`, lenient: false };
  if (!rightClass(error, one))
    return { status: 'failed', why: `refused with another class: ${messageOf(error)}`, lenient: false };
  const lines = (text: string): string => text.replaceAll('\r\n', '\n');
  const wanted = lines(one.expected?.message ?? '');
  const message = lines(messageOf(error));
  const understood = error instanceof StackError ? error.details['statementText'] : undefined;
  const detailed = `${message}\nStatement: ${typeof understood === 'string' ? understood : (one.statements.at(-1) ?? '')}`;
  return message.includes(wanted) || lines(detailed).includes(wanted)
    ? { status: 'passed', lenient: true }
    : { status: 'failed', why: `wanted the error\n      ${wanted}\n    got\n      ${message}`, lenient: true };
}

/** The statements work, a record makes the query fail. */
function judgeFailure(one: KsqlCase, planned: PlannedCase): Verdict {
  if (planned.failedAt !== undefined)
    return { status: 'failed', why: `a statement was refused: ${messageOf(planned.error)}`, lenient: false };
  const { expected } = one;
  try {
    runCase({ ...one, json: { ...one.json, outputs: [] } }, planned, { stopOnError: true });
  } catch (error) {
    if (error instanceof NotRun) throw error;
    if (!(error instanceof StackError) || expected?.type !== 'StreamsException')
      return { status: 'failed', why: `another class of error: ${messageOf(error)}`, lenient: false };
    const { causeMessage } = one.json['expectedException'] as Readonly<Record<string, unknown>>;
    const wanted = String(causeMessage ?? expected.message);
    return messageOf(error).includes(wanted)
      ? { status: 'passed', lenient: true }
      : { status: 'failed', why: `wanted the error ${wanted}, got ${messageOf(error)}`, lenient: true };
  }
  return { status: 'failed', why: 'no record made the query fail', lenient: false };
}
