/** Whatever is sent, the server answers with an error of ksqlDB's shape and goes on. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import fc from 'fast-check';
import type { KafkaClient } from '../../../../src/client/kafka-client.ts';
import type { KsqlServer } from '../../../../src/gateways/ksqldb/server.ts';
import { clientOf, startBroker } from '../../client/fixtures.ts';
import type { TestBroker } from '../../client/fixtures.ts';
import { FakeQueries, ask, startServer } from './fakes.ts';

let broker: TestBroker;
let kafka: KafkaClient;
let server: KsqlServer;

beforeAll(async () => {
  broker = await startBroker();
  kafka = await clientOf(broker, 'in process');
  server = await startServer(kafka, new FakeQueries());
});
afterAll(async () => {
  await server.close();
  await kafka.close();
  await broker.close();
});

const paths = ['/ksql', '/query', '/query-stream', '/close-query', '/inserts-stream'];
const bodies = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record({
      ksql: fc.jsonValue(),
      streamsProperties: fc.jsonValue(),
      commandSequenceNumber: fc.constantFrom(null, -1, 'x', {}),
    })
    .map((one) => JSON.stringify(one)),
  fc
    .record({ sql: fc.jsonValue(), properties: fc.jsonValue(), sessionVariables: fc.jsonValue() })
    .map((one) => JSON.stringify(one)),
  fc.record({ queryId: fc.jsonValue(), target: fc.jsonValue() }).map((one) => JSON.stringify(one)),
);

test('any body to any path', async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), bodies, async (path, body) => {
      const { status, json } = await ask(server.router, 'POST', path, body);
      if (status === 200) return;
      expect([400, 406]).toContain(status);
      expect(['generic_error', 'statement_error']).toContain((json as { '@type': string })['@type']);
    }),
    { numRuns: 300 },
  );
  expect((await ask(server.router, 'GET', '/info')).status).toBe(200);
});

test('a broker that refuses makes a statement fail, and the next one works', async () => {
  let broken = true;
  const refusal = { throttleTimeMs: 0, errorCode: 31, producerId: -1, producerEpoch: -1 };
  broker.intercept = async (api, _body, next) => (broken && api === 'InitProducerId' ? refusal : next());
  const weak = await clientOf(broker, 'in process');
  const other = await startServer(weak, new FakeQueries(), { config: { 'ksql.service.id': 'weak_' } });
  try {
    await kafka.admin.ensureTopic({ topic: 'in', partitions: 1 });
    const failed = await ask(other.router, 'POST', '/ksql', { ksql: 'CREATE STREAM s in;' });
    expect(failed).toMatchObject({
      status: 500,
      json: { '@type': 'statement_error', error_code: 50000, statementText: 'CREATE STREAM s in;' },
    });
    broken = false;
    const works = await ask(other.router, 'POST', '/ksql', { ksql: 'CREATE STREAM s in;' });
    expect(works).toMatchObject({ status: 200, json: [{ commandStatus: { status: 'SUCCESS' } }] });
  } finally {
    broker.intercept = undefined;
    await other.close();
    await weak.close();
  }
});
