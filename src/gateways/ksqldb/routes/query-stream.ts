/** POST `/query-stream`, the newer door for queries, and `/close-query`. */
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import type { KsqlContext } from '../context.ts';
import { badRequest, badStatement } from '../errors.ts';
import { jsonObject, sessionOf, textField } from '../request-body.ts';
import { onlyStatement, runQuery } from '../run-query.ts';
import { acceptable, mediaTypes } from './media-types.ts';
import { arrayRows, delimitedRows, streamedRows } from './row-formats.ts';

export function addQueryStreamRoutes(router: Router, context: KsqlContext): void {
  router.on('POST', '/query-stream', (request) => postQueryStream(context, request));
  router.on('POST', '/close-query', (request) => postCloseQuery(context, request));
}

const offered = [mediaTypes.delimited, mediaTypes.json, mediaTypes.ksql, mediaTypes.protobuf];

async function postQueryStream(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const body = jsonObject(request.body);
  const text = textField(body, 'sql');
  const type = acceptable(request.headers['accept'], offered);
  if (type === undefined) return { status: 406 };
  const session = sessionOf(context, body, 'properties');
  const parsed = onlyStatement(context, text, session, (message) => badStatement(message, text));
  const { kind } = parsed.statement;
  if (kind !== 'query' && kind !== 'print') throw badStatement('Neither a query nor a print statement', text);
  // Lines of PRINT are no rows: only the delimited format can hold them.
  if (kind === 'print' && type !== mediaTypes.delimited) return { status: 406 };
  const answer = await runQuery(context, parsed, session, request.signal, text);
  const headers = { 'content-type': type };
  if (answer.kind === 'print') return { status: 200, headers, body: answer.lines };
  if (type === mediaTypes.delimited) return { status: 200, headers, body: delimitedRows(context, answer) };
  if (type === mediaTypes.json) return { status: 200, headers, body: arrayRows(context, answer) };
  return {
    status: 200,
    headers,
    body: streamedRows(context, answer, { keepAlive: false, protobuf: type === mediaTypes.protobuf }),
  };
}

async function postCloseQuery(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const queryId = textField(jsonObject(request.body), 'queryId');
  if (!(await context.transient.close(queryId))) throw badRequest(`No query with id ${queryId}`);
  return { status: 200 };
}
