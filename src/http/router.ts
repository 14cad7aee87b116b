/**
 * Routes of one service, apart from any socket: a request is answered in the same way whether it came over the network or from a
 * part of the same process. Each service says what its errors look like.
 */

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whole; empty when the route takes it as it comes. */
  readonly body: Buffer;
  /** The body as it comes, for routes that were added with `onStream`. */
  readonly chunks?: AsyncIterable<Buffer>;
  /** Aborted when the asker is gone. */
  readonly signal: AbortSignal;
}

export interface RoutedRequest extends HttpRequest {
  /** Decoded values of the pattern's `:names`. */
  readonly params: Readonly<Record<string, string>>;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is written with back-pressure, chunk by chunk, and ended early when the asker is gone. */
  readonly body?: string | Buffer | AsyncIterable<string | Buffer>;
}

/** The messages of a WebSocket, as they come; it ends with them. `WebSocketClose` ends it with another code. */
export type WebSocketHandler = (request: RoutedRequest) => AsyncIterable<string>;

export type HttpHandler = (request: RoutedRequest) => HttpResponse | Promise<HttpResponse>;

/** How a service words failures. */
export interface ErrorShape {
  /** 404, 405, 413, 403 and the like, which no handler gives. */
  problem(status: number, message: string, request: HttpRequest | undefined): HttpResponse;
  /** What a handler threw. */
  failure(error: unknown, request: HttpRequest): HttpResponse;
}

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: HttpHandler;
  readonly streamed: boolean;
}

export class Router {
  readonly errors: ErrorShape;
  private readonly routes: Route[] = [];
  private readonly webSockets: { readonly segments: readonly string[]; readonly handler: WebSocketHandler }[] = [];

  constructor(errors: ErrorShape) {
    this.errors = errors;
  }

  /** `pattern`: `/subjects/:subject/versions`. Of two that match, the one that was added first is taken. */
  on(method: string, pattern: string, handler: HttpHandler): this {
    this.routes.push({ method, segments: pattern.split('/').slice(1), handler, streamed: false });
    return this;
  }

  /** Like `on`, but the handler gets the body as it comes, however long that takes, and may answer meanwhile. */
  onStream(method: string, pattern: string, handler: HttpHandler): this {
    this.routes.push({ method, segments: pattern.split('/').slice(1), handler, streamed: true });
    return this;
  }

  /** A path whose requests may become WebSockets; others of it are answered as the routes say. */
  onWebSocket(pattern: string, handler: WebSocketHandler): this {
    this.webSockets.push({ segments: pattern.split('/').slice(1), handler });
    return this;
  }

  /** The messages of a request's WebSocket; undefined when its path has none. */
  webSocket(request: HttpRequest): AsyncIterable<string> | undefined {
    const parts = partsOf(request.path);
    for (const { segments, handler } of this.webSockets) {
      const params = match(segments, parts);
      if (params !== undefined) return handler({ ...request, params });
    }
    return undefined;
  }

  /** Whether the body of such a request is to be handed over as it comes. */
  takesStream(method: string, path: string): boolean {
    const parts = partsOf(path);
    return this.routes.some((route) => route.streamed && route.method === method && match(route.segments, parts));
  }

  /** Answers a request; never throws. HEAD is answered as GET without the body. */
  async handle(request: HttpRequest): Promise<HttpResponse> {
    const parts = partsOf(request.path);
    const wanted = request.method === 'HEAD' ? 'GET' : request.method;
    const allowed = new Set<string>();
    for (const { method, segments, handler } of this.routes) {
      const params = match(segments, parts);
      if (params === undefined) continue;
      if (method !== wanted) {
        allowed.add(method);
        continue;
      }
      try {
        return await handler({ ...request, params });
      } catch (error) {
        return this.errors.failure(error, request);
      }
    }
    if (allowed.size === 0) return this.errors.problem(404, 'HTTP 404 Not Found', request);
    const allow = [...allowed, 'OPTIONS'].sort().join(', ');
    if (request.method === 'OPTIONS') return { status: 200, headers: { allow } };
    const answer = this.errors.problem(405, 'HTTP 405 Method Not Allowed', request);
    return { ...answer, headers: { ...answer.headers, allow } };
  }
}

function partsOf(path: string): string[] {
  return (path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path).split('/').slice(1);
}

/** The body of a request in pieces, whether or not it came whole. */
export async function* bodyChunks({ body, chunks }: HttpRequest): AsyncGenerator<Buffer> {
  if (chunks === undefined) yield body;
  else yield* chunks;
}

function match(segments: readonly string[], parts: readonly string[]): Record<string, string> | undefined {
  if (segments.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const part = parts[i] ?? '';
    if (!segment.startsWith(':')) {
      if (segment !== part) return undefined;
      continue;
    }
    if (part === '') return undefined; // as in the real services, a name has at least one character
    try {
      params[segment.slice(1)] = decodeURIComponent(part);
    } catch {
      return undefined; // a broken percent sign names nothing
    }
  }
  return params;
}

/** A JSON answer. */
export function json(value: unknown, status = 200, contentType = 'application/json'): HttpResponse {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(value) };
}
