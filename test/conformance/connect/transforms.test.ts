/**
 * Our transformations beside those of Apache Kafka: the same record and the same configuration give the same topic, key, value and headers,
 * schemas included, or fail with the same class and text.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { jsonConverter } from '../../../src/connect/converters/json-converter.ts';
import { int64, logicalNames } from '../../../src/connect/data/schema.ts';
import type { ConnectSchema, ConnectValue } from '../../../src/connect/data/schema.ts';
import { traceOf } from '../../../src/connect/errors.ts';
import { transformChain } from '../../../src/connect/transforms/chain.ts';
import { bytesOf } from '../../../src/connect/transforms/decimals.ts';
import type { ConnectRecord } from '../../../src/connect/transforms/record.ts';
import { describePeer, javaProgram } from '../../peers.ts';

interface Case {
  readonly record: 'plain' | 'wide';
  readonly config: Readonly<Record<string, string>>;
}

const short = 'org.apache.kafka.connect.transforms.';

/** One transformation: `InsertField$Value a=b c=d`. */
function one(record: Case['record'], type: string, options: Readonly<Record<string, string>> = {}): Case {
  const own = Object.entries(options).map(([name, value]) => [`transforms.t.${name}`, value]);
  return { record, config: { transforms: 't', 'transforms.t.type': short + type, ...Object.fromEntries(own) } };
}

/** One under a condition. */
function when(
  record: Case['record'],
  predicate: string,
  options: Readonly<Record<string, string>>,
  negate = false,
): Case {
  const own = Object.entries(options).map(([name, value]) => [`predicates.p.${name}`, value]);
  return {
    record,
    config: {
      ...one(record, 'Filter').config,
      'transforms.t.predicate': 'p',
      ...(negate ? { 'transforms.t.negate': 'true' } : {}),
      predicates: 'p',
      'predicates.p.type': `${short}predicates.${predicate}`,
      ...Object.fromEntries(own),
    },
  };
}

const castTypes = ['int8', 'int16', 'int32', 'int64', 'float32', 'float64', 'boolean', 'string'];
/** Whose floats Java before 19 prints with more digits than it takes. */
const longFloats = new Set(['i64', 'f64', 'ts']);
const castable = ['i8', 'i16', 'i32', 'i64', 'f32', 'f64', 'bool', 'num', 'dec', 'date', 'time', 'ts'];
const patterns = [
  'yyyy-MM-dd HH:mm:ss.SSS',
  'EEE, d MMM yyyy h:mm a',
  "yy'y'DDD",
  'yyyyMMddHHmmss',
  "EEEE MMMM u k K 'o''clock' Z z X",
];

