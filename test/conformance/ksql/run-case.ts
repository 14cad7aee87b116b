/**
 * Runs a planned case: its persistent queries one after the other, one input record at a time, and compares what the topics
 * get with what the case expects (`README.md` beside the cases tells how). Formats that need a registry are not run yet.
 */
import { LosslessNumber, parse } from 'lossless-json';
import { messageOf } from '../../../src/core/errors.ts';
import { keyColumns, valueColumns } from '../../../src/sql/catalog/source.ts';
import type { DataSource, FormatName, SourceColumn } from '../../../src/sql/catalog/source.ts';
import { withSchemaIds } from '../../../src/sql/dialects/ksqldb/planner.ts';
import { functionLookup } from '../../../src/sql/functions/lookup.ts';
import type { PhysicalNode, PhysicalPlan } from '../../../src/sql/physical/plan.ts';
import { planDriver } from '../../../src/runtime/driver.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import { avroBytes, avroJson } from './avro-json.ts';
import { jsonText } from './cases.ts';
import type { Json, KsqlCase } from './cases.ts';
import type { PlannedCase } from './plan-case.ts';

/** A case that this runner cannot run. */
export class NotRun extends Error {}

const formats = new Set<FormatName>(['JSON', 'DELIMITED', 'KAFKA', 'NONE', 'AVRO', 'JSON_SR']);

/** The registered schemas of a case: by subject, and by id. */
type Schemas = ReadonlyMap<string, { readonly id: number; readonly schema: string }>;

/** Throws what is different. */
export function runCase(one: KsqlCase, planned: PlannedCase, rowsOnly = false): void {
  const sources = [...planned.catalog.sources.values()];
  const sourceOf = (topic: string): DataSource => {
    const found = sources.findLast((source) => source.topic === topic);
    if (found === undefined) throw new NotRun(`no source reads or writes ${topic}`);
    for (const spec of [found.keyFormat, found.valueFormat]) {
      if (!formats.has(spec.format)) throw new NotRun(`the format ${spec.format}`);
    }
    return found;
  };
  const list = (name: string): Json[] => (one.json[name] ?? []) as Json[];
  const schemas = new Map<string, { id: number; schema: string }>(
    one.schemas.map((schema) => [schema.subject, schema]),
  );
  for (const plan of planned.plans) {
    if (!('registrations' in plan)) continue;
    for (const { subject, schema } of plan.registrations) {
      if (!schemas.has(subject)) schemas.set(subject, { id: 1000 + schemas.size, schema });
    }
  }
  const ids = new Map([...schemas].map(([subject, { id }]) => [subject, id]));
  const schemaOf = (id: number): string => {
    const found = [...schemas.values()].find((schema) => schema.id === id);
    if (found === undefined) throw new Error(`no schema ${id}`);
    return found.schema;
  };
  const inputs = list('inputs').map((record) => encode(record, sourceOf(String(record['topic'])), schemas));
  const topics = new Map<string, FedRecord[]>();
  const given = new Set(inputs.map(({ topic }) => topic));
  for (const input of inputs) topics.set(input.topic, [...(topics.get(input.topic) ?? []), input]);
  const functions = functionLookup({
    now: () => 0,
    random: () => 0.5,
    uuid: () => '00000000-0000-4000-8000-000000000000',
  });
  const written = new Map<string, FedRecord[]>();
  const errors: string[] = [];
  for (const plan of planned.plans) {
    if (plan.do === 'insert-values') throw new NotRun('INSERT VALUES');
    if (plan.do !== 'start-query') continue;
    const physical = withSchemaIds(plan, ids).query.plan;
    const { root } = physical;
    if (root.node !== 'topic-sink') continue;
    const driver = planDriver(physical, {
      functions,
      schema: schemaOf,
      rowsOnly,
      onError: (error) => void errors.push(messageOf(error)),
    });
    const read = topicsOf(plan.query.plan);
    const feed = [
      ...inputs.filter(({ topic }) => read.has(topic)),
      ...[...read].filter((topic) => !given.has(topic)).flatMap((topic) => topics.get(topic) ?? []),
    ];
    const out = feed.flatMap((record) =>
      driver
        .feed(record)
        .map(({ key, value, timestamp, headers }) => ({ topic: root.topic, key, value, timestamp, headers })),
    );
    topics.set(root.topic, [...(topics.get(root.topic) ?? []), ...out]);
    written.set(root.topic, [...(written.get(root.topic) ?? []), ...out]);
  }
  try {
    compareAll(list('outputs'), (topic) => written.get(topic) ?? topics.get(topic) ?? [], sourceOf, schemaOf);
  } catch (error) {
    if (error instanceof NotRun || errors.length === 0) throw error;
    throw new Error(`${messageOf(error)}\n    noted: ${errors.slice(0, 3).join('; ')}`, { cause: error });
  }
}

