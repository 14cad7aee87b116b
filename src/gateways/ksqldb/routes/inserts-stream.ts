/**
 * POST `/inserts-stream`: a line that names the target, then a JSON object per row; an acknowledgement or error per row comes back. The
 * request may stay open as long as its sender likes: rows are written as they come, and acknowledged once they are.
 */
import { StackError, messageOf } from '../../../core/errors.ts';
import { bodyChunks } from '../../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import { jsonValue } from '../../../runtime/compiler/json-scan.ts';
import { keyColumns, valueColumns } from '../../../sql/catalog/source.ts';
import type { DataSource } from '../../../sql/catalog/source.ts';
import type { SqlType } from '../../../sql/types.ts';
import type { KsqlContext } from '../context.ts';
import { KsqlError, badRequest, ksqlErrorCodes } from '../errors.ts';
import { Feed } from '../feed.ts';
import { settingOf } from '../properties.ts';
import { jsonObject, objectField, sessionOf, textField } from '../request-body.ts';
import { checkInsertsEnabled, recordEncoders } from '../statements/insert-values.ts';
import { linesOf } from './lines.ts';
import { acceptable, mediaTypes } from './media-types.ts';

/** Rows of one request that may be on their way or wait for their acknowledgement to be sent; then no more is read. */
const openRowsMax = 1000;
const idleMs = 60_000;

export function addInsertsRoute(router: Router, context: KsqlContext): void {
  router.onStream('POST', '/inserts-stream', (request) => postInserts(context, request));
}

async function postInserts(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const type = acceptable(request.headers['accept'], [mediaTypes.delimited, mediaTypes.json]);
  if (type === undefined) return { status: 406 };
  const lines = linesOf(bodyChunks(request));
  const { value: head = '' } = await lines.next();
  const args = jsonObject(head);
  checkInsertsEnabled(context, sessionOf(context, { properties: objectField(args, 'properties') }, 'properties'));
  const source = targetOf(context, textField(args, 'target'));
  const insert = await rowInserter(context, source);
  const answers = acknowledged(context, lines, insert);
  const body = type === mediaTypes.delimited ? inLines(answers) : inArray(answers);
  return { status: 200, headers: { 'content-type': type }, body };
}

interface Answer {
  readonly status: 'ok' | 'error';
  readonly seq: number;
  readonly error_code?: number;
  readonly message?: string;
}

/** Rows go out side by side and are answered in their order; the first that is no JSON ends the stream. */
async function* acknowledged(
  context: KsqlContext,
  lines: AsyncIterable<string>,
  insert: (row: string) => Promise<void>,
): AsyncGenerator<readonly Answer[]> {
  const answers = new Feed<Answer>(context.clock, openRowsMax);
  let open = 0;
  let room: (() => void) | undefined;
  const read = async (): Promise<void> => {
    let seq = 0;
    let last: Promise<void> = Promise.resolve();
    for await (const row of lines) {
      if (answers.ended) break;
      if (row.trim() === '') continue;
      const broken = !isObject(row);
      const answer = broken ? Promise.resolve(noJson(seq)) : answerOf(insert(row), seq);
      last = Promise.all([answer, last]).then(([one]) => answers.push([one]));
      if (broken) break;
      seq++;
      if (++open >= openRowsMax) await new Promise<void>((resolve) => (room = resolve));
    }
    await last;
  };
  void read().then(
    () => answers.end(),
    (error: unknown) => answers.end(error),
  );
  try {
    for (;;) {
      const step = await answers.next(idleMs);
      if (step.kind === 'end') {
        if (step.error !== undefined) throw step.error;
        return;
      }
      if (step.kind === 'idle') continue;
      open -= step.items.length;
      if (open < openRowsMax) room?.();
      yield step.items;
    }
  } finally {
    answers.end();
    room?.();
  }
}

