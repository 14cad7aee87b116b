/**
 * The three shapes that rows are sent in. Each is written as it comes; a push query ends when the writing ends, however that comes about.
 */
import type { Row } from '../../../runtime/jobs.ts';
import type { ResultColumn } from '../../../sql/dialects/ksqldb/plan.ts';
import type { KsqlContext } from '../context.ts';
import { errorEntity } from '../errors.ts';
import type { QueryAnswer } from '../run-query.ts';
import { typeText } from '../../../sql/types.ts';
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

/** The row of a table went away: its key is told, with nulls (`PushRequest.onRows`). */
function isWithdrawn(row: Row, { columns }: RowAnswer): boolean {
  return row.length > columns.length;
}

/** Formats without a word for rows that went away leave them out, as ksqlDB does. */
function standing(rows: readonly Row[], answer: RowAnswer): readonly Row[] {
  return rows.filter((row) => !isWithdrawn(row, answer));
}

/** `[{"header":…},` then a line `{"row":…}` each, then for push queries a final message (`application/vnd.ksql.v1+json`). */
export async function* streamedRows(
  context: KsqlContext,
  answer: RowAnswer,
  { keepAlive }: { readonly keepAlive: boolean },
): AsyncGenerator<string> {
  const isPush = answer.kind === 'push';
  const write = rowWriter(answer.columns.map((column) => column.type));
  const header = { header: { queryId: idOf(answer), schema: schemaText(answer.columns, !isPush) } };
  // A push query's header goes out at once, with the comma that is only right because something follows in any case.
  yield `[${JSON.stringify(header)}${isPush ? ',\n' : ''}`;
  for await (const step of stepsOf(context, answer)) {
    if (step.kind === 'idle') {
      if (keepAlive) yield '\n';
    } else if (step.kind === 'rows') {
      const lines = step.rows.map(
        (row) => `{"row":{"columns":${write(row)}${isWithdrawn(row, answer) ? ',"tombstone":true' : ''}}}`,
      );
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