const cases: readonly Case[] = [
  ...['topic', 'topic!', 'topic?'].map((name) => one('plain', 'InsertField$Value', { 'topic.field': name })),
  one('wide', 'InsertField$Value', {
    'topic.field': 't',
    'partition.field': 'p!',
    'timestamp.field': 'at',
    'static.field': 's',
    'static.value': 'v',
  }),
  one('plain', 'InsertField$Value', { 'timestamp.field': 'at', 'partition.field': 'p' }),
  one('plain', 'InsertField$Value', { 'timestamp.field': 'at!' }),
  one('plain', 'InsertField$Value', { 'offset.field': 'o' }),
  one('plain', 'InsertField$Value', { 'static.field': 's' }),
  one('plain', 'InsertField$Value'),
  one('plain', 'InsertField$Value', { 'static.field': 'brand', 'static.value': 'x' }),
  one('plain', 'InsertField$Key', { 'topic.field': 't' }),
  one('wide', 'InsertField$Value', { 'topic.field': 't', 'replace.null.with.default': 'false' }),
  one('plain', 'ReplaceField$Value', { exclude: 'rating' }),
  one('plain', 'ReplaceField$Value', { include: 'rating,brand', renames: 'rating:stars' }),
  one('plain', 'ReplaceField$Value', { exclude: 'rating', include: 'rating' }),
  one('plain', 'ReplaceField$Value', { renames: 'rating:brand' }),
  one('plain', 'ReplaceField$Value'),
  one('wide', 'ReplaceField$Value', { include: 'def,opt,nested' }),
  one('plain', 'ReplaceField$Key', { exclude: 'x' }),
  one('plain', 'MaskField$Value', { fields: 'brand,rating' }),
  one('plain', 'MaskField$Value', { fields: 'brand,rating', replacement: '9' }),
  one('plain', 'MaskField$Value', { fields: 'brand,rating', replacement: 'xxx' }),
  one('wide', 'MaskField$Value', { fields: 'i8,i16,i32,i64,f32,f64,bool,str,date,time,ts,opt,def' }),
  ...['bytes', 'nested', 'dec'].map((name) => one('wide', 'MaskField$Value', { fields: name })),
  ...['bool', 'bytes', 'date', 'ts', 'i8', 'i64', 'f32', 'f64', 'dec'].map((name) =>
    one('wide', 'MaskField$Value', { fields: name, replacement: '77' }),
  ),
  one('wide', 'MaskField$Value', { fields: 'i8', replacement: '300' }),
  one('wide', 'MaskField$Value', { fields: 'dec', replacement: '1.25' }),
  ...(
    [
      ['i16', '70000'],
      ['i8', '1.9'],
      ['f64', '1.9'],
      ['i64', '1e3'],
      ['i32', ' 5'],
      ['i32', '.'],
    ] as const
  ).map(([name, replacement]) => one('wide', 'MaskField$Value', { fields: name, replacement })),
  one('plain', 'MaskField$Key', { fields: 'a' }),
  one('plain', 'ValueToKey', { fields: 'brand' }),
  one('plain', 'ValueToKey', { fields: 'rating,brand' }),
  one('plain', 'ValueToKey', { fields: 'nope' }),
  one('plain', 'ExtractField$Value', { field: 'rating' }),
  one('plain', 'ExtractField$Value', { field: 'nope' }),
  one('plain', 'ExtractField$Key', { field: 'brand' }),
  one('wide', 'ExtractField$Value', { field: 'nested.x', 'field.syntax.version': 'V2' }),
  one('wide', 'ExtractField$Value', { field: 'nested.y', 'field.syntax.version': 'V2' }),
  one('wide', 'ExtractField$Value', { field: 'nested.deep.z', 'field.syntax.version': 'V2' }),
  one('wide', 'ExtractField$Value', { field: 'nested.`x`', 'field.syntax.version': 'v2' }),
  one('wide', 'ExtractField$Value', { field: 'nested.`x', 'field.syntax.version': 'V2' }),
  one('wide', 'ExtractField$Value', { field: 'nested.x' }),
  one('wide', 'ExtractField$Value', { field: 'def' }),
  one('wide', 'ExtractField$Value', { field: 'def', 'replace.null.with.default': 'false' }),
  one('plain', 'HoistField$Value', { field: 'inside' }),
  one('plain', 'HoistField$Key', { field: 'brand' }),
  one('wide', 'HoistField$Key', { field: 'k' }),
  ...castTypes.flatMap((type) =>
    castable
      .filter((field) => type !== 'float32' || !longFloats.has(field))
      .map((field) => one('wide', 'Cast$Value', { spec: `${field}:${type}` })),
  ),
  ...['str', 'bytes', 'nested', 'opt', 'def'].flatMap((field) =>
    ['int32', 'string', 'boolean'].map((type) => one('wide', 'Cast$Value', { spec: `${field}:${type}` })),
  ),
  ...castTypes.map((type) => one('plain', 'Cast$Key', { spec: type })),
  one('plain', 'Cast$Value', { spec: 'string' }),
  one('plain', 'Cast$Value', { spec: 'rating:bytes' }),
  one('plain', 'Cast$Value', { spec: 'rating:int64,duration:float64' }),
  one('plain', 'Cast$Value', { spec: 'a:b:c' }),
  one('plain', 'Cast$Key', { spec: 'a:int32' }),
  ...['string', 'unix', 'Date', 'Time', 'Timestamp'].flatMap((target) =>
    ['i64', 'date', 'time', 'ts', 'when', 'i32', 'opt', 'nope'].map((field) =>
      one('wide', 'TimestampConverter$Value', { field, 'target.type': target, format: 'yyyy-MM-dd HH:mm:ss.SSS' }),
    ),
  ),
  ...['seconds', 'milliseconds', 'microseconds', 'nanoseconds'].flatMap((precision) => [
    one('wide', 'TimestampConverter$Value', { field: 'ts', 'target.type': 'unix', 'unix.precision': precision }),
    one('wide', 'TimestampConverter$Value', { field: 'i64', 'target.type': 'Timestamp', 'unix.precision': precision }),
  ]),
  ...patterns.map((format) =>
    one('wide', 'TimestampConverter$Value', { field: 'ts', 'target.type': 'string', format }),
  ),
  one('wide', 'TimestampConverter$Value', { field: 'when', 'target.type': 'unix', format: 'yyyy-MM-dd' }),
  one('wide', 'TimestampConverter$Value', { field: 'when', 'target.type': 'unix', format: 'dd.MM.yyyy' }),
  one('wide', 'TimestampConverter$Value', { field: 'num', 'target.type': 'unix', format: 'yyyyMMdd' }),
  one('wide', 'TimestampConverter$Value', { field: 'ts', 'target.type': 'string' }),
  one('wide', 'TimestampConverter$Value', { field: 'ts', 'target.type': 'string', format: 'qqq' }),
  one('plain', 'TimestampConverter$Key', { 'target.type': 'unix', format: 'yyyy' }),
  one('plain', 'TimestampConverter$Value', { 'target.type': 'unix' }),
  one('wide', 'TimestampRouter'),
  one('wide', 'TimestampRouter', { 'topic.format': '${timestamp}/${topic}/${topic}', 'timestamp.format': 'yyyy-MM' }),
  ...['commercials_(.*)', 'commercials', '.*', '(x)?.*', '(?<kind>.*)_json'].map((regex) =>
    one('plain', 'RegexRouter', { regex, replacement: 'ratings-$1' }),
  ),
  one('plain', 'RegexRouter', { regex: 'commercials_(?<kind>.*)', replacement: '${kind}\\$1$10' }),
  one('plain', 'RegexRouter', { regex: 'commercials_(?<kind>.*)', replacement: '${nope}' }),
  one('plain', 'Flatten$Value'),
  one('wide', 'Flatten$Value', { delimiter: '_' }),
  one('wide', 'Flatten$Value'),
  one('plain', 'Flatten$Key'),
  one('plain', 'SetSchemaMetadata$Value', { 'schema.name': 'n.Rating', 'schema.version': '2' }),
  one('wide', 'SetSchemaMetadata$Value', { 'schema.version': '9' }),
  one('plain', 'SetSchemaMetadata$Key', { 'schema.name': 'k' }),
  one('plain', 'Filter'),
  ...[
    'text',
    '1',
    '-129',
    '70000',
    '9999999999',
    '99999999999999999999',
    '1.5',
    '-0.1',
    '1e3',
    'true',
    'TRUE',
    'null',
    '"quoted"',
    '2022-03-17',
    '15:23:23.857Z',
    '2022-03-17T15:23:23.857Z',
    'a b',
    '',
  ].map((text) => one('plain', 'InsertHeader', { header: 'h', 'value.literal': text })),
  one('plain', 'DropHeaders', { headers: 'task.id,task.generation' }),
  one('plain', 'DropHeaders', { headers: 'nope' }),
  one('plain', 'HeaderFrom$Value', { fields: 'brand,rating', headers: 'b,r', operation: 'copy' }),
  one('plain', 'HeaderFrom$Value', { fields: 'brand,rating', headers: 'b,r', operation: 'move' }),
  one('plain', 'HeaderFrom$Value', { fields: 'brand,rating', headers: 'b', operation: 'move' }),
  one('plain', 'HeaderFrom$Value', { fields: 'nope', headers: 'b', operation: 'copy' }),
  one('plain', 'HeaderFrom$Value', { fields: 'nope', headers: 'b', operation: 'move' }),
  one('plain', 'HeaderFrom$Key', { fields: 'a', headers: 'b', operation: 'move' }),
  when('plain', 'TopicNameMatches', { pattern: 'commercials.*' }),
  when('plain', 'TopicNameMatches', { pattern: 'commercials' }),
  when('plain', 'TopicNameMatches', { pattern: 'commercials' }, true),
  when('plain', 'HasHeaderKey', { name: 'task.id' }),
  when('wide', 'HasHeaderKey', { name: 'task.id' }),
  when('plain', 'RecordIsTombstone', {}),
  when('plain', 'RecordIsTombstone', {}, true),
  {
    record: 'plain',
    config: {
      transforms: 'key,extract,cast,route',
      'transforms.key.type': `${short}ValueToKey`,
      'transforms.key.fields': 'rating',
      'transforms.extract.type': `${short}ExtractField$Key`,
      'transforms.extract.field': 'rating',
      'transforms.cast.type': `${short}Cast$Key`,
      'transforms.cast.spec': 'string',
      'transforms.route.type': `${short}RegexRouter`,
      'transforms.route.regex': '(.*)_json',
      'transforms.route.replacement': '$1',
    },
  },
];

