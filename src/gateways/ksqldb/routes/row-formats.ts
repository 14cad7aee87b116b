/**
 * The three shapes that rows are sent in. Each is written as it comes; a push query ends when the writing ends, however that comes about.
 */
import type { Row } from '../../../runtime/jobs.ts';
import type { ResultColumn } from '../../../sql/dialects/ksqldb/plan.ts';
import type { KsqlContext } from '../context.ts';
import { errorEntity } from '../errors.ts';
import type { QueryAnswer } from '../run-query.ts';
import { protobufText } from '../../../sql/protobuf-text.ts';
import { typeText } from '../../../sql/types.ts';
import { sideEncoder } from '../record-encoder.ts';
import { rowWriter, schemaText } from '../values.ts';

export type RowAnswer = Exclude<QueryAnswer, { kind: 'print' }>;

/** After so long without a row an empty line is sent where the format allows one. */
const idleMs = 1000;

/** What comes of a query: batches of rows, pauses, and how it ended. */
type Step =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'idle' }
  | { readonly kind: 'end'; readonly limitReached: boolean; readonly error?: unknown };

async function* stepsOf(context: KsqlContext, answer: RowAnswer): AsyncGenerator<Step> {
  if (answer.kind === 'rows') {
    if (answer.rows.length > 0) yield { kind: 'rows', rows: answer.rows };
    yield { kind: 'end', limitReached: false };
    return;
  }
  const { query } = answer;
  let count = 0;
  try {
    for (;;) {
      const step = await query.rows.next(idleMs);
      if (step.kind === 'items') {
        count += step.items.length;
        yield { kind: 'rows', rows: step.items };
      } else if (step.kind === 'idle') yield step;
      else {
        yield { ...step, limitReached: query.limit !== undefined && count >= query.limit };
        return;
      }
    }
  } finally {
    await context.transient.close(query.queryId);
  }
}

function idOf(answer: RowAnswer): string {
  return answer.kind === 'push' ? answer.query.queryId : answer.queryId;
}

/** Formats without a word for rows that tables withdraw (`PushRequest.onRows`) leave them out, as ksqlDB does. */
function standing(rows: readonly Row[], { columns }: RowAnswer): readonly Row[] {
  return rows.filter((row) => row.length === columns.length);
}

/** How `streamedRows` writes the header's own fields and a row's. */
interface RowShape {
  readonly header: Readonly<Record<string, unknown>>;
  readonly row: (row: Row) => string;
}

function jsonShape({ columns, kind }: RowAnswer): RowShape {
  const write = rowWriter(columns.map((column) => column.type));
  return {
    header: { schema: schemaText(columns, kind !== 'push') },
    row: (row) => `"columns":${write(row)}${row.length > columns.length ? ',"tombstone":true' : ''}`,
  };
}

/** Rows as Protobuf messages in base64; the header holds their schema (`application/vnd.ksql.v1+protobuf`). */
function protobufShape({ columns, kind }: RowAnswer): RowShape {
  const encode = sideEncoder(
    'value',
    columns.map(({ name, type }) => ({ name, type, place: 'value' })),
    { format: 'PROTOBUF_NOSR' },
    undefined,
  );
  return {
    header: { schema: schemaText(columns, kind !== 'push'), protoSchema: protobufText(columns) },
    row: (row) => {
      const bytes = encode(columns.map((_, i) => row[i] ?? null)) ?? Buffer.alloc(0);
      return `"protobufBytes":"${bytes.toString('base64')}"${row.length > columns.length ? ',"tombstone":true' : ''}`;
    },
  };
}

/** `[{"header":…},` then a line `{"row":…}` each, then for push queries a final message (`application/vnd.ksql.v1+json`). */
export async function* streamedRows(
  context: KsqlContext,
  answer: RowAnswer,
  { keepAlive, protobuf = false }: { readonly keepAlive: boolean; readonly protobuf?: boolean },
): AsyncGenerator<string> {
  const isPush = answer.kind === 'push';
  const shape = protobuf ? protobufShape(answer) : jsonShape(answer);
  const header = { header: { queryId: idOf(answer), ...shape.header } };
  // A push query's header goes out at once, with the comma that is only right because something follows in any case.
  yield `[${JSON.stringify(header)}${isPush ? ',\n' : ''}`;
  for await (const step of stepsOf(context, answer)) {
    if (step.kind === 'idle') {
      if (keepAlive) yield '\n';
    } else if (step.kind === 'rows') {
      const lines = step.rows.map((row) => `{"row":{${shape.row(row)}}}`);
      yield isPush ? lines.map((line) => `${line},\n`).join('') : `,\n${lines.join(',\n')}`;
    } else if (!isPush) yield ']\n';
    else if (step.error !== undefined) yield `${JSON.stringify({ errorMessage: errorEntity(step.error) })}]\n`;
    else yield `${JSON.stringify({ finalMessage: step.limitReached ? 'Limit Reached' : 'Query Completed' })}]\n`;
  }
}

/** The line before the rows of the two newer formats. */
function metadata(answer: RowAnswer): string {
  const queryId = answer.kind === 'push' ? answer.query.queryId : null;
  const columnNames = answer.columns.map((column: ResultColumn) => column.name);
  const columnTypes = answer.columns.map((column: ResultColumn) => typeText(column.type));
  return JSON.stringify({ queryId, columnNames, columnTypes });
}

/** A line of metadata, then one JSON array per line (`application/vnd.ksqlapi.delimited.v1`). */
export async function* delimitedRows(context: KsqlContext, answer: RowAnswer): AsyncGenerator<string> {
  const write = rowWriter(answer.columns.map((column) => column.type));
  yield `${metadata(answer)}\n`;
  for await (const step of stepsOf(context, answer)) {
    if (step.kind === 'rows')
      yield standing(step.rows, answer)
        .map((row) => `${write(row)}\n`)
        .join('');
    else if (step.kind === 'end' && step.error !== undefined) yield `${JSON.stringify(errorEntity(step.error))}\n`;
  }
}

/** One JSON array: metadata, then the rows (`application/json`). */
export async function* arrayRows(context: KsqlContext, answer: RowAnswer): AsyncGenerator<string> {
  const write = rowWriter(answer.columns.map((column) => column.type));
  yield `[${metadata(answer)}`;
  for await (const step of stepsOf(context, answer)) {
    if (step.kind === 'rows')
      yield standing(step.rows, answer)
        .map((row) => `,${write(row)}`)
        .join('');
    else if (step.kind === 'end') yield step.error === undefined ? ']' : `,${JSON.stringify(errorEntity(step.error))}]`;
  }
}

/** A message for each row, as of `streamedRows` without its array (`/ws/query`). @throws what ended the query */
export async function* messageRows(context: KsqlContext, answer: RowAnswer): AsyncGenerator<string> {
  const { row } = jsonShape(answer);
  for await (const step of stepsOf(context, answer)) {
    if (step.kind === 'rows') for (const one of step.rows) yield `{"row":{${row(one)}}}`;
    else if (step.kind === 'end' && step.error !== undefined) throw step.error;
  }
}
