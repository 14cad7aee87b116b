/**
 * One port for HTTP/1.1 and cleartext HTTP/2: the first bytes of a connection tell which it is (HTTP/2 begins with `PRI`,
 * RFC 9113 section 3.4), and it is handed to one of two servers. This file and `core/network.ts` are the doors to the network.
 */
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { listenOn } from '../core/network.ts';
import { mayAsk } from './origin.ts';
import type { HttpRequest, HttpResponse, Router } from './router.ts';
import { handshakeProblem, serveWebSocket } from './web-socket.ts';

export interface HttpServerOptions {
  readonly router: Router;
  /** 0 picks a free one. */
  readonly port: number;
  readonly hosts?: readonly string[];
  /** Names besides the loopback ones that a request may address us by. */
  readonly allowedNames?: readonly string[];
  readonly bodyBytesMax?: number;
}

export interface HttpServer {
  readonly port: number;
  /** Takes no more connections, ends the open ones. */
  close(): Promise<void>;
}

const bodyBytesMaxDefault = 16 * 1024 * 1024;
const preface = Buffer.from('PRI');
/** A connection that says nothing for so long is dropped. */
const firstByteTimeoutMs = 60_000;

type Incoming = http.IncomingMessage | http2.Http2ServerRequest;
type Outgoing = http.ServerResponse | http2.Http2ServerResponse;

