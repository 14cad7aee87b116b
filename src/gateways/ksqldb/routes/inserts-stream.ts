/** POST `/inserts-stream`: a line that names the target, then a JSON object per row; an acknowledgement or error per row comes back. */
import { StackError, messageOf } from '../../../core/errors.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import { jsonValue } from '../../../runtime/compiler/json-scan.ts';
import { keyColumns, valueColumns } from '../../../sql/catalog/source.ts';
import type { DataSource } from '../../../sql/catalog/source.ts';
import type { SqlType } from '../../../sql/types.ts';
import type { KsqlContext } from '../context.ts';
import { KsqlError, badRequest, ksqlErrorCodes } from '../errors.ts';
import { settingOf } from '../properties.ts';
import { jsonObject, objectField, sessionOf, textField } from '../request-body.ts';
import { checkInsertsEnabled, recordEncoders } from '../statements/insert-values.ts';
import { acceptable, mediaTypes } from './media-types.ts';

export function addInsertsRoute(router: Router, context: KsqlContext): void {
  router.on('POST', '/inserts-stream', (request) => postInserts(context, request));
}

async function postInserts(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const type = acceptable(request.headers['accept'], [mediaTypes.delimited, mediaTypes.json]);
  if (type === undefined) return { status: 406 };
  const [head = '', ...lines] = request.body.toString('utf8').split('\n');
  const args = jsonObject(head);
  checkInsertsEnabled(context, sessionOf(context, { properties: objectField(args, 'properties') }, 'properties'));
  const source = targetOf(context, textField(args, 'target'));
  const insert = await rowInserter(context, source);
  const rows = lines.filter((line) => line.trim() !== '');
  const answers = acknowledged(rows, insert);
  const body = type === mediaTypes.delimited ? inLines(answers) : inArray(answers);
  return { status: 200, headers: { 'content-type': type }, body };
}

interface Answer {
  readonly status: 'ok' | 'error';
  readonly seq: number;
  readonly error_code?: number;
  readonly message?: string;
}

/** Rows go out together and are answered in their order; the first that is no JSON ends the stream. */
async function* acknowledged(rows: readonly string[], insert: (row: string) => Promise<void>): AsyncGenerator<Answer> {
  const sent: Promise<Answer>[] = [];
  for (const [seq, row] of rows.entries()) {
    const broken = !isObject(row);
    sent.push(
      broken
        ? Promise.resolve({
            status: 'error',
            error_code: ksqlErrorCodes.badRequest,
            message: 'Invalid JSON in inserts stream',
            seq,
          })
        : insert(row).then(
            () => ({ status: 'ok', seq }),
            (error: unknown) => ({ status: 'error', error_code: codeOf(error), message: messageOf(error), seq }),
          ),
    );
    if (broken) break;
  }
  for (const answer of sent) yield await answer;
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

async function* inLines(answers: AsyncIterable<Answer>): AsyncGenerator<string> {
  for await (const answer of answers) yield `${JSON.stringify(answer)}\n`;
}

async function* inArray(answers: AsyncIterable<Answer>): AsyncGenerator<string> {
  let before = '[';
  for await (const answer of answers) {
    yield `${before}${JSON.stringify(answer)}`;
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
