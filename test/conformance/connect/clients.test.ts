/**
 * The walk-through's steps 1.3 to 1.10 and 1.13 as typed: curl with its two files, Kafka's console consumer, kcat, and confluent-kafka's
 * AvroDeserializer with its registry client. Pauses are shorter; nothing else differs.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Broker } from '../../../src/broker/broker.ts';
import { listenForClients } from '../../../src/broker/listener.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import { httpRegistry } from '../../../src/client/schema-registry.ts';
import { createUrlAliases } from '../../../src/client/url-aliases.ts';
import { createConnect } from '../../../src/connect/connect.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { nodeHttp } from '../../../src/core/http.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { nodeNetwork } from '../../../src/core/network.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { serveHttp } from '../../../src/http/server.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import { confluentKafka, describePeer, kafkaTool, kcat } from '../../peers.ts';
import { avroConnector, jsonConnector } from '../../walk-through-files.ts';

const run = promisify(execFile);
const count = 200;

// The file of step 1.3, and that of 1.4.
const json = jsonConnector(1000);
const avro = avroConnector(1000);

let folder = '';
let broker = '';
let registry = '';
let connect = '';
const undo: (() => Promise<void> | void)[] = [];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-connect-'));
  const ports = { clock: systemClock, random: systemRandom, logger: silentLogger };
  const opened = await Broker.open({ ...ports, disk: nodeDisk, dataDir: folder });
  const listener = await listenForClients(opened, { network: nodeNetwork, port: 0 });
  broker = `localhost:${listener.port}`;
  const kafka = embeddedKafka({ ...ports, door: opened, endpoint: { host: 'localhost', port: listener.port } });
  const schemas = await createRegistry({ ...ports, kafka });
  const schemasHttp = await serveHttp({ router: schemas.router, port: 0 });
  registry = `http://localhost:${schemasHttp.port}`;
  const aliases = createUrlAliases({ schemaRegistry: `localhost:${schemasHttp.port}` });
  const worker = await createConnect({
    ...ports,
    kafka,
    disk: nodeDisk,
    registryAt: (url) => httpRegistry(aliases.url(url), nodeHttp),
  });
  const workerHttp = await serveHttp({ router: worker.router, port: 0 });
  connect = `http://localhost:${workerHttp.port}`;
  undo.push(
    () => workerHttp.close(),
    () => worker.close(),
    () => schemasHttp.close(),
    () => schemas.close(),
    () => kafka.close(),
    () => listener.close(),
    () => opened.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
});
afterAll(async () => {
  for (const step of undo) await step();
});

/** Runs curl; the status is the last line. */
async function curl(...args: string[]): Promise<{ status: number; body: string }> {
  const { stdout } = await run('curl', ['-s', '-w', '\n%{http_code}', ...args]);
  const at = stdout.lastIndexOf('\n');
  return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
}

async function post(text: string, file: string): Promise<{ status: number; body: string }> {
  const path = join(folder, file);
  writeFileSync(path, text);
  return curl('-X', 'POST', '-H', 'Content-Type: application/json', '-d', `@${path}`, `${connect}/connectors`);
}

async function status(name: string): Promise<{ status: number; body: string }> {
  return curl(`${connect}/connectors/${name}/status`);
}

async function until(name: string, state: string): Promise<Record<string, unknown>> {
  for (;;) {
    const parsed = JSON.parse((await status(name)).body) as { tasks?: { state: string }[] };
    if (parsed.tasks?.[0]?.state === state) return parsed;
  }
}

describe('curl', () => {
  it.each([
    ['json', json],
    ['avro', avro],
  ])('1.6, 1.8 %s: creates from the file as it is written, refuses it twice, tells the status', async (kind, file) => {
    const name = `datagen-commercials-${kind}`;
    const created = await post(file, `${kind}.json`);
    expect(created.status).toBe(201);
    expect(JSON.parse(created.body)).toMatchObject({
      name,
      config: { name, 'max.interval': '1000', iterations: '1000', 'tasks.max': '1' },
      type: 'source',
    });
    expect(await post(file, `${kind}.json`)).toEqual({
      status: 409,
      body: `{"error_code":409,"message":"Connector ${name} already exists"}`,
    });
    const running = { state: 'RUNNING', worker_id: 'connect:8083' };
    expect(await until(name, 'RUNNING')).toMatchObject({
      name,
      connector: running,
      tasks: [{ id: 0, ...running }],
      type: 'source',
    });
  });

  it('hurries: the same with shorter pauses and fewer records, to their end', async () => {
    for (const kind of ['json', 'avro']) {
      const name = `datagen-commercials-${kind}`;
      const config = [
        '-X',
        'PATCH',
        '-H',
        'Content-Type: application/json',
        '-d',
        `{"max.interval":2,"iterations":${count}}`,
      ];
      expect((await curl(...config, `${connect}/connectors/${name}/config`)).status).toBe(200);
      expect(await until(name, 'FAILED')).toMatchObject({
        connector: { state: 'RUNNING' },
        tasks: [
          {
            state: 'FAILED',
            trace: `org.apache.kafka.connect.errors.ConnectException: Stopping connector: generated the configured ${count} number of messages`,
            completed: true,
          },
        ],
      });
    }
  });

  it("1.14: the registry has the schema as Confluent's converter registers it", async () => {
    const { body } = await curl(`${registry}/subjects/commercials_avro-value/versions/latest`);
    expect(JSON.parse(body)).toMatchObject({
      subject: 'commercials_avro-value',
      version: 1,
      id: 1,
      schema:
        '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"},{"name":"duration","type":"int"},{"name":"rating","type":"int"}],"connect.name":"commercialrating"}',
    });
    expect((await curl(`${registry}/subjects`)).body).toBe('["commercials_avro-value"]');
  });
});

