/** A configuration from all three places, as clients see its effects in every part of a stack that was started with it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer, kcat } from '../peers.ts';
import { freePortOffset, startProcess } from './stack-process.ts';
import type { StackProcess } from './stack-process.ts';

const yaml = `
broker:
  auto.create.topics.enable: false
  num.partitions: 2
  message.max.bytes: 50000
schema-registry:
  schema.compatibility.level: full
connect:
  offset.storage: { topic: my-offsets, partitions: 3 }
  value.converter: org.apache.kafka.connect.json.JsonConverter
  value.converter.schemas.enable: false
ksqldb-server:
  ksql.service.id: mine_
`;

describePeer('kcat', 'a configured stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-configuration-'));
  let stack: StackProcess;
  let offset = 0;
  let kafka = '';
  beforeAll(async () => {
    offset = await freePortOffset();
    kafka = `localhost:${9092 + offset}`;
    const file = join(folder, 'my.yaml');
    writeFileSync(file, yaml);
    const flags = ['--config', file, '--set', 'ksqldb-server.auto.offset.reset=earliest'];
    stack = await startProcess(join(folder, 'data'), offset, flags, {
      KAFKA_NUM_PARTITIONS: '4',
      KAFKA_BROKER_ID: '3',
    });
  }, 60_000);
  afterAll(async () => {
    await stack?.interrupt();
    rmSync(folder, { recursive: true, force: true });
  });

  async function ask(port: number, path: string, method = 'GET', body?: object): Promise<Record<string, unknown>> {
    const response = await fetch(`http://localhost:${port + offset}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return (await response.json()) as Record<string, unknown>;
  }

  it('the broker: its id, no topics by themselves, no records that are too large', async () => {
    expect((await kcat(['-L', '-b', kafka])).stdout).toContain(`broker 3 at ${kafka}`);
    const missing = await kcat(
      ['-P', '-b', kafka, '-t', 'nobody', '-X', 'topic.metadata.propagation.max.ms=500'],
      'x\n',
    );
    expect(missing.stderr).toMatch(/Unknown topic or partition/i);
    await ask(8083, '/connectors', 'POST', {
      name: 'dg',
      config: {
        'connector.class': 'Datagen',
        'kafka.topic': 'users',
        quickstart: 'users',
        'max.interval': 1,
        iterations: 20,
      },
    });
    await expect
      .poll(
        async () =>
          (await kcat(['-C', '-b', kafka, '-t', 'users', '-o', 'beginning', '-e', '-q'])).stdout.trim().split('\n')
            .length,
        { timeout: 15_000 },
      )
      .toBe(20);
    const large = await kcat(['-P', '-b', kafka, '-t', 'users'], `${'x'.repeat(60_000)}\n`);
    expect(large.stderr).toMatch(/Message size too large/i);
  });

  it('the environment holds over the file: four partitions', async () => {
    expect((await kcat(['-L', '-b', kafka, '-t', 'users'])).stdout).toContain('topic "users" with 4 partitions');
  });

  it('Connect: its topic, and its converter where a connector names none', async () => {
    expect((await kcat(['-L', '-b', kafka, '-t', 'my-offsets'])).stdout).toContain(
      'topic "my-offsets" with 3 partitions',
    );
    const { stdout } = await kcat(['-C', '-b', kafka, '-t', 'users', '-o', 'beginning', '-c', '1', '-q']);
    expect(JSON.parse(stdout)).toHaveProperty('userid');
  });

  it('the registry: its level', async () => {
    expect(await ask(8081, '/config')).toEqual({ compatibilityLevel: 'FULL' });
  });

  it('ksqlDB: its id, and where its queries begin', async () => {
    expect(await ask(8088, '/info')).toMatchObject({ KsqlServerInfo: { ksqlServiceId: 'mine_' } });
    await ask(8088, '/ksql', 'POST', {
      ksql: "CREATE STREAM users (userid VARCHAR) WITH (KAFKA_TOPIC='users', VALUE_FORMAT='JSON'); CREATE TABLE c AS SELECT 1 AS k, COUNT(*) AS cnt FROM users GROUP BY 1;",
    });
    await expect
      .poll(
        async () => {
          const url = `http://localhost:${8088 + offset}/query-stream`;
          return (await fetch(url, { method: 'POST', body: JSON.stringify({ sql: 'SELECT cnt FROM c;' }) })).text();
        },
        { timeout: 15_000 },
      )
      .toContain('[20]');
  });
});
