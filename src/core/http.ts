/**
 * Requests to HTTP servers as a port. This file is the only place that asks the platform for them: by `node:http`, since the platform's
 * `fetch` takes 50 ms to load and keeps a process that would end waiting for another 130 ms, which a tool that is typed has not to spare.
 */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Sends a request and reads its answer whole; rejects with the platform's error when there is none. */
export type HttpClient = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}) => Promise<HttpAnswer>;

export interface StreamedHttpAnswer {
  readonly status: number;
  /** The body as it comes. Leaving the loop ends the request. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Sends a request whose answer may never end; rejects, as its chunks do, when `signal` aborts. */
export type HttpStreamClient = (request: HttpRequest) => Promise<StreamedHttpAnswer>;

interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export const nodeHttp: HttpClient = async ({ timeoutMs, ...request }) => {
  const answer = await send({ ...request, signal: AbortSignal.timeout(timeoutMs) });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() };
};

export const nodeHttpStream: HttpStreamClient = async (request) => {
  const answer = await send(request);
  return { status: answer.statusCode ?? 0, chunks: answer };
};

/** As browsers and `fetch`. */
const redirectsMax = 20;

async function send(request: HttpRequest): Promise<IncomingMessage> {
  let url = new URL(request.url);
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const answer = await sendOnce(url, request);
    const { location } = answer.headers;
    const status = answer.statusCode ?? 0;
    // What was not asked for with GET is not sent a second time to another place.
    if (location === undefined || status < 301 || status > 308 || request.method !== 'GET') return answer;
    answer.destroy();
    url = new URL(location, url);
  }
  throw new Error(`${request.url} redirects more than ${redirectsMax} times`);
}

async function sendOnce(url: URL, { method, headers, body, signal }: HttpRequest): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? (await import('node:https')).request : httpRequest;
  return new Promise((resolve, reject) => {
    // A connection each: one that was kept may be closed by its server in the moment that it is used again.
    const sent: ClientRequest = request(url, { method, agent: false, signal, ...(headers && { headers }) }, resolve);
    sent.on('error', (error) => reject(signal.aborted ? signal.reason : reasonOf(error)));
    sent.end(body);
  });
}

/** Of a name with several addresses, of which none answered, the error of the last. */
function reasonOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors.at(-1) : error;
}
