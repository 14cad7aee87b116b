import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const text = (schema: unknown): { schema: string } => ({ schema: JSON.stringify(schema) });

describe('configuration', () => {
  it('is global, or a subject’s own', async () => {
    expect(await registry.ok('GET /config')).toEqual({ compatibilityLevel: 'BACKWARD' });
    expect(await registry.error('GET /config/a')).toBe(
      "404 40408 Subject 'a' does not have subject-level compatibility configured",
    );
    expect(await registry.ok('GET /config/a?defaultToGlobal=true')).toEqual({ compatibilityLevel: 'BACKWARD' });
    expect(await registry.ok('PUT /config', { compatibility: 'full' })).toEqual({ compatibility: 'FULL' });
    expect(await registry.ok('PUT /config/a', { compatibility: 'NONE', normalize: true })).toEqual({
      compatibility: 'NONE',
      normalize: true,
    });
    await registry.close();
    registry = await startRegistry(registry.kafka);
    expect(await registry.ok('GET /config')).toEqual({ compatibilityLevel: 'FULL' });
    expect(await registry.ok('GET /config/a')).toEqual({ compatibilityLevel: 'NONE', normalize: true });
    expect(await registry.ok('PUT /config/a', { normalize: null })).toEqual({ compatibility: 'NONE' });
    expect(await registry.ok('DELETE /config/a')).toEqual({ compatibilityLevel: 'NONE' });
    expect(await registry.error('DELETE /config/a')).toBe("404 40401 Subject 'a' not found.");
    expect(await registry.ok('DELETE /config')).toEqual({ compatibilityLevel: 'FULL' });
    expect(await registry.ok('GET /config')).toEqual({ compatibilityLevel: 'BACKWARD' });
  });

  it('refuses what is no level or policy', async () => {
    expect(await registry.error('PUT /config', { compatibility: 'SOME' })).toBe(
      '422 42203 Invalid compatibility level. Valid values are none, backward, forward, full, backward_transitive, forward_transitive, and full_transitive',
    );
    expect(await registry.error('PUT /config/__EMPTY', { compatibility: 'FULL' })).toMatch(/^422 42208 /);
    expect(await registry.error('PUT /config', { compatibilityPolicy: 'LOGICAL' })).toMatch(
      /^422 422 .*STRICT and LENIENT are/,
    );
    expect(await registry.error('PUT /config', { normalize: 'perhaps' })).toMatch(/^400 400 /);
  });

  it('an alias stands for another subject', async () => {
    await registry.register('real', record('x'));
    await registry.ok('PUT /config/other', { alias: 'real' });
    expect(await registry.ok('GET /subjects/other/versions/1')).toMatchObject({ subject: 'real' });
    expect(await registry.ok('GET /schemas?aliases=true')).toMatchObject([{ subject: 'real', aliases: ['other'] }]);
  });
});

describe('mode', () => {
  it('READONLY refuses changes', async () => {
    await registry.register('a', record('x'));
    expect(await registry.ok('GET /mode')).toEqual({ mode: 'READWRITE' });
    expect(await registry.error('GET /mode/a')).toBe(
      "404 40409 Subject 'a' does not have subject-level mode configured",
    );
    expect(await registry.ok('PUT /mode/a', { mode: 'READONLY' })).toEqual({ mode: 'READONLY' });
    expect(await registry.ok('GET /mode/a')).toEqual({ mode: 'READONLY' });
    const refused = '422 42205 Subject a in context  is in read-only mode';
    expect(await registry.error('POST /subjects/a/versions', text(record('y')))).toBe(refused);
    expect(await registry.error('DELETE /subjects/a')).toBe(refused);
    expect(await registry.error('DELETE /subjects/a/versions/1')).toBe(refused);
    expect(await registry.error('PUT /config/a', { compatibility: 'NONE' })).toBe(refused);
    expect(await registry.register('a', record('x'))).toBe(1);
    expect(await registry.ok('DELETE /mode/a')).toEqual({ mode: 'READONLY' });
    expect(await registry.error('DELETE /mode/a')).toBe("404 40401 Subject 'a' not found.");
  });

  it('IMPORT takes ids and versions as they are, into an empty subject', async () => {
    await registry.register('a', record('x'));
    expect(await registry.error('PUT /mode/a', { mode: 'IMPORT' })).toBe(
      '422 42205 Cannot import since found existing subjects',
    );
    await registry.ok('PUT /mode/b', { mode: 'IMPORT' });
    expect(await registry.error('POST /subjects/a/versions', { ...text(record('y')), id: 7 })).toBe(
      '422 42205 Subject a in context  is not in import mode',
    );
    expect(await registry.error('POST /subjects/b/versions', text(record('y')))).toBe(
      '422 42205 Subject b in context  is not in read-write mode',
    );
    expect(await registry.ok('POST /subjects/b/versions', { ...text(record('y')), id: 7, version: 3 })).toMatchObject({
      id: 7,
      version: 3,
    });
    expect(await registry.error('POST /subjects/b/versions', { ...text(record('z')), id: 7 })).toBe(
      '422 42205 Overwrite new schema with id 7 in context  is not permitted.',
    );
    expect(await registry.register('c', record('z'))).toBe(8);
  });

  it('refuses what is no mode', async () => {
    expect(await registry.error('PUT /mode', { mode: 'SOME' })).toBe(
      '422 42204 Invalid mode. Valid values are READWRITE, READONLY, IMPORT and FORWARD.',
    );
    expect(await registry.error('PUT /mode', { mode: 'FORWARD' })).toBe(
      '422 42204 Forward mode only supported on global level',
    );
  });
});

