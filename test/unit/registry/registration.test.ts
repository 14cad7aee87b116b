import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { record, startRegistry } from './fixtures.ts';
import type { TestRegistry } from './fixtures.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

const text = (schema: unknown): { schema: string } => ({ schema: JSON.stringify(schema) });

describe('ids', () => {
  it('count from 1, are shared by the same schema under other subjects, and registering again changes nothing', async () => {
    expect(await registry.ok('GET /subjects')).toEqual([]);
    expect(await registry.register('a', record('x'))).toBe(1);
    expect(await registry.register('b', record('x'))).toBe(1);
    expect(await registry.register('a', record('x', 'y?'))).toBe(2);
    expect(await registry.register('a', record('x'))).toBe(1);
    expect(await registry.ok('GET /subjects')).toEqual(['a', 'b']);
    expect(await registry.ok('GET /subjects/a/versions')).toEqual([1, 2]);
    expect(await registry.ok('GET /subjects/b/versions')).toEqual([1]);
    expect(await registry.ok('GET /schemas/ids/1/subjects')).toEqual(['a', 'b']);
    expect(await registry.ok('GET /schemas/ids/2/versions')).toEqual([{ subject: 'a', version: 2 }]);
  });

  it('do not see white space, but do see attributes', async () => {
    expect(await registry.register('a', '{"type":   "string"}')).toBe(1);
    expect(await registry.register('b', '"string"')).toBe(1);
    expect(await registry.register('c', '{"type":"string","x.y":1}')).toBe(2);
  });

  it('are the same for concurrent registrations of the same, and all different otherwise', async () => {
    const same = await Promise.all(Array.from({ length: 20 }, (_, i) => registry.register(`s${i}`, record('x'))));
    expect(new Set(same)).toEqual(new Set([1]));
    const others = await Promise.all(Array.from({ length: 20 }, (_, i) => registry.register(`t${i}`, record(`f${i}`))));
    expect(new Set(others).size).toBe(20);
  });

  it('outlive a restart, and compaction of what was deleted for good', async () => {
    await registry.register('a', record('x'));
    await registry.register('b', record('y'));
    await registry.ok('DELETE /subjects/b');
    await registry.ok('DELETE /subjects/b?permanent=true');
    await registry.close();
    registry.kafka.compact();
    registry = await startRegistry(registry.kafka);
    expect(await registry.ok('GET /subjects')).toEqual(['a']);
    expect(await registry.register('c', record('z'))).toBe(3);
  });
});

describe('answers', () => {
  it('of a registration, a version and an id', async () => {
    const schema = JSON.stringify(record('x'));
    const guid = createHash('md5').update(schema).digest('hex');
    const dashed = `${guid.slice(0, 8)}-${guid.slice(8, 12)}-${guid.slice(12, 16)}-${guid.slice(16, 20)}-${guid.slice(20)}`;
    expect(await registry.ok('POST /subjects/a/versions', { schema })).toEqual({
      id: 1,
      version: 1,
      guid: dashed,
      schema,
    });
    const version = { subject: 'a', version: 1, id: 1, guid: dashed, schema };
    expect(await registry.ok('GET /subjects/a/versions/1')).toEqual(version);
    expect(await registry.ok('GET /subjects/a/versions/latest')).toEqual(version);
    expect(await registry.ok('GET /subjects/a/versions/-1')).toEqual(version);
    expect(await registry.ok('POST /subjects/a', { schema })).toEqual(version);
    expect(await registry.ok('GET /subjects/a/versions/1/schema')).toEqual(record('x'));
    expect(await registry.ok('GET /schemas/ids/1')).toEqual({ guid: dashed, schema });
    expect(await registry.ok('GET /schemas/ids/1?subject=a&fetchMaxId=true')).toEqual({
      guid: dashed,
      schema,
      subject: 'a',
      version: 1,
      maxId: 1,
    });
    expect(await registry.ok('GET /schemas/ids/1/schema')).toEqual(record('x'));
    expect(await registry.ok(`GET /schemas/guids/${dashed}`)).toEqual({ guid: dashed, schema });
    expect(await registry.ok(`GET /schemas/guids/${guid}/ids`)).toEqual([{ context: '.', id: 1 }]);
    expect(await registry.ok('GET /schemas')).toEqual([version]);
  });

  it('of what is not there', async () => {
    await registry.register('a', record('x'));
    expect(await registry.error('GET /subjects/b/versions')).toBe("404 40401 Subject 'b' not found.");
    expect(await registry.error('GET /subjects/b/versions/1')).toBe("404 40401 Subject 'b' not found.");
    expect(await registry.error('GET /subjects/a/versions/9')).toBe('404 40402 Version 9 not found.');
    expect(await registry.error('GET /schemas/ids/9')).toBe('404 40403 Schema 9 not found');
    expect(await registry.error('GET /schemas/ids/9/subjects')).toBe('404 40403 Schema not found');
    expect(await registry.error('POST /subjects/b', text(record('x')))).toBe("404 40401 Subject 'b' not found.");
    expect(await registry.error('POST /subjects/a', text(record('z')))).toBe('404 40403 Schema not found');
    for (const version of ['0', 'abc', '-2', '2147483648'])
      expect(await registry.error(`GET /subjects/a/versions/${version}`)).toBe(
        `422 42202 The specified version '${version}' is not a valid version id. Allowed values are between [1, 2^31-1] and the string "latest"`,
      );
    expect(await registry.error('GET /schemas/ids/x')).toBe('404 404 HTTP 404 Not Found');
    expect(await registry.error('GET /nothing')).toBe('404 404 HTTP 404 Not Found');
    expect(await registry.error('PATCH /subjects')).toBe('405 405 HTTP 405 Method Not Allowed');
  });

  it('are in the type that is asked for', async () => {
    const type = async (accept?: string): Promise<string | number | undefined> => {
      const { status, headers } = await registry.ask('GET /subjects', undefined, accept ? { accept } : {});
      return status === 200 ? headers['content-type'] : status;
    };
    expect(await type()).toBe('application/vnd.schemaregistry.v1+json');
    expect(await type('*/*')).toBe('application/vnd.schemaregistry.v1+json');
    expect(await type('application/json')).toBe('application/json');
    expect(await type('application/json, application/vnd.schemaregistry+json;q=0.5')).toBe('application/json');
    expect(await type('text/html')).toBe(406);
  });
});

