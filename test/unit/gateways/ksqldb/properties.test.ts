import { expect, test } from 'vitest';
import {
  checkOverridable,
  checkSet,
  definitionOf,
  requestSettings,
  serverSettings,
  withoutEffect,
} from '../../../../src/gateways/ksqldb/properties.ts';
import { queryConfig } from '../../../../src/gateways/ksqldb/persistent-queries.ts';

test.each([
  'auto.offset.reset',
  'ksql.streams.auto.offset.reset',
  'consumer.fetch.max.bytes',
  'ksql.streams.producer.linger.ms',
  'ksql.functions.my.thing',
  'linger.ms',
])('%s is a setting', (name) => expect(definitionOf(name)).toBeDefined());

test('settings lose the prefix that says where they go', () => {
  expect([
    ...requestSettings({ 'ksql.streams.commit.interval.ms': 5, 'ksql.fail.on.deserialization.error': true }, {}),
  ]).toEqual([
    ['commit.interval.ms', '5'],
    ['ksql.fail.on.deserialization.error', 'true'],
  ]);
  expect(serverSettings({ 'ksql.streams.cache.max.bytes.buffering': '0', listeners: 'http://0.0.0.0:8088' })).toEqual({
    'cache.max.bytes.buffering': '0',
    listeners: 'http://0.0.0.0:8088',
  });
});

test.each([
  ['auto.offset.reset', 'none', "'none' is not valid for this property within KSQL"],
  [
    'processing.guarantee',
    'twice',
    'Invalid value twice for configuration processing.guarantee: String must be one of: at_least_once, exactly_once, exactly_once_beta, exactly_once_v2',
  ],
  [
    'cache.max.bytes.buffering',
    '-1',
    'Invalid value -1 for configuration cache.max.bytes.buffering: Value must be at least 0',
  ],
  [
    'ksql.fail.on.deserialization.error',
    'perhaps',
    'Invalid value perhaps for configuration ksql.fail.on.deserialization.error: Expected value to be either true or false',
  ],
  [
    'ksql.service.id',
    'x',
    'One or more properties overrides set locally are prohibited by the KSQL server denylist (use UNSET to reset their default value): [ksql.service.id]',
  ],
  ['ksql.extension.dir', 'x', "Cannot override property 'ksql.extension.dir'"],
])('SET %s = %s is refused', (name, value, message) => {
  expect(() => checkSet(name, value, 'SET …;', {})).toThrow(message);
});

test('a server can forbid more', () => {
  const server = { 'ksql.properties.overrides.denylist': 'num.stream.threads,linger.ms' };
  expect(() => checkOverridable('ksql.streams.linger.ms', server)).toThrow('denylist');
  expect(() => checkOverridable('batch.size', server)).not.toThrow();
});

test('what a running query takes from the settings', () => {
  expect(queryConfig({})).toEqual({ processingGuarantee: 'at_least_once' });
  for (const guarantee of ['exactly_once', 'exactly_once_beta', 'EXACTLY_ONCE_V2'])
    expect(queryConfig({ 'processing.guarantee': guarantee }).processingGuarantee).toBe('exactly_once_v2');
  expect(queryConfig({ 'commit.interval.ms': '50', 'ksql.fail.on.deserialization.error': 'true' })).toEqual({
    processingGuarantee: 'at_least_once',
    commitIntervalMs: 50,
    failOnBadRecord: true,
  });
  expect(withoutEffect(['auto.offset.reset', 'num.stream.threads'])).toEqual(['num.stream.threads']);
});
