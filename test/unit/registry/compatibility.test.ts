import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const text = (schema: unknown): { schema: string } => ({ schema: JSON.stringify(schema) });
const check = (level: string, version = ''): string => `POST /compatibility/subjects/${level}/versions${version}`;

describe('each level', () => {
  // Earlier versions, a new one, and the levels that take it. `f?` is a field with a default.
  const grown = [record('a'), record('a', 'b?')];
  for (const [what, earlier, next, levels] of [
    ['a field with a default more', [record('a')], record('a', 'b?'), 'BACKWARD FORWARD FULL'],
    ['a field more', [record('a')], record('a', 'b'), 'FORWARD'],
    ['a field less', [record('a', 'b')], record('a'), 'BACKWARD'],
    ['another type', [record('a')], '"int"', ''],
    // Version 2 gave b a default; a reader of version 1 never wrote b.
    ['one that only the newest version forgives', grown, record('a', 'b'), 'BACKWARD FORWARD FULL FORWARD_TRANSITIVE'],
    ['the same for all', grown, record('a', 'b?', 'c?'), 'BACKWARD FORWARD FULL'],
  ] as const) {
    it(what, async () => {
      const strict = new Set(levels.split(' ').filter((level) => level !== ''));
      const plain = ['BACKWARD', 'FORWARD', 'FULL'];
      const transitive = plain.filter((level) => strict.has(level)).map((level) => `${level}_TRANSITIVE`);
      const taken = new Set(what.startsWith('one that') ? strict : [...strict, ...transitive]);
      for (const level of ['NONE', ...plain, ...plain.map((one) => `${one}_TRANSITIVE`)]) {
        await registry.ok(`PUT /config/${level}`, { compatibility: 'NONE' });
        for (const schema of earlier) await registry.register(level, schema);
        await registry.ok(`PUT /config/${level}`, { compatibility: level.toLowerCase() });
        const expected = level === 'NONE' || taken.has(level);
        const body = { schema: typeof next === 'string' ? next : JSON.stringify(next) };
        expect({ level, ...((await registry.ok(check(level), body)) as object) }).toEqual({
          level,
          is_compatible: expected,
        });
        expect((await registry.ask(`POST /subjects/${level}/versions`, body)).status).toBe(expected ? 200 : 409);
      }
    });
  }
});

it('a registration that does not fit is told with all that a person needs', async () => {
  await registry.register('a', record('x'));
  expect(await registry.error('POST /subjects/a/versions', text(record('x', 'y')))).toBe(
    `409 409 Schema being registered is incompatible with an earlier schema for subject "a", details: [{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'y' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'y'}, {oldSchemaVersion: 1}, {oldSchema: '${JSON.stringify(record('x'))}'}, {validateFields: 'false', compatibility: 'BACKWARD'}]`,
  );
  expect(await registry.ok('GET /subjects/a/versions')).toEqual([1]);
  expect(await registry.register('a', record('x', 'z?'))).toBe(2);
  expect(await registry.ok('POST /subjects/a/versions?force=true', text(record('q')))).toMatchObject({
    id: 3,
    version: 3,
  });
});

it('verbose tells why', async () => {
  await registry.ok('PUT /config', { compatibility: 'FULL' });
  await registry.register('a', record('x'));
  expect(await registry.ok(`${check('a', '/latest')}?verbose=true`, text(record('x', 'y')))).toEqual({
    is_compatible: false,
    messages: [
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'y' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'y'}",
      '{oldSchemaVersion: 1}',
      `{oldSchema: '${JSON.stringify(record('x'))}'}`,
      "{validateFields: 'false', compatibility: 'FULL'}",
    ],
  });
  expect(await registry.ok(`${check('a', '/1')}?verbose=true`, text(record('x')))).toEqual({
    is_compatible: true,
    messages: [],
  });
  expect(await registry.ok(`${check('a')}?verbose=true`, { schema: '{}' })).toMatchObject({
    is_compatible: false,
    messages: [expect.stringMatching(/^Invalid schema of type AVRO/)],
  });
  expect(await registry.error(check('a'), { schema: '{}' })).toMatch(/^422 42201 /);
});

it('against versions and subjects that are not there', async () => {
  await registry.register('a', record('x'));
  expect(await registry.error(check('a', '/7'), text(record('x')))).toBe('404 40402 Version 7 not found.');
  expect(await registry.error(check('a', '/0'), text(record('x')))).toMatch(/^422 42202 /);
  expect(await registry.ok(check('new', '/latest'), text(record('x')))).toEqual({ is_compatible: true });
  expect(await registry.ok(check('new'), text(record('x')))).toEqual({ is_compatible: true });
});

it('a compatibility group compares only versions of the same group', async () => {
  await registry.ok('PUT /config/a', { compatibility: 'BACKWARD', compatibilityGroup: 'major' });
  const group = (major: string): object => ({ metadata: { properties: { major } } });
  await registry.register('a', record('x'), group('1'));
  await registry.register('a', record('y'), group('2'));
  expect((await registry.ask('POST /subjects/a/versions', { ...text(record('z')), ...group('2') })).status).toBe(409);
});

it('reserved fields stay free', async () => {
  await registry.ok('PUT /config/a', { compatibility: 'NONE', validateFields: true });
  const reserved = (fields: string): object => ({ metadata: { properties: { 'confluent:reserved': fields } } });
  await registry.register('a', record('x'), reserved('p, q'));
  expect(await registry.error('POST /subjects/a/versions', { ...text(record('p')), ...reserved('p') })).toBe(
    `409 409 Schema being registered is incompatible with an earlier schema for subject "a", details: [The new schema has reserved field q removed from its metadata which is present in the old schema's metadata., The new schema has field that conflicts with the reserved field p., {validateFields: 'true', compatibility: 'NONE'}]`,
  );
});
