/** Rows inserted over a request that stays open: from curl with a pipe, and from Node's HTTP/2 client. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import http2 from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describePeer } from '../../peers.ts';
import { startKsql } from './fixtures.ts';
import type { TestKsql } from './fixtures.ts';

let ksql: TestKsql;
beforeAll(async () => {
  ksql = await startKsql();
  const text =
    "CREATE STREAM s (id INT KEY, v STRING) WITH (KAFKA_TOPIC='s', VALUE_FORMAT='JSON', PARTITIONS=1); CREATE STREAM t (v STRING) WITH (KAFKA_TOPIC='t', VALUE_FORMAT='JSON', PARTITIONS=1);";
  const answer = await fetch(`${ksql.url}/ksql`, { method: 'POST', body: JSON.stringify({ ksql: text }) });
  expect(await answer.text()).toContain('"SUCCESS"');
});
afterAll(() => ksql.close());

async function valuesOf(topic: string): Promise<string[]> {
  const { latest } = await ksql.kafka.admin.offsets(topic, 0);
  const values: string[] = [];
  if (latest === 0) return values;
  for await (const batch of ksql.kafka.read(topic, 0, { from: 0, to: latest }))
    values.push(...batch.map(({ value }) => value?.toString('utf8') ?? ''));
  return values;
}

describePeer('curl', 'POST /inserts-stream', () => {
  for (const [i, version] of ['--http1.1', '--http2-prior-knowledge'].entries())
    it(`acknowledges each row while the request is open (${version})`, async () => {
      const curl = spawn('curl', ['-sN', version, '-X', 'POST', '-T', '.', `${ksql.url}/inserts-stream`]);
      let seen = '';
      curl.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      curl.stdin.write('{"target":"s"}\n');
      for (let row = 0; row < 3; row++) {
        curl.stdin.write(`{"id":${row},"v":"${version}"}\n`);
        await expect.poll(() => seen, { timeout: 20_000 }).toContain(`{"status":"ok","seq":${row}}\n`);
        expect(await valuesOf('s')).toHaveLength(4 * i + row + 1);
      }
      curl.stdin.write('{"nowhere":1}\n');
      await expect.poll(() => seen, { timeout: 20_000 }).toContain('"status":"error"');
      curl.stdin.end('{"id":9,"v":"last, without a newline"}');
      await once(curl, 'close');
      expect(seen.trim().split('\n')).toHaveLength(5);
      expect(seen).toContain('{"status":"ok","seq":4}\n');
    });

  for (const version of ['--http1.1', '--http2-prior-knowledge'])
    it(`ends the answer at a row that is no JSON, though curl could go on sending (${version})`, async () => {
      const curl = spawn('curl', ['-sN', version, '-X', 'POST', '-T', '.', `${ksql.url}/inserts-stream`]);
      let seen = '';
      curl.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      curl.stdin.on('error', () => {}); // curl closes its input when the answer has ended
      curl.stdin.write('{"target":"s"}\n{"id":1}\nnonsense\n');
      await expect
        .poll(() => seen, { timeout: 20_000 })
        .toContain('"message":"Invalid JSON in inserts stream","seq":1}\n');
      const closed = once(curl, 'close');
      const more = setInterval(() => curl.stdin.writable && curl.stdin.write('{"id":2}\n'), 20);
      // Over HTTP/2 curl is told to stop; over HTTP/1.1 it sends, unheard, until its own input ends.
      if (version === '--http1.1') curl.stdin.end();
      else await closed;
      clearInterval(more);
      await closed;
      expect(seen.trim().split('\n')).toHaveLength(2);
    });
});

describe("Node's HTTP/2 client", () => {
  it('many rows are taken no faster than their acknowledgements are read', async () => {
    const session = http2.connect(ksql.url);
    const stream = session.request({ ':method': 'POST', ':path': '/inserts-stream' });
    const count = 20_000;
    let sent = 0;
    stream.write('{"target":"t"}\n');
    const send = async (): Promise<void> => {
      for (; sent < count; sent++) if (!stream.write(`{"v":"${'x'.repeat(200)}"}\n`)) await once(stream, 'drain');
      stream.end();
    };
    const sending = send();
    stream.pause();
    // Nobody reads the acknowledgements: sooner or later nothing more is taken.
    let before = -1;
    await expect.poll(() => before === (before = sent), { interval: 300, timeout: 20_000 }).toBe(true);
    const stopped = sent;
    expect(stopped).toBeLessThan(count);
    let seen = '';
    stream.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    stream.resume();
    await sending;
    await once(stream, 'close');
    const lines = seen.trim().split('\n');
    expect(lines).toHaveLength(count);
    expect(lines.every((line, i) => line === `{"status":"ok","seq":${i}}`)).toBe(true);
    expect(await valuesOf('t')).toHaveLength(count);
    session.close();
  });

  it('a sender that leaves in the middle of a row leaves nothing behind', async () => {
    const before = (await valuesOf('s')).length;
    const session = http2.connect(ksql.url);
    session.on('error', () => {});
    const stream = session.request({ ':method': 'POST', ':path': '/inserts-stream' });
    stream.on('error', () => {});
    stream.write('{"target":"s"}\n{"id":5,"v":"a"}\n{"id":6,');
    await once(stream, 'data');
    session.destroy();
    expect(await valuesOf('s')).toHaveLength(before + 1);
    expect((await fetch(`${ksql.url}/info`)).status).toBe(200);
  });
});
