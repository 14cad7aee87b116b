/** What the topics got against what a case expects, as the README beside the cases says. */
import { LosslessNumber, parse } from 'lossless-json';
import { keyColumns, valueColumns } from '../../../src/sql/catalog/source.ts';
import type { DataSource, FormatSpec, SourceColumn } from '../../../src/sql/catalog/source.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import { avroJson } from './avro-json.ts';
import { jsonText } from './cases.ts';
import type { Json } from './cases.ts';
import { columnsText, headersOf } from './encode-record.ts';
import { protobufJson } from './protobuf-json.ts';
import type { ProtobufText } from './protobuf-json.ts';

export interface CompareOptions {
  /** An expected time of 0 accepts any: the records come from INSERT VALUES. */
  readonly anyTimeForZero: boolean;
  /** Numbers of JSON are exact decimals with a scale; otherwise they are right within a millionth. */
  readonly exact: boolean;
}

/** Throws the first difference. */
export function compareAll(
  expected: readonly Json[],
  options: CompareOptions,
  written: (topic: string) => readonly FedRecord[],
  sourceOf: (topic: string) => DataSource,
  schemaOf: (id: number) => ProtobufText,
): void {
  for (const topic of new Set(expected.map((record) => String(record['topic'])))) {
    const source = sourceOf(topic);
    const wanted = expected.filter((record) => record['topic'] === topic);
    const got = written(topic);
    const shown = (): string => got.map((record) => show(record, source)).join('\n      ');
    wanted.forEach((record, i) => {
      const actual = got[i];
      if (actual === undefined) return;
      const why = compareRecord(record, actual, source, schemaOf, options);
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
  schemaOf: (id: number) => ProtobufText,
  { anyTimeForZero, exact }: CompareOptions,
): string | undefined {
  if (source.window === undefined && wanted['window'] !== undefined && wanted['window'] !== null)
    return 'its key has no window';
  let { key } = got;
  if (source.window !== undefined && key !== null) {
    const window = wanted['window'] as Json | undefined;
    if (window === undefined) return 'its key has a window';
    const session = source.window.type === 'SESSION';
    if ((String(window['type']).toLowerCase() === 'session') !== session)
      return `its window is ${session ? 'a session' : 'one of time'}`;
    const start = Number(key.readBigInt64BE(key.length - 8));
    const end = session ? Number(key.readBigInt64BE(key.length - 16)) : start + (source.window.sizeMs ?? 0);
    if (start !== Number(String(window['start'])) || end !== Number(String(window['end'])))
      return `window ${start} ${end}`;
    key = key.subarray(0, key.length - (session ? 16 : 8));
  }
  const keyWhy = compareSide(wanted['key'] ?? null, key, source.keyFormat, keyColumns(source), schemaOf, exact);
  if (keyWhy !== undefined) return `key: ${keyWhy}`;
  const valueWhy = compareSide(
    wanted['value'] ?? null,
    got.value,
    source.valueFormat,
    valueColumns(source),
    schemaOf,
    exact,
  );
  if (valueWhy !== undefined) return `value: ${valueWhy}`;
  const time = wanted['timestamp'];
  const anyTime = time === undefined || time === null || (anyTimeForZero && Number(String(time)) === 0);
  if (!anyTime && Number(String(time)) !== got.timestamp) return `timestamp ${got.timestamp}`;
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
  spec: FormatSpec,
  columns: readonly SourceColumn[],
  schemaOf: (id: number) => ProtobufText,
  exact: boolean,
): string | undefined {
  if (wanted === null || got === null) return wanted === null && got === null ? undefined : `is ${String(got)}`;
  switch (spec.format) {
    case 'PROTOBUF':
    case 'PROTOBUF_NOSR': {
      const framed = spec.format === 'PROTOBUF';
      const text = framed ? schemaOf(got.readInt32BE(1)) : { schema: columnsText(columns, spec) };
      const read = protobufJson(got, framed, text, spec.nullableRepresentation === 'OPTIONAL');
      return compareJson(wanted, emptyBytesAsNull(read, columns), true);
    }
    case 'AVRO':
      return compareJson(wanted, avroJson(got, schemaOf(got.readInt32BE(1)).schema), true);
    case 'JSON_SR':
      return compareJson(wanted, parse(got.toString('utf8', 5)), true);
    case 'JSON':
      return compareJson(wanted, parse(got.toString('utf8')), !exact);
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

/** Empty BYTES at the top level count as null. */
function emptyBytesAsNull(value: unknown, columns: readonly SourceColumn[]): unknown {
  const bytes = new Set(columns.flatMap(({ name, type }) => (type.kind === 'BYTES' ? [name.toUpperCase()] : [])));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, one]) => [
      name,
      one === '' && bytes.has(name.toUpperCase()) ? null : one,
    ]),
  );
}

/** `loose`: numbers within a millionth. */
function compareJson(wanted: unknown, got: unknown, loose = false): string | undefined {
  if (wanted === null || got === null)
    return wanted === got ? undefined : `${jsonText(got)} is not ${jsonText(wanted)}`;
  if (wanted instanceof LosslessNumber) {
    if (!(got instanceof LosslessNumber)) return `${jsonText(got)} is not ${wanted}`;
    const [a, b] = [wanted.toString(), got.toString()];
    // `1.0E12` is a whole number too: its scale is not positive.
    const whole = [a, b].map(wholeOf);
    const integers = whole.every((one) => one !== undefined) && /^-?\d+$/.test(a);
    const same = integers ? whole[0] === whole[1] : canonical(a) === canonical(b);
    const near = loose && !integers && Math.abs(Number(a) - Number(b)) < 1e-6;
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
      if (!Object.hasOwn(got, own)) {
        // Where the numbers of fields agree, a field that is not there is as good as null.
        if ((wanted as Json)[name] === null) continue;
        return `${name} is missing in ${jsonText(got)}`;
      }
      const why = compareJson((wanted as Json)[name], (got as Json)[own], loose);
      if (why !== undefined) return `${name}: ${why}`;
    }
    return undefined;
  }
  if (typeof wanted === 'string' && got instanceof LosslessNumber)
    return canonical(wanted) === canonical(got.toString()) ? undefined : `${got} is not ${wanted}`;
  return wanted === got ? undefined : `${jsonText(got)} is not ${jsonText(wanted)}`;
}

/** The value of a number whose scale is not positive. */
function wholeOf(text: string): bigint | undefined {
  const match = /^(-?\d+)(?:\.(\d+))?(?:[eE]\+?(\d+))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = '0'] = match;
  const zeros = Number(exponent) - fraction.length;
  return zeros < 0 ? undefined : BigInt(whole + fraction) * 10n ** BigInt(zeros);
}

/** A decimal with its scale: `1.0E10` and `10000000000.0` differ only in form. */
function canonical(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  return `${sign === '-' ? '-' : ''}${(whole + fraction).replace(/^0+(?=\d)/, '')}e${Number(exponent) - fraction.length}`;
}
