/** Stand-ins for what lies below the server: a dialect of a handful of statements, and a query manager that runs nothing. */
import type { Router } from '../../../../src/http/router.ts';
import type { HttpResponse } from '../../../../src/http/router.ts';
import { registryClient } from '../../../../src/client/schema-registry.ts';
import type { RegistryDoor, SchemaRegistryClient } from '../../../../src/client/schema-registry.ts';
import { systemClock } from '../../../../src/core/clock.ts';
import { StackError } from '../../../../src/core/errors.ts';
import { silentLogger } from '../../../../src/core/logger.ts';
import { systemRandom } from '../../../../src/core/random.ts';
import type { KsqlDialect } from '../../../../src/gateways/ksqldb/dialect.ts';
import { createKsqlServer } from '../../../../src/gateways/ksqldb/server.ts';
import type { KsqlServer, KsqlServerOptions } from '../../../../src/gateways/ksqldb/server.ts';
import type { PushRequest, QueryManager, QueryStatus, Row, StartQuery } from '../../../../src/runtime/jobs.ts';
import type { DataSource } from '../../../../src/sql/catalog/source.ts';
import type { Statement } from '../../../../src/sql/dialects/ksqldb/ast.ts';
import type { ResultColumn, StatementPlan } from '../../../../src/sql/dialects/ksqldb/plan.ts';
import type { LogicalSink } from '../../../../src/sql/logical/sink.ts';
import { logicalSource } from '../../../../src/sql/logical/source.ts';
import type { PhysicalPlan } from '../../../../src/sql/physical/plan.ts';
import { sqlTypes } from '../../../../src/sql/types.ts';

const span = { start: 0, end: 0, line: 1, column: 1 };

export const brandColumns: readonly ResultColumn[] = [
  { name: 'BRAND', type: sqlTypes.string, key: true },
  { name: 'CNT', type: sqlTypes.bigint, key: false },
  { name: 'MEAN', type: sqlTypes.double, key: false },
];

function source(kind: 'STREAM' | 'TABLE', name: string, topic: string, sqlText: string): DataSource {
  return {
    kind,
    name,
    columns: [
      { name: 'BRAND', type: sqlTypes.string, place: 'key' },
      { name: 'CNT', type: sqlTypes.bigint, place: 'value' },
    ],
    topic,
    keyFormat: { format: 'KAFKA' },
    valueFormat: { format: 'JSON' },
    readOnly: false,
    sqlText,
  };
}

function logicalPlan(from: DataSource): LogicalSink {
  const input = logicalSource(from, { badRecord: 'skip', badTime: 'skip', autoOffsetReset: 'latest' });
  return { node: 'result-sink', input, columns: [] };
}

export function physicalPlan(topic: string, limit?: number): PhysicalPlan {
  const input = {
    node: 'source' as const,
    topic,
    keyFormat: { format: 'KAFKA' as const, wrapped: false as const },
    valueFormat: { format: 'JSON' as const, wrapped: true },
    columns: [],
    changelog: 'append' as const,
    badRecord: 'skip' as const,
    autoOffsetReset: 'latest' as const,
  };
  return { version: 1, root: { node: 'result-sink', input, columns: [], ...(limit === undefined ? {} : { limit }) } };
}