const required = (type: ConnectSchema['type'], more: Partial<ConnectSchema> = {}): ConnectSchema => ({
  type,
  optional: false,
  ...more,
});

function plain(): ConnectRecord {
  const fields = (['brand', 'duration', 'rating'] as const).map((name) => ({
    name,
    schema: required(name === 'brand' ? 'STRING' : 'INT32'),
  }));
  return {
    topic: 'commercials_json',
    partition: null,
    timestamp: null,
    keySchema: required('STRING'),
    key: 'Acme',
    valueSchema: required('STRUCT', { name: 'commercialrating', fields }),
    value: { brand: 'Acme', duration: 30, rating: 2 },
    headers: [
      { key: 'task.generation', schema: int64, value: 0 },
      { key: 'task.id', schema: int64, value: 0 },
      { key: 'current.iteration', schema: int64, value: 17 },
    ],
  };
}

function wide(): ConnectRecord {
  const logical = (name: string, type: ConnectSchema['type'], more = {}): ConnectSchema =>
    required(type, { name, version: 1, ...more });
  const nested = required('STRUCT', {
    name: 'inner',
    fields: [
      { name: 'x', schema: required('INT32') },
      { name: 'y', schema: { type: 'STRING', optional: true, default: 'd' } },
      { name: 'deep', schema: { type: 'STRUCT', optional: true, fields: [{ name: 'z', schema: required('INT64') }] } },
    ],
  });
  const schemas: Readonly<Record<string, ConnectSchema>> = {
    i8: required('INT8'),
    i16: required('INT16'),
    i32: required('INT32'),
    i64: required('INT64'),
    f32: required('FLOAT32'),
    f64: required('FLOAT64'),
    bool: required('BOOLEAN'),
    str: required('STRING'),
    num: required('STRING'),
    when: required('STRING'),
    bytes: required('BYTES'),
    nested,
    opt: { type: 'STRING', optional: true },
    def: { type: 'INT32', optional: true, default: 7 },
    dec: logical(logicalNames.decimal, 'BYTES', { parameters: new Map([['scale', '2']]) }),
    date: logical(logicalNames.date, 'INT32'),
    time: logical(logicalNames.time, 'INT32'),
    ts: logical(logicalNames.timestamp, 'INT64'),
  };
  return {
    topic: 'wide-topic',
    partition: 4,
    timestamp: 1_647_530_603_857,
    keySchema: { type: 'STRING', optional: true },
    key: null,
    valueSchema: required('STRUCT', {
      name: 'a.Wide',
      version: 3,
      doc: 'wide',
      parameters: new Map([['p', 'q']]),
      fields: Object.entries(schemas).map(([name, schema]) => ({ name, schema })),
    }),
    value: {
      i8: -8,
      i16: 300,
      i32: 70_000,
      i64: 1_647_530_603_857,
      f32: 1.5,
      f64: -2.75e10,
      bool: true,
      str: 'text',
      num: '42',
      when: '2022-03-17 15:23:23.857',
      bytes: Buffer.from([1, 2, 3]),
      nested: { x: 5, y: null, deep: null },
      opt: null,
      def: null,
      dec: bytesOf(1250n),
      date: 19_068,
      time: 55_403_857,
      ts: 1_647_530_603_857,
    },
    headers: [],
  };
}

