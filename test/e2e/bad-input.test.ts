/**
 * Bad input at every face of a running stack: each gets the answer of the real system, and everything else goes on: a producer's
 * records are acknowledged and counted before, between and after.
 */
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeNetwork } from '../../src/core/network.ts';
import { systemClock } from '../../src/core/clock.ts';
import { systemRandom } from '../../src/core/random.ts';
import { connectKafka } from '../../src/client/kafka.ts';
import type { KafkaClient, Producer } from '../../src/client/kafka-client.ts';
import { startStack } from '../../src/server/stack.ts';
import type { Stack } from '../../src/server/stack.ts';
import { eventually } from '../eventually.ts';

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

  it('to ksqlDB: text that is no statement, a name that is not there, a body that is no JSON', async () => {
    expect(await ksqlAnswer('SELEC 1;')).toMatchObject({
      status: 400,
      body: { '@type': 'statement_error', error_code: 40001, message: expect.stringMatching(/^line 1:1: /) as string },
    });
    expect(await ksqlAnswer('DESCRIBE nothing;')).toMatchObject({
      status: 400,
      body: { message: expect.stringMatching(/^Could not find STREAM\/TABLE 'NOTHING' in the Metastore/) as string },
    });
    expect(await ksqlAnswer('CREATE TABLE t AS SELECT nope, COUNT(*) FROM words GROUP BY nope;')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("GROUP BY column 'NOPE' cannot be resolved.") as string },
    });
    expect(await post(`${stack.ksqlUrl}/ksql`, '{"ksql":')).toMatchObject({
      status: 400,
      body: { error_code: 40000 },
    });
    await everythingGoesOn();
  });

  it('to Connect: a configuration that is invalid, one without a class, a body that is no JSON', async () => {
    const config = { 'connector.class': 'Datagen', 'schema.string': '{"type":"record"' };
    const invalid = await post(`${stack.connectUrl}/connectors`, JSON.stringify({ name: 'bad', config }));
    expect(invalid).toMatchObject({ status: 400, body: { error_code: 400 } });
    expect(invalid.body['message']).toMatch(/^Connector configuration is invalid and contains the following \d+ error/);
    expect(invalid.body['message']).toContain(
      'Missing required configuration "kafka.topic" which has no default value.',
    );
    const classless = await post(`${stack.connectUrl}/connectors`, JSON.stringify({ name: 'bad', config: {} }));
    expect(classless.status).toBe(400);
    expect(await post(`${stack.connectUrl}/connectors`, '{')).toMatchObject({ body: { error_code: 500 } }); // as the real worker
    await everythingGoesOn();
  });

  it('to the registry: a schema that is none, a subject that is not there', async () => {
    const versions = `${stack.schemaRegistryUrl}/subjects/s/versions`;
    expect(await post(versions, JSON.stringify({ schema: '{"type":"recor"}' }))).toMatchObject({
      status: 422,
      body: { error_code: 42201 },
    });
    const missing = await fetch(versions);
    expect(missing.status).toBe(404);
    expect(await missing.json()).toEqual({ error_code: 40401, message: "Subject 's' not found." });
    await everythingGoesOn();
  });

  it('from a page of another origin: refused by every service', async () => {
    for (const url of [stack.schemaRegistryUrl, stack.connectUrl, stack.ksqlUrl]) {
      const response = await fetch(`${url}/`, { headers: { origin: 'https://example.org' } });
      expect({ url, status: response.status }).toEqual({ url, status: 403 });
    }
    await everythingGoesOn();
  });
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
