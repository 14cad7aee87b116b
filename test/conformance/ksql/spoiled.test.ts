/** Cases that pass, each spoiled in one place: every one must fail, or the runner compares too little. */
import { LosslessNumber } from 'lossless-json';
import { expect, it } from 'vitest';
import { describeShared } from '../../shared.ts';
import { casesPath, jsonText, readCases } from './cases.ts';
import type { Json, KsqlCase } from './cases.ts';
import { judgeCase } from './judge.ts';

/** The case with something else in it; undefined when it has nothing that could be spoiled so. */
type Spoil = (one: KsqlCase) => KsqlCase | undefined;

const outputsOf = (one: KsqlCase): Json[] => (one.json['outputs'] ?? []) as Json[];

const withOutputs = (one: KsqlCase, outputs: readonly Json[]): KsqlCase => ({ ...one, json: { ...one.json, outputs } });

/** Changes the first output for which `change` gives something. */
function output(change: (record: Json) => Json | undefined): Spoil {
  return (one) => {
    const outputs = outputsOf(one);
    for (const [i, record] of outputs.entries()) {
      const changed = change(record);
      if (changed !== undefined) return withOutputs(one, outputs.with(i, changed));
    }
    return undefined;
  };
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);

/** Changes the first field of a value that `change` takes. */
function field(change: (value: unknown) => unknown): Spoil {
  return output((record) => {
    const { value } = record;
    if (!isObject(value)) return undefined;
    const name = Object.keys(value).find((one) => change(value[one]) !== undefined);
    return name === undefined ? undefined : { ...record, value: { ...value, [name]: change(value[name]) } };
  });
}

const number = (change: (text: string) => string | undefined) => (value: unknown) => {
  const text = value instanceof LosslessNumber ? change(value.toString()) : undefined;
  return text === undefined ? undefined : new LosslessNumber(text);
};

const post = (name: string, change: (post: Json) => Json | undefined): [string, Spoil] => [
  name,
  (one) => {
    const changed = one.expected === undefined && isObject(one.json['post']) ? change(one.json['post']) : undefined;
    return changed && { ...one, json: { ...one.json, post: changed } };
  },
];

const source = (name: string, change: (source: Json) => Json | undefined): [string, Spoil] =>
  post(name, (given) => {
    const [first, ...rest] = (given['sources'] ?? []) as Json[];
    const changed = first && change(first);
    return changed && { ...given, sources: [changed, ...rest] };
  });

const expected = (change: (one: NonNullable<KsqlCase['expected']>) => KsqlCase['expected']): Spoil => {
  return (one) =>
    one.expected === undefined || one.hasInputs ? undefined : { ...one, expected: change(one.expected) };
};

