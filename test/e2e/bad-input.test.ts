/**
 * Bad input at every face of a running stack: each gets the answer of the real system, and everything else goes on: a producer's
 * records are acknowledged and counted before, between and after.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeNetwork } from '../../src/core/network.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { connectKafka } from '../../src/client/kafka.ts';
import type { KafkaClient, Producer } from '../../src/client/kafka-client.ts';
import { startStack } from '../../src/server/stack.ts';
import type { Stack } from '../../src/server/stack.ts';
import { eventually } from '../eventually.ts';
import { badCommands, badRequests } from './bad-inputs.ts';
import { cli } from './stack-process.ts';

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

let stack: Stack;
let kafka: KafkaClient;
let producer: Producer;
let sent = 0;

beforeAll(async () => {
  stack = await startStack({ ports: 0 });
  kafka = await connectKafka({
    network: nodeNetwork,
    clock: systemClock,
    random: systemRandom,
    bootstrapServers: stack.bootstrapServers,
  });
  await kafka.admin.createTopic({ topic: 'words', partitions: 1 });
  producer = await kafka.producer();
  await post(`${stack.schemaRegistryUrl}/subjects/there/versions`, JSON.stringify({ schema: '"string"' }));
  await ksql(`CREATE STREAM words (word VARCHAR, n INT) WITH (KAFKA_TOPIC='words', VALUE_FORMAT='JSON');
    CREATE TABLE counted AS SELECT word, COUNT(*) AS cnt FROM words GROUP BY word;`);
});
afterAll(async () => {
  await kafka?.close();
  await stack?.stop();
});

/** A record goes through the log and the query. */
async function everythingGoesOn(): Promise<void> {
  await producer.send({ topic: 'words', key: null, value: Buffer.from('{"word":"w","n":1}') });
  sent++;
  await eventually(async () => expect(await count()).toBe(sent));
}

async function count(): Promise<unknown> {
  const response = await fetch(`${stack.ksqlUrl}/query-stream`, {
    method: 'POST',
    body: JSON.stringify({ sql: "SELECT cnt FROM counted WHERE word = 'w';" }),
  });
  const [, row] = (await response.text()).trim().split('\n');
  return row === undefined ? undefined : (JSON.parse(row) as unknown[])[0];
}

describe('bad input', () => {
  it('to Kafka: random bytes, a truncated request, an unknown API, a length that cannot be', async () => {
    const [host = '', port = ''] = stack.bootstrapServers.split(':');
    const inputs = [
      systemRandom.bytes(512),
      Buffer.from([0, 0, 0, 40, 0, 3, 0, 9, 0]),
      Buffer.from([0, 0, 0, 10, 0x70, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff]),
      Buffer.from([0x7f, 0xff, 0xff, 0xff, 0, 18]),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ];
    for (const input of inputs) {
      const socket = connect(Number(port), host);
      socket.on('error', () => {});
      await once(socket, 'connect');
      socket.end(input);
      socket.resume();
      await once(socket, 'close');
    }
    await everythingGoesOn();
  });

  it('to a topic: records that do not decode are left out of the count', async () => {
    for (const value of ['', 'not json', '{"word":', '{"word":{"a":1},"n":"x"}', '\u0000\u0000\u0000\u0000\u0001']) {
      await producer.send({ topic: 'words', key: Buffer.from('k'), value: Buffer.from(value) });
    }
    await everythingGoesOn();
  });

  it.each(badRequests.map((one) => [`${one.service} ${one.request} ${JSON.stringify(one.body) ?? ''}`, one] as const))(
    'to %s',
    async (_name, { service, request, body, status, code, message }) => {
      const urls = { registry: stack.schemaRegistryUrl, connect: stack.connectUrl, ksql: stack.ksqlUrl };
      const [method = '', path = ''] = request.split(' ');
      const response = await fetch(urls[service] + path, {
        method,
        ...(body === undefined
          ? {}
          : {
              headers: { 'content-type': 'application/json' },
              body: typeof body === 'string' ? body : JSON.stringify(body),
            }),
      });
      const answer = (await response.json()) as { error_code: number; message: string };
      expect({ status: response.status, code: answer.error_code }).toEqual({ status, code });
      // After ksqlDB's text ours says where in the statement it is.
      const theirs = answer.message.split('\nAt line ')[0];
      if (typeof message === 'string') expect(theirs).toBe(message);
      else expect(answer.message).toMatch(message);
    },
  );

  it('to REST interfaces: everything goes on after all of these', everythingGoesOn);

  it('from a page of another origin: refused by every service', async () => {
    for (const url of [stack.schemaRegistryUrl, stack.connectUrl, stack.ksqlUrl]) {
      const response = await fetch(`${url}/`, { headers: { origin: 'https://example.org' } });
      expect({ url, status: response.status }).toEqual({ url, status: 403 });
    }
    await everythingGoesOn();
  });
});

describe('bad commands and files', () => {
  it.each(badCommands.map((one) => [one.args.join(' '), one] as const))(
    'millrace %s',
    async (_name, { args, code, says, files = {} }) => {
      const folder = mkdtempSync(join(tmpdir(), 'millrace-bad-'));
      try {
        for (const [name, text] of Object.entries(files)) {
          mkdirSync(dirname(join(folder, name)), { recursive: true });
          writeFileSync(join(folder, name), text);
        }
        const environment = { ...process.env, MILLRACE_DATA_DIR: join(folder, 'data') };
        const options = { cwd: folder, env: environment, timeout: 30_000 };
        const output = await new Promise<{ code: unknown; text: string }>((resolve) => {
          const child = execFile(process.execPath, [cli, ...args], options, (error, stdout, stderr) =>
            resolve({ code: error === null ? 0 : error.code, text: stdout + stderr }),
          );
          child.stdin?.end();
        });
        if (typeof says === 'string') expect(output.text).toContain(says);
        else expect(output.text).toMatch(says);
        expect(output.code).toBe(code);
        expect(output.text).not.toMatch(/^\s+at .*[(:]\d+|internal error|^\{"level"/m);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});

async function post(url: string, body: string): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

function ksqlAnswer(text: string): Promise<Answer> {
  const streamsProperties = { 'auto.offset.reset': 'earliest' };
  return post(`${stack.ksqlUrl}/ksql`, JSON.stringify({ ksql: text, streamsProperties }));
}

async function ksql(text: string): Promise<void> {
  const { status, body } = await ksqlAnswer(text);
  if (status !== 200) throw new Error(JSON.stringify(body));
}
