/** The parts of RFC 6455 that a polite client does not try: bad handshakes, pings, frames that break the rules. */
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it, test } from 'vitest';
import { Router, json } from '../../../src/http/router.ts';
import { serveHttp } from '../../../src/http/server.ts';
import type { HttpServer } from '../../../src/http/server.ts';
import { WebSocketClose } from '../../../src/http/web-socket.ts';

let server: HttpServer;
beforeEach(async () => {
  const problem = (status: number, message: string): ReturnType<typeof json> => json({ message }, status);
  const router = new Router({ problem, failure: () => problem(500, '') })
    .onWebSocket('/quiet', ({ signal }) => quiet(signal))
    .onWebSocket('/words/:count', ({ params }) => words(Number(params['count'])))
    .onWebSocket('/broken', () => broken());
  server = await serveHttp({ router, port: 0 });
});
afterEach(() => server.close());

// oxlint-disable-next-line require-yield -- it says nothing until it is told to end.
async function* quiet(signal: AbortSignal): AsyncGenerator<string> {
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

async function* words(count: number): AsyncGenerator<string> {
  for (let i = 0; i < count; i++) yield 'x'.repeat(i === 0 ? 70_000 : 200);
}

async function* broken(): AsyncGenerator<string> {
  yield 'one';
  throw new WebSocketClose(4000, `ä${'n'.repeat(200)}`);
}

const key = 'dGhlIHNhbXBsZSBub25jZQ=='; // and its answer below: RFC 6455, section 1.3

/** Everything that comes until the connection ends; `frames` are sent after the handshake. */
function talk(
  path: string,
  frames: readonly Buffer[] = [],
  headers: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  const all = {
    Host: `localhost:${server.port}`,
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect(server.port, '127.0.0.1');
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(Buffer.concat(chunks)));
    socket.on('error', reject);
    socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
    for (const frame of frames) socket.write(frame);
  });
}

/** The frames behind the head of an answer, in hexadecimal. */
function framesOf(answer: Buffer): string {
  return answer.subarray(answer.indexOf('\r\n\r\n') + 4).toString('hex');
}

const masked = (head: readonly number[], text: string): Buffer =>
  Buffer.concat([Buffer.from([...head, 1, 2, 3, 4]), Buffer.from(text).map((byte, i) => byte ^ ((i & 3) + 1))]);
const ping = masked([0x89, 0x82], 'hi');
const close = masked([0x88, 0x80], '');

it('shakes hands as the RFC says', async () => {
  const answer = (await talk('/quiet', [close])).toString('latin1');
  expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  expect(answer).toContain('\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n');
});

test.each([
  ['another version', '/quiet', { 'Sec-WebSocket-Version': '8' }, 426],
  ['a key that is none', '/quiet', { 'Sec-WebSocket-Key': 'short' }, 400],
  ['another protocol', '/quiet', { Upgrade: 'h2c' }, 400],
  ['a path without one', '/nothing', {}, 404],
  ['a page of somebody else', '/quiet', { Origin: 'http://evil.example' }, 403],
])('refuses %s', async (_, path, headers, status) => {
  expect((await talk(path, [], headers)).toString('latin1')).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

it('answers a ping, also one that comes byte by byte, and a close', async () => {
  expect(framesOf(await talk('/quiet', [ping, close]))).toBe('8a026869880203e8');
  const bytes = [...Buffer.concat([ping, close])].map((byte) => Buffer.of(byte));
  expect(framesOf(await talk('/quiet', bytes))).toBe('8a026869880203e8');
});

it('ends what breaks the rules', async () => {
  expect(framesOf(await talk('/quiet', [Buffer.from('810161', 'hex')]))).toBe('880203ea'); // not masked
  expect(framesOf(await talk('/quiet', [Buffer.from('82ff0000000010000000', 'hex')]))).toBe('880203f1'); // 256 MB
});

it('sends messages of any length, then closes; a long reason is cut between characters', async () => {
  const frames = framesOf(await talk('/words/2'));
  expect(frames.startsWith(`817f${(70_000).toString(16).padStart(16, '0')}`)).toBe(true);
  expect(frames.slice((10 + 70_000) * 2).startsWith('817e00c8')).toBe(true);
  expect(frames.endsWith(`880603e8${Buffer.from('done').toString('hex')}`)).toBe(true);
  const cut = Buffer.from(framesOf(await talk('/broken')), 'hex');
  expect(cut.subarray(5, 9).toString('hex')).toBe('887d0fa0');
  expect(cut.subarray(9).toString()).toBe(`ä${'n'.repeat(118)}...`);
});