function topicsOf(plan: PhysicalPlan): Set<string> {
  const found = new Set<string>();
  const visit = (node: PhysicalNode): void => {
    if (node.node === 'source') found.add(node.topic);
    else if ('left' in node) {
      visit(node.left);
      visit(node.right);
    } else visit(node.input);
  };
  visit(plan.root.input);
  return found;
}

// ---- inputs

function encode(record: Json, source: DataSource, schemas: Schemas): FedRecord {
  const window = record['window'] as Json | undefined;
  const bare = side(
    record['key'] ?? null,
    source.keyFormat.format,
    keyColumns(source),
    schemas.get(`${source.topic}-key`),
  );
  let key = bare;
  if (window !== undefined && window !== null && bare !== null) {
    const suffix = Buffer.alloc(8);
    suffix.writeBigInt64BE(BigInt(String(window['start'])));
    const end = Buffer.alloc(8);
    end.writeBigInt64BE(BigInt(String(window['end'])));
    key = Buffer.concat(String(window['type']).toLowerCase() === 'session' ? [bare, end, suffix] : [bare, suffix]);
  }
  return {
    topic: String(record['topic']),
    key,
    value: side(
      record['value'] ?? null,
      source.valueFormat.format,
      valueColumns(source),
      schemas.get(`${source.topic}-value`),
    ),
    timestamp: Number(String(record['timestamp'] ?? 0)),
    headers: headersOf(record),
  };
}

function headersOf(record: Json): { key: string; value: Buffer | null }[] {
  return ((record['headers'] ?? []) as Json[]).map((header) => ({
    key: String(header['KEY']),
    value:
      header['VALUE'] === null || header['VALUE'] === undefined ? null : Buffer.from(String(header['VALUE']), 'base64'),
  }));
}

function side(
  value: unknown,
  format: FormatName,
  columns: readonly SourceColumn[],
  schema: { readonly id: number; readonly schema: string } | undefined,
): Buffer | null {
  if (value === null || format === 'NONE') return null;
  if (format === 'AVRO' || format === 'JSON_SR') {
    if (schema === undefined) throw new NotRun('no schema is registered');
    if (format === 'AVRO') return avroBytes(value, schema.id, schema.schema);
    const head = Buffer.alloc(5);
    head.writeInt32BE(schema.id, 1);
    return Buffer.concat([head, Buffer.from(jsonText(value))]);
  }
  if (format === 'JSON') return Buffer.from(jsonText(value));
  const text = typeof value === 'string' ? value : jsonText(value);
  const [column] = columns;
  if (format === 'DELIMITED' || columns.length !== 1 || column === undefined) return Buffer.from(text);
  switch (column.type.kind) {
    case 'INTEGER': {
      const out = Buffer.alloc(4);
      out.writeInt32BE(Number(text));
      return out;
    }
    case 'BIGINT': {
      const out = Buffer.alloc(8);
      out.writeBigInt64BE(BigInt(text));
      return out;
    }
    case 'DOUBLE': {
      const out = Buffer.alloc(8);
      out.writeDoubleBE(Number(text));
      return out;
    }
    default:
      return Buffer.from(text);
  }
}

// ---- outputs

function compareAll(
  expected: readonly Json[],
  written: (topic: string) => readonly FedRecord[],
  sourceOf: (topic: string) => DataSource,
  schemaOf: (id: number) => string,
): void {
  for (const topic of new Set(expected.map((record) => String(record['topic'])))) {
    const source = sourceOf(topic);
    const wanted = expected.filter((record) => record['topic'] === topic);
    const got = written(topic);
    const shown = (): string => got.map((record) => show(record, source)).join('\n      ');
    wanted.forEach((record, i) => {
      const actual = got[i];
      if (actual === undefined) return;
      const why = compareRecord(record, actual, source, schemaOf);
      if (why !== undefined)
        throw new Error(`record ${i} of ${topic}: ${why}\n    wanted ${jsonText(record)}\n    got\n      ${shown()}`);
    });
    if (wanted.length !== got.length)
      throw new Error(`${topic} has ${got.length} records, wanted ${wanted.length}\n    got\n      ${shown()}`);
  }
}

function show({ key, value, timestamp }: FedRecord, source: DataSource): string {
  const of = (bytes: Buffer | null): string => (bytes === null ? 'null' : JSON.stringify(bytes.toString('latin1')));
  return `${of(key)} ${of(value)} @${timestamp} ${source.name}`;
}

