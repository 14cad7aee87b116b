/** POST `/query`: rows as the lines of one JSON array, the older of the two doors. */
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import type { KsqlContext } from '../context.ts';
import { badRequest } from '../errors.ts';
import { jsonObject, sessionOf, textField, waitForCommand } from '../request-body.ts';
import { onlyStatement, runQuery } from '../run-query.ts';
import { streamedRows } from './row-formats.ts';

export function addQueryRoutes(router: Router, context: KsqlContext): void {
  router.on('POST', '/query', (request) => postQuery(context, request));
}

async function postQuery(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const body = jsonObject(request.body);
  const text = textField(body, 'ksql');
  if (text.trim() === '') throw badRequest('Invalid request: "ksql" field must be populated');
  await waitForCommand(context, body);
  const session = sessionOf(context, body, 'streamsProperties');
  const parsed = onlyStatement(context, text, session, (message) => badRequest(message));
  const { kind } = parsed.statement;
  if (kind !== 'query' && kind !== 'print')
    throw badRequest(`Statement type \`${kind}' not supported for this resource`);
  const answer = await runQuery(context, parsed, session, request.signal, text);
  const headers = { 'content-type': 'application/json' };
  if (answer.kind === 'print') return { status: 200, headers, body: answer.lines };
  return { status: 200, headers, body: streamedRows(context, answer, { keepAlive: true }) };
}
