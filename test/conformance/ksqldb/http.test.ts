/** curl asks the server over both protocols of its port. What lies below answers as told: this is about the HTTP face alone. */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { KafkaClient } from '../../../src/client/kafka-client.ts';
import type { KsqlServer } from '../../../src/gateways/ksqldb/server.ts';
import { serveHttp } from '../../../src/http/server.ts';
import type { HttpServer } from '../../../src/http/server.ts';
import { curl, describePeer } from '../../peers.ts';
import { clientOf, startBroker } from '../../unit/client/fixtures.ts';
import type { TestBroker } from '../../unit/client/fixtures.ts';
import { FakeQueries, startServer } from '../../unit/gateways/ksqldb/fakes.ts';

describePeer('curl', 'ksqlDB server', () => {
  let broker: TestBroker;
  let kafka: KafkaClient;
  let server: KsqlServer;
  let http: HttpServer;
  let url: string;
  const queries = new FakeQueries();

  beforeAll(async () => {
    broker = await startBroker();
    kafka = await clientOf(broker, 'in process');
    await kafka.admin.createTopic({ topic: 'in', partitions: 1 });
    server = await startServer(kafka, queries);
    http = await serveHttp({ router: server.router, port: 0 });
    url = `http://localhost:${http.port}`;
    await curl(['-X', 'POST', `${url}/ksql`, '-d', '{"ksql":"CREATE STREAM s in; CREATE TABLE t FROM s;"}']);
  });
  afterAll(async () => {
    await http.close();
    await server.close();
    await kafka.close();
    await broker.close();
  });

  for (const version of ['--http1.1', '--http2-prior-knowledge']) {
    const ask = async (path: string, body?: unknown, ...more: string[]): Promise<{ status: string; text: string }> => {
      const data = body === undefined ? [] : ['-X', 'POST', '-d', JSON.stringify(body)];
      const { stdout } = await curl([
        version,
        '-w',
        '\n%{http_code} %{content_type}',
        ...data,
        ...more,
        `${url}${path}`,
      ]);
      const at = stdout.lastIndexOf('\n');
      return { status: stdout.slice(at + 1), text: stdout.slice(0, at) };
    };

    it(`statements and what the server says about itself (${version})`, async () => {
      const { status, text } = await ask(
        '/ksql',
        { ksql: 'LIST STREAMS;' },
        '-H',
        'Content-Type: application/vnd.ksql.v1+json',
      );
      expect(status).toBe('200 application/json');
      expect(JSON.parse(text)).toMatchObject([
        { '@type': 'streams', streams: [{ name: 'S', topic: 'in', type: 'STREAM' }] },
      ]);
      expect(JSON.parse((await ask('/info')).text)).toMatchObject({ KsqlServerInfo: { ksqlServiceId: 'default_' } });
      expect((await ask('/')).status.trim()).toBe('307'); // following it on the same HTTP/2 connection is too much for curl 7.88
      expect((await ask('/nowhere')).status).toBe('404 text/plain');
      expect((await ask('/ksql', { ksql: 'BOGUS;' })).status).toBe('400 application/json');
      expect((await ask('/info', undefined, '-H', 'Origin: http://evil.example')).status).toBe('403 application/json');
    });

    it(`a pull query (${version})`, async () => {
      queries.rows = [['Acme', 3, 45]];
      const { status, text } = await ask('/query-stream', { sql: 'PULL t;' });
      expect(status).toBe('200 application/vnd.ksqlapi.delimited.v1');
      expect(text.trim().split('\n')[1]).toBe('["Acme",3,45.0]');
      const older = JSON.parse((await ask('/query', { ksql: 'PULL t;' })).text) as unknown[];
      expect(older[1]).toEqual({ row: { columns: ['Acme', 3, 45] } });
    });

    it(`rows of a push query arrive while it runs, and it ends when curl does (${version})`, async () => {
      const asker = spawn('curl', ['-sN', version, '-X', 'POST', '-d', '{"sql":"SELECT s;"}', `${url}/query-stream`]);
      let seen = '';
      asker.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await expect.poll(() => seen).toContain('"columnNames":["BRAND","CNT","MEAN"]');
      const [push] = [...queries.pushes.values()];
      push?.onRows([['Acme', 1, 0.5]]);
      await expect.poll(() => seen).toContain('["Acme",1,0.5]\n');
      push?.onRows([['Globex', 2, 0.5]]);
      await expect.poll(() => seen).toContain('["Globex",2,0.5]\n');
      asker.kill();
      await expect.poll(() => queries.pushes.size).toBe(0);
    });
  }
});
