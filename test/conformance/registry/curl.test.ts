/** What curl sees: raw texts, types and statuses; and two registries on one Kafka. */
import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runRegistry, temporaryFolder } from './stack.ts';
import type { Folder, RunningRegistry } from './stack.ts';

const run = promisify(execFile);
const noCurl = spawnSync('curl', ['--version']).error !== undefined && !process.env['CI'];

describe.skipIf(noCurl)('curl (skipped without it)', () => {
  let folder: Folder;
  let registry: RunningRegistry;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await registry.stop();
    folder.remove();
  });

  const curl = async (...args: string[]): Promise<string> =>
    (await run('curl', ['-s', '-S', '--max-time', '20', ...args])).stdout;
  const post = (url: string, body: unknown, ...args: string[]): Promise<string> =>
    curl('-H', 'Content-Type: application/vnd.schemaregistry.v1+json', '-d', JSON.stringify(body), ...args, url);

  it('sees the registry’s texts', { timeout: 60_000 }, async () => {
    registry = await runRegistry(folder.path);
    const { url } = registry;
    expect(await curl('-w', ' %{http_code} %{content_type}', `${url}/subjects`)).toBe(
      '[] 200 application/vnd.schemaregistry.v1+json',
    );
    const schema = '{"type":"record","name":"commercialrating","fields":[{"name":"brand","type":"string"}]}';
    expect(JSON.parse(await post(`${url}/subjects/commercials_avro-value/versions`, { schema }))).toMatchObject({
      id: 1,
    });
    expect(JSON.parse(await curl(`${url}/subjects/commercials_avro-value/versions/latest`))).toMatchObject({
      subject: 'commercials_avro-value',
      version: 1,
      id: 1,
      schema,
    });
    expect(await curl(`${url}/subjects/commercials_avro-value/versions/1/schema`)).toBe(schema);
    expect(await curl(`${url}/config`)).toBe('{"compatibilityLevel":"BACKWARD"}');
    expect(
      await curl(
        '-X',
        'PUT',
        '-H',
        'Content-Type: application/json',
        '-d',
        '{"compatibility":"FULL"}',
        `${url}/config`,
      ),
    ).toBe('{"compatibility":"FULL"}');
    expect(await curl(`${url}/mode`)).toBe('{"mode":"READWRITE"}');
    expect(await curl('-w', ' %{http_code}', `${url}/subjects/x/versions`)).toBe(
      `{"error_code":40401,"message":"Subject 'x' not found."} 404`,
    );
    expect(
      await post(`${url}/subjects/commercials_avro-value/versions`, { schema: '"int"' }, '-w', ' %{http_code}'),
    ).toMatch(
      /^\{"error_code":409,"message":"Schema being registered is incompatible with an earlier schema for subject \\"commercials_avro-value\\", details: \[.* 409$/,
    );
    expect(await curl('-X', 'DELETE', `${url}/subjects/commercials_avro-value/versions/1`)).toBe('1');
    // What curl sends by itself says that it is a form.
    expect(await curl('-d', '{"schema":"\\"int\\""}', `${url}/subjects/a/versions`)).toBe(
      '{"error_code":415,"message":"HTTP 415 Unsupported Media Type"}',
    );
    const huge = { schema: `{"type":"record","name":"R","doc":"${'x'.repeat(100_000)}","fields":[]}` };
    expect(JSON.parse(await post(`${url}/subjects/large/versions`, huge))).toMatchObject({ id: 2 });
    const id = JSON.parse(await curl(`${url}/v1/metadata/id`)) as unknown;
    expect(id).toMatchObject({ scope: { clusters: { 'kafka-cluster': expect.stringMatching(/^[\w-]{22}$/) } } });
  });

  it('a schema that Kafka does not take is told, and nothing else ends', { timeout: 60_000 }, async () => {
    registry = await runRegistry(folder.path);
    const schema = `{"type":"record","name":"R","doc":"${'x'.repeat(2_000_000)}","fields":[]}`;
    const answers = ['-w', ' %{http_code}', '-H', 'Content-Type: application/json', '--data-binary', '@-'];
    const child = run('curl', ['-s', '--max-time', '20', ...answers, `${registry.url}/subjects/a/versions`]);
    child.child.stdin?.end(JSON.stringify({ schema }));
    expect((await child).stdout).toBe(
      '{"error_code":42209,"message":"Register operation failed because schema is too large"} 422',
    );
    expect(JSON.parse(await post(`${registry.url}/subjects/a/versions`, { schema: '"int"' }))).toMatchObject({ id: 1 });
  });

  it('two registries on one Kafka agree', { timeout: 60_000 }, async () => {
    registry = await runRegistry(folder.path, true);
    const urls = [registry.url, await registry.another()];
    await curl(
      '-X',
      'PUT',
      '-H',
      'Content-Type: application/json',
      '-d',
      '{"compatibility":"NONE"}',
      `${urls[0]}/config`,
    );
    await expect.poll(() => curl(`${urls[1]}/config`)).toBe('{"compatibilityLevel":"NONE"}');
    const schema = (i: number): object => ({
      schema: JSON.stringify({ type: 'record', name: `R${i}`, fields: [{ name: 'x', type: 'int' }] }),
    });
    const ids = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const text = await post(`${urls[i % 2]}/subjects/same/versions`, schema(i));
        return (JSON.parse(text) as { id?: number }).id ?? text;
      }),
    );
    expect([...ids].sort((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    for (const url of urls)
      await expect
        .poll(() => curl(`${url}/subjects/same/versions`))
        .toBe(JSON.stringify(Array.from({ length: 12 }, (_, i) => i + 1)));
  });
});