function compareRecord(
  wanted: Json,
  got: FedRecord,
  source: DataSource,
  schemaOf: (id: number) => string,
): string | undefined {
  let { key } = got;
  if (source.window !== undefined && key !== null) {
    const window = wanted['window'] as Json | undefined;
    if (window === undefined) return 'its key has a window';
    const session = source.window.type === 'SESSION';
    const start = Number(key.readBigInt64BE(key.length - 8));
    const end = session ? Number(key.readBigInt64BE(key.length - 16)) : start + (source.window.sizeMs ?? 0);
    if (start !== Number(String(window['start'])) || end !== Number(String(window['end'])))
      return `window ${start} ${end}`;
    key = key.subarray(0, key.length - (session ? 16 : 8));
  }
  const keyWhy = compareSide(wanted['key'] ?? null, key, source.keyFormat.format, keyColumns(source), schemaOf);
  if (keyWhy !== undefined) return `key: ${keyWhy}`;
  const valueWhy = compareSide(
    wanted['value'] ?? null,
    got.value,
    source.valueFormat.format,
    valueColumns(source),
    schemaOf,
  );
  if (valueWhy !== undefined) return `value: ${valueWhy}`;
  const time = wanted['timestamp'];
  if (time !== undefined && Number(String(time)) !== got.timestamp) return `timestamp ${got.timestamp}`;
  const text = (headers: FedRecord['headers']): string =>
    (headers ?? [])
      .map(({ key: name, value }) => `${name}=${value === null ? 'null' : Buffer.from(value).toString('base64')}`)
      .join();
  if (text(headersOf(wanted)) !== text(got.headers)) return `headers ${text(got.headers)}`;
  return undefined;
}

function compareSide(
  wanted: unknown,
  got: Buffer | null,
  format: FormatName,
  columns: readonly SourceColumn[],
  schemaOf: (id: number) => string,
): string | undefined {
  if (wanted === null || got === null) return wanted === null && got === null ? undefined : `is ${String(got)}`;
  switch (format) {
    case 'AVRO':
      return compareJson(wanted, avroJson(got, schemaOf(got.readInt32BE(1))), true);
    case 'JSON_SR':
      return compareJson(wanted, parse(got.toString('utf8', 5)), true);
    case 'JSON':
      return compareJson(wanted, parse(got.toString('utf8')));
    case 'KAFKA': {
      const kind = columns.length === 1 ? columns[0]?.type.kind : undefined;
      if (kind === 'INTEGER') return compareJson(wanted, new LosslessNumber(String(got.readInt32BE(0))));
      if (kind === 'BIGINT') return compareJson(wanted, new LosslessNumber(String(got.readBigInt64BE(0))));
      if (kind === 'DOUBLE')
        return Number(jsonText(wanted)) === got.readDoubleBE(0) ? undefined : `is ${got.readDoubleBE(0)}`;
      return (typeof wanted === 'string' ? wanted : jsonText(wanted)) === got.toString('utf8')
        ? undefined
        : `is ${got.toString('utf8')}`;
    }
    default:
      return (typeof wanted === 'string' ? wanted : jsonText(wanted)) === got.toString('utf8')
        ? undefined
        : `is ${got.toString('utf8')}`;
  }
}

/** `loose`: numbers within a millionth. */
function compareJson(wanted: unknown, got: unknown, loose = false): string | undefined {
  if (wanted === null || got === null)
    return wanted === got ? undefined : `${jsonText(got)} is not ${jsonText(wanted)}`;
  if (wanted instanceof LosslessNumber) {
    if (!(got instanceof LosslessNumber)) return `${jsonText(got)} is not ${wanted}`;
    const [a, b] = [wanted.toString(), got.toString()];
    const same = /^-?\d+$/.test(a) && /^-?\d+$/.test(b) ? BigInt(a) === BigInt(b) : canonical(a) === canonical(b);
    const near = loose && Math.abs(Number(a) - Number(b)) < 1e-6;
    return same || near ? undefined : `${b} is not ${a}`;
  }
  if (Array.isArray(wanted)) {
    if (!Array.isArray(got) || got.length !== wanted.length) return `${jsonText(got)} is not ${jsonText(wanted)}`;
    for (let i = 0; i < wanted.length; i++) {
      const why = compareJson(wanted[i], got[i], loose);
      if (why !== undefined) return `[${i}] ${why}`;
    }
    return undefined;
  }
  if (typeof wanted === 'object') {
    if (typeof got !== 'object' || Array.isArray(got) || got instanceof LosslessNumber)
      return `${jsonText(got)} is no object`;
    const names = Object.keys(wanted);
    if (names.length !== Object.keys(got).length) return `${jsonText(got)} has other fields than ${jsonText(wanted)}`;
    for (const name of names) {
      const own = Object.hasOwn(got, name) ? name : name.toUpperCase();
      if (!Object.hasOwn(got, own)) return `${name} is missing in ${jsonText(got)}`;
      const why = compareJson((wanted as Json)[name], (got as Json)[own], loose);
      if (why !== undefined) return `${name}: ${why}`;
    }
    return undefined;
  }
  if (typeof wanted === 'string' && got instanceof LosslessNumber)
    return canonical(wanted) === canonical(got.toString()) ? undefined : `${got} is not ${wanted}`;
  return wanted === got ? undefined : `${jsonText(got)} is not ${jsonText(wanted)}`;
}

/** A decimal with its scale: `1.0E10` and `10000000000.0` differ only in form. */
function canonical(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return `${sign === '-' ? '-' : ''}${(whole + fraction).replace(/^0+(?=\d)/, '')}e${Number(exponent) - fraction.length}`;
}