describe('bad input', () => {
  it('is told from bad schemas', async () => {
    const post = 'POST /subjects/a/versions';
    expect(await registry.error(post, '{"schema":')).toMatch(/^400 400 /);
    expect(await registry.error(post, '')).toBe('422 422 The request body must not be null (was null)');
    expect(await registry.error(post, '[]')).toBe(
      '400 400 Cannot deserialize value of type `request` from Array value (token `JsonToken.START_ARRAY`)',
    );
    expect(await registry.error(post, { schema: { type: 'string' } })).toBe(
      '400 400 Cannot deserialize value of type `String` from Object value (token `JsonToken.START_OBJECT`)',
    );
    expect(await registry.error(post, { schema: '"string"', version: 'x' })).toMatch(/^400 400 /);
    expect(await registry.error(post, { schema: '"string"', references: 5 })).toMatch(/^400 400 /);
    expect(await registry.error(post, {})).toBe('422 42201 Empty schema');
    expect(await registry.error(post, { schema: ' ' })).toBe('422 42201 Empty schema');
    expect(await registry.error(post, { schema: '{"type":"strin"}' })).toMatch(
      /^422 42201 Invalid schema of type AVRO, details: Invalid schema \{subject=a,.*Undefined name: "strin"/,
    );
    expect(await registry.error(post, { schema: 'x', schemaType: 'XML' })).toBe('422 42201 Invalid schema type XML');
    expect(await registry.error('POST /subjects/a%00/versions', { schema: '"string"' })).toBe(
      "422 42208 The specified subject 'a\u0000' is not a valid.",
    );
    expect(await registry.error('POST /subjects/__GLOBAL/versions', { schema: '"string"' })).toMatch(/^422 42208 /);
    const form = await registry.ask(post, 'schema=1', { 'content-type': 'application/x-www-form-urlencoded' });
    expect(form.body).toEqual({ error_code: 415, message: 'HTTP 415 Unsupported Media Type' });
    expect(await registry.ok('GET /subjects')).toEqual([]);
  });

  it('takes numbers for texts, and properties that it does not know', async () => {
    expect(await registry.error('POST /subjects/a/versions', { schema: 5 })).toMatch(/^422 42201 /);
    expect(await registry.ok('POST /subjects/a/versions', { schema: '"int"', more: {} })).toMatchObject({ id: 1 });
  });
});

describe('references', () => {
  const inner = { type: 'record', name: 'Inner', namespace: 'n', fields: [{ name: 'a', type: 'int' }] };
  const outer = { type: 'record', name: 'Outer', namespace: 'n', fields: [{ name: 'i', type: 'Inner' }] };
  const references = [{ name: 'n.Inner', subject: 'inner', version: 1 }];

  it('are resolved, shown, and keep what they refer to', async () => {
    await registry.register('inner', inner);
    expect(await registry.register('outer', outer, { references })).toBe(2);
    expect(await registry.ok('GET /subjects/outer/versions/1')).toMatchObject({
      schema: JSON.stringify(outer),
      references,
    });
    expect(await registry.ok('GET /subjects/outer/versions/1/schema?format=resolved')).toEqual({
      ...outer,
      fields: [{ name: 'i', type: { type: 'record', name: 'Inner', fields: inner.fields } }],
    });
    expect(await registry.ok('GET /subjects/inner/versions/1/referencedby')).toEqual([2]);
    const refused =
      '422 42206 One or more references exist to the schema {magic=1,keytype=SCHEMA,subject=inner,version=1}.';
    expect(await registry.error('DELETE /subjects/inner')).toBe(refused);
    expect(await registry.error('DELETE /subjects/inner/versions/1')).toBe(refused);
    await registry.ok('DELETE /subjects/outer');
    expect(await registry.ok('GET /subjects/inner/versions/1/referencedby')).toEqual([]);
    expect(await registry.ok('DELETE /subjects/inner')).toEqual([1]);
    expect(await registry.error('DELETE /subjects/inner?permanent=true')).toBe(refused);
  });

  it('−1 is the latest; a schema with its references resolved is found', async () => {
    await registry.register('inner', inner);
    await registry.register('outer', outer, { references: [{ name: 'n.Inner', subject: 'inner', version: -1 }] });
    expect(await registry.ok('GET /subjects/outer/versions/1')).toMatchObject({ references });
    const whole = { ...outer, fields: [{ name: 'i', type: inner }] };
    expect(await registry.ok('POST /subjects/outer', text(whole))).toMatchObject({ id: 2, version: 1 });
    expect(await registry.register('outer', whole)).toBe(2);
  });

  it('to nothing are refused', async () => {
    expect(await registry.error('POST /subjects/outer/versions', { ...text(outer), references })).toMatch(
      /^422 42201 .*No schema reference found for subject "inner" and version 1/,
    );
  });
});

it('normalize makes one of schemas that differ in the order of their attributes', async () => {
  const a = '{"type":"record","name":"R","z":1,"a":2,"fields":[{"name":"x","type":"int","doc":"d","q":0,"p":0}]}';
  const b = '{"fields":[{"p":0,"q":0,"type":"int","name":"x","doc":"d"}],"a":2,"z":1,"name":"R","type":"record"}';
  expect(await registry.ok('POST /subjects/s/versions?normalize=true', { schema: a })).toMatchObject({
    id: 1,
    schema: '{"type":"record","name":"R","fields":[{"name":"x","type":"int","doc":"d","p":0,"q":0}],"a":2,"z":1}',
  });
  expect(await registry.ok('POST /subjects/t/versions?normalize=true', { schema: b })).toMatchObject({ id: 1 });
  expect(await registry.ok('POST /subjects/s', { schema: b })).toMatchObject({ id: 1 });
});

it('metadata and rules come from the version before, the defaults and the overrides', async () => {
  await registry.ok('PUT /config/a', {
    compatibility: 'NONE',
    defaultMetadata: { properties: { owner: 'nobody', team: 'x' } },
    overrideMetadata: { properties: { team: 'y' } },
  });
  const metadata = { properties: { owner: 'me' } };
  expect(await registry.ok('POST /subjects/a/versions', { ...text(record('x')), metadata })).toMatchObject({
    metadata: { properties: { owner: 'me', team: 'y' } },
  });
  expect(await registry.ok('POST /subjects/a/versions', text(record('y')))).toMatchObject({
    version: 2,
    metadata: { properties: { owner: 'me', team: 'y' } },
  });
  expect(await registry.ok('GET /subjects/a/metadata?key=owner&value=me')).toMatchObject({ version: 2 });
  expect(await registry.ok('POST /subjects/a', text(record('y')))).toMatchObject({ version: 2 });
  const ruleSet = { domainRules: [{ name: 'r', type: 'CEL', mode: 'UPGRADE' }] };
  expect(await registry.error('POST /subjects/a/versions', { ...text(record('y')), ruleSet })).toBe(
    '422 42210 Domain rules can only be WRITE, READ, WRITEREAD',
  );
});
