/**
 * What the ksqlDB server answers when something is wrong: its codes, its two entity shapes and the HTTP status of each.
 * Source: the public classes `Errors`, `KsqlErrorMessage` and `KsqlStatementErrorMessage` of ksqlDB.
 */
import { StackError, messageOf } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { json } from '../../http/router.ts';
import type { ErrorShape, HttpResponse } from '../../http/router.ts';
import { placeOf, withExcerpt } from '../../sql/syntax/excerpt.ts';
import type { KsqlEntity } from './entities.ts';

/** An HTTP status times 100, plus a running number. */
export const ksqlErrorCodes = {
  badRequest: 40000,
  badStatement: 40001,
  queryEndpoint: 40002,
  forbidden: 40300,
  notFound: 40400,
  conflict: 40900,
  assertionFailed: 41700,
  serverError: 50000,
  commandQueueTimeout: 50301,
  shuttingDown: 50303,
} as const;

/** A failure that has a place in ksqlDB's own table. */
export class KsqlError extends StackError {
  /** Of ksqlDB's table; the status is its hundredth. */
  readonly errorCode: number;
  /** With one, the answer is a `statement_error`. */
  readonly statementText: string | undefined;
  /** What earlier statements of the same request gave. */
  readonly entities: readonly KsqlEntity[];

  constructor(
    errorCode: number,
    message: string,
    options: { code?: ErrorCode; statementText?: string; entities?: readonly KsqlEntity[]; cause?: unknown } = {},
  ) {
    super(options.code ?? 'MILLRACE_SQL_INVALID', message, { cause: options.cause });
    this.errorCode = errorCode;
    this.statementText = options.statementText;
    this.entities = options.entities ?? [];
  }
}

export function badRequest(message: string): KsqlError {
  return new KsqlError(ksqlErrorCodes.badRequest, message);
}

export function badStatement(message: string, statementText: string): KsqlError {
  return new KsqlError(ksqlErrorCodes.badStatement, message, { statementText });
}

/** What is said of one query more than the server is to have. */
export function tooManyQueries(kind: 'persistent' | 'push', running: number, limit: number): string {
  const [advice, setting] =
    kind === 'push'
      ? ['Terminate existing PUSH queries', 'ksql.max.push.queries']
      : ['Use the TERMINATE command to terminate existing queries', 'ksql.query.persistent.active.limit'];
  return (
    `Not executing statement(s) as it would cause the number of active, ${kind} queries to exceed the configured limit. ` +
    `${advice}, or increase the '${setting}' setting via the 'ksql-server.properties' file. ` +
    `Current ${kind} query count: ${running}. Configured limit: ${limit}.`
  );
}

/** SELECT and PRINT on `/ksql`. */
export function wrongEndpoint(statementText: string): KsqlError {
  const message =
    "The following statement types should be issued to the websocket endpoint '/query':\n\t* PRINT\n\t* SELECT";
  return new KsqlError(ksqlErrorCodes.queryEndpoint, message, { statementText });
}

/** Any failure of a statement in ksqlDB's terms: what the user can mend is a bad statement, the rest the server's failure. */
export function statementFailure(
  error: unknown,
  statementText: string,
  entities: readonly KsqlEntity[] = [],
): KsqlError {
  if (error instanceof KsqlError) {
    if (entities.length === 0 || error.statementText === undefined) return error;
    const { errorCode, message, code } = error;
    return new KsqlError(errorCode, message, {
      code,
      statementText: error.statementText,
      entities,
      cause: error.cause,
    });
  }
  const users = error instanceof StackError && usersFault.has(error.code);
  const understood = error instanceof StackError ? error.details['statementText'] : undefined;
  return new KsqlError(users ? ksqlErrorCodes.badStatement : ksqlErrorCodes.serverError, messageOf(error), {
    code: error instanceof StackError ? error.code : 'MILLRACE_QUERY_FAILED',
    statementText: typeof understood === 'string' ? understood : statementText,
    entities,
    cause: error,
  });
}

/** The failure of a request with this text: where the statement is wrong is shown behind what is wrong. */
export function withPlace(error: unknown, text: string): unknown {
  if (!(error instanceof KsqlError) || error.statementText === undefined) return error;
  const { cause, errorCode, statementText, entities, code } = error;
  const place = cause instanceof StackError ? placeOf(cause.details) : undefined;
  // Where variables were put in, places count in what came of that.
  if (place === undefined || text.includes('${')) return error;
  const message = withExcerpt(error.message, text, place);
  return new KsqlError(errorCode, message, { code, statementText, entities, cause });
}

const usersFault: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'MILLRACE_SQL_SYNTAX',
  'MILLRACE_SQL_INVALID',
  'MILLRACE_UNSUPPORTED',
  'MILLRACE_SCHEMA_INVALID',
  'MILLRACE_REGISTRY',
  'MILLRACE_CONFIG_INVALID',
]);

/** The JSON of an error. */
export function errorEntity(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof KsqlError))
    return { '@type': 'generic_error', error_code: ksqlErrorCodes.serverError, message: messageOf(error) };
  const { errorCode: error_code, message, statementText, entities } = error;
  return statementText === undefined
    ? { '@type': 'generic_error', error_code, message }
    : { '@type': 'statement_error', error_code, message, statementText, entities };
}

export function errorResponse(error: unknown): HttpResponse {
  const status = error instanceof KsqlError ? Math.trunc(error.errorCode / 100) : 500;
  return json(errorEntity(error), status);
}

/** How the server words what no handler answers. An unknown path has no JSON in ksqlDB either. */
export const ksqlErrorShape: ErrorShape = {
  problem(status, message) {
    if (status === 404) return { status, headers: { 'content-type': 'text/plain' }, body: 'Not Found' };
    return json({ '@type': 'generic_error', error_code: status * 100, message }, status);
  },
  failure: (error) => errorResponse(error),
};
