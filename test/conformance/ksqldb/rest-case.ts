/**
 * One of the shared REST cases (../shared/conformance/ksql/README.md, "REST cases"): statements over HTTP, records into topics, rows and
 * records out, compared with what ksqlDB gives.
 */
import { LosslessNumber, parse, stringify } from 'lossless-json';
import type { IncomingRecord } from '../../../src/client/kafka-client.ts';
import { importedSchemas } from '../../../src/client/schema-registry.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import type { DataSource, FormatName, SourceColumn } from '../../../src/sql/catalog/source.ts';
import type { SqlType } from '../../../src/sql/types.ts';
import { compareAll } from '../ksql/compare.ts';
import { encodeRecord } from '../ksql/encode-record.ts';
import type { Schemas } from '../ksql/encode-record.ts';
import { protobufJson } from '../ksql/protobuf-json.ts';
import type { ProtobufText } from '../ksql/protobuf-json.ts';
import type { TestKsql } from './fixtures.ts';

type CaseRecord = Readonly<Record<string, unknown>> & { readonly topic: string };

interface CaseReference {
  readonly name: string;
  readonly schema: unknown;
}

interface CaseTopic {
  readonly name: string;
  readonly partitions?: LosslessNumber;
  readonly keySchema?: unknown;
  readonly keySchemaId?: LosslessNumber;
  readonly keyFormat?: string;
  readonly keySchemaReferences?: readonly CaseReference[];
  readonly valueSchema?: unknown;
  readonly valueSchemaId?: LosslessNumber;
  readonly valueFormat?: string;
  readonly valueSchemaReferences?: readonly CaseReference[];
}

export interface RestCase {
  readonly name: string;
  readonly statements: readonly string[];
  readonly format?: readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly topics?: readonly CaseTopic[];
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
    if (one.testPullWithProtoFormat !== undefined)
      for (const text of queries) answers.push({ queryProto: await protobufRows(ksql, text, session) });
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
    signal: AbortSignal.timeout(30_000),
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
  for (const topic of one.topics ?? []) {
    const { name, keySchema, keyFormat, keySchemaId, valueSchema, valueFormat, valueSchemaId } = topic;
    if (keySchema !== undefined)
      await register(ksql, `${name}-key`, keySchema, keyFormat, keySchemaId, topic.keySchemaReferences);
    if (valueSchema !== undefined)
      await register(ksql, `${name}-value`, valueSchema, valueFormat, valueSchemaId, topic.valueSchemaReferences);
  }
}

