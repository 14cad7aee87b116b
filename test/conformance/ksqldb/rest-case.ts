/**
 * One of the shared REST cases (../shared/conformance/ksql/README.md, "REST cases"): statements over HTTP, records into topics, rows and
 * records out, compared with what ksqlDB gives.
 */
import type { IncomingRecord } from '../../../src/client/kafka-client.ts';
import { avroCodec } from '../../../src/formats/avro/codec.ts';
import type { AvroValue } from '../../../src/formats/avro/codec.ts';
import { parseAvroSchema } from '../../../src/formats/avro/schema.ts';
import type { AvroSchema } from '../../../src/formats/avro/schema.ts';
import { avroText } from '../../../src/gateways/ksqldb/print/avro-text.ts';
import { LosslessNumber, parse, stringify } from 'lossless-json';
import type { TestKsql } from './fixtures.ts';

interface CaseRecord {
  readonly topic: string;
  readonly key?: unknown;
  readonly value?: unknown;
  readonly timestamp?: LosslessNumber;
  readonly window?: { readonly start: LosslessNumber; readonly end: LosslessNumber; readonly type: string };
  readonly headers?: readonly { readonly KEY: string; readonly VALUE: string | null }[];
}

export interface RestCase {
  readonly name: string;
  readonly statements: readonly string[];
  readonly format?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly topics?: readonly {
    readonly name: string;
    readonly partitions?: LosslessNumber;
    readonly valueSchema?: unknown;
    readonly valueSchemaId?: LosslessNumber;
    readonly valueFormat?: string;
    readonly keySchema?: unknown;
  }[];
  readonly inputs?: readonly CaseRecord[];
  readonly outputs?: readonly CaseRecord[];
  readonly responses?: readonly Readonly<Record<string, unknown>>[];
  readonly inputConditions?: { readonly waitForActivePushQuery?: boolean };
  readonly expectedError?: { readonly type: string; readonly message?: string; readonly status?: LosslessNumber };
  readonly testPullWithProtoFormat?: unknown;
}

/** The cases of a file, one per format. */
export function casesOf(text: string): RestCase[] {
  const { tests } = parse(text) as unknown as { tests: RestCase[] };
  return tests.flatMap((one) =>
    (one.format ?? [undefined]).map((format) =>
      format === undefined
        ? one
        : {
            ...one,
            name: `${one.name} - ${format}`,
            statements: one.statements.map((text) => text.replaceAll('{FORMAT}', format)),
          },
    ),
  );
}

/** What a case needs that neither this program nor the engine has, so far. */
export function needs(one: RestCase): string | undefined {
  const text = one.statements.join('\n');
  if (one.testPullWithProtoFormat !== undefined || /PROTOBUF/i.test(text)) return 'Protobuf';
  if (/JSON_SR/i.test(text)) return 'JSON_SR';
  return one.topics?.some(
    ({ valueSchema, valueFormat = 'AVRO', keySchema }) =>
      keySchema !== undefined || (valueSchema !== undefined && valueFormat !== 'AVRO'),
  ) === true
    ? 'a registered schema'
    : undefined;
}