const spoils: readonly [string, Spoil][] = [
  ['another number', field(number((text) => (/^\d+$/.test(text) ? String(BigInt(text) + 1n) : undefined)))],
  ['a number with another sign', field(number((text) => (/^[1-9]\d*$/.test(text) ? `-${text}` : undefined)))],
  [
    'a long off by one',
    field(number((text) => (text.length > 16 && /^\d+$/.test(text) ? String(BigInt(text) - 1n) : undefined))),
  ],
  [
    'a fraction off',
    field(
      number((text) =>
        /^\d+\.\d+$/.test(text) ? text.replace(/\d$/, (d) => String((Number(d) + 1) % 10)) : undefined,
      ),
    ),
  ],
  [
    'a decimal with another scale',
    (one) =>
      one.json['properties'] === undefined &&
      one.name.includes('JSON') === false &&
      /AVRO|JSON_SR|PROTOBUF/i.test(one.statements.join())
        ? undefined
        : field(number((text) => (/^\d+\.\d+$/.test(text) ? `${text}0` : undefined)))(one),
  ],
  [
    'a number where a text is',
    field((value) => (typeof value === 'string' && !/^[-\d.]+$/.test(value) ? new LosslessNumber('1') : undefined)),
  ],
  ['a text where a number is', field((value) => (value instanceof LosslessNumber ? `${value}x` : undefined))],
  ['another text', field((value) => (typeof value === 'string' && value !== '' ? `${value}x` : undefined))],
  [
    'another case',
    field((value) => (typeof value === 'string' && /^[a-z]+$/.test(value) ? value.toUpperCase() : undefined)),
  ],
  ['a boolean turned', field((value) => (typeof value === 'boolean' ? !value : undefined))],
  ['null for a field', field((value) => (value instanceof LosslessNumber ? null : undefined))],
  ['a field for null', field((value) => (value === null ? 'x' : undefined))],
  ['a longer list', field((value) => (Array.isArray(value) ? [...value, value[0] ?? 'x'] : undefined))],
  ['a shorter list', field((value) => (Array.isArray(value) && value.length > 0 ? value.slice(1) : undefined))],
  [
    'a list turned',
    field((value) =>
      Array.isArray(value) && jsonText(value) !== jsonText(value.toReversed()) ? value.toReversed() : undefined,
    ),
  ],
  ['one field more inside', field((value) => (isObject(value) ? { ...value, more: null } : undefined))],
  [
    'one field more',
    output((record) =>
      isObject(record['value']) ? { ...record, value: { ...record['value'], MORE: null } } : undefined,
    ),
  ],
  [
    'one field less',
    output((record) =>
      isObject(record['value']) && Object.keys(record['value']).length > 1
        ? { ...record, value: Object.fromEntries(Object.entries(record['value']).slice(1)) }
        : undefined,
    ),
  ],
  [
    'a field of another name',
    output((record) =>
      isObject(record['value']) && Object.keys(record['value']).length > 0
        ? {
            ...record,
            value: Object.fromEntries(Object.entries(record['value']).map(([name, value]) => [`${name}_`, value])),
          }
        : undefined,
    ),
  ],
  ['null for a value', output((record) => (isObject(record['value']) ? { ...record, value: null } : undefined))],
  [
    'a value for null',
    output((record) => (record['value'] === null ? { ...record, value: { A: new LosslessNumber('1') } } : undefined)),
  ],
  [
    'another key',
    output((record) => (typeof record['key'] === 'string' ? { ...record, key: `${record['key']}x` } : undefined)),
  ],
  [
    'no key',
    output((record) => (record['key'] === undefined || record['key'] === null ? undefined : { ...record, key: null })),
  ],
  [
    'a key for none',
    output((record) => (record['key'] === undefined || record['key'] === null ? { ...record, key: 'x' } : undefined)),
  ],
  ['another start of the window', output((record) => window(record, 'start'))],
  ['another end of the window', output((record) => window(record, 'end'))],
  [
    'another kind of window',
    output((record) =>
      isObject(record['window'])
        ? {
            ...record,
            window: {
              ...record['window'],
              type: String(record['window']['type']).toLowerCase() === 'session' ? 'time' : 'session',
            },
          }
        : undefined,
    ),
  ],
  ['no window', output((record) => (isObject(record['window']) ? { ...record, window: undefined } : undefined))],
  [
    'a window where none is',
    output((record) =>
      record['window'] === undefined && record['key'] !== undefined
        ? { ...record, window: { start: new LosslessNumber('0'), end: new LosslessNumber('1'), type: 'time' } }
        : undefined,
    ),
  ],
  [
    'another time',
    output((record) =>
      record['timestamp'] === undefined || Number(String(record['timestamp'])) < 1
        ? undefined
        : { ...record, timestamp: new LosslessNumber(String(Number(String(record['timestamp'])) + 1)) },
    ),
  ],
  [
    'no headers',
    output((record) =>
      Array.isArray(record['headers']) && record['headers'].length > 0 ? { ...record, headers: undefined } : undefined,
    ),
  ],
  [
    'a header more',
    output((record) => ({
      ...record,
      headers: [...((record['headers'] ?? []) as unknown[]), { KEY: 'more', VALUE: null }],
    })),
  ],
  [
    'a header of other bytes',
    output((record) =>
      Array.isArray(record['headers']) && record['headers'].length > 0
        ? { ...record, headers: (record['headers'] as Json[]).map((header) => ({ ...header, VALUE: 'eHh4' })) }
        : undefined,
    ),
  ],
  ['a record less', (one) => (outputsOf(one).length > 1 ? withOutputs(one, outputsOf(one).slice(0, -1)) : undefined)],
  [
    'a record more',
    (one) =>
      outputsOf(one).length > 0 ? withOutputs(one, [...outputsOf(one), outputsOf(one).at(-1) as Json]) : undefined,
  ],
  [
    'two records swapped',
    (one) => {
      const outputs = outputsOf(one);
      const at = outputs.findIndex(
        (record, i) =>
          outputs[i + 1]?.['topic'] === record['topic'] &&
          jsonText(outputs[i + 1]?.['value']) !== jsonText(record['value']),
      );
      return at < 0
        ? undefined
        : withOutputs(one, outputs.with(at, outputs[at + 1] as Json).with(at + 1, outputs[at] as Json));
    },
  ],
  ['another error', expected(({ type }) => ({ type, message: 'This is not what it says.' }))],
  ['another class of error', expected(({ message }) => ({ type: 'StreamsException', message }))],
  [
    'an error where none is',
    (one) =>
      one.expected === undefined
        ? { ...one, hasInputs: false, expected: { type: 'KsqlException', message: '' } }
        : undefined,
  ],
  ['no error where one is', (one) => (one.expected === undefined ? undefined : { ...one, expected: undefined })],
  source('a source of another name', (given) => ({ ...given, name: 'NOBODY' })),
  source('a source of another kind', (given) => ({
    ...given,
    type: String(given['type']).toLowerCase() === 'table' ? 'stream' : 'table',
  })),
  source('a source with a column more', (given) =>
    typeof given['schema'] === 'string' ? { ...given, schema: `${given['schema']}, MORE INT` } : undefined,
  ),
  source('a source with a window', (given) =>
    isObject(given['keyFormat']) && given['keyFormat']['windowType'] === undefined
      ? { ...given, keyFormat: { ...given['keyFormat'], windowType: 'HOPPING' } }
      : undefined,
  ),
  source('a source of another format', (given) =>
    typeof given['valueFormat'] === 'string' ? { ...given, valueFormat: 'NONE' } : undefined,
  ),
  post('a topic that must not be', (given) => ({ ...given, topics: { blacklist: '.*' } })),
];

function window(record: Json, name: 'start' | 'end'): Json | undefined {
  const given = record['window'];
  if (!isObject(given)) return undefined;
  // The end of a window of time is not in its key: it is wrong in the comparison only.
  return { ...record, window: { ...given, [name]: new LosslessNumber(String(Number(String(given[name])) + 1)) } };
}

describeShared('spoiled ksqlDB cases', casesPath, () => {
  const cases = readCases('query');

  it.each(spoils)('%s', (_, spoil) => {
    // The first three that pass as they are and can be spoiled so.
    let tried = 0;
    for (const one of cases) {
      const spoiled = spoil(one);
      if (spoiled === undefined || judgeCase(one).status !== 'passed') continue;
      expect(judgeCase(spoiled).status, `${one.file} | ${one.name}`).toBe('failed');
      if (++tried === 3) return;
    }
    expect(tried).toBeGreaterThan(0);
  });
});