/** Listens, or rejects with the platform's error (`EADDRINUSE`). */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { hosts = ['127.0.0.1', '::1'] } = options;
  const answer = (request: Incoming, response: Outgoing): void => void respond(request, response, options);
  // A body may take as long as its sender likes: a stream of inserts can be open for days.
  const one = http.createServer({ requestTimeout: 0 }, answer);
  const two = http2.createServer(answer);
  one.on('upgrade', (request, socket, head) => void upgrade(request, socket, head, options));
  // Broken requests end their own connection and nothing else.
  one.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n'));
  two.on('sessionError', () => {});
  const open = new Set<Socket>();
  const servers: net.Server[] = [];
  let { port } = options;
  const close = async (): Promise<void> => {
    const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
    for (const socket of open) socket.destroy();
    await Promise.all(closed);
  };
  try {
    for (const host of hosts) {
      const server = net.createServer({ noDelay: true }, (socket) => {
        open.add(socket);
        socket.once('close', () => open.delete(socket));
        socket.on('error', () => socket.destroy());
        dispatch(socket, one, two);
      });
      if (!(await listenOn(server, host, port))) continue;
      servers.push(server);
      ({ port } = server.address() as net.AddressInfo);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}

/** Waits for the first bytes, puts them back and gives the socket to the server of its protocol. */
function dispatch(socket: Socket, one: http.Server, two: http2.Http2Server): void {
  socket.setTimeout(firstByteTimeoutMs, () => socket.destroy());
  const look = (): void => {
    const first = socket.read() as Buffer | null;
    if (first === null) {
      socket.once('readable', look);
      return;
    }
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.unshift(first);
    const server = first.subarray(0, preface.length).equals(preface.subarray(0, first.length)) ? two : one;
    server.emit('connection', socket);
  };
  socket.once('readable', look);
}

async function respond(incoming: Incoming, outgoing: Outgoing, options: HttpServerOptions): Promise<void> {
  const { router, allowedNames = [], bodyBytesMax = bodyBytesMaxDefault } = options;
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  incoming.on('error', () => gone.abort());
  const headers = incoming.headers as Readonly<Record<string, string | undefined>>;
  let answer: HttpResponse;
  if (!mayAsk(headers[':authority'] ?? headers['host'], headers['origin'], allowedNames)) {
    answer = router.errors.problem(403, 'A request from a foreign origin or for a foreign host is refused.', undefined);
  } else {
    const [path = '/', search = ''] = splitTarget(incoming.url ?? '/');
    const method = incoming.method ?? 'GET';
    const streamed = router.takesStream(method, path);
    const body = streamed ? Buffer.alloc(0) : await readBody(incoming, bodyBytesMax);
    const request: HttpRequest = {
      method,
      path,
      query: new URLSearchParams(search),
      headers,
      body: body ?? Buffer.alloc(0),
      ...(streamed ? { chunks: chunksOf(incoming) } : {}),
      signal: gone.signal,
    };
    answer =
      body === undefined
        ? router.errors.problem(413, `The body is larger than ${bodyBytesMax} bytes.`, request)
        : await router.handle(request);
  }
  // HTTP/2's response says `finish` only when the stream has closed, which waits for the asker.
  const written = 'stream' in outgoing ? outgoing.stream : outgoing;
  written.once('finish', () => leave(incoming));
  await write(outgoing, answer, incoming.method === 'HEAD', gone.signal);
}

/** A request that asks to become a WebSocket. */
async function upgrade(
  incoming: http.IncomingMessage,
  socket: Duplex,
  head: Buffer,
  options: HttpServerOptions,
): Promise<void> {
  const { router, allowedNames = [] } = options;
  const gone = new AbortController();
  const headers = incoming.headers as Readonly<Record<string, string | undefined>>;
  const [path = '/', search = ''] = splitTarget(incoming.url ?? '/');
  const query = new URLSearchParams(search);
  const request: HttpRequest = { method: 'GET', path, query, headers, body: Buffer.alloc(0), signal: gone.signal };
  const refuse = (status: number): void => {
    const more = status === 426 ? 'Sec-WebSocket-Version: 13\r\n' : '';
    socket.end(
      `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n${more}Connection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  };
  socket.on('error', () => socket.destroy());
  if (!mayAsk(headers['host'], headers['origin'], allowedNames)) return refuse(403);
  const problem = handshakeProblem(incoming);
  if (problem !== undefined) return refuse(problem);
  const messages = router.webSocket(request);
  if (messages === undefined) return refuse(404);
  await serveWebSocket(incoming, socket as Socket, head, messages, gone);
}

/** What comes is given out when it is asked for; to stop asking leaves the connection alone, as the answer has to go out on it. */
async function* chunksOf(incoming: Incoming): AsyncGenerator<Buffer> {
  try {
    yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  } catch {
    // The sender is gone; what it sent so far counts.
  }
}

/** Everything was said while the other side still sends: it is told to stop. */
function leave(incoming: Incoming): void {
  if (incoming.complete) return;
  // HTTP/1.1 has no word for it: the closing of our side has to do.
  if (!('stream' in incoming)) incoming.socket.end();
  else if (!incoming.stream.endAfterHeaders) {
    // A reset would overtake what is still on its way out; who answers a ping has read what came before it.
    const { stream } = incoming;
    if (stream.session?.destroyed === false) stream.session.ping(() => stream.close(http2.constants.NGHTTP2_NO_ERROR));
  }
}

function splitTarget(target: string): [string, string] {
  const path = target.startsWith('http') ? target.replace(/^https?:\/\/[^/]*/i, '') : target;
  const at = path.indexOf('?');
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

/** Undefined when it is too large; what comes after that is not kept. */
async function readBody(incoming: Incoming, bytesMax: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of incoming as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length <= bytesMax) chunks.push(chunk);
    }
  } catch {
    return Buffer.concat(chunks); // the asker is gone; nobody reads the answer
  }
  return length > bytesMax ? undefined : Buffer.concat(chunks);
}

async function write(
  outgoing: Outgoing,
  { status, headers = {}, body = '' }: HttpResponse,
  headOnly: boolean,
  gone: AbortSignal,
): Promise<void> {
  if (gone.aborted) return;
  const raw = outgoing as http.ServerResponse;
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const bare = status === 204 || status === 304;
    raw.writeHead(status, bare ? headers : { ...headers, 'content-length': String(bytes.length) });
    raw.end(headOnly || bare ? undefined : bytes);
    return;
  }
  raw.writeHead(status, headers);
  raw.flushHeaders?.();
  try {
    for await (const chunk of body) {
      if (gone.aborted) return; // the iterator's `return` runs and ends what feeds it
      if (!raw.write(chunk)) await drained(raw, gone);
    }
  } catch {
    raw.destroy(); // the status is out already; an end without the closing chunk tells the asker that something is missing
    return;
  }
  raw.end();
}

function drained(outgoing: http.ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    outgoing.once('drain', done);
    gone.addEventListener('abort', done, { once: true });
  });
}