describe('contexts', () => {
  it('have ids of their own', async () => {
    expect(await registry.register('a', record('x'))).toBe(1);
    expect(await registry.register(':.ctx:a', record('y'))).toBe(1);
    expect(await registry.ok('GET /contexts')).toEqual(['.', '.ctx']);
    expect(await registry.ok('GET /subjects')).toEqual([':.ctx:a', 'a']);
    expect(await registry.ok('GET /subjects?subjectPrefix=a')).toEqual(['a']);
    expect(await registry.ok('GET /subjects?subjectPrefix=:.ctx:')).toEqual([':.ctx:a']);
    expect(await registry.ok('GET /schemas/ids/1?subject=:.ctx:')).toMatchObject({
      schema: JSON.stringify(record('y')),
    });
    expect(await registry.ok('GET /schemas/ids/1')).toMatchObject({ schema: JSON.stringify(record('x')) });
    expect(await registry.ok('GET /subjects/:.:a/versions/1')).toMatchObject({ subject: 'a' });
  });

  it('may stand in front of the path', async () => {
    await registry.ok('POST /contexts/ctx/subjects/b/versions', text(record('y')));
    expect(await registry.ok('GET /contexts/.ctx/subjects')).toEqual([':.ctx:b']);
    expect(await registry.ok('GET /contexts/:.ctx:/subjects/b/versions')).toEqual([1]);
    expect(await registry.ok('GET /contexts/ctx/schemas/ids/1')).toMatchObject({ schema: JSON.stringify(record('y')) });
    expect(await registry.ok('PUT /contexts/ctx/config', { compatibility: 'NONE' })).toEqual({ compatibility: 'NONE' });
    expect(await registry.ok('GET /config/:.ctx:')).toEqual({ compatibilityLevel: 'NONE' });
    expect(await registry.ok('GET /config/:.ctx:b?defaultToGlobal=true')).toEqual({ compatibilityLevel: 'NONE' });
    expect(await registry.ok('PUT /contexts/ctx/mode/b', { mode: 'READONLY' })).toEqual({ mode: 'READONLY' });
    expect(await registry.ok('GET /mode/:.ctx:b')).toEqual({ mode: 'READONLY' });
    expect(await registry.ok('DELETE /contexts/ctx/mode?recursive=true')).toEqual({});
    expect(await registry.error('GET /mode/:.ctx:b')).toMatch(/^404 40409 /);
  });

  it('are looked through for a name without one', async () => {
    await registry.register(':.ctx:b', record('y'));
    expect(await registry.ok('GET /subjects/b/versions/1')).toMatchObject({ subject: ':.ctx:b' });
    expect(await registry.ok('POST /subjects/b', text(record('y')))).toMatchObject({ subject: ':.ctx:b' });
    expect(await registry.ok('GET /schemas/ids/1?subject=b')).toMatchObject({ schema: JSON.stringify(record('y')) });
  });

  it('can be deleted when they are empty', async () => {
    await registry.register(':.ctx:b', record('y'));
    expect(await registry.error('DELETE /contexts/ctx')).toBe("422 42211 The specified context ':.ctx:' is not empty.");
    await registry.ok('DELETE /subjects/:.ctx:b');
    await registry.ok('DELETE /subjects/:.ctx:b?permanent=true');
    expect((await registry.ask('DELETE /contexts/ctx')).status).toBe(204);
    expect(await registry.ok('GET /contexts')).toEqual(['.']);
    expect(await registry.register(':.ctx:c', record('z'))).toBe(2);
  });

  it('.__GLOBAL holds settings for all of them', async () => {
    await registry.ok('PUT /config/:.__GLOBAL:', { compatibility: 'FORWARD' });
    expect(await registry.ok('GET /config/:.ctx:b?defaultToGlobal=true')).toEqual({ compatibilityLevel: 'FORWARD' });
    expect(await registry.error('POST /subjects/:.__GLOBAL:b/versions', text(record('y')))).toMatch(/^422 42208 /);
  });
});

it('says what it is', async () => {
  expect(await registry.ok('GET /')).toEqual({});
  expect(await registry.ok('GET /schemas/types')).toContain('AVRO');
  expect(await registry.ok('GET /v1/metadata/version')).toEqual({ version: '1.2.3', commitId: '' });
  expect(await registry.ok('GET /v1/metadata/id')).toEqual({
    scope: {
      path: [],
      clusters: { 'kafka-cluster': 'cluster-of-the-fake', 'schema-registry-cluster': 'schema-registry' },
    },
    id: '',
  });
});
