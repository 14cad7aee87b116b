/** POST `/ksql`: statements in, one entity each out; and `/ksql/terminate`, which ends everything. */
import { json } from '../../../http/router.ts';
import type { HttpResponse, RoutedRequest, Router } from '../../../http/router.ts';
import type { ParsedStatement } from '../../../sql/dialects/ksqldb/ast.ts';
import { variablesOf } from '../context.ts';
import type { KsqlContext, Session } from '../context.ts';
import { badRequest, statementFailure, withPlace } from '../errors.ts';
import { jsonObject, sessionOf, textField, waitForCommand } from '../request-body.ts';
import { executeStatements } from '../statements/execute.ts';

export function addStatementRoutes(router: Router, context: KsqlContext): void {
  router.on('POST', '/ksql', (request) => postKsql(context, request));
  router.on('POST', '/ksql/terminate', (request) => postTerminate(context, request));
}

async function postKsql(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const body = jsonObject(request.body);
  const text = textField(body, 'ksql');
  await waitForCommand(context, body);
  const session = sessionOf(context, body, 'streamsProperties');
  try {
    return json(await executeStatements(context, session, parsed(context, session, text)));
  } catch (error) {
    throw withPlace(error, text);
  }
}

function parsed(context: KsqlContext, session: Session, text: string): readonly ParsedStatement[] {
  try {
    return context.dialect.parse(text, variablesOf(context, session));
  } catch (error) {
    throw statementFailure(error, text);
  }
}

/** Ends every query and drops what the catalogue holds; topics that match a pattern go, too. */
async function postTerminate(context: KsqlContext, request: RoutedRequest): Promise<HttpResponse> {
  const body = request.body.length === 0 ? {} : jsonObject(request.body);
  const patterns = body['deleteTopicList'] ?? [];
  if (!Array.isArray(patterns)) throw badRequest("Invalid JSON in request: 'deleteTopicList' is not an array");
  const expressions = patterns.map((pattern) => expressionOf(String(pattern)));
  const { engine, kafka, registry, dialect } = context;
  const topics = [...engine.catalog.sources.values()].map((source) => source.topic);
  const doomed = topics.filter((topic) => expressions.some((expression) => expression.test(topic)));
  const session = sessionOf(context, {}, 'streamsProperties');
  await context.transient.closeAll();
  const entities = [];
  for (const id of engine.persistent.ids())
    entities.push(...(await executeStatements(context, session, dialect.parse(`TERMINATE ${id};`, undefined))));
  for (const { kind, name } of dropOrder(context)) {
    const text = `DROP ${kind} IF EXISTS \`${name.replaceAll('`', '``')}\`;`;
    entities.push(...(await executeStatements(context, session, dialect.parse(text, undefined))));
  }
  for (const topic of doomed) {
    await kafka.admin.deleteTopic(topic);
    for (const side of ['key', 'value']) await registry.deleteSubject(`${topic}-${side}`);
  }
  return json(entities);
}

/** What was made last goes first: it may read what was made before. */
function dropOrder({ engine }: KsqlContext): { readonly kind: string; readonly name: string }[] {
  return [...engine.catalog.sources.values()].reverse();
}

function expressionOf(pattern: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`);
  } catch {
    throw badRequest(`Invalid pattern: ${pattern}`);
  }
}