async function run({ record, config }: Case): Promise<object> {
  let stage = 'configuration';
  try {
    const chain = transformChain(config);
    stage = 'failure';
    const after = chain?.(record === 'plain' ? plain() : wide());
    if (after === null || after === undefined) return { filtered: true };
    const json = async (schema: ConnectSchema | null, value: ConnectValue): Promise<string | null> => {
      if (schema === null) return null;
      const options = { schemasEnable: true, decimals: 'BASE64', replaceNull: true } as const;
      const bytes = (await jsonConverter(options).prepare(after.topic, schema))(value);
      return bytes === null ? null : Buffer.from(bytes).toString('utf8');
    };
    return {
      topic: after.topic,
      key: await json(after.keySchema, after.key),
      value: await json(after.valueSchema, after.value),
      headers: await Promise.all(after.headers.map(async ({ key, schema, value }) => [key, await json(schema, value)])),
    };
  } catch (error) {
    // What a configuration throws is wrapped for the trace; the cause is what the transformation said.
    const [first = '', second] = traceOf(error).split('\nCaused by: ');
    return { [stage]: stage === 'configuration' ? (second ?? first) : first };
  }
}

describePeer('kafka-tools', "Apache Kafka's transformations", () => {
  let theirs: readonly object[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'millrace-transforms-'));
  beforeAll(async () => {
    const file = join(folder, 'cases.json');
    writeFileSync(file, JSON.stringify(cases));
    const source = fileURLToPath(new URL('ApplyTransforms.java', import.meta.url));
    const { stdout, stderr, code } = await javaProgram(source, folder, 'kafka-tools', file);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    theirs = JSON.parse(stdout) as readonly object[];
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(cases.map((each, i) => [JSON.stringify(each), each, i] as const))('%s', async (_name, each, i) => {
    expect(await run(each)).toEqual(theirs[i]);
  });
});