/** Under a certain id, as an import brings it in, when there is one. */
async function register(
  ksql: TestKsql,
  subject: string,
  schema: unknown,
  format = 'AVRO',
  id?: LosslessNumber,
  references: readonly CaseReference[] = [],
): Promise<void> {
  const ask = async (method: string, path: string, body: object): Promise<void> => {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    const response = await fetch(`${ksql.registryUrl}${path}`, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  };
  const text = (one: unknown): string => (typeof one === 'string' ? one : (stringify(one) ?? ''));
  const schemaType = format === 'JSON_SR' ? 'JSON' : format;
  for (const { name, schema: imported } of references)
    await ask('POST', `/subjects/${encodeURIComponent(name)}/versions`, { schema: text(imported), schemaType });
  const named = references.map(({ name }) => ({ name, subject: name, version: 1 }));
  if (id !== undefined) await ask('PUT', `/mode/${subject}?force=true`, { mode: 'IMPORT' });
  await ask('POST', `/subjects/${subject}/versions`, {
    schema: text(schema),
    schemaType,
    references: named,
    ...(id === undefined ? {} : { id: Number(id), version: 1 }),
  });
  if (id !== undefined) await ask('PUT', `/mode/${subject}?force=true`, { mode: 'READWRITE' });
}

interface SchemaFacts {
  readonly type: string;
  readonly fields: readonly { readonly name: string; readonly schema: SchemaFacts }[] | null;
  readonly memberSchema: SchemaFacts | null;
  readonly parameters?: { readonly precision: unknown; readonly scale: unknown };
}

interface SourceFacts {
  readonly name: string;
  readonly type: 'STREAM' | 'TABLE';
  readonly topic: string;
  readonly keyFormat: FormatName;
  readonly valueFormat: FormatName;
  readonly windowType: 'TUMBLING' | 'HOPPING' | 'SESSION' | null;
  readonly fields: readonly { readonly name: string; readonly type?: string; readonly schema: SchemaFacts }[];
}

/** The first source on each topic, as far as its description tells. */
async function sources(ksql: TestKsql): Promise<Map<string, DataSource>> {
  const { body } = await post(ksql, '/ksql', { ksql: 'DESCRIBE STREAMS; DESCRIBE TABLES;' });
  const found = new Map<string, DataSource>();
  for (const facts of (body as { sourceDescriptions?: SourceFacts[] }[]).flatMap((one) => one.sourceDescriptions ?? []))
    if (!found.has(facts.topic)) found.set(facts.topic, sourceOf(facts));
  return found;
}

function sourceOf({ name, type: kind, topic, fields, windowType, keyFormat, valueFormat }: SourceFacts): DataSource {
  const columns = fields.map((field): SourceColumn => {
    const place = field.type === 'KEY' ? 'key' : field.type === 'HEADER' ? 'headers' : 'value';
    return { name: field.name, type: typeOf(field.schema), place };
  });
  return {
    ...{ kind, name, topic, columns, readOnly: false, sqlText: '' },
    keyFormat: { format: keyFormat },
    valueFormat: { format: valueFormat },
    ...(windowType !== null && { window: { type: windowType } }),
  };
}

function typeOf({ type, fields, memberSchema, parameters }: SchemaFacts): SqlType {
  const member = memberSchema === null ? undefined : typeOf(memberSchema);
  switch (type) {
    case 'ARRAY':
      return { kind: 'ARRAY', element: member as SqlType };
    case 'MAP':
      return { kind: 'MAP', key: { kind: 'STRING' }, value: member as SqlType };
    case 'STRUCT':
      return { kind: 'STRUCT', fields: (fields ?? []).map((one) => ({ name: one.name, type: typeOf(one.schema) })) };
    case 'DECIMAL':
      return { kind: 'DECIMAL', precision: Number(parameters?.precision), scale: Number(parameters?.scale) };
    default:
      return { kind: type } as SqlType;
  }
}

/** Writes records in the formats of the first source on their topic. */
async function recordWriter(ksql: TestKsql): Promise<(record: CaseRecord) => Promise<void>> {
  const known = await sources(ksql);
  const schemas = await schemasOf(ksql, known.keys());
  const producer = await ksql.kafka.producer();
  return async (record) => {
    const source = known.get(record.topic) ?? plainSource(record.topic);
    const { key, value, timestamp, headers } = encodeRecord(record, source, schemas);
    await producer.send({ topic: record.topic, key, value, timestamp, ...(headers && { headers }) });
  };
}

/** A topic that nobody has declared. */
function plainSource(topic: string): DataSource {
  return {
    ...{ kind: 'STREAM', name: topic, topic, readOnly: false, sqlText: '' },
    columns: [{ name: 'K', type: { kind: 'STRING' }, place: 'key' }],
    keyFormat: { format: 'KAFKA' },
    valueFormat: { format: 'JSON' },
  };
}

async function schemasOf(ksql: TestKsql, topics: Iterable<string>): Promise<Schemas> {
  const schemas = new Map<string, ProtobufText & { readonly id: number }>();
  for (const topic of topics)
    for (const side of ['key', 'value']) {
      const found = await ksql.registry.latest(`${topic}-${side}`);
      if (found === undefined) continue;
      const references = await importedSchemas(ksql.registry, found);
      schemas.set(`${topic}-${side}`, { id: found.id, schema: found.schema, references });
    }
  return schemas;
}

/** Until the persistent queries have committed everything that is there. */
async function waitUntilConsumed(ksql: TestKsql): Promise<void> {
  type Offsets = { topicSummaries: { offsets: { logEndOffset: unknown; consumerOffset: unknown }[] }[] };
  const deadline = performance.now() + 30_000;
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
  if ('queryProto' in expected)
    return checkProtobuf(expected['queryProto'], (actual as { queryProto?: unknown } | undefined)?.queryProto, at);
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
  const ids = new Map<number, ProtobufText>();
  const written = new Map<string, FedRecord[]>();
  for (const [topic, expected] of groupByTopic(one.outputs ?? [])) {
    const records = (await recordsOf(ksql, topic)).slice(0, expected.length);
    for (const { value, key } of records)
      for (const bytes of [key, value])
        if (bytes !== null && bytes.length > 4 && bytes[0] === 0) await learnSchema(ksql, bytes.readInt32BE(1), ids);
    written.set(topic, records.map(({ headers, ...record }) => ({ ...record, headers: headers ?? [] })) as FedRecord[]);
  }
  compareAll(
    (one.outputs ?? []).map((record) => ({ headers: [], ...record })),
    { anyTimeForZero: true, exact: true },
    (topic) => written.get(topic) ?? [],
    (topic) => known.get(topic) ?? plainSource(topic),
    (id) => ids.get(id) ?? { schema: '' },
  );
}

async function learnSchema(ksql: TestKsql, id: number, ids: Map<number, ProtobufText>): Promise<void> {
  const found = ids.has(id) ? undefined : await ksql.registry.schemaById(id).catch(() => undefined);
  if (found !== undefined)
    ids.set(id, { schema: found.schema, references: await importedSchemas(ksql.registry, found) });
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

/** The rows of a query in the Protobuf media type: the header, then the fields of each row. */
async function protobufRows(ksql: TestKsql, sql: string, properties: object): Promise<unknown> {
  const response = await fetch(`${ksql.url}/query-stream`, {
    method: 'POST',
    body: JSON.stringify({ sql, properties }),
    headers: { connection: 'close', accept: 'application/vnd.ksql.v1+protobuf' },
  });
  return parse(await response.text());
}

interface ProtobufRow {
  readonly header?: { readonly protoSchema: string };
  /** As text of the case, as base64 of the server. */
  readonly row?: string | { readonly protobufBytes: string };
}

/** The schema as it stands; each row as the fields that its text in the case shows. */
function checkProtobuf(expected: unknown, actual: unknown, at: string): void {
  const [wanted, got] = [expected as ProtobufRow[], actual as ProtobufRow[]];
  const schema = got[0]?.header?.protoSchema ?? '';
  if (schema !== wanted[0]?.header?.protoSchema)
    throw new Error(`${at}: the schema ${schema} instead of ${wanted[0]?.header?.protoSchema}`);
  const rows = got.flatMap(({ row }) => (typeof row === 'object' ? [row.protobufBytes] : []));
  const texts = rows.map((row) =>
    messageText(protobufJson(Buffer.from(row, 'base64'), false, { schema }, false), schema),
  );
  const lines = (text: string): string => text.split('\n').sort().join('\n');
  const want = wanted.flatMap(({ row }) => (typeof row === 'string' ? [lines(row)] : [])).sort();
  const have = texts.map(lines).sort();
  if (stringify(want) !== stringify(have)) throw new Error(`${at}: ${stringify(have)} instead of ${stringify(want)}`);
}

/** As Protobuf's text format prints a message; fields with their defaults are left out. */
function messageText(value: unknown, schema: string, indent = ''): string {
  const field = (name: string, one: unknown): string => {
    if (Array.isArray(one)) return one.map((item) => field(name, item)).join('');
    if (one === null || one === '' || one === false) return '';
    if (one instanceof LosslessNumber) return Number(one) === 0 ? '' : `${indent}${name}: ${String(one)}\n`;
    if (typeof one === 'object') {
      if (new RegExp(`Entry ${name} =`).test(schema) && !('key' in one && 'value' in one))
        return field(
          name,
          Object.entries(one).map(([key, item]) => ({ key, value: item as unknown })),
        );
      return `${indent}${name} {\n${messageText(one, schema, `${indent}  `)}${indent}}\n`;
    }
    const bytes = new RegExp(`bytes ${name} =`).test(schema);
    return `${indent}${name}: ${JSON.stringify(bytes ? Buffer.from(String(one), 'base64').toString() : one)}\n`;
  };
  return Object.entries(value as object)
    .map(([name, one]) => field(name, one))
    .join('');
}

function groupByTopic(records: readonly CaseRecord[]): Map<string, CaseRecord[]> {
  const groups = new Map<string, CaseRecord[]>();
  for (const record of records) groups.set(record.topic, [...(groups.get(record.topic) ?? []), record]);
  return groups;
}
