/** Chapters 0 and 1: the stack comes up, and data is generated. One test per row, by its number; the rows build on each other. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describePeer } from '../../peers.ts';
import { startWalkthrough } from './typed.ts';
import { avroConnector, jsonConnector } from '../../walk-through-files.ts';
import type { Walkthrough } from './typed.ts';

const names = ['datagen-commercials-json', 'datagen-commercials-avro'] as const;
/** Instead of 1000 ms: the thousand records come within some ten seconds. */
const interval = 20;
const running = { state: 'RUNNING', worker_id: 'connect:8083' };

describePeer('kcat', 'walk-through, chapters 0 and 1', () => {
  let stack: Walkthrough;
  beforeAll(async () => {
    stack = await startWalkthrough();
  });
  afterAll(() => stack.close());

  const status = async (name: string): Promise<Record<string, unknown>> =>
    JSON.parse((await stack.type(`curl http://localhost:8083/connectors/${name}/status | jq`)).stdout) as Record<
      string,
      unknown
    >;

  it('0.1 all services answer', async () => {
    for (const port of ['9092', '8081', '8083', '8088'])
      expect(stack.process.output()).toContain(stack.here(`localhost:${port}`));
    expect(JSON.parse((await stack.type('curl http://localhost:8083/')).stdout)).toMatchObject({
      kafka_cluster_id: expect.any(String),
    });
    expect(JSON.parse((await stack.type('curl http://localhost:8088/info')).stdout)).toMatchObject({
      KsqlServerInfo: { serverStatus: 'RUNNING', ksqlServiceId: 'default_' },
    });
    const status = await stack.type('millrace status --json');
    expect(JSON.parse(status.stdout)).toMatchObject({ ready: true });
  });

  it('0.1 ksqlDB names itself by the port at which it listens', async () => {
    const { clusterStatus } = JSON.parse((await stack.type('curl http://localhost:8088/clusterStatus')).stdout) as {
      clusterStatus: object;
    };
    expect(Object.keys(clusterStatus)).toEqual([new URL(stack.here('http://localhost:8088')).host]);
  });

  it('0.2 no subjects on a fresh start', async () => {
    expect((await stack.type('curl http://localhost:8081/subjects')).stdout).toBe('[]');
  });

  it.each([
    ['1.1, 1.3, 1.6', 'json', jsonConnector(interval)],
    ['1.4, 1.5, 1.6', 'avro', avroConnector(interval)],
  ])('%s the %s connector from its file, once', async (_row, kind, text) => {
    stack.file(`datagen-${kind}-commercials-config.json`, text);
    const command = `curl -X POST -H "Content-Type: application/json" -d @datagen-${kind}-commercials-config.json http://localhost:8083/connectors | jq`;
    const name = `datagen-commercials-${kind}`;
    const answer = JSON.parse((await stack.type(command)).stdout) as { tasks: unknown[] };
    expect(answer).toMatchObject({
      name,
      config: { name, 'max.interval': String(interval), iterations: '1000', 'kafka.topic': `commercials_${kind}` },
      type: 'source',
    });
    expect([[], [{ connector: name, task: 0 }]]).toContainEqual(answer.tasks);
    expect(JSON.parse((await stack.type(command)).stdout)).toEqual({
      error_code: 409,
      message: `Connector ${name} already exists`,
    });
  });

  it('1.6 the statuses behind it: 201, then 409', async () => {
    stack.file(
      'another.json',
      jsonConnector(interval).replace('datagen-commercials-json', 'another').replace('commercials_json', 'another'),
    );
    const post = `curl -s -o /dev/null -w '%{http_code}' -X POST -H "Content-Type: application/json" -d @another.json http://localhost:8083/connectors`;
    expect((await stack.type(post)).stdout).toBe('201');
    expect((await stack.type(post)).stdout).toBe('409');
    expect((await stack.type('curl -X DELETE http://localhost:8083/connectors/another')).stdout).toBe('');
  });

  it.each(names)('1.8 %s runs', async (name) => {
    await expect
      .poll(() => status(name), { timeout: 10_000 })
      .toMatchObject({ name, connector: running, tasks: [{ id: 0, ...running }], type: 'source' });
  });

  it('1.9 the console consumer shows new records, and counts them at Ctrl-C', async () => {
    const { stdout, stderr } = await stack.typeUntil(
      'docker exec -it broker kafka-console-consumer --bootstrap-server localhost:9092 --topic commercials_json --property print.key=true',
      (text) => text.split('\n').length > 20,
    );
    const lines = stdout.trim().split('\n');
    for (const line of lines) {
      const [, brand, value] = /^(Acme|Globex)\t(\{.*\})$/.exec(line) ?? [];
      const record = JSON.parse(value ?? 'null') as { brand: string; duration: number; rating: number };
      expect(record.brand).toBe(brand);
      expect([30, 45, 60]).toContain(record.duration);
      expect([1, 2, 3, 4]).toContain(record.rating);
    }
    expect(stderr).toContain(`Processed a total of ${lines.length} messages`);
  });

  it('1.10 the same for Avro: a readable key, a framed value', async () => {
    const { stdout, stderr } = await stack.typeUntil(
      'docker exec -it broker kafka-console-consumer --bootstrap-server localhost:9092 --topic commercials_avro --property print.key=true',
      (text) => text.split('\n').length > 20,
    );
    expect(stderr).toMatch(/Processed a total of \d+ messages/);
    // Frame, length and text of the brand, duration and rating in zig-zag.
    const [, brand = '', value = ''] = /^(Acme|Globex)\t([^\n]*)\n/.exec(stdout) ?? [];
    const bytes = Buffer.from(value, 'latin1');
    expect(bytes.subarray(0, -2)).toEqual(
      Buffer.concat([Buffer.from([0, 0, 0, 0, 1, brand.length * 2]), Buffer.from(brand)]),
    );
    expect([60, 90, 120]).toContain(bytes.at(-2));
    expect([2, 4, 6, 8]).toContain(bytes.at(-1));
  });

  it.each(names)('1.8 %s at its end: the task failed, and says why', { timeout: 90_000 }, async (name) => {
    await expect
      .poll(() => status(name), { timeout: 60_000, interval: 200 })
      .toMatchObject({
        name,
        connector: running,
        tasks: [
          {
            id: 0,
            state: 'FAILED',
            trace: expect.stringContaining(
              'org.apache.kafka.connect.errors.ConnectException: Stopping connector: generated the configured 1000 number of messages',
            ),
          },
        ],
      });
  });

  it('1.12 the topics that a GUI lists', async () => {
    const { stdout } = await stack.type('docker exec -it broker kafka-topics --bootstrap-server localhost:9092 --list');
    const topics = stdout.trim().split('\n');
    for (const topic of ['commercials_json', 'commercials_avro', '_confluent-ksql-default__command_topic', '_schemas'])
      expect(topics).toContain(topic);
  });

  it('1.14 the schema, as the registry has it', async () => {
    const latest = await stack.type('curl http://localhost:8081/subjects/commercials_avro-value/versions/latest');
    const { subject, version, id, schema } = JSON.parse(latest.stdout) as Record<string, string>;
    expect({ subject, version, id }).toEqual({ subject: 'commercials_avro-value', version: 1, id: 1 });
    expect(JSON.parse(schema ?? '')).toEqual({
      type: 'record',
      name: 'commercialrating',
      fields: [
        { name: 'brand', type: 'string' },
        { name: 'duration', type: 'int' },
        { name: 'rating', type: 'int' },
      ],
      'connect.name': 'commercialrating',
    });
    expect((await stack.type('curl http://localhost:8081/config')).stdout).toContain('"BACKWARD"');
  });

  it.each(names)('1.13 %s is deleted; topic and schema stay', async (name) => {
    // 204 has no body.
    expect(await stack.type(`curl -X DELETE http://localhost:8083/connectors/${name}`)).toMatchObject({
      code: 0,
      stdout: '',
    });
    const gone = await stack.type(`curl -s -w '\\n%{http_code}' http://localhost:8083/connectors/${name}/status`);
    expect(gone.stdout).toBe(`{"error_code":404,"message":"No status found for connector ${name}"}\n404`);
    const end = await stack.type('curl http://localhost:8081/subjects');
    expect(end.stdout).toBe('["commercials_avro-value"]');
    const topic = name.replace('datagen-', '').replace('-', '_');
    const offsets = await stack.type(`kcat -Q -b localhost:9092 -t ${topic}:0:-1`);
    expect(offsets.stdout).toContain('offset 1000');
  });
});