describePeer('kafka-tools', "Connect's topics", () => {
  // As the walk-through types it; Kafka's tool of today says that --property has another name.
  const consume = async (topic: string, ...more: string[]): Promise<{ stdout: string; stderr: string }> => {
    const args = ['--bootstrap-server', broker, '--topic', topic, '--property', 'print.key=true'];
    const { stdout, stderr } = await kafkaTool('kafka-console-consumer', [
      ...args,
      '--from-beginning',
      '--max-messages',
      String(count),
      ...more,
    ]);
    return { stdout: stdout.replace(/^(Option --property is deprecated.*\n)+/, ''), stderr };
  };

  it('1.9: the console consumer prints key and JSON', async () => {
    const { stdout, stderr } = await consume('commercials_json', '--property', 'print.headers=true');
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(count);
    for (const [i, line] of lines.entries())
      expect(line).toMatch(
        new RegExp(
          `^task.generation:\\d+,task.id:0,current.iteration:${i}\\t(Acme|Globex)\\t\\{"brand":"\\1","duration":(30|45|60),"rating":[1-4]\\}$`,
        ),
      );
    expect(stderr).toContain(`Processed a total of ${count} messages`);
  });

  it('1.10: of the Avro topic the key', async () => {
    const { stdout } = await consume('commercials_avro');
    expect(stdout.split('\t')[0]).toMatch(/^(Acme|Globex)$/);
    expect(stdout).toContain('\t\0\0\0\0\u0001');
  });
});

describePeer('kcat', "Connect's topics", () => {
  it('keys, values and the three headers', async () => {
    const { stdout } = await kcat(['-C', '-b', broker, '-t', 'commercials_json', '-e', '-q', '-f', '%k %s %h\n']);
    const lines = stdout.trim().split('\n');
    expect(lines).toHaveLength(count);
    expect(lines[7]).toMatch(/^(Acme|Globex) \{"brand":"\1",.*\} task.generation=\d+,task.id=0,current.iteration=7$/);
  });

  it("the worker's own topics", async () => {
    const { stdout } = await kcat(['-C', '-b', broker, '-t', 'docker-connect-offsets', '-e', '-q', '-f', '%k %s\n']);
    expect(stdout).toMatch(
      new RegExp(
        `^\\["datagen-commercials-json",\\{"task.id":0\\}\\] \\{"task.generation":\\d+,"random.seed":-?\\d+,"current.iteration":${count}\\}$`,
        'm',
      ),
    );
  });
});

describePeer('confluent-kafka', "Connect's topics", () => {
  it('its AvroDeserializer reads every record, with the schema from the registry', async () => {
    const { stdout, stderr } = await confluentKafka(
      `
import sys, json
from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import SerializationContext, MessageField
read = AvroDeserializer(SchemaRegistryClient({'url': sys.argv[2]}))
c = Consumer({'bootstrap.servers': sys.argv[1], 'group.id': 'g', 'auto.offset.reset': 'earliest'})
c.subscribe(['commercials_avro'])
rows = []
while len(rows) < int(sys.argv[3]):
    m = c.poll(10)
    if m is None: break
    if m.error(): raise Exception(m.error())
    rows.append([m.key().decode(), read(m.value(), SerializationContext(m.topic(), MessageField.VALUE))])
c.close()
print(json.dumps(rows))
`,
      broker,
      registry,
      String(count),
    );
    const rows = JSON.parse(stdout === '' ? stderr : stdout) as [string, Record<string, unknown>][];
    expect(rows).toHaveLength(count);
    for (const [key, value] of rows) {
      expect(value['brand']).toBe(key);
      expect(Object.keys(value)).toEqual(['brand', 'duration', 'rating']);
      expect([30, 45, 60]).toContain(value['duration']);
      expect([1, 2, 3, 4]).toContain(value['rating']);
    }
  });
});

describe('curl, at the end', () => {
  it('1.13: deletes', async () => {
    for (const kind of ['json', 'avro']) {
      const name = `datagen-commercials-${kind}`;
      expect(await curl('-X', 'DELETE', `${connect}/connectors/${name}`)).toEqual({ status: 204, body: '' });
      expect(await status(name)).toEqual({
        status: 404,
        body: `{"error_code":404,"message":"No status found for connector ${name}"}`,
      });
    }
    expect((await curl(`${connect}/connectors`)).body).toBe('[]');
    expect((await curl(`${registry}/subjects`)).body).toBe('["commercials_avro-value"]');
  });
});
