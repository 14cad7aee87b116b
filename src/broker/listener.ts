/**
 * The broker's door for the network: sockets → frames → `Broker`, the answers of one connection in the order of its requests.
 *
 * As in Kafka, a connection's next request is taken up when the answer to the one before is out, and reading pauses meanwhile: what one
 * connection can make us hold is one request and what the socket buffers. What is no request ends its connection and nothing else.
 */
import type { Network, Socket } from '../core/network.ts';
import { apiByKey, apis } from '../wire/apis.ts';
import { decodeRequestBody, decodeRequestHeader, encodeResponse } from '../wire/codecs.ts';
import { errorCode } from '../wire/error-codes.ts';
import { Reader } from '../wire/reader.ts';
import { FrameReader } from '../wire/frames.ts';
import { AnswerBlocks, AnswerMemory } from './answer-memory.ts';
import type { Broker } from './broker.ts';
import type { Endpoint } from './context.ts';

export interface BrokerListenerOptions {
  readonly network: Network;
  /** `['127.0.0.1', '::1']` unless told otherwise. */
  readonly hosts?: readonly string[];
  /** 0 picks a free one. */
  readonly port: number;
  /** Names this address in metadata instead of the one that the client connected to. */
  readonly advertised?: Endpoint;
  /** `socket.request.max.bytes`: a longer request ends its connection. */
  readonly requestBytesMax?: number;
}

export interface BrokerListener {
  readonly port: number;
  /** Stops listening and drops the connections. */
  close(): Promise<void>;
}

const requestBytesMaxDefault = 100 * 1024 * 1024;

/** Serves `broker` on the network. Rejects with the platform's error (`EADDRINUSE`). */
export function listenForClients(broker: Broker, options: BrokerListenerOptions): Promise<BrokerListener> {
  const { network, hosts = ['127.0.0.1', '::1'], port } = options;
  const blocks = new AnswerBlocks();
  return network.listen(hosts, port, (socket) => serve(broker, socket, options, blocks));
}

function serve(broker: Broker, socket: Socket, options: BrokerListenerOptions, blocks: AnswerBlocks): void {
  const { stream } = socket;
  const gone = new AbortController();
  const frames = new FrameReader(options.requestBytesMax ?? requestBytesMaxDefault);
  // A client on this machine gets the name that every client resolves; others the address that they found us at.
  const isLoopback =
    socket.localAddress === '127.0.0.1' || socket.localAddress === '::1' || socket.localAddress === '::ffff:127.0.0.1';
  const endpoint = options.advertised ?? {
    host: isLoopback ? 'localhost' : socket.localAddress,
    port: socket.localPort,
  };
  const clientHost = socket.remoteAddress.replace(/^::ffff:/, '');
  stream.on('error', () => stream.destroy());
  stream.on('close', () => gone.abort());
  stream.on('data', (chunk: Buffer) => {
    stream.pause();
    void drain(chunk).then(
      () => stream.resume(),
      () => stream.destroy(),
    );
  });

  async function drain(chunk: Buffer): Promise<void> {
    for (const frame of frames.add(chunk)) {
      const memory = new AnswerMemory(blocks);
      const answer = await answerTo(frame, memory);
      if (gone.signal.aborted) return;
      if (answer !== null) await write(answer, memory);
    }
  }

  /** The answer's chunks; null when there is none. Rejects when only an end of the connection is an answer. */
  async function answerTo(frame: Buffer, memory: AnswerMemory): Promise<Buffer[] | null> {
    const { apiKey, apiVersion, correlationId, clientId, bodyOffset } = decodeRequestHeader(frame);
    const api = apiByKey(apiKey);
    const range = api === undefined ? undefined : broker.versionsOf(api.name);
    if (api?.name === 'ApiVersions' && (apiVersion < 0 || apiVersion > apis.ApiVersions.maxVersion)) {
      // In the oldest layout, which everybody understands (KIP-511). The header is still one of the newest version.
      new Reader(frame, bodyOffset).skipTags();
      const { key, minVersion, maxVersion } = apis.ApiVersions;
      return encodeResponse('ApiVersions', 0, correlationId, {
        errorCode: errorCode('UNSUPPORTED_VERSION'),
        apiKeys: [{ apiKey: key, minVersion, maxVersion }],
      });
    }
    if (api === undefined || range === undefined || apiVersion < range[0] || apiVersion > range[1]) {
      throw new Error(`no API ${apiKey} in version ${apiVersion}`);
    }
    const body = decodeRequestBody(api.name, apiVersion, frame, bodyOffset);
    const context = { clientId, clientHost, endpoint, signal: gone.signal, memory };
    const answer = await broker.answer(context, api.name, apiVersion, body);
    return answer === null ? null : encodeResponse(api.name, apiVersion, correlationId, answer);
  }

  async function write(chunks: readonly Buffer[], memory: AnswerMemory): Promise<void> {
    // Until then the socket reads the answer's memory.
    const written = (error?: Error | null): void => {
      if (!error && !stream.destroyed) memory.release();
    };
    stream.cork();
    let free = true;
    for (const [i, chunk] of chunks.entries())
      free = stream.write(chunk, i === chunks.length - 1 ? written : undefined);
    stream.uncork();
    if (free) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stream.off('drain', done);
        gone.signal.removeEventListener('abort', done);
        resolve();
      };
      stream.once('drain', done);
      gone.signal.addEventListener('abort', done, { once: true });
    });
  }
}