/** `CREATE STREAM s topic`, `CREATE TABLE t FROM s`, `DROP s`, `SELECT s [LIMIT n]`, `PULL t`, `INSERT s brand cnt`, and what is plain. */
function parseOne(text: string): Statement {
  const words = text.replace(';', '').trim().split(/\s+/);
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = words;
  const properties = new Map();
  const creating = { orReplace: false, ifNotExists: false, properties };
  switch (first.toUpperCase()) {
    case 'CREATE': {
      const kind = second.toUpperCase() as 'STREAM' | 'TABLE';
      const common = { source: kind, name: third.toUpperCase(), ...creating, span };
      if (fourth.toUpperCase() !== 'FROM') return { kind: 'create-source', readOnly: false, columns: [], ...common };
      const query = { select: [], from: { name: fifth.toUpperCase(), span }, joins: [], span };
      return { kind: 'create-as', query, ...common };
    }
    case 'DROP':
      return {
        kind: 'drop-source',
        source: 'STREAM',
        name: second.toUpperCase(),
        ifExists: false,
        deleteTopic: false,
        span,
      };
    case 'SELECT':
    case 'PULL':
      return {
        kind: 'query',
        query: { select: [], from: { name: second.toUpperCase(), span }, joins: [], span },
        span,
      };
    case 'INSERT':
      return { kind: 'insert-values', target: second.toUpperCase(), columns: [], values: [], span };
    case 'SET':
      return { kind: 'set', name: second, value: third, span };
    case 'PRINT':
      return {
        kind: 'print',
        topic: second,
        fromBeginning: true,
        span,
        ...(third === '' ? {} : { limit: Number(third) }),
      };
    case 'TERMINATE':
    case 'PAUSE':
    case 'RESUME': {
      const kind = first.toLowerCase() as 'terminate' | 'pause' | 'resume';
      return { kind, span, ...(second === 'ALL' ? {} : { queryId: second }) };
    }
    case 'DESCRIBE':
      return { kind: 'describe-source', name: second.toUpperCase(), extended: third === 'EXTENDED', span };
    case 'LIST':
      if (second === 'QUERIES') return { kind: 'list-queries', extended: third === 'EXTENDED', span };
      if (second === 'TOPICS') return { kind: 'list-topics', extended: false, all: third === 'ALL', span };
      if (second === 'PROPERTIES') return { kind: 'list-properties', span };
      return { kind: second === 'STREAMS' ? 'list-streams' : 'list-tables', extended: false, span };
    case 'EXPLAIN':
      return { kind: 'explain', queryId: second, span };
    case 'ASSERT':
      return {
        kind: 'assert-topic',
        topic: second,
        exists: true,
        properties,
        timeout: { value: 100, unit: 'MILLISECONDS' },
        span,
      };
    default:
      throw new StackError('MILLRACE_SQL_SYNTAX', `line 1:1: Syntax Error\nUnexpected ${first}`);
  }
}

export const fakeDialect: KsqlDialect = {
  parse(text, variables) {
    const replaced = text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => variables?.[name] ?? all);
    return replaced
      .split(';')
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map((one) => ({ statement: parseOne(one), text: `${one};`, maskedText: `${one};` }));
  },
  schemaNeeds: () => [],
  planStatement({ statement, maskedText }, { catalog, nextQueryNumber }): StatementPlan {
    const known = (name: string): DataSource => {
      const found = catalog.sources.get(name);
      if (found === undefined) throw new StackError('MILLRACE_SQL_INVALID', `${name} does not exist.`);
      return found;
    };
    switch (statement.kind) {
      case 'create-source': {
        const { source: kind, name } = statement;
        if (catalog.sources.has(name))
          return { do: 'nothing', message: `Cannot add ${kind.toLowerCase()} \`${name}\`.` };
        const topic = maskedText.split(/\s+/)[3]?.replace(';', '') ?? name;
        const made = source(kind, name, topic, maskedText);
        const entity = { type: kind.toLowerCase() as 'stream', name, action: 'create' as const };
        const need = { topic, config: {}, mustExist: true };
        return {
          do: 'ddl',
          changes: [{ change: 'put-source', source: made }],
          topic: need,
          registrations: [],
          terminate: [],
          message: 'Stream created',
          entity,
        };
      }
      case 'create-as': {
        const { name } = statement;
        const from = known(statement.query.from.name);
        const queryId = `CTAS_${name}_${nextQueryNumber}`;
        const sink = { ...source('TABLE', name, name, maskedText), queryId };
        const query = { queryId, plan: physicalPlan(from.topic), logical: logicalPlan(from), sources: [from], sink };
        return {
          do: 'start-query',
          changes: [
            { change: 'put-source', source: sink },
            { change: 'put-query', query: { id: queryId, kind: 'CREATE_AS', sources: [from.name], sink: name } },
          ],
          topic: { topic: name, likeTopic: from.topic, config: {}, mustExist: false },
          registrations: [],
          query,
          unchanged: false,
          message: `Created query with ID ${queryId}`,
          entity: { type: 'table', name, action: 'create' },
        };
      }
      case 'drop-source': {
        const { name } = statement;
        known(name);
        const terminate = catalog.writersOf(name).map((query) => query.id);
        const entity = { type: 'stream' as const, name, action: 'drop' as const };
        const message = `Source \`${name}\` (topic: x) was dropped.`;
        return { do: 'ddl', changes: [{ change: 'drop-source', name }], registrations: [], terminate, message, entity };
      }
      case 'query': {
        const from = known(statement.query.from.name);
        const limit = /LIMIT (\d+)/.exec(maskedText)?.[1];
        if (maskedText.startsWith('PULL'))
          return {
            do: 'pull',
            queryId: from.queryId ?? '',
            source: from,
            select: [],
            columns: brandColumns,
            logical: '',
          };
        const plan = physicalPlan(from.topic, limit === undefined ? undefined : Number(limit));
        return { do: 'push', plan, logical: '', columns: brandColumns, sources: [from] };
      }
      case 'insert-values': {
        const [, , brand = '', count = '0'] = maskedText.replace(';', '').split(/\s+/);
        const target = known(statement.target);
        return {
          do: 'insert-values',
          source: target,
          key: [brand],
          value: [count],
          rowtimeMs: 1234,
          registrations: [],
        };
      }
      default:
        return { do: 'other', statement };
    }
  },
  withSchemaIds: (plan) => plan,
};

