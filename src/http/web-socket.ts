/**
 * The server's side of a WebSocket (RFC 6455) that only talks: text messages go out as they come, and the other side may ping and
 * close. What it sends besides is read and left alone.
 */
import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** Ends a WebSocket with a code and a reason. Thrown by what makes its messages. */
export class WebSocketClose extends Error {
  /** RFC 6455, section 7.4.1. */
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.code = code;
  }
}

export const webSocketCodes = { normal: 1000, protocolError: 1002, unsupported: 1003, tooBig: 1009, serverError: 1011 };

/** The part of a request that shaking hands needs. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A connection that was taken from its HTTP server. */
export interface UpgradedSocket extends Duplex {
  readonly setTimeout: (ms: number, callback: () => void) => unknown;
}

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 };
const messageBytesMax = 1 << 20;
/** A control frame's payload, less the code. */
const reasonBytesMax = 123;
/** How long the other side may take to answer our close. */
const closeMs = 5000;

/** The answer to a request that cannot become a WebSocket; undefined when it can. */
export function handshakeProblem({ method, headers }: UpgradeRequest): 400 | 426 | undefined {
  if (method !== 'GET' || String(headers['upgrade']).toLowerCase() !== 'websocket') return 400;
  if (headers['sec-websocket-version'] !== '13') return 426;
  return Buffer.from(String(headers['sec-websocket-key']), 'base64').length === 16 ? undefined : 400;
}

/** Shakes hands and sends what `messages` gives; `gone` is aborted when the other side is. Resolves when the socket is closed. */
export async function serveWebSocket(
  request: UpgradeRequest,
  socket: UpgradedSocket,
  head: Buffer,
  messages: AsyncIterable<string>,
  gone: AbortController,
): Promise<void> {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const reader = new FrameReader(socket);
  const leave = (): void => gone.abort();
  socket.on('error', leave).on('close', leave).on('end', leave);
  const read = (chunk: Buffer): void => {
    const end = reader.take(chunk);
    if (end === undefined) return;
    sendClose(socket, end, '');
    gone.abort();
    socket.end();
  };
  if (head.length > 0) read(head);
  socket.on('data', read);
  const { code, reason } = await send(socket, messages, gone.signal);
  if (!gone.signal.aborted) {
    sendClose(socket, code, reason);
    // The other side closes in answer; one that does not is left.
    socket.once('end', () => socket.destroy());
    socket.end();
    socket.setTimeout(closeMs, () => socket.destroy());
  }
  await closed;
}

async function send(
  socket: Duplex,
  messages: AsyncIterable<string>,
  gone: AbortSignal,
): Promise<{ readonly code: number; readonly reason: string }> {
  try {
    for await (const message of messages) {
      if (gone.aborted) break;
      if (!socket.write(frame(opcodes.text, Buffer.from(message)))) await drained(socket, gone);
    }
    return { code: webSocketCodes.normal, reason: 'done' };
  } catch (error) {
    const code = error instanceof WebSocketClose ? error.code : webSocketCodes.serverError;
    return { code, reason: error instanceof Error ? error.message : String(error) };
  }
}

function drained(socket: Duplex, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    socket.once('drain', done);
    gone.addEventListener('abort', done, { once: true });
  });
}

function sendClose(socket: Duplex, code: number, reason: string): void {
  let text = Buffer.from(reason);
  if (text.length > reasonBytesMax) {
    // Cut between characters.
    let end = reasonBytesMax - 3;
    while (end > 0 && ((text[end] as number) & 0xc0) === 0x80) end--;
    text = Buffer.concat([text.subarray(0, end), Buffer.from('...')]);
  }
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  socket.write(frame(opcodes.close, payload));
}

/** An unmasked frame that is a whole message. */
function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x80 | opcode;
  head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (head.length === 4) head.writeUInt16BE(length, 2);
  if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, payload]);
}

/** Reads the other side's frames: answers pings, and tells when the connection is to end. */
class FrameReader {
  readonly #socket: Duplex;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** The code to close with, when it is time to. */
  take(chunk: Buffer): number | undefined {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const bytes = this.#rest;
      if (bytes.length < 2) return undefined;
      const opcode = (bytes[0] as number) & 15;
      const masked = ((bytes[1] as number) & 128) !== 0;
      let length = (bytes[1] as number) & 127;
      let at = 2;
      if (length === 126) {
        if (bytes.length < 4) return undefined;
        length = bytes.readUInt16BE(2);
        at = 4;
      } else if (length === 127) {
        if (bytes.length < 10) return undefined;
        length = Number(bytes.readBigUInt64BE(2));
        at = 10;
      }
      // Clients mask what they send; control frames are short.
      if (!masked || (opcode >= opcodes.close && length > 125)) return webSocketCodes.protocolError;
      if (length > messageBytesMax) return webSocketCodes.tooBig;
      if (bytes.length < at + 4 + length) return undefined;
      if (opcode === opcodes.close) return webSocketCodes.normal;
      if (opcode === opcodes.ping) {
        const mask = bytes.subarray(at, at + 4);
        const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
        for (let i = 0; i < length; i++) payload[i] = (payload[i] as number) ^ (mask[i & 3] as number);
        this.#socket.write(frame(opcodes.pong, payload));
      }
      this.#rest = bytes.subarray(at + 4 + length);
    }
  }
}
