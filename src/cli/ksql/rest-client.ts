/** The REST requests of ksqlDB's command line. */
import { StackError, messageOf } from '../../core/errors.ts';
import type { HttpAnswer, HttpClient, HttpStreamClient } from '../../core/http.ts';
import { parseJson } from '../../sql/functions/json-text.ts';
import type { JsonValue } from '../../sql/functions/json-text.ts';
import type { Json } from './entities.ts';
import { wrapped } from './java-text.ts';

/** A `/ksql` request may have to wait until a command has been done. */
const statementTimeoutMs = 300_000;
const infoTimeoutMs = 10_000;

export interface KsqlRestClient {
  readonly url: string;
  /** What GET `/info` tells of the server. @throws StackError MILLRACE_UNREACHABLE */
  info(): Promise<Json>;
  /** The text of the answer of POST `/ksql`, whatever its status. `after`: the command that has to be done before; absent: none. */
  statements(text: string, properties: Readonly<Record<string, string>>, after?: number): Promise<HttpAnswer>;
  /** The lines of the answer of POST `/query`, empty ones left out. */
  query(
    text: string,
    properties: Readonly<Record<string, string>>,
    signal: AbortSignal,
    after?: number,
  ): Promise<{ readonly status: number; readonly lines: AsyncIterable<string> }>;
  /** The server's complaint about a property's name; undefined when it may be set. */
  propertyComplaint(name: string): Promise<string | undefined>;
}

export interface KsqlRestOptions {
  readonly url: string;
  readonly http: HttpClient;
  readonly stream: HttpStreamClient;
  /** The value of the Authorization header, for servers that ask for it. */
  readonly authorization?: string;
}

export function createKsqlRestClient({ url, http, stream, authorization }: KsqlRestOptions): KsqlRestClient {
  const base = url.replace(/\/+$/, '');
  const headers: Readonly<Record<string, string>> = {
    accept: 'application/json',
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  const body = (ksql: string, streamsProperties: Readonly<Record<string, string>>, after?: number): string =>
    JSON.stringify({ ksql, streamsProperties, ...(after === undefined ? {} : { commandSequenceNumber: after }) });
  const get = (path: string): Promise<HttpAnswer> =>
    reaching('GET', path, () => http({ method: 'GET', url: base + path, headers, timeoutMs: infoTimeoutMs }));
  return {
    url: base,
    info: async () => {
      const answer = await get('/info');
      const json: unknown = parseJson(answer.body) === undefined ? undefined : JSON.parse(answer.body);
      const info = (json as Json | null | undefined)?.['KsqlServerInfo'];
      if (typeof info === 'object' && info !== null) return info as Json;
      throw new StackError(
        'MILLRACE_UNREACHABLE',
        errorMessageOf(answer.body) ?? `GET /info answered ${answer.status}.`,
      );
    },
    statements: (text, properties, after) =>
      reaching('POST', '/ksql', () =>
        http({
          method: 'POST',
          url: `${base}/ksql`,
          headers,
          body: body(text, properties, after),
          timeoutMs: statementTimeoutMs,
        }),
      ),
    query: async (text, properties, signal, after) => {
      const request = { method: 'POST', url: `${base}/query`, headers, body: body(text, properties, after), signal };
      const { status, chunks } = await reaching('POST', '/query', () => stream(request));
      return { status, lines: linesOf(chunks) };
    },
    propertyComplaint: async (name) => {
      const answer = await get(`/is_valid_property/${encodeURIComponent(name)}`);
      return answer.status === 200 ? undefined : (errorMessageOf(answer.body) ?? answer.body);
    },
  };
}

/** The `message` of an error's JSON; undefined when there is none. */
export function errorMessageOf(body: string): string | undefined {
  const message = memberOf(parseJson(body), 'message');
  return message?.kind === 'string' ? message.value : undefined;
}

export function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value?.kind === 'object' ? value.members.find(([key]) => key === name)?.[1] : undefined;
}

const refused =
  'Could not connect to the server. Please check the server details are correct and that the server is running.';

async function reaching<T>(method: string, path: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const why = (cause as { code?: unknown }).code === 'ECONNREFUSED' ? refused : messageOf(cause);
    const message = `Error issuing ${method} to KSQL server. path:${path}\n${wrapped(`Caused by: ${why}`, '\n\t')}`;
    throw new StackError('MILLRACE_UNREACHABLE', message, { cause: error });
  }
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of chunks) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines.filter((line) => line.trim() !== '');
    }
  } catch (error) {
    throw new StackError('MILLRACE_UNREACHABLE', `The server ended the answer early: ${messageOf(error)}`, {
      cause: error,
    });
  }
  rest += decoder.decode();
  if (rest.trim() !== '') yield rest;
}
