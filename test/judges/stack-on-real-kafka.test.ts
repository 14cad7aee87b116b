/** Registry, Connect and the ksqlDB server over a real Kafka (`--bootstrap-server`): the walk-through's table counts there as it does on ours. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectorConfigs, statements, tableQuery } from '../../src/cli/demo-pipeline.ts';
import { startStack } from '../../src/server/stack.ts';
import type { Stack } from '../../src/server/stack.ts';
import { describePeer, kafkaTool } from '../peers.ts';
import { startRealKafka } from './kafka-process.ts';
import type { RealKafka } from './kafka-process.ts';
import { eventually } from '../eventually.ts';

const records = 200;

describePeer('kafka-tools', 'a stack over a real Kafka', () => {
  let kafka: RealKafka;
  let stack: Stack;
  beforeAll(async () => {
    kafka = await startRealKafka();
    stack = await startStack({ ports: 0, bootstrapServers: `localhost:${kafka.port}` });
  });
  afterAll(async () => {
    await stack?.stop();
    await kafka?.stop();
  });

  it('counts what its connector writes, exactly once, and goes on after a restart', async () => {
    const avro = connectorConfigs(1).find(({ name }) => name === 'datagen-commercials-avro');
    await request(`${stack.connectUrl}/connectors/counted/config`, 'PUT', { ...avro?.config, iterations: records });
    const streamsProperties = { 'auto.offset.reset': 'earliest', 'processing.guarantee': 'exactly_once_v2' };
    for (const { ksql } of statements) {
      await eventually(() => request(`${stack.ksqlUrl}/ksql`, 'POST', { ksql, streamsProperties }));
    }
    await eventually(async () => expect(await counted(stack)).toBe(records));
    await stack.stop();
    stack = await startStack({ ports: 0, bootstrapServers: `localhost:${kafka.port}` });
    await eventually(async () => expect(await counted(stack)).toBe(records));

    const topics = await kafkaTool('kafka-topics', ['--bootstrap-server', `localhost:${kafka.port}`, '--list']);
    expect(topics.stdout.split('\n')).toEqual(
      expect.arrayContaining(['_schemas', 'commercials_avro', 'METRICS_PER_BRAND', 'docker-connect-configs']),
    );
    const consumed = await kafkaTool('kafka-console-consumer', [
      ...['--bootstrap-server', `localhost:${kafka.port}`, '--topic', 'METRICS_PER_BRAND', '--from-beginning'],
      ...['--timeout-ms', '5000', '--isolation-level', 'read_committed', '--property', 'print.key=true'],
    ]);
    expect(consumed.stdout).toMatch(/^(Acme|Globex)\t/m);
  });
});

async function counted({ ksqlUrl }: Stack): Promise<number> {
  const response = await fetch(`${ksqlUrl}/query-stream`, {
    method: 'POST',
    body: JSON.stringify({ sql: tableQuery }),
  });
  const [, ...rows] = (await response.text()).trim().split('\n');
  return rows.reduce((sum, row) => sum + Number((JSON.parse(row) as unknown[])[1]), 0);
}

async function request(url: string, method: string, body: unknown): Promise<void> {
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${await response.text()}`);
}
