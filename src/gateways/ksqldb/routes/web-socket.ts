/**
 * `/ws/query?request={…}`: a query over a WebSocket. The first message is the list of its columns, then each row is one; PRINT sends its
 * lines. Closes with 1000 at the end, 1003 for what cannot be asked, 1011 for what fails.
 */
import { messageOf } from '../../../core/errors.ts';
import type { RoutedRequest, Router } from '../../../http/router.ts';
import { WebSocketClose, webSocketCodes } from '../../../http/web-socket.ts';
import type { KsqlContext } from '../context.ts';
import { schemaInfo } from '../entities.ts';
import { KsqlError, badRequest } from '../errors.ts';
import { jsonObject, sessionOf, textField, waitForCommand } from '../request-body.ts';
import { onlyStatement, runQuery } from '../run-query.ts';
import { messageRows } from './row-formats.ts';

export function addWebSocketRoute(router: Router, context: KsqlContext): void {
  router.onWebSocket('/ws/query', (request) => queryMessages(context, request));
  router.on('GET', '/ws/query', () => {
    throw badRequest('/ws/query is for WebSockets: a request without Upgrade has nothing to be answered with.');
  });
}

async function* queryMessages(context: KsqlContext, request: RoutedRequest): AsyncGenerator<string> {
  try {
    const given = request.query.get('request');
    if (given === null || given === '') throw badRequest('missing request parameter');
    const body = jsonObject(given);
    const text = textField(body, 'ksql');
    await waitForCommand(context, body);
    const session = sessionOf(context, body, 'streamsProperties');
    const parsed = onlyStatement(context, text, session, (message) => badRequest(message));
    const { kind } = parsed.statement;
    if (kind !== 'query' && kind !== 'print')
      throw badRequest(`Statement type \`${kind}' not supported for this resource`);
    const answer = await runQuery(context, parsed, session, request.signal, text);
    if (answer.kind === 'print') {
      yield* answer.lines;
      return;
    }
    yield JSON.stringify(answer.columns.map(({ name, type }) => ({ name, schema: schemaInfo(type) })));
    yield* messageRows(context, answer);
  } catch (error) {
    const users = error instanceof KsqlError && error.errorCode < 50_000;
    throw new WebSocketClose(users ? webSocketCodes.unsupported : webSocketCodes.serverError, messageOf(error));
  }
}
