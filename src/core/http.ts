/** Requests to HTTP servers as a port. This file is the only place that asks the platform for them. */

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

export const nodeHttp: HttpClient = async ({ method, url, headers = {}, body, timeoutMs }) => {
  const response = await fetch(url, {
    method,
    headers,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: await response.text() };
};

export interface StreamedHttpAnswer {
  readonly status: number;
  /** The body as it comes. Leaving the loop ends the request. */
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** Sends a request whose answer may never end; rejects, as its chunks do, when `signal` aborts. */
export type HttpStreamClient = (request: {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}) => Promise<StreamedHttpAnswer>;

export const nodeHttpStream: HttpStreamClient = async ({ method, url, headers = {}, body, signal }) => {
  const response = await fetch(url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
  return { status: response.status, chunks: response.body ?? none() };
};

async function* none(): AsyncGenerator<Uint8Array> {}