/** @throws Error that says what was otherwise */
export async function runCase(ksql: TestKsql, one: RestCase): Promise<void> {
  const admin = one.statements.filter((text) => !text.startsWith('SELECT '));
  const queries = one.statements.filter((text) => text.startsWith('SELECT '));
  const session = one.properties === undefined ? {} : (JSON.parse(stringify(one.properties) ?? '{}') as object);
  const answers: unknown[] = [];
  await createTopics(ksql, one);
  const failure = await runAdmin(ksql, admin, session, answers);
  if (failure === undefined) {
    const write = await recordWriter(ksql);
    const running =
      one.inputConditions?.waitForActivePushQuery === true ? queries.map((text) => query(ksql, text, session)) : [];
    await Promise.all(running.map((push) => push.started));
    for (const record of one.inputs ?? []) await write(record);
    await waitUntilConsumed(ksql);
    const asked = running.length > 0 ? running : undefined;
    for (const [i, text] of queries.entries()) {
      const answer = await (asked?.[i] ?? query(ksql, text, session)).done;
      if (answer.status !== 200) return checkError(one, answer);
      answers.push({ query: answer.body });
    }
  } else return checkError(one, failure);
  if (one.expectedError !== undefined) throw new Error(`no error, but ${stringify(answers)}`);
  await checkOutputs(ksql, one);
  for (const [i, expected] of (one.responses ?? []).entries())
    checkResponse(expected, answers[i], one.statements[i] ?? '', `responses[${i}]`);
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function post(ksql: TestKsql, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(`${ksql.url}${path}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { connection: 'close' },
  });
  return { status: response.status, body: parse(await response.text()) };
}

async function runAdmin(
  ksql: TestKsql,
  admin: readonly string[],
  streamsProperties: object,
  answers: unknown[],
): Promise<Answer | undefined> {
  if (admin.length === 0) return undefined;
  const answer = await post(ksql, '/ksql', { ksql: admin.join('\n'), streamsProperties });
  if (answer.status !== 200) return answer;
  for (const entity of answer.body as { commandStatus?: { status: string; message: string } }[]) {
    if (entity.commandStatus?.status === 'ERROR') throw new Error(entity.commandStatus.message);
    answers.push({ admin: entity });
  }
  return undefined;
}

interface RunningQuery {
  /** The header came. */
  readonly started: Promise<void>;
  readonly done: Promise<Answer>;
}

function query(ksql: TestKsql, text: string, streamsProperties: object): RunningQuery {
  const body = JSON.stringify({ ksql: text, streamsProperties });
  const asked = fetch(`${ksql.url}/query`, {
    method: 'POST',
    body,
    headers: { connection: 'close' },
    signal: AbortSignal.timeout(10_000),
  });
  let begin: () => void = () => {};
  const started = new Promise<void>((resolve) => (begin = resolve));
  const read = async (): Promise<Answer> => {
    try {
      const response = await asked;
      let all = '';
      for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
        all += Buffer.from(chunk).toString('utf8');
        begin();
      }
      return { status: response.status, body: parse(all) };
    } finally {
      begin();
    }
  };
  const done = read();
  done.catch(() => {}); // looked at later
  return { started, done };
}

/** Of topics that a case only writes to: what ROWPARTITION and the order of rows with LIMIT in the cases follow from. */
const partitionsDefault = 4;

async function createTopics(ksql: TestKsql, one: RestCase): Promise<void> {
  const topics = new Map<string, number>();
  for (const { topic } of [...(one.inputs ?? []), ...(one.outputs ?? [])]) topics.set(topic, partitionsDefault);
  for (const text of one.statements) {
    if (!/^CREATE\s+(OR\s+REPLACE\s+)?(SOURCE\s+)?(STREAM|TABLE)\s+(IF\s+NOT\s+EXISTS\s+)?\S+\s*\(/i.test(text))
      continue;
    const topic = /kafka_topic\s*=\s*'([^']+)'/i.exec(text)?.[1];
    const partitions = /partitions\s*=\s*(\d+)/i.exec(text)?.[1];
    if (topic !== undefined) topics.set(topic, Number(partitions ?? partitionsDefault));
  }
  for (const { name, partitions } of one.topics ?? []) topics.set(name, Number(partitions ?? 1));
  for (const [topic, partitions] of topics) await ksql.kafka.admin.ensureTopic({ topic, partitions });
  for (const { name, valueSchema, valueSchemaId } of one.topics ?? []) {
    if (valueSchema === undefined) continue;
    await registerAs(
      ksql,
      `${name}-value`,
      stringify(valueSchema) ?? '',
      valueSchemaId === undefined ? undefined : Number(valueSchemaId),
    );
  }
}

/** Under a certain id, as an import brings it in. */
async function registerAs(ksql: TestKsql, subject: string, schema: string, id: number | undefined): Promise<void> {
  const ask = async (method: string, path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const response = await fetch(`${ksql.registryUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  };
  if (id !== undefined) await ask('PUT', `/mode/${subject}`, { mode: 'IMPORT' });
  await ask('POST', `/subjects/${subject}/versions`, { schema, ...(id === undefined ? {} : { id, version: 1 }) });
  if (id !== undefined) await ask('PUT', `/mode/${subject}?force=true`, { mode: 'READWRITE' });
}

interface SourceFacts {
  readonly topic: string;
  readonly keyFormat: string;
  readonly valueFormat: string;
  readonly windowType: string | null;
  readonly fields: readonly {
    readonly name: string;
    readonly type?: string;
    readonly schema: { readonly type: string };
  }[];
}

async function sources(ksql: TestKsql): Promise<SourceFacts[]> {
  const { body } = await post(ksql, '/ksql', { ksql: 'DESCRIBE STREAMS; DESCRIBE TABLES;' });
  return (body as { sourceDescriptions?: SourceFacts[] }[]).flatMap((one) => one.sourceDescriptions ?? []);
}

/** Writes records in the formats of the first source on their topic. */
async function recordWriter(ksql: TestKsql): Promise<(record: CaseRecord) => Promise<void>> {
  const known = await sources(ksql);
  const producer = await ksql.kafka.producer();
  const avro = async (topic: string, side: string, value: unknown): Promise<Buffer | null> => {
    const found = value === null ? undefined : await ksql.registry.latest(`${topic}-${side}`);
    if (found === undefined) return null;
    const schema = parseAvroSchema(found.schema);
    const head = Buffer.alloc(5);
    head.writeInt32BE(found.id, 1);
    return Buffer.concat([head, avroCodec(schema).encode(avroValue(value, schema))]);
  };
  return async ({ topic, key = null, value = null, timestamp, window, headers }) => {
    const source = known.find((one) => one.topic === topic);
    const keyType = source?.fields.find((field) => field.type === 'KEY')?.schema.type;
    await producer.send({
      topic,
      key:
        source?.keyFormat === 'AVRO'
          ? await avro(topic, 'key', key)
          : windowed(bytesOf(key, source?.keyFormat ?? 'KAFKA', keyType), window),
      value:
        source?.valueFormat === 'AVRO'
          ? await avro(topic, 'value', value)
          : bytesOf(
              value,
              source?.valueFormat ?? 'JSON',
              source?.fields.find((field) => field.type !== 'KEY')?.schema.type,
            ),
      timestamp: Number(timestamp ?? 0),
      headers: (headers ?? []).map((one) => ({
        key: one.KEY,
        value: one.VALUE === null ? null : Buffer.from(one.VALUE, 'base64'),
      })),
    });
  };
}

/** JSON as a value of the schema; fields without regard to case. */
function avroValue(value: unknown, schema: AvroSchema): AvroValue {
  if (schema.kind === 'union') {
    if (value === null || value === undefined) return null;
    return avroValue(value, schema.branches.find((one) => one.kind !== 'null') ?? schema);
  }
  switch (schema.kind) {
    case 'record': {
      const given = new Map(Object.entries(value as object).map(([name, one]) => [name.toUpperCase(), one as unknown]));
      return Object.fromEntries(
        schema.fields.map(({ name, type }) => [name, avroValue(given.get(name.toUpperCase()) ?? null, type)]),
      );
    }
    case 'array':
      return (value as unknown[]).map((item) => avroValue(item, schema.items));
    case 'map':
      return new Map(Object.entries(value as object).map(([name, one]) => [name, avroValue(one, schema.values)]));
    case 'int':
    case 'float':
    case 'double':
      return Number(value);
    case 'long':
      return BigInt(String(value));
    default:
      return value as AvroValue;
  }
}

function bytesOf(value: unknown, format: string, type: string | undefined): Buffer | null {
  if (value === null || format === 'NONE') return null;
  if (format === 'DELIMITED') return Buffer.from(typeof value === 'string' ? value : (stringify(value) ?? ''));
  if (format === 'JSON') return Buffer.from(stringify(value) ?? '');
  if (format !== 'KAFKA') throw new Error(`the program does not write ${format}`);
  const out = Buffer.alloc(type === 'INTEGER' ? 4 : 8);
  if (type === 'INTEGER') out.writeInt32BE(Number(value));
  else if (type === 'BIGINT') out.writeBigInt64BE(BigInt(String(value)));
  else if (type === 'DOUBLE') out.writeDoubleBE(Number(value));
  else return Buffer.from(String(value));
  return out;
}

function windowed(key: Buffer | null, window: CaseRecord['window']): Buffer | null {
  if (window === undefined || key === null) return key;
  const start = Buffer.alloc(8);
  start.writeBigInt64BE(BigInt(String(window.start)));
  const end = Buffer.alloc(8);
  end.writeBigInt64BE(BigInt(String(window.end)));
  return window.type.toLowerCase() === 'session' ? Buffer.concat([key, end, start]) : Buffer.concat([key, start]);
}

/** Until the persistent queries have committed everything that is there. */
async function waitUntilConsumed(ksql: TestKsql): Promise<void> {
  type Offsets = { topicSummaries: { offsets: { logEndOffset: unknown; consumerOffset: unknown }[] }[] };
  const deadline = performance.now() + 10_000;
  for (;;) {
    const { body } = await post(ksql, '/ksql', { ksql: 'LIST STREAMS EXTENDED; LIST TABLES EXTENDED;' });
    const descriptions = (body as { sourceDescriptions?: { queryOffsetSummaries: Offsets[] }[] }[]).flatMap(
      (one) => one.sourceDescriptions ?? [],
    );
    const offsets = descriptions.flatMap((one) =>
      one.queryOffsetSummaries.flatMap((two) => two.topicSummaries.flatMap((three) => three.offsets)),
    );
    if (offsets.every((one) => Number(one.consumerOffset) >= Number(one.logEndOffset))) return;
    if (performance.now() > deadline) throw new Error('the persistent queries do not catch up');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function checkError({ expectedError: expected }: RestCase, { status, body }: Answer): void {
  const text = stringify(body) ?? '';
  if (expected === undefined) throw new Error(`${status}: ${text}`);
  const { message } = body as { message?: string };
  if (expected.status !== undefined && Number(expected.status) !== status)
    throw new Error(`status ${status} instead of ${String(expected.status)}`);
  if (expected.message !== undefined && message?.includes(expected.message) !== true)
    throw new Error(`${text} does not say ${expected.message}`);
}

function checkResponse(
  expected: Readonly<Record<string, unknown>>,
  actual: unknown,
  statement: string,
  at: string,
): void {
  if ('queryProto' in expected) return;
  if ('admin' in expected)
    return checkSubset(expected['admin'], (actual as { admin?: unknown } | undefined)?.admin, statement, at);
  const wanted = expected['query'] as Readonly<Record<string, unknown>>[];
  const got = (actual as { query?: unknown } | undefined)?.query as Readonly<Record<string, unknown>>[] | undefined;
  if (got?.length !== wanted.length) throw new Error(`${at}: ${stringify(got)} instead of ${stringify(wanted)}`);
  const left = got.filter((one) => 'row' in one);
  for (const [i, row] of wanted.entries()) {
    if (!('row' in row)) {
      checkSubset(row, got[i], statement, `${at}[${i}]`);
      continue;
    }
    const found = left.findIndex((one) => differs(row, one, statement) === undefined);
    if (found < 0) throw new Error(`${at}: no row ${stringify(row)} among ${stringify(got)}`);
    left.splice(found, 1);
  }
}

function differs(expected: unknown, actual: unknown, statement: string): Error | undefined {
  try {
    checkSubset(expected, actual, statement, '');
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

function checkSubset(expected: unknown, actual: unknown, statement: string, at: string): void {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length)
      throw new Error(`${at}: ${stringify(actual)} instead of ${stringify(expected)}`);
    for (const [i, item] of expected.entries()) checkSubset(item, actual[i], statement, `${at}[${i}]`);
  } else if (expected instanceof LosslessNumber || actual instanceof LosslessNumber) {
    if (!sameNumber(expected, actual)) throw new Error(`${at}: ${stringify(actual)} instead of ${stringify(expected)}`);
  } else if (typeof expected === 'object' && expected !== null) {
    for (const [name, value] of Object.entries(expected)) {
      const [key = '', how] = name.split('|');
      const got = (actual as Readonly<Record<string, unknown>> | null | undefined)?.[key];
      if (how === 'starts_with') {
        if (!String(got).startsWith(String(value)))
          throw new Error(`${at}.${key}: ${String(got)} does not start with ${String(value)}`);
      } else checkSubset(value, got, statement, `${at}.${key}`);
    }
  } else {
    const wanted = typeof expected === 'string' ? expected.replaceAll('{STATEMENT}', statement) : expected;
    if (wanted !== actual) throw new Error(`${at}: ${stringify(actual)} instead of ${stringify(wanted)}`);
  }
}

/** Integers by value, fractions with their scale; the text of a decimal counts as its number. */
function sameNumber(expected: unknown, actual: unknown): boolean {
  const [a, b] = [String(expected), String(actual)];
  if (expected === null || actual === null || expected === undefined || actual === undefined) return false;
  if (/^-?\d+$/.test(a) && /^-?\d+$/.test(b)) return BigInt(a) === BigInt(b);
  return a === b || (/[eE]/.test(a + b) && Number(a) === Number(b));
}

async function checkOutputs(ksql: TestKsql, one: RestCase): Promise<void> {
  const known = await sources(ksql);
  const byTopic = groupByTopic(one.outputs ?? []);
  for (const [topic, records] of byTopic) {
    const got = await recordsOf(ksql, topic);
    if (got.length < records.length) throw new Error(`${topic} has ${got.length} records instead of ${records.length}`);
    const source = known.find((candidate) => candidate.topic === topic);
    for (const [i, { key = null, value = null, timestamp, window }] of records.entries()) {
      const record = got[i];
      const keyType = source?.fields.find((field) => field.type === 'KEY')?.schema.type;
      if (source?.keyFormat === 'AVRO')
        checkSubset(key, await fromAvro(ksql, record?.key ?? null), '', `${topic}[${i}].key`);
      const wantedKey =
        source?.keyFormat === 'AVRO'
          ? (record?.key ?? null)
          : windowed(bytesOf(key, source?.keyFormat ?? 'KAFKA', keyType), window);
      if ((wantedKey ?? Buffer.alloc(0)).compare(record?.key ?? Buffer.alloc(0)) !== 0)
        throw new Error(`${topic}[${i}]: key ${String(record?.key)} instead of ${stringify(key)}`);
      const text = record?.value?.toString('utf8');
      if (source?.valueFormat === 'AVRO')
        checkSubset(value, await fromAvro(ksql, record?.value ?? null), '', `${topic}[${i}].value`);
      else if (source?.valueFormat === 'JSON' && text !== undefined)
        checkSubset(value, parse(text), '', `${topic}[${i}].value`);
      else if (text !== (value === null ? undefined : String(value)))
        throw new Error(`${topic}[${i}]: ${String(text)} instead of ${stringify(value)}`);
      if (timestamp !== undefined && Number(timestamp) !== 0 && Number(timestamp) !== record?.timestamp)
        throw new Error(`${topic}[${i}]: timestamp ${record?.timestamp} instead of ${String(timestamp)}`);
    }
  }
}

/** Of all partitions; in order within each. */
async function recordsOf(ksql: TestKsql, topic: string): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = [];
  const partitions = (await ksql.kafka.admin.describeTopic(topic))?.partitions ?? 0;
  for (let partition = 0; partition < partitions; partition++) {
    const { latest } = await ksql.kafka.admin.offsets(topic, partition);
    for await (const batch of ksql.kafka.read(topic, partition, { from: 0, to: latest })) records.push(...batch);
  }
  return records;
}

/** The text that Java prints for an Avro value is JSON, but for special doubles. */
async function fromAvro(ksql: TestKsql, bytes: Buffer | null): Promise<unknown> {
  if (bytes === null) return null;
  const schema = parseAvroSchema((await ksql.registry.schemaById(bytes.readInt32BE(1))).schema);
  return parse(avroText(avroCodec(schema).decode(bytes, 5), schema));
}

function groupByTopic(records: readonly CaseRecord[]): Map<string, CaseRecord[]> {
  const groups = new Map<string, CaseRecord[]>();
  for (const record of records) groups.set(record.topic, [...(groups.get(record.topic) ?? []), record]);
  return groups;
}
