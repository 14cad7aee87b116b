/**
 * The ksqlDB cases with inputs that their authors did not think of: nulls, odd texts, other times. Nobody says what comes out, but
 * the generated loop, the rows, and a task that dies at every record have to agree on it (headers and the processing log as well), and no
 * fault of ours may come to light.
 */
import { LosslessNumber } from 'lossless-json';
import { expect, it } from 'vitest';
import { messageOf, StackError } from '../../../src/core/errors.ts';
import type { FedRecord } from '../../../src/runtime/driver.ts';
import { describeShared } from '../../shared.ts';
import { casesPath, readCases } from './cases.ts';
import type { Json, KsqlCase } from './cases.ts';
import { planCase } from './plan-case.ts';
import { runQueries } from './run-case.ts';
import type { RunOptions } from './run-case.ts';

type Change = (record: Json, index: number) => Json;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber);

function leaves(value: unknown, change: (leaf: unknown, at: number) => unknown, count = { leaf: 0 }): unknown {
  if (Array.isArray(value)) return value.map((one) => leaves(one, change, count));
  if (!isObject(value)) return change(value, count.leaf++);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, leaves(one, change, count)]));
}

const values = (change: (value: Json) => unknown): Change => {
  return (record) => (isObject(record['value']) ? { ...record, value: change(record['value']) } : record);
};

const changes: readonly [string, Change][] = [
  ['every second value null', values((value) => leaves(value, (leaf, at) => (at % 2 === 0 ? null : leaf)))],
  ['no fields', values(() => ({}))],
  ['every second record without a value', (record, index) => (index % 2 === 0 ? record : { ...record, value: null })],
  [
    'odd texts',
    (record) => ({
      ...record,
      value: leaves(record['value'], (leaf) => (typeof leaf === 'string' ? 'ä,"x\\n' : leaf)),
    }),
  ],
  [
    'numbers negated',
    values((value) =>
      leaves(value, (leaf) =>
        leaf instanceof LosslessNumber && !leaf.value.startsWith('-') ? new LosslessNumber(`-${leaf.value}`) : leaf,
      ),
    ),
  ],
  [
    'numbers beyond 2^53',
    values((value) =>
      leaves(value, (leaf, at) =>
        leaf instanceof LosslessNumber && at % 2 === 1 ? new LosslessNumber('9007199254740993') : leaf,
      ),
    ),
  ],
  ['no keys', (record) => ({ ...record, key: null })],
  [
    'headers',
    (record, index) => ({
      ...record,
      headers: [
        { KEY: 'h', VALUE: 'AAEC' },
        { KEY: `ä${index}`, VALUE: index % 2 === 0 ? null : '' },
      ],
    }),
  ],
  [
    'time far ahead',
    (record, index) => ({
      ...record,
      timestamp: new LosslessNumber(String(index * (index % 3 === 2 ? 100_000_000 : 20_000))),
    }),
  ],
  ['no times', (record, index) => ({ ...record, timestamp: new LosslessNumber(index % 2 === 0 ? '-1' : '5') })],
  [
    'time going back',
    (record, index) => ({ ...record, timestamp: new LosslessNumber(String(Math.max(0, 100_000 - index * 7000))) }),
  ],
];

/** What comes out, as text; undefined when the inputs cannot be written in the case's formats. */
function outcome(
  one: KsqlCase,
  options: RunOptions,
): { readonly records: string[]; readonly errors: readonly string[] } | undefined {
  const planned = planCase(one);
  if (planned.failedAt !== undefined) return undefined;
  const { written, errors } = runQueries(one, planned, options);
  const records = [...written].flatMap(([topic, list]) =>
    list.map(
      ({ key, value, timestamp, headers = [] }) =>
        `${topic}@${timestamp} ${key?.toString('latin1') ?? null} ${value?.toString('latin1') ?? null} ${headersText(headers)}`,
    ),
  );
  return { records, errors };
}

const headersText = (headers: NonNullable<FedRecord['headers']>): string =>
  headers.map(({ key, value }) => `${key}=${value?.toString('hex') ?? null}`).join();

/** Whether the inputs can be written at all: what the harness cannot encode says nothing about the engine. */
function writable(one: KsqlCase): boolean {
  try {
    return outcome(one, {}) !== undefined;
  } catch (error) {
    // The engine's errors go to the processing log; these are of the encoding of inputs.
    if (error instanceof StackError || /encode|protobuf-json|avro-json/.test(String((error as Error).stack)))
      return false;
    throw new Error(messageOf(error), { cause: error });
  }
}

describeShared('the ksqlDB cases with odd inputs', casesPath, () => {
  it.each(changes)('agree in all ways to run: %s', { timeout: 900_000 }, (_, change) => {
    const failures: string[] = [];
    let ran = 0;
    for (const one of readCases('query')) {
      if (one.expected !== undefined || one.json['responses'] !== undefined) continue;
      const odd = { ...one, json: { ...one.json, inputs: ((one.json['inputs'] ?? []) as Json[]).map(change) } };
      if (!writable(odd)) continue;
      ran++;
      const loop = outcome(odd, {});
      const crashed = outcome(odd, { crashes: true });
      try {
        expect(outcome(odd, { rowsOnly: true })).toEqual(loop);
        expect(crashed?.records).toEqual(loop?.records);
      } catch (error) {
        failures.push(`${one.file} | ${one.name} | ${messageOf(error)}`);
      }
    }
    expect(failures).toEqual([]);
    expect(ran).toBeGreaterThan(900);
  });
});
