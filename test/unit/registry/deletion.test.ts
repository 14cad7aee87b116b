import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
  await registry.ok('PUT /config', { compatibility: 'NONE' });
  await registry.register('a', record('x'));
  await registry.register('a', record('y'));
});
afterEach(() => registry.close());

/** The same after all has been read again. */
async function restart(): Promise<void> {
  await registry.close();
  registry = await startRegistry(registry.kafka);
}

describe('a version', () => {
  it('is deleted softly: hidden, but its id resolves', async () => {
    expect(await registry.ok('DELETE /subjects/a/versions/1')).toBe(1);
    await restart();
    expect(await registry.ok('GET /subjects/a/versions')).toEqual([2]);
    expect(await registry.ok('GET /subjects/a/versions?deleted=true')).toEqual([1, 2]);
    expect(await registry.ok('GET /subjects/a/versions?deletedOnly=true')).toEqual([1]);
    expect(await registry.ok('GET /subjects/a/versions?deletedAsNegative=true')).toEqual([-1, 2]);
    expect(await registry.error('GET /subjects/a/versions/1')).toBe('404 40402 Version 1 not found.');
    expect(await registry.ok('GET /subjects/a/versions/1?deleted=true')).toMatchObject({ id: 1 });
    expect(await registry.ok('GET /schemas/ids/1')).toMatchObject({ schema: JSON.stringify(record('x')) });
    expect(await registry.ok('GET /schemas/ids/1/versions')).toEqual([]);
    expect(await registry.ok('GET /schemas/ids/1/versions?deleted=true')).toEqual([{ subject: 'a', version: 1 }]);
    expect(await registry.error('DELETE /subjects/a/versions/1')).toBe(
      "404 40406 Subject 'a' Version 1 was soft deleted.Set permanent=true to delete permanently",
    );
  });

  it('registered again gets a new version with the old id; the old version goes', async () => {
    await registry.ok('DELETE /subjects/a/versions/1');
    expect(await registry.ok('POST /subjects/a/versions', { schema: JSON.stringify(record('x')) })).toMatchObject({
      id: 1,
      version: 3,
    });
    await restart();
    expect(await registry.ok('GET /subjects/a/versions?deleted=true')).toEqual([2, 3]);
    expect(await registry.ok('GET /schemas/ids/1/versions')).toEqual([{ subject: 'a', version: 3 }]);
  });

  it('is deleted for good after that only', async () => {
    expect(await registry.error('DELETE /subjects/a/versions/2?permanent=true')).toBe(
      "404 40407 Subject 'a' Version 2 was not deleted first before being permanently deleted",
    );
    await registry.ok('DELETE /subjects/a/versions/latest');
    expect(await registry.ok('DELETE /subjects/a/versions/2?permanent=true')).toBe(2);
    await restart();
    expect(await registry.ok('GET /subjects/a/versions?deleted=true')).toEqual([1]);
    expect(await registry.error('GET /schemas/ids/2')).toBe('404 40403 Schema 2 not found');
    expect(await registry.register('a', record('z'))).toBe(3);
  });

  it('that is not there cannot be deleted', async () => {
    expect(await registry.error('DELETE /subjects/a/versions/9')).toBe('404 40402 Version 9 not found.');
    expect(await registry.error('DELETE /subjects/b/versions/9')).toBe("404 40401 Subject 'b' not found.");
    expect(await registry.error('DELETE /subjects/b')).toBe("404 40401 Subject 'b' not found.");
  });
});

describe('a subject', () => {
  it('goes softly, then for good, with its settings', async () => {
    await registry.ok('PUT /config/a', { compatibility: 'FULL' });
    expect(await registry.error('DELETE /subjects/a?permanent=true')).toBe(
      "404 40405 Subject 'a' was not deleted first before being permanently deleted",
    );
    expect(await registry.ok('DELETE /subjects/a')).toEqual([1, 2]);
    await restart();
    expect(await registry.ok('GET /subjects')).toEqual([]);
    expect(await registry.ok('GET /subjects?deleted=true')).toEqual(['a']);
    expect(await registry.ok('GET /subjects?deletedOnly=true')).toEqual(['a']);
    expect(await registry.error('DELETE /subjects/a')).toBe(
      "404 40404 Subject 'a' was soft deleted.Set permanent=true to delete permanently",
    );
    expect(await registry.ok('GET /schemas')).toEqual([]);
    expect(await registry.ok('GET /schemas?deleted=true&latestOnly=true')).toMatchObject([{ version: 2 }]);
    expect(await registry.ok('DELETE /subjects/a?permanent=true')).toEqual([1, 2]);
    await restart();
    expect(await registry.ok('GET /subjects?deleted=true')).toEqual([]);
    expect(await registry.error('GET /config/a')).toMatch(/^404 40408 /);
    expect(await registry.ok('POST /subjects/a/versions', { schema: JSON.stringify(record('x')) })).toMatchObject({
      id: 3,
      version: 1,
    });
  });

  it('goes on counting its versions after a soft deletion', async () => {
    await registry.ok('DELETE /subjects/a');
    expect(await registry.ok('POST /subjects/a/versions', { schema: JSON.stringify(record('z')) })).toMatchObject({
      id: 3,
      version: 3,
    });
    expect(await registry.ok('GET /subjects/a/versions')).toEqual([3]);
  });
});

it('lists page by page', async () => {
  for (const subject of ['b', 'c', 'd']) await registry.register(subject, record('x'));
  expect(await registry.ok('GET /subjects?offset=1&limit=2')).toEqual(['b', 'c']);
  expect(await registry.ok('GET /subjects?subjectPrefix=c')).toEqual(['c']);
  expect(await registry.ok('GET /subjects/a/versions?offset=1')).toEqual([2]);
  expect(await registry.ok('GET /schemas?offset=4')).toMatchObject([{ subject: 'd' }]);
  expect(await registry.error('GET /subjects?limit=x')).toBe('404 404 HTTP 404 Not Found');
});
