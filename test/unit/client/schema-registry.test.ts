import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { httpRegistry, registryClient } from '../../../src/client/schema-registry.ts';
import type { RegistryDoor } from '../../../src/client/schema-registry.ts';
import { nodeHttp } from '../../../src/core/http.ts';

/** A registry of a few lines, which answers in the words of the real one. */
function fakeRegistry(): { readonly door: RegistryDoor; readonly asked: string[] } {
  const asked: string[] = [];
  const schemas = new Map<string, string[]>();
  const all: string[] = [];
  const none = (code: number, message: string): { status: number; body: unknown } => ({
    status: Math.floor(code / 100),
    body: { error_code: code, message },
  });
  const door: RegistryDoor = async (method, path, body) => {
    asked.push(`${method} ${path}`);
    const [, subjectText = '', rest = ''] = /^\/subjects\/([^/?]+)(.*)$/.exec(path) ?? [];
    const subject = decodeURIComponent(subjectText);
    const versions = schemas.get(subject) ?? [];
    const { schema = '', compatibility = '' } = (body ?? {}) as { schema?: string; compatibility?: string };
    if (method === 'POST' && rest === '/versions') {
      if (schema === 'bad') return none(42201, 'Invalid schema bad');
      if (!all.includes(schema)) all.push(schema);
      schemas.set(subject, [...versions, schema]);
      return { status: 200, body: { id: all.indexOf(schema) + 1 } };
    }
    const [, id] = /^\/schemas\/ids\/(\d+)$/.exec(path) ?? [];
    if (id !== undefined) {
      const found = all[Number(id) - 1];
      return found === undefined ? none(40403, `Schema ${id} not found`) : { status: 200, body: { schema: found } };
    }
    if (path === '/subjects') return { status: 200, body: [...schemas.keys()] };
    if (path.startsWith('/config'))
      return { status: 200, body: method === 'PUT' ? { compatibility } : { compatibilityLevel: 'BACKWARD' } };
    if (versions.length === 0) return none(40401, `Subject '${subject}' not found.`);
    const described = { subject, version: versions.length, id: 1, schema: versions.at(-1) };
    if (method === 'DELETE') {
      if (rest === '?permanent=true') schemas.delete(subject);
      return { status: 200, body: versions.map((_, i) => i + 1) };
    }
    if (rest === '/versions') return { status: 200, body: versions.map((_, i) => i + 1) };
    return { status: 200, body: described };
  };
  return { door, asked };
}

it('registers, finds, lists and deletes; ids are asked for once', async () => {
  const { door, asked } = fakeRegistry();
  const registry = registryClient(door);
  expect(await registry.latest('a/b value')).toBeUndefined();
  expect(await registry.versions('a/b value')).toEqual([]);
  const [first, second] = await Promise.all([
    registry.register('a/b value', { schema: '"string"' }),
    registry.register('a/b value', { schema: '"string"' }),
  ]);
  expect([first, second]).toEqual([1, 1]);
  expect(asked.filter((request) => request === 'POST /subjects/a%2Fb%20value/versions')).toHaveLength(1);
  expect(await registry.schemaById(1)).toEqual({ schema: '"string"' });
  expect(await registry.schemaById(1)).toEqual({ schema: '"string"' });
  expect(asked.filter((request) => request === 'GET /schemas/ids/1')).toHaveLength(1);
  expect(await registry.latest('a/b value')).toEqual({ subject: 'a/b value', version: 1, id: 1, schema: '"string"' });
  expect(await registry.lookup('other', { schema: '"string"' })).toBeUndefined();
  expect(await registry.subjects()).toEqual(['a/b value']);
  expect(await registry.compatibility('a/b value')).toBe('BACKWARD');
  await registry.setCompatibility('NONE');
  expect(await registry.deleteSubject('a/b value', { permanent: true })).toEqual([1]);
  expect(await registry.deleteSubject('a/b value')).toEqual([]);
});

it('tells an error of the registry from a registry that is not there', async () => {
  const registry = registryClient(fakeRegistry().door);
  await expect(registry.schemaById(99)).rejects.toMatchObject({
    code: 'MILLRACE_REGISTRY',
    message: 'Schema 99 not found',
    details: { status: 404, errorCode: 40403 },
  });
  await expect(registry.register('s', { schema: 'bad' })).rejects.toMatchObject({
    details: { status: 422, errorCode: 42201 },
  });
  const gone = registryClient(() => Promise.reject(new Error('no')));
  await expect(gone.subjects()).rejects.toMatchObject({ code: 'MILLRACE_UNREACHABLE' });
  // A failure is not remembered.
  let fails = true;
  const flaky = registryClient(async () => {
    if (!fails) return { status: 200, body: { schema: '"int"' } };
    fails = false;
    throw new Error('down');
  });
  await expect(flaky.schemaById(1)).rejects.toMatchObject({ code: 'MILLRACE_UNREACHABLE' });
  expect(await flaky.schemaById(1)).toEqual({ schema: '"int"' });
});

it('over HTTP: the next URL when one does not answer, credentials, an answer that is no JSON', async () => {
  const { door } = fakeRegistry();
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      seen.push(request.headers.authorization);
      if (request.url === '/subjects') return response.writeHead(503).end('<html>busy</html>');
      const text = Buffer.concat(parts).toString();
      return void door(request.method ?? '', request.url ?? '', text === '' ? undefined : JSON.parse(text)).then(
        ({ status, body }) =>
          response
            .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
            .end(JSON.stringify(body)),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const registry = httpRegistry(`http://127.0.0.1:9, http://me:se%20cret@127.0.0.1:${port}/`, nodeHttp);
  expect(await registry.register('s', { schema: '"string"' })).toBe(1);
  expect(seen).toEqual([`Basic ${Buffer.from('me:se cret').toString('base64')}`]);
  await expect(registry.subjects()).rejects.toMatchObject({
    code: 'MILLRACE_REGISTRY',
    message: expect.stringContaining('GET /subjects with HTTP status 503'),
  });
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  const nobody = httpRegistry(`http://127.0.0.1:${port}`, nodeHttp);
  await expect(nobody.subjects()).rejects.toMatchObject({
    code: 'MILLRACE_UNREACHABLE',
    message: expect.stringContaining(`Cannot reach the Schema Registry at http://127.0.0.1:${port}: `),
  });
});
