import { execFile, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import http2 from 'node:http2';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Router, json } from '../../../src/http/router.ts';
import { serveHttp } from '../../../src/http/server.ts';
import type { HttpServer } from '../../../src/http/server.ts';

const run = promisify(execFile);
const noCurl = spawnSync('curl', ['--version']).error !== undefined && !process.env['CI'];
let server: HttpServer;
let ended = 0;

beforeEach(async () => {
  ended = 0;
  const problem = (status: number, message: string): ReturnType<typeof json> =>
    json({ error_code: status, message }, status);
  const router = new Router({ problem, failure: (error) => problem(500, error instanceof Error ? error.message : '') })
    .on('GET', '/', () => json({}))
    .on('GET', '/subjects/:subject', ({ params }) => json(params['subject']))
    .on('DELETE', '/subjects/:subject', () => ({ status: 204 }))
    .on('POST', '/echo', ({ body, query }) => json({ body: body.toString(), q: query.get('q') }))
    .on('GET', '/broken', () => {
      throw new Error('broken inside');
    })
    .on('GET', '/stream', ({ signal }) => ({ status: 200, body: endless(signal) }));
  server = await serveHttp({ router, port: 0, bodyBytesMax: 1000 });
});
afterEach(() => server.close());

async function* endless(_signal: AbortSignal): AsyncGenerator<string> {
  try {
    for (let i = 0; ; i++) {
      yield `${i} ${'x'.repeat(10_000)}\n`;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    ended++;
  }
}

const url = (path: string): string => `http://localhost:${server.port}${path}`;
const curl = async (...args: string[]): Promise<string> =>
  (await run('curl', ['-s', '-S', '--max-time', '10', ...args])).stdout;

describe.skipIf(noCurl)('the HTTP server (skipped without curl)', () => {
  it('answers curl over HTTP/1.1 and HTTP/2 on the same port', async () => {
    expect(await curl('-w', ' %{http_code} %{http_version}', url('/subjects/a%2Fb%20c'))).toBe('"a/b c" 200 1.1');
    expect(await curl('--http2-prior-knowledge', '-w', ' %{http_version}', '-d', 'hi', url('/echo?q=1%202'))).toBe(
      '{"body":"hi","q":"1 2"} 2',
    );
    expect(await curl('-X', 'DELETE', '-i', url('/subjects/x'))).toMatch(
      /^HTTP\/1.1 204 No Content\r\n(?!.*content-length)/s,
    );
  });

  it('what there is not, may not be, or breaks', async () => {
    for (const path of ['/none', '/subjects/', '/subjects//'])
      expect(await curl(url(path))).toBe('{"error_code":404,"message":"HTTP 404 Not Found"}');
    expect(await curl('-X', 'PATCH', '-i', url('/subjects/x'))).toMatch(/405.*allow: DELETE, GET, OPTIONS/is);
    expect(await curl(url('/broken'))).toBe('{"error_code":500,"message":"broken inside"}');
    expect(await curl('-d', 'x'.repeat(1001), url('/echo'))).toContain('"error_code":413');
    expect(await curl('--head', url('/'))).toMatch(/content-length: 2/i);
    expect(await curl(url('/subjects/%E0%A4%A'))).toContain('404');
  });

  it('refuses foreign origins and hosts, over both protocols', async () => {
    for (const protocol of ['--http1.1', '--http2-prior-knowledge']) {
      expect(await curl(protocol, '-H', 'Origin: http://evil.example', url('/'))).toContain('"error_code":403');
      expect(await curl(protocol, '-H', 'Origin: null', url('/'))).toContain('"error_code":403');
      expect(await curl(protocol, '-H', 'Host: evil.example', url('/'))).toContain('"error_code":403');
      expect(await curl(protocol, '-H', `Origin: http://localhost:9021`, url('/'))).toBe('{}');
    }
  });

  it('ends a stream whose asker is gone', async () => {
    await expect(run('curl', ['-s', '--max-time', '0.3', '-o', '/dev/null', url('/stream')])).rejects.toThrow();
    const session = http2.connect(url(''));
    const stream = session.request({ ':path': '/stream' });
    await new Promise((resolve) => stream.once('data', resolve));
    session.destroy();
    await expect.poll(() => ended).toBe(2);
  });

  it('garbage ends its own connection only', async () => {
    for (const bytes of [
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n garbage that is no frame',
      'GET',
      '\u0000\u0001\u0002\r\n\r\n',
      'P',
    ]) {
      const socket = connect(server.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    expect(await curl(url('/'))).toBe('{}');
  });

  it('a port that is taken is refused with EADDRINUSE', async () => {
    await expect(
      serveHttp({ router: new Router({ problem: () => json({}), failure: () => json({}) }), port: server.port }),
    ).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
