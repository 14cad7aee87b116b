/** A registry over a Kafka in memory, asked without a socket. */
import { systemClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { systemRandom } from '../../../src/core/random.ts';
import { createRegistry } from '../../../src/registry/registry.ts';
import type { Registry } from '../../../src/registry/registry.ts';
import { FakeKafka } from './fake-kafka.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TestRegistry {
  readonly kafka: FakeKafka;
  /** `PUT /config`, body as JSON, or as it is when it is a text. */
  ask(target: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  /** The body of an answer that is expected to be 200. */
  ok(target: string, body?: unknown): Promise<unknown>;
  /** `404 40401 Subject …`. */
  error(target: string, body?: unknown): Promise<string>;
  /** Registers; gives the id. */
  register(subject: string, schema: unknown, more?: object): Promise<number>;
  close(): Promise<void>;
}

export async function startRegistry(kafka: FakeKafka = new FakeKafka(), shared = false): Promise<TestRegistry> {
  const registry: Registry = await createRegistry({
    kafka: kafka.client(),
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    shared,
    version: '1.2.3',
  });
  const ask: TestRegistry['ask'] = async (target, body, headers = {}) => {
    const [method = 'GET', url = '/'] = target.split(' ');
    const [path = '/', search = ''] = url.split('?');
    const answer = await registry.router.handle({
      method,
      path,
      query: new URLSearchParams(search),
      headers,
      body: Buffer.from(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)),
      signal: new AbortController().signal,
    });
    const text = String(answer.body ?? '');
    return { status: answer.status, headers: answer.headers ?? {}, body: text === '' ? undefined : JSON.parse(text) };
  };
  const error: TestRegistry['error'] = async (target, body) => {
    const answer = await ask(target, body);
    const { error_code: code, message } = answer.body as { error_code: number; message: string };
    return `${answer.status} ${code} ${message}`;
  };
  return {
    kafka,
    ask,
    error,
    async ok(target, body) {
      const answer = await ask(target, body);
      if (answer.status !== 200) throw new Error(`${target}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    async register(subject, schema, more = {}) {
      const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
      const answer = await ask(`POST /subjects/${encodeURIComponent(subject)}/versions`, { schema: text, ...more });
      if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
      return (answer.body as { id: number }).id;
    },
    close: () => registry.close(),
  };
}

/** A record of string fields; `name?` has a default. */
export function record(...fields: string[]): unknown {
  return {
    type: 'record',
    name: 'R',
    fields: fields.map((field) =>
      field.endsWith('?') ? { name: field.slice(0, -1), type: 'string', default: '' } : { name: field, type: 'string' },
    ),
  };
}