/** A manager that remembers what it was told, and gives the rows that the test wants. */
export class FakeQueries implements QueryManager {
  readonly running = new Map<string, StartQuery>();
  readonly disposed: string[] = [];
  readonly paused = new Set<string>();
  readonly pushes = new Map<string, PushRequest>();
  rows: readonly Row[] = [];
  refuse: string | undefined;
  /** What `check` says of every plan. */
  unfit: string | undefined;

  check(): void {
    if (this.unfit !== undefined) throw new StackError('MILLRACE_UNSUPPORTED', this.unfit);
  }
  async start(query: StartQuery): Promise<void> {
    if (this.refuse !== undefined) throw new StackError('MILLRACE_QUERY_FAILED', this.refuse);
    this.running.set(query.queryId, query);
  }
  async stop(queryId: string, options: { dispose?: boolean } = {}): Promise<void> {
    this.running.delete(queryId);
    if (options.dispose === true) this.disposed.push(queryId);
  }
  async pause(queryId: string): Promise<void> {
    this.paused.add(queryId);
  }
  async resume(queryId: string): Promise<void> {
    this.paused.delete(queryId);
  }
  status(queryId: string): QueryStatus | undefined {
    if (!this.running.has(queryId)) return undefined;
    return {
      queryId,
      state: 'RUNNING',
      operators: [],
      positions: [],
      stateRows: 0,
      stateBytes: 0,
      commits: 0,
      restarts: 0,
      streamTimeMs: 0,
      busyMs: 0,
      errors: [],
    };
  }
  list(): QueryStatus[] {
    return [...this.running.keys()].flatMap((id) => this.status(id) ?? []);
  }
  async pull(): Promise<readonly Row[]> {
    return this.rows;
  }
  async push(request: PushRequest): Promise<{ queryId: string; cancel(): Promise<void> }> {
    this.pushes.set(request.queryId, request);
    const cancel = async (): Promise<void> => {
      if (this.pushes.delete(request.queryId)) request.onEnd(undefined);
    };
    return { queryId: request.queryId, cancel };
  }
  wake(): void {}
  async close(): Promise<void> {}
}

const emptyRegistry: RegistryDoor = async () => ({
  status: 404,
  body: { error_code: 40401, message: 'Subject not found.' },
});
export const fakeRegistry: SchemaRegistryClient = registryClient(emptyRegistry);

export function startServer(
  kafka: KsqlServerOptions['kafka'],
  queries: FakeQueries,
  more: Partial<KsqlServerOptions> = {},
): Promise<KsqlServer> {
  return createKsqlServer({
    kafka,
    registry: fakeRegistry,
    queries,
    dialect: fakeDialect,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    config: {},
    version: '1.2.3',
    ...more,
  });
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly json: unknown;
}

/** One request through the router, its body read to the end. */
export async function ask(
  router: Router,
  method: string,
  target: string,
  body?: unknown,
  headers = {},
): Promise<Answer> {
  const response = await open(router, method, target, body, headers);
  let text = '';
  for await (const chunk of chunksOf(response)) text += chunk;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers ?? {}, text, json };
}

/** The answer with its body still to be read. */
export function open(
  router: Router,
  method: string,
  target: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<HttpResponse> {
  const [path = '', search = ''] = target.split('?');
  const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
  const query = new URLSearchParams(search);
  return router.handle({ method, path, query, headers, body: Buffer.from(text), signal });
}

export async function* chunksOf({ body = '' }: HttpResponse): AsyncGenerator<string> {
  if (typeof body === 'string' || Buffer.isBuffer(body)) yield body.toString();
  else for await (const chunk of body) yield chunk.toString();
}
