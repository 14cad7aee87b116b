/** A worker over the embedded broker and registry, in a temporary folder; it can be killed and started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Broker } from '../../../src/broker/broker.ts';
import { embeddedKafka } from '../../../src/client/kafka.ts';
import type { IncomingRecord, KafkaClient } from '../../../src/client/kafka-client.ts';
import { createConnect } from '../../../src/connect/connect.ts';
import type { Connect } from '../../../src/connect/connect.ts';
import type { SchemaRegistrar } from '../../../src/connect/converters/converter.ts';
import { systemClock } from '../../../src/core/clock.ts';
import { nodeDisk } from '../../../src/core/disk.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { walkThroughSchema } from '../../walk-through-files.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  // biome-ignore lint: the tests look into whatever was answered
  readonly body: any; // oxlint-disable-line typescript/no-explicit-any -- the tests look into whatever was answered
}

/** Ids by order of registration; what was registered under which subject. */
export class FakeRegistry implements SchemaRegistrar {
  readonly registered: (readonly [subject: string, schema: string])[] = [];
  failures: unknown[] = [];

  register(subject: string, { schema }: { readonly schema: string }): Promise<number> {
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(failure as Error);
    const at = this.registered.findIndex(([one, text]) => one === subject && text === schema);
    if (at >= 0) return Promise.resolve(at + 1);
    return Promise.resolve(this.registered.push([subject, schema]));
  }

  lookup(subject: string, { schema }: { readonly schema: string }): Promise<{ readonly id: number } | undefined> {
    const at = this.registered.findIndex(([one, text]) => one === subject && text === schema);
    return Promise.resolve(at < 0 ? undefined : { id: at + 1 });
  }
}

export class TestConnect {
  readonly registry: FakeRegistry = new FakeRegistry();
  readonly asked: string[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'millrace-connect-'));
  private broker: Broker | undefined;
  private client: KafkaClient | undefined;
  private connect: Connect | undefined;
  private readonly killed: (Connect | undefined)[] = [];
  private readonly config: Readonly<Record<string, string>>;

  constructor(config: Readonly<Record<string, string>> = {}) {
    this.config = config;
  }

  get kafka(): KafkaClient {
    if (this.client === undefined) throw new Error('not started');
    return this.client;
  }

  async start(): Promise<void> {
    this.broker ??= await Broker.open({
      disk: nodeDisk,
      clock: systemClock,
      random: seededRandom(1),
      logger: silentLogger,
      dataDir: this.folder,
      config: { 'offsets.topic.num.partitions': '1', 'transaction.state.log.num.partitions': '1' },
    });
    this.client ??= embeddedKafka({ door: this.broker, clock: systemClock, random: seededRandom(2) });
    this.connect = await createConnect({
      kafka: this.client,
      registryAt: (url) => {
        this.asked.push(url);
        return this.registry;
      },
      clock: systemClock,
      random: seededRandom(3),
      disk: nodeDisk,
      logger: silentLogger,
      config: this.config,
    });
  }

  /** Ends the worker in order. */
  async stop(): Promise<void> {
    await this.connect?.close();
    this.connect = undefined;
  }

  /** Takes the cluster away from under the running worker, which can write nothing more, and forgets the worker. */
  async kill(): Promise<void> {
    this.killed.push(this.connect);
    this.connect = undefined;
    await this.client?.close();
    this.client = undefined;
  }

  /** Ends all of it and removes the folder. */
  async close(): Promise<void> {
    await this.stop();
    for (const connect of this.killed) await connect?.close();
    await this.client?.close();
    await this.broker?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** `GET /connectors?expand=info`; an object or text is the body. */
  async ask(request: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [method = '', target = ''] = request.split(' ');
    const [path = '', query = ''] = target.split('?');
    const answer = await this.connect?.router.handle({
      method,
      path,
      query: new URLSearchParams(query),
      headers: {
        host: 'localhost:8083',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
      signal: new AbortController().signal,
    });
    const text = answer?.body as string | undefined;
    return {
      status: answer?.status ?? 0,
      headers: answer?.headers ?? {},
      body: text === undefined || text === '' ? undefined : JSON.parse(text),
    };
  }

  /** Creates a Datagen connector of the walk-through's schema; quick and without registry unless told otherwise. */
  create(name: string, config: Readonly<Record<string, unknown>> = {}, more: object = {}): Promise<Answer> {
    return this.ask('POST /connectors', { name, ...more, config: datagenConfig(config) });
  }

  /** Asks until the answer is as wanted. */
  async until(request: string, wanted: (answer: Answer) => boolean): Promise<Answer> {
    for (;;) {
      const answer = await this.ask(request);
      if (wanted(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** The status once all tasks are in a state. */
  tasksAre(name: string, state: string, count = 1): Promise<Answer> {
    return this.until(`GET /connectors/${encodeURIComponent(name)}/status`, ({ body }) => {
      const tasks = body.tasks as { state: string }[] | undefined;
      return tasks?.length === count && tasks.every((task) => task.state === state);
    });
  }

  /** The records of a topic once there are so many. */
  async recordsOf(topic: string, count: number): Promise<IncomingRecord[]> {
    for (;;) {
      const records = await this.records(topic);
      if (records.length >= count) return records;
      // A timer, so that those of the worker get their turn.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** All records of a topic, partition by partition. */
  async records(topic: string): Promise<IncomingRecord[]> {
    const described = await this.kafka.admin.describeTopic(topic);
    const all: IncomingRecord[] = [];
    for (let partition = 0; partition < (described?.partitions ?? 0); partition++) {
      const { latest } = await this.kafka.admin.offsets(topic, partition);
      if (latest === 0) continue;
      for await (const records of this.kafka.read(topic, partition, { from: 'earliest', to: latest }))
        all.push(...records);
    }
    return all;
  }
}

export function datagenConfig(config: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const defaults: Record<string, unknown> = {
    'connector.class': 'io.confluent.kafka.connect.datagen.DatagenConnector',
    'kafka.topic': 'commercials_json',
    'schema.string': walkThroughSchema,
    'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
    'value.converter': 'org.apache.kafka.connect.json.JsonConverter',
    'value.converter.schemas.enable': 'false',
    'max.interval': 0,
  };
  // Undefined takes a key away.
  return Object.fromEntries(Object.entries({ ...defaults, ...config }).filter(([, value]) => value !== undefined));
}