function noJson(seq: number): Answer {
  return { status: 'error', error_code: ksqlErrorCodes.badRequest, message: 'Invalid JSON in inserts stream', seq };
}

function answerOf(inserting: Promise<void>, seq: number): Promise<Answer> {
  return inserting.then(
    () => ({ status: 'ok', seq }),
    (error: unknown) => ({ status: 'error', error_code: codeOf(error), message: messageOf(error), seq }),
  );
}

function codeOf(error: unknown): number {
  if (error instanceof KsqlError) return error.errorCode;
  const users = error instanceof StackError && error.code === 'MILLRACE_DECODE_FAILED';
  return users ? ksqlErrorCodes.badRequest : ksqlErrorCodes.serverError;
}

function isObject(row: string): boolean {
  try {
    const value: unknown = JSON.parse(row);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

async function* inLines(answers: AsyncIterable<readonly Answer[]>): AsyncGenerator<string> {
  for await (const some of answers) yield some.map((answer) => `${JSON.stringify(answer)}\n`).join('');
}

async function* inArray(answers: AsyncIterable<readonly Answer[]>): AsyncGenerator<string> {
  let before = '[';
  for await (const some of answers) {
    yield before + some.map((answer) => JSON.stringify(answer)).join(',');
    before = ',';
  }
  yield before === '[' ? '[]' : ']';
}

/** @throws KsqlError */
function targetOf(context: KsqlContext, target: string): DataSource {
  const fail = (message: string): KsqlError => new KsqlError(ksqlErrorCodes.badStatement, message);
  const quoted = /^`((?:[^`]|``)+)`$/.exec(target)?.[1];
  if (quoted === undefined && !/^[A-Za-z_][A-Za-z0-9_@]*$/.test(target)) throw fail(`Invalid target name: ${target}`);
  const name = quoted?.replaceAll('``', '`') ?? target.toUpperCase();
  const source = context.engine.catalog.sources.get(name);
  if (source === undefined) throw fail(`Cannot insert values into an unknown stream/table: \`${name}\``);
  if (source.window !== undefined) throw fail('Cannot insert values into windowed stream/table');
  const readOnly = (settingOf('ksql.readonly.topics', context.settings) ?? '').split(',').map((one) => one.trim());
  if (source.readOnly || readOnly.some((pattern) => new RegExp(`^(?:${pattern})$`).test(source.topic)))
    throw fail(`Cannot insert values into read-only topic: ${source.topic}`);
  return source;
}

/** Turns a row's JSON into a record and sends it. */
async function rowInserter(context: KsqlContext, source: DataSource): Promise<(row: string) => Promise<void>> {
  const { key, value } = await recordEncoders(context, source, []);
  const [keys, values] = [keyColumns(source), valueColumns(source)];
  const columns = [...keys, ...values];
  const type: SqlType = { kind: 'STRUCT', fields: columns.map(({ name, type: one }) => ({ name, type: one })) };
  const names = new Set(columns.map(({ name }) => name));
  return async (row) => {
    const given = namesOf(row);
    for (const name of given) if (!names.has(name)) throw badRequest(`Column name \`${name}\` does not exist.`);
    const bytes = Buffer.from(row.trim());
    const fields = jsonValue(bytes, 0, bytes.length, type) as Readonly<Record<string, unknown>>;
    for (const { name } of keys)
      if (source.kind === 'TABLE' && (fields[name] ?? null) === null)
        throw badRequest(`Key field must be specified: \`${name}\``);
    await context.inserts.send({
      topic: source.topic,
      key: key(keys.map(({ name }) => fields[name] ?? null)),
      value: value(values.map(({ name }) => fields[name] ?? null)),
    });
  };
}

/** Column names of a row, in the catalogue's case: upper unless in back-ticks. */
function namesOf(row: string): string[] {
  return Object.keys(JSON.parse(row) as object).map((name) =>
    /^`.*`$/.test(name) ? name.slice(1, -1) : name.toUpperCase(),
  );
}
